"""Sessions of browsers: opened by a link that works once, or by whoever vouches for the person; kept as a hash.

A token names its tenant, so that row level security already guards the look-up of its hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from capture.errors import NotFoundError, RefusedError
from storage.db import SYSTEM, Actor
from storage.queries import sessions as queries
from storage.queries import tenants
from storage.queries.sessions import Method
from worker.services import Services
from worker.tokens import Principal

LINK_TTL_S = 15 * 60
"""How long a sign-in link waits to be used."""

_FORM = re.compile(r"(ses|link)_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `csrf`: what its writing requests must carry besides the cookie."""

    id: UUID
    principal: Principal
    name: str
    email: str
    tenant: str
    expires_at: datetime
    csrf: str


def make_link(services: Services, tenant_id: UUID, user_id: UUID, ttl_s: int = LINK_TTL_S) -> str:
    """Make a token that signs a member in once; return it, for this is the only time that it is known."""
    token = _token("link", tenant_id)
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        link_id = queries.add_link(tx, user_id, _digest(token), ttl_s)
        tenants.log_action(tx, "signin_link.created", "signin_link", link_id)
    return token


def open_with_link(services: Services, link: str, client: Actor) -> str:
    """Use a link up and open a session; return the session's token. `client`: where the request came from.

    Raises: RefusedError (`link_invalid`), the same for every reason.
    """
    tenant_id = _tenant_of("link", link)
    if tenant_id is not None:
        with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
            user_id = queries.use_link(tx, _digest(link))
        if user_id is not None:
            return open_session(services, tenant_id, user_id, "link", client)
    raise RefusedError("link_invalid", "The sign-in link is unknown, used or expired")


def open_session(services: Services, tenant_id: UUID, user_id: UUID, method: Method, client: Actor) -> str:
    """Open a session of a member; return its token."""
    token = _token("ses", tenant_id)
    actor = Actor("person", user_id, client.client_ip, client.user_agent)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        session_id = queries.add(tx, user_id, _digest(token), method, services.settings.session_ttl_s)
        tenants.log_action(tx, "session.opened", "session", session_id, {"method": method})
    return token


def session_of(services: Services, token: str) -> Session:
    """Return the session of a token, with the role that the person has now.

    Raises: RefusedError (`session_expired`), the same for every reason.
    """
    tenant_id = _tenant_of("ses", token)
    if tenant_id is not None:
        with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
            row = queries.find(tx, _digest(token))
            if row is not None:
                queries.touch(tx, row.id)
        if row is not None:
            return Session(
                id=row.id,
                principal=Principal(tenant_id, row.user_id, row.role, session_id=row.id),
                name=row.name,
                email=row.email,
                tenant=row.tenant,
                expires_at=row.expires_at,
                csrf=hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest(),
            )
    raise RefusedError("session_expired", "The session is unknown, expired or ended")


def end(services: Services, session: Session, client: Actor) -> None:
    """End a session. Ending it again changes nothing."""
    with services.db.tenant_tx(session.principal.tenant_id, client) as tx:
        if queries.end(tx, session.id):
            tenants.log_action(tx, "session.ended", "session", session.id)


def tenants_of(services: Services, user_id: UUID) -> list[tenants.Tenant]:
    """Return the tenants to which a person belongs."""
    with services.db.ops_tx() as tx:
        return queries.tenants_of(tx, user_id)


def switch(services: Services, session: Session, tenant_id: UUID, client: Actor) -> str:
    """End a session and open one of the same person in another tenant; return its token.

    Raises: NotFoundError (`tenant_unknown`) where the person does not belong to it, or there is none.
    """
    with services.db.tenant_tx(tenant_id, client) as tx:
        role = queries.role_of(tx, session.principal.user_id)
    if role is None:
        raise NotFoundError("tenant_unknown", "You belong to no such tenant")
    token = open_session(services, tenant_id, session.principal.user_id, "switch", client)
    end(services, session, client)
    return token


def _token(kind: str, tenant_id: UUID) -> str:
    return f"{kind}_{tenant_id.hex}_{secrets.token_urlsafe(32)}"


def _tenant_of(kind: str, token: str) -> UUID | None:
    match = _FORM.fullmatch(token)
    return UUID(match[2]) if match is not None and match[1] == kind else None


def _digest(token: str) -> bytes:
    """Return what is kept of a token. It has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).digest()
