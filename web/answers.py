"""The one form of an error answer: a problem document, as RFC 9457 says, with our stable code."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

PROBLEM = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, and what to do next.

    `type`: names the code as a URI. `title`: the code in words. `detail`: what happened here and what to do.
    `code`: stable; docs/reference/errors.md lists them.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str


_MEANING = {
    401: "Nobody is signed in, or the token is not valid.",
    403: "The role, the scope of the token or the word of the session does not allow it.",
    404: "There is no such thing, or not for this tenant: both look the same.",
    409: "The state of the thing does not allow it now.",
    422: "The request is wrong in the named fields.",
    503: "A service that is needed does not answer; the same request may work later.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return an endpoint's error answers for its description: these, and those that every caller may get."""
    told = sorted({401, 403, 404, 422, 503, *statuses})
    return {status: {"model": Problem, "description": _MEANING[status]} for status in told}


def problem(status: int, code: str, message: str) -> JSONResponse:
    """Return an error as a problem document."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(said_of(status, code, message).model_dump(), status, headers, media_type=PROBLEM)


def said_of(status: int, code: str, message: str) -> Problem:
    """Return what a problem document says of an error."""
    return Problem(
        type=f"urn:motomind:error:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=message,
        code=code,
    )
