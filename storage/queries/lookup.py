"""Looking things up: lists of events, uploads and vehicles by what people know of them, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from capture.events import EventType
from capture.events.base import Kind
from capture.job import UploadState
from capture.review import ReviewState
from capture.vehicle_hint import Distance
from storage.db import Connection
from storage.queries import Place, load
from storage.queries import after as following

SQL = load("lookup")


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None: by nothing. `terms`: words as they are kept, each the beginning of one.

    `id`: of an event or upload. `since`, `until` (excluded): when an event's photo was taken, when an upload came.
    """

    terms: list[str] | None = None
    id: UUID | None = None
    event_type: EventType | None = None
    states: list[str] | None = None
    vehicle_id: UUID | None = None
    engine: str | None = None
    flag: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class EventItem:
    """An event in a list. `unseen`: it waits for the answer of a person who has not seen what was read."""

    id: UUID
    vehicle_id: UUID
    vehicle: str
    upload_id: UUID | None
    event_type: EventType
    source: str
    payload: dict[str, Any]
    confidence: int | None
    review_state: ReviewState
    flag_reasons: list[dict[str, Any]]
    occurred_at: datetime
    created_at: datetime
    version: int
    unseen: bool


@dataclass(frozen=True)
class UploadItem:
    """An upload in a list. `events`: id, type and state of each; `engines`: those that were asked."""

    id: UUID
    vehicle_id: UUID
    vehicle: str
    state: UploadState
    hint_kind: Kind | None
    source: str
    content_type: str | None
    size_bytes: int | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    captured_at: datetime | None
    sender: str | None
    events: list[dict[str, Any]]
    engines: list[str]


@dataclass(frozen=True)
class VehicleItem:
    """A vehicle in a list. `km`: the last reading that fits; `flagged`: how many events wait for a person."""

    id: UUID
    label: str
    make: str | None
    model: str | None
    vin: str | None
    odometer_unit: Distance | None
    km: float | None
    read_at: datetime | None
    last_event_at: datetime | None
    flagged: int


def terms(tx: Connection, text: str) -> list[str]:
    """Return the words that a text looks for, at most six; those of one character are left out."""
    return [word for (word,) in tx.execute(SQL["terms"], {"text": text}).fetchall()]


def events(tx: Connection, by: Filters, after: Place | None, limit: int) -> list[EventItem]:
    """Return events by the time of their photo, newest first."""
    with tx.cursor(row_factory=class_row(EventItem)) as cursor:
        return cursor.execute(SQL["events"], {**_asked(by, after, limit), "event_id": by.id}).fetchall()


def uploads(tx: Connection, by: Filters, after: Place | None, limit: int) -> list[UploadItem]:
    """Return uploads by the time when they came, newest first. Uploads have no flags: that filter is not asked."""
    with tx.cursor(row_factory=class_row(UploadItem)) as cursor:
        return cursor.execute(SQL["uploads"], {**_asked(by, after, limit), "upload_id": by.id}).fetchall()


def vehicles(tx: Connection, text: str | None, after: tuple[str, UUID] | None, limit: int) -> list[VehicleItem]:
    """Return vehicles by label, those whose label, make, model or VIN has the text."""
    label, vehicle_id = after or (None, None)
    with tx.cursor(row_factory=class_row(VehicleItem)) as cursor:
        asked = {"text": text, "after": label, "after_id": vehicle_id, "limit": limit}
        return cursor.execute(SQL["vehicles"], asked).fetchall()


def engines(tx: Connection) -> list[str]:
    """Return whose readings events rest on; `manual` where a person gave one."""
    return [engine for (engine,) in tx.execute(SQL["engines"]).fetchall()]


def _asked(by: Filters, after: Place | None, limit: int) -> dict[str, Any]:
    return {**vars(by), **following(after), "limit": limit}
