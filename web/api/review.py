"""Review: what waits for a person, and answers of people who were not shown what was read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from capture.errors import RefusedError
from capture.events import EventType
from capture.events.base import Flag
from capture.sampling import asked
from storage.queries import Place, blind
from web.api.events import EventOut, events_out
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from web.paging import Cursor, Limit, Page, page, place
from worker.answering import answer_event, photo_url, waiting
from worker.services import Services

router = APIRouter(prefix="/v1", tags=["review"])


class WaitingOut(BaseModel):
    """An event that waits for a person. `blind`: payload, confidence and flags are withheld; `asked`: what to answer.

    `photo_url`: where the photo can be seen for a while; null where it was deleted.
    """

    id: UUID
    event_type: EventType
    vehicle_id: UUID
    vehicle: str
    upload_id: UUID | None
    blind: bool
    asked: list[str]
    payload: dict[str, Any] | None
    confidence: int | None
    flag_reasons: list[Flag]
    occurred_at: datetime
    created_at: datetime
    photo_url: str | None


class BlindAnswer(BaseModel):
    """What the photo shows: payload fields and their values, null for one that it does not show; or no such event."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any] | None = None
    no_event: bool = False


@router.get("/review", responses=answers("cursor_invalid"))
def list_waiting(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[WaitingOut]:
    """List what waits for a person, oldest first: flagged events and, without what was read, blind samples."""
    rows = waiting(services, caller.tenant_id, actor_of(request, caller), limit + 1, place("review", cursor))
    return page(
        "review",
        rows,
        limit,
        lambda row: Place(row.created_at, row.id),
        lambda some: [_out(services, row) for row in some],
    )


@router.post(
    "/review/{event_id}/answer",
    responses=answers("event_unknown", "sample_unknown", "already_decided", "answer_seen", "payload_invalid"),
)
def answer(request: Request, services: ServicesDep, caller: WriterDep, event_id: UUID, said: BlindAnswer) -> EventOut:
    """Answer a blind sample: the same as was read verifies the event, all else corrects it, no event rejects it."""
    if (said.values is None) != said.no_event:
        raise RefusedError("request_invalid", "An answer has either values or no_event")
    actor = actor_of(request, caller)
    row = answer_event(services, caller.tenant_id, actor, event_id, said.values).event
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        return events_out(tx, [row])[0]


def _out(services: Services, row: blind.Waiting) -> WaitingOut:
    hidden = {"bucket", "object_key", "object_version"}
    shown = {name: value for name, value in vars(row).items() if name not in hidden}
    fields = list(asked(row.event_type)) if row.blind else []
    return WaitingOut.model_validate({**shown, "asked": fields, "photo_url": photo_url(services, row)})
