"""A vehicle's history on a real PostgreSQL: whatever comes, and in whatever order, the events end the same."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from capture.errors import CaptureError, ConflictError, NotFoundError, RefusedError
from capture.history.model import Cut
from storage.db import SYSTEM, WORKER
from storage.queries import blind, events, history, tenants, trust
from storage.queries import vehicles as queries
from tests.integration import histories
from tests.integration.conftest import Fleet
from tests.integration.histories import again, day, found, rows, said_by_history, shot, take, type_in
from worker import vehicles
from worker.deciding import decide_event
from worker.history import expectation, reconsider
from worker.rescoring import rescore

pytestmark = pytest.mark.usefixtures("undrawn")

STEADY = [shot(on, str(50_000 + 60 * on)) for on in (0, 2, 4, 6, 8, 10, 12)]
"""Sixty kilometres a day."""


def send(fleet: Fleet, *photos: histories.Shot) -> list[events.EventRow]:
    return [again(fleet, event) for event in [take(fleet, photo) for photo in photos]]


def test_every_event_has_its_row_in_the_same_transaction(fleet: Fleet) -> None:
    (first, *_) = send(fleet, *STEADY[:3])
    slip = type_in(
        fleet, "fuel_purchase", 5, volume=40, volume_unit="L", unit_price=1.5, total_cost=60, currency="EUR",
        odometer=50_300, odometer_unit="km", fuel_type="diesel",
    )  # fmt: skip
    type_in(fleet, "issue_report", 5, description="Brakes squeal", severity="warning")
    kept = rows(fleet)
    assert [row.km for row in kept] == [50_000, 50_120, 50_240, 50_300]
    assert (kept[0].event_id, kept[0].occurred_at, kept[0].fits, kept[0].verified) == (first.id, day(0), True, False)
    assert (kept[3].event_id, kept[3].litres, kept[3].price_per_litre, kept[3].currency, kept[3].fuel_type) == (
        slip.id, 40, 1.5, "EUR", "diesel",
    )  # fmt: skip
    expected = kept[1]
    assert expected.expected_low_km is not None
    assert expected.expected_high_km is not None
    assert expected.expected_low_km <= 50_120 <= expected.expected_high_km


def test_a_reading_that_fits_nowhere_is_flagged_with_the_numbers(fleet: Fleet) -> None:
    send(fleet, *STEADY)
    (wrong,) = send(fleet, shot(13, "20780"))
    assert wrong.review_state == "flagged"
    assert said_by_history(wrong)
    (sentence, *_) = [flag["sentence"] for flag in wrong.flag_reasons if flag.get("origin") == "history"]
    assert "20,780" in sentence
    assert all(event.review_state == "accepted" for event in found(fleet) if event.id != wrong.id)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        codes = tx.execute(
            "select code, kind from capture.explanations where event_id = %s and kind = 'flagged'", (wrong.id,)
        ).fetchall()
        stream = tx.execute(
            "select event_type, version, event_data ->> 'review_state' from capture.event_stream "
            "where aggregate_id = %s order by version",
            (wrong.id,),
        ).fetchall()
    assert {code for code, _ in codes} == said_by_history(wrong)
    assert stream == [("recorded", 1, "accepted"), ("reconsidered", 2, "flagged")]
    assert wrong.version == 2


def test_a_late_upload_raises_a_flag_on_its_neighbour(fleet: Fleet) -> None:
    (alone,) = send(fleet, shot(13, "20780"))
    assert said_by_history(alone) == set()
    send(fleet, *STEADY)
    after = again(fleet, alone)
    assert said_by_history(after)
    assert after.review_state == "flagged"


def test_a_late_upload_clears_a_flag_of_its_neighbour(fleet: Fleet) -> None:
    """Of two readings that cannot both be, a third between them tells which is right."""
    right, wrong = send(fleet, shot(0, "50000"), shot(10, "20600"))
    right, wrong = again(fleet, right), again(fleet, wrong)
    assert (right.review_state, wrong.review_state) == ("flagged", "flagged")
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tenants.set_policy(tx, blind_share=1.0)
    send(fleet, *STEADY[1:4])
    right, wrong = again(fleet, right), again(fleet, wrong)
    assert (right.review_state, said_by_history(right)) == ("accepted", set())
    assert (wrong.review_state, bool(said_by_history(wrong))) == ("flagged", True)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        told = tx.execute(
            "select code from capture.explanations where event_id = %s and kind = 'accepted' order by created_at",
            (right.id,),
        ).fetchall()
        drawn = blind.sample(tx, right.id)
    assert told == [("confidence_enough",), ("history_agrees",)]
    assert drawn is not None, "what is accepted now is looked at as often as what was accepted at first"


def test_history_chooses_among_the_ways_and_takes_it_back(fleet: Fleet) -> None:
    """By its pixels the display shows a number that cannot be; the next best is the one that goes with the others."""
    before = send(fleet, *STEADY)
    (chosen,) = send(fleet, shot(13, "90780", "50780", sure=0.55))
    assert (chosen.payload["reading"], chosen.payload["parsed_digits"]) == (50_780, "50780")
    assert chosen.payload["miles"] == round(50_780 / 1.609344)
    assert (chosen.review_state, chosen.confidence) == ("flagged", None)
    assert "chosen_by_history" in said_by_history(chosen)
    row = rows(fleet)[-1]
    assert (row.way, row.km, row.by_history, len(row.posterior)) == (1, 50_780, True, 2)
    for event in before:
        decide_event(fleet.services, fleet.tenant_id, fleet.person, event.id, "void")
    after = again(fleet, chosen)
    assert (after.payload["reading"], after.payload["parsed_digits"]) == (90_780, "90780")
    assert after.confidence == row.judged["confidence"] is not None
    assert after.review_state == "accepted"
    assert said_by_history(after) == set()
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        digests = tx.execute(
            "select event_data -> 'personal' ->> 'digest' from capture.event_stream "
            "where aggregate_id = %s order by version",
            (chosen.id,),
        ).fetchall()
        kept = tx.execute("select count(*) from capture.event_stream t where t::text like '%%50780%%'").fetchone()
    assert len(digests) == after.version
    assert kept == (0,)  # no reading in immutable rows


def test_a_number_that_history_chose_says_nothing_of_what_the_engine_read(fleet: Fleet) -> None:
    """A person who confirms it confirms another number than the one whose probability was said."""
    send(fleet, *STEADY)
    (chosen,) = send(fleet, shot(13, "90780", "50780", sure=0.55))
    (odd,) = send(fleet, shot(15, "20780"))
    for event in (chosen, odd):
        decide_event(fleet.services, fleet.tenant_id, fleet.person, event.id, "confirm")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert {row.id for row in trust.decisions(tx)} == {odd.id}


def test_other_facts_behind_the_same_sentence_are_no_new_version(fleet: Fleet) -> None:
    """An update that changes nothing is none to the database, and event and stream would part for good."""
    send(fleet, *STEADY)
    odd = type_in(fleet, "odometer_reading", 13, reading=20_780, unit="km")
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        tx.execute(
            "update capture.vehicle_readings set findings = jsonb_set(findings, '{0,facts,before}', '1') "
            "where event_id = %s",
            (odd.id,),
        )
        assert reconsider(tx, fleet.vehicle_id, "asked again") == ()
        head = tx.execute(
            "select version from capture.event_stream_heads where aggregate_id = %s", (odd.id,)
        ).fetchone()
    assert head == (again(fleet, odd).version,)
    assert (
        decide_event(fleet.services, fleet.tenant_id, fleet.person, odd.id, "confirm").event.review_state == "verified"
    )


def test_a_reading_that_history_helped_to_read_keeps_its_confidence(fleet: Fleet) -> None:
    before = send(fleet, *STEADY)
    chosen = take(fleet, shot(13, "90780", "50780", sure=0.55), with_history=True)
    assert chosen.payload["reading"] == 50_780
    assert chosen.confidence is not None
    assert "confidence_unknown" not in said_by_history(chosen)
    assert [flag["code"] for flag in chosen.flag_reasons].count("chosen_by_history") == 1
    row = rows(fleet)[-1]
    assert (row.way_read, row.way, row.km) == (1, 1, 50_780)
    for event in before:
        decide_event(fleet.services, fleet.tenant_id, fleet.person, event.id, "void")
    after = again(fleet, chosen)
    assert (after.payload["reading"], after.confidence, after.review_state) == (90_780, None, "flagged")
    assert said_by_history(after) == {"confidence_unknown"}


def test_an_upload_does_not_expect_itself(fleet: Fleet) -> None:
    send(fleet, *STEADY[:-1])
    job = histories.queued(fleet)
    ask = expectation(fleet.services, job)
    before = ask(day(20))
    assert before is not None
    assert before[0] <= 51_200 <= before[1]
    take(fleet, shot(20, "51200"), job)
    assert ask(day(20)) == before
    assert ask(None) is None
    assert expectation(fleet.services, histories.queued(fleet, fleet.other_vehicle_id))(day(20)) is None


def promise(fleet: Fleet, error: float) -> None:
    """Set the share of wrong events that the tenant accepts."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        trust.set_promise(tx, "", error)


def test_judging_again_leaves_what_history_said(fleet: Fleet) -> None:
    send(fleet, *STEADY)
    (wrong, chosen) = send(fleet, shot(13, "20780"), shot(14, "90840", "50840", sure=0.55))
    wrong, chosen = again(fleet, wrong), again(fleet, chosen)
    promise(fleet, 0.4)
    done = rescore(fleet.services, fleet.tenant_id, fleet.person, apply=True)
    assert done.looked_at == len(STEADY) + 2
    assert done.changed == 0
    assert (again(fleet, wrong), again(fleet, chosen)) == (wrong, chosen)
    promise(fleet, 0.00001)
    rescore(fleet.services, fleet.tenant_id, fleet.person, apply=True)
    after = again(fleet, wrong)
    assert said_by_history(after) == said_by_history(wrong)
    assert len(after.flag_reasons) > len(wrong.flag_reasons)
    assert again(fleet, chosen).confidence is None
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        assert reconsider(tx, fleet.vehicle_id, "asked again") == ()


def outcome(fleet: Fleet) -> list[tuple[Any, ...]]:
    """Return all that history has written, without ids."""
    said = []
    for event in found(fleet):
        if event.review_state == "voided":
            continue
        flags = sorted((flag["code"], flag["sentence"]) for flag in event.flag_reasons)
        said.append((event.occurred_at, event.payload["reading"], event.review_state, event.confidence, flags))
    noted = [
        (row.occurred_at, row.km, row.way, row.fits, row.by_history, row.posterior, row.expected_low_km,
         row.expected_high_km, row.findings)
        for row in rows(fleet)
    ]  # fmt: skip
    return [*sorted(said, key=lambda one: one[:2]), *noted]


def test_any_order_of_arrival_ends_in_the_same_rows(fleet: Fleet) -> None:
    photos = [
        *STEADY[:5],
        shot(9, "20540"),
        shot(11, "90660", "50660", sure=0.55),
        shot(12, "50720"),
        shot(13, "50780"),
        shot(14, "58000"),
    ]
    shuffled = random.Random(7)  # noqa: S311 (orders, not secrets)
    outcomes = []
    for _ in range(3):
        shuffled.shuffle(photos)
        send(fleet, *photos)
        outcomes.append(outcome(fleet))
        for event in found(fleet):
            if event.review_state in ("accepted", "flagged"):
                decide_event(fleet.services, fleet.tenant_id, fleet.person, event.id, "void")
        assert rows(fleet) == []
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert any(line[2] == "flagged" for line in outcomes[0])


def test_what_a_person_verified_is_not_changed(fleet: Fleet) -> None:
    (odd,) = send(fleet, shot(13, "20780", "50780"))
    verified = decide_event(fleet.services, fleet.tenant_id, fleet.person, odd.id, "confirm").event
    send(fleet, *STEADY)
    assert again(fleet, odd) == verified
    row = rows(fleet)[-1]
    assert (row.verified, row.km, row.findings, len(row.ways)) == (True, 20_780, [], 1)


def test_a_correction_lists_what_it_did(fleet: Fleet) -> None:
    send(fleet, *STEADY)
    (later,) = send(fleet, shot(16, "50960"))
    (wrong,) = send(fleet, shot(13, "50780"))
    made = decide_event(
        fleet.services, fleet.tenant_id, fleet.person, wrong.id, "correct", {"reading": 53780, "parsed_digits": "53780"}
    )
    (effect,) = [effect for effect in made.affected if effect.event_id == later.id]
    assert (effect.state_before, effect.state_after) == ("accepted", "flagged")
    assert effect.raised
    assert set(effect.raised) == said_by_history(again(fleet, later))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (details,) = tx.execute(
            "select details from capture.audit_logs where action = 'event.corrected' and subject_id = %s", (wrong.id,)
        ).fetchone() or (None,)
    assert str(later.id) in [one["event_id"] for one in details["affected"]]
    undone = decide_event(
        fleet.services, fleet.tenant_id, fleet.person, wrong.id, "correct", {"reading": 50780, "parsed_digits": "50780"}
    )
    assert [one.event_id for one in undone.affected if one.cleared] == [later.id]
    assert again(fleet, later).review_state == "accepted"


def test_two_workers_on_one_vehicle_wait_for_each_other_and_lose_nothing(fleet: Fleet) -> None:
    send(fleet, *STEADY)
    numbers = ["20780", "50781", "91000", "50783", "10784", "50785"]
    photos = [shot(13 + place / 24, number) for place, number in enumerate(numbers)]
    jobs = [histories.queued(fleet) for _ in photos]
    start = threading.Barrier(len(photos))

    def run(place: int) -> None:
        start.wait()
        take(fleet, photos[place], jobs[place])

    with ThreadPoolExecutor(len(photos)) as pool:
        for future in [pool.submit(run, place) for place in range(len(photos))]:
            future.result()
    kept = rows(fleet)
    assert len(kept) == len(STEADY) + len(photos)
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        assert reconsider(tx, fleet.vehicle_id, "asked again") == ()
    wrong = {row.km for row in kept if row.findings}
    assert wrong >= {20_780, 91_000, 10_784}


def test_a_decision_and_a_recording_at_once_do_not_deadlock(fleet: Fleet) -> None:
    present = send(fleet, *STEADY)
    jobs = [histories.queued(fleet) for _ in present]
    start = threading.Barrier(2 * len(present))

    def decide(event: events.EventRow) -> None:
        start.wait()
        decide_event(fleet.services, fleet.tenant_id, fleet.person, event.id, "confirm")

    def record(place: int) -> None:
        start.wait()
        take(fleet, shot(place + 0.5, str(50_000 + 60 * place + 30)), jobs[place])

    with ThreadPoolExecutor(2 * len(present)) as pool:
        waiting = [pool.submit(decide, event) for event in present]
        waiting += [pool.submit(record, place) for place in range(len(present))]
        for future in waiting:
            future.result()
    assert [row.verified for row in rows(fleet)].count(True) == len(present)


def test_another_tenant_sees_nothing_and_changes_nothing(fleet: Fleet, other_fleet: Fleet) -> None:
    send(fleet, *STEADY)
    made = vehicles.add_cut(fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id, NEW_METER)
    with other_fleet.services.db.tenant_tx(other_fleet.tenant_id, SYSTEM) as tx:
        assert history.readings(tx, fleet.vehicle_id) == []
        assert queries.cuts(tx, fleet.vehicle_id) == []
        assert queries.facts(tx, fleet.vehicle_id) is None
    theirs = (other_fleet.services, other_fleet.tenant_id, other_fleet.person)
    with pytest.raises(NotFoundError, match="no such vehicle"):
        vehicles.add_cut(*theirs, fleet.vehicle_id, NEW_METER)
    with pytest.raises(NotFoundError, match="no such cut"):
        vehicles.void_cut(*theirs, made.cut.id)
    with pytest.raises(NotFoundError, match="no such vehicle"):
        vehicles.set_facts(*theirs, fleet.vehicle_id, {"tank_litres": 50})


NEW_METER = Cut(at=day(12.5), kind="replacement", before_km=50_750, after_km=0)


def test_a_new_meter_clears_flags_and_taking_it_back_raises_them(fleet: Fleet) -> None:
    send(fleet, *STEADY)
    fresh = send(fleet, shot(13, "000030"), shot(14, "000090"))
    assert all(said_by_history(event) for event in fresh)
    who = (fleet.services, fleet.tenant_id, fleet.person)
    made = vehicles.add_cut(*who, fleet.vehicle_id, NEW_METER)
    assert {effect.event_id for effect in made.affected} >= {event.id for event in fresh}
    assert [said_by_history(again(fleet, event)) for event in fresh] == [set(), set()]
    assert [again(fleet, event).review_state for event in fresh] == ["accepted", "accepted"]
    with pytest.raises(ConflictError) as refused:
        vehicles.add_cut(*who, fleet.vehicle_id, NEW_METER)
    assert refused.value.code == "cut_exists"
    undone = vehicles.void_cut(*who, made.cut.id)
    assert undone.cut.voided_by == fleet.user_id
    assert all(said_by_history(again(fleet, event)) for event in fresh)
    with pytest.raises(ConflictError) as refused:
        vehicles.void_cut(*who, made.cut.id)
    assert refused.value.code == "already_decided"
    vehicles.add_cut(*who, fleet.vehicle_id, NEW_METER)  # one that was taken back does not stand in the way


def test_a_reading_that_history_reads_another_way_meets_its_stop_again(fleet: Fleet) -> None:
    """The slip agreed with the number that history had chosen; it does not with the one that the new meter shows."""
    send(fleet, *STEADY)
    (display,) = send(fleet, shot(13, "90780", "50780", sure=0.55))
    slip = type_in(fleet, "fuel_purchase", 13.001, volume=40, volume_unit="L", odometer=50_780, odometer_unit="km")
    assert display.payload["reading"] == 50_780
    assert "bundle_disagrees" not in {flag["code"] for flag in again(fleet, slip).flag_reasons}
    cut = Cut(at=day(12.5), kind="replacement", before_km=50_750, after_km=90_750)
    made = vehicles.add_cut(fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id, cut)
    assert again(fleet, display).payload["reading"] == 90_780
    for event in (display, slip):
        after = again(fleet, event)
        assert [flag["code"] for flag in after.flag_reasons].count("bundle_disagrees") == 1
        assert after.review_state == "flagged"
        assert "bundle_disagrees" in next(one.raised for one in made.affected if one.event_id == event.id)
    assert len({effect.event_id for effect in made.affected}) == len(made.affected)


def test_a_fill_after_a_new_meter_is_not_measured_from_before_it(fleet: Fleet) -> None:
    def fill(on: float, odometer: int) -> events.EventRow:
        return type_in(fleet, "fuel_purchase", on, volume=40, volume_unit="L", odometer=odometer, odometer_unit="km")

    def display(on: float, reading: int) -> events.EventRow:
        return type_in(fleet, "odometer_reading", on, reading=reading, unit="km")

    fill(0, 50_000)
    display(0.001, 50_000)
    slip = fill(3, 90_400)
    display(3.001, 90_400)
    disagrees = "bundle_disagrees"
    assert disagrees in {flag["code"] for flag in again(fleet, slip).flag_reasons}
    who = (fleet.services, fleet.tenant_id, fleet.person)
    cut = Cut(at=day(2), kind="replacement", before_km=50_200, after_km=90_200)
    made = vehicles.add_cut(*who, fleet.vehicle_id, cut)
    assert disagrees not in {flag["code"] for flag in again(fleet, slip).flag_reasons}
    assert any(disagrees in effect.cleared for effect in made.affected)
    vehicles.void_cut(*who, made.cut.id)
    assert disagrees in {flag["code"] for flag in again(fleet, slip).flag_reasons}


def test_what_the_record_says_is_compared(fleet: Fleet) -> None:
    slip = type_in(
        fleet, "fuel_purchase", 1, volume=80, volume_unit="L", unit_price=1.5, total_cost=120, fuel_type="diesel"
    )
    assert slip.review_state == "accepted"
    who = (fleet.services, fleet.tenant_id, fleet.person)
    facts, affected = vehicles.set_facts(
        *who, fleet.vehicle_id, {"tank_litres": "45", "fuel_type": "regular", "first_registered_on": "2020-05-01"}
    )
    assert (facts.tank_litres, facts.odometer_unit) == (45, "km")
    assert [(effect.event_id, effect.state_after) for effect in affected] == [(slip.id, "flagged")]
    assert said_by_history(again(fleet, slip)) == {"volume_over_tank", "fuel_differs"}
    vehicles.set_facts(*who, fleet.vehicle_id, {"tank_litres": None, "fuel_type": None})
    assert again(fleet, slip).review_state == "accepted"


@pytest.mark.parametrize(
    "changes",
    [{"tank_litres": 0}, {"tank_litres": 1e9}, {"fuel_type": "water"}, {"odometer_unit": "m"}, {"wheels": 4},
     {"first_registered_on": "1066-10-14"}, {"litres_per_100_km": "much"}],
)  # fmt: skip
def test_senseless_facts_are_refused(fleet: Fleet, changes: dict[str, object]) -> None:
    with pytest.raises(RefusedError) as refused:
        vehicles.set_facts(fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id, changes)
    assert refused.value.code == "facts_invalid"
    assert next(iter(changes)) in refused.value.message


def test_a_rule_that_only_tells_flags_nothing(fleet: Fleet) -> None:
    who = (fleet.services, fleet.tenant_id, fleet.person)
    vehicles.set_facts(*who, fleet.vehicle_id, {"tank_litres": 45})
    slip = type_in(fleet, "fuel_purchase", 1, volume=80, volume_unit="L", unit_price=1.5, total_cost=120)
    assert slip.review_state == "flagged"
    assert vehicles.set_rule(*who, "volume_over_tank", "note") == 1
    after = again(fleet, slip)
    assert (after.review_state, said_by_history(after)) == ("accepted", {"volume_over_tank"})
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (rule,) = [rule for rule in vehicles.rules(tx) if rule.code == "volume_over_tank"]
    assert (rule.level, rule.usual) == ("note", "flag")
    assert vehicles.set_rule(*who, "volume_over_tank", None) == 1
    assert again(fleet, slip).review_state == "flagged"
    with pytest.raises(RefusedError) as refused:
        vehicles.set_rule(*who, "no_such_rule", "note")
    assert refused.value.code == "rule_unknown"


def test_an_old_slip_is_compared_where_it_was_printed(fleet: Fleet) -> None:
    send(fleet, *STEADY)
    slip = type_in(
        fleet, "fuel_purchase", 12.2, odometer=50_180, odometer_unit="km", purchased_on="2026-03-05",
        purchased_at="07:30",
    )  # fmt: skip
    assert said_by_history(slip) == set()
    (row,) = [row for row in rows(fleet) if row.event_id == slip.id]
    assert row.occurred_at == datetime(2026, 3, 5, 7, 30, tzinfo=UTC)
    assert slip.occurred_at == day(12.2)


def test_the_fleet_tells_what_is_usual(fleet: Fleet) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert history.fleet_rate(tx, fleet.vehicle_id) is None
        others = [histories.new_vehicle(tx, f"Van {number}") for number in range(history.LEAST_VEHICLES)]
    for number, vehicle_id in enumerate(others):
        for on in (0, 10, 20):
            photo = shot(on, str(10_000 + on * (40 + 10 * number)))
            take(fleet, photo, histories.queued(fleet, vehicle_id))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        rate = history.fleet_rate(tx, fleet.vehicle_id)
        assert history.fleet_rate(tx, others[0]) is None  # itself does not count
    assert rate is not None
    assert rate.vehicles == 5
    assert rate.mean_km == pytest.approx(60)
    assert rate.deviation_km == pytest.approx(15.811, abs=0.001)


def test_what_a_vehicle_drives_is_kept_with_its_readings(fleet: Fleet) -> None:
    def kept() -> float | None:
        with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
            (row,) = tx.execute("select km_a_day::float8 from capture.vehicle_rates").fetchall()
        return None if row[0] is None else float(row[0])

    last = send(fleet, *STEADY, shot(20, "51200"))[-1]
    assert kept() == pytest.approx(60)
    who = (fleet.services, fleet.tenant_id, fleet.person)
    made = vehicles.add_cut(*who, fleet.vehicle_id, NEW_METER)
    assert kept() is None
    vehicles.void_cut(*who, made.cut.id)
    assert kept() == pytest.approx(60)
    decide_event(*who, last.id, "void")
    assert kept() is None  # the others are of twelve days


def test_a_photo_of_the_drivers_other_vehicle_is_flagged_with_that_suggestion(fleet: Fleet) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        mine, strange = histories.new_vehicle(tx, "Van 3"), histories.new_vehicle(tx, "Van 4")
    other_driver = histories.new_person(fleet)
    for photo in STEADY:
        take(fleet, photo, histories.queued(fleet, driver=fleet.user_id))
        further = shot(photo.on, str(170_000 + int(50 * photo.on)))
        take(fleet, further, histories.queued(fleet, mine, fleet.user_id))
        take(fleet, further, histories.queued(fleet, strange, other_driver))
    wrong = take(fleet, shot(12.5, "170625"), histories.queued(fleet, driver=fleet.user_id))
    assert "other_vehicle_fits" in said_by_history(wrong)
    (row,) = [row for row in rows(fleet) if row.event_id == wrong.id]
    (finding,) = [finding for finding in row.findings if finding["code"] == "other_vehicle_fits"]
    assert finding["facts"]["vehicle_id"] == str(mine)
    nobodys = take(fleet, shot(12.6, "170630"), histories.queued(fleet))
    assert said_by_history(nobodys) - {"other_vehicle_fits"} == said_by_history(nobodys) != set()


def test_what_cannot_be_said_of_a_meter_is_refused(fleet: Fleet) -> None:
    who = (fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id)
    for at, before in ((datetime(1066, 10, 14, tzinfo=UTC), 0), (day(0), 1e8)):
        with pytest.raises(RefusedError) as refused:
            vehicles.add_cut(*who, Cut(at=at, kind="offset", before_km=before, after_km=0))
        assert refused.value.code == "cut_invalid"
    with pytest.raises(CaptureError, match="kilometres or miles"):
        vehicles.in_km(5, None)
    with pytest.raises(NotFoundError):
        vehicles.void_cut(fleet.services, fleet.tenant_id, fleet.person, uuid4())


def test_an_event_that_was_decided_past_this_module_is_left_as_it_is(fleet: Fleet) -> None:
    (decided, *_) = send(fleet, shot(13, "20780"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tx.execute("update capture.manual_events set review_state = 'rejected' where id = %s", (decided.id,))
    send(fleet, *STEADY)
    after = again(fleet, decided)
    assert (after.review_state, said_by_history(after)) == ("rejected", set())


def test_a_bill_that_misprints_the_odometer_is_flagged_and_mended_by_hand(fleet: Fleet) -> None:
    """A workshop printed 252832 for a vehicle at 352,100 km; the number that was meant is offered, never taken."""
    send(fleet, *[shot(on, str(351_500 + 100 * on)) for on in range(7)])
    bill = type_in(fleet, "maintenance", 12, odometer=252_832, odometer_unit="km", cost=180.0, currency="EUR")
    assert bill.review_state == "flagged"
    (flag,) = [flag for flag in bill.flag_reasons if flag["code"] == "service_odometer_differs"]
    assert all(number in flag["sentence"] for number in ("252,832 km", "352,100 km", "352,832 km"))
    assert bill.payload["odometer"] == 252_832
    assert all(event.review_state == "accepted" for event in found(fleet) if event.id != bill.id)
    made = decide_event(fleet.services, fleet.tenant_id, fleet.person, bill.id, "correct", {"odometer": 352_832})
    assert made.event.review_state == "corrected"
    assert rows(fleet)[-1].km == 352_832
