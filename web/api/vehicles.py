"""Vehicles: which there are, and what their records say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from capture.documents.fuel.grades import FuelType
from capture.errors import NotFoundError
from capture.vehicle_hint import Distance
from storage.queries import NEVER, Place
from storage.queries import vehicles as queries
from web.api.events import EffectOut
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.once import OnceDep
from web.openapi import answers
from web.paging import Cursor, Limit, Page, page, place
from web.values import Text
from worker import vehicles
from worker.vehicles import EARLIEST_CAR, LIMITS

router = APIRouter(prefix="/v1", tags=["vehicles"])

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Litres = Annotated[float, Field(ge=LIMITS["tank_litres"][0], le=LIMITS["tank_litres"][1])]
Consumption = Annotated[float, Field(ge=LIMITS["litres_per_100_km"][0], le=LIMITS["litres_per_100_km"][1])]
Registered = Annotated[date, Field(ge=date(EARLIEST_CAR, 1, 1), le=date(2099, 12, 31))]


class VehicleOut(BaseModel):
    """A vehicle of the tenant. `last_used_at`: when the caller last sent a photo of it."""

    id: UUID
    label: str
    make: str | None
    model: str | None
    odometer_unit: Distance | None
    tank_litres: float | None
    fuel_type: str | None
    litres_per_100_km: float | None
    first_registered_on: date | None
    last_used_at: datetime | None
    created_at: datetime


class VehicleChanged(VehicleOut):
    """A vehicle after a change. `affected`: what that did to its events, which are compared again."""

    affected: list[EffectOut]


class VehicleFacts(BaseModel):
    """What the record of a vehicle says; what is left out stays as it is, null takes it out."""

    model_config = ConfigDict(extra="forbid")

    make: Name | None = None
    model: Name | None = None
    odometer_unit: Distance | None = None
    tank_litres: Litres | None = None
    fuel_type: FuelType | None = None
    litres_per_100_km: Consumption | None = None
    first_registered_on: Registered | None = None


class NewVehicle(VehicleFacts):
    """A vehicle that is to be added."""

    label: Name


class VehicleChange(VehicleFacts):
    """What is to change of a vehicle."""

    label: Name = Field(default="", examples=["Van 1"])


@router.get("/vehicles", responses=answers("cursor_invalid"))
def list_vehicles(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    order: Annotated[
        Literal["added", "last_used"],
        Query(description="`last_used`: of which the caller last sent a photo first, for a phone to offer."),
    ] = "added",
    text: Text = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[VehicleOut]:
    """List the tenant's vehicles. `text` is looked for in label, make, model and VIN."""
    name = f"vehicles by {order}"
    at = place(name, cursor)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = queries.find(tx, text=text, last_used=order == "last_used", place=at, limit=limit + 1)

    def key(row: queries.VehicleRow) -> Place:
        return Place(row.created_at if order == "added" else row.last_used_at or NEVER, row.id)

    return page(name, rows, limit, key, lambda some: [VehicleOut.model_validate(vars(row)) for row in some])


@router.get("/vehicles/{vehicle_id}", responses=answers("vehicle_unknown"))
def show(request: Request, services: ServicesDep, caller: CallerDep, vehicle_id: UUID) -> VehicleOut:
    """Show a vehicle and what its record says."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        row = queries.get(tx, vehicle_id)
    if row is None:
        raise NotFoundError("vehicle_unknown", "There is no such vehicle")
    return VehicleOut.model_validate(vars(row))


@router.post(
    "/vehicles",
    status_code=201,
    responses=answers("facts_invalid", "idempotency_key_busy", "idempotency_key_reused"),
)
def add(
    request: Request, response: Response, services: ServicesDep, caller: WriterDep, said: NewVehicle, once: OnceDep
) -> VehicleOut:
    """Add a vehicle."""

    def add_it() -> dict[str, Any]:
        facts = said.model_dump(exclude_unset=True)
        names = vehicles.Names(facts.pop("label"), facts.pop("make", None), facts.pop("model", None))
        row = vehicles.add(services, caller.tenant_id, actor_of(request, caller), names, facts)
        return VehicleOut.model_validate(vars(row)).model_dump(mode="json")

    added = VehicleOut.model_validate(once.do(add_it))
    response.headers["Location"] = f"/v1/vehicles/{added.id}"
    return added


@router.patch("/vehicles/{vehicle_id}", responses=answers("vehicle_unknown", "facts_invalid"))
def change(
    request: Request, services: ServicesDep, caller: WriterDep, vehicle_id: UUID, said: VehicleChange
) -> VehicleChanged:
    """Change what a vehicle is called, or what its record says; its events are compared again with new facts."""
    changes = said.model_dump(exclude_unset=True)
    row, affected = vehicles.change(services, caller.tenant_id, actor_of(request, caller), vehicle_id, changes)
    return VehicleChanged.model_validate({**vars(row), "affected": [vars(effect) for effect in affected]})
