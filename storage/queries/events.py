"""Events, the reasons beside them, and the stream of what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from capture.events.base import Flag
from capture.review import ACCEPTED_BECAUSE, ReviewState
from storage.db import Connection
from storage.queries import Place, after, load

SQL = load("events")


@dataclass(frozen=True)
class NewEvent:
    """An event to be written. `payload` has passed its model."""

    id: UUID
    vehicle_id: UUID
    upload_id: UUID | None
    event_type: str
    source: str
    payload: dict[str, Any]
    confidence: int | None
    occurred_at: datetime
    occurred_at_source: str
    review_state: ReviewState
    probability: float | None = None
    field_confidence: dict[str, float] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    created_by: UUID | None = None

    @property
    def flag_reasons(self) -> list[dict[str, Any]]:
        """The flags as they are stored."""
        return [flag.stored() for flag in self.flags]


@dataclass(frozen=True)
class LinkedEvent:
    """An event that an upload has yielded."""

    event_type: str
    ordinal: int
    id: UUID
    created_at: datetime
    payload: dict[str, Any]
    confidence: int | None
    review_state: ReviewState


@dataclass(frozen=True)
class LockedEvent:
    """An event under its lock, about to be decided."""

    id: UUID
    created_at: datetime
    vehicle_id: UUID
    source_upload_id: UUID | None
    event_type: str
    source: str
    payload: dict[str, Any]
    confidence: int | None
    occurred_at: datetime
    occurred_at_source: str
    review_state: ReviewState
    flag_reasons: list[dict[str, Any]]
    version: int


@dataclass(frozen=True)
class EventRow(LockedEvent):
    """An event as people see it."""

    vehicle: str
    reviewed_by: UUID | None
    reviewed_at: datetime | None


def insert_event(tx: Connection, event: NewEvent, run_id: UUID | None, ordinal: int = 0) -> datetime:
    """Write an event with its link, reasons and stream entry; return its `created_at`."""
    row = tx.execute(
        SQL["insert_event"],
        {
            **vars(event),
            "payload": Jsonb(event.payload),
            "flag_reasons": Jsonb(event.flag_reasons),
            "field_confidence": Jsonb(event.field_confidence),
        },
    ).fetchone()
    assert row is not None
    created_at: datetime = row[0]
    if event.upload_id is not None:
        tx.execute(
            SQL["link_event"],
            {
                "upload_id": event.upload_id,
                "event_type": event.event_type,
                "ordinal": ordinal,
                "event_id": event.id,
                "event_created_at": created_at,
            },
        )
    append_stream(
        tx,
        event.id,
        0,
        "entered" if event.source == "manual" else "recorded",
        {
            "event_type": event.event_type,
            "vehicle_id": str(event.vehicle_id),
            "upload_id": None if event.upload_id is None else str(event.upload_id),
            "created_at": created_at.isoformat(),
            "occurred_at": event.occurred_at.isoformat(),
            "confidence": event.confidence,
            "review_state": event.review_state,
        },
        {"payload": event.payload, "flag_reasons": event.flag_reasons},
        {"run_id": None if run_id is None else str(run_id)},
    )
    return created_at


def append_stream(
    tx: Connection,
    event_id: UUID,
    expected: int,
    what: str,
    data: dict[str, Any],
    personal: dict[str, Any] | None,
    meta: dict[str, Any],
) -> None:
    """Append to an event's stream at the version the writer has seen (0: a new event).

    Raises: ConflictError (`version_conflict`).
    """
    tx.execute(
        SQL["append_stream"],
        {
            "aggregate": "manual_event",
            "aggregate_id": event_id,
            "expected": expected,
            "what": what,
            "data": Jsonb(data),
            "personal": None if personal is None else Jsonb(personal),
            "meta": Jsonb(meta),
        },
    )


def insert_explanation(
    tx: Connection,
    event_id: UUID,
    created_at: datetime,
    run_id: UUID | None,
    kind: str,
    flag: Flag,
    facts: dict[str, Any],
) -> None:
    """Write one reason why an event was flagged or accepted."""
    tx.execute(
        SQL["insert_explanation"],
        {
            "event_id": event_id,
            "event_created_at": created_at,
            "run_id": run_id,
            "kind": kind,
            "code": flag.code,
            "sentence": flag.sentence,
            "facts": Jsonb(facts),
        },
    )


def explain_acceptance(
    tx: Connection, event_id: UUID, created_at: datetime, run_id: UUID | None, sentence: str, facts: dict[str, Any]
) -> None:
    """Write why an event counts without a person."""
    reason = Flag(code=ACCEPTED_BECAUSE, sentence=sentence)
    insert_explanation(tx, event_id, created_at, run_id, "accepted", reason, facts)


def events_of_upload(tx: Connection, upload_id: UUID) -> list[LinkedEvent]:
    """Return what an upload has yielded."""
    with tx.cursor(row_factory=class_row(LinkedEvent)) as cursor:
        return cursor.execute(SQL["events_of_upload"], {"upload_id": upload_id}).fetchall()


def lock_event(tx: Connection, event_id: UUID) -> LockedEvent | None:
    """Lock and return an event."""
    with tx.cursor(row_factory=class_row(LockedEvent)) as cursor:
        return cursor.execute(SQL["lock_event"], {"id": event_id}).fetchone()


def decide(tx: Connection, event: LockedEvent, review_state: ReviewState, payload: dict[str, Any]) -> int:
    """Write a person's decision on a locked event; return the event's new version."""
    row = tx.execute(
        SQL["decide"],
        {
            "id": event.id,
            "created_at": event.created_at,
            "review_state": review_state,
            "payload": Jsonb(payload),
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


def reconsider(
    tx: Connection,
    event: LockedEvent,
    review_state: ReviewState,
    payload: dict[str, Any],
    flag_reasons: list[dict[str, Any]],
    *,
    confidence: int | None,
    probability: float | None,
    field_confidence: dict[str, float],
) -> int:
    """Write what the vehicle's history says now of a locked event that is undecided; return its new version."""
    row = tx.execute(
        SQL["reconsider"],
        {
            "id": event.id,
            "created_at": event.created_at,
            "review_state": review_state,
            "payload": Jsonb(payload),
            "flag_reasons": Jsonb(flag_reasons),
            "confidence": confidence,
            "probability": probability,
            "field_confidence": Jsonb(field_confidence),
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


def get(tx: Connection, event_id: UUID) -> EventRow | None:
    """Return one event."""
    with tx.cursor(row_factory=class_row(EventRow)) as cursor:
        return cursor.execute(SQL["get"], {"id": event_id}).fetchone()


def find(
    tx: Connection,
    *,
    upload_ids: list[UUID] | None = None,
    vehicle_id: UUID | None = None,
    event_type: str | None = None,
    review_states: list[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    text: str | None = None,
    place: Place | None = None,
    limit: int = 100,
) -> list[EventRow]:
    """Return events by `occurred_at`, latest first. `since`, `until`: from when, and before when, they occurred.

    `text`: a part of the vehicle's name or of a value in the payload. `place`: begin after this one.
    """
    with tx.cursor(row_factory=class_row(EventRow)) as cursor:
        return cursor.execute(
            SQL["find"],
            {
                "upload_ids": upload_ids,
                "vehicle_id": vehicle_id,
                "event_type": event_type,
                "review_states": review_states,
                "since": since,
                "until": until,
                "text": text,
                **after(place),
                "limit": limit,
            },
        ).fetchall()
