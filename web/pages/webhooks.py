"""Where the tenant is told of its events, and how each telling went."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from capture.webhooks import PING, TYPES
from storage.queries import webhooks as queries
from web.auth import ServicesDep, actor_of
from web.pages.rendering import page
from web.sessions import VisitorDep
from worker.webhooks import shortened

router = APIRouter(include_in_schema=False)

MOST = 100
SHOWN = 10
"""How many deliveries of each webhook are shown; the API lists all."""

NAMES = {
    "event.recorded": "Recorded",
    "event.flagged": "Flagged",
    "event.accepted": "Accepted again",
    "event.verified": "Confirmed",
    "event.corrected": "Corrected",
    "event.rejected": "Rejected",
    "event.voided": "Voided",
    "event.moved": "Moved",
    PING: "Test message",
}
"""Types of messages in words."""

STATES = {"pending": ("Waiting", "warn"), "delivered": ("Arrived", "good"), "dead": ("Given up", "bad")}


@router.get("/webhooks")
def show(request: Request, services: ServicesDep, visitor: VisitorDep) -> HTMLResponse:
    """Show the webhooks, each with what was sent last. A viewer sees no more of an address than its host."""
    caller = visitor.principal
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        found = queries.find(tx, limit=MOST)
        sent = {one.id: queries.deliveries(tx, one.id, limit=SHOWN) for one in found}
    return page(
        request,
        visitor,
        "webhooks.html",
        webhooks=found,
        addresses={one.id: shortened(one.url) if caller.role == "viewer" else one.url for one in found},
        sent=sent,
        writes=caller.role != "viewer",
        types=TYPES,
        names=NAMES,
        states=STATES,
    )
