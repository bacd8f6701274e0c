"""Opinions are a function of the set of events: properties over generated histories."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from capture.history.model import Cut, Fill, FleetRate, History, Observation, VehicleFacts, Way
from capture.plausibility import RULES, consider, expected_at
from capture.review import Level
from tests.unit.odometers import at, reading, steady, way

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)) | st.integers(0, 60).map(at)  # noqa: DTZ001
NUMBERS = st.one_of(
    st.integers(0, 2_000_000), st.integers(49_000, 53_000), st.sampled_from([0, 1, 99_999, 999_999, 10**11 - 1])
)


@st.composite
def ways(draw: st.DrawFn) -> tuple[Way, ...]:
    shown = draw(st.lists(NUMBERS, max_size=4, unique=True))
    left, made = 1.0, []
    for number in shown:
        probability = draw(st.floats(0, left))
        left -= probability
        made.append(way(number, probability, draw(st.sampled_from(["km", "mi", None])), tenths=draw(st.booleans())))
    return tuple(sorted(made, key=lambda one: -one.probability))


@st.composite
def observations(draw: st.DrawFn, number: int) -> Observation:
    moment = draw(MOMENTS)
    return Observation(
        event_id=UUID(int=number),
        event_type=draw(st.sampled_from(["odometer_reading", "fuel_purchase", "maintenance", "issue_report"])),
        at=moment,
        received_at=moment + timedelta(minutes=draw(st.integers(-100_000, 100_000))),
        ways=draw(ways()),
        verified=draw(st.booleans()),
        fill=draw(
            st.none()
            | st.builds(
                Fill,
                litres=st.none() | st.floats(0.01, 1e6),
                price_per_litre=st.none() | st.floats(1e-6, 1e6),
                currency=st.sampled_from(["EUR", "USD", None]),
                fuel_type=st.sampled_from(["diesel", "regular", "def", "unheard of", None]),
            )
        ),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    count = draw(st.integers(0, 9))
    cuts = st.builds(
        Cut,
        at=MOMENTS,
        kind=st.sampled_from(["replacement", "rollover", "unit_change", "offset"]),
        before_km=st.floats(0, 1e9),
        after_km=st.floats(0, 1e9),
        unit=st.sampled_from(["km", "mi", None]),
    )
    return History(
        vehicle=draw(
            st.builds(
                VehicleFacts,
                odometer_unit=st.sampled_from(["km", "mi", None]),
                tank_litres=st.none() | st.floats(1, 2000),
                fuel_type=st.sampled_from(["diesel", "regular", None]),
                litres_per_100_km=st.none() | st.floats(0.1, 200),
                first_registered_on=st.none() | st.dates(date(1950, 1, 1), date(2190, 1, 1)),
            )
        ),
        observations=tuple(draw(observations(number)) for number in range(count)),
        cuts=tuple(draw(st.lists(cuts, max_size=3))),
        fleet=draw(
            st.none()
            | st.builds(
                FleetRate, mean_km=st.floats(0.1, 3000), deviation_km=st.floats(0.1, 3000), vehicles=st.integers(0, 900)
            )
        ),
        levels=draw(st.dictionaries(st.sampled_from(sorted(RULES)), st.sampled_from(get_args(Level)), max_size=4)),
    )


@settings(max_examples=30)
@given(histories(), st.randoms())
def test_the_order_of_arrival_does_not_matter(history: History, random: object) -> None:
    mixed, cuts = list(history.observations), list(history.cuts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    random.shuffle(cuts)  # type: ignore[attr-defined]
    again = history.model_copy(update={"observations": tuple(mixed), "cuts": tuple(cuts)})
    assert consider(again) == consider(history)


@settings(max_examples=30)
@given(histories(), MOMENTS)
def test_whatever_comes_an_opinion_holds_together(history: History, moment: datetime) -> None:
    opinions = consider(history)
    assert opinions.keys() == {one.event_id for one in history.observations}
    for one in history.observations:
        opinion = opinions[one.event_id]
        assert len(opinion.posterior) == len(one.ways)
        assert all(0 <= share <= 1 for share in opinion.posterior)
        assert math.fsum(opinion.posterior) <= 1 + 1e-9
        assert opinion.chosen is None or 0 <= opinion.chosen < len(one.ways)
        assert not opinion.by_history or opinion.chosen is not None
        if opinion.window_km is not None:
            assert 0 <= opinion.window_km[0] <= opinion.window_km[1]
        if one.verified and one.ways:
            assert (opinion.chosen, opinion.posterior[0], opinion.by_history) == (0, 1.0, False)
        for finding in opinion.findings:
            assert finding.level == history.levels.get(finding.code, RULES[finding.code])
            assert finding.sentence.endswith((".", "?"))
    window = expected_at(history, moment)
    assert window is None or window[0] <= window[1]


def test_one_by_one_ends_in_what_all_at_once_gives() -> None:
    photos = [*steady(), reading(50, 10, 20_000), reading(51, 5, 0, ways=(way(80_300, 0.5), way(50_300, 0.4)))]
    whole = consider(History(observations=tuple(photos)))
    come: tuple[Observation, ...] = ()
    for one in reversed(photos):
        come = (*come, one)
        opinions = consider(History(observations=come))
    assert opinions == whole


def test_a_late_upload_clears_a_flag_of_its_neighbours() -> None:
    jumps = [*steady(count=4), reading(50, 30, 75_000), reading(51, 33, 75_180)]
    assert consider(History(observations=tuple(jumps)))[UUID(int=50)].findings
    between = [reading(60 + n, 12 + 3 * n, 53_000 + 4_000 * n) for n in range(6)]
    assert not consider(History(observations=(*jumps, *between)))[UUID(int=50)].findings


@settings(max_examples=25)
@given(st.floats(0.5, 20.5), st.integers(-25, 25))
def test_a_reading_that_agrees_raises_nothing_on_others(days: float, more: int) -> None:
    photos = [reading(n, n * 3, 50_000 + n * 180 + (n * 37) % 50) for n in range(8)]
    before = consider(History(observations=tuple(photos)))
    known = [(one.at, one.ways[0].km or 0.0) for one in photos]
    left = max(pair for pair in known if pair[0] <= at(days))
    right = min(pair for pair in known if pair[0] >= at(days))
    share = (at(days) - left[0]) / max(right[0] - left[0], timedelta(minutes=1))
    km = left[1] + share * (right[1] - left[1])
    agreeing = reading(90, days, round(min(max(km + more, left[1]), right[1])))
    after = consider(History(observations=(*photos, agreeing)))
    for one in photos:
        assert len(after[one.event_id].findings) <= len(before[one.event_id].findings)
