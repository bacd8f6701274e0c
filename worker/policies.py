"""What a tenant allows: who sees its photos, at what cost, and how many accepted events are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from capture.errors import RefusedError
from capture.policy import Policy
from capture.settings import Settings
from storage.db import Actor, Connection
from storage.queries import tenants
from worker.services import Services


def engine_policy(tx: Connection, settings: Settings) -> tuple[bool, Policy]:
    """Return whether a vision model may see the tenant's next photo, and what bounds all engines for it.

    What is left of the day is what was left when the photo was begun: photos that are read at once may together go
    beyond it, by one photo's cost for each reading process.
    """
    said = tenants.policy(tx)
    left = None if said.daily_budget_micros is None else max(0, said.daily_budget_micros - tenants.spent_today(tx))
    return said.allow_vision, Policy(
        forbidden=frozenset(said.forbidden_engines),
        event_budget_micros=said.event_budget_micros,
        day_left_micros=left,
        review_micros=round(settings.review_cost * 1e6),
    )


def change_policy(services: Services, tenant_id: UUID, actor: Actor, changes: Mapping[str, Any]) -> tenants.Policy:
    """Change parts of the policy, by the names of `tenants.Policy`; return all of it.

    Raises: RefusedError (`request_invalid`) for an engine that is not among CAPTURE_ENGINES.
    """
    known = services.settings.engines
    wrong = sorted(set(changes.get("forbidden_engines") or ()) - set(known))
    if wrong:
        raise RefusedError("request_invalid", f"There is no engine {wrong[0]}; there are {', '.join(known)}")
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if not changes:
            return tenants.policy(tx)
        made = tenants.set_policy(tx, **changes)
        tenants.log_action(tx, "policy.changed", "tenant", tenant_id, dict(changes))
    return made
