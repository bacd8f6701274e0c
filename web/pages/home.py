"""The first page: a phone goes to the camera, a desk to the doubtful events."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from web.sessions import VisitorDep

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, visitor: VisitorDep) -> RedirectResponse:  # noqa: ARG001 (who is not signed in is sent there)
    """Go to where the device is most useful."""
    phone = request.headers.get("sec-ch-ua-mobile") == "?1" or "Mobi" in request.headers.get("user-agent", "")
    return RedirectResponse("/capture" if phone else "/review", 303)
