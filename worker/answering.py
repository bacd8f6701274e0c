"""What waits for a person, and the answers of people who were not shown what was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from capture.errors import ConflictError, NotFoundError, RefusedError
from capture.sampling import compare
from storage.db import Actor
from storage.queries import Place, audit, blind
from worker.deciding import Decided, decide_locked, lock
from worker.services import Services


def waiting(
    services: Services, tenant_id: UUID, actor: Actor, limit: int, place: Place | None = None
) -> list[blind.Waiting]:
    """Return what waits for a person, oldest first: flagged events, and sampled ones without what was read.

    `place`: begin after it.
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        rows = blind.queue(tx, limit, place)
        audit.log_views(tx, "photo", [row.upload_id for row in rows if row.upload_id is not None])
        return rows


def photo_url(services: Services, item: blind.Waiting) -> str | None:
    """Return a URL at which the photo can be seen for a while; None where it was deleted."""
    if item.object_key is None:
        return None
    return services.objects.presign_get(item.object_key, item.object_version, item.bucket)


def answer_event(
    services: Services, tenant_id: UUID, actor: Actor, event_id: UUID, values: Mapping[str, Any] | None
) -> Decided:
    """Write what a person sees on the photo of a sampled event. `values`: payload fields; None: no such event.

    The same as was read makes the event verified, anything else corrected, no event rejected.
    Raises: NotFoundError (`event_unknown`, `sample_unknown`), ConflictError (`already_decided`, `answer_seen`),
    RefusedError (`payload_invalid`, `role_insufficient`).
    """
    if actor.kind != "person" or actor.user_id is None:
        raise RefusedError("role_insufficient", "A blind sample is answered by a person alone")
    with services.db.tenant_tx(tenant_id, actor) as tx:
        event = lock(tx, event_id)
        sample = blind.sample(tx, event_id)
        if sample is None:
            raise NotFoundError("sample_unknown", "The event is not among those that are answered unseen")
        if sample.outcome is not None or event.review_state != "accepted":
            raise ConflictError("already_decided", f"The event is {event.review_state}")
        if blind.viewed(tx, event_id, sample.sampled_at):
            raise ConflictError("answer_seen", "Who answers has opened the event and seen what was read")
        if values is None:
            return decide_locked(tx, services.settings, event, "reject", unseen=True)
        if compare(event.event_type, event.payload, values).outcome == "same":
            return decide_locked(tx, services.settings, event, "confirm", unseen=True)
        return decide_locked(tx, services.settings, event, "correct", values, unseen=True)
