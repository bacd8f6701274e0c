"""A vehicle's history, and what it says of each event: the words that plausibility is spoken in.

Distances are in kilometres, volumes in litres, whatever the display or slip counts; times are aware.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from capture.reading import Frozen
from capture.review import Level
from capture.vehicle_hint import Distance

CutKind = Literal["replacement", "rollover", "unit_change", "offset"]

Expect = Callable[[datetime | None], tuple[float, float] | None]
"""Tells between which kilometres a vehicle's odometer should stand at a time; None where nothing is known."""


class Way(Frozen):
    """One way to read the odometer of an event.

    `shown`: the number as displayed, tenths as decimals; `km`: the same in kilometres, None where no unit is known.
    `probability`: that it is right by the pixels alone; all ways of one event at most 1 together.
    """

    digits: str = Field(pattern=r"^\d{1,12}$")
    tenths: bool = False
    shown: float = Field(ge=0)
    unit: Distance | None
    unit_printed: bool = False
    km: float | None = Field(ge=0)
    probability: float = Field(ge=0, le=1)


class Fill(Frozen):
    """What was bought at one stop. None: the slip does not say it, or what it says is doubtful."""

    litres: float | None = Field(default=None, gt=0)
    price_per_litre: float | None = Field(default=None, gt=0)
    currency: str | None = None
    fuel_type: str | None = None


class Observation(Frozen):
    """One event of a vehicle. `ways`: its odometer, likeliest by the pixels first; empty where it names none.

    `at`: when the photo was taken. `received_at`: when it came. `verified`: a person confirmed or corrected it, so that
    its one way is taken for true. Rejected and voided events are not part of a history.
    """

    event_id: UUID
    event_type: str
    at: datetime
    received_at: datetime
    ways: tuple[Way, ...] = ()
    verified: bool = False
    fill: Fill | None = None


class Cut(Frozen):
    """Where a vehicle's meter stops counting on from what it showed. Readings are compared between two cuts alone.

    `kind`: another meter was fitted (`replacement`), it passed its last digit (`rollover`), it counts another unit
    from then on (`unit_change`), or its number was set (`offset`). `before_km`: the last that the old meter showed,
    `after_km`: the first that the new one did, both as numbers of that meter in kilometres; the distance driven over
    all meters is counted on across the cut.
    """

    at: datetime
    kind: CutKind
    before_km: float = Field(ge=0)
    after_km: float = Field(ge=0)
    unit: Distance | None = None


class VehicleFacts(Frozen):
    """What the vehicle's record says; None where it does not."""

    odometer_unit: Distance | None = None
    tank_litres: float | None = Field(default=None, gt=0)
    fuel_type: str | None = None
    litres_per_100_km: float | None = Field(default=None, gt=0)
    first_registered_on: date | None = None


class FleetRate(Frozen):
    """How far the fleet's vehicles drive a day: mean and deviation over vehicles, kilometres, and of how many."""

    mean_km: float = Field(gt=0)
    deviation_km: float = Field(gt=0)
    vehicles: int = Field(ge=0)


class History(Frozen):
    """All that is known of one vehicle, in any order; equal sets give equal opinions."""

    vehicle: VehicleFacts = VehicleFacts()
    observations: tuple[Observation, ...] = ()
    cuts: tuple[Cut, ...] = ()
    fleet: FleetRate | None = None
    """None: too few vehicles; the general prior stands in."""
    levels: Mapping[str, Level] = {}
    """The tenant's own levels of rules, by code; the others have the default."""


class Finding(Frozen):
    """A rule that an event fails: a code of `capture.review.FLAGS`, a sentence with the numbers, the same as facts."""

    code: str
    sentence: str
    level: Level
    facts: Mapping[str, float | str | None] = {}


class Opinion(Frozen):
    """What all other observations say of one.

    `chosen`: the index among its ways of the best, pixels and history together; None where none of them fits.
    `posterior`: of each way, what is left to 1 is "none of them"; empty without ways. `by_history`: the pixels alone
    prefer another way. `window_km`: where the others expect the reading (95 of 100), None where they expect nothing.
    """

    chosen: int | None = None
    posterior: tuple[float, ...] = ()
    by_history: bool = False
    window_km: tuple[float, float] | None = None
    findings: tuple[Finding, ...] = ()
