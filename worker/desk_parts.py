"""What lies on the review desk: the parts of an item, as they are handed to whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from capture.form import FormField
from capture.review import ReviewState
from capture.vehicle_hint import Distance


@dataclass(frozen=True)
class Picture:
    """A photo. `url`: where it can be seen for a while; `shown`: browsers can, else it is a document to open."""

    url: str
    shown: bool


@dataclass(frozen=True)
class Box:
    """Where on a page something stands: corners as shares of the page's width and height, 0 to 1."""

    page: int
    corners: list[tuple[float, float]]


@dataclass(frozen=True)
class Hypothesis:
    """Another way to read a field. `value`: as the payload takes it; `probability`: None where nobody ranked it."""

    value: str
    said: str
    probability: float | None
    box: Box | None


@dataclass(frozen=True)
class DeskField:
    """A field as it was read. `value`: None where it is not known, or withheld; `raw`: as printed."""

    form: FormField
    value: Any
    raw: str | None
    probability: float | None
    box: Box | None
    hypotheses: list[Hypothesis]


@dataclass(frozen=True)
class Reason:
    """Why a person is asked, or a note. `sentence`: with the numbers."""

    code: str
    sentence: str
    counts: bool


@dataclass(frozen=True)
class Point:
    """A reading of the vehicle. `fits`: it goes with the others; `verified`: a person said so."""

    event_id: UUID
    at: datetime
    value: float
    fits: bool
    verified: bool


@dataclass(frozen=True)
class Chart:
    """The vehicle's readings around the event's moment, and where they expect it. None: they expect nothing."""

    unit: Distance
    points: list[Point]
    at: datetime
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Beside:
    """An event beside this one: of the same stop, or one that may be the same (`pair_id`, `sentence`).

    `goes`: the event on the desk is the one that is voided if the two are one.
    """

    event_id: UUID
    event_type: str
    vehicle: str
    says: str
    occurred_at: datetime
    review_state: ReviewState
    picture: Picture | None
    pair_id: UUID | None = None
    sentence: str | None = None
    goes: bool = False


@dataclass(frozen=True)
class Elsewhere:
    """The vehicle that the reading fits better."""

    vehicle_id: UUID
    vehicle: str


@dataclass(frozen=True)
class DeskItem:
    """An event on the desk. Of a blind one, what was read and all that tells of it is withheld."""

    id: UUID
    version: int
    event_type: str
    vehicle_id: UUID
    vehicle: str
    upload_id: UUID | None
    source: str
    blind: bool
    review_state: ReviewState
    occurred_at: datetime
    occurred_at_source: str
    says: str
    engine: str | None
    confidence: int | None
    picture: Picture | None
    fields: list[DeskField]
    reasons: list[Reason]
    chart: Chart | None
    partners: list[Beside]
    duplicates: list[Beside]
    elsewhere: Elsewhere | None
