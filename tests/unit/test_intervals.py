"""How far a share counted on a few photos may be from the true one."""

from __future__ import annotations

from capture.intervals import wilson


def test_an_interval_holds_its_share_and_narrows_with_more_photos() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(95, 100)
    assert (round(low, 3), round(high, 3)) == (0.888, 0.978)
    assert wilson(950, 1000)[0] > low
