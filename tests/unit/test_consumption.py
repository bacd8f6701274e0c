"""From fill to fill, and to the next service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from capture.history.consumption import Seen, due, legs
from capture.history.model import Cut

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def test_what_is_filled_in_after_a_way_was_burnt_on_it() -> None:
    (leg,) = legs([Seen(at(0), 1_000, 50), Seen(at(5), 1_500, 40)])
    assert (leg.km, leg.litres, leg.litres_per_100_km) == (500, 40, 8)
    assert leg.miles_per_gallon == pytest.approx(29.4, abs=0.01)  # Source: 235.215 / 8


def test_a_fill_whose_odometer_is_unknown_counts_to_the_next() -> None:
    (leg,) = legs([Seen(at(0), 1_000, 50), Seen(at(3), None, 20), Seen(at(5), 1_500, 20)])
    assert (leg.km, leg.litres) == (500, 40)


def test_a_dashboard_of_the_same_stop_tells_the_odometer() -> None:
    seen = [Seen(at(0), 1_000, 50), Seen(at(5), None, 40), Seen(at(5.01), 1_500, None), Seen(at(6), 1_700, None)]
    (leg,) = legs(seen)
    assert leg.km == 500


def test_ways_go_on_over_another_meter() -> None:
    cut = Cut(at=at(2), kind="replacement", before_km=1_200, after_km=0)
    (leg,) = legs([Seen(at(0), 1_000, 50), Seen(at(5), 300, 40)], [cut])
    assert leg.km == 500


@pytest.mark.parametrize("km", [990.0, 1_010.0, 1_015.0, 100_000.0])
def test_backwards_too_short_and_impossible_ways_are_left_out(km: float) -> None:
    assert legs([Seen(at(0), 1_000, 50), Seen(at(5), km, 40)]) == []


def test_a_service_is_due_from_the_last_one() -> None:
    found = due(10_000, 17_000, 8_000)
    assert found is not None
    assert (found.at_km, found.left_km) == (18_000, 1_000)
    overdue = due(10_000, 19_000, 8_000)
    assert overdue is not None
    assert overdue.left_km == -1_000
    assert due(None, 1, 1) is None
    assert due(1, None, 1) is None
    assert due(1, 1, None) is None
