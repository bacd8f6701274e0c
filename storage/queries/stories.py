"""What became of one upload, event or vehicle, from first to last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from capture.events import EventType
from capture.review import ReviewState
from capture.vehicle_hint import Distance
from storage.db import Connection
from storage.queries import load

SQL = load("stories")


@dataclass(frozen=True)
class Place:
    """Where the bytes of an upload lie, and from whom they came; `sender` None for an object that nobody announced."""

    bucket: str
    object_key: str
    object_version: str | None
    device: dict[str, Any]
    phone_captured_at: datetime | None
    overwritten_at: datetime | None
    sender: str | None


@dataclass(frozen=True)
class RunRow:
    """One attempt of one engine. `content`: what it read; None where it read nothing (`kept` False) or was erased."""

    id: UUID
    attempt: int
    engine: str
    model_version: str
    span_count: int
    event_type: EventType | None
    confidence: int | None
    confidence_parts: dict[str, Any]
    duration_ms: int
    input_tokens: int | None
    output_tokens: int | None
    cost_micros: int | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    kept: bool
    content: dict[str, Any] | None


@dataclass(frozen=True)
class Step:
    """A state that an upload reached."""

    at: datetime
    state: str
    error_code: str | None
    actor_kind: str | None
    who: str | None


@dataclass(frozen=True)
class StreamRow:
    """An entry of an event's stream. `personal`: the values that are kept aside, None where they were erased."""

    event_id: UUID
    version: int
    what: str
    data: dict[str, Any]
    metadata: dict[str, Any]
    at: datetime
    who: str | None
    personal: dict[str, Any] | None


@dataclass(frozen=True)
class ActionRow:
    """What somebody did."""

    subject_id: UUID
    action: str
    details: dict[str, Any]
    at: datetime
    actor_kind: str | None
    who: str | None


@dataclass(frozen=True)
class Brief:
    """An event in few words."""

    id: UUID
    event_type: EventType
    occurred_at: datetime
    review_state: ReviewState
    payload: dict[str, Any]
    vehicle: str
    upload_id: UUID | None


@dataclass(frozen=True)
class RecordRow:
    """All that a vehicle's record says."""

    id: UUID
    label: str
    make: str | None
    model: str | None
    vin: str | None
    odometer_unit: Distance | None
    baseline_fuel_mpg: float | None
    baseline_service_interval_miles: int | None
    notes: str | None
    tank_litres: float | None
    fuel_type: str | None
    litres_per_100_km: float | None
    first_registered_on: date | None
    created_at: datetime


@dataclass(frozen=True)
class CostRow:
    """What one kind of events cost in one month and currency; `currency` None where none is known."""

    month: date
    currency: str | None
    event_type: EventType
    cents: int
    events: int


@dataclass(frozen=True)
class ServiceRow:
    """Maintenance that was done. `km`: where the odometer stood, None where no reading that fits tells it."""

    id: UUID
    occurred_at: datetime
    review_state: ReviewState
    payload: dict[str, Any]
    km: float | None


def place(tx: Connection, upload_id: UUID) -> Place | None:
    """Return where the bytes of an upload lie; None if there is no such upload."""
    with tx.cursor(row_factory=class_row(Place)) as cursor:
        return cursor.execute(SQL["place"], {"upload_id": upload_id}).fetchone()


def runs_of(tx: Connection, upload_id: UUID) -> list[RunRow]:
    """Return every attempt of every engine, in order."""
    with tx.cursor(row_factory=class_row(RunRow)) as cursor:
        return cursor.execute(SQL["runs_of"], {"upload_id": upload_id}).fetchall()


def trail_of(tx: Connection, upload_id: UUID) -> list[Step]:
    """Return the states through which an upload went."""
    with tx.cursor(row_factory=class_row(Step)) as cursor:
        return cursor.execute(SQL["trail_of"], {"upload_id": upload_id}).fetchall()


def streams_of(tx: Connection, event_ids: Sequence[UUID]) -> list[StreamRow]:
    """Return what happened to some events, in order."""
    with tx.cursor(row_factory=class_row(StreamRow)) as cursor:
        return cursor.execute(SQL["streams_of"], {"event_ids": list(event_ids)}).fetchall()


def actions_on(tx: Connection, ids: Sequence[UUID]) -> list[ActionRow]:
    """Return what people and commands did to some things, in order."""
    with tx.cursor(row_factory=class_row(ActionRow)) as cursor:
        return cursor.execute(SQL["actions_on"], {"ids": list(ids)}).fetchall()


def briefly(tx: Connection, event_ids: Sequence[UUID]) -> dict[UUID, Brief]:
    """Return some events by id; those that are not there are left out."""
    with tx.cursor(row_factory=class_row(Brief)) as cursor:
        rows = cursor.execute(SQL["briefly"], {"event_ids": list(event_ids)}).fetchall()
    return {row.id: row for row in rows}


def record_of(tx: Connection, vehicle_id: UUID) -> RecordRow | None:
    """Return what a vehicle's record says; None if there is no such vehicle."""
    with tx.cursor(row_factory=class_row(RecordRow)) as cursor:
        return cursor.execute(SQL["record_of"], {"vehicle_id": vehicle_id}).fetchone()


def costs_of(tx: Connection, vehicle_id: UUID, since: datetime) -> list[CostRow]:
    """Return what a vehicle cost by month, currency and type of event."""
    with tx.cursor(row_factory=class_row(CostRow)) as cursor:
        return cursor.execute(SQL["costs_of"], {"vehicle_id": vehicle_id, "since": since}).fetchall()


def services_of(tx: Connection, vehicle_id: UUID, limit: int) -> list[ServiceRow]:
    """Return a vehicle's last maintenance, newest first."""
    with tx.cursor(row_factory=class_row(ServiceRow)) as cursor:
        return cursor.execute(SQL["services_of"], {"vehicle_id": vehicle_id, "limit": limit}).fetchall()
