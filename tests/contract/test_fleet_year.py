"""The simulated year is what fixtures/README.md says, and stays as it was frozen."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

import pytest

from fixtures.fleet_facts import Display, Fleet, Upload, km_per
from fixtures.fleet_faults import EARLIER, PlantedFault, plant
from fixtures.fleet_reader import BEHAVIOUR, Scale, Shown, read
from fixtures.fleet_stops import price_walks
from fixtures.fleet_uploads import ARRIVALS, MISSING, NO_TIME, display, uploads_of
from fixtures.fleet_world import REPLACED, ROLLED, vehicles
from fixtures.fleet_year import BUILDING_SEED, year
from tests.conftest import ROOT

FROZEN = {
    "fleet_copies.py": "afc3aaf9290dd892f82359f06d58c0e087eeec816df99e04be4cfb1890997f6b",
    "fleet_facts.py": "26646016cfdf097f78d1064285242760acba824c4768e9fecc3b62064b17bbd4",
    "fleet_faults.py": "64d64cb0b9d22a7cbe75f1b7745169fdecbecaf67fb5d78840bcfde155a11b06",
    "fleet_reader.py": "92f48d8f882379091b073c7fe7090d76a05032e6cc4efde9e63d3245839b4ae9",
    "fleet_stops.py": "369228cee402aca6544ee5e930ca18acc0ced782e3a55533f08b186f15bb6818",
    "fleet_uploads.py": "0a9e5598b2443c9585d7a83d794f2c632a35a1ec12f77c721aeb8f26b6a3c539",
    "fleet_world.py": "cb208ae956c39330d555b63891710fd3a1d8c562fb41a4fff01357779a5de54c",
    "fleet_year.py": "d65217e599fbe349672baf6145377293980b254a47df9112404bdae737baf884",
}
"""SHA-256 of the generator. It was frozen before the rules of plausibility were written: a change here makes every
figure of bench.trust a new one, so say in the changelog what changed and why."""


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_generator_is_as_it_was_frozen(name: str) -> None:
    assert hashlib.sha256((ROOT / "fixtures" / name).read_bytes()).hexdigest() == FROZEN[name]


def test_every_module_of_the_generator_is_frozen() -> None:
    assert {path.name for path in (ROOT / "fixtures").glob("fleet_*.py")} == set(FROZEN)


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return year(BUILDING_SEED)


@pytest.fixture(scope="module")
def planted(fleet: Fleet) -> tuple[PlantedFault, ...]:
    return plant(random.Random("planted"), fleet, 20, "reader")  # noqa: S311


def of_kind(planted: Iterable[PlantedFault], kind: str) -> list[PlantedFault]:
    found = [one for one in planted if one.kind == kind]
    assert len(found) == 20
    return found


def everything(fleet: Fleet) -> list[Upload]:
    return [upload for uploads in fleet.uploads.values() for upload in uploads]


# --- the honest year


def test_equal_seeds_give_equal_years_and_others_do_not() -> None:
    one, again, other = vehicles(5), vehicles(5), vehicles(6)
    assert one == again
    assert {vehicle.id for vehicle in one}.isdisjoint(vehicle.id for vehicle in other)
    walks = price_walks(5)
    first = uploads_of(random.Random("a"), one[0], "reader", walks)  # noqa: S311
    assert first == uploads_of(random.Random("a"), again[0], "reader", price_walks(5))  # noqa: S311
    assert first != uploads_of(random.Random("b"), one[0], "reader", walks)  # noqa: S311


def test_a_hundred_vehicles_of_six_kinds_in_five_groups_of_one_tenant_each(fleet: Fleet) -> None:
    assert Counter(one.kind for one in fleet.vehicles) == {
        "van": 30,
        "commuter": 20,
        "truck": 15,
        "rental": 15,
        "pool": 10,
        "taxi": 10,
    }
    assert len({one.group for one in fleet.vehicles}) == len({one.tenant for one in fleet.vehicles}) == 5
    assert len({(one.group, one.tenant) for one in fleet.vehicles}) == 5
    assert {one.meters[0].unit for one in fleet.vehicles} == {"km", "mi"}
    kinds = Counter(event.cut.kind for one in fleet.vehicles for event in one.announced)
    assert kinds["replacement"] == REPLACED
    assert kinds["rollover"] >= ROLLED
    assert kinds["unit_change"] == kinds["offset"] == 1
    late = [
        event for one in fleet.vehicles for event in one.announced if event.announced_at - event.cut.at > timedelta(20)
    ]
    assert len(late) == 2


def test_what_displays_truly_show_rises_between_cuts_and_distance_across_them(fleet: Fleet) -> None:
    for vehicle in fleet.vehicles:
        seen = [one for one in fleet.uploads[vehicle.id] if one.observation.event_type == "odometer_reading"]
        for one, other in pairwise(sorted(seen, key=lambda upload: upload.truth.stood_at)):
            first, second = one.truth, other.truth
            assert first.meter_km is not None
            assert second.meter_km is not None
            assert first.life_km is not None
            assert second.life_km is not None
            assert first.life_km <= second.life_km
            if vehicle.meter_at(first.stood_at) == vehicle.meter_at(second.stood_at):
                assert first.meter_km <= second.meter_km
                assert second.meter_km - first.meter_km == pytest.approx(second.life_km - first.life_km, abs=1.7)


def test_a_cut_says_what_the_meters_showed(fleet: Fleet) -> None:
    for vehicle in fleet.vehicles:
        for event, (before, after) in zip(vehicle.announced, pairwise(vehicle.meters), strict=True):
            cut = event.cut
            at_end = before.meter_km + after.life_km - before.life_km
            assert at_end == pytest.approx(cut.before_km, abs=1.7)
            assert after.meter_km == pytest.approx(cut.after_km, abs=1.7)
            assert vehicle.meter_km(cut.at) == pytest.approx(cut.after_km, abs=1.7)
            assert (before.unit != after.unit) == (cut.kind == "unit_change")


def test_uploads_are_late_timeless_and_missing_as_often_as_stated(fleet: Fleet) -> None:
    uploads = everything(fleet)
    online = Counter(one.truth.arrival for one in uploads if one.truth.arrival != "offline")
    for arrival, share in ARRIVALS.items():
        assert online[arrival] / online.total() == pytest.approx(share, abs=0.01)
    assert sum(one.truth.time_source == "upload" for one in uploads) / len(uploads) == pytest.approx(NO_TIME, abs=0.005)
    assert fleet.missing / (fleet.missing + len(uploads)) == pytest.approx(MISSING, abs=0.01)
    assert sum(one.truth.arrival == "offline" for one in uploads) > 50
    assert all(one.observation.received_at > one.truth.taken_at for one in uploads)
    assert all(one.truth.taken_at >= one.truth.stood_at - timedelta(minutes=5) for one in uploads)


def test_photos_are_read_as_often_and_as_rightly_as_was_measured(fleet: Fleet) -> None:
    displays = {vehicle.id: vehicle.display for vehicle in fleet.vehicles}
    photos = [one for one in everything(fleet) if one.observation.event_type == "odometer_reading"]
    for kind, behaviour in BEHAVIOUR.items():
        found = [one.truth.best_is_true for one in photos if displays[one.vehicle] == kind]
        given = [one for one in found if one is not None]
        assert len(given) / len(found) == pytest.approx(behaviour.read, abs=0.03)
        assert sum(given) / len(given) == pytest.approx(behaviour.right, abs=0.03)


@pytest.mark.parametrize("scale", ["reader", "calibrated"])
def test_ways_fall_in_probability_and_are_at_most_certain_together(scale: Scale) -> None:
    rng = random.Random(3)  # noqa: S311
    best = []
    cases: list[tuple[str, bool, Display]] = [
        ("252832", False, "lcd"),
        ("0871234", True, "drums"),
        ("7", False, "lcd"),
    ]
    for digits, tenths, kind in cases:
        for _ in range(100):
            ways = read(rng, Shown(digits, tenths, "mi", unit_printed=True), kind, scale)
            probabilities = [way.probability for way in ways]
            assert sum(probabilities) <= 1
            assert probabilities == sorted(probabilities, reverse=True)
            assert len({(way.digits, way.tenths) for way in ways}) == len(ways)
            assert all(way.km == pytest.approx(int(way.digits) / (10 if way.tenths else 1) * 1.609344) for way in ways)
            best += probabilities[:1]
    assert max(best) > (0.95 if scale == "calibrated" else 0.6)
    assert max(best) < (1 if scale == "calibrated" else 0.75)


# --- faults


def test_each_fault_stands_in_an_honest_history(planted: tuple[PlantedFault, ...]) -> None:
    assert len(planted) == 120
    at_once = 0
    for fault in planted:
        assert fault.upload.vehicle == fault.vehicle.id
        assert all(one.truth.fault is None for one in fault.others)
        assert all(one.observation.received_at <= fault.judged_at for one in fault.others)
        earlier = [
            one for one in fault.others if one.observation.ways and one.observation.at < fault.upload.observation.at
        ]
        assert len(earlier) >= EARLIER
        assert fault.upload.id not in {one.id for one in fault.others}
        at_once += fault.judged_at == fault.upload.observation.received_at
    assert 20 < at_once < 60


def test_swapped_digit_is_one_from_the_hundreds_up_and_read_for_sure(planted: tuple[PlantedFault, ...]) -> None:
    places = set()
    for fault in of_kind(planted, "digit_swapped"):
        shown = display(fault.vehicle, fault.upload.truth.stood_at)
        best = fault.upload.observation.ways[0]
        wrong = [at for at, (one, other) in enumerate(zip(shown.digits, best.digits, strict=True)) if one != other]
        assert len(wrong) == 1
        places.add(len(shown.digits) - wrong[0] - shown.tenths)
        assert abs(best.shown - (fault.upload.truth.shown or 0)) >= 100
        assert best.probability > 0.3
    assert min(places) == 3
    assert len(places) > 2


def test_wrong_vehicles_reading_is_another_ones_of_the_group(fleet: Fleet, planted: tuple[PlantedFault, ...]) -> None:
    for fault in of_kind(planted, "wrong_vehicle"):
        other = next(one for one in fleet.group_of(fault.vehicle) if one.id == fault.upload.truth.vehicle)
        at = fault.upload.truth.stood_at
        assert fault.upload.observation.ways[0].shown == pytest.approx(other.shown(at))
        assert abs(other.meter_km(at) - fault.vehicle.meter_km(at)) >= 1
        assert fault.original.id not in {one.id for one in fault.around(fleet)}


def test_trip_meter_is_no_odometer(planted: tuple[PlantedFault, ...]) -> None:
    for fault in of_kind(planted, "trip_meter"):
        best = fault.upload.observation.ways[0]
        assert best.shown < 10_000
        assert best.shown != fault.upload.truth.shown


def test_mistaken_unit_is_off_by_the_length_of_a_mile_both_ways_round(planted: tuple[PlantedFault, ...]) -> None:
    details: Counter[str] = Counter()
    for fault in of_kind(planted, "unit_mistaken"):
        truth, best = fault.upload.truth, fault.upload.observation.ways[0]
        details[fault.upload.truth.detail] += 1
        assert truth.unit is not None
        assert truth.meter_km is not None
        assert best.km is not None
        ratio = best.km / truth.meter_km
        if "switched" in truth.detail:
            assert best.unit == truth.unit
            assert ratio == pytest.approx(km_per(truth.unit) ** 2 / 1.609344, rel=0.01)
        else:
            assert best.unit != truth.unit
            assert ratio == pytest.approx(1.609344 / km_per(truth.unit) ** 2, rel=0.01)
    assert set(details.values()) == {5}


def test_duplicate_repeats_an_honest_upload(fleet: Fleet, planted: tuple[PlantedFault, ...]) -> None:
    hows: Counter[str] = Counter()
    for fault in of_kind(planted, "duplicate"):
        known = fault.others + fault.around(fleet)
        copy, original = fault.upload, next(one for one in known if one.id == fault.upload.truth.copy_of)
        hows[copy.truth.detail] += 1
        assert copy.id != original.id
        assert copy.observation.received_at > original.observation.received_at
        assert ("another vehicle" in copy.truth.detail) == (original.vehicle != copy.vehicle)
        differing = (copy.facts.picture_hash ^ original.facts.picture_hash).bit_count()
        if copy.truth.detail.startswith("same bytes"):
            assert copy.facts.sha256 == original.facts.sha256
            assert differing == 0
            assert copy.observation.ways == original.observation.ways
        else:
            assert copy.facts.sha256 != original.facts.sha256
            assert 1 <= differing <= 15
            assert copy.truth.shown == original.truth.shown
    assert len(hows) == 6


def test_stale_photo_is_shown_as_new_after_higher_readings(planted: tuple[PlantedFault, ...]) -> None:
    kept = 0
    for fault in of_kind(planted, "stale_photo"):
        truth, facts = fault.upload.truth, fault.upload.facts
        age = fault.upload.observation.received_at - truth.taken_at
        assert timedelta(days=3) <= age <= timedelta(days=121)
        assert facts.phone_captured_at is not None
        assert facts.phone_captured_at - truth.taken_at > timedelta(days=2)
        kept += facts.exif_taken_at is not None
        assert any(
            truth.stood_at < one.truth.stood_at < facts.phone_captured_at
            and (one.truth.life_km or 0) >= (truth.life_km or 0) + 1
            for one in fault.others
        )
    assert kept == 10
