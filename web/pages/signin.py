"""Signing in and out, and moving to another tenant."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from capture.errors import RefusedError
from storage.db import Actor
from web.auth import ServicesDep, address_of
from web.pages.rendering import page
from web.sessions import VisitorDep, clear_cookie, set_cookie
from worker import sessions

router = APIRouter(include_in_schema=False)


@router.get("/signin")
def show_signin(request: Request, next_: str = "/") -> HTMLResponse:
    """Show how to sign in. A link carries its token behind `#`, where no log sees it."""
    return page(request, None, "signin.html", next=inside(request.query_params.get("next", next_)), error=None)


@router.post("/signin")
def sign_in(
    request: Request,
    services: ServicesDep,
    link: Annotated[str, Form(max_length=200)],
    next_: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Use a link up: open a session, or say that the link is not valid."""
    _from_our_page(request)
    try:
        token = sessions.open_with_link(services, link.strip().rpartition("#")[2], _client(request))
    except RefusedError as error:
        return page(request, None, "signin.html", error.http_status, next=inside(next_), error=error.message)
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


def inside(path: str) -> str:
    """Return a path of ours; the first page where it leads elsewhere."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    return path if ours else "/"


def _client(request: Request, visitor: sessions.Session | None = None) -> Actor:
    user_id = None if visitor is None else visitor.principal.user_id
    return Actor("person", user_id, address_of(request), request.headers.get("user-agent"))


def _from_our_page(request: Request) -> None:
    """Refuse a form that another site has sent, which would sign somebody in as another.

    Raises: RefusedError (`csrf_invalid`).
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise RefusedError("csrf_invalid", "The form was sent by another site")
