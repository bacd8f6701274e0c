"""Bearer tokens: made once, shown once, kept as a hash.

A token names its tenant, so that row level security already guards the look-up of its hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from capture.errors import RefusedError
from storage.db import SYSTEM, Actor
from storage.queries import tenants
from worker.services import Services

_FORM = re.compile(r"cap_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Principal:
    """Who is calling: a person, in one tenant, with a role."""

    tenant_id: UUID
    user_id: UUID
    role: tenants.Role

    def actor(self, client_ip: str | None, user_agent: str | None) -> Actor:
        """Return on whose behalf a transaction runs."""
        return Actor("person", self.user_id, client_ip, user_agent)


def create(services: Services, tenant_id: UUID, user_id: UUID, name: str, expires_at: datetime | None = None) -> str:
    """Make a token for a member of a tenant; return it, for this is the only time that it is known."""
    token = f"cap_{tenant_id.hex}_{secrets.token_urlsafe(32)}"
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        token_id = tenants.add_token(tx, user_id, name, _digest(token), expires_at)
        tenants.log_action(tx, "token.created", "api_token", token_id)
    return token


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
            return Principal(tenant_id, *owner)
    raise RefusedError("token_invalid", "The token is unknown, expired or revoked")


def _digest(token: str) -> bytes:
    """Return what is kept of a token. It has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).digest()
