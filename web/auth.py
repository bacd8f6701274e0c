"""Who is calling: a bearer token, or the session of a browser; each bound to a tenant and a user."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from fastapi import Depends, Header, Request

from capture.errors import RefusedError
from storage.db import Actor
from web.sessions import COOKIE, session
from worker.services import Services
from worker.tokens import Principal, authenticate


def services_of(request: Request) -> Services:
    """Return the process's services."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def caller(request: Request, services: ServicesDep, authorization: Annotated[str | None, Header()] = None) -> Principal:
    """Return the caller.

    Raises: RefusedError (`token_missing`, `token_invalid`; of a browser `session_expired`, `csrf_invalid`).
    """
    if authorization is None and COOKIE in request.cookies:
        return session(request, services).principal
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RefusedError("token_missing", "The request carries no bearer token")
    return authenticate(services, token.strip())


CallerDep = Annotated[Principal, Depends(caller)]


def writer(principal: CallerDep) -> Principal:
    """Return a caller who may write.

    Raises: RefusedError (`role_insufficient`).
    """
    if principal.role == "viewer":
        raise RefusedError("role_insufficient", "A viewer may look, not change")
    return principal


WriterDep = Annotated[Principal, Depends(writer)]


def actor_of(request: Request, principal: Principal) -> Actor:
    """Return on whose behalf the request's transactions run, with address and agent for the audit trail."""
    return principal.actor(address_of(request), request.headers.get("user-agent"))


def address_of(request: Request) -> str | None:
    """Return from where a request came; None where that is no address, as a test client's name."""
    try:
        return str(ipaddress.ip_address(request.client.host if request.client else ""))
    except ValueError:
        return None
