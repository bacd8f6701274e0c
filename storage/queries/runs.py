"""Runs of engines, and the proposals that later runs leave beside the events that stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from capture.review import ReviewState
from storage.db import Connection
from storage.ids import new_id
from storage.queries import load

SQL = load("runs")


@dataclass(frozen=True)
class NewRun:
    """One attempt of one engine. `content`: spans, fields and candidates, kept erasable.

    `cost_micros`: millionths of a US dollar; tokens and cost are None for an engine that costs nothing.
    """

    id: UUID
    upload_id: UUID
    attempt: int
    engine: str
    model_version: str
    settings: dict[str, Any]
    span_count: int
    content: dict[str, Any] | None
    event_type: str | None
    confidence: int | None
    confidence_parts: dict[str, Any]
    duration_ms: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micros: int | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class NewProposal:
    """What a later run would say of one place of an upload."""

    upload_id: UUID
    run_id: UUID
    event_type: str
    ordinal: int
    event_id: UUID | None
    event_created_at: datetime | None
    verdict: str
    payload: dict[str, Any] | None
    confidence: int | None
    flag_reasons: list[dict[str, Any]]


@dataclass(frozen=True)
class ProposalRow:
    """A proposal beside the event it speaks of."""

    id: UUID
    upload_id: UUID
    event_type: str
    ordinal: int
    event_id: UUID | None
    verdict: str
    payload: dict[str, Any] | None
    confidence: int | None
    created_at: datetime
    present_payload: dict[str, Any] | None
    review_state: ReviewState | None


def insert_run(tx: Connection, run: NewRun) -> None:
    """Write a run; its content goes to `private_values`."""
    tx.execute(
        SQL["insert_run"],
        {
            **vars(run),
            "settings": Jsonb(run.settings),
            "content": None if run.content is None else Jsonb(run.content),
            "confidence_parts": Jsonb(run.confidence_parts),
        },
    )


def insert_proposal(tx: Connection, proposal: NewProposal) -> None:
    """Write what a later run would say."""
    tx.execute(
        SQL["insert_proposal"],
        {
            **vars(proposal),
            "id": new_id(),
            "payload": None if proposal.payload is None else Jsonb(proposal.payload),
            "flag_reasons": Jsonb(proposal.flag_reasons),
        },
    )


def proposals(tx: Connection, upload_ids: list[UUID]) -> list[ProposalRow]:
    """Return the last proposals for each place of the uploads."""
    with tx.cursor(row_factory=class_row(ProposalRow)) as cursor:
        return cursor.execute(SQL["proposals"], {"upload_ids": upload_ids}).fetchall()
