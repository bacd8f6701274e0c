"""A vehicle's history in the flow: each event has its row, and whatever changes one reconsiders all others.

Everything happens in the transaction of its cause, under the vehicle's lock, which is taken before any event's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from capture import plausibility
from capture.bundles import PURCHASE
from capture.events import changed_payload
from capture.events.base import Flag
from capture.history.entry import IN_HISTORY, Told, entry_of, said_by
from capture.history.model import Expect, Finding, History, Opinion
from capture.reading import Reading
from capture.review import HISTORY_AGREES, UNDECIDED, VERIFIED, ReviewState, counts, undecided_state
from storage.db import WORKER, Connection
from storage.queries import events, history, related, tenants, uploads, vehicles
from storage.queries.history import UNJUDGED, Judged, NewOpinion, ReadingRow
from worker import sampling
from worker.effects import Effect
from worker.services import Services

MOST_SUGGESTED = 5
"""So many doubtful readings of one vehicle, the latest, are looked for at the driver's other vehicles."""


def keep_new(
    tx: Connection,
    event: events.NewEvent,
    created_at: datetime,
    received_at: datetime,
    judged: Judged = UNJUDGED,
    readings: tuple[Reading, ...] = (),
) -> None:
    """Write the row of a new event, with what is thought of it and the ways to read it that its engine ranked."""
    told = Told(
        event_type=event.event_type,
        payload=event.payload,
        codes=tuple(flag.code for flag in event.flags),
        occurred_at=event.occurred_at,
        received_at=received_at,
        probability=event.probability,
        readings=readings,
    )
    entry = entry_of(told)
    if entry is not None:
        history.keep(tx, event.vehicle_id, event.id, created_at, entry, judged)


def keep_decided(tx: Connection, event: events.LockedEvent, state: ReviewState, payload: Mapping[str, Any]) -> None:
    """Write the row of an event on which a person has decided: true from now on, or no part of the history."""
    if state not in VERIFIED:
        history.drop(tx, event.id)
        return
    told = Told(
        event_type=event.event_type,
        payload=payload,
        occurred_at=event.occurred_at,
        received_at=history.received_at(tx, event.id) or event.created_at,
        verified=True,
    )
    entry = entry_of(told)
    if entry is not None:
        history.keep(tx, event.vehicle_id, event.id, event.created_at, entry, UNJUDGED)


def expectation(services: Services, job: uploads.Job) -> Expect:
    """Return what tells where a vehicle's readings expect its odometer.

    Those of the upload itself do not count, nor does a slip of the same stop, which speaks through the bundle.
    """

    def expect(at: datetime | None) -> tuple[float, float] | None:
        if at is None:
            return None
        with services.db.tenant_tx(job.tenant_id, WORKER) as tx:
            own = {event.id for event in events.events_of_upload(tx, job.id)}
            rows = [
                row
                for row in history.readings(tx, job.vehicle_id)
                if row.event_id not in own and not _same_stop(row, at, services.settings.bundle_window)
            ]
            whole = _history(tx, job.vehicle_id, rows)
        return plausibility.expected_at(whole, at)

    return expect


def _same_stop(row: ReadingRow, at: datetime, window: timedelta) -> bool:
    return row.event_type == PURCHASE and abs(row.occurred_at - at) <= window


def reconsider(tx: Connection, vehicle_id: UUID, cause: str) -> tuple[Effect, ...]:
    """Work out what a vehicle's readings say of one another, and write what changed; return it, earliest first.

    `cause`: what has changed, as the stream names it. What a person decided is never changed.
    """
    history.lock_vehicles(tx, [vehicle_id])
    rows = history.readings(tx, vehicle_id)
    whole = _history(tx, vehicle_id, rows)
    opinions = plausibility.consider(whole)
    elsewhere = _elsewhere(tx, whole, rows, opinions)
    noted = [_noted(row, opinions[row.event_id], elsewhere.get(row.event_id)) for row in rows]
    effects = []
    for row, new in zip(rows, noted, strict=True):
        if not row.verified and (new.way, new.findings) != (row.way, row.findings):
            effects += _rewrite(tx, row, new, cause)
    history.note_opinions(tx, [new for row, new in zip(rows, noted, strict=True) if _differs(row, new)])
    history.keep_rate(tx, vehicle_id)
    return tuple(effects)


def reconsider_after(tx: Connection, event_type: str, vehicle_id: UUID, cause: str) -> tuple[Effect, ...]:
    """Reconsider a vehicle after an event of this type has changed; nothing follows from types outside histories."""
    return reconsider(tx, vehicle_id, cause) if event_type in IN_HISTORY else ()


def log_effects(tx: Connection, vehicle_id: UUID, cause: str, effects: Iterable[Effect]) -> None:
    """Write into the audit log what a program's change did to other events of a vehicle."""
    logged = [effect.logged for effect in effects]
    if logged:
        tenants.log_action(tx, "history.reconsidered", "vehicle", vehicle_id, {"cause": cause, "affected": logged})


def _history(tx: Connection, vehicle_id: UUID, rows: list[ReadingRow]) -> History:
    facts = vehicles.facts(tx, vehicle_id)
    assert facts is not None, "vehicles are not deleted"
    facts = facts.model_copy(update={"litres_per_100_km": vehicles.consumption(tx, vehicle_id)})
    return History(
        vehicle=facts,
        observations=tuple(row.observation for row in rows),
        cuts=tuple(row.cut for row in vehicles.cuts(tx, vehicle_id) if row.voided_at is None),
        fleet=history.fleet_rate(tx, vehicle_id),
        levels=vehicles.rule_levels(tx),
    )


def _elsewhere(
    tx: Connection, whole: History, rows: list[ReadingRow], opinions: Mapping[UUID, Opinion]
) -> dict[UUID, Finding]:
    """Return of readings that do not go with their vehicle's the finding that they fit one other of the driver.

    The latest of them alone, and the others by their readings around that time: each is one more look at a vehicle.
    """
    found = {}
    doubted = [row for row in rows if _is_doubted(row, opinions[row.event_id])]
    for row in doubted[-MOST_SUGGESTED:]:
        windows = {}
        for vehicle_id in history.vehicles_of_driver(tx, row):
            around = _history(tx, vehicle_id, history.readings_around(tx, vehicle_id, row.occurred_at))
            windows[vehicle_id] = plausibility.expected_at(around, row.occurred_at)
        finding = plausibility.other_vehicles(row.observation, opinions[row.event_id], windows, whole.levels)
        if finding is not None:
            found[row.event_id] = finding
    return found


def _is_doubted(row: ReadingRow, opinion: Opinion) -> bool:
    km = row.readings[0].km if row.ways else None
    if row.verified or km is None:
        return False
    low, high = opinion.window_km or (km, km)
    return not low <= km <= high or any(finding.code in plausibility.AGAINST_READING for finding in opinion.findings)


def _noted(row: ReadingRow, opinion: Opinion, elsewhere: Finding | None) -> NewOpinion:
    """Return an opinion as it is kept. Where no way fits, the event says what the pixels say."""
    ways = row.readings
    way = opinion.chosen or 0
    findings = list(opinion.findings) + ([] if elsewhere is None else [elsewhere])
    if way != row.way_read:
        findings.append(_unmeasured(row))
    low, high = opinion.window_km or (None, None)
    return NewOpinion(
        event_id=row.event_id,
        way=way,
        km=ways[way].km if ways else None,
        fits=bool(ways) and (row.verified or opinion.chosen is not None),
        by_history=opinion.by_history,
        posterior=[round(share, 6) for share in opinion.posterior],
        expected_low_km=_bound(low),
        expected_high_km=_bound(high),
        findings=[] if row.verified else [finding.model_dump(mode="json") for finding in findings],
    )


def _unmeasured(row: ReadingRow) -> Finding:
    """Say that the event's confidence spoke of another number than the one that it says now."""
    sentence = (
        f"The confidence was of {_shown(row, row.way_read)}, as the photo was read; nobody has measured how often the "
        "number that the vehicle's other readings chose since is right."
    )
    return Finding(code="confidence_unknown", sentence=sentence, level="flag", facts={"was": row.judged["confidence"]})


def _bound(km: float | None) -> float | None:
    return None if km is None or not math.isfinite(km) else round(min(max(km, 0.0), 1e8), 3)


def _differs(row: ReadingRow, new: NewOpinion) -> bool:
    return any(getattr(row, name) != value for name, value in vars(new).items())


def _rewrite(tx: Connection, row: ReadingRow, new: NewOpinion, cause: str) -> list[Effect]:
    """Write into an undecided event what history says of it now: its flags, its state, and the way to read it.

    One that is gone, archived or decided is left as it is.
    """
    event = events.lock_event(tx, row.event_id)
    if event is None or event.review_state not in UNDECIDED:
        return []
    findings = [Finding.model_validate(finding) for finding in new.findings]
    flags = [Flag.model_validate(flag) for flag in event.flag_reasons]
    flags = [flag for flag in flags if flag.origin != "history"] + [_flag(finding) for finding in findings]
    state = undecided_state(counts(flag.code, flag.level) for flag in flags)
    payload = event.payload
    if new.way != row.way:
        payload = changed_payload(event.event_type, payload, said_by(row.readings[new.way]))
    stored = [flag.stored() for flag in flags]
    if new.way == row.way and state == event.review_state and stored == event.flag_reasons:
        return []  # other facts behind the same sentences
    if new.way == row.way:  # what is thought of the number stays: a stop may have moved it
        confidence, version = event.confidence, related.reflag(tx, event, state, stored)
    else:
        judged = row.as_read if new.way == row.way_read else UNJUDGED
        confidence, version = judged["confidence"], events.reconsider(tx, event, state, payload, stored, **judged)
    events.append_stream(
        tx,
        event.id,
        event.version,
        "reconsidered",
        {"review_state": state, "before": event.review_state, "version": version, "confidence": confidence},
        {"flag_reasons": stored, **({"payload": payload} if new.way != row.way else {})},
        {"cause": cause},
    )
    before = {finding["code"] for finding in row.findings}
    after = {finding.code for finding in findings}
    _explain(tx, event, state, row, findings, sorted(before - after))
    if state == "accepted" and event.review_state != "accepted" and event.source == "photo":
        sampling.draw(tx, event.id, event.created_at, event.event_type, payload["provenance"]["engine"])
    effect = Effect(
        event_id=event.id,
        event_type=event.event_type,
        occurred_at=event.occurred_at,
        state_before=event.review_state,
        state_after=state,
        raised=tuple(sorted(after - before)),
        cleared=tuple(sorted(before - after)),
        reading_before=_shown(row, row.way) if new.way != row.way else None,
        reading_after=_shown(row, new.way) if new.way != row.way else None,
    )
    return [effect]


def _flag(finding: Finding) -> Flag:
    return Flag(code=finding.code, sentence=finding.sentence, origin="history", level=finding.level)


def _shown(row: ReadingRow, way: int) -> str:
    chosen = row.readings[way]
    return f"{chosen.shown:,} {chosen.unit or ''}".strip()


def _explain(
    tx: Connection,
    event: events.LockedEvent,
    state: ReviewState,
    row: ReadingRow,
    findings: list[Finding],
    cleared: list[str],
) -> None:
    """Write the reasons that are new, and that others are gone."""
    for finding in findings:
        if finding.model_dump(mode="json") not in row.findings:
            kind = "note" if finding.level == "note" else "flagged"
            facts = {**finding.facts, "level": finding.level}
            events.insert_explanation(tx, event.id, event.created_at, None, kind, _flag(finding), facts)
    if cleared:
        sentence = f"The vehicle's other readings no longer speak against it ({', '.join(cleared)})."
        kind = "accepted" if state == "accepted" else "note"
        reason = Flag(code=HISTORY_AGREES, sentence=sentence, origin="history")
        events.insert_explanation(tx, event.id, event.created_at, None, kind, reason, {"cleared": cleared})
