"""The only door to PostgreSQL: `tenant_tx()` for tenants' data, `ops_tx()` for the sweep and set-up.

A transaction drops to the role `capture_app` (or `capture_ops`) and sets its tenant and actor locally, so
nothing outlives it on the connection and a transaction-pooling proxy may stand in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg import errors as pg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from capture.errors import CaptureError, ConfigError, ConflictError, RefusedError, UnavailableError

Connection = psycopg.Connection[TupleRow]

_ENTER = """
select set_config('role', %(role)s, true),
       set_config('app.tenant_id', %(tenant)s, true),
       set_config('app.user_id', %(user)s, true),
       set_config('app.actor_kind', %(kind)s, true),
       set_config('app.client_ip', %(ip)s, true),
       set_config('app.user_agent', %(agent)s, true)
"""

CONNECT_TIMEOUT_S = 5.0
POOL_SIZE = 8

_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A server that fell silent is noticed within a minute; libpq ignores these on a Unix socket."""


@dataclass(frozen=True)
class Actor:
    """On whose behalf a transaction runs; the audit trail names it."""

    kind: Literal["person", "worker", "system"]
    user_id: UUID | None = None
    client_ip: str | None = None
    user_agent: str | None = None


WORKER = Actor("worker")
SYSTEM = Actor("system")


class Database:
    """Connection pools of one process. Opens nothing until the first transaction."""

    def __init__(self, app_url: str, ops_url: str) -> None:
        self._app = _pool(app_url)
        self._ops = _pool(ops_url) if ops_url != app_url else self._app

    @contextmanager
    def tenant_tx(self, tenant_id: UUID, actor: Actor) -> Iterator[Connection]:
        """Run a transaction that sees one tenant's rows alone; commits at the end, rolls back on an error.

        Raises: UnavailableError, ConflictError, ConfigError (`schema_outdated`).
        """
        with _transaction(self._app, "capture_app", str(tenant_id), actor) as connection:
            yield connection

    @contextmanager
    def ops_tx(self) -> Iterator[Connection]:
        """Run a transaction as `capture_ops`: states and times of all tenants, never payloads."""
        with _transaction(self._ops, "capture_ops", "", SYSTEM) as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._app.close()
        self._ops.close()


def _pool(url: str) -> ConnectionPool[Connection]:
    return ConnectionPool(
        url,
        min_size=0,
        max_size=POOL_SIZE,
        timeout=CONNECT_TIMEOUT_S,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": None, "connect_timeout": int(CONNECT_TIMEOUT_S), **_ALIVE},
        check=ConnectionPool.check_connection,
    )


@contextmanager
def _transaction(pool: ConnectionPool[Connection], role: str, tenant: str, actor: Actor) -> Iterator[Connection]:
    context: dict[str, Any] = {
        "role": role,
        "tenant": tenant,
        "user": str(actor.user_id or ""),
        "kind": actor.kind,
        "ip": actor.client_ip or "",
        "agent": (actor.user_agent or "")[:500],
    }
    with translated():
        pool.open()
        with pool.connection() as connection, connection.transaction():
            _enter(connection, context)
            yield connection


def _enter(connection: Connection, context: dict[str, Any]) -> None:
    try:
        connection.execute(_ENTER, context)
    except pg.InvalidParameterValue as error:
        raise ConfigError("schema_outdated", f"The database has no role {context['role']}") from error
    except pg.InsufficientPrivilege as error:
        raise ConfigError("login_unfit", f"The database login may not become {context['role']}") from error


@contextmanager
def translated() -> Iterator[None]:
    """Turn psycopg's errors into ours, once."""
    try:
        yield
    except CaptureError:
        raise
    except (pg.UndefinedTable, pg.UndefinedFunction, pg.UndefinedColumn, pg.InvalidSchemaName) as error:
        raise ConfigError("schema_outdated", "The database lacks something that this version needs") from error
    except (pg.DeadlockDetected, pg.SerializationFailure) as error:
        raise UnavailableError("database_unavailable", "Two transactions got into each other's way") from error
    except (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise UnavailableError("database_unavailable", "The database does not answer") from error
    except psycopg.DatabaseError as error:
        if error.sqlstate == "CAP01":
            raise ConflictError("version_conflict", "The stream has moved on") from error
        if error.sqlstate == "CAP02":
            raise ConflictError("already_decided", "A program tried to change what a person verified") from error
        if error.sqlstate == "CAP11":
            raise RefusedError("role_insufficient", "This person's role does not allow it") from error
        if error.sqlstate == "CAP12":
            raise ConflictError("last_owner", "A tenant keeps at least one owner") from error
        raise


@contextmanager
def owner_connection(url: str) -> Iterator[Connection]:
    """Connect as the schema's owner, in autocommit: for migrations and `capture doctor`, nothing else."""
    with translated(), psycopg.connect(url, autocommit=True, connect_timeout=int(CONNECT_TIMEOUT_S)) as connection:
        yield connection
