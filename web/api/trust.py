"""Trust: what was promised beside what was measured."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from web.auth import CallerDep, ServicesDep, actor_of
from web.paging import Page
from worker.measuring import DAYS, Standing, standings

router = APIRouter(prefix="/v1", tags=["trust"])


@router.get("/trust")
def show_trust(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    days: Annotated[int, Query(ge=1, le=3_650)] = DAYS,
) -> Page[Standing]:
    """Show promise, threshold, automation and measured error of each engine's events by type, with alarms in words."""
    return Page[Standing](items=standings(services, caller.tenant_id, actor_of(request, caller), days))
