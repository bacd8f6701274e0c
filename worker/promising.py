"""What a promise gives: thresholds and what they save, what another promise would change, and keeping one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args
from uuid import UUID

import numpy as np

from capture.calibration import WITH_HISTORY, Bin, Calibration
from capture.confidence import Trust
from capture.errors import RefusedError
from capture.events import EventType
from capture.fitting import bins, curve
from capture.measuring import Answer
from capture.promise import Cost, Threshold, recommended
from capture.settings import Settings
from storage.db import Actor, Connection
from storage.queries import tenants, trust
from worker.rescoring import Rescored, rescore
from worker.services import Services
from worker.trusting import load_trust

EVENT_TYPES = get_args(EventType)

LADDER = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05)
"""Promises that are set side by side."""

LEAST, MOST = 0.00001, 0.49999
"""Between these lies a promise; five digits are kept."""

LEAST_IN_BIN = 20
"""Answers in a bin: with fewer, its interval says nothing."""

MOST_BINS = 10


@dataclass(frozen=True)
class Rung:
    """What one promise would give for a class of events. `cut`: None where nothing that was counted supports it."""

    error: float
    cut: Threshold | None


@dataclass(frozen=True)
class Offer:
    """What is known of one engine's events of a type. `own`: the tenant's calibration, fitted on its decisions.

    `cut`: from where on events are accepted at the promise in force. `best`: the cut that costs least; None where no
    costs were given, or reviewing everything is cheaper.
    """

    engine: str
    event_type: str
    with_history: bool
    promised: float
    calibration: Calibration
    own: bool
    cut: Threshold | None
    best: Threshold | None
    rungs: tuple[Rung, ...]


def offers(judge: Trust, cost: Cost | None = None) -> list[Offer]:
    """Return what a tenant's calibrations and promises give, by engine and event type."""
    found = []
    for key in sorted({*judge.general, *judge.own}):
        engine, event_type, field = key
        if field not in ("", WITH_HISTORY) or event_type not in EVENT_TYPES:
            continue
        own = judge.own.get(key)
        used = own or judge.general[key]
        rungs = tuple(
            Rung(error, judge.model_copy(update={"errors": {"": error}}).cut(engine, event_type, field))
            for error in LADDER
        )
        found.append(
            Offer(
                engine=engine,
                event_type=event_type,
                with_history=field == WITH_HISTORY,
                promised=judge.error(event_type),
                calibration=used,
                own=own is not None,
                cut=judge.cut(engine, event_type, field),
                best=None if cost is None else recommended(used, cost),
                rungs=rungs,
            )
        )
    return found


def keep(
    services: Services, tenant_id: UUID, actor: Actor, event_type: str, error: float | None, *, apply: bool
) -> Rescored:
    """Set a promise, None takes it back; return what that moves. `apply`: judge stored events by it too.

    Raises: RefusedError (`payload_invalid`).
    """
    _check(event_type, error)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        trust.set_promise(tx, event_type, error)
        tenants.log_action(tx, "promise.set", "promise", None, {"event_type": event_type, "error": error or 0.0})
    return rescore(services, tenant_id, actor, apply=apply)


def preview(services: Services, tenant_id: UUID, actor: Actor, event_type: str, error: float | None) -> Rescored:
    """Return what a promise would move among the stored events, without making it.

    Raises: RefusedError (`payload_invalid`).
    """
    _check(event_type, error)

    def by(tx: Connection, settings: Settings) -> Trust:
        judge = load_trust(tx, settings)
        errors = {kind: said for kind, said in judge.errors.items() if kind != event_type}
        if error is not None:
            errors[event_type] = error
        return judge.model_copy(update={"errors": {"": settings.promised_error, **errors}})

    return rescore(services, tenant_id, actor, apply=False, judged_by=by)


def answered_bins(answers: list[Answer]) -> tuple[Bin, ...]:
    """Return what was said of events that people answered unseen against what was right, in bins."""
    if not answers:
        return ()
    said, right = np.array([one.probability for one in answers]), np.array([float(one.right) for one in answers])
    return bins(said, right, np.ones(len(answers)), max(1, min(MOST_BINS, len(answers) // LEAST_IN_BIN)))


def answered_curve(answers: list[Answer], automation: float) -> list[Threshold]:
    """Return the risk-coverage curve that the answers draw. `automation`: the share of events that was accepted.

    Accepted events alone are drawn for answers, so the curve ends where acceptance does.
    """
    if len(answers) < LEAST_IN_BIN or not automation:
        return []
    said, right = np.array([one.probability for one in answers]), np.array([float(one.right) for one in answers])
    weights = np.array([1 / one.chance for one in answers])
    return [
        Threshold(
            probability=step.probability,
            accepted=step.accepted,
            wrong=step.wrong,
            photos=float(weights.sum()) / automation,
            bound=step.bound,
        )
        for step in curve(said, right, weights)
    ]


def _check(event_type: str, error: float | None) -> None:
    if event_type and event_type not in EVENT_TYPES:
        raise RefusedError("payload_invalid", f"There is no event type {event_type!r}")
    if error is not None and not LEAST <= error <= MOST:
        raise RefusedError("payload_invalid", f"A promise is a share from {LEAST:.5f} to {MOST}")
