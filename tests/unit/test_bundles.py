"""What belongs to one stop, and what its members say of one another."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.agreement import Agreement, Earlier, agreement
from capture.bundles import Member, Stop, group, member, told_twice

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=20)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def display(number: int, minutes: float, km: float | None = 48_213) -> Member:
    return Member(event_id=UUID(int=number), event_type="odometer_reading", at=at(minutes), km=km)


def bought(number: int, minutes: float, **said: Any) -> Member:
    plain: dict[str, Any] = {"litres": 42.1, "amount_cents": 8_600, "says": 4}
    return Member(event_id=UUID(int=number), event_type="fuel_purchase", at=at(minutes), **{**plain, **said})


def pump(number: int, minutes: float, **said: Any) -> Member:
    return bought(number, minutes, **{"says": 0, **said})


def numbers(stops: tuple[Stop, ...]) -> list[set[int]]:
    return [{one.event_id.int for one in stop.members} for stop in stops]


@pytest.mark.parametrize(("minutes", "found"), [(20, [{1, 2}]), (-20, [{1, 2}]), (20.1, [])])
def test_a_slip_and_a_display_within_the_window_are_one_stop(minutes: float, found: list[set[int]]) -> None:
    assert numbers(group([display(1, 0), bought(2, minutes)], WINDOW)) == found


def test_a_display_belongs_to_the_nearest_fill_and_alone_to_none() -> None:
    stops = group([bought(1, 0), bought(2, 30, amount_cents=100, litres=5), display(3, 16), display(4, 12)], WINDOW)
    assert numbers(stops) == [{1, 4}, {2, 3}]
    assert group([display(1, 0), display(2, 1)], WINDOW) == ()
    assert group([bought(1, 0)], WINDOW) == ()


def test_pump_and_slip_of_one_fill_are_joined_and_two_slips_are_not() -> None:
    assert numbers(group([pump(1, 0), bought(2, 5)], WINDOW)) == [{1, 2}]
    assert numbers(group([pump(1, 0, amount_cents=None), bought(2, 5)], WINDOW)) == [{1, 2}]
    assert numbers(group([pump(1, 0, litres=42.9), bought(2, 5, amount_cents=8_700)], WINDOW)) == []
    assert group([bought(1, 0), bought(2, 5)], WINDOW) == ()
    assert group([pump(1, 0), bought(2, 21)], WINDOW) == ()


def test_of_two_photos_of_a_fill_the_one_that_says_more_stays() -> None:
    (stop,) = group([pump(1, 0), bought(2, 4.5), display(3, 5)], WINDOW)
    (bare,) = told_twice(stop)
    assert (bare.goes.event_id.int, bare.stays.event_id.int, bare.minutes) == (1, 2, 4.5)
    (stop,) = group([pump(2, 1), pump(1, 0)], WINDOW)
    assert [(bare.goes.event_id.int, bare.stays.event_id.int) for bare in told_twice(stop)] == [(2, 1)]


@given(st.permutations(range(7)))
def test_the_order_in_which_photos_came_does_not_matter(order: list[int]) -> None:
    members = [
        pump(1, 0), bought(2, 6), display(3, 7), display(4, 25),
        bought(5, 40, amount_cents=1), display(6, 31), pump(7, 58),
    ]  # fmt: skip
    assert group([members[index] for index in order], WINDOW) == group(members, WINDOW)


def told(stop: list[Member], **known: Any) -> Agreement:
    (one,) = group(stop, WINDOW)
    return agreement(one, **known)


def test_what_was_keyed_in_at_the_pump_speaks_for_the_display_or_against_it() -> None:
    same = told([display(1, 0, 48_213.4), bought(2, 1, km=48_212)])
    assert same.odometer == pytest.approx(math.log(90), abs=0.001)
    assert same.contradictions == ()
    other = told([display(1, 0, 48_213), bought(2, 1, km=46_213)])
    assert other.odometer is not None
    assert other.odometer < -2
    (fact,) = other.contradictions
    assert fact.sentence == "The slip says 46,213 km, the display 48,213 km: 2,000 km apart."
    assert fact.numbers == {"slip_km": 46_213, "display_km": 48_213}


def test_the_bound_of_what_is_the_same_is_two_kilometres() -> None:
    assert told([display(1, 0, 48_213), bought(2, 1, km=48_211)]).contradictions == ()
    assert len(told([display(1, 0, 48_213), bought(2, 1, km=48_210.9)]).contradictions) == 1


def driven(km: float, **known: Any) -> Agreement:
    return told([display(1, 0, 48_213), bought(2, 1)], before=Earlier(at=at(-9_000), km=48_213 - km), **known)


def test_the_distance_since_the_last_fill_is_compared_with_the_volume() -> None:
    fits = driven(600, litres_per_100_km=7.0)
    assert fits.odometer is not None
    assert fits.odometer > 1
    assert fits.contradictions == ()
    (fact,) = driven(60, litres_per_100_km=7.0).contradictions
    assert fact.sentence.endswith("make 70.2 litres for 100 km; 7.0 are the vehicle's own.")
    assert fact.log_ratio < 0


def test_a_tank_filled_in_part_is_no_contradiction() -> None:
    assert driven(2_000, litres_per_100_km=7.0).contradictions == ()


def test_nothing_known_says_nothing() -> None:
    assert told([display(1, 0), bought(2, 1)]).odometer is None
    assert told([display(1, 0, None), bought(2, 1, km=5)]).odometer is None
    assert driven(0).odometer is None, "filled twice at one place"
    assert driven(-500).odometer is None, "the meter may have been replaced"


def test_a_vehicle_of_unknown_consumption_may_be_a_scooter_or_a_lorry() -> None:
    for litres, km in ((6, 250), (300, 900)):
        stop = [display(1, 0, 48_213), bought(2, 1, litres=litres)]
        assert told(stop, before=Earlier(at=at(-9_000), km=48_213 - km)).contradictions == ()
    assert len(driven(4).contradictions) == 1


def test_pump_and_slip_speak_for_the_sale() -> None:
    assert (told([pump(1, 0), bought(2, 1)]).sale or 0) > 4
    (fact,) = told([pump(1, 0, amount_cents=6_800), bought(2, 1)]).contradictions
    assert fact.sentence == "Two photos of one fill say 42.10 litres for 68.00 and 42.10 litres for 86.00."


@given(st.floats(0, 1e7), st.floats(0, 1e7), st.floats(0.01, 1e6), st.one_of(st.none(), st.floats(0.1, 1_000)))
def test_no_numbers_break_it(km: float, before: float, litres: float, usual: float | None) -> None:
    found = told(
        [display(1, 0, km), bought(2, 1, litres=litres, km=before)],
        before=Earlier(at=at(-9_000), km=before / 2), litres_per_100_km=usual,
    )  # fmt: skip
    assert found.odometer is not None
    assert math.isfinite(found.odometer)


def test_members_come_from_payloads() -> None:
    shown = member(UUID(int=1), "odometer_reading", NOON, {"reading": 100, "unit": "mi"})
    assert shown.km == pytest.approx(160.934, abs=0.001)
    assert member(UUID(int=1), "odometer_reading", NOON, {"reading": 100}).km is None
    slip = member(
        UUID(int=2), "fuel_purchase", NOON,
        {
            "volume": 10, "volume_unit": "gal_us", "total_cost": 35.5, "station_name": "Shell",
            "purchased_on": "2026-11-03", "receipt_data": {"receipt_number": "1"},
            "odometer": 48_213, "odometer_unit": "km",
        },
    )  # fmt: skip
    assert slip.litres == pytest.approx(37.854, abs=0.001)
    assert (slip.amount_cents, slip.says, slip.km) == (3_550, 3, 48_213)
    fluid = {"volume": 5, "volume_unit": "L", "fuel_type": "def"}
    assert member(UUID(int=2), "fuel_purchase", NOON, fluid).litres is None
