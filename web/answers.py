"""The one form of an error answer: a problem document, as RFC 9457 says, with our stable code."""

from __future__ import annotations

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
