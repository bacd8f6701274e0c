"""What a vehicle consumes from fill to fill, and when its next service is due: plain sums over what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from capture.events.base import KM_PER_MILE, LITRES_PER_US_GALLON
from capture.history.fuel_rules import BESIDE
from capture.history.meter import epoch, in_order, lifetime_km
from capture.history.model import Cut

LEAST_KM = 20.0
"""Over a shorter way, what a pump leaves out at the brim is more than what was burnt."""

POSSIBLE = (0.5, 200.0)
"""Litres per 100 km. Source: from a moped's thirst to a mining truck's; what lies outside is a slip that is missing, or
a number that is wrong."""


@dataclass(frozen=True)
class Seen:
    """One event of a history. `km`: the odometer, None where none is known that fits; `litres`: None for no fill."""

    at: datetime
    km: float | None
    litres: float | None


@dataclass(frozen=True)
class Leg:
    """The way between two fills. `litres`: filled in at its end, and at fills between whose odometer is not known."""

    since: datetime
    at: datetime
    km: float
    litres: float

    @property
    def litres_per_100_km(self) -> float:
        """The consumption, if the tank was as full at the end as at the start."""
        return self.litres / self.km * 100

    @property
    def miles_per_gallon(self) -> float:
        """The same in miles per US gallon."""
        return self.km / KM_PER_MILE / (self.litres / LITRES_PER_US_GALLON)


def legs(seen: Sequence[Seen], cuts: Sequence[Cut] = ()) -> list[Leg]:
    """Return the ways from fill to fill, in order; each fill is taken for one to the brim.

    `seen`: a vehicle's events in the order of time. A fill that names no odometer has that of a dashboard photographed
    within half an hour. Ways that are too short, run backwards, or would take an impossible amount are left out.
    """
    ordered = in_order(cuts)
    found: list[Leg] = []
    start: tuple[datetime, float] | None = None
    litres = 0.0
    for place, fill in enumerate(seen):
        if fill.litres is None:
            continue
        litres += fill.litres
        km = _odometer(seen, place, ordered)
        if km is None:
            continue
        if start is not None and km - start[1] >= LEAST_KM:
            leg = Leg(start[0], fill.at, km - start[1], litres)
            if POSSIBLE[0] <= leg.litres_per_100_km <= POSSIBLE[1]:
                found.append(leg)
        start, litres = (fill.at, km), 0.0
    return found


def _odometer(seen: Sequence[Seen], place: int, cuts: tuple[Cut, ...]) -> float | None:
    """Return the distance over all meters at a fill."""
    fill = seen[place]
    if fill.km is not None:
        return lifetime_km(cuts, fill.at, fill.km)
    near = [
        (abs(one.at - fill.at), one.at, one.km)
        for one in (*seen[max(0, place - 20) : place], *seen[place + 1 : place + 21])
        if one.km is not None and abs(one.at - fill.at) <= BESIDE and epoch(cuts, one.at) == epoch(cuts, fill.at)
    ]
    return lifetime_km(cuts, min(near)[1], min(near)[2]) if near else None


@dataclass(frozen=True)
class Due:
    """When a service is due. `at_km`: what the odometer will say then; `left_km`: below 0 where it is overdue."""

    at_km: float
    left_km: float


def due(serviced_km: float | None, now_km: float | None, interval_km: float | None) -> Due | None:
    """Return when a service is due that comes every `interval_km`; None where one of the three is not known."""
    if serviced_km is None or now_km is None or not interval_km:
        return None
    return Due(serviced_km + interval_km, serviced_km + interval_km - now_km)
