"""Histories of one vehicle for tests, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from capture.events.base import KM_PER_MILE
from capture.history.model import Cut, Fill, Finding, History, Observation, VehicleFacts, Way
from capture.plausibility import consider
from capture.vehicle_hint import Distance

START = datetime(2026, 1, 1, 8, tzinfo=UTC)


def at(days: float) -> datetime:
    """Return a moment so many days after the start."""
    return START + timedelta(days=days)


def way(shown: float, probability: float = 0.95, unit: Distance | None = "km", *, tenths: bool = False) -> Way:
    """Return one way to read a display."""
    digits = str(round(shown * 10)) if tenths else str(round(shown))
    km = None if unit is None else shown * (KM_PER_MILE if unit == "mi" else 1)
    return Way(digits=digits, tenths=tenths, shown=shown, unit=unit, km=km, probability=probability)


def reading(number: int, days: float, shown: float | None, unit: Distance | None = "km", **more: Any) -> Observation:
    """Return a photo of a display; `ways` in `more` gives all ways, `probability` that of the one."""
    probability = more.pop("probability", 0.95)
    ways = more.pop("ways", () if shown is None else (way(shown, probability, unit),))
    more.setdefault("event_type", "odometer_reading")
    more.setdefault("received_at", at(days + 0.01))
    return Observation(event_id=UUID(int=number), at=at(days), ways=ways, **more)


def steady(count: int = 8, every: float = 3, start: float = 50_000, a_day: float = 60) -> list[Observation]:
    """Return photos of a vehicle that drives the same each day; their numbers are 0 to `count` - 1."""
    return [reading(n, n * every, round(start + n * every * a_day)) for n in range(count)]


def fill(number: int, days: float, shown: float | None = None, **values: Any) -> Observation:
    """Return a slip."""
    return reading(number, days, shown, event_type="fuel_purchase", fill=Fill(**values))


def found(
    observations: list[Observation],
    number: int,
    *,
    vehicle: VehicleFacts | None = None,
    cuts: tuple[Cut, ...] = (),
    **more: Any,
) -> dict[str, Finding]:
    """Return the findings of one event by code."""
    history = History(vehicle=vehicle or VehicleFacts(), observations=tuple(observations), cuts=cuts, **more)
    return {finding.code: finding for finding in consider(history)[UUID(int=number)].findings}
