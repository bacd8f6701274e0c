"""Errors -> answers: a problem document for programs, a page for people."""

from __future__ import annotations

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from capture.errors import ADVICE, HTTP_STATUS, CaptureError, RefusedError, frames
from web.answers import problem
from web.pages.rendering import page
from web.sessions import READING, session
from worker.services import Services
from worker.sessions import Session

log = logging.getLogger(__name__)


def register(app: FastAPI) -> None:
    """Answer every error in one form."""
    app.add_exception_handler(CaptureError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaptureError)
    return _answer(request, error.http_status, error.code, error.message)


def _invalid(request: Request, error: Exception) -> Response:
    """Name the wrong fields, never their values."""
    assert isinstance(error, RequestValidationError)
    names = sorted({".".join(str(part) for part in issue["loc"]) for issue in error.errors()})
    return _ours(request, RefusedError("request_invalid", f"The request is wrong in: {', '.join(names)}"))


def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "path_unknown", 405: "method_wrong"}.get(error.status_code, "request_invalid")
    status = HTTP_STATUS.get(code, error.status_code)  # what cannot be parsed is as wrong as what does not fit
    return _answer(request, status, code, f"{error.detail}. {ADVICE[code]}")


def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("unforeseen: %s%s", type(error).__name__, frames(error))
    return _answer(request, 500, "internal", f"Something went wrong here. {ADVICE['internal']}")


def _answer(request: Request, status: int, code: str, message: str) -> Response:
    if not _for_a_person(request):
        return problem(status, code, message)
    if code == "session_expired":
        whole = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/signin?next={quote(whole, safe='')}", 303)
    heading = "There is no such page" if status == 404 else "That did not work"
    if code == "path_unknown":  # the advice of this code is for programs
        message = "The address may be mistyped, or the page has moved."
    return page(request, _visitor(request), "error.html", status, heading=heading, message=message, code=code)


def _for_a_person(request: Request) -> bool:
    wants = "text/html" in request.headers.get("accept", "")
    return wants and request.method in READING and not request.url.path.startswith(("/v1/", "/static/"))


def _visitor(request: Request) -> Session | None:
    """Return who looks, for the bar at the top; an error's page is shown whether or not that can be told."""
    services: Services = request.app.state.services
    try:
        return session(request, services)
    except CaptureError:
        return None
