"""Signing in at the installation's identity provider."""

from __future__ import annotations

from dataclasses import astuple
from typing import Annotated
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from capture.errors import CaptureError, RefusedError
from storage.db import Actor
from web.auth import ServicesDep, address_of
from web.pages.signin import inside, signin_page
from web.sessions import TENANT_COOKIE, over_tls, set_cookie
from worker import sessions
from worker.identities import person_of
from worker.oidc import Ticket, failed
from worker.services import Services

router = APIRouter(include_in_schema=False)

TICKET = "capture_ticket"
CALLBACK = "/signin/oidc/callback"
PATIENCE_S = 600
"""How long somebody may take at the provider."""


@router.get("/signin/oidc")
def go(request: Request, services: ServicesDep) -> Response:
    """Send the browser to the provider; what ties the answer to it stays in a cookie that no script reads."""
    next_ = inside(request.query_params.get("next", "/"))
    try:
        address, ticket = services.provider.start(_back(request, services))
    except CaptureError as error:
        return signin_page(request, services, next_, error)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        TICKET,
        ":".join((*astuple(ticket), quote(next_, safe=""))),
        max_age=PATIENCE_S,
        path="/signin/oidc",
        httponly=True,
        samesite="lax",
        secure=over_tls(request),
    )
    return answer


@router.get(CALLBACK)
def come_back(
    request: Request,
    services: ServicesDep,
    code: Annotated[str, Query(max_length=4_000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Take the provider's answer, and open a session of the person."""
    ticket, next_ = _ticket(request)
    client = Actor("person", None, address_of(request), request.headers.get("user-agent"))
    try:
        if ticket is None:
            raise failed("The attempt was not begun in this browser, or too long ago")
        if not code:
            raise failed("The provider has not let you in")
        account = services.provider.finish(code, state, ticket, _back(request, services))
        user_id = person_of(services, account)
        tenant_id = _tenant(request, services, user_id)
        token = sessions.open_session(services, tenant_id, user_id, "oidc", client)
    except CaptureError as error:
        answer: Response = signin_page(request, services, next_, error)
    else:
        answer = RedirectResponse(next_, 303)
        set_cookie(request, answer, token, services.settings.session_ttl_s)
    answer.delete_cookie(TICKET, path="/signin/oidc", httponly=True, samesite="lax")
    return answer


def _back(request: Request, services: Services) -> str:
    """Return where the provider sends the browser; it lets pass only what was registered there."""
    base = services.settings.public_url or str(request.base_url)
    return base.rstrip("/") + CALLBACK


def _ticket(request: Request) -> tuple[Ticket | None, str]:
    parts = request.cookies.get(TICKET, "").split(":")
    if len(parts) != 4 or not all(parts):
        return None, "/"
    return Ticket(*parts[:3]), inside(unquote(parts[3]))


def _tenant(request: Request, services: Services, user_id: UUID) -> UUID:
    """Return where a person works: as last time in this browser, else the first tenant by name.

    Raises: RefusedError (`person_unknown`).
    """
    found = sessions.tenants_of(services, user_id)
    if not found:
        raise RefusedError("person_unknown", "No organisation here has let you in")
    last = request.cookies.get(TENANT_COOKIE, "")
    return next((one.id for one in found if one.id.hex == last), found[0].id)
