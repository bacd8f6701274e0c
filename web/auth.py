"""Who is calling: a token of ours, an issuer's, or the session of a browser; for which tenant, and how far."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from fastapi import Depends, Header, Request

from capture.errors import RefusedError
from storage.db import Actor
from storage.queries.tenants import Scope
from web.sessions import COOKIE, READING, session
from worker import bearer, tokens
from worker.services import Services
from worker.tokens import Principal

TENANT_HEADER = "X-Capture-Tenant"

PEOPLE = ("/v1/members", "/v1/tokens", "/v1/sessions")
"""What is below changes who may do what, so writing there takes more than `write`."""

UPLOADING = frozenset(
    {
        ("GET", "/v1/me"),
        ("GET", "/v1/vehicles"),
        ("POST", "/v1/uploads"),
        ("POST", "/v1/uploads/batch"),
        ("POST", "/v1/uploads/{upload_id}/complete"),
    }
)
"""What a token that may only `upload` can do: choose a vehicle and send photos, but see nobody else's."""


def services_of(request: Request) -> Services:
    """Return the process's services."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def caller(
    request: Request,
    services: ServicesDep,
    authorization: Annotated[str | None, Header()] = None,
    tenant: Annotated[str | None, Header(alias=TENANT_HEADER, max_length=100)] = None,
) -> Principal:
    """Return the caller.

    Raises: RefusedError (`token_missing`, `token_invalid`, `scope_insufficient`, of a browser `session_expired`,
    `csrf_invalid`, of an issuer's token `person_unknown`, `email_unverified`, `identity_differs`,
    `tenant_ambiguous`), NotFoundError (`tenant_unknown`).
    """
    if authorization is None and COOKIE in request.cookies:
        return session(request, services).principal
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RefusedError("token_missing", "The request carries no bearer token")
    token = token.strip()
    if bearer.is_jwt(token):
        found = bearer.authenticate(services, token, tenant)
    else:
        found = tokens.authenticate(services, token)
    wanted = scopes_for(request.method, request.scope["route"].path)
    if not wanted & found.scopes:
        raise RefusedError("scope_insufficient", f"The token lacks the scope {' or '.join(sorted(wanted))}")
    return found


def scopes_for(method: str, path: str) -> frozenset[Scope]:
    """Return the scopes of which a token needs one, for an endpoint by its path as it is declared."""
    if method in READING:
        usual: Scope = "read"
    else:
        usual = "people" if path.startswith(PEOPLE) else "write"
    return frozenset({usual, "upload"}) if (method, path) in UPLOADING else frozenset({usual})


CallerDep = Annotated[Principal, Depends(caller)]


def writer(principal: CallerDep) -> Principal:
    """Return a caller who may write.

    Raises: RefusedError (`role_insufficient`).
    """
    if principal.role == "viewer":
        raise RefusedError("role_insufficient", "A viewer may look, not change")
    return principal


WriterDep = Annotated[Principal, Depends(writer)]


def owner(principal: CallerDep) -> Principal:
    """Return a caller who owns the tenant.

    Raises: RefusedError (`role_insufficient`).
    """
    if principal.role != "owner":
        raise RefusedError("role_insufficient", "An owner alone may do that")
    return principal


OwnerDep = Annotated[Principal, Depends(owner)]


def actor_of(request: Request, principal: Principal) -> Actor:
    """Return on whose behalf the request's transactions run, with address and agent for the audit trail."""
    return principal.actor(address_of(request), request.headers.get("user-agent"))


def address_of(request: Request) -> str | None:
    """Return from where a request came; None where that is no address, as a test client's name."""
    try:
        return str(ipaddress.ip_address(request.client.host if request.client else ""))
    except ValueError:
        return None
