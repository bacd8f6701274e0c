"""Judging stored readings again, without asking any engine: after a new calibration or promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isclose
from typing import Any
from uuid import UUID

from capture.bundle_evidence import Moved
from capture.calibration import WITH_HISTORY
from capture.confidence import CONFIDENCE_FLAGS, Confidence, Trust
from capture.events.base import Candidate, Flag
from capture.review import ReviewState, counts, undecided_state
from capture.settings import Settings
from storage.db import Actor, Connection
from storage.queries import events, history, trust
from worker import sampling
from worker.services import Services
from worker.standing import MOVED, doubts, moved_by_stop, note, replaced
from worker.standing import judged as numbers
from worker.trusting import load_trust

BATCH = 200
NONE = UUID(int=0)
STORED = 1e-6
"""Probabilities are kept as `real`, six digits."""


@dataclass
class Rescored:
    """What judging again changed, or would change. `moves`: events by their state before and after."""

    looked_at: int = 0
    changed: int = 0
    moves: Counter[tuple[ReviewState, ReviewState]] = field(default_factory=Counter)

    @property
    def accepted(self) -> int:
        """Events that were flagged and are accepted now."""
        return self.moves["flagged", "accepted"]

    @property
    def flagged(self) -> int:
        """Events that were accepted and are flagged now."""
        return self.moves["accepted", "flagged"]


def rescore(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    *,
    apply: bool,
    judged_by: Callable[[Connection, Settings], Trust] = load_trust,
) -> Rescored:
    """Judge all events that no person decided by today's calibrations and promises.

    `apply`: write it; otherwise it is only counted. `judged_by`: what is asked for those, to count by others.
    """
    done = Rescored()
    after = NONE
    while True:
        with services.db.tenant_tx(tenant_id, actor) as tx:
            judge = judged_by(tx, services.settings)
            batch = trust.undecided(tx, after, BATCH)
            if apply:
                history.lock_vehicles_of(tx, [event.id for event in batch])
                batch = trust.undecided(tx, after, BATCH)
            for event in batch:
                _again(tx, judge, event, done, apply=apply)
        if len(batch) < BATCH:
            return done
        after = batch[-1].id


def _again(tx: Connection, judge: Trust, event: trust.Undecided, done: Rescored, *, apply: bool) -> None:
    candidate = _candidate(event)
    if candidate is None:
        return
    done.looked_at += 1
    sure = judge.assess(candidate)
    alone = history.Alone(
        confidence=sure.percent,
        probability=sure.probability,
        field_confidence=dict(sure.fields),
        accept_from=sure.accept_from,
        said=sure.said,
        with_history=candidate.signal == WITH_HISTORY,
    )
    if apply:
        history.judge_again(tx, event.id, alone)
    chosen = any(
        flag["code"] == "confidence_unknown" and flag.get("origin") == "history" for flag in event.flag_reasons
    )
    by_stop = None if chosen else moved_by_stop(tx, event.id, alone)
    flags = doubts(alone, by_stop)
    reasons = replaced(event.flag_reasons, CONFIDENCE_FLAGS, flags)
    reasons = replaced(reasons, {MOVED}, [] if by_stop is None else [note(by_stop).stored()])
    state = undecided_state(counts(flag["code"], flag.get("level")) for flag in reasons)
    if state != event.review_state:
        done.moves[event.review_state, state] += 1
    # where the vehicle's history chose another reading, it is not the one that is judged here
    judged = history.UNJUDGED if chosen else numbers(alone, by_stop)
    as_sure = _as_sure(judged["probability"], event.probability)
    if reasons == event.flag_reasons and state == event.review_state and as_sure:
        return
    done.changed += 1
    if apply:
        _write(tx, event, state, reasons, judged, sure, [*map(Flag.model_validate, flags)], by_stop)


def _as_sure(probability: float | None, before: float | None) -> bool:
    """Tell if two probabilities are the same, as precisely as they are stored."""
    if probability is None or before is None:
        return probability is before
    return isclose(probability, before, abs_tol=STORED)


def _candidate(event: trust.Undecided) -> Candidate | None:
    """Return the candidate that the event was made of; None where its content does not hold it any more."""
    same_type = [one for one in event.content.get("candidates", ()) if one.get("event_type") == event.event_type]
    return None if event.ordinal >= len(same_type) else Candidate.model_validate(same_type[event.ordinal])


def _write(
    tx: Connection,
    event: trust.Undecided,
    state: ReviewState,
    reasons: list[dict[str, Any]],
    judged: history.Judged,
    sure: Confidence,
    flags: list[Flag],
    by_stop: Moved | None,
) -> None:
    version = trust.rescore(tx, event, state, reasons, **judged)
    if version is None:
        return  # a person was quicker
    events.append_stream(
        tx,
        event.id,
        event.version,
        "rescored",
        {"review_state": state, "before": event.review_state, "version": version, "confidence": judged["confidence"]},
        {"flag_reasons": reasons},
        {"run_id": str(event.run_id)},
    )
    for flag in flags:
        events.insert_explanation(tx, event.id, event.created_at, event.run_id, "flagged", flag, dict(sure.parts))
    if by_stop is not None:
        events.insert_explanation(tx, event.id, event.created_at, None, "note", note(by_stop), by_stop.parts)
    if state == "accepted":
        events.explain_acceptance(tx, event.id, event.created_at, event.run_id, sure.said, dict(sure.parts))
        sampling.draw(tx, event.id, event.created_at, event.event_type, event.engine)
