"""An event with the reasons why it stands as it does, as it is shown to a person."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from capture.errors import NotFoundError
from capture.events.base import Flag
from capture.explaining import Told, paragraph, summary
from storage.db import Actor
from storage.queries import blind, events, explanations
from worker.services import Services


class Explained(NamedTuple):
    """An event, why it stands as it does in one paragraph, and all that was ever said for and against it.

    `prose`: the paragraph in a model's words; None where nobody asked for it, or the event has moved on.
    """

    event: events.EventRow
    facts: explanations.Facts
    paragraph: str
    prose: str | None
    reasons: list[explanations.Reason]


def explained(services: Services, tenant_id: UUID, actor: Actor, event_id: UUID) -> Explained:
    """Return an event with its explanation; that a person opened it is noted where a blind answer is awaited.

    The paragraph is made when it is read, so that it speaks of the event as it stands: its facts are stored.
    Raises: NotFoundError (`event_unknown`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        row = events.get(tx, event_id)
        facts = explanations.facts(tx, event_id)
        if row is None or facts is None:
            raise NotFoundError("event_unknown", "There is no such event")
        written = paragraph(_told(row, facts))
        reasons = explanations.reasons(tx, event_id)
        prose = explanations.prose(tx, event_id, written)
        blind.note_views(tx, [event_id])
    return Explained(row, facts, written, prose, reasons)


def _told(row: events.EventRow, facts: explanations.Facts) -> Told:
    provenance = row.payload.get("provenance") or {}
    return Told(
        event_type=row.event_type,
        says=summary(row.event_type, row.payload),
        engine=provenance.get("engine"),
        review_state=row.review_state,
        probability=facts.probability,
        because=facts.because,
        flags=tuple(Flag.model_validate(flag) for flag in row.flag_reasons),
        fields=facts.field_confidence,
    )
