"""A person's decision on two events that may be one."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from capture.errors import ConflictError, NotFoundError
from storage.db import Actor
from storage.queries import related as queries
from storage.queries import tenants
from storage.queries.history import lock_vehicles_of
from worker import related
from worker.deciding import decide_event
from worker.services import Services

PairDecision = Literal["confirm", "dismiss"]


def decide_pair(
    services: Services, tenant_id: UUID, actor: Actor, pair_id: UUID, decision: PairDecision
) -> queries.PairRow:
    """Confirm that two events are one, which voids the later one; or dismiss it, which takes its flag back.

    Raises: NotFoundError (`duplicate_unknown`), ConflictError (`duplicate_decided`, `already_decided`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        lock_vehicles_of(tx, queries.ends_of_pair(tx, pair_id))  # as whoever decides on either event does
        pair = queries.lock_pair(tx, pair_id)
        if pair is None:
            raise NotFoundError("duplicate_unknown", "There is no such pair")
        if pair.state != "proposed":
            raise ConflictError("duplicate_decided", f"The pair is {pair.state}")
        if decision == "dismiss":
            queries.settle_pair(tx, pair_id, "dismissed")
            related.reflag(tx, [pair.event_id])
            tenants.log_action(tx, "duplicate.dismissed", "duplicate_candidate", pair_id)
    if decision == "confirm":
        decide_event(services, tenant_id, actor, pair.event_id, "void", duplicate=pair_id)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        after = queries.lock_pair(tx, pair_id)
    assert after is not None
    return after
