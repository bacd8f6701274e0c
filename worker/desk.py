"""The review desk: what comes next, who holds it, what a person decides on it, and how the person likes the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from capture.errors import NotFoundError, RefusedError
from capture.events import completed, corrected_payload
from capture.form import form
from capture.review import Decision
from storage.db import Actor
from storage.queries import blind, events, review
from storage.queries.review import Order, Preferences
from worker.answering import answer_event
from worker.deciding import Decided, decide_locked, lock, seen_as
from worker.desk_item import desk_item
from worker.desk_parts import DeskItem
from worker.services import Services

LEASE_S = 120.0
"""A desk that does not say that it is still there for so long has lost what lay on it."""

PUT_OFF_S = 3_600.0
"""What a person leaves for later comes to that person again after so long; to others at once."""

COUNTED = 1_000
"""How many wait is counted this far; beyond, it is "more"."""

Answer = Decision | Literal["answer", "no_event"]
"""A decision, or what is said of a blind sample: values, or that the photo shows no such event."""


@dataclass(frozen=True)
class Dealt:
    """What a desk was given. `waiting`: how many wait in all, at most COUNTED."""

    items: list[DeskItem]
    waiting: int


@dataclass(frozen=True)
class Follows:
    """What follows from a person's changes. `sums`: amounts to take over; `derived`: what is computed in any case."""

    sums: dict[str, Any]
    derived: dict[str, Any]


def deal(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    desk: UUID,
    *,
    order: Order,
    held: Sequence[UUID] = (),
    vehicle_id: UUID | None = None,
    event_id: UUID | None = None,
    count: int = 1,
) -> Dealt:
    """Give a desk what comes next, which nobody else gets while the desk holds it.

    `held`: what lies on the desk already. `event_id`: this one, whoever holds it and whatever its state, and no other.
    Raises: NotFoundError (`event_unknown`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        ids = [event_id] if event_id else review.pick(tx, order, desk, held, vehicle_id, count)
        if ids:
            review.lease(tx, ids, desk, LEASE_S)
        return Dealt([desk_item(tx, services, one) for one in ids], review.waits(tx, COUNTED))


def keep(services: Services, tenant_id: UUID, actor: Actor, desk: UUID, event_ids: Sequence[UUID]) -> set[UUID]:
    """Hold events for a while longer; return those that the desk holds: another may have taken what was let go."""
    with services.db.tenant_tx(tenant_id, actor) as tx:
        return review.lease(tx, sorted(event_ids), desk, LEASE_S)


def give_back(
    services: Services, tenant_id: UUID, actor: Actor, desk: UUID, event_ids: Sequence[UUID], *, later: bool
) -> None:
    """Let events go. `later`: they do not come to this person again for PUT_OFF_S."""
    with services.db.tenant_tx(tenant_id, actor) as tx:
        review.release(tx, sorted(event_ids), desk, PUT_OFF_S if later else 0.0)


def show(services: Services, tenant_id: UUID, actor: Actor, event_id: UUID) -> DeskItem:
    """Return an event as the desk shows it, held or not.

    Raises: NotFoundError (`event_unknown`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        return desk_item(tx, services, event_id)


def settle(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    event_id: UUID,
    answer: Answer,
    *,
    version: int,
    values: Mapping[str, Any] | None = None,
    duplicate: UUID | None = None,
) -> Decided:
    """Write what a person decided on an event that the person saw at `version`.

    `values`: of `correct` the changed fields, of `answer` all that were asked for; `duplicate`: the pair that is the
    reason to void it.
    Raises: NotFoundError (`event_unknown`, `sample_unknown`), ConflictError (`version_conflict`, `already_decided`,
    `answer_unseen`, `answer_seen`, `duplicate_decided`), RefusedError (`payload_invalid`, `request_invalid`).
    """
    if (values is not None) != (answer in ("correct", "answer")):
        raise RefusedError("request_invalid", "A correction and an answer, and nothing else, have values")
    if (duplicate is not None) and answer != "void":
        raise RefusedError("request_invalid", "A pair is a reason to void alone")
    if answer == "answer" or answer == "no_event":  # noqa: PLR1714 (so that the type checker follows)
        return answer_event(services, tenant_id, actor, event_id, values)
    if answer == "correct" and not values:
        raise RefusedError("payload_invalid", "A correction names the fields that it changes")
    with services.db.tenant_tx(tenant_id, actor) as tx:
        event = lock(tx, event_id)
        seen_as(event, version)
        return decide_locked(tx, services.settings, event, answer, values, duplicate=duplicate)


def follow(services: Services, tenant_id: UUID, actor: Actor, event_id: UUID, values: Mapping[str, Any]) -> Follows:
    """Return what would follow from a correction; nothing is written.

    Raises: NotFoundError (`event_unknown`), RefusedError (`payload_invalid`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        row = events.get(tx, event_id)
        sample = blind.sample(tx, event_id)
    if row is None:
        raise NotFoundError("event_unknown", "There is no such event")
    if row.review_state == "accepted" and sample is not None and sample.outcome is None:
        return Follows({}, {})  # what was read is withheld, and so is what follows from it
    sums = completed(row.event_type, row.payload, values)
    after = corrected_payload(row.event_type, row.payload, {**values, **sums})
    names = [one.name for one in form(row.event_type)]
    derived = {
        name: after.get(name)
        for name in names
        if name not in values and name not in sums and after.get(name) != row.payload.get(name)
    }
    return Follows(sums, derived)


def preferences(services: Services, tenant_id: UUID, actor: Actor) -> Preferences:
    """Return how a person likes the desk."""
    with services.db.tenant_tx(tenant_id, actor) as tx:
        return review.preferences(tx)


def set_preferences(services: Services, tenant_id: UUID, actor: Actor, chosen: Preferences) -> None:
    """Keep how a person likes the desk."""
    with services.db.tenant_tx(tenant_id, actor) as tx:
        review.set_preferences(tx, chosen)
