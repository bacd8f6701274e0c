"""The review desk: what waits, who holds it, what stood before each decision, and how a person likes the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from capture.review import Decision, ReviewState
from capture.vehicle_hint import Distance
from storage.db import Connection
from storage.queries import load
from storage.queries.events import LockedEvent

SQL = load("review")

Order = Literal["risk", "age", "vehicle"]
"""What comes first: the likeliest wrong, the oldest photo, or one vehicle after another."""

_ORDER: dict[Order, sql.SQL] = {
    "risk": sql.SQL("q.risk desc, q.occurred_at, q.event_id"),
    "age": sql.SQL("q.occurred_at, q.event_id"),
    "vehicle": sql.SQL("q.vehicle_id, q.occurred_at, q.event_id"),
}
"""Each is an index of the queue."""

Recorded = Decision | Literal["move"]
"""What a person may have done to an event that can be undone."""


@dataclass(frozen=True)
class ItemRow:
    """An event on the desk. `fields`: what its engine read, by canonical name, with places and hypotheses.

    `leased_by`, `leased_until`: who has it on the screen; None of one that does not wait.
    """

    id: UUID
    created_at: datetime
    event_type: str
    vehicle_id: UUID
    vehicle: str
    odometer_unit: Distance | None
    source: str
    upload_id: UUID | None
    blind: bool
    payload: dict[str, Any]
    confidence: int | None
    probability: float | None
    field_confidence: dict[str, float]
    flag_reasons: list[dict[str, Any]]
    occurred_at: datetime
    occurred_at_source: str
    review_state: ReviewState
    version: int
    reviewed_at: datetime | None
    leased_by: UUID | None
    leased_until: datetime | None
    fields: dict[str, Any] | None
    engine: str | None
    bucket: str | None
    object_key: str | None
    object_version: str | None
    content_type: str | None


@dataclass(frozen=True)
class BesideRow:
    """Another event beside the one on the desk."""

    id: UUID
    event_type: str
    vehicle: str
    payload: dict[str, Any]
    occurred_at: datetime
    review_state: ReviewState
    source: str
    bucket: str | None
    object_key: str | None
    object_version: str | None
    content_type: str | None


@dataclass(frozen=True)
class LastDecision:
    """The last decision on an event that stands. `before`: the event as it was."""

    id: UUID
    event_id: UUID
    decision: Recorded
    unseen: bool
    pair_id: UUID | None
    decided_by: UUID | None
    before: dict[str, Any]


@dataclass(frozen=True)
class Preferences:
    """How a person likes the desk. `keys`: by action, where the person chose another key or none (empty)."""

    ordering: Order = "risk"
    keys_on: bool = True
    keys: dict[str, str] = field(default_factory=dict)


def pick(
    tx: Connection, order: Order, desk: UUID, held: Sequence[UUID], vehicle_id: UUID | None, limit: int
) -> list[UUID]:
    """Lock and return what to look at next; nothing that another desk holds, or that this one has in hand (`held`).

    Where transactions hold all that waits, one of them is waited for: an empty answer means that nothing waits. Only
    one row is locked then, so that nobody waits for us meanwhile.
    """
    asked = {"desk": desk, "held": list(held), "vehicle_id": vehicle_id}
    for passing, most in ((sql.SQL("skip locked"), limit), (sql.SQL(""), 1)):
        query = sql.SQL(SQL["pick"]).format(order=_ORDER[order], held=passing)
        found = [row[0] for row in tx.execute(query, {**asked, "limit": most}).fetchall()]
        if found:
            return found
    return []


def lease(tx: Connection, ids: Sequence[UUID], desk: UUID, ttl_s: float) -> set[UUID]:
    """Put events on a desk for a while, or keep them there; return those that are: not what others hold."""
    rows = tx.execute(SQL["lease"], {"ids": list(ids), "desk": desk, "ttl_s": ttl_s}).fetchall()
    return {row[0] for row in rows}


def release(tx: Connection, ids: Sequence[UUID], desk: UUID, put_off_s: float = 0.0) -> None:
    """Give events back. `put_off_s`: for so long they do not come to this person again."""
    tx.execute(SQL["release"], {"ids": list(ids), "desk": desk, "put_off_s": put_off_s})


def waits(tx: Connection, bound: int) -> int:
    """Return how many events wait, at most `bound`: nobody counts a hundred thousand for a heading."""
    row = tx.execute(SQL["waits"], {"bound": bound}).fetchone()
    assert row is not None
    return int(row[0])


def items(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, ItemRow]:
    """Return what the desk shows of events."""
    with tx.cursor(row_factory=class_row(ItemRow)) as cursor:
        return {row.id: row for row in cursor.execute(SQL["items"], {"ids": list(ids)}).fetchall()}


def fitting_vehicle(tx: Connection, event_id: UUID) -> tuple[UUID, str] | None:
    """Return the other vehicle that an event's reading was last found to fit, with its label."""
    row = tx.execute(SQL["other_flags"], {"event_id": event_id}).fetchone()
    return None if row is None else (UUID(row[0]), row[1])


def beside(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, BesideRow]:
    """Return events that stand beside one."""
    with tx.cursor(row_factory=class_row(BesideRow)) as cursor:
        return {row.id: row for row in cursor.execute(SQL["beside"], {"ids": list(ids)}).fetchall()}


def remember(
    tx: Connection,
    event: LockedEvent,
    decision: Recorded,
    *,
    unseen: bool = False,
    pair_id: UUID | None = None,
) -> None:
    """Write down what stands, before a decision changes it. `pair_id`: the pair that is its reason."""
    tx.execute(
        SQL["remember"],
        {
            "event_id": event.id,
            "created_at": event.created_at,
            "decision": decision,
            "unseen": unseen,
            "pair_id": pair_id,
        },
    )


def last(tx: Connection, event_id: UUID) -> LastDecision | None:
    """Return the last decision on an event that nobody undid."""
    with tx.cursor(row_factory=class_row(LastDecision)) as cursor:
        return cursor.execute(SQL["last"], {"event_id": event_id}).fetchone()


def restore(tx: Connection, event: LockedEvent, before: dict[str, Any]) -> int:
    """Make a locked event, whose row in the history is gone, what it was, with that row; return its new version."""
    row = tx.execute(
        SQL["restore"], {"id": event.id, "created_at": event.created_at, "before": Jsonb(before)}
    ).fetchone()
    assert row is not None
    if before["reading"] is not None:
        tx.execute(SQL["restore_reading"], {"reading": Jsonb(before["reading"])})
    return int(row[0])


def taken_back(tx: Connection, decision_id: UUID) -> None:
    """Note that a decision was undone."""
    tx.execute(SQL["undone"], {"id": decision_id})


def move(tx: Connection, event: LockedEvent, vehicle_id: UUID, payload: dict[str, Any]) -> int:
    """Give a locked event to another vehicle, its row in the history too; return its new version."""
    asked = {"id": event.id, "created_at": event.created_at, "vehicle_id": vehicle_id, "payload": Jsonb(payload)}
    row = tx.execute(SQL["move"], asked).fetchone()
    assert row is not None
    tx.execute(SQL["move_reading"], {"event_id": event.id, "vehicle_id": vehicle_id})
    return int(row[0])


def preferences(tx: Connection) -> Preferences:
    """Return how the transaction's person likes the desk."""
    with tx.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SQL["preferences"]).fetchone()
    return Preferences() if row is None else Preferences(**row)


def set_preferences(tx: Connection, chosen: Preferences) -> None:
    """Keep how the transaction's person likes the desk."""
    asked = {"ordering": chosen.ordering, "keys_on": chosen.keys_on, "keys": Jsonb(chosen.keys)}
    tx.execute(SQL["set_preferences"], asked)
