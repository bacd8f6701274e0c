"""Trust: what was promised beside what was measured, and what another promise would give."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from capture.events import EventType
from capture.promise import Cost, Threshold
from storage.queries import trust
from web.auth import CallerDep, OwnerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from web.paging import Page
from worker.measuring import DAYS, Standing, standings
from worker.promising import LEAST, MOST, Offer, keep, offers, preview
from worker.rescoring import Rescored
from worker.trusting import load_trust

router = APIRouter(prefix="/v1", tags=["trust"])

Money = Annotated[float | None, Query(ge=0, le=1e6, description="In one currency with the other cost.")]


class PromiseOut(BaseModel):
    """At most which share of the accepted events is wrong, 0 to 1. `event_type`: null for all others."""

    event_type: EventType | None
    error: float


class NewPromise(BaseModel):
    """A promise. `error`: null takes it back. `event_type`: null for all types without one of their own."""

    model_config = ConfigDict(extra="forbid")

    event_type: EventType | None = None
    error: float | None = Field(ge=LEAST, le=MOST, examples=[0.01])


class KeptPromise(NewPromise):
    """A promise to keep. `apply`: judge stored events by it too, not only those to come."""

    apply: bool = False


class MovedOut(BaseModel):
    """What judging undecided events again moves, or would. `accepted`: of the flagged ones; `flagged`: the reverse."""

    looked_at: int
    accepted: int
    flagged: int


class CutOut(BaseModel):
    """From which probability events are accepted, 0 to 1, and what that rests on.

    `automation`: the share of photos that need no person; `wrong` of `accepted` that were counted are wrong, at most
    `bound` of them by the 95 % bound.
    """

    accept_from: float
    automation: float
    accepted: float
    wrong: float
    bound: float


class RungOut(BaseModel):
    """What one promise would give; `cut` is null where nothing that was counted supports it."""

    error: float
    cut: CutOut | None


class ThresholdOut(BaseModel):
    """What one engine's events of a type are judged by.

    `calibration`: its version; `source`: what it was counted on. `least_cost`: the cut at which errors and reviews cost
    least; null where no costs were given, or where reviewing everything is cheaper.
    """

    engine: str
    event_type: EventType
    with_history: bool
    promised: float
    calibration: str
    fitted_on: Literal["labelled photos", "own decisions"]
    source: str
    cut: CutOut | None
    least_cost: CutOut | None
    promises: list[RungOut]


@router.get("/trust")
def show_trust(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    days: Annotated[int, Query(ge=1, le=3_650)] = DAYS,
) -> Page[Standing]:
    """Show promise, threshold, automation and measured error of each engine's events by type, with alarms in words."""
    return Page[Standing](items=standings(services, caller.tenant_id, actor_of(request, caller), days))


@router.get("/thresholds")
def show_thresholds(
    request: Request, services: ServicesDep, caller: CallerDep, wrong_cost: Money = None, review_cost: Money = None
) -> Page[ThresholdOut]:
    """Show from where on events are accepted, what that saves, and what other promises would give."""
    cost = None if wrong_cost is None or review_cost is None else Cost(wrong=wrong_cost, review=review_cost)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        judge = load_trust(tx, services.settings)
    return Page[ThresholdOut](items=[_offer(one) for one in offers(judge, cost)])


@router.get("/promises")
def show_promises(request: Request, services: ServicesDep, caller: CallerDep) -> Page[PromiseOut]:
    """Show what is promised: for all types, and for those that have a promise of their own."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        made = {"": services.settings.promised_error, **trust.promises(tx)}
    return Page[PromiseOut](
        items=[PromiseOut.model_validate({"event_type": kind or None, "error": made[kind]}) for kind in sorted(made)]
    )


@router.put("/promises", responses=answers("role_insufficient"))
def keep_promise(request: Request, services: ServicesDep, caller: OwnerDep, said: KeptPromise) -> MovedOut:
    """Set a promise or take it back; for owners alone. Answers what it moves, or would move with `apply`."""
    actor = actor_of(request, caller)
    return _moved(keep(services, caller.tenant_id, actor, said.event_type or "", said.error, apply=said.apply))


@router.post("/promises/preview")
def preview_promise(request: Request, services: ServicesDep, caller: WriterDep, said: NewPromise) -> MovedOut:
    """Show what a promise would move among the stored events that nobody has decided. Nothing is written."""
    actor = actor_of(request, caller)
    return _moved(preview(services, caller.tenant_id, actor, said.event_type or "", said.error))


def _offer(one: Offer) -> ThresholdOut:
    return ThresholdOut.model_validate(
        {
            "engine": one.engine,
            "event_type": one.event_type,
            "with_history": one.with_history,
            "promised": one.promised,
            "calibration": one.calibration.version,
            "fitted_on": "own decisions" if one.own else "labelled photos",
            "source": one.calibration.source,
            "cut": _cut(one.cut),
            "least_cost": _cut(one.best),
            "promises": [RungOut(error=rung.error, cut=_cut(rung.cut)) for rung in one.rungs],
        }
    )


def _cut(cut: Threshold | None) -> CutOut | None:
    if cut is None:
        return None
    return CutOut(
        accept_from=cut.probability,
        automation=cut.automation,
        accepted=cut.accepted,
        wrong=cut.wrong,
        bound=cut.bound,
    )


def _moved(done: Rescored) -> MovedOut:
    return MovedOut(looked_at=done.looked_at, accepted=done.accepted, flagged=done.flagged)
