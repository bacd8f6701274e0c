"""Sessions of browsers, and the links that open them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from storage.db import Connection
from storage.ids import new_id
from storage.queries import load
from storage.queries.tenants import Role, Tenant

SQL = load("sessions")

Method = Literal["link", "oidc", "switch"]


@dataclass(frozen=True)
class SessionRow:
    """A valid session: whose it is, and what the person may do now."""

    id: UUID
    user_id: UUID
    role: Role
    name: str
    email: str
    tenant: str
    expires_at: datetime
    last_seen_at: datetime


def add_link(tx: Connection, user_id: UUID, token_hash: bytes, ttl_s: int) -> UUID:
    """Keep a link's hash; return the link's id."""
    link_id = new_id()
    tx.execute(SQL["add_link"], {"id": link_id, "user_id": user_id, "token_hash": token_hash, "ttl_s": ttl_s})
    return link_id


def use_link(tx: Connection, token_hash: bytes) -> UUID | None:
    """Use a link up; return whose it is, None if it is unknown, used or expired."""
    row = tx.execute(SQL["use_link"], {"token_hash": token_hash}).fetchone()
    return None if row is None else row[0]


def add(tx: Connection, user_id: UUID, token_hash: bytes, method: Method, ttl_s: int) -> UUID:
    """Keep a session's hash; return the session's id."""
    session_id = new_id()
    tx.execute(
        SQL["add"],
        {"id": session_id, "user_id": user_id, "token_hash": token_hash, "method": method, "ttl_s": ttl_s},
    )
    return session_id


def find(tx: Connection, token_hash: bytes) -> SessionRow | None:
    """Return a valid session, None if it is unknown, ended or expired."""
    with tx.cursor(row_factory=class_row(SessionRow)) as cursor:
        return cursor.execute(SQL["find"], {"token_hash": token_hash}).fetchone()


def touch(tx: Connection, session_id: UUID) -> None:
    """Note that the session is used."""
    tx.execute(SQL["touch"], {"id": session_id})


def end(tx: Connection, session_id: UUID) -> bool:
    """End a session; False if it had ended."""
    return tx.execute(SQL["end"], {"id": session_id}).rowcount == 1


def role_of(tx: Connection, user_id: UUID) -> Role | None:
    """Return what a person may do in the transaction's tenant, None for who does not belong to it."""
    row = tx.execute(SQL["member"], {"user_id": user_id}).fetchone()
    return None if row is None else row[0]


def tenants_of(tx: Connection, user_id: UUID) -> list[Tenant]:
    """Return the tenants to which a person belongs, by name; as `capture_ops`."""
    with tx.cursor(row_factory=class_row(Tenant)) as cursor:
        return cursor.execute(SQL["tenants_of"], {"user_id": user_id}).fetchall()
