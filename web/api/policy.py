"""The tenant's policy: who sees its photos, at what cost, and how many accepted events are answered unseen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from storage.queries import tenants
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from worker.policies import change_policy

router = APIRouter(prefix="/v1", tags=["policy"])


class PolicyOut(BaseModel):
    """What the tenant allows. Budgets in millionths of a US dollar, null for no bound; `blind_share`: 0 to 1."""

    allow_vision: bool
    blind_share: float
    forbidden_engines: list[str]
    event_budget_micros: int | None
    daily_budget_micros: int | None


def _kept(share: float) -> float:
    return round(share, 6)


Share = Annotated[float, Field(ge=0, le=1), AfterValidator(_kept)]
"""To a millionth: the database holds no numbers that are much smaller."""


class PolicyChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    allow_vision: bool = False
    blind_share: Share = 0.0
    forbidden_engines: list[str] = Field(default=[], max_length=20)
    event_budget_micros: int | None = Field(default=None, ge=0, le=10**12)
    daily_budget_micros: int | None = Field(default=None, ge=0, le=10**12)


@router.get("/policy")
def show_policy(request: Request, services: ServicesDep, caller: CallerDep) -> PolicyOut:
    """Show what the tenant allows."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        return PolicyOut.model_validate(asdict(tenants.policy(tx)))


@router.patch("/policy")
def set_policy(request: Request, services: ServicesDep, caller: WriterDep, change: PolicyChange) -> PolicyOut:
    """Change what the tenant allows."""
    changes = change.model_dump(exclude_unset=True)
    made = change_policy(services, caller.tenant_id, actor_of(request, caller), changes)
    return PolicyOut.model_validate(asdict(made))
