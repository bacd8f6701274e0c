"""Webhooks: where the tenant wants to be told of its events, and how each telling went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from capture.webhooks import TYPES
from storage.queries import Place
from storage.queries import webhooks as queries
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from web.paging import Cursor, Limit, Page, page, place
from worker import webhooks
from worker.outbound import LONGEST_URL
from worker.tokens import Principal

router = APIRouter(prefix="/v1", tags=["webhooks"])

Type = Literal[
    "event.recorded",
    "event.flagged",
    "event.accepted",
    "event.verified",
    "event.corrected",
    "event.rejected",
    "event.voided",
    "event.moved",
]
assert set(Type.__args__) == TYPES.keys()  # type: ignore[attr-defined]  # the type checker does not see its words

Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL, examples=["https://fleet.example.com/hooks/motomind"])]
Types = Annotated[
    list[Type],
    Field(max_length=len(TYPES), description="What to be told of; empty: all.", examples=[["event.recorded"]]),
]
Description = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$", examples=["Fleet accounting"])]


class WebhookOut(BaseModel):
    """Where messages are sent. Viewers see no more of `url` than its host, for the rest may be a secret.

    `waiting`: that are to be sent or tried again; `dead`: that were given up.

    `include_payload`: whether what the photo says is sent along, or ids, states and flags alone.
    `disabled_reason`: `person`, or `gone` where the receiver answered 410.
    """

    id: UUID
    url: str
    description: str
    types: list[str]
    include_payload: bool
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: Literal["person", "gone"] | None
    waiting: int
    dead: int
    last_delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookSecret(BaseModel):
    """The secret that signs, told once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw…"])


class WebhookMade(WebhookOut, WebhookSecret):
    """A new webhook, with the secret that signs its messages."""


class NewWebhook(BaseModel):
    """Where to send what."""

    model_config = ConfigDict(extra="forbid")

    url: Url
    types: Types = []
    description: Description = ""
    include_payload: bool = False


class WebhookChange(BaseModel):
    """What is to change; what is left out stays. `enabled` false: nothing is sent, and what waits is given up."""

    model_config = ConfigDict(extra="forbid")

    url: Url = ""
    types: Types = []
    description: Description = ""
    include_payload: bool = False
    enabled: bool = True


class Rotation(BaseModel):
    """How long the secret before goes on signing beside the new one, seconds."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: int = Field(default=webhooks.OVERLAP_S, ge=0, le=7 * 86_400)


class DeliveryOut(BaseModel):
    """A message to a webhook. `last_error`: in words; `next_attempt_at`: null where none follows.

    `message_id`: in the header `webhook-id`, without hyphens and after `msg_`; the same at every try and replay.
    """

    id: UUID
    message_id: UUID
    type: str = Field(examples=["event.flagged"])
    event_id: UUID | None
    state: queries.State
    attempts: int
    last_status: int | None = Field(examples=[503])
    last_error: str | None = Field(examples=["It answered HTTP 503."])
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


class Replay(BaseModel):
    """Which messages to send again: those of a time that were given up or missed, or with `everything` all."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime = Field(ge=datetime.fromisoformat("2000-01-01T00:00Z"), examples=["2026-11-20T00:00:00Z"])
    until: AwareDatetime = Field(le=datetime.fromisoformat("2100-01-01T00:00Z"), examples=["2026-11-21T00:00:00Z"])
    everything: bool = False


class Replayed(BaseModel):
    """How many messages are sent again."""

    messages: int = Field(examples=[12])


@router.get("/webhooks", responses=answers("cursor_invalid"))
def list_webhooks(
    request: Request, services: ServicesDep, caller: CallerDep, limit: Limit = 100, cursor: Cursor = None
) -> Page[WebhookOut]:
    """List the webhooks, newest first."""
    at = place("webhooks", cursor)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = queries.find(tx, place=at, limit=limit + 1)
    return page(
        "webhooks",
        rows,
        limit,
        lambda row: Place(row.created_at, row.id),
        lambda some: [_out(row, caller) for row in some],
    )


@router.post("/webhooks", status_code=201, responses=answers("webhook_url_invalid"))
def create(
    request: Request, response: Response, services: ServicesDep, caller: WriterDep, said: NewWebhook
) -> WebhookMade:
    """Add a webhook. Its secret is told here and never again; what was before it is not sent."""
    actor = actor_of(request, caller)
    made, secret = webhooks.create(services, caller.tenant_id, actor, **said.model_dump())
    response.headers["Location"] = f"/v1/webhooks/{made.id}"
    return WebhookMade.model_validate({**_out(made, caller).model_dump(), "secret": secret})


@router.get("/webhooks/{webhook_id}", responses=answers("webhook_unknown"))
def show(request: Request, services: ServicesDep, caller: CallerDep, webhook_id: UUID) -> WebhookOut:
    """Show a webhook, with what waits for it."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        row = queries.get(tx, webhook_id)
    if row is None:
        raise webhooks.unknown()
    return _out(row, caller)


@router.patch("/webhooks/{webhook_id}", responses=answers("webhook_unknown", "webhook_url_invalid"))
def change(
    request: Request, services: ServicesDep, caller: WriterDep, webhook_id: UUID, said: WebhookChange
) -> WebhookOut:
    """Change a webhook, switch it off or on again."""
    changes: dict[str, Any] = said.model_dump(exclude_unset=True)
    return _out(webhooks.change(services, caller.tenant_id, actor_of(request, caller), webhook_id, changes), caller)


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=answers("webhook_unknown"))
def remove(request: Request, services: ServicesDep, caller: WriterDep, webhook_id: UUID) -> None:
    """Remove a webhook with its secrets and deliveries."""
    webhooks.remove(services, caller.tenant_id, actor_of(request, caller), webhook_id)


@router.post("/webhooks/{webhook_id}/rotate", responses=answers("webhook_unknown"))
def rotate(
    request: Request, services: ServicesDep, caller: WriterDep, webhook_id: UUID, said: Rotation
) -> WebhookSecret:
    """Put a new secret in force. Messages carry a signature of each valid secret, so that no receiver misses one."""
    actor = actor_of(request, caller)
    return WebhookSecret(secret=webhooks.rotate(services, caller.tenant_id, actor, webhook_id, said.overlap_s))


@router.post("/webhooks/{webhook_id}/ping", responses=answers("webhook_unknown", "webhook_disabled"))
def ping(request: Request, services: ServicesDep, caller: WriterDep, webhook_id: UUID) -> DeliveryOut:
    """Send a message of the type `webhook.ping` now, and say how it went."""
    return _told(webhooks.ping(services, caller.tenant_id, actor_of(request, caller), webhook_id))


@router.get("/webhooks/{webhook_id}/deliveries", responses=answers("webhook_unknown", "cursor_invalid"))
def deliveries(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    webhook_id: UUID,
    state: Annotated[queries.State | None, Query(description="Those in this state alone.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[DeliveryOut]:
    """List what was sent, or is to be, in the last 30 days, newest first."""
    at = place("deliveries", cursor)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        if queries.get(tx, webhook_id) is None:
            raise webhooks.unknown()
        rows = queries.deliveries(tx, webhook_id, state=state, place=at, limit=limit + 1)
    return page("deliveries", rows, limit, lambda row: Place(row.created_at, row.id), lambda some: [*map(_told, some)])


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    responses=answers("webhook_unknown", "delivery_unknown", "webhook_disabled"),
)
def replay(
    request: Request, services: ServicesDep, caller: WriterDep, webhook_id: UUID, delivery_id: UUID
) -> DeliveryOut:
    """Send one message again, under the id that it had."""
    return _told(webhooks.replay(services, caller.tenant_id, actor_of(request, caller), webhook_id, delivery_id))


@router.post("/webhooks/{webhook_id}/replay", status_code=202, responses=answers("webhook_unknown", "webhook_disabled"))
def replay_range(
    request: Request, services: ServicesDep, caller: WriterDep, webhook_id: UUID, said: Replay
) -> Replayed:
    """Send the messages of a time again, each under the id that it had."""
    actor = actor_of(request, caller)
    count = webhooks.replay_range(
        services, caller.tenant_id, actor, webhook_id, said.since, said.until, everything=said.everything
    )
    return Replayed(messages=count)


def _out(row: queries.Endpoint, caller: Principal) -> WebhookOut:
    url = row.url if caller.role != "viewer" else webhooks.shortened(row.url)
    return WebhookOut.model_validate({**vars(row), "url": url, "enabled": row.disabled_at is None})


def _told(row: queries.Delivery) -> DeliveryOut:
    return DeliveryOut.model_validate(vars(row))
