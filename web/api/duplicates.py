"""Duplicates: pairs of events that may be one, and a person's word on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from capture.duplicates import Kind
from storage.queries import related as queries
from storage.queries.related import PairState
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
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


@router.get("/duplicates")
def list_duplicates(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    state: PairState | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> list[PairOut]:
    """List pairs, newest first."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        return [PairOut.model_validate(vars(row)) for row in queries.find_pairs(tx, state, limit)]


@router.post("/duplicates/{pair_id}/decision")
def decide(request: Request, services: ServicesDep, caller: WriterDep, pair_id: UUID, said: PairDecided) -> PairOut:
    """Confirm a pair, which voids `event_id`, or dismiss it, which takes the flag back."""
    row = decide_pair(services, caller.tenant_id, actor_of(request, caller), pair_id, said.decision)
    return PairOut.model_validate(vars(row))
