"""Operations: what waits, what is stuck, what failed and why, what engines cost; and trying again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from capture.job import UploadState
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from worker.operating import operations_of
from worker.rerun import retry_all

router = APIRouter(prefix="/v1", tags=["operations"])


class InStateOut(BaseModel):
    """Uploads in one state. `oldest`: since when the longest one is in it. `paused`: they wait for their next try."""

    state: UploadState
    uploads: int
    oldest: datetime
    stuck: int
    paused: int


class HourOut(BaseModel):
    """What came and what ended in an hour."""

    hour: datetime
    came: int
    recorded: int
    unrecognised: int
    failed: int


class TroubleOut(BaseModel):
    """Uploads that yielded nothing for one reason. `code`: empty where nothing went wrong, but nothing was recognised.

    `message`: of the last one.
    """

    state: UploadState
    code: str
    uploads: int
    last: datetime
    message: str | None


class EngineDayOut(BaseModel):
    """What an engine did on a day (UTC). `slow_ms`: the 95th percentile. `cost_micros`: millionths of a US dollar."""

    day: date
    engine: str
    runs: int
    errors: int
    median_ms: int
    slow_ms: int
    cost_micros: int | None


class LookOut(BaseModel):
    """The sweep's last look, through all tenants' uploads."""

    at: datetime


class OperationsOut(BaseModel):
    """How the tenant's photos are getting on.

    `states`: of uploads that are not final, and of those that ended within a day; `hours`: the last 24; `troubles`: of
    30 days; `engines`: of 14. `proposals`: what re-runs would say differently. `workers`: null where the queue's server
    does not answer; `sweep`: null where it gave no sign. Costs in millionths of a US dollar; `alarms`: in words.
    """

    at: datetime
    states: list[InStateOut]
    hours: list[HourOut]
    troubles: list[TroubleOut]
    engines: list[EngineDayOut]
    proposals: dict[Literal["changed", "new", "gone"], int]
    workers: int | None
    sweep: LookOut | None
    spent_today_micros: int
    daily_budget_micros: int | None
    alarms: list[str]


class RetryAll(BaseModel):
    """Which uploads to try again: those with this `code`, as `troubles` names it."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9_]*$")]


class QueuedOut(BaseModel):
    """How many uploads were queued again, at most 10,000 at once."""

    queued: int


@router.get("/operations")
def show_operations(request: Request, services: ServicesDep, caller: CallerDep) -> OperationsOut:
    """Show how the tenant's photos are getting on, and whether workers and sweep are alive."""
    found = asdict(operations_of(services, caller.tenant_id, actor_of(request, caller)))
    return OperationsOut.model_validate({**found, "sweep": found["look"]})


@router.post("/operations/retry", status_code=202, responses=answers("not_rerunnable"))
def retry_troubles(request: Request, services: ServicesDep, caller: WriterDep, said: RetryAll) -> QueuedOut:
    """Read all uploads again that yielded nothing for one reason."""
    return QueuedOut(queued=retry_all(services, caller.tenant_id, actor_of(request, caller), said.code))
