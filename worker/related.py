"""What a new or changed event has to do with others: pairs that may be one, stops, and the flags that follow.

All in the transaction that writes the event. Whoever writes a possible relative waits, so that of two photos that
arrive together the second finds the first. A person's decision holds the vehicles of known pairs before; a pair that is
found across vehicles only now may still meet another writer's event, and then the database ends one of the two, whose
photo is read again later or whose person is told to try again (`database_unavailable`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from capture.bundle_evidence import Moved
from capture.confidence import CONFIDENCE_FLAGS
from capture.duplicates import Likeness, Look, Pair, Unseen, bits_apart, compare, needs_look
from capture.errors import ConflictError
from capture.events.base import Flag
from capture.review import RELATIVES_AGREE, UNDECIDED, ReviewState, counts, undecided_state
from capture.settings import Settings
from storage.db import Connection
from storage.queries import events, history
from storage.queries import related as queries
from storage.queries.history import Alone
from storage.queries.related import PairRow, Photo, ToldRow
from worker import sampling, stops
from worker.effects import Effect, merged
from worker.standing import MOVED, doubts, judged, moved_by_stop, note, replaced

OURS = frozenset({"duplicate_suspected", "bundle_disagrees", MOVED})
"""Flags that other events raise and may take back."""

MOST_LOOKS = 8
"""So many pictures at most are laid over a new one: those whose hashes are nearest."""


class LooksNeededError(Exception):
    """Pictures must be laid over the new one before its event can be written; nothing has been written."""

    def __init__(self, photos: list[Photo]) -> None:
        super().__init__(f"{len(photos)} pictures to compare")
        self.photos = photos


def relate(
    tx: Connection,
    settings: Settings,
    event_ids: list[UUID],
    looks: Mapping[UUID, Look] | None = None,
    *,
    effects: tuple[Effect, ...] = (),
) -> tuple[Effect, ...]:
    """Find the relatives of events that were just written or changed, and flag what follows.

    `looks`: what came of comparing pictures, by the other upload; None where pictures cannot be looked at now.
    `effects`: what the vehicle's history has just done to others; one that it reads another way has other relatives.
    Return these with what followed here, for each event but those in `event_ids`, earliest first.
    Raises: LooksNeededError if pictures that nobody has compared could decide.
    """
    reread = [effect.event_id for effect in effects if effect.reading_after and effect.event_id not in event_ids]
    changed = [*event_ids, *reread]
    if not changed:
        return effects
    queries.lock(tx, changed)
    touched = set(changed)
    told = []
    for event_id in changed:
        mine, flagged = _pair(tx, event_id, looks if event_id in event_ids else None)
        told.append(mine)
        touched |= flagged
    for row in told:
        touched |= stops.regroup(tx, row.vehicle_id, row.occurred_at, settings.bundle_window)
    return tuple(one for one in merged([*effects, *reflag(tx, touched)]) if one.event_id not in event_ids)


def relate_across(
    tx: Connection, settings: Settings, vehicle_id: UUID, at: datetime, effects: tuple[Effect, ...]
) -> tuple[Effect, ...]:
    """Judge the stops around a moment again, and the first after it: the vehicle's meter was cut there.

    `effects`, return: as of `relate`.
    """
    done = relate(tx, settings, [], effects=effects)
    queries.lock_vehicle(tx, vehicle_id)
    return tuple(merged([*done, *reflag(tx, stops.regroup(tx, vehicle_id, at, settings.bundle_window))]))


def relate_again(
    tx: Connection, settings: Settings, event_id: UUID, duplicate: UUID | None, effects: tuple[Effect, ...]
) -> tuple[Effect, ...]:
    """Find the relatives of an event on which a person decided. `duplicate`: the pair that this confirms.

    `effects`, return: as of `relate`.
    Raises: ConflictError (`duplicate_decided`).
    """
    if duplicate is not None:
        pair = queries.lock_pair(tx, duplicate)
        if pair is None or pair.state != "proposed" or pair.event_id != event_id:
            raise ConflictError("duplicate_decided", "The pair is not open any more")
        queries.settle_pair(tx, duplicate, "confirmed")
    return relate(tx, settings, [event_id], effects=effects)


def reflag(tx: Connection, event_ids: Iterable[UUID]) -> list[Effect]:
    """Write what pairs and bundles say now into events on which nobody has decided; return what changed.

    They raise flags and take them back, and a bundle moves the probability, with what follows from that.
    """
    effects = []
    for event_id in sorted(event_ids):
        event = events.lock_event(tx, event_id)
        if event is None or event.review_state not in UNDECIDED:
            continue
        stands = history.standing(tx, event_id)
        alone = None if stands is None else stands.alone
        as_read = stands is not None and stands.as_read
        by_stop = moved_by_stop(tx, event_id, alone) if alone is not None and as_read else None
        raised = [*_duplicate_flags(tx, event_id), *_bundle_flags(tx, event_id), *_notes(by_stop)]
        wanted = [flag.stored() for flag, _ in raised]
        reasons = replaced(event.flag_reasons, OURS, wanted)
        if alone is not None:
            reasons = replaced(reasons, CONFIDENCE_FLAGS, doubts(alone, by_stop))
        if reasons == event.flag_reasons:
            continue
        state = undecided_state(counts(flag["code"], flag.get("level")) for flag in reasons)
        if alone is None or not as_read:
            confidence, version = event.confidence, queries.reflag(tx, event, state, reasons)
        else:
            now = judged(alone, by_stop)
            confidence, version = now["confidence"], events.reconsider(tx, event, state, event.payload, reasons, **now)
        data = {"review_state": state, "before": event.review_state, "version": version, "confidence": confidence}
        events.append_stream(tx, event.id, event.version, "reconsidered", data, {"flag_reasons": reasons}, {})
        for (flag, facts), stored in zip(raised, wanted, strict=True):
            if stored not in event.flag_reasons:
                kind = "note" if flag.code == MOVED else "flagged"
                events.insert_explanation(tx, event.id, event.created_at, None, kind, flag, facts)
        before, after = ({flag["code"] for flag in flags} for flags in (event.flag_reasons, reasons))
        _explain_cleared(tx, event, state, before - after, alone)
        if state == "accepted" and event.review_state != "accepted" and event.source == "photo":
            sampling.draw(tx, event.id, event.created_at, event.event_type, event.payload["source"])
        effects.append(
            Effect(
                event_id=event.id,
                event_type=event.event_type,
                occurred_at=event.occurred_at,
                state_before=event.review_state,
                state_after=state,
                raised=tuple(sorted(after - before)),
                cleared=tuple(sorted(before - after)),
            )
        )
    return effects


def _explain_cleared(
    tx: Connection, event: events.LockedEvent, state: ReviewState, cleared: set[str], alone: Alone | None
) -> None:
    by_others = sorted(cleared - CONFIDENCE_FLAGS - {MOVED})
    if by_others:
        sentence = f"Other events no longer speak against it ({', '.join(by_others)})."
        kind = "accepted" if state == "accepted" else "note"
        reason = Flag(code=RELATIVES_AGREE, sentence=sentence)
        events.insert_explanation(tx, event.id, event.created_at, None, kind, reason, {"cleared": by_others})
    if MOVED in cleared:
        sentence = "Nothing that was photographed at the same stop moves the probability any more."
        reason = Flag(code="moved_by_bundle", sentence=sentence)
        events.insert_explanation(tx, event.id, event.created_at, None, "note", reason, {})
    if state == "accepted" and cleared & CONFIDENCE_FLAGS and alone is not None:
        facts = {"accept_from": alone["accept_from"]}
        events.explain_acceptance(tx, event.id, event.created_at, None, alone["said"], facts)


def _notes(by_stop: Moved | None) -> list[tuple[Flag, dict[str, Any]]]:
    return [] if by_stop is None else [(note(by_stop), by_stop.parts)]


def _pair(tx: Connection, event_id: UUID, looks: Mapping[UUID, Look] | None) -> tuple[ToldRow, set[UUID]]:
    """Propose the pairs of an event, withdraw those that do not hold any more.

    Return the event, and whose flags may change.
    """
    known = {pair.ends - {event_id}: pair for pair in queries.pairs_of(tx, [event_id])}
    ids = [event_id, *queries.suspects(tx, event_id), *(other for ends in known for other in ends)]
    rows = {row.event_id: row for row in queries.told(tx, ids)}
    mine = rows.pop(event_id)
    found: dict[frozenset[UUID], Pair] = {}
    unseen: list[tuple[int, UUID]] = []
    for row in rows.values() if mine.stands else ():
        one, other, before = mine.told, row.told, known.get(frozenset({row.event_id}))
        look = _look(row, looks, before)
        pair = compare(one, other, look)
        if pair is not None:
            found[frozenset({row.event_id})] = pair
        elif look is None and row.upload_id is not None and needs_look(one, other):
            assert one.perceptual_hash is not None
            assert other.perceptual_hash is not None
            unseen.append((bits_apart(one.perceptual_hash, other.perceptual_hash), row.upload_id))
    if looks is not None:
        _ask(tx, unseen, looks)
    touched = set()
    for other_id, pair in found.items():
        before = known.get(other_id)
        queries.propose(tx, pair)
        touched |= {pair.goes.event_id} if before is None else {pair.goes.event_id, before.event_id}
    gone = [
        pair for key, pair in known.items()
        if pair.state == "proposed" and key not in found and (pair.kind != "same_fill" or not mine.stands)
    ]  # fmt: skip
    queries.withdraw(tx, [pair.id for pair in gone])
    return mine, touched | {pair.event_id for pair in gone}


def _ask(tx: Connection, unseen: list[tuple[int, UUID]], looks: Mapping[UUID, Look]) -> None:
    nearest = [upload_id for _, upload_id in sorted(unseen)[: max(0, MOST_LOOKS - len(looks))]]
    photos = queries.photos(tx, nearest)
    if photos:
        raise LooksNeededError(photos)


def _look(row: ToldRow, looks: Mapping[UUID, Look] | None, before: PairRow | None) -> Look | None:
    """Return what is known of comparing the pictures, from now or from when the pair was proposed."""
    if looks is not None and row.upload_id is not None and row.upload_id in looks:
        return looks[row.upload_id]
    if before is None or before.kind != "same_picture":
        return None
    if "not_compared" in before.facts:
        return Unseen(code=before.facts["not_compared"])
    return Likeness.model_validate(before.facts["look"]) if "look" in before.facts else None


def _duplicate_flags(tx: Connection, event_id: UUID) -> list[tuple[Flag, dict[str, Any]]]:
    """Return one flag for all pairs: it names the first that was found, and how many more there are."""
    pairs = [one for one in queries.pairs_of(tx, [event_id]) if one.state == "proposed" and one.event_id == event_id]
    if not pairs:
        return []
    first, *more = pairs
    sentence = first.sentence
    if more:
        sentence += f" {len(more)} more {'event' if len(more) == 1 else 'events'} may be the same too."
    facts = {"pair_id": str(first.id), "kind": first.kind, "score": float(first.score), **first.facts}
    if more:
        facts["more_pairs"] = [str(pair.id) for pair in more]
    return [(Flag(code="duplicate_suspected", sentence=sentence), facts)]


def _bundle_flags(tx: Connection, event_id: UUID) -> list[tuple[Flag, dict[str, Any]]]:
    own = next((row for row in queries.bundles_of(tx, [event_id]) if row.event_id == event_id), None)
    return [
        (Flag(code="bundle_disagrees", sentence=fact["sentence"]), {"bundle_id": str(own.id), **fact["numbers"]})
        for fact in ([] if own is None else own.facts)
        if own is not None and fact["disagrees"]
    ]
