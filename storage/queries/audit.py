"""Who looked at what, and who took what out: for pages and the API alike. What people changed is in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from storage.db import Connection
from storage.queries import load
from storage.queries.tenants import log_action

SQL = load("audit")

Seen = Literal["event", "photo", "upload", "vehicle"]

_SUBJECT: dict[Seen, str] = {"event": "manual_event", "photo": "upload", "upload": "upload", "vehicle": "vehicle"}


def log_views(tx: Connection, seen: Seen, ids: Sequence[UUID]) -> None:
    """Note that the transaction's person was shown these things, each once an hour. A photo has its upload's id."""
    if ids:
        tx.execute(
            SQL["log_views"],
            {"action": f"{seen}.viewed", "subject_type": _SUBJECT[seen], "ids": list(dict.fromkeys(ids))},
        )


def log_export(tx: Connection, what: str, rows: int, **filters: Any) -> None:
    """Note that the transaction's person took data out: of what, how many rows, by which filters."""
    shown = {name: str(value) for name, value in filters.items() if value is not None}
    log_action(tx, "export.made", what, None, {"rows": rows, "filters": shown})
