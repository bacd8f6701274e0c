"""What the sweep asks of all tenants' uploads: where they stand, never what they are. As `capture_ops`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from storage.db import Connection
from storage.queries import load

SQL = load("sweep")

BATCH = 1_000
"""How many uploads one look takes; the next look takes the next."""


@dataclass(frozen=True)
class Stray:
    """An object of nobody we know."""

    bucket: str
    object_key: str
    reason_code: str
    first_seen_at: datetime
    last_seen_at: datetime


def unfinished(tx: Connection) -> int:
    """Return how many uploads should have a message in the queue."""
    row = tx.execute(SQL["unfinished"]).fetchone()
    return int(row[0]) if row else 0


def stuck(tx: Connection, *, messages_lost: bool, requeue_after_s: float) -> dict[UUID, list[UUID]]:
    """Return uploads that need a message, by tenant."""
    rows = tx.execute(
        SQL["stuck"], {"messages_lost": messages_lost, "requeue_after_s": requeue_after_s, "limit": BATCH}
    ).fetchall()
    return _by_tenant(rows)


def never_landed(tx: Connection, ttl_s: float) -> dict[UUID, list[UUID]]:
    """Return uploads whose photo did not come within `ttl_s`, by tenant."""
    return _by_tenant(tx.execute(SQL["never_landed"], {"ttl_s": ttl_s, "limit": BATCH}).fetchall())


def report_stray(tx: Connection, bucket: str, key: str, reason: str) -> None:
    """Remember an object of nobody we know; `reason` is an error code."""
    tx.execute(SQL["report_stray"], {"bucket": bucket, "object_key": key, "reason": reason})


def forget_stray(tx: Connection, bucket: str, key: str) -> None:
    """Forget an object that was taken in after all."""
    tx.execute(SQL["forget_stray"], {"bucket": bucket, "object_key": key})


def strays(tx: Connection, limit: int = 100) -> list[Stray]:
    """Return objects of nobody we know, last seen first."""
    with tx.cursor(row_factory=class_row(Stray)) as cursor:
        return cursor.execute(SQL["strays"], {"limit": limit}).fetchall()


def create_partitions(tx: Connection) -> None:
    """Make sure that this month and the next three have their partitions."""
    tx.execute(SQL["create_partitions"])


def _by_tenant(rows: list[tuple[Any, ...]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for tenant_id, upload_id in rows:
        found[tenant_id].append(upload_id)
    return dict(found)
