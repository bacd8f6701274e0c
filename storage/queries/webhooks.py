"""Where tenants want to be told of their events, what there is to tell, and how each telling went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.db import Connection
from storage.ids import new_id
from storage.queries import Place, after, load

SQL = load("webhooks")

State = Literal["pending", "delivered", "dead"]


@dataclass(frozen=True)
class Endpoint:
    """Where a tenant wants to be told. `waiting`, `dead`: messages that are due or were given up."""

    id: UUID
    url: str
    description: str
    types: list[str]
    include_payload: bool
    disabled_at: datetime | None
    disabled_reason: Literal["person", "gone"] | None
    created_at: datetime
    updated_at: datetime
    waiting: int
    dead: int
    last_delivered_at: datetime | None


@dataclass(frozen=True)
class Delivery:
    """One message to one endpoint, and how it went. `last_error`: in words."""

    id: UUID
    endpoint_id: UUID
    message_id: UUID
    type: str
    event_id: UUID | None
    state: State
    attempts: int
    last_status: int | None
    last_error: str | None
    last_attempt_at: datetime | None
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Claimed:
    """What is to be sent now. `attempts`: this one included."""

    id: UUID
    endpoint_id: UUID
    attempts: int
    url: str
    include_payload: bool
    message_id: UUID
    type: str
    data: dict[str, Any]
    event_id: UUID | None
    event_created_at: datetime | None
    created_at: datetime


def add(
    tx: Connection, url: str, description: str, types: Sequence[str], secret: str, *, include_payload: bool
) -> UUID:
    """Add an endpoint with its secret; return its id."""
    endpoint_id = new_id()
    tx.execute(
        SQL["add"],
        {
            "id": endpoint_id,
            "url": url,
            "description": description,
            "types": list(types),
            "include_payload": include_payload,
        },
    )
    tx.execute(SQL["add_secret"], {"endpoint_id": endpoint_id, "secret": secret})
    return endpoint_id


def find(
    tx: Connection, *, endpoint_id: UUID | None = None, place: Place | None = None, limit: int = 100
) -> list[Endpoint]:
    """Return endpoints, newest first."""
    with tx.cursor(row_factory=class_row(Endpoint)) as cursor:
        return cursor.execute(SQL["find"], {"id": endpoint_id, **after(place), "limit": limit}).fetchall()


def get(tx: Connection, endpoint_id: UUID) -> Endpoint | None:
    """Return an endpoint, None if there is none."""
    return next(iter(find(tx, endpoint_id=endpoint_id, limit=1)), None)


def change(
    tx: Connection,
    endpoint_id: UUID,
    *,
    url: str | None = None,
    description: str | None = None,
    types: Sequence[str] | None = None,
    include_payload: bool | None = None,
    enabled: bool | None = None,
) -> bool:
    """Change what is not None; False if there is no such endpoint."""
    values = {
        "id": endpoint_id,
        "url": url,
        "description": description,
        "types": None if types is None else list(types),
        "include_payload": include_payload,
        "enabled": enabled,
    }
    return tx.execute(SQL["change"], values).rowcount == 1


def disable_gone(tx: Connection, endpoint_id: UUID) -> bool:
    """Switch an endpoint off that said that it is gone; False if it was off."""
    return tx.execute(SQL["disable_gone"], {"id": endpoint_id}).rowcount == 1


def give_up_waiting(tx: Connection, endpoint_id: UUID, reason: str) -> None:
    """Give up what waits for an endpoint."""
    tx.execute(SQL["give_up_waiting"], {"endpoint_id": endpoint_id, "reason": reason})


def remove(tx: Connection, endpoint_id: UUID) -> bool:
    """Remove an endpoint; False if there is none."""
    return tx.execute(SQL["remove"], {"id": endpoint_id}).rowcount == 1


def rotate(tx: Connection, endpoint_id: UUID, secret: str, overlap_s: float) -> None:
    """Put a secret in force; the one before it signs as well for `overlap_s`."""
    tx.execute(SQL["forget_secrets"], {"endpoint_id": endpoint_id})
    tx.execute(SQL["retire_secret"], {"endpoint_id": endpoint_id, "overlap_s": overlap_s})
    tx.execute(SQL["add_secret"], {"endpoint_id": endpoint_id, "secret": secret})


def secrets_of(tx: Connection, endpoint_id: UUID) -> list[str]:
    """Return the valid secrets, the one in force first."""
    return [row[0] for row in tx.execute(SQL["secrets"], {"endpoint_id": endpoint_id}).fetchall()]


def add_message(tx: Connection, endpoint_id: UUID, message_type: str, data: dict[str, Any]) -> UUID:
    """Write a message for one endpoint alone; return its delivery's id."""
    message_id, delivery_id = new_id(), new_id()
    row = tx.execute(SQL["add_message"], {"id": message_id, "type": message_type, "data": Jsonb(data)}).fetchone()
    assert row is not None
    values = {"id": delivery_id, "endpoint_id": endpoint_id, "message_id": message_id, "sequence": row[0]}
    tx.execute(SQL["add_delivery"], values)
    return delivery_id


def due(tx: Connection, limit: int) -> list[tuple[UUID, UUID]]:
    """Return tenants and endpoints that have something to be told; as `capture_ops`."""
    return [(row[0], row[1]) for row in tx.execute(SQL["due"], {"limit": limit}).fetchall()]


def claim(tx: Connection, endpoint_id: UUID, lease_s: float, delivery_id: UUID | None = None) -> Claimed | None:
    """Take the next delivery of an endpoint (or this one) for `lease_s`; None where nothing is due."""
    with tx.cursor(row_factory=class_row(Claimed)) as cursor:
        values = {"endpoint_id": endpoint_id, "id": delivery_id, "lease_s": lease_s}
        return cursor.execute(SQL["claim"], values).fetchone()


def event_payload(tx: Connection, event_id: UUID, created_at: datetime) -> tuple[dict[str, Any], int] | None:
    """Return what an event says now, and its version."""
    row = tx.execute(SQL["event_payload"], {"event_id": event_id, "created_at": created_at}).fetchone()
    return None if row is None else (row[0], row[1])


def settle(
    tx: Connection, claimed: Claimed, state: State, *, status: int | None, error: str | None, pause_s: float = 0
) -> None:
    """Write how a try went; `pause_s`: how long the next one waits."""
    values = {
        "id": claimed.id,
        "attempts": claimed.attempts,
        "state": state,
        "status": status,
        "error": error,
        "pause_s": pause_s,
    }
    tx.execute(SQL["settle"], values)


def deliveries(
    tx: Connection,
    endpoint_id: UUID,
    *,
    delivery_id: UUID | None = None,
    state: State | None = None,
    place: Place | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Return the deliveries of an endpoint, newest first."""
    values = {"endpoint_id": endpoint_id, "id": delivery_id, "state": state, **after(place), "limit": limit}
    with tx.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(SQL["deliveries"], values).fetchall()


def replay_one(tx: Connection, endpoint_id: UUID, delivery_id: UUID) -> bool:
    """Have a delivery sent again; False if there is none."""
    return tx.execute(SQL["replay_one"], {"endpoint_id": endpoint_id, "id": delivery_id}).rowcount == 1


def replay_range(tx: Connection, endpoint_id: UUID, since: datetime, until: datetime, *, everything: bool) -> int:
    """Have the messages of a time sent again, or for the first time; return how many.

    `everything`: those that arrived as well, not alone those that were given up or missed.
    """
    values = {"endpoint_id": endpoint_id, "since": since, "until": until, "all": everything}
    return tx.execute(SQL["replay_range"], values).rowcount


def forget(tx: Connection, kept_s: float) -> int:
    """Forget messages that are older than this, as `capture_ops`; return how many."""
    return tx.execute(SQL["forget"], {"kept_s": kept_s}).rowcount
