"""A vehicle's history: its readings with what the others say of each, the cuts of its meter, and the tenant's rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from capture.errors import NotFoundError
from capture.history.model import Cut, CutKind, Finding
from capture.review import Level
from capture.vehicle_hint import Distance
from storage.queries import audit, blind, tenants
from storage.queries import history as queries
from storage.queries import vehicles as cut_queries
from web.api.events import EffectOut
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.openapi import answers
from web.paging import Page
from worker import vehicles

router = APIRouter(prefix="/v1", tags=["history"])


class WayOut(BaseModel):
    """One way to read an odometer.

    `probability`: by the pixels alone; `posterior`: with the other readings, null where they have not been asked.
    """

    digits: str
    tenths: bool
    shown: float
    unit: Distance | None
    unit_printed: bool
    km: float | None
    probability: float
    posterior: float | None


class ReadingOut(BaseModel):
    """One event in a vehicle's history. `km`: what it says, `way` which of the ways that is, from 0.

    `expected_low_km`, `expected_high_km`: where the other readings expect it, null where they expect nothing.
    `by_history`: the pixels alone prefer another way. `findings`: the rules that it fails.
    """

    event_id: UUID
    event_type: str
    occurred_at: datetime
    received_at: datetime
    verified: bool
    km: float | None
    way: int
    ways: list[WayOut]
    fits: bool
    by_history: bool
    expected_low_km: float | None
    expected_high_km: float | None
    litres: float | None
    price_per_litre: float | None
    currency: str | None
    fuel_type: str | None
    findings: list[Finding]


class CutOut(BaseModel):
    """Where a vehicle's meter stopped counting on. `voided_at`: when it was taken back."""

    id: UUID
    vehicle_id: UUID
    at: datetime
    kind: CutKind
    before_km: float
    after_km: float
    unit: Distance | None
    created_at: datetime
    voided_at: datetime | None


class HistoryOut(BaseModel):
    """A vehicle's readings by the time of the photo, and the cuts of its meter, those taken back too."""

    vehicle_id: UUID
    readings: list[ReadingOut]
    cuts: list[CutOut]


class NewCut(BaseModel):
    """A cut as a person says it. `before`, `after`: what the old meter showed last and the new one first.

    `counts`: what these numbers are in; null: as the vehicle's record says. `unit`: what the meter counts from then
    on, for a `unit_change`.
    """

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    kind: CutKind
    before: Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
    after: Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
    counts: Distance | None = None
    unit: Distance | None = None


class CutWithEffects(CutOut):
    """A cut, and what it did to the vehicle's events."""

    affected: list[EffectOut]


class RuleOut(BaseModel):
    """A rule. `level`: what it does for the tenant when an event fails it; `usual`: what it does by itself."""

    code: str
    level: Level
    usual: Level


class NewLevel(BaseModel):
    """What a rule is to do. `level` null: what it does by itself."""

    model_config = ConfigDict(extra="forbid")

    level: Level | None


class LevelSet(BaseModel):
    """How many events have changed with the rule's level."""

    changed: int


@router.get("/vehicles/{vehicle_id}/history", responses=answers("vehicle_unknown"))
def show(request: Request, services: ServicesDep, caller: CallerDep, vehicle_id: UUID) -> HistoryOut:
    """Show a vehicle's readings, where the others expect each of them, and what speaks against it."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        if tenants.vehicle(tx, vehicle_id) is None:
            raise NotFoundError("vehicle_unknown", "There is no such vehicle")
        rows = queries.readings(tx, vehicle_id)
        cuts = cut_queries.cuts(tx, vehicle_id)
        audit.log_views(tx, "vehicle", [vehicle_id])
        blind.note_views(tx, [row.event_id for row in rows])
    return HistoryOut(
        vehicle_id=vehicle_id,
        readings=[ReadingOut.model_validate(row.shown) for row in rows],
        cuts=[CutOut.model_validate(vars(cut)) for cut in cuts],
    )


@router.post(
    "/vehicles/{vehicle_id}/cuts",
    status_code=201,
    responses=answers("vehicle_unknown", "cut_exists", "cut_invalid"),
)
def add_cut(
    request: Request, services: ServicesDep, caller: WriterDep, vehicle_id: UUID, said: NewCut
) -> CutWithEffects:
    """Say that a vehicle's meter did not count on at a moment; its events are compared again."""
    actor = actor_of(request, caller)
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        vehicle = tenants.vehicle(tx, vehicle_id)
    if vehicle is None:
        raise NotFoundError("vehicle_unknown", "There is no such vehicle")
    counts = said.counts or vehicle.odometer_unit
    cut = Cut(
        at=said.at,
        kind=said.kind,
        before_km=vehicles.in_km(said.before, counts),
        after_km=vehicles.in_km(said.after, counts),
        unit=said.unit,
    )
    return _made(vehicles.add_cut(services, caller.tenant_id, actor, vehicle_id, cut))


@router.post("/cuts/{cut_id}/void", responses=answers("cut_unknown", "already_decided"))
def void_cut(request: Request, services: ServicesDep, caller: WriterDep, cut_id: UUID) -> CutWithEffects:
    """Take a cut back; readings are compared across it again."""
    return _made(vehicles.void_cut(services, caller.tenant_id, actor_of(request, caller), cut_id))


@router.get("/rules")
def list_rules(request: Request, services: ServicesDep, caller: CallerDep) -> Page[RuleOut]:
    """List the rules of a vehicle's history, all of them, and what each does when an event fails it."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        return Page[RuleOut](items=[RuleOut.model_validate(rule._asdict()) for rule in vehicles.rules(tx)])


@router.put("/rules/{code}", responses=answers("rule_unknown"))
def set_rule(request: Request, services: ServicesDep, caller: WriterDep, code: str, said: NewLevel) -> LevelSet:
    """Set what a rule does when an event fails it. All vehicles are looked at again before the answer."""
    actor = actor_of(request, caller)
    return LevelSet(changed=vehicles.set_rule(services, caller.tenant_id, actor, code, said.level))


def _made(made: vehicles.CutMade) -> CutWithEffects:
    affected = [EffectOut.model_validate(vars(effect)) for effect in made.affected]
    return CutWithEffects.model_validate({**vars(made.cut), "affected": affected})
