"""Trips that were driven: from a CSV, GPX or JSON file, or entered by a person or a program."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import BaseModel, ConfigDict, Field, model_validator

from capture.errors import ImageError
from capture.events.base import KM_PER_MILE, Candidate, EventPayload, Flag, Hint
from capture.events.base import Field as ReadField
from capture.files.trip_rows import CheckedRows, GoodRow, Unit, check_rows, overlapping
from capture.reading import Reading
from capture.vehicle_hint import kind_flags

TYPE = "trip_batch"

M_PER_MILE = KM_PER_MILE * 1_000

SHOWN = 5
"""So many rows are named in a sentence; all of them stand in the payload."""

Distance = Annotated[float, pydantic.Field(ge=0, allow_inf_nan=False)]


class Trip(BaseModel):
    """One trip. The end is not before the start.

    Times carry their offset, or none of both does: then they are local wall-clock time, in `zone` where that is said.
    `distance` is as written, in `unit`; `miles` is left out where nothing says the unit.
    """

    model_config = ConfigDict(extra="forbid")

    start: datetime
    end: datetime
    zone: str | None = Field(default=None, max_length=64)
    distance: Distance | None = Field(default=None, le=20_000_000)
    unit: Unit | None = None
    miles: Distance | None = Field(default=None, le=10_000)
    purpose: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.start.tzinfo is None) != (self.end.tzinfo is None):
            raise ValueError("both times carry an offset, or none does")
        if self.end < self.start:
            raise ValueError("a trip ends after it starts")
        if self.distance is None and self.miles is None:
            raise ValueError("a trip has a distance")
        return self


class RejectedRow(BaseModel):
    """A row of the file that is no trip. `line`: where it begins in the file; `row`: its place, both from 1."""

    model_config = ConfigDict(extra="forbid")

    line: int = Field(ge=1)
    row: int = Field(ge=1)
    reason: str = Field(max_length=200)


class Payload(EventPayload):
    """At least one trip; beside them the rows of the file that are none."""

    trips: list[Trip] = Field(min_length=1, max_length=10_000)
    rejected_rows: list[RejectedRow] = Field(default=[], max_length=10_000)
    file_format: Literal["csv", "gpx", "json"] | None = None


def from_file(reading: Reading, hint: Hint) -> Candidate | None:
    """Check every row of a file of trips; None for a file of another kind.

    Raises: ImageError (`trips_invalid`) if no row is a trip.
    """
    if reading.table is None:
        return None
    checked = check_rows(reading.table, hint.trip_unit, hint.received_on)
    if not checked.good:
        raise ImageError("trips_invalid", _none_good(checked))
    # the model's name begins with the format: "csv 1"
    payload = {
        "source": reading.engine,
        "trips": [_trip(row) for row in checked.good],
        "rejected_rows": [{"line": row.line, "row": row.number, "reason": row.reason} for row in checked.bad],
        "file_format": reading.model.split()[0],
    }
    count = str(len(checked.good))
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=1.0,
        payload=payload,
        fields={"trips": ReadField(value=count, raw="", engine=reading.engine)},
        flags=(*_flags(checked), *kind_flags(hint, "trip_batch")),
        signal=f"{reading.model.split()[0]}-{'part' if checked.bad else 'whole'}",
    )


def derive(payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Make miles follow from distance and unit, trip by trip."""
    if "trips" not in changed:
        return payload
    return {**payload, "trips": [_with_miles(dict(trip)) for trip in payload["trips"]]}


def to_trip_miles(distance: float, unit: Unit) -> float:
    """Return a distance in miles, to the hundredth."""
    return round(distance / {"mi": 1.0, "km": KM_PER_MILE, "m": M_PER_MILE}[unit], 2)


def _with_miles(trip: dict[str, Any]) -> dict[str, Any]:
    distance, unit = trip.get("distance"), trip.get("unit")
    if distance is not None and unit is not None:
        trip["miles"] = to_trip_miles(distance, unit)
    return trip


def _trip(row: GoodRow) -> dict[str, Any]:
    values = {
        "start": row.start,
        "end": row.end,
        "zone": row.zone,
        "distance": float(row.distance),
        "unit": row.unit,
        "purpose": row.purpose or None,
    }
    return _with_miles({name: value for name, value in values.items() if value is not None})


def _none_good(checked: CheckedRows) -> str:
    if not checked.bad:
        return "The file has no rows below its column names"
    return f"None of the {len(checked.bad):,} rows is a trip: {_named(checked)}"


def _named(checked: CheckedRows) -> str:
    named = [f"line {row.line} (row {row.number}): {row.reason}" for row in checked.bad[:SHOWN]]
    more = len(checked.bad) - len(named)
    return "; ".join(named) + (f"; and {more:,} more" if more else "")


def _flags(checked: CheckedRows) -> list[Flag]:
    good, flags = checked.good, []
    if checked.bad:
        sentence = f"{len(checked.bad):,} of {len(good) + len(checked.bad):,} rows were left out: {_named(checked)}."
        flags.append(Flag(code="rows_rejected", sentence=sentence))
    unknown = sum(row.unit is None for row in good)
    if unknown:
        sentence = f"Neither the file nor CAPTURE_TRIP_DISTANCE_UNIT says the unit of {unknown:,} distances."
        flags.append(Flag(code="distance_unit_unknown", sentence=sentence))
    local = sum(row.start.tzinfo is None and row.zone is None for row in good)
    if local:
        sentence = f"{local:,} trips have times without a time zone; they are kept as they are written."
        flags.append(Flag(code="zone_unknown", sentence=sentence))
    measured = sum(row.measured for row in good)
    if measured:
        sentence = f"The distances of {measured:,} trips were measured along the points of their tracks."
        flags.append(Flag(code="distance_measured", sentence=sentence))
    overlaps = overlapping(good)
    if overlaps:
        named = "; ".join(f"rows {one} and {two}" for one, two in overlaps[:SHOWN])
        flags.append(Flag(code="trips_overlap", sentence=f"{len(overlaps):,} trips overlap the one before: {named}."))
    return flags
