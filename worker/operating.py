"""How a tenant's photos are getting on: what waits, what is stuck, what failed and why, what engines cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from capture.errors import ConfigError, UnavailableError
from storage.db import Actor
from storage.queries import operations, tenants
from storage.queries.operations import EngineDay, Hour, InState, Stuck, Trouble, Verdict
from worker.pulse import Look
from worker.services import Services

STUCK_AFTER_S = 600.0
"""An upload that has been queued for so long is told as stuck: the queue is slow, or nobody works on it."""

TROUBLES_DAYS = 30
ENGINE_DAYS = 14

LOOKS_MISSED = 5
"""The sweep is told as silent after so many of its intervals, and no sooner than LOOK_LATE_S."""
LOOK_LATE_S = 60.0


@dataclass(frozen=True)
class Operations:
    """The tenant's own rows, and whether workers and sweep are alive.

    `states`: of uploads that are not final, and of those that ended within a day. `workers`: None where the queue's
    server does not answer. `look`: the sweep's last one, None where it is not known. Costs in millionths of a US
    dollar; `daily_budget_micros` None for no bound. `alarms`: in words, with what to do; empty where all is well.
    """

    at: datetime
    states: list[InState]
    hours: list[Hour]
    troubles: list[Trouble]
    stuck: list[Stuck]
    engines: list[EngineDay]
    proposals: dict[Verdict, int]
    workers: int | None
    look: Look | None
    spent_today_micros: int
    daily_budget_micros: int | None
    alarms: list[str]


def operations_of(services: Services, tenant_id: UUID, actor: Actor) -> Operations:
    """Return how a tenant's photos are getting on."""
    now = datetime.now(UTC)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        states = operations.by_state(tx, now - timedelta(days=1), STUCK_AFTER_S)
        hours = operations.by_hour(tx)
        troubles = operations.troubles(tx, now - timedelta(days=TROUBLES_DAYS))
        stuck = operations.stuck(tx, STUCK_AFTER_S)
        engines = operations.engines(tx, now - timedelta(days=ENGINE_DAYS))
        proposals = operations.proposals(tx)
        spent = tenants.spent_today(tx)
        budget = tenants.policy(tx).daily_budget_micros
    workers, look = _alive(services)
    return Operations(
        at=now,
        states=states,
        hours=hours,
        troubles=troubles,
        stuck=stuck,
        engines=engines,
        proposals=proposals,
        workers=workers,
        look=look,
        spent_today_micros=spent,
        daily_budget_micros=budget,
        alarms=[
            *_silence(workers, look, states, now, services.settings.sweep_interval_s),
            *_behind(states, spent, budget),
        ],
    )


def _alive(services: Services) -> tuple[int | None, Look | None]:
    try:
        pulse = services.queue.pulse
        return pulse.workers(), pulse.last_look()
    except (UnavailableError, ConfigError):
        return None, None


def _silence(
    workers: int | None, look: Look | None, states: list[InState], now: datetime, interval_s: float
) -> list[str]:
    """Say who gives no sign of life, and what to do."""
    waiting = sum(one.uploads for one in states if one.state in ("received", "queued"))
    if workers is None:
        return [
            "The queue's server does not answer. Photos are kept and are read when it is back: see `capture doctor`."
        ]
    said = []
    if workers == 0:
        wait = (
            f"{waiting:,} {'upload waits' if waiting == 1 else 'uploads wait'}" if waiting else "New photos will wait"
        )
        said.append(f"No worker is alive. {wait}; `capture worker` or `capture up` starts one.")
    late_s = max(LOOK_LATE_S, LOOKS_MISSED * interval_s)
    if look is None or now - look.at > timedelta(seconds=late_s):
        said.append(
            "The sweep gives no sign of life: what gets lost is not found. `capture sweep --watch` or `capture up` "
            "starts it."
        )
    return said


def _behind(states: list[InState], spent: int, budget: int | None) -> list[str]:
    """Say what is stuck and what is used up."""
    said = []
    stuck = sum(one.stuck for one in states)
    if stuck:
        subject = "upload has" if stuck == 1 else "uploads have"
        said.append(f"{stuck:,} {subject} not moved on in time; the sweep tries again, and the reasons are below.")
    if budget is not None and spent >= budget:
        said.append("Today's budget is used up: engines with a price are not asked until midnight UTC.")
    return said
