"""Tenants, their people, vehicles and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from capture.sampling import DEFAULT_SHARE
from storage.db import Connection
from storage.ids import new_id
from storage.queries import load

SQL = load("tenants")

Role = Literal["owner", "manager", "viewer"]

Scope = Literal["read", "upload", "write", "people"]
"""What a token may be used for, within its owner's role.

`read`: look. `upload`: send photos, and no more. `write`: all that managers do. `people`: members, tokens, sessions.
"""


@dataclass(frozen=True)
class Tenant:
    """An organisation or a single driver."""

    id: UUID
    name: str
    kind: str


@dataclass(frozen=True)
class Member:
    """A person in a tenant."""

    id: UUID
    email: str
    name: str
    role: Role


@dataclass(frozen=True)
class Policy:
    """What a tenant allows. Budgets in millionths of a US dollar, None: no bound; `blind_share`: 0 to 1."""

    allow_vision: bool = False
    blind_share: float = DEFAULT_SHARE
    forbidden_engines: list[str] = field(default_factory=list)
    event_budget_micros: int | None = None
    daily_budget_micros: int | None = None


@dataclass(frozen=True)
class Vehicle:
    """A vehicle; `odometer_unit` None if nobody said it."""

    id: UUID
    label: str
    odometer_unit: Literal["km", "mi"] | None


@dataclass(frozen=True)
class TokenRow:
    """A token without its secret."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class TokenOwner:
    """Who a valid token stands for, and what it may be used for."""

    id: UUID
    user_id: UUID
    role: Role
    scopes: list[Scope]


def create_tenant(tx: Connection, name: str, kind: Literal["solo", "org"]) -> UUID:
    """Create a tenant; as `capture_ops`."""
    tenant_id = new_id()
    tx.execute(SQL["create_tenant"], {"id": tenant_id, "name": name, "kind": kind})
    return tenant_id


def find_tenants(tx: Connection, needle: str = "") -> list[Tenant]:
    """Return tenants by id or name, all for an empty needle; as `capture_ops`."""
    with tx.cursor(row_factory=class_row(Tenant)) as cursor:
        return cursor.execute(SQL["find_tenants"], {"needle": needle}).fetchall()


def ensure_member(tx: Connection, tenant_id: UUID, email: str, name: str, role: Role) -> UUID:
    """Make sure that a person is known and belongs to the tenant; as `capture_ops`. Return the user's id."""
    user_id = ensure_user(tx, email, name)
    tx.execute(SQL["add_member"], {"tenant_id": tenant_id, "user_id": user_id, "role": role})
    return user_id


def ensure_user(tx: Connection, email: str, name: str) -> UUID:
    """Make sure that a person is known, by e-mail; as `capture_ops`. Who is known keeps the name. Return the id."""
    address = email.strip().lower()
    tx.execute(SQL["ensure_user"], {"id": new_id(), "email": address, "name": name})
    found = user_by_email(tx, address)
    assert found is not None
    return found


def user_by_email(tx: Connection, email: str) -> UUID | None:
    """Return who has an e-mail address, whatever its case; as `capture_ops`."""
    row = tx.execute(SQL["user_by_email"], {"email": email.strip().lower()}).fetchone()
    return None if row is None else row[0]


def members(tx: Connection) -> list[Member]:
    """Return the tenant's people, owners first."""
    with tx.cursor(row_factory=class_row(Member)) as cursor:
        return cursor.execute(SQL["members"]).fetchall()


def tenant_known(tx: Connection) -> bool:
    """Tell whether the transaction's tenant exists."""
    row = tx.execute(SQL["tenant_known"]).fetchone()
    return bool(row and row[0])


def policy(tx: Connection) -> Policy:
    """Return what the tenant allows; as long as it has said nothing, no vision model and no budget."""
    with tx.cursor(row_factory=class_row(Policy)) as cursor:
        return cursor.execute(SQL["policy"]).fetchone() or Policy()


def set_policy(tx: Connection, **changes: Any) -> Policy:
    """Change parts of the tenant's policy, by the names of `Policy`; return all of it."""
    tx.execute(SQL["ensure_policy"])
    tx.execute(SQL["lock_policy"])
    made = replace(policy(tx), **changes)
    tx.execute(SQL["set_policy"], vars(made))
    return made


def spent_today(tx: Connection) -> int:
    """Return what engines with a price have cost the tenant since midnight (UTC), millionths of a US dollar."""
    row = tx.execute(SQL["spent_today"]).fetchone()
    assert row is not None
    return int(row[0])


def vehicle(tx: Connection, vehicle_id: UUID) -> Vehicle | None:
    """Return one vehicle of the tenant."""
    with tx.cursor(row_factory=class_row(Vehicle)) as cursor:
        return cursor.execute(SQL["vehicle"], {"id": vehicle_id}).fetchone()


def vehicles(tx: Connection) -> list[Vehicle]:
    """Return the tenant's vehicles, first added first."""
    with tx.cursor(row_factory=class_row(Vehicle)) as cursor:
        return cursor.execute(SQL["vehicles"]).fetchall()


def add_vehicle(
    tx: Connection,
    label: str,
    *,
    make: str | None = None,
    model: str | None = None,
    odometer_unit: Literal["km", "mi"] | None = None,
) -> UUID:
    """Add a vehicle; return its id."""
    vehicle_id = new_id()
    tx.execute(
        SQL["add_vehicle"],
        {"id": vehicle_id, "label": label, "make": make, "model": model, "odometer_unit": odometer_unit},
    )
    return vehicle_id


def add_token(
    tx: Connection, user_id: UUID, name: str, token_hash: bytes, scopes: Sequence[Scope], expires_at: datetime | None
) -> UUID:
    """Keep a token's hash; return the token's id."""
    token_id = new_id()
    tx.execute(
        SQL["add_token"],
        {
            "id": token_id,
            "user_id": user_id,
            "name": name,
            "token_hash": token_hash,
            "scopes": list(scopes),
            "expires_at": expires_at,
        },
    )
    return token_id


def token_owner(tx: Connection, token_hash: bytes) -> TokenOwner | None:
    """Return whose a valid token is."""
    with tx.cursor(row_factory=class_row(TokenOwner)) as cursor:
        return cursor.execute(SQL["token_owner"], {"token_hash": token_hash}).fetchone()


def touch_token(tx: Connection, token_id: UUID) -> None:
    """Note that the token is used."""
    tx.execute(SQL["touch_token"], {"id": token_id})


def tokens(tx: Connection, user_id: UUID | None = None) -> list[TokenRow]:
    """Return the tenant's tokens, or one person's, first made first."""
    with tx.cursor(row_factory=class_row(TokenRow)) as cursor:
        return cursor.execute(SQL["tokens"], {"user_id": user_id}).fetchall()


def revoke_token(tx: Connection, token_id: UUID, user_id: UUID | None = None) -> bool:
    """Make a token invalid; False if there is no such valid token (of this person, if one is named)."""
    return tx.execute(SQL["revoke_token"], {"id": token_id, "user_id": user_id}).rowcount == 1


def log_action(
    tx: Connection,
    action: str,
    subject_type: str | None = None,
    subject_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write an audit log entry: what was done, on what. `details` holds no personal data."""
    tx.execute(
        SQL["log_action"],
        {
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "details": Jsonb(details or {}),
        },
    )
