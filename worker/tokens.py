"""Bearer tokens: made once, shown once, kept as a hash.

A token names its tenant, so that row level security already guards the look-up of its hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from uuid import UUID

from capture.errors import RefusedError
from storage.db import SYSTEM, Actor
from storage.queries import tenants
from worker.services import Services

_FORM = re.compile(r"cap_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")


ALL_SCOPES: frozenset[tenants.Scope] = frozenset(get_args(tenants.Scope))
USUAL: tuple[tenants.Scope, ...] = ("read", "write")
"""What a token may be used for where nobody says it."""


@dataclass(frozen=True)
class Principal:
    """Who is calling: a person, in one tenant, with a role.

    `scopes`: what the credential may be used for. `bound`: it is good for this tenant alone, so that nothing of the
    person's other tenants is told to who holds it. `session_id`: of a browser.
    """

    tenant_id: UUID
    user_id: UUID
    role: tenants.Role
    scopes: frozenset[tenants.Scope] = ALL_SCOPES
    bound: bool = False
    session_id: UUID | None = None

    def actor(self, client_ip: str | None, user_agent: str | None) -> Actor:
        """Return on whose behalf a transaction runs."""
        return Actor("person", self.user_id, client_ip, user_agent)


def create(
    services: Services,
    tenant_id: UUID,
    user_id: UUID,
    name: str,
    expires_at: datetime | None = None,
    scopes: Sequence[tenants.Scope] = USUAL,
) -> str:
    """Make a token for a member of a tenant, as set-up does; return it: this is the only time that it is known."""
    return make(services, tenant_id, user_id, name, expires_at, scopes, SYSTEM)[1]


def make(
    services: Services,
    tenant_id: UUID,
    user_id: UUID,
    name: str,
    expires_at: datetime | None,
    scopes: Sequence[tenants.Scope],
    actor: Actor,
) -> tuple[UUID, str]:
    """Make a token for a member of a tenant; return its id and, for this is the only time that it is known, itself."""
    token = f"cap_{tenant_id.hex}_{secrets.token_urlsafe(32)}"
    kept = [scope for scope in get_args(tenants.Scope) if scope in scopes]
    with services.db.tenant_tx(tenant_id, actor) as tx:
        token_id = tenants.add_token(tx, user_id, name, _digest(token), kept, expires_at)
        tenants.log_action(tx, "token.created", "api_token", token_id, {"scopes": kept})
    return token_id, token


def authenticate(services: Services, token: str) -> Principal:
    """Return who a token stands for.

    Raises: RefusedError (`token_invalid`), the same for every reason.
    """
    match = _FORM.fullmatch(token)
    if match is not None:
        tenant_id = UUID(match[1])
        with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
            owner = tenants.token_owner(tx, _digest(token))
            if owner is not None:
                tenants.touch_token(tx, owner.id)
        if owner is not None:
            return Principal(tenant_id, owner.user_id, owner.role, frozenset(owner.scopes), bound=True)
    raise RefusedError("token_invalid", "The token is unknown, expired or revoked")


def _digest(token: str) -> bytes:
    """Return what is kept of a token. It has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).digest()
