"""Duplicates: pairs of events that may be one, and a person's word on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from capture.duplicates import Kind
from storage.queries import Place, blind
from storage.queries import related as queries
from storage.queries.related import PairState
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from web.paging import Cursor, Limit, Page, page, place
from worker.duplicates import PairDecision, decide_pair

router = APIRouter(prefix="/v1", tags=["duplicates"])


class PairOut(BaseModel):
    """Two events that may be one. `score` 0 to 1: how alike, on the scale of `kind`; no probability."""

    id: UUID
    event_id: UUID
    """The one that is voided where a person confirms."""
    other_event_id: UUID
    kind: Kind
    score: float
    facts: dict[str, Any]
    sentence: str
    state: PairState
    decided_by: UUID | None
    decided_at: datetime | None
    created_at: datetime


class PairDecided(BaseModel):
    """What a person says of a pair: that the two are one, or that they are two."""

    model_config = ConfigDict(extra="forbid")

    decision: PairDecision


@router.get("/duplicates", responses=answers("cursor_invalid"))
def list_duplicates(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    state: PairState | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PairOut]:
    """List pairs, newest first."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = queries.find_pairs(tx, state, limit + 1, place("duplicates", cursor))
        blind.note_views(tx, [end for row in rows[:limit] for end in row.ends])
    return page(
        "duplicates",
        rows,
        limit,
        lambda row: Place(row.created_at, row.id),
        lambda some: [PairOut.model_validate(vars(row)) for row in some],
    )


@router.post(
    "/duplicates/{pair_id}/decision",
    responses=answers("duplicate_unknown", "duplicate_decided", "already_decided", "answer_unseen"),
)
def decide(request: Request, services: ServicesDep, caller: WriterDep, pair_id: UUID, said: PairDecided) -> PairOut:
    """Confirm a pair, which voids `event_id`, or dismiss it, which takes the flag back."""
    row = decide_pair(services, caller.tenant_id, actor_of(request, caller), pair_id, said.decision)
    return PairOut.model_validate(vars(row))
