"""An event given to the vehicle that its photo really shows; both vehicles' histories are weighed again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from capture.errors import ConflictError, NotFoundError
from capture.review import ALLOWED
from capture.settings import Settings
from storage.db import Actor, Connection
from storage.queries import blind, events, review, tenants
from storage.queries import related as related_queries
from worker import history, related
from worker.deciding import Decided, lock, seen_as
from worker.effects import Effect
from worker.services import Services


def move_event(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    event_id: UUID,
    vehicle_id: UUID,
    *,
    version: int | None = None,
) -> Decided:
    """Move an event to another vehicle. It stays undecided, or decided, and is compared with that vehicle's readings.

    `version`: the one that the person saw; None: whatever it is now.
    Raises: NotFoundError (`event_unknown`, `vehicle_unknown`), ConflictError (`already_decided` of one that was
    rejected or voided, `vehicle_same`, `version_conflict`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if tenants.vehicle(tx, vehicle_id) is None:
            raise NotFoundError("vehicle_unknown", "There is no such vehicle")
        event = lock(tx, event_id, [vehicle_id])
        seen_as(event, version)
        if event.review_state not in ALLOWED["void"]:
            raise ConflictError("already_decided", f"The event is {event.review_state}")
        if event.vehicle_id == vehicle_id:
            raise ConflictError("vehicle_same", "The event is of this vehicle already")
        review.remember(tx, event, "move")
        return moved(tx, services.settings, event, vehicle_id, "moved")


def moved(tx: Connection, settings: Settings, event: events.LockedEvent, vehicle_id: UUID, cause: str) -> Decided:
    """Write a move of a locked event whose vehicles, old and new, are locked. `cause`: as the stream names it."""
    before = event.vehicle_id
    bundles = related_queries.bundles_of(tx, [event.id])
    related_queries.leave_bundles(tx, [event.id])
    related_queries.drop_bundles(tx, [row.id for row in bundles if len(bundles) == 1])
    version = review.move(tx, event, vehicle_id, _told(event.payload, before, vehicle_id))
    data = {
        "review_state": event.review_state,
        "before": event.review_state,
        "version": version,
        "from": str(before),
        "to": str(vehicle_id),
    }
    events.append_stream(tx, event.id, event.version, cause, data, None, {})
    blind.note_views(tx, [event.id])
    effects: tuple[Effect, ...] = ()
    for one in sorted((before, vehicle_id)):
        effects += history.reconsider_after(tx, event.event_type, one, cause)
    effects = related.relate_across(tx, settings, before, event.occurred_at, effects)
    affected = related.relate_again(tx, settings, event.id, None, effects)
    logged = [effect.logged for effect in affected]
    details = {"from": str(before), "to": str(vehicle_id), "affected": logged}
    tenants.log_action(tx, f"event.{cause}", "manual_event", event.id, details)
    row = events.get(tx, event.id)
    assert row is not None
    return Decided(row, affected)


def _told(payload: dict[str, Any], before: UUID, after: UUID) -> dict[str, Any]:
    """Return the payload whose provenance says of which vehicle the photo was sent; back there, nothing was moved."""
    provenance = payload.get("provenance")
    if provenance is None:
        return payload
    sent_of = provenance.get("moved_from", str(before))
    rest = {name: value for name, value in provenance.items() if name != "moved_from"}
    return {**payload, "provenance": rest if sent_of == str(after) else {**rest, "moved_from": sent_of}}
