"""Blind samples: drawn where an event is accepted, closed where a person decides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from capture.errors import ConflictError
from capture.review import Decision
from capture.sampling import Outcome, asked, drawn
from storage.db import Connection
from storage.queries import blind, tenants

OUTCOMES: dict[Decision, Outcome] = {
    "confirm": "same",
    "correct": "different",
    "reject": "no_event",
    "void": "no_event",
}
"""What a person's decision says of a sampled event."""


def draw(tx: Connection, event_id: UUID, created_at: datetime, event_type: str, engine: str) -> None:
    """Put an event that is accepted in this transaction into the sample, if it is drawn."""
    share = tenants.policy(tx).blind_share
    if asked(event_type) and drawn(event_id, share):
        blind.insert(tx, event_id, created_at, event_type, engine, share)


def close(tx: Connection, event_id: UUID, decision: Decision, *, accepted: bool, unseen: bool) -> None:
    """Write what a decision on an event says of its open sample, if it has one.

    `accepted`: the event counts now. `unseen`: whoever decides has not seen what was read. Whoever has may put an event
    right or take it back, which is known then; but to say that it is right, one must not have seen it.
    Raises: ConflictError (`answer_unseen`).
    """
    sample = blind.sample(tx, event_id)
    if sample is None or sample.outcome is not None or not accepted:
        return
    if decision == "confirm" and not unseen:
        raise ConflictError("answer_unseen", "The event is one of those that are answered without seeing what was read")
    blind.answer(tx, event_id, OUTCOMES[decision])
