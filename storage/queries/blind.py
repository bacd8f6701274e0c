"""Accepted events that a person answers without seeing what was read, and the queue in which they wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from capture.calibration import EDGE, WITH_HISTORY
from capture.measuring import Answer
from capture.sampling import Outcome
from storage.db import Connection
from storage.queries import Place, after, load

SQL = load("blind")


@dataclass(frozen=True)
class Sample:
    """An event in the sample. `outcome`: None until it was answered."""

    event_id: UUID
    sampled_at: datetime
    chance: float
    outcome: Outcome | None


@dataclass(frozen=True)
class Waiting:
    """An event that waits for a person. `blind`: what was read, and how sure it is, is withheld."""

    id: UUID
    event_type: str
    vehicle_id: UUID
    vehicle: str
    upload_id: UUID | None
    blind: bool
    payload: dict[str, Any] | None
    confidence: int | None
    flag_reasons: list[dict[str, Any]]
    occurred_at: datetime
    created_at: datetime
    bucket: str | None
    object_key: str | None
    object_version: str | None


@dataclass(frozen=True)
class Standing:
    """Events of photos of one type by one engine, and how many of them counted without a person until one looked."""

    event_type: str
    engine: str
    events: int
    accepted: int


def insert(tx: Connection, event_id: UUID, created_at: datetime, event_type: str, engine: str, chance: float) -> None:
    """Put an accepted event into the sample; nothing if it is there. `chance`: of its being drawn, above 0."""
    tx.execute(
        SQL["insert"],
        {
            "event_id": event_id,
            "event_created_at": created_at,
            "event_type": event_type,
            "engine": engine,
            "chance": chance,
        },
    )


def sample(tx: Connection, event_id: UUID) -> Sample | None:
    """Return the sample of an event, None if it was not drawn."""
    with tx.cursor(row_factory=class_row(Sample)) as cursor:
        return cursor.execute(SQL["sample"], {"event_id": event_id}).fetchone()


def answer(tx: Connection, event_id: UUID, outcome: Outcome) -> None:
    """Write what a person said of a sampled event, if nobody has said it before."""
    tx.execute(SQL["answer"], {"event_id": event_id, "outcome": outcome})


def reopen(tx: Connection, event_id: UUID) -> bool:
    """Take an answer back, so that the sample waits for another; tell if there was one."""
    return tx.execute(SQL["reopen"], {"event_id": event_id}).fetchone() is not None


def note_views(tx: Connection, event_ids: Iterable[UUID]) -> None:
    """Note of what a person was shown those events that wait for a blind answer, or that the person answered."""
    tx.execute(SQL["note_views"], {"event_ids": list(event_ids)})


def open_among(tx: Connection, event_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the events that wait for a blind answer."""
    return {row[0] for row in tx.execute(SQL["open_among"], {"event_ids": list(event_ids)}).fetchall()}


def viewed(tx: Connection, event_id: UUID, since: datetime) -> bool:
    """Tell if the transaction's person has opened the event since then."""
    row = tx.execute(SQL["viewed"], {"event_id": event_id, "since": since}).fetchone()
    return bool(row and row[0])


def queue(tx: Connection, limit: int, place: Place | None = None) -> list[Waiting]:
    """Return what waits for a person, oldest first. `place`: begin after it."""
    with tx.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(SQL["queue"], {"limit": limit, **after(place)}).fetchall()


def standing(tx: Connection, since: datetime) -> list[Standing]:
    """Return how many events there were since then, and how many needed no person."""
    with tx.cursor(row_factory=class_row(Standing)) as cursor:
        return cursor.execute(SQL["standing"], {"since": since}).fetchall()


def answers(tx: Connection, since: datetime) -> dict[tuple[str, str], list[Answer]]:
    """Return by engine and event type what people answered unseen, in the order of their answers.

    Of events that were drawn since then, and since the tenant's calibration in force, if it has one.
    """
    found: dict[tuple[str, str], list[Answer]] = {}
    rows = tx.execute(SQL["answers"], {"since": since, "with_history": WITH_HISTORY}).fetchall()
    for event_type, engine, probability, right, chance, signal in rows:
        answer = Answer(probability=min(1 - EDGE, max(EDGE, probability)), right=right, chance=chance, signal=signal)
        found.setdefault((engine, event_type), []).append(answer)
    return found


def unanswered(tx: Connection) -> dict[tuple[str, str], int]:
    """Return by engine and event type how many samples wait for an answer."""
    return {(engine, event_type): count for event_type, engine, count in tx.execute(SQL["open"]).fetchall()}
