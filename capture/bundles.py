"""What was photographed of one vehicle at one stop: the pump or the slip, and the dashboard. Each speaks for the other.

Times are when photos were taken. Equal sets give equal bundles, whatever order the photos came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import Field

from capture.documents.fuel.grades import NO_FUEL
from capture.events.base import KM_PER_MILE, LITRES_PER_IMPERIAL_GALLON, LITRES_PER_US_GALLON
from capture.reading import Frozen

ODOMETER, PURCHASE = "odometer_reading", "fuel_purchase"

BUNDLED = frozenset({ODOMETER, PURCHASE})
"""Types of events that are joined."""

BARE = 1
"""A purchase that says no more of itself is bare, as a pump's display or a torn slip is."""

LITRES = {"L": 1.0, "gal_us": LITRES_PER_US_GALLON, "gal_imp": LITRES_PER_IMPERIAL_GALLON}

SAME_LITRES_PART = 0.01
"""Two displays of one volume differ by rounding alone."""


class Member(Frozen):
    """One event of a stop.

    `at`: when the photo was taken. `km`: the display's reading, or what was keyed in at the pump.
    `says`: how many of merchant, number, date, time and address the purchase gives; a pump's display gives none.
    """

    event_id: UUID
    event_type: str
    at: datetime
    km: float | None = Field(default=None, ge=0)
    litres: float | None = Field(default=None, gt=0)
    amount_cents: int | None = None
    says: int = 0


class Stop(Frozen):
    """Purchases that are one fill, and the displays photographed with it, each in order of time."""

    purchases: tuple[Member, ...]
    displays: tuple[Member, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """All events of the stop."""
        return (*self.purchases, *self.displays)


class Bare(NamedTuple):
    """Two photos of one fill: `goes` says less of it than `stays`."""

    goes: Member
    stays: Member

    @property
    def minutes(self) -> float:
        """How far apart they were taken."""
        return abs(self.goes.at - self.stays.at) / timedelta(minutes=1)


def member(event_id: UUID, event_type: str, at: datetime, payload: Mapping[str, Any]) -> Member:
    """Return an event as its bundle sees it."""
    if event_type == ODOMETER:
        return Member(
            event_id=event_id, event_type=event_type, at=at, km=_km(payload.get("reading"), payload.get("unit"))
        )
    data = payload.get("receipt_data") or {}
    stated = [payload.get(name) for name in ("station_name", "station_address", "purchased_on", "purchased_at")]
    numbers = (data.get("receipt_number"), data.get("invoice_number"), data.get("transaction_number"))
    per_unit = LITRES.get(str(payload.get("volume_unit")))
    fuel = payload.get("fuel_type") not in NO_FUEL
    volume, total = payload.get("volume"), payload.get("total_cost")
    return Member(
        event_id=event_id,
        event_type=event_type,
        at=at,
        km=_km(payload.get("odometer"), payload.get("odometer_unit")),
        litres=volume * per_unit if volume and per_unit and fuel else None,
        amount_cents=round(total * 100) if total else None,
        says=sum(bool(value) for value in (*stated, any(numbers))),
    )


def group(members: Iterable[Member], window: timedelta) -> tuple[Stop, ...]:
    """Return the stops among a vehicle's events: of two members or more, in order of time.

    Purchases are one fill if they lie within `window`, one of them is bare, and volume or amount are the same. A
    display belongs to the nearest fill within `window`.
    """
    ordered = sorted(members, key=place)
    fills = _fills([one for one in ordered if one.event_type == PURCHASE], window)
    displays: list[list[Member]] = [[] for _ in fills]
    for display in (one for one in ordered if one.event_type == ODOMETER):
        gaps = [min(abs(bought.at - display.at) for bought in fill) for fill in fills]
        nearest = min(range(len(fills)), key=lambda index: (gaps[index], place(fills[index][0])), default=None)
        if nearest is not None and gaps[nearest] <= window:
            displays[nearest].append(display)
    stops = (Stop(purchases=tuple(fill), displays=tuple(shown)) for fill, shown in zip(fills, displays, strict=True))
    return tuple(stop for stop in stops if len(stop.members) > 1)


def told_twice(stop: Stop) -> tuple[Bare, ...]:
    """Return the purchases of a stop that are told better by another: by the one that says most, else the earliest."""
    best = max(stop.purchases, key=lambda one: (one.says, -one.at.timestamp(), -one.event_id.int))
    return tuple(Bare(goes=one, stays=best) for one in stop.purchases if one is not best)


def _fills(purchases: Sequence[Member], window: timedelta) -> list[list[Member]]:
    """Join purchases that are one fill, directly or through another, each fill in order of time."""
    fills: list[list[Member]] = []
    for one in purchases:
        near = [fill for fill in fills if any(_one_fill(one, other, window) for other in fill)]
        joined = sorted([one, *(bought for fill in near for bought in fill)], key=place)
        fills = [fill for fill in fills if fill not in near] + [joined]
    return sorted(fills, key=lambda fill: place(fill[0]))


def _one_fill(one: Member, other: Member, window: timedelta) -> bool:
    if abs(one.at - other.at) > window or min(one.says, other.says) > BARE:
        return False
    return equal_litres(one, other) is True or equal_amount(one, other) is True


def equal_litres(one: Member, other: Member) -> bool | None:
    """Tell if two volumes are the same; None if one is not known."""
    if one.litres is None or other.litres is None:
        return None
    return abs(one.litres - other.litres) <= SAME_LITRES_PART * max(one.litres, other.litres)


def equal_amount(one: Member, other: Member) -> bool | None:
    """Tell if two amounts are the same; None if one is not known."""
    if one.amount_cents is None or other.amount_cents is None:
        return None
    return one.amount_cents == other.amount_cents


def _km(value: float | None, unit: str | None) -> float | None:
    if value is None or unit is None:
        return None
    return value if unit == "km" else value * KM_PER_MILE


def place(one: Member) -> tuple[datetime, int]:
    """Return by what members are sorted: their time, then their id."""
    return one.at, one.event_id.int
