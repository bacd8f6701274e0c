"""The review desk: what comes next and who holds it, a decision and its undoing, and what follows from a correction."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from storage.queries.review import Preferences
from web.api.desk_parts import (
    DeskItemOut,
    FollowAsked,
    FollowsOut,
    Held,
    HeldOut,
    LetGo,
    MoveAsked,
    MovedOut,
    NextAsked,
    NextOut,
    PreferencesOut,
    SettleAsked,
    Settled,
)
from web.api.events import EffectOut, events_out
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from worker import desk, moving, undoing
from worker.deciding import Decided
from worker.desk import COUNTED
from worker.desk_parts import DeskItem

router = APIRouter(prefix="/v1", tags=["review"])


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
    request: Request, services: ServicesDep, caller: WriterDep, chosen: PreferencesOut
) -> PreferencesOut:
    """Set how the caller likes the desk."""
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
    request: Request, services: ServicesDep, caller: WriterDep, event_id: UUID, asked: FollowAsked
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
