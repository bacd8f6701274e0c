"""Why events were flagged or accepted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from capture.review import ACCEPTED_BECAUSE, IN_PROSE
from storage.db import Connection
from storage.queries import load

SQL = load("explanations")


@dataclass(frozen=True)
class Facts:
    """How sure an event is, as it is stored. `because`: why it was accepted last; empty if it never was."""

    probability: float | None
    field_confidence: dict[str, float]
    because: str


@dataclass(frozen=True)
class Reason:
    """One thing that was said for or against an event."""

    kind: Literal["flagged", "accepted", "note", "insight"]
    code: str
    sentence: str
    created_at: datetime


def facts(tx: Connection, event_id: UUID) -> Facts | None:
    """Return what an event's explanation rests on."""
    with tx.cursor(row_factory=class_row(Facts)) as cursor:
        return cursor.execute(SQL["told"], {"event_id": event_id, "accepted": ACCEPTED_BECAUSE}).fetchone()


def digest(paragraph: str) -> str:
    """Return by what a paragraph is known again, of which prose was made."""
    return hashlib.sha256(paragraph.encode()).hexdigest()[:16]


def prose(tx: Connection, event_id: UUID, paragraph: str) -> str | None:
    """Return the prose that was made of this paragraph last; None where the event has moved on, or has none."""
    row = tx.execute(SQL["prose"], {"event_id": event_id, "code": IN_PROSE, "of": digest(paragraph)}).fetchone()
    return None if row is None else str(row[0])


def reasons(tx: Connection, event_id: UUID) -> list[Reason]:
    """Return what was said for and against an event, in the order in which it was said."""
    with tx.cursor(row_factory=class_row(Reason)) as cursor:
        return cursor.execute(SQL["reasons"], {"event_id": event_id}).fetchall()
