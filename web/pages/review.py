"""The review desk: one doubtful event after another, answered by keyboard."""

from __future__ import annotations

import json
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.auth import ServicesDep, actor_of
from web.pages.rendering import page
from web.sessions import VisitorDep
from worker import desk

router = APIRouter(include_in_schema=False)


@router.get("/review")
def show(
    request: Request, services: ServicesDep, visitor: VisitorDep, event: UUID | None = None, vehicle: UUID | None = None
) -> HTMLResponse:
    """Show the desk. `event`: begin with this one; `vehicle`: of this vehicle alone."""
    principal = visitor.principal
    liked = desk.preferences(services, principal.tenant_id, actor_of(request, principal))
    start = {"event": str(event or ""), "vehicle": str(vehicle or ""), "user": str(principal.user_id)}
    return page(
        request,
        visitor,
        "review.html",
        order=liked.ordering,
        start=start,
        keys=json.dumps({"on": liked.keys_on, "keys": liked.keys}),
        writes=principal.role != "viewer",
    )
