"""People: their accounts at a provider, their places in a tenant, their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from storage.db import Connection
from storage.queries import load
from storage.queries.sessions import Method
from storage.queries.tenants import Role

SQL = load("people")


@dataclass(frozen=True)
class Person:
    """Who somebody is, seen from a tenant."""

    name: str
    email: str
    tenant: str


@dataclass(frozen=True)
class MemberRow:
    """A person in the tenant. `last_seen_at`: with a browser, None for never."""

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True)
class OpenSession:
    """A valid session, with the browser and the address that opened it, where they are known."""

    id: UUID
    method: Method
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str | None
    address: str | None


def by_identity(tx: Connection, issuer: str, subject: str) -> UUID | None:
    """Return whose account it is; as `capture_ops`."""
    row = tx.execute(SQL["by_identity"], {"issuer": issuer, "subject": subject}).fetchone()
    return None if row is None else row[0]


def remember_identity(tx: Connection, issuer: str, subject: str, user_id: UUID) -> bool:
    """Keep an account for a person; False if the person has another one there. As `capture_ops`."""
    values = {"issuer": issuer, "subject": subject, "user_id": user_id}
    tx.execute(SQL["remember_identity"], values)
    return by_identity(tx, issuer, subject) == user_id


def person(tx: Connection, user_id: UUID) -> Person | None:
    """Return who somebody of the tenant is."""
    with tx.cursor(row_factory=class_row(Person)) as cursor:
        return cursor.execute(SQL["person"], {"user_id": user_id}).fetchone()


def members(tx: Connection, user_id: UUID | None = None) -> list[MemberRow]:
    """Return the tenant's people, owners first; or one of them."""
    with tx.cursor(row_factory=class_row(MemberRow)) as cursor:
        return cursor.execute(SQL["members"], {"user_id": user_id}).fetchall()


def add(tx: Connection, user_id: UUID, role: Role) -> bool:
    """Let a person in; False if the person belongs to the tenant."""
    return tx.execute(SQL["add"], {"user_id": user_id, "role": role}).rowcount == 1


def set_role(tx: Connection, user_id: UUID, role: Role) -> bool:
    """Change what a person may do; False if there is no such member."""
    return tx.execute(SQL["set_role"], {"user_id": user_id, "role": role}).rowcount == 1


def remove(tx: Connection, user_id: UUID) -> bool:
    """Take a person out of the tenant; False if there is no such member."""
    return tx.execute(SQL["remove"], {"user_id": user_id}).rowcount == 1


def sessions(tx: Connection, user_id: UUID) -> list[OpenSession]:
    """Return a person's valid sessions in the tenant, the latest seen first; 200 at most."""
    with tx.cursor(row_factory=class_row(OpenSession)) as cursor:
        return cursor.execute(SQL["sessions"], {"user_id": user_id}).fetchall()


def end_session(tx: Connection, user_id: UUID, session_id: UUID) -> bool:
    """End one session of a person; False if there is no such valid one."""
    return tx.execute(SQL["end_session"], {"user_id": user_id, "id": session_id}).fetchone() is not None


def end_others(tx: Connection, user_id: UUID, keep: UUID | None) -> list[UUID]:
    """End a person's sessions in the tenant, but `keep`; return which."""
    return [row[0] for row in tx.execute(SQL["end_others"], {"user_id": user_id, "keep": keep}).fetchall()]
