"""Events: what the photos say."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from capture.events import EventType
from capture.events.base import Flag
from capture.review import ReviewState
from storage.db import Connection
from storage.queries import events as queries
from storage.queries import related
from web.auth import CallerDep, ServicesDep, actor_of
from worker.explaining import explained

router = APIRouter(prefix="/v1", tags=["events"])


class PartnerOut(BaseModel):
    """An event of the same stop: the slip beside the dashboard, or the other way round."""

    event_id: UUID
    event_type: EventType
    occurred_at: datetime


class EventOut(BaseModel):
    """An event. `confidence` 0 to 100, null where nobody has measured it."""

    id: UUID
    event_type: EventType
    vehicle_id: UUID
    vehicle: str
    upload_id: UUID | None
    source: str
    payload: dict[str, Any]
    confidence: int | None
    flagged: bool
    flag_reasons: list[Flag]
    review_state: ReviewState
    occurred_at: datetime
    occurred_at_source: str
    reviewed_at: datetime | None
    version: int
    created_at: datetime
    partners: list[PartnerOut]
    """What was photographed of the vehicle at the same stop."""


class ReasonOut(BaseModel):
    """One thing that was said for or against an event."""

    kind: str
    code: str
    sentence: str
    created_at: datetime


class EventExplained(EventOut):
    """An event and why it stands as it does: in words, and every reason that was ever given.

    `probability`: of being right, 0 to 1, of which `confidence` is the percentage; `field_confidence`: by field.
    `prose`: the explanation in a model's words, where somebody asked for it (`capture show --prose`).
    """

    probability: float | None
    field_confidence: dict[str, float]
    explanation: str
    prose: str | None
    reasons: list[ReasonOut]


def events_out(tx: Connection, rows: list[queries.EventRow]) -> list[EventOut]:
    """Return events as the API shows them."""
    partners = related.partners_of(tx, [row.id for row in rows])
    return [
        EventOut.model_validate(
            {
                **vars(row),
                "upload_id": row.source_upload_id,
                "flagged": row.review_state == "flagged",
                "partners": [
                    PartnerOut(event_id=one.partner_id, event_type=one.event_type, occurred_at=one.occurred_at)
                    for one in partners
                    if one.event_id == row.id
                ],
            }
        )
        for row in rows
    ]


@router.get("/events")
def list_events(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    event_type: EventType | None = None,
    review_state: ReviewState | None = None,
    vehicle_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> list[EventOut]:
    """List events, newest first."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = queries.find(tx, event_type=event_type, review_state=review_state, vehicle_id=vehicle_id, limit=limit)
        return events_out(tx, rows)


@router.get("/events/{event_id}")
def show(request: Request, services: ServicesDep, caller: CallerDep, event_id: UUID) -> EventExplained:
    """Show an event, and why it was accepted or flagged. Who opened an event cannot answer it blindly."""
    found = explained(services, caller.tenant_id, actor_of(request, caller), event_id)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        (plain,) = events_out(tx, [found.event])
    shown = {**plain.model_dump(), **vars(found.facts), "explanation": found.paragraph, "prose": found.prose}
    shown.pop("because")
    return EventExplained.model_validate({**shown, "reasons": [vars(reason) for reason in found.reasons]})
