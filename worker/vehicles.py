"""What a person says of a vehicle: its facts, where its meter was cut, and how strict the tenant's rules are.

Each is written with its audit entry, and the vehicle's events are reconsidered in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple, get_args
from uuid import UUID

from pydantic import ValidationError

from capture import plausibility
from capture.documents.fuel.grades import FuelType
from capture.errors import ConflictError, NotFoundError, RefusedError
from capture.events.base import KM_PER_MILE
from capture.exif import LATEST, plausible_time
from capture.history.model import Cut, VehicleFacts
from capture.review import Level
from capture.settings import Settings
from capture.vehicle_hint import Distance
from storage.db import Actor, Connection
from storage.queries import tenants
from storage.queries import vehicles as queries
from storage.queries.history import lock_vehicles
from worker.effects import Effect
from worker.history import log_effects, reconsider
from worker.related import relate, relate_across
from worker.services import Services


class CutMade(NamedTuple):
    """A cut as it stands, and what it did to the vehicle's events."""

    cut: queries.CutRow
    affected: tuple[Effect, ...]


class Rule(NamedTuple):
    """A rule of plausibility. `level`: what it does for the tenant; `usual`: what it does where nothing is set."""

    code: str
    level: Level
    usual: Level


class Names(NamedTuple):
    """What people call a vehicle."""

    label: str
    make: str | None = None
    model: str | None = None


def add(services: Services, tenant_id: UUID, actor: Actor, names: Names, facts: dict[str, Any]) -> queries.VehicleRow:
    """Add a vehicle, with the facts of its record that are known.

    Raises: RefusedError (`facts_invalid`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        vehicle_id = tenants.add_vehicle(tx, names.label, make=names.make, model=names.model)
        queries.set_facts(tx, vehicle_id, _valid(VehicleFacts(), facts))
        tenants.log_action(tx, "vehicle.added", "vehicle", vehicle_id)
        return _vehicle(tx, vehicle_id)


def change(
    services: Services, tenant_id: UUID, actor: Actor, vehicle_id: UUID, changes: dict[str, Any]
) -> tuple[queries.VehicleRow, tuple[Effect, ...]]:
    """Change what a vehicle is called (by the names of `Names`) and facts of its record; None takes one out.

    Its events are reconsidered where facts change. Raises: NotFoundError (`vehicle_unknown`),
    RefusedError (`facts_invalid`).
    """
    called = {name: value for name, value in changes.items() if name in Names._fields}
    facts = {name: value for name, value in changes.items() if name not in called}
    affected: tuple[Effect, ...] = ()
    with services.db.tenant_tx(tenant_id, actor) as tx:
        before = _locked(tx, vehicle_id)
        row = _vehicle(tx, vehicle_id)
        names = Names(row.label, row.make, row.model)._replace(**called)
        if not names.label:
            raise RefusedError("facts_invalid", "The vehicle's facts are wrong in: label")
        if called:
            queries.set_names(tx, vehicle_id, *names)
            tenants.log_action(tx, "vehicle.renamed", "vehicle", vehicle_id, {"fields": sorted(called)})
        if facts:
            affected = _set_facts(tx, services.settings, vehicle_id, before, facts)[1]
        return _vehicle(tx, vehicle_id), affected


def set_facts(
    services: Services, tenant_id: UUID, actor: Actor, vehicle_id: UUID, changes: dict[str, Any]
) -> tuple[VehicleFacts, tuple[Effect, ...]]:
    """Change facts of a vehicle's record, those that `changes` names; None takes one out.

    Raises: NotFoundError (`vehicle_unknown`), RefusedError (`facts_invalid`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        return _set_facts(tx, services.settings, vehicle_id, _locked(tx, vehicle_id), changes)


def _set_facts(
    tx: Connection, settings: Settings, vehicle_id: UUID, before: VehicleFacts, changes: dict[str, Any]
) -> tuple[VehicleFacts, tuple[Effect, ...]]:
    after = _valid(before, changes)
    queries.set_facts(tx, vehicle_id, after)
    tenants.log_action(tx, "vehicle.changed", "vehicle", vehicle_id, {"fields": sorted(changes)})
    return after, _reconsidered(tx, settings, vehicle_id, "vehicle_changed")


def _valid(before: VehicleFacts, changes: dict[str, Any]) -> VehicleFacts:
    try:
        after = VehicleFacts.model_validate({**before.model_dump(), **changes})
        wrong = {name for name in changes if not _possible(name, getattr(after, name))}
    except ValidationError as error:
        wrong = {str(issue["loc"][0]) for issue in error.errors()}
    if wrong:
        raise RefusedError("facts_invalid", f"The vehicle's facts are wrong in: {', '.join(sorted(wrong))}")
    return after


def _possible(name: str, value: object) -> bool:
    """Tell whether some vehicle has such a fact."""
    if value is None or name == "odometer_unit":
        return True
    if name == "fuel_type":
        return value in get_args(FuelType) and value != "def"
    if isinstance(value, date):
        return EARLIEST_CAR <= value.year < LATEST.year
    low, high = LIMITS[name]
    return isinstance(value, float) and low <= value <= high


LIMITS = {"tank_litres": (0.5, 5_000.0), "litres_per_100_km": (0.1, 500.0)}
"""From a moped's tank to a road train's, and from a moped's thirst to a mining truck's."""

EARLIEST_CAR = 1886
"""Source: Carl Benz's patent DRP 37435."""


def in_km(value: float, unit: Distance | None) -> float:
    """Return what a meter shows in kilometres.

    Raises: RefusedError (`cut_invalid`) where nobody has said what it counts.
    """
    if unit is None:
        raise RefusedError("cut_invalid", "Neither the vehicle's record nor the cut says kilometres or miles")
    return round(value if unit == "km" else value * KM_PER_MILE, 3)


def add_cut(services: Services, tenant_id: UUID, actor: Actor, vehicle_id: UUID, cut: Cut) -> CutMade:
    """Say that the vehicle's meter did not count on at a moment.

    Raises: NotFoundError (`vehicle_unknown`), RefusedError (`cut_invalid`), ConflictError (`cut_exists`).
    """
    if not plausible_time(cut.at):
        raise RefusedError("cut_invalid", "No meter was cut at such a time")
    if max(cut.before_km, cut.after_km) > MOST_KM:
        raise RefusedError("cut_invalid", f"No meter shows more than {MOST_KM:,.0f} km")
    with services.db.tenant_tx(tenant_id, actor) as tx:
        _locked(tx, vehicle_id)
        if any(row.at == cut.at and row.voided_at is None for row in queries.cuts(tx, vehicle_id)):
            raise ConflictError("cut_exists", "The vehicle's meter is cut at that moment already")
        cut_id = queries.add_cut(tx, vehicle_id, cut)
        tenants.log_action(tx, "meter.cut", "meter_cut", cut_id, {"kind": cut.kind})
        affected = _reconsidered(tx, services.settings, vehicle_id, "meter_cut", cut.at)
        return CutMade(_cut(tx, vehicle_id, cut_id), affected)


def void_cut(services: Services, tenant_id: UUID, actor: Actor, cut_id: UUID) -> CutMade:
    """Take a cut back: it was said by mistake. The row stays.

    Raises: NotFoundError (`cut_unknown`), ConflictError (`already_decided`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        vehicle_id = queries.vehicle_of_cut(tx, cut_id)
        if vehicle_id is None:
            raise NotFoundError("cut_unknown", "There is no such cut")
        _locked(tx, vehicle_id)
        if not queries.void_cut(tx, cut_id):
            raise ConflictError("already_decided", "The cut has been taken back already")
        tenants.log_action(tx, "meter.cut_voided", "meter_cut", cut_id)
        cut = _cut(tx, vehicle_id, cut_id)
        return CutMade(cut, _reconsidered(tx, services.settings, vehicle_id, "meter_cut_voided", cut.at))


def rules(tx: Connection) -> list[Rule]:
    """Return all rules with what they do for the tenant."""
    own = queries.rule_levels(tx)
    return [Rule(code, own.get(code, usual), usual) for code, usual in sorted(plausibility.RULES.items())]


def set_rule(services: Services, tenant_id: UUID, actor: Actor, code: str, level: Level | None) -> int:
    """Set what a rule does when it fails, None for what it usually does; return how many events that changed.

    The level counts at once. The vehicles are reconsidered one after another, each in a transaction of its own; one
    that is not reached is reconsidered with its next event, or when the level is set again.
    Raises: RefusedError (`rule_unknown`).
    """
    if code not in plausibility.RULES:
        raise RefusedError("rule_unknown", f"There is no rule {code!r}")
    with services.db.tenant_tx(tenant_id, actor) as tx:
        queries.set_rule_level(tx, code, level)
        tenants.log_action(tx, "rule.changed", "tenant", tenant_id, {"rule": code, "level": level})
        vehicles = tenants.vehicles(tx)
    changed = 0
    for vehicle in vehicles:
        with services.db.tenant_tx(tenant_id, actor) as tx:
            changed += len(_reconsidered(tx, services.settings, vehicle.id, "rule_changed"))
    return changed


MOST_KM = 20_000_000.0
"""More than any meter shows: ten million, in miles."""


def _locked(tx: Connection, vehicle_id: UUID) -> VehicleFacts:
    lock_vehicles(tx, [vehicle_id])
    facts = queries.facts(tx, vehicle_id)
    if facts is None:
        raise NotFoundError("vehicle_unknown", "There is no such vehicle")
    return facts


def _reconsidered(
    tx: Connection, settings: Settings, vehicle_id: UUID, cause: str, cut_at: datetime | None = None
) -> tuple[Effect, ...]:
    effects = reconsider(tx, vehicle_id, cause)
    if cut_at is None:
        affected = relate(tx, settings, [], effects=effects)
    else:
        affected = relate_across(tx, settings, vehicle_id, cut_at, effects)
    log_effects(tx, vehicle_id, cause, affected)
    return affected


def _vehicle(tx: Connection, vehicle_id: UUID) -> queries.VehicleRow:
    row = queries.get(tx, vehicle_id)
    assert row is not None
    return row


def _cut(tx: Connection, vehicle_id: UUID, cut_id: UUID) -> queries.CutRow:
    return next(row for row in queries.cuts(tx, vehicle_id) if row.id == cut_id)
