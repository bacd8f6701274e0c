"""The review desk: what comes next and who holds it, a decision and its undoing, and what follows from a correction."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from capture.events import EventType
from capture.form import Input
from capture.review import ReviewState
from capture.vehicle_hint import Distance
from storage.queries.review import Order, Preferences
from web.api.events import EffectOut, EventOut, events_out
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from worker import desk, moving, undoing
from worker.deciding import Decided
from worker.desk import COUNTED, Answer
from worker.desk_item import DeskItem

router = APIRouter(prefix="/v1", tags=["review"])

MOST_HELD = 20

Key = Annotated[str, Field(max_length=20)]


class PictureOut(BaseModel):
    """A photo. `url`: where it can be seen for a while; `shown`: browsers can, else it is a document to open."""

    url: str
    shown: bool


class BoxOut(BaseModel):
    """Where on a page something stands: corners as shares of its width and height, 0 to 1."""

    page: int
    corners: list[tuple[float, float]]


class HypothesisOut(BaseModel):
    """Another way to read a field. `probability`: 0 to 1, null where nobody ranked it."""

    value: str
    said: str
    probability: float | None
    box: BoxOut | None


class FormOut(BaseModel):
    """How a field is filled in. `main`: it is shown first."""

    name: str
    label: str
    kind: Input
    main: bool
    choices: list[str]


class FieldOut(BaseModel):
    """A field as it was read. `value`: null where it is not known, or withheld; `raw`: as printed."""

    form: FormOut
    value: Any
    raw: str | None
    probability: float | None
    box: BoxOut | None
    hypotheses: list[HypothesisOut]


class DeskReasonOut(BaseModel):
    """Why a person is asked (`counts`), or a note."""

    code: str
    sentence: str
    counts: bool


class PointOut(BaseModel):
    """A reading of the vehicle. `fits`: it goes with the others; `verified`: a person said so."""

    event_id: UUID
    at: datetime
    value: float
    fits: bool
    verified: bool


class ChartOut(BaseModel):
    """The vehicle's readings around the event's moment `at`, and between which numbers they expect it there."""

    unit: Distance
    points: list[PointOut]
    at: datetime
    low: float | None
    high: float | None


class BesideOut(BaseModel):
    """An event of the same stop, or one that may be the same (`pair_id`). `goes`: the desk's event is voided then."""

    event_id: UUID
    event_type: EventType
    vehicle: str
    says: str
    occurred_at: datetime
    review_state: ReviewState
    picture: PictureOut | None
    pair_id: UUID | None
    sentence: str | None
    goes: bool


class ElsewhereOut(BaseModel):
    """The vehicle that the reading fits better."""

    vehicle_id: UUID
    vehicle: str


class DeskItemOut(BaseModel):
    """An event on the desk. `blind`: what was read, and all that tells of it, is withheld."""

    id: UUID
    version: int
    event_type: EventType
    vehicle_id: UUID
    vehicle: str
    upload_id: UUID | None
    source: str
    blind: bool
    review_state: ReviewState
    occurred_at: datetime
    occurred_at_source: str
    says: str
    engine: str | None
    confidence: int | None
    picture: PictureOut | None
    fields: list[FieldOut]
    reasons: list[DeskReasonOut]
    chart: ChartOut | None
    partners: list[BesideOut]
    duplicates: list[BesideOut]
    elsewhere: ElsewhereOut | None


class NextAsked(BaseModel):
    """What a desk asks for. `desk`: an id that the desk made up for itself; `held`: what lies on it already.

    `event_id`: this event and no other, whoever holds it.
    """

    model_config = ConfigDict(extra="forbid")

    desk: UUID
    order: Order = "risk"
    held: Annotated[list[UUID], Field(max_length=MOST_HELD)] = []
    vehicle_id: UUID | None = None
    event_id: UUID | None = None
    count: Annotated[int, Field(ge=1, le=5)] = 1


class NextOut(BaseModel):
    """What comes next. `waiting`: how many wait in all; `more`: at least so many, nobody counted on."""

    items: list[DeskItemOut]
    waiting: int
    more: bool


class Held(BaseModel):
    """Events on a desk."""

    model_config = ConfigDict(extra="forbid")

    desk: UUID
    event_ids: Annotated[list[UUID], Field(max_length=MOST_HELD)]


class LetGo(Held):
    """Events that leave a desk. `later`: they do not come to this person again for an hour."""

    later: bool = False


class HeldOut(BaseModel):
    """The events that the desk still holds."""

    event_ids: list[UUID]


class SettleAsked(BaseModel):
    """A person's word. `version`: of the event that the person saw. `values`: of `correct` and `answer`.

    `duplicate`: the pair that is the reason to void.
    """

    model_config = ConfigDict(extra="forbid")

    decision: Answer
    version: int
    values: dict[str, Any] | None = None
    duplicate: UUID | None = None


class Settled(BaseModel):
    """What became of it. `review_state` and `version` are null of a blind answer, so that it can be undone blindly."""

    event_id: UUID
    review_state: ReviewState | None
    version: int | None
    affected: list[EffectOut]


class FollowAsked(BaseModel):
    """Fields that a person has changed, with their new values; null takes a field out."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any]


class FollowsOut(BaseModel):
    """What follows. `sums`: amounts to take over into the correction; `derived`: what is computed in any case."""

    sums: dict[str, Any]
    derived: dict[str, Any]


class MoveAsked(BaseModel):
    """The vehicle that the photo really shows. `version`: of the event that the person saw."""

    model_config = ConfigDict(extra="forbid")

    vehicle_id: UUID
    version: int | None = None


class MovedOut(EventOut):
    """The event after the move, and what that did to other events of both vehicles."""

    affected: list[EffectOut]


class PreferencesOut(BaseModel):
    """How a person likes the desk. `keys_on`: single keys do something; `keys`: other keys, by action."""

    model_config = ConfigDict(extra="forbid")

    order: Order = "risk"
    keys_on: bool = True
    keys: Annotated[dict[Key, Key], Field(max_length=30)] = {}


@router.post("/review/next", responses=answers("event_unknown"))
def take_next(request: Request, services: ServicesDep, caller: WriterDep, asked: NextAsked) -> NextOut:
    """Take what comes next onto a desk; for two minutes, or as long as the desk renews it, nobody else gets it."""
    dealt = desk.deal(
        services,
        caller.tenant_id,
        actor_of(request, caller),
        asked.desk,
        order=asked.order,
        held=asked.held,
        vehicle_id=asked.vehicle_id,
        event_id=asked.event_id,
        count=asked.count,
    )
    return NextOut(items=[_item(item) for item in dealt.items], waiting=dealt.waiting, more=dealt.waiting >= COUNTED)


@router.post("/review/renew", responses=answers())
def renew(request: Request, services: ServicesDep, caller: WriterDep, asked: Held) -> HeldOut:
    """Hold events for two more minutes; what another desk has taken meanwhile is missing in the answer."""
    held = desk.keep(services, caller.tenant_id, actor_of(request, caller), asked.desk, asked.event_ids)
    return HeldOut(event_ids=sorted(held))


@router.post("/review/release", status_code=204, responses=answers())
def release(request: Request, services: ServicesDep, caller: WriterDep, asked: LetGo) -> Response:
    """Let events go, so that others get them at once."""
    actor = actor_of(request, caller)
    desk.give_back(services, caller.tenant_id, actor, asked.desk, asked.event_ids, later=asked.later)
    return Response(status_code=204)


@router.get("/review/preferences", responses=answers())
def show_preferences(request: Request, services: ServicesDep, caller: CallerDep) -> PreferencesOut:
    """Show how the caller likes the desk: the order, and the keys."""
    found = desk.preferences(services, caller.tenant_id, actor_of(request, caller))
    return PreferencesOut(order=found.ordering, keys_on=found.keys_on, keys=found.keys)


@router.put("/review/preferences", responses=answers())
def set_preferences(
    request: Request, services: ServicesDep, caller: CallerDep, chosen: PreferencesOut
) -> PreferencesOut:
    """Set how the caller likes the desk. A viewer may too: it is the viewer's own."""
    kept = Preferences(ordering=chosen.order, keys_on=chosen.keys_on, keys=chosen.keys)
    desk.set_preferences(services, caller.tenant_id, actor_of(request, caller), kept)
    return chosen


@router.get("/review/{event_id}", responses=answers("event_unknown"))
def show_item(request: Request, services: ServicesDep, caller: CallerDep, event_id: UUID) -> DeskItemOut:
    """Show an event as the desk does, whether it waits or not."""
    return _item(desk.show(services, caller.tenant_id, actor_of(request, caller), event_id))


@router.post(
    "/review/{event_id}/decide",
    responses=answers(
        "event_unknown",
        "sample_unknown",
        "version_conflict",
        "already_decided",
        "answer_unseen",
        "answer_seen",
        "duplicate_decided",
        "payload_invalid",
    ),
)
def decide(request: Request, services: ServicesDep, caller: WriterDep, event_id: UUID, said: SettleAsked) -> Settled:
    """Decide on an event as it was seen; `answer` and `no_event` are for blind ones."""
    decided = desk.settle(
        services,
        caller.tenant_id,
        actor_of(request, caller),
        event_id,
        said.decision,
        version=said.version,
        values=said.values,
        duplicate=said.duplicate,
    )
    unseen = said.decision in ("answer", "no_event")
    return Settled(
        event_id=event_id,
        review_state=None if unseen else decided.event.review_state,
        version=None if unseen else decided.event.version,
        affected=[] if unseen else _effects(decided),
    )


@router.post("/review/{event_id}/undo", responses=answers("event_unknown", "nothing_to_undo", "version_conflict"))
def undo(request: Request, services: ServicesDep, caller: WriterDep, event_id: UUID) -> DeskItemOut:
    """Take the caller's own last decision back, while nothing newer stands; the event is what it was before."""
    actor = actor_of(request, caller)
    undoing.undo(services, caller.tenant_id, actor, event_id)
    return _item(desk.show(services, caller.tenant_id, actor, event_id))


@router.post("/review/{event_id}/follow", responses=answers("event_unknown", "payload_invalid"))
def follow(
    request: Request, services: ServicesDep, caller: CallerDep, event_id: UUID, asked: FollowAsked
) -> FollowsOut:
    """Compute what would follow from a correction; nothing is written."""
    found = desk.follow(services, caller.tenant_id, actor_of(request, caller), event_id, asked.values)
    return FollowsOut(sums=found.sums, derived=found.derived)


@router.post(
    "/events/{event_id}/move",
    responses=answers("event_unknown", "vehicle_unknown", "vehicle_same", "version_conflict", "already_decided"),
)
def move(request: Request, services: ServicesDep, caller: WriterDep, event_id: UUID, asked: MoveAsked) -> MovedOut:
    """Move an event to the vehicle that its photo really shows; the readings of both are weighed again."""
    actor = actor_of(request, caller)
    decided = moving.move_event(services, caller.tenant_id, actor, event_id, asked.vehicle_id, version=asked.version)
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        (event,) = events_out(tx, [decided.event])
    return MovedOut(**event.model_dump(), affected=_effects(decided))


def _item(item: DeskItem) -> DeskItemOut:
    return DeskItemOut.model_validate(item, from_attributes=True)


def _effects(decided: Decided) -> list[EffectOut]:
    return [EffectOut.model_validate(vars(effect)) for effect in decided.affected]
