"""Meters: where one ends and the next begins, and the distance over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from capture.history.model import Cut


def in_order(cuts: Iterable[Cut]) -> tuple[Cut, ...]:
    """Return cuts in the order of time, the same for equal sets."""
    return tuple(sorted(cuts, key=lambda cut: (cut.at, cut.before_km, cut.after_km, cut.kind, cut.unit or "")))


def epoch(cuts: Sequence[Cut], at: datetime) -> int:
    """Return how many cuts lie before a moment; readings with the same number are of one meter.

    What was taken at the moment of a cut is of the meter after it.
    """
    return sum(cut.at <= at for cut in cuts)


def lifetime_km(cuts: Sequence[Cut], at: datetime, km: float) -> float:
    """Return the distance over all meters when the meter of that moment showed `km`; `cuts` in any order."""
    return km + sum(cut.before_km - cut.after_km for cut in cuts if cut.at <= at)
