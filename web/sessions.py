"""The browser's session: a cookie that no script reads, and a word that writing requests carry besides it."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request, Response

from capture.errors import RefusedError
from worker.services import Services
from worker.sessions import Session, session_of

COOKIE = "capture_session"
TENANT_COOKIE = "capture_tenant"
"""Where the browser worked last: no right follows from it, only where the next sign-in leads."""

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def over_tls(request: Request) -> bool:
    """Tell whether the browser reaches us over TLS, be it that a proxy in front of us speaks it."""
    settings = request.app.state.services.settings
    return request.url.scheme == "https" or bool(settings.public_url.startswith("https://"))


def set_cookie(request: Request, response: Response, token: str, ttl_s: int) -> None:
    """Give the browser its session; over TLS, it is sent over TLS alone."""
    secure = over_tls(request)
    response.set_cookie(COOKIE, token, max_age=ttl_s, path="/", httponly=True, samesite="lax", secure=secure)
    response.set_cookie(
        TENANT_COOKIE, token.split("_")[1], max_age=ttl_s, path="/signin", httponly=True, samesite="lax", secure=secure
    )


def clear_cookie(response: Response) -> None:
    """Take the session out of the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def session(request: Request, services: Services) -> Session:
    """Return the browser's session.

    A request that writes and comes without the session's word was made by another site, or from a page of a session
    that has ended.

    Raises: RefusedError (`session_expired`, `csrf_invalid`).
    """
    found = session_of(services, request.cookies.get(COOKIE, ""))
    if request.method not in READING and not hmac.compare_digest(
        request.headers.get(CSRF_HEADER, "").encode(), found.csrf.encode()
    ):
        raise RefusedError("csrf_invalid", "The request does not carry the word of its session")
    return found


def visitor(request: Request) -> Session:
    """Return who looks at a page.

    Raises: RefusedError (`session_expired`, `csrf_invalid`); a page answers the first with the way to sign in.
    """
    services: Services = request.app.state.services
    return session(request, services)


VisitorDep = Annotated[Session, Depends(visitor)]
