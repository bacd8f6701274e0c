"""A person's own decision taken back: the event is what it was before, and what followed is weighed again."""

from __future__ import annotations

from uuid import UUID

from capture.errors import ConflictError
from storage.db import Actor, Connection
from storage.queries import blind, events, history, review, tenants
from storage.queries import related as related_queries
from worker import related
from worker.deciding import Decided, lock
from worker.history import reconsider_after
from worker.moving import moved
from worker.services import Services


def undo(services: Services, tenant_id: UUID, actor: Actor, event_id: UUID) -> Decided:
    """Take the person's own last decision on an event back, while nothing newer stands.

    The event's state, payload, flags and its place in the vehicle's history are as they were; what other events say of
    it now is written then. An answer that was given unseen is open again; to this person too, if the person has not
    opened the event since.
    Raises: NotFoundError (`event_unknown`), ConflictError (`nothing_to_undo`, `version_conflict`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        known = review.last(tx, event_id)
        event = lock(tx, event_id, [] if known is None else [UUID(known.before["vehicle_id"])])
        decision = review.last(tx, event_id)
        if decision is None or known is None or decision.id != known.id or decision.decided_by != actor.user_id:
            raise ConflictError("nothing_to_undo", "The last decision on the event is not yours")
        if decision.decision == "move":
            return _move_back(tx, services, event, decision)
        return _restored(tx, services, event, decision)


def _move_back(tx: Connection, services: Services, event: events.LockedEvent, decision: review.LastDecision) -> Decided:
    """Move an event back. Programs may have judged it since; that judgement is made again, not restored."""
    review.taken_back(tx, decision.id)
    return moved(tx, services.settings, event, UUID(decision.before["vehicle_id"]), "undone")


def _restored(tx: Connection, services: Services, event: events.LockedEvent, decision: review.LastDecision) -> Decided:
    before = decision.before
    state, payload = before["review_state"], before["payload"]
    history.drop(tx, event.id)
    version = review.restore(tx, event, before)
    review.taken_back(tx, decision.id)
    if state == "accepted" and blind.reopen(tx, event.id) and not decision.unseen:
        blind.note_views(tx, [event.id])
    if decision.pair_id is not None:
        related_queries.open_pair(tx, decision.pair_id)
    data = {"review_state": state, "before": event.review_state, "version": version, "decision": decision.decision}
    changed = {"payload": payload} if payload != event.payload else None
    events.append_stream(tx, event.id, event.version, "undone", data, changed, {})
    effects = reconsider_after(tx, event.event_type, event.vehicle_id, "undone")
    affected = related.relate_again(tx, services.settings, event.id, None, effects)
    details = {"decision": decision.decision, "affected": [effect.logged for effect in affected]}
    tenants.log_action(tx, "event.undone", "manual_event", event.id, details)
    row = events.get(tx, event.id)
    assert row is not None
    return Decided(row, affected)
