"""Applies the numbered SQL files of `migrations/`, each once, in order, under an advisory lock.

A file runs in one transaction, unless its first line is `-- no transaction`; then it holds one statement. Its
checksum is kept: a file that changed after it was applied stops everything.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import NamedTuple

from capture.errors import ConfigError
from storage.db import Connection

_LOCK = 7_203_914_455  # any fixed number; advisory locks are per database

_BOOK = """
create schema if not exists capture;
create table if not exists capture.schema_migrations (
  name text primary key, checksum text not null, applied_at timestamptz not null default now()
)
"""


class Migration(NamedTuple):
    """One file."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Return all files in order."""
    folder = resources.files("storage") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [Migration(f.name, f.read_text(encoding="utf-8")) for f in files]


def migrate(connection: Connection) -> list[str]:
    """Apply what is missing; return the names applied. Safe to run from several places at once.

    `connection` is in autocommit, as the schema's owner.
    Raises: ConfigError (`migration_changed`).
    """
    connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
    try:
        connection.execute(_BOOK)
        applied = _applied(connection)
        done = []
        for migration in migrations():
            if migration.name in applied:
                if applied[migration.name] != migration.checksum:
                    raise ConfigError("migration_changed", f"{migration.name} differs from what was applied")
                continue
            _apply(connection, migration)
            done.append(migration.name)
        connection.execute("grant select on capture.schema_migrations to capture_app, capture_ops, capture_admin")
        return done
    finally:
        connection.execute("select pg_advisory_unlock(%s)", (_LOCK,))


def pending(connection: Connection) -> list[str]:
    """Return the names of the files that are not applied yet; all, on an empty database."""
    row = connection.execute("select to_regclass('capture.schema_migrations') is not null").fetchone()
    applied = _applied(connection) if row and row[0] else {}
    return [m.name for m in migrations() if m.name not in applied]


def _applied(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("select name, checksum from capture.schema_migrations").fetchall())


def _apply(connection: Connection, migration: Migration) -> None:
    record = "insert into capture.schema_migrations (name, checksum) values (%s, %s)"
    if migration.sql.startswith("-- no transaction"):
        connection.execute(migration.sql)
        connection.execute(record, (migration.name, migration.checksum))
        return
    with connection.transaction():
        connection.execute("set local lock_timeout = '10s'")
        connection.execute(migration.sql)
        connection.execute(record, (migration.name, migration.checksum))
