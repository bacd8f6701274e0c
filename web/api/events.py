"""Events: what the photos say."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from capture.events import EventType
from capture.events.base import Flag
from capture.review import ReviewState
from storage.db import Connection
from storage.queries import Place, audit, blind, related
from storage.queries import events as queries
from web.auth import CallerDep, ServicesDep, actor_of
from web.openapi import answers
from web.paging import Cursor, Limit, Page, page, place
from web.values import Since, Text, Until
from worker.deciding import Decided
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
    payload: dict[str, Any] = Field(
        examples=[{"payload_version": 1, "source": "odometer", "reading": 123456, "unit": "mi", "miles": 123456}]
    )
    confidence: int | None = Field(ge=0, le=100)
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


class EffectOut(BaseModel):
    """What a change did to an event.

    `raised`, `cleared`: codes of flags. `reading_before`, `reading_after`: the odometer, if it is read another way now.
    """

    event_id: UUID
    event_type: EventType
    occurred_at: datetime
    state_before: ReviewState
    state_after: ReviewState
    raised: list[str]
    cleared: list[str]
    reading_before: str | None
    reading_after: str | None


class EventDecided(EventOut):
    """An event after a person's word. `affected`: what that did to other events of the vehicle."""

    affected: list[EffectOut]


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
    """Return events as the API shows them; whoever is shown one cannot answer it blindly."""
    blind.note_views(tx, [row.id for row in rows])
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


def _place_of(row: queries.EventRow) -> Place:
    return Place(row.occurred_at, row.id)


def decided_out(tx: Connection, decided: Decided) -> EventDecided:
    """Return an event after a person's word as the API shows it."""
    (plain,) = events_out(tx, [decided.event])
    affected = [EffectOut.model_validate(vars(effect)) for effect in decided.affected]
    return EventDecided(**dict(plain), affected=affected)


def tag(version: int) -> str:
    """Return the `ETag` of an event's version."""
    return f'"{version}"'


@router.get("/events", responses=answers("cursor_invalid"))
def list_events(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    event_type: EventType | None = None,
    review_state: Annotated[list[ReviewState] | None, Query(max_length=6)] = None,
    vehicle_id: UUID | None = None,
    upload_id: UUID | None = None,
    since: Since = None,
    until: Until = None,
    text: Text = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[EventOut]:
    """List events by the time that they tell of, latest first.

    `since` and `until` bound `occurred_at`; `text` is looked for in the vehicle's name and in what the payload says.
    """
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = queries.find(
            tx,
            event_type=event_type,
            review_states=None if review_state is None else list(review_state),
            vehicle_id=vehicle_id,
            upload_ids=None if upload_id is None else [upload_id],
            since=since,
            until=until,
            text=text,
            place=place("events", cursor),
            limit=limit + 1,
        )
        return page("events", rows, limit, _place_of, lambda some: events_out(tx, some))


@router.get("/events/{event_id}", responses=answers("event_unknown"))
def show(
    request: Request, response: Response, services: ServicesDep, caller: CallerDep, event_id: UUID
) -> EventExplained:
    """Show an event, and why it was accepted or flagged. Who opened an event cannot answer it blindly.

    The `ETag` names its version: sent back as `If-Match` with a decision, it keeps two people from deciding unseen of
    each other.
    """
    found = explained(services, caller.tenant_id, actor_of(request, caller), event_id)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        audit.log_views(tx, "event", [event_id])
        (plain,) = events_out(tx, [found.event])
    response.headers["ETag"] = tag(plain.version)
    shown = {**plain.model_dump(), **vars(found.facts), "explanation": found.paragraph, "prose": found.prose}
    shown.pop("because")
    return EventExplained.model_validate({**shown, "reasons": [vars(reason) for reason in found.reasons]})
