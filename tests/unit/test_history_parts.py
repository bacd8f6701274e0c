"""The parts of a history: rates, meters, lines, mistakes in a number, words."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.history.digits import mended, shown_text
from capture.history.line import Line, Point
from capture.history.meter import epoch, in_order, lifetime_km
from capture.history.model import Cut, FleetRate, History, VehicleFacts
from capture.history.rate import BREAK, GENERAL, KM_A_DAY, SPAN_KM, Gap, Gaps, Rate, learn, student
from capture.history.units import in_one_unit, unit_of
from capture.history.words import Words, span
from tests.unit.odometers import at, reading, steady, way

RATE = Rate(km_a_day=60, spread=1, freedom=8)

# --- rates


@pytest.mark.parametrize(("share", "freedom", "table"), [(0.975, 6, 2.447), (0.9995, 6, 5.959), (0.9995, 30, 3.646)])
def test_quantiles_are_those_of_students_tables(share: float, freedom: float, table: float) -> None:
    assert student(share, freedom) == pytest.approx(table, rel=0.005)


def test_without_gaps_the_rate_is_the_general_one() -> None:
    assert learn([], None).km_a_day == pytest.approx(math.exp(GENERAL[0]))
    fleet = FleetRate(mean_km=200, deviation_km=80, vehicles=40)
    assert 140 < learn([], fleet).km_a_day < 200


def test_gaps_pull_the_rate_and_few_of_them_little() -> None:
    assert learn([(10, 3_000)] * 30, None).km_a_day == pytest.approx(300, rel=0.05)
    assert 80 < learn([(1, 300)], None).km_a_day < 250


def test_a_misread_number_moves_the_rate_little() -> None:
    gaps = [(5.0, 300.0)] * 12
    clean, dirty = learn(gaps, None), learn([*gaps, (5.0, 20_000.0), (5.0, -19_400.0), (5.0, 9_000_000.0)], None)
    assert dirty.km_a_day == pytest.approx(clean.km_a_day, rel=0.15)


def test_a_day_varies_more_than_a_month() -> None:
    assert RATE.deviation(1) > 2 * RATE.deviation(30)
    assert RATE.limit_km(1, 0.001) / RATE.usual_km(1) > 4 * RATE.limit_km(30, 0.001) / RATE.usual_km(30)


def test_no_limit_is_beyond_what_any_vehicle_drives() -> None:
    assert RATE.limit_km(3, 1e-12) <= KM_A_DAY * 3.05


@pytest.mark.parametrize("days", [0.0, 0.1, 1.0, 14.0, 200.0])
def test_a_distance_is_a_share_of_all_distances(days: float) -> None:
    gap, step = Gap(RATE, days, 0.02), 0.5
    whole = math.fsum(gap.times(-200 + n * step) - BREAK for n in range(int(60_000 / step))) * step / SPAN_KM
    assert 0.85 < whole < 1.05


def test_further_than_any_vehicle_drives_only_a_break_remains() -> None:
    gap = Gap(RATE, 2, 0)
    assert gap.times(gap.limit_km + 1) == BREAK
    assert gap.times(gap.limit_km - 1) > BREAK


# --- meters

CUTS = (
    Cut(at=at(100), kind="rollover", before_km=100_000, after_km=0),
    Cut(at=at(50), kind="replacement", before_km=80_000, after_km=99_500),
)


def test_a_moment_belongs_to_the_meter_after_the_cuts_before_it() -> None:
    cuts = in_order(CUTS)
    assert [epoch(cuts, at(days)) for days in (0, 49.9, 50, 99, 100, 200)] == [0, 0, 1, 1, 2, 2]


def test_lifetime_counts_on_across_meters() -> None:
    assert lifetime_km(CUTS, at(10), 70_000) == 70_000
    assert lifetime_km(CUTS, at(60), 99_600) == 80_100
    assert lifetime_km(CUTS, at(110), 250) == 80_000 + 500 + 250
    assert lifetime_km((), at(10), 5) == 5


# --- lines


def _points(rng: random.Random, count: int) -> list[Point]:
    made, days, km = [], 0.0, 40_000.0
    for _ in range(count):
        gap = rng.uniform(0.5, 4)
        days, km = days + gap, km + gap * rng.uniform(30, 90)
        made.append(Point(days, 0.01, (km, km + rng.choice([-3_000, 700, 30_000])), (0.7, 0.2), 0.1))
    return made


def _by_hand(points: list[Point], index: int, km: float) -> float:
    """Return `times` by adding up every line there is."""

    def lines(place: int, last: tuple[int, float] | None, fixed: float | None) -> float:
        if place == len(points):
            return 1.0
        point, total = points[place], 0.0
        ways = list(zip(point.km, point.probabilities, strict=True))
        if place == index:
            ways = [] if fixed is None else [(fixed, 1.0)]
        for number, probability in ways:
            step = 1.0
            if last is not None:
                before = points[last[0]]
                step = Gap(RATE, point.days - before.days, point.slack + before.slack).times(number - last[1])
            total += probability * step * lines(place + 1, (place, number), fixed)
        if place != index or fixed is None:
            total += (1.0 if place == index else point.none) * lines(place + 1, last, fixed)
        return total

    return lines(0, None, km) / lines(0, None, None)


@pytest.mark.parametrize("index", range(5))
def test_the_sum_is_that_over_every_line(index: int) -> None:
    points = _points(random.Random(index), 5)  # noqa: S311 - seeded, so that a failure can be seen again
    line = Line(points, RATE)
    for km in (*points[index].km, points[index].km[0] + 40):
        assert line.times(index, km) == pytest.approx(_by_hand(points, index, km), rel=1e-4, abs=1e-3)


def test_windows_hold_what_is_driven() -> None:
    points = _points(random.Random(3), 300)  # noqa: S311 - seeded, so that a failure can be seen again
    line = Line(points, learn([(b.days - a.days, b.km[0] - a.km[0]) for a, b in pairwise(points)], None))
    windows = line.windows(range(len(points)))
    held = [w is not None and w[0] <= point.km[0] <= w[1] for w, point in zip(windows, points, strict=True)]
    assert sum(held) > 0.93 * len(held)
    assert windows[10] is not None
    assert windows[10][1] - windows[10][0] < 400


def test_many_windows_are_each_the_same_alone() -> None:
    line = Line(_points(random.Random(4), 150), RATE)  # noqa: S311 - seeded, so that a failure can be seen again
    assert line.windows(range(150)) == [line.windows([index])[0] for index in range(150)]


@given(
    st.lists(st.tuples(st.floats(0, 4000), st.floats(0, 2)), min_size=1, max_size=5),
    st.lists(st.floats(-2e6, 2e6) | st.floats(-3, 3), min_size=1, max_size=5),
)
def test_many_distances_are_as_likely_as_each_alone(gaps: list[tuple[float, float]], distances: list[float]) -> None:
    alone = [Gap(RATE, days, slack) for days, slack in gaps]
    together = Gaps(alone).times(np.array([distances] * len(gaps)))
    assert together == pytest.approx(np.array([[gap.times(km) for km in distances] for gap in alone]), rel=1e-12)


def test_a_point_alone_has_no_window() -> None:
    line = Line([Point(0, 0, (5.0,), (0.9,), 0.1)], RATE)
    assert line.windows([0]) == [None]
    assert line.times(0, 5) == 1


# --- mistakes in a number


def test_one_mistake_is_mended_in_every_way() -> None:
    made = {text: km for text, km, _ in mended(way(252_832))}
    for text in ("352832", "25283", "522832", "2528312", "25283.2"):
        assert text in made
    assert made["352832"] == 352_832
    assert "252832" not in made


@given(st.integers(0, 999_999), st.booleans())
def test_the_shares_of_mistakes_are_at_most_one(number: int, tenths: bool) -> None:
    shares = [share for _, _, share in mended(way(number, tenths=tenths))]
    assert 0.75 < math.fsum(shares) <= 1 + 1e-9


def test_a_display_in_miles_is_mended_in_miles() -> None:
    made = {text: km for text, km, _ in mended(way(1_234.5, unit="mi", tenths=True))}
    assert made["1734.5"] == pytest.approx(1_734.5 * 1.609344)
    assert made["12345"] == pytest.approx(12_345 * 1.609344)


def test_numbers_are_shown_without_leading_zeros() -> None:
    assert (shown_text("001187", tenths=True), shown_text("7", tenths=True), shown_text("007", tenths=False)) == (
        "118.7", "0.7", "7",
    )  # fmt: skip


# --- units and words


def test_sentences_are_in_the_vehicles_unit_of_that_time() -> None:
    cut = Cut(at=at(10), kind="unit_change", before_km=1_609.344, after_km=1_609.344, unit="km")
    words = Words(History(vehicle=VehicleFacts(odometer_unit="mi"), cuts=(cut,)))
    assert words.distance(1_609.344, at(0)) == "1,000 mi"
    assert words.distance(1_609.344, at(11)) == "1,609 km"
    assert Words(History()).distance(1_609.344, at(0)) == "1,609"


def test_the_commonest_unit_stands_in_for_the_record() -> None:
    assert unit_of(History(observations=tuple(steady()))) == "km"
    assert unit_of(History(vehicle=VehicleFacts(odometer_unit="mi"), observations=tuple(steady()))) == "mi"
    bare = reading(50, 10, 100, unit=None)
    cut = Cut(at=at(9), kind="unit_change", before_km=1, after_km=1, unit="mi")
    history = in_one_unit(History(observations=(*steady(), bare), cuts=(cut,)))
    assert history.observations[-1].ways[0].km == pytest.approx(160.9344)


def test_times_between_readings_are_told_in_their_own_size() -> None:
    parts = [timedelta(minutes=20), timedelta(hours=1), timedelta(hours=30), timedelta(days=12)]
    assert [span(part / timedelta(days=1)) for part in parts] == ["20 minutes", "1 hour", "30 hours", "12 days"]
