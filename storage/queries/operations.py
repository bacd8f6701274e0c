"""How a tenant's uploads, engines and re-runs are doing: counts, times and reasons, never what a photo says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from capture.job import UploadState
from storage.db import Connection
from storage.queries import load

SQL = load("operations")

Verdict = Literal["changed", "new", "gone"]


@dataclass(frozen=True)
class InState:
    """Uploads in one state. `oldest`: since when the longest one is. `paused`: they wait for their next try."""

    state: UploadState
    uploads: int
    oldest: datetime
    stuck: int
    paused: int


@dataclass(frozen=True)
class Hour:
    """What came and what ended in an hour."""

    hour: datetime
    came: int
    recorded: int
    unrecognised: int
    failed: int


@dataclass(frozen=True)
class Trouble:
    """Uploads that yielded nothing for one reason. `code`: '' where nothing went wrong and nothing was recognised.

    `message`: of the last one; `ids` and `vehicles`: of the last five.
    """

    state: UploadState
    code: str
    uploads: int
    last: datetime
    message: str | None
    ids: list[UUID]
    vehicles: list[str]


@dataclass(frozen=True)
class Stuck:
    """An upload that should have moved on."""

    id: UUID
    vehicle: str
    state: UploadState
    state_changed_at: datetime
    tries: int
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True)
class EngineDay:
    """What an engine did on a day (UTC). `slow_ms`: the 95th percentile. `cost_micros`: None where it has no price."""

    day: date
    engine: str
    runs: int
    errors: int
    median_ms: int
    slow_ms: int
    cost_micros: int | None


def by_state(tx: Connection, since: datetime, stuck_after_s: float) -> list[InState]:
    """Return how many uploads are in each state: all that are not final, and those that ended since then."""
    with tx.cursor(row_factory=class_row(InState)) as cursor:
        return cursor.execute(SQL["by_state"], {"since": since, "stuck_after_s": stuck_after_s}).fetchall()


def by_hour(tx: Connection) -> list[Hour]:
    """Return what came and what ended in the last 24 hours, oldest first."""
    with tx.cursor(row_factory=class_row(Hour)) as cursor:
        return cursor.execute(SQL["by_hour"]).fetchall()


def troubles(tx: Connection, since: datetime) -> list[Trouble]:
    """Return why uploads yielded nothing since then, most recent reason first."""
    with tx.cursor(row_factory=class_row(Trouble)) as cursor:
        return cursor.execute(SQL["troubles"], {"since": since}).fetchall()


def stuck(tx: Connection, stuck_after_s: float) -> list[Stuck]:
    """Return uploads that should have moved on by now, longest first, at most 20."""
    with tx.cursor(row_factory=class_row(Stuck)) as cursor:
        return cursor.execute(SQL["stuck"], {"stuck_after_s": stuck_after_s}).fetchall()


def to_retry(tx: Connection, code: str, limit: int) -> list[UUID]:
    """Return uploads that yielded nothing for this reason, oldest first."""
    return [row[0] for row in tx.execute(SQL["to_retry"], {"code": code, "limit": limit}).fetchall()]


def engines(tx: Connection, since: datetime) -> list[EngineDay]:
    """Return what each engine did on each day since then, newest day first."""
    with tx.cursor(row_factory=class_row(EngineDay)) as cursor:
        return cursor.execute(SQL["engines"], {"since": since}).fetchall()


def proposals(tx: Connection) -> dict[Verdict, int]:
    """Return how many events the last re-runs would change, add or take away."""
    return dict(tx.execute(SQL["proposals"]).fetchall())
