"""What `capture doctor` asks the database beyond "do you answer"."""

from __future__ import annotations

from collections.abc import Iterable

from storage.db import Connection
from storage.queries import load

SQL = load("doctor")


def filled_defaults(tx: Connection) -> list[str]:
    """Return the default partitions that hold rows; as `capture_ops`."""
    return [name for name, filled in tx.execute(SQL["default_rows"]).fetchall() if filled]


def dangling_links(tx: Connection) -> int:
    """Return how many of the tenant's links point at events that are not there."""
    row = tx.execute(SQL["dangling"]).fetchone()
    return int(row[0]) if row else 0


def failed_uploads(tx: Connection, codes: Iterable[str]) -> dict[str, int]:
    """Return how many of the tenant's uploads failed with each of these error codes; none without any."""
    return dict(tx.execute(SQL["failed"], {"codes": list(codes)}).fetchall())
