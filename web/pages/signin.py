"""Signing in and out, and moving to another tenant."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from capture.errors import CaptureError, RefusedError
from storage.db import Actor
from web.auth import ServicesDep, address_of
from web.pages.rendering import page
from web.sessions import VisitorDep, clear_cookie, set_cookie
from worker import sessions
from worker.services import Services

router = APIRouter(include_in_schema=False)


@router.get("/signin")
def show_signin(request: Request, services: ServicesDep) -> HTMLResponse:
    """Show how to sign in. A link carries its token behind `#`, where no log sees it."""
    return signin_page(request, services, inside(request.query_params.get("next", "/")))


@router.get("/signin/done")
def show_done(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """Say that one is signed in again; a page that waits for it in another tab goes on by itself."""
    return page(request, visitor, "signin_done.html")


@router.get("/session")
def show_session(visitor: VisitorDep) -> JSONResponse:
    """Tell a page that was left open whose session the browser has now, and its word.

    No other site can read it, for we let none read across origins.
    """
    said = {
        "csrf": visitor.csrf,
        "who": f"{visitor.principal.user_id} {visitor.principal.tenant_id}",
        "name": visitor.name,
        "tenant": visitor.tenant,
        "expires_at": visitor.expires_at.isoformat(),
    }
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


@router.post("/signin")
def sign_in(
    request: Request,
    services: ServicesDep,
    link: Annotated[str, Form(max_length=200)],
    next_: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Use a link up: open a session, or say that the link is not valid."""
    _from_our_page(request, services)
    try:
        token = sessions.open_with_link(services, link.strip().rpartition("#")[2], _client(request))
    except RefusedError as error:
        return signin_page(request, services, inside(next_), error)
    answer = RedirectResponse(inside(next_), 303)
    set_cookie(request, answer, token, services.settings.session_ttl_s)
    return answer


@router.post("/signout")
def sign_out(request: Request, services: ServicesDep, visitor: VisitorDep) -> Response:
    """End the session."""
    sessions.end(services, visitor, _client(request, visitor))
    answer = JSONResponse({"next": "/signin"})
    clear_cookie(answer)
    return answer


@router.post("/switch/{tenant_id}")
def switch(request: Request, services: ServicesDep, visitor: VisitorDep, tenant_id: UUID) -> Response:
    """Move the session to another tenant of the same person."""
    token = sessions.switch(services, visitor, tenant_id, _client(request, visitor))
    answer = JSONResponse({"next": "/"})
    set_cookie(request, answer, token, services.settings.session_ttl_s)
    return answer


def signin_page(request: Request, services: Services, next_: str, error: CaptureError | None = None) -> HTMLResponse:
    """Return the page that signs in, with what went wrong before. `next_`: a path of ours, where it leads."""
    return page(
        request,
        None,
        "signin.html",
        200 if error is None else error.http_status,
        next=next_,
        error=None if error is None else error.message,
        provider=services.settings.oidc_name if services.provider.on else None,
    )


def inside(path: str) -> str:
    """Return a path of ours; the first page where it leads elsewhere."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"


def _client(request: Request, visitor: sessions.Session | None = None) -> Actor:
    user_id = None if visitor is None else visitor.principal.user_id
    return Actor("person", user_id, address_of(request), request.headers.get("user-agent"))


def _from_our_page(request: Request, services: Services) -> None:
    """Refuse a form that another site has sent, which would sign somebody in as another.

    Browsers say from where a form comes; without TLS, and old ones, by its origin alone.
    Raises: RefusedError (`csrf_invalid`).
    """
    site, sender = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        ours = site in {"same-origin", "none"}
    else:
        known = {request.headers.get("host", ""), urlsplit(services.settings.public_url).netloc}
        ours = sender is None or urlsplit(sender).netloc in known - {""}
    if not ours:
        raise RefusedError("csrf_invalid", "The form was sent by another site")
