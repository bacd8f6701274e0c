"""Real servers for tests: the embedded stack, and Debian's PostgreSQL where it is installed."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from capture.errors import ConfigError
from capture.settings import Settings, load
from storage.db import owner_connection
from storage.migrate import migrate
from tests.conftest import needs
from worker import binaries, local, servers

TEMPLATE = "capture_template"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server. `url(database, role)` logs in as that role."""

    name: str
    owner_url: str

    def url(self, database: str, role: str = servers.OWNER) -> str:
        """Return the URL of a database for a role."""
        return self.owner_url.replace("/postgres?", f"/{database}?").replace(f"//{servers.OWNER}@", f"//{role}@")

    def clone(self, name: str) -> None:
        """Make a database from the migrated template."""
        self._run(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE)))

    def drop(self, name: str) -> None:
        """Remove a database and whoever is connected to it."""
        self._run(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def make_template(self) -> None:
        """Make the template database with all migrations, on a server that no longer waits for its disk.

        Each test makes a database and removes it, and none of them needs to outlive a power cut.
        """
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            self._run(sql.SQL("alter system set {} = off").format(sql.Identifier(name)))
        self._run(sql.SQL("select pg_reload_conf()").format())
        self._run(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
        with owner_connection(self.url(TEMPLATE)) as connection:
            migrate(connection)

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """Return a folder that PostgreSQL's own user can reach, and whose socket paths are short."""
    folder = Path(tempfile.mkdtemp(prefix="capture-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def need_embedded_stack() -> None:
    """Skip where a server of the embedded stack is missing; fail where CI could have installed it."""
    try:
        binaries.redis_server()
        binaries.rclone()
    except ConfigError as error:
        needs(found=False, what="a server of the embedded stack", hint=error.fact)


@contextlib.contextmanager
def embedded_stack() -> Iterator[Settings]:
    """Run PostgreSQL, Redis and the S3 server of the embedded stack."""
    with short_folder() as folder, local.stack(load({"CAPTURE_DATA_DIR": str(folder)}), own=True) as running:
        yield running.settings


@contextlib.contextmanager
def system_postgres(programs: Path) -> Iterator[Server]:
    """Run the system's own PostgreSQL."""
    with short_folder() as folder:
        (folder / "logs").mkdir()
        children: list[servers.Child] = []
        try:
            urls = servers.start_postgres(children.append, folder, programs)
            yield Server(f"system ({programs.parent.name})", urls["database_url"])
        finally:
            for child in children:
                child.stop()


def system_postgres_programs() -> Path | None:
    """Return the newest PostgreSQL of the system, 15 or newer, as Debian lays it out; None if there is none."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin/initdb") if int(path.parts[-3]) >= 15]
    return max(found, key=lambda path: int(path.parts[-3])).parent if found else None
