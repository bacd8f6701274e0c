"""Tokens and sessions: what lets a program or a browser act for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from capture.errors import NotFoundError, RefusedError
from storage.queries import people, tenants
from storage.queries.sessions import Method
from storage.queries.tenants import Scope
from web.api.people import Name
from web.auth import CallerDep, ServicesDep, actor_of
from web.openapi import answers
from web.paging import Page
from worker import tokens

router = APIRouter(prefix="/v1", tags=["credentials"])

YEAR_DAYS = 366
SCANNER: dict[str, Any] = {
    "id": "019a0b3c-5f7e-7d10-a1f0-55cf0fd4a001",
    "user_id": "019a0b3c-5f7e-7cc1-9c55-0a4de81d6d21",
    "email": "anna@example.com",
    "name": "Scanner at the gate",
    "scopes": ["upload"],
    "created_at": "2026-11-02T08:00:00Z",
    "expires_at": "2027-01-31T08:00:00Z",
    "revoked_at": None,
    "last_used_at": None,
}


class TokenOut(BaseModel):
    """A token without its secret. `expires_at` null: until it is revoked."""

    model_config = ConfigDict(json_schema_extra={"examples": [SCANNER]})

    id: UUID
    user_id: UUID
    email: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewToken(BaseModel):
    """A token to make. `days`: how long it is valid; null for as long as it is not revoked.

    Scopes: `read` looks, `upload` sends photos and no more, `write` does what managers do, `people` changes members,
    tokens and sessions; all within the person's role.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Scanner at the gate", "scopes": ["upload"], "days": 90}]},
    )

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)] = list(tokens.USUAL)
    days: Annotated[int, Field(ge=1, le=10 * YEAR_DAYS)] | None = 90


class MadeToken(TokenOut):
    """A token and, this once, its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**SCANNER, "token": "cap_…"}]})

    token: str


class SessionOut(BaseModel):
    """A browser that is signed in. `current`: the caller's own; `user_agent`, `address`: what opened it, if known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019a0b3c-5f7e-7b77-8c11-9ad2f7c2b002",
                    "method": "oidc",
                    "created_at": "2026-11-20T08:00:00Z",
                    "last_seen_at": "2026-11-20T09:30:00Z",
                    "expires_at": "2026-12-20T08:00:00Z",
                    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0",
                    "address": "192.0.2.7",
                    "current": True,
                }
            ]
        }
    )

    id: UUID
    method: Method
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str | None
    address: str | None
    current: bool


class Ended(BaseModel):
    """How many sessions have ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ended": 2}]})

    ended: int


@router.get("/tokens")
def list_tokens(request: Request, services: ServicesDep, caller: CallerDep) -> Page[TokenOut]:
    """List the caller's tokens in the tenant, or everybody's for an owner; without their secrets; on one page."""
    whose = None if caller.role == "owner" else caller.user_id
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        return Page[TokenOut](items=[TokenOut.model_validate(vars(row)) for row in tenants.tokens(tx, whose)])


@router.post("/tokens", status_code=201)
def make_token(request: Request, services: ServicesDep, caller: CallerDep, said: NewToken) -> MadeToken:
    """Make a token for the caller; its secret is told this once. A token makes none that may do more than itself."""
    if not caller.scopes >= set(said.scopes):
        raise RefusedError("scope_insufficient", "A token makes none that may do more than itself")
    expires = None if said.days is None else datetime.now(UTC) + timedelta(days=said.days)
    actor = actor_of(request, caller)
    token_id, secret = tokens.make(services, caller.tenant_id, caller.user_id, said.name, expires, said.scopes, actor)
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        (row,) = [one for one in tenants.tokens(tx, caller.user_id) if one.id == token_id]
    return MadeToken.model_validate({**vars(row), "token": secret})


@router.delete("/tokens/{token_id}", status_code=204, responses=answers("token_unknown"))
def revoke_token(request: Request, services: ServicesDep, caller: CallerDep, token_id: UUID) -> None:
    """Make a token invalid at once: one's own, or anybody's for an owner."""
    whose = None if caller.role == "owner" else caller.user_id
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        if not tenants.revoke_token(tx, token_id, whose):
            raise NotFoundError("token_unknown", "There is no such valid token")
        tenants.log_action(tx, "token.revoked", "api_token", token_id)


@router.get("/sessions")
def list_sessions(request: Request, services: ServicesDep, caller: CallerDep) -> Page[SessionOut]:
    """List the caller's browsers that are signed in to the tenant, on one page."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = people.sessions(tx, caller.user_id)
    return Page[SessionOut](
        items=[SessionOut.model_validate({**vars(row), "current": row.id == caller.session_id}) for row in rows]
    )


@router.delete("/sessions/{session_id}", status_code=204, responses=answers("session_unknown"))
def end_session(request: Request, services: ServicesDep, caller: CallerDep, session_id: UUID) -> None:
    """End one of the caller's sessions."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        if not people.end_session(tx, caller.user_id, session_id):
            raise NotFoundError("session_unknown", "There is no such session")
        tenants.log_action(tx, "session.ended", "session", session_id)


@router.delete("/sessions")
def end_other_sessions(request: Request, services: ServicesDep, caller: CallerDep) -> Ended:
    """End the caller's sessions in the tenant, but the one that asks."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        ended = people.end_others(tx, caller.user_id, caller.session_id)
        for session_id in ended:
            tenants.log_action(tx, "session.ended", "session", session_id)
    return Ended(ended=len(ended))
