"""What a tenant's events are judged by: promises, calibrations, and what people decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from capture.calibration import Calibration
from capture.review import ReviewState
from storage.db import Connection
from storage.queries import load

SQL = load("trust")


@dataclass(frozen=True)
class Decided:
    """A person's decision on what an engine had said. `chance`: of its being sampled blindly, if it was."""

    id: UUID
    event_type: str
    engine: str
    vehicle_id: UUID
    review_state: ReviewState
    parts: dict[str, Any]
    chance: float | None
    outcome: Literal["same", "different", "no_event"] | None


@dataclass(frozen=True)
class Undecided:
    """An event that no person decided, with what its engine read."""

    id: UUID
    created_at: datetime
    event_type: str
    review_state: ReviewState
    flag_reasons: list[dict[str, Any]]
    version: int
    confidence: int | None
    probability: float | None
    ordinal: int
    engine: str
    run_id: UUID
    content: dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """A calibration of the tenant's. `retired_at`: None where it is in use."""

    engine: str
    event_type: str
    field: str
    version: str
    decisions: int
    created_at: datetime
    retired_at: datetime | None


def promises(tx: Connection) -> dict[str, float]:
    """Return the promised error by event type; the key '' is for all others."""
    return {kind: float(error) for kind, error in tx.execute(SQL["promises"]).fetchall()}


def set_promise(tx: Connection, event_type: str, error: float | None) -> None:
    """Set the error that the tenant accepts; None takes its word back. `event_type` '': for all others."""
    if error is None:
        tx.execute(SQL["drop_promise"], {"event_type": event_type})
    else:
        tx.execute(SQL["set_promise"], {"event_type": event_type, "error": error})


def calibrations(tx: Connection) -> list[Calibration]:
    """Return the tenant's own calibrations in use."""
    return [Calibration.model_validate(data) for (data,) in tx.execute(SQL["calibrations"]).fetchall()]


def kept(tx: Connection) -> list[Kept]:
    """Return the tenant's calibrations, in use and before, newest first, at most 100."""
    with tx.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(SQL["kept"]).fetchall()


def keep_calibration(tx: Connection, calibration: Calibration) -> None:
    """Put a calibration in the place of the one before it."""
    key = {"engine": calibration.engine, "event_type": calibration.event_type, "field": calibration.field}
    tx.execute(SQL["retire_calibration"], key)
    tx.execute(
        SQL["insert_calibration"],
        {
            **key,
            "version": calibration.version,
            "decisions": calibration.readings,
            "data": Jsonb(calibration.model_dump(mode="json")),
        },
    )


def decisions(tx: Connection) -> list[Decided]:
    """Return what people decided on flagged events and on blind samples."""
    with tx.cursor(row_factory=class_row(Decided)) as cursor:
        return cursor.execute(SQL["decisions"]).fetchall()


def undecided(tx: Connection, after: UUID, limit: int) -> list[Undecided]:
    """Return events that no person decided, in the order of their ids, after one."""
    with tx.cursor(row_factory=class_row(Undecided)) as cursor:
        return cursor.execute(SQL["undecided"], {"after": after, "limit": limit}).fetchall()


def rescore(
    tx: Connection,
    event: Undecided,
    review_state: ReviewState,
    flag_reasons: list[dict[str, Any]],
    *,
    confidence: int | None,
    probability: float | None,
    field_confidence: Mapping[str, float],
) -> int | None:
    """Write a new judgement on an event that no person decided; return its version, None if it changed meanwhile."""
    row = tx.execute(
        SQL["rescore"],
        {
            "id": event.id,
            "created_at": event.created_at,
            "version": event.version,
            "review_state": review_state,
            "flag_reasons": Jsonb(flag_reasons),
            "confidence": confidence,
            "probability": probability,
            "field_confidence": Jsonb(dict(field_confidence)),
        },
    ).fetchone()
    return None if row is None else int(row[0])
