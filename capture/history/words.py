"""Numbers and dates as sentences tell them: in the vehicle's unit, with thousands separators."""

from __future__ import annotations

from datetime import datetime

from capture.history.meter import epoch, in_order
from capture.history.model import History
from capture.history.units import in_unit, unit_of
from capture.vehicle_hint import Distance


class Words:
    """How sentences on one vehicle tell distances."""

    def __init__(self, history: History) -> None:
        """Take the unit of the vehicle's record, else what its displays say most often."""
        self._cuts = in_order(history.cuts)
        self._unit = unit_of(history)

    def unit(self, at: datetime) -> Distance | None:
        """Return what the meter counts at a moment; None where nothing says it."""
        units = [cut.unit for cut in self._cuts[: epoch(self._cuts, at)] if cut.unit is not None]
        return units[-1] if units else self._unit

    def distance(self, km: float, at: datetime) -> str:
        """Return a distance or reading, such as "352,100 km"; without a unit where none is known."""
        unit = self.unit(at)
        return f"{in_unit(km, unit):,.0f} {unit or ''}".rstrip()


def day(at: datetime) -> str:
    """Return the date of a moment."""
    return at.date().isoformat()


def span(days: float) -> str:
    """Return a time between two readings, such as "40 minutes", "5 hours" or "12 days"."""
    if days < 1 / 24:
        return _count(days * 1440, "minute")
    return _count(days * 24, "hour") if days < 2 else _count(days, "day")


def _count(number: float, word: str) -> str:
    whole = max(round(number), 1)
    return f"{whole:,} {word}" if whole == 1 else f"{whole:,} {word}s"
