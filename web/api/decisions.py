"""A person's word on events: entered by hand, confirmed, corrected, rejected, taken back."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from capture.errors import RefusedError
from capture.events import EventType
from capture.review import Decision
from web.api.events import EventDecided, decided_out, tag
from web.auth import ServicesDep, WriterDep, actor_of
from web.once import OnceDep
from web.openapi import answers
from web.values import Moment
from worker.deciding import Decided, add_event, decide_event
from worker.services import Services
from worker.tokens import Principal

router = APIRouter(prefix="/v1", tags=["events"])

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description="The `ETag` of the event that the person has seen; a decision on another version is refused.",
        examples=['"3"'],
    ),
]

_TAG = re.compile(r'"([0-9]{1,9})"')

DECISION = ("event_unknown", "already_decided", "answer_unseen", "version_conflict")


class NewEvent(BaseModel):
    """An event as a person enters it. `payload`: the fields of the type that are known; what follows is computed."""

    model_config = ConfigDict(extra="forbid")

    vehicle_id: UUID
    event_type: EventType
    occurred_at: Moment
    payload: dict[str, Any] = Field(examples=[{"reading": 123456, "unit": "mi"}])


class Correction(BaseModel):
    """What is right. `values`: payload fields and their values; null takes a field out."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any] = Field(min_length=1, examples=[{"reading": 123458}])


@router.post(
    "/events",
    status_code=201,
    responses=answers("vehicle_unknown", "payload_invalid", "idempotency_key_busy", "idempotency_key_reused"),
)
def enter(
    request: Request, response: Response, services: ServicesDep, caller: WriterDep, said: NewEvent, once: OnceDep
) -> EventDecided:
    """Enter an event by hand: no photo, no confidence, `source` is `manual`.

    It stands as verified by whoever enters it. What the vehicle's other readings say against it is told in
    `flag_reasons` all the same, and what it does to them in `affected`.
    """
    actor = actor_of(request, caller)

    def enter_it() -> dict[str, Any]:
        made = add_event(
            services,
            caller.tenant_id,
            actor,
            said.vehicle_id,
            said.event_type,
            said.payload,
            said.occurred_at,
            verified=True,
        )
        return _out(services, request, caller, made).model_dump(mode="json")

    entered = EventDecided.model_validate(once.do(enter_it))
    response.headers["ETag"] = tag(entered.version)
    response.headers["Location"] = f"/v1/events/{entered.id}"
    return entered


@router.post("/events/{event_id}/confirm", responses=answers(*DECISION))
def confirm(
    request: Request,
    response: Response,
    services: ServicesDep,
    caller: WriterDep,
    event_id: UUID,
    if_match: IfMatch = None,
) -> EventDecided:
    """Say that an event is right."""
    return _decide(request, response, services, caller, event_id, "confirm", if_match)


@router.post("/events/{event_id}/correct", responses=answers(*DECISION, "payload_invalid"))
def correct(
    request: Request,
    response: Response,
    services: ServicesDep,
    caller: WriterDep,
    event_id: UUID,
    said: Correction,
    if_match: IfMatch = None,
) -> EventDecided:
    """Put an event right; what follows from the corrected fields is computed again."""
    return _decide(request, response, services, caller, event_id, "correct", if_match, said.values)


@router.post("/events/{event_id}/reject", responses=answers(*DECISION))
def reject(
    request: Request,
    response: Response,
    services: ServicesDep,
    caller: WriterDep,
    event_id: UUID,
    if_match: IfMatch = None,
) -> EventDecided:
    """Say that the photo shows no such event."""
    return _decide(request, response, services, caller, event_id, "reject", if_match)


@router.post("/events/{event_id}/void", responses=answers(*DECISION))
def void(
    request: Request,
    response: Response,
    services: ServicesDep,
    caller: WriterDep,
    event_id: UUID,
    if_match: IfMatch = None,
) -> EventDecided:
    """Take an event back that counted so far."""
    return _decide(request, response, services, caller, event_id, "void", if_match)


def expected_version(if_match: str | None) -> int | None:
    """Return the version that an `If-Match` names; None where it is left out or `*`, which any version fulfils.

    Raises: RefusedError (`request_invalid`).
    """
    said = (if_match or "*").strip()
    if said == "*":
        return None
    found = _TAG.fullmatch(said)
    if found is None:
        raise RefusedError("request_invalid", "The request is wrong in: header.If-Match")
    return int(found[1])


def _decide(
    request: Request,
    response: Response,
    services: Services,
    caller: Principal,
    event_id: UUID,
    decision: Decision,
    if_match: str | None,
    values: dict[str, Any] | None = None,
) -> EventDecided:
    version, actor = expected_version(if_match), actor_of(request, caller)
    done = decide_event(services, caller.tenant_id, actor, event_id, decision, values, version=version)
    response.headers["ETag"] = tag(done.event.version)
    return _out(services, request, caller, done)


def _out(services: Services, request: Request, caller: Principal, done: Decided) -> EventDecided:
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        return decided_out(tx, done)
