"""Where an event stands: what is thought of it alone, moved by what was photographed at the same stop."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from capture.bundle_evidence import Moved, moved
from capture.confidence import Confidence, confidence_flags
from capture.events.base import Flag
from storage.db import Connection
from storage.queries import related
from storage.queries.history import Alone, Judged

MOVED = "moved_by_bundle"
"""Code of the note that says from what to what a stop moved the probability, and why."""

Reasons = list[dict[str, Any]]
"""Flags as they are stored."""


def moved_by_stop(tx: Connection, event_id: UUID, alone: Alone) -> Moved | None:
    """Return how an event's stop moves its probability; None where it does not."""
    own = next((row for row in related.bundles_of(tx, [event_id]) if row.event_id == event_id), None)
    if own is None:
        return None
    return moved(alone["probability"], event_id, own.facts, with_history=alone["with_history"])


def judged(alone: Alone, by_stop: Moved | None) -> Judged:
    """Return the numbers that an event carries."""
    if by_stop is None:
        confidence, probability = alone["confidence"], alone["probability"]
    else:
        confidence, probability = round(by_stop.after * 100), by_stop.after
    return Judged(confidence=confidence, probability=probability, field_confidence=alone["field_confidence"])


def doubts(alone: Alone, by_stop: Moved | None) -> Reasons:
    """Return the flag of an event that is not sure enough to be accepted, if it is not, as it is stored."""
    now = judged(alone, by_stop)
    sure = Confidence(
        probability=now["probability"],
        percent=now["confidence"],
        sentence=alone["said"],
        accept_from=alone["accept_from"],
    )
    return [flag.stored() for flag in confidence_flags(sure)]


def note(by_stop: Moved) -> Flag:
    """Return the note on what a stop has moved."""
    return Flag(code="moved_by_bundle", sentence=by_stop.sentence)


def replaced(reasons: Reasons, codes: Collection[str], wanted: Iterable[dict[str, Any]]) -> Reasons:
    """Return an event's reasons with others in place of those of these codes that the photo or other events gave.

    What the vehicle's history says stays; so does the order, where nothing changes.
    """
    now = list(wanted)
    mine = [flag for flag in reasons if flag["code"] in codes and flag.get("origin") != "history"]
    return list(reasons) if mine == now else [flag for flag in reasons if flag not in mine] + now
