"""What all event types share: fields with their place on the photo, flags, and the payload's base."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from capture.exif import Location
from capture.reading import Frozen, Point
from capture.review import Level

Kind = Literal["odometer", "fuel_purchase", "maintenance", "issue_report", "trip_batch"]
"""What the driver may say the photo or file is."""

KM_PER_MILE = 1.609344
"""Source: international yard and pound agreement, 1959."""

LITRES_PER_US_GALLON = 3.785411784
"""Source: NIST Handbook 44, appendix C."""

LITRES_PER_IMPERIAL_GALLON = 4.54609
"""Source: UK Weights and Measures Act 1985."""


ENOUGH_LIKENESS = 0.4
"""A document this much like a receipt, or more, is paper; one less like it is not looked at as a receipt."""


def present(values: dict[str, Any]) -> dict[str, Any]:
    """Return what is known: neither None nor an empty list or mapping."""
    return {name: value for name, value in values.items() if value is not None and value not in ([], {})}


class Hint(Frozen):
    """What is known before reading: evidence, not truth."""

    kind: Kind | None = None
    vehicle_unit: Literal["km", "mi"] | None = None
    """What the vehicle's own odometer counts, from its record."""
    trip_unit: Literal["km", "mi", "m"] | None = None
    """What distances in files of trips are in where the file does not say it, from CAPTURE_TRIP_DISTANCE_UNIT."""
    expected_km: tuple[float, float] | None = None
    """Where the vehicle's other readings expect its odometer when the photo was taken (95 of 100), kilometres."""
    received_on: date | None = None
    """The latest day it was anywhere on Earth when the document came; None where it was not sent."""


class Alternative(Frozen):
    """Another way to read a number, or another number that could be it."""

    value: str
    raw: str
    polygon: tuple[Point, ...] | None = None
    page: int = 0


class Field(Frozen):
    """One value with where it stands.

    `value`: canonical, numbers as plain decimal strings ("86.00"), dates ISO. `raw`: as printed.
    `polygon`: pixels of the upright page. `score`: the engine's own, None if it gives none.
    `derived`: it was not read, it follows from other values. `hypotheses`: what else it could be, likeliest first.
    """

    value: str
    raw: str
    polygon: tuple[Point, ...] | None = None
    page: int = 0
    engine: str
    score: float | None = None
    derived: bool = False
    hypotheses: tuple[Alternative, ...] = ()


class Flag(Frozen):
    """Why a person should look: a code of `capture.review.FLAGS` and a sentence with the numbers in it.

    `origin`: what speaks, the photo or file itself, or the vehicle's other readings (`history`), which may take it back
    when more of them are known. `level`: what the rule does for this tenant; null: what its code says.
    """

    code: str
    sentence: str
    origin: Literal["document", "history"] = "document"
    level: Level | None = None

    def stored(self) -> dict[str, str]:
        """Return the flag as it is kept and printed: without what is as usual."""
        return self.model_dump(exclude_defaults=True)


class Candidate(Frozen):
    """An event that a document seems to show.

    `engine`: whose reading it rests on.
    `evidence`: 0 to 1, how strongly the document is of this type; orders types, is no probability.
    `payload`: what `Payload` of the type accepts, before image facts and provenance are added.
    `signal`: the class of reading; `features`: what speaks for and against it in numbers. A calibration makes a
    probability of both.
    `printed_at`: the local time printed on the document, without zone.
    """

    event_type: str
    engine: str
    evidence: float
    payload: dict[str, Any]
    fields: dict[str, Field]
    flags: tuple[Flag, ...] = ()
    signal: str
    features: Mapping[str, float] = {}
    printed_at: datetime | None = None


DocumentKind = Literal["odometer_reading", "fault", "fuel_purchase", "pump", "maintenance", "other_receipt", "nothing"]
"""What a photo shows: an odometer, a fault alone, a fuel slip, a pump's display, a workshop's invoice, ..."""


class Evidence(Frozen):
    """One thing that speaks for or against kinds of documents. `weights`: log-odds by kind."""

    words: str
    weights: dict[DocumentKind, float]


class Sorting(Frozen):
    """What a document is. `score`: 0 to 1, of `kind`; no probability. `scores`: of all kinds, together 1.

    `evidence`: what the scores are made of; first what weighs most between the two best kinds.
    """

    kind: DocumentKind
    score: float
    scores: dict[DocumentKind, float]
    evidence: tuple[Evidence, ...]


class ImageMetadata(BaseModel):
    """The photo's own facts."""

    model_config = ConfigDict(extra="forbid")

    resolution: str
    file_size_bytes: int
    capture_timestamp: datetime | None = None
    """What the camera wrote; without offset where it wrote none."""
    truncated: bool = False


class DeviceInfo(BaseModel):
    """What the phone says of itself."""

    model_config = ConfigDict(extra="forbid")

    user_agent: str | None = None
    platform: str | None = None
    app_version: str | None = None


class ValueBox(BaseModel):
    """Where on the photo a value of the payload was read."""

    model_config = ConfigDict(extra="forbid")

    page: int
    polygon: list[Point] | None = None


class Provenance(BaseModel):
    """From which bytes, by which engine and in which run a payload came."""

    model_config = ConfigDict(extra="forbid")

    object_key: str
    object_version: str | None = None
    sha256: str
    engine: str
    model_version: str
    run_id: str
    moved_from: str | None = None
    """The vehicle of which the photo was sent, where a person has moved the event to another."""
    boxes: dict[str, ValueBox]


class EventPayload(BaseModel):
    """Base of all payloads."""

    model_config = ConfigDict(extra="forbid")

    payload_version: Literal[1] = 1
    source: str
    """The engine that read it, or `manual`."""
    image_metadata: ImageMetadata | None = None
    location: Location | None = None
    device_info: DeviceInfo | None = None
    provenance: Provenance | None = None
