"""A person's decision on an event: written with its audit and stream entries, and kept from every program.

What it does to the vehicle's other events happens in the same transaction and is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from capture.errors import ConflictError, NotFoundError, RefusedError
from capture.events import corrected_payload, entered_payload
from capture.review import Decision, decide
from capture.settings import Settings
from storage.db import Actor, Connection
from storage.ids import new_id
from storage.queries import events, review, tenants
from storage.queries import history as readings
from storage.queries import related as related_queries
from worker import history, related, sampling
from worker.effects import Effect, merged
from worker.services import Services


class Decided(NamedTuple):
    """An event after a person's word, and what that did to the vehicle's other events."""

    event: events.EventRow
    affected: tuple[Effect, ...]


def decide_event(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    event_id: UUID,
    decision: Decision,
    changes: Mapping[str, Any] | None = None,
    *,
    version: int | None = None,
    duplicate: UUID | None = None,
) -> Decided:
    """Confirm, correct, reject or void an event. `changes`: payload fields and their new values, for `correct`.

    `version`: of the event, as whoever decides has seen it; None: whatever it is. `duplicate`: the pair that is the
    reason to void it.
    Raises: NotFoundError (`event_unknown`), ConflictError (`version_conflict`, `already_decided`, `answer_unseen`,
    `duplicate_decided`), RefusedError (`payload_invalid`).
    """
    if (decision == "correct") != bool(changes):
        raise RefusedError("payload_invalid", "A correction, and nothing else, names the fields that it changes")
    with services.db.tenant_tx(tenant_id, actor) as tx:
        event = lock(tx, event_id)
        seen_as(event, version)
        return decide_locked(tx, services.settings, event, decision, changes, duplicate=duplicate)


def lock(tx: Connection, event_id: UUID, vehicle_ids: Sequence[UUID] = ()) -> events.LockedEvent:
    """Lock an event for a decision; first its vehicle, those of the events that it is a pair with, and others.

    Raises: NotFoundError (`event_unknown`), ConflictError (`version_conflict`) if somebody has just moved it.
    """
    pairs = related_queries.pairs_of(tx, [event_id])
    held = readings.lock_vehicles_of(tx, sorted({event_id}.union(*(pair.ends for pair in pairs))), vehicle_ids)
    event = events.lock_event(tx, event_id)
    if event is None:
        raise NotFoundError("event_unknown", "There is no such event")
    if event.vehicle_id not in held:
        raise ConflictError("version_conflict", "The event was moved to another vehicle just now")
    return event


def seen_as(event: events.LockedEvent, version: int | None) -> None:
    """Check that a person saw an event as it stands.

    Raises: ConflictError (`version_conflict`).
    """
    if version is not None and event.version != version:
        raise ConflictError("version_conflict", f"The event is at version {event.version}, not {version}")


def decide_locked(
    tx: Connection,
    settings: Settings,
    event: events.LockedEvent,
    decision: Decision,
    changes: Mapping[str, Any] | None = None,
    *,
    duplicate: UUID | None = None,
    unseen: bool = False,
) -> Decided:
    """Write a decision on an event under its lock, and what stood before it.

    `unseen`: whoever decides has not seen what was read.

    Raises: ConflictError (`already_decided`, `answer_unseen`, `duplicate_decided`), RefusedError (`payload_invalid`).
    """
    state = decide(event.review_state, decision)
    payload = event.payload if not changes else corrected_payload(event.event_type, event.payload, changes)
    review.remember(tx, event, decision, unseen=unseen, pair_id=duplicate)
    sampling.close(tx, event.id, decision, accepted=event.review_state == "accepted", unseen=unseen)
    version = events.decide(tx, event, state, payload)
    events.append_stream(
        tx,
        event.id,
        event.version,
        state,
        {"review_state": state, "before": event.review_state, "version": version, "unseen": unseen},
        {"payload": payload} if changes else None,
        {},
    )
    history.keep_decided(tx, event, state, payload)
    effects = history.reconsider_after(tx, event.event_type, event.vehicle_id, state)
    affected = related.relate_again(tx, settings, event.id, duplicate, effects)
    details = {"fields": sorted(changes or {}), "affected": [effect.logged for effect in affected], "unseen": unseen}
    tenants.log_action(tx, f"event.{state}", "manual_event", event.id, details)
    row = events.get(tx, event.id)
    assert row is not None
    return Decided(row, affected)


def add_event(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    vehicle_id: UUID,
    event_type: str,
    payload: Mapping[str, Any],
    occurred_at: datetime,
    *,
    verified: bool = False,
) -> Decided:
    """Write what a person enters by hand: no photo, no confidence, accepted unless the vehicle's history is against it.

    `verified`: the person answers for it, so it stands whatever its history says, which is written beside it.
    Raises: NotFoundError (`vehicle_unknown`), RefusedError (`payload_invalid`).
    """
    event = events.NewEvent(
        id=new_id(),
        vehicle_id=vehicle_id,
        upload_id=None,
        event_type=event_type,
        source="manual",
        payload=entered_payload(event_type, payload),
        confidence=None,
        occurred_at=occurred_at,
        occurred_at_source="person",
        review_state="accepted",
        created_by=actor.user_id,
    )
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if tenants.vehicle(tx, vehicle_id) is None:
            raise NotFoundError("vehicle_unknown", "There is no such vehicle")
        created_at = events.insert_event(tx, event, None)
        history.keep_new(tx, event, created_at, created_at)
        effects = history.reconsider_after(tx, event_type, vehicle_id, "entered")
        affected = related.relate(tx, services.settings, [event.id], effects=effects)
        details = {"affected": [effect.logged for effect in affected]}
        tenants.log_action(tx, "event.entered", "manual_event", event.id, details)
        if verified:
            affected += decide_locked(tx, services.settings, lock(tx, event.id), "confirm").affected
        row = events.get(tx, event.id)
    assert row is not None
    return Decided(row, tuple(merged(affected)))
