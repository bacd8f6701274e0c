"""What a tenant promised beside what was measured: automation, errors by those who looked, alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from capture.confidence import Trust
from capture.measuring import ANSWERS_TO_FALSE_ALARM, Answer, Drift, Measured, drift, measure
from capture.reading import Frozen
from storage.db import Actor
from storage.queries import blind
from worker.services import Services
from worker.trusting import load_trust

STORED = 1e-6
"""Probabilities are kept as `real`, six digits."""

DAYS = 365
"""How far back events are counted, unless another time is asked for."""


class Standing(Frozen):
    """One engine's events of one type. `promised`: the accepted share of wrong ones.

    `accept_from`: None where nothing supports accepting any. `automation`: the share of events that needed no person,
    0 to 1. `measured`: of events that would be accepted today. `waiting`: samples that nobody has answered.
    `alarms`: in words, with what to do; empty where all is well.
    """

    engine: str
    event_type: str
    promised: float
    accept_from: float | None
    events: int
    accepted: int
    automation: float
    waiting: int
    measured: Measured
    drift: Drift | None
    alarms: tuple[str, ...]


def standings(services: Services, tenant_id: UUID, actor: Actor, days: int = DAYS) -> list[Standing]:
    """Return how each engine's events of each type stand to their promise, over so many days."""
    since = datetime.now(UTC) - timedelta(days=days)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        judge = load_trust(tx, services.settings)
        counts = blind.standing(tx, since)
        answers = blind.answers(tx, since)
        waiting = blind.unanswered(tx)
    found = []
    for row in counts:
        key = (row.engine, row.event_type)
        cut = judge.cut(*key)
        said = answers.get(key, [])
        counted = [one for one in said if _accepted_today(judge, row, one)]
        promised = judge.error(row.event_type)
        measured, drifted = measure(counted), drift(said)
        found.append(
            Standing(
                engine=row.engine,
                event_type=row.event_type,
                promised=promised,
                accept_from=None if cut is None else cut.probability,
                events=row.events,
                accepted=row.accepted,
                automation=row.accepted / row.events,
                waiting=waiting.get(key, 0),
                measured=measured,
                drift=drifted,
                alarms=alarms(row.engine, row.event_type, promised, measured, drifted),
            )
        )
    return found


def _accepted_today(judge: Trust, row: blind.Standing, answer: Answer) -> bool:
    """Tell if what was answered would be accepted by today's threshold; where there is none, all that were count."""
    cut = judge.cut(row.engine, row.event_type, answer.signal)
    return cut is None or answer.probability >= cut.probability - STORED


def alarms(engine: str, event_type: str, promised: float, measured: Measured, drifted: Drift | None) -> tuple[str, ...]:
    """Say in words what is wrong, and what to do."""
    said = []
    events = f"{event_type.replace('_', ' ')} by {engine}"
    if measured.error is not None and measured.low > promised:
        said.append(
            f"{events}: at most {promised:.2%} wrong is promised, {measured.error:.2%} was measured "
            f"({measured.low:.2%} to {measured.high:.2%}, {measured.wrong} of {measured.answers} answers). Run "
            "`capture calibrate` and `capture rescore --apply`, or set a stricter promise with `capture promise`."
        )
    if drifted is not None:
        more = "less" if drifted.direction == "too_sure" else "more"
        said.append(
            f"{events}: {drifted.said:.2%} were said to be right, {drifted.right:.2%} are, {more} often than chance "
            f"explains (one false alarm in {ANSWERS_TO_FALSE_ALARM:,} answers). Run `capture calibrate`, then "
            "`capture rescore --apply`."
        )
    return tuple(said)
