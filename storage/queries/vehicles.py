"""What people say of vehicles: their facts, where a meter was cut, and what the tenant's rules do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg.rows import class_row

from capture.events.base import KM_PER_MILE, LITRES_PER_US_GALLON
from capture.history.model import Cut, CutKind, VehicleFacts
from capture.review import Level
from capture.vehicle_hint import Distance
from storage.db import Connection
from storage.ids import new_id
from storage.queries import NEVER, Place, after, load

SQL = load("vehicles")

MPG_LITRES = LITRES_PER_US_GALLON / KM_PER_MILE * 100
"""Litres for 100 km of a vehicle that drives one mile on a US gallon."""


@dataclass(frozen=True)
class CutRow:
    """A cut, with who said it, and who took it back."""

    id: UUID
    vehicle_id: UUID
    at: datetime
    kind: CutKind
    before_km: float
    after_km: float
    unit: Distance | None
    created_by: UUID | None
    created_at: datetime
    voided_by: UUID | None
    voided_at: datetime | None

    @property
    def cut(self) -> Cut:
        """The cut as plausibility sees it."""
        return Cut(at=self.at, kind=self.kind, before_km=self.before_km, after_km=self.after_km, unit=self.unit)


@dataclass(frozen=True)
class FactsRow:
    """What a vehicle's record says."""

    odometer_unit: Distance | None
    tank_litres: float | None
    fuel_type: str | None
    litres_per_100_km: float | None
    first_registered_on: date | None

    @property
    def facts(self) -> VehicleFacts:
        """The same as plausibility sees it."""
        return VehicleFacts(**vars(self))


@dataclass(frozen=True)
class VehicleRow:
    """A vehicle as people see it. `last_used_at`: when the caller last sent a photo of it."""

    id: UUID
    label: str
    make: str | None
    model: str | None
    odometer_unit: Distance | None
    tank_litres: float | None
    fuel_type: str | None
    litres_per_100_km: float | None
    first_registered_on: date | None
    created_at: datetime
    last_used_at: datetime | None


def facts(tx: Connection, vehicle_id: UUID) -> VehicleFacts | None:
    """Return what the vehicle's record says; None if there is no such vehicle."""
    with tx.cursor(row_factory=class_row(FactsRow)) as cursor:
        row = cursor.execute(SQL["facts"], {"vehicle_id": vehicle_id}).fetchone()
    return None if row is None else row.facts


def consumption(tx: Connection, vehicle_id: UUID) -> float | None:
    """Return how many litres for 100 km the vehicle's record says; where it says none, by its miles per US gallon."""
    row = tx.execute(SQL["consumption"], {"vehicle_id": vehicle_id}).fetchone()
    litres, mpg = (None, None) if row is None else row
    return litres or (round(MPG_LITRES / mpg, 2) if mpg else None)


def set_facts(tx: Connection, vehicle_id: UUID, said: VehicleFacts) -> None:
    """Write what a person says of a vehicle, all of it."""
    tx.execute(SQL["set_facts"], {"vehicle_id": vehicle_id, **said.model_dump()})


def set_names(tx: Connection, vehicle_id: UUID, label: str, make: str | None, model: str | None) -> None:
    """Write what people call a vehicle."""
    tx.execute(SQL["set_names"], {"vehicle_id": vehicle_id, "label": label, "make": make, "model": model})


def get(tx: Connection, vehicle_id: UUID) -> VehicleRow | None:
    """Return one vehicle."""
    with tx.cursor(row_factory=class_row(VehicleRow)) as cursor:
        return cursor.execute(SQL["get"], {"vehicle_id": vehicle_id}).fetchone()


def find(
    tx: Connection, *, text: str | None = None, last_used: bool = False, place: Place | None = None, limit: int = 100
) -> list[VehicleRow]:
    """Return vehicles, first added first. `text`: a part of label, make, model or VIN. `place`: begin after it.

    `last_used`: instead, of which the transaction's person last sent a photo first.
    """
    asked = {"text": text, **after(place), "limit": limit}
    with tx.cursor(row_factory=class_row(VehicleRow)) as cursor:
        if last_used:
            return cursor.execute(SQL["find_last_used"], {**asked, "never": NEVER}).fetchall()
        return cursor.execute(SQL["find"], asked).fetchall()


def add_cut(tx: Connection, vehicle_id: UUID, cut: Cut) -> UUID:
    """Write a cut; return its id."""
    cut_id = new_id()
    tx.execute(SQL["add_cut"], {"id": cut_id, "vehicle_id": vehicle_id, **cut.model_dump()})
    return cut_id


def void_cut(tx: Connection, cut_id: UUID) -> bool:
    """Take a cut back; False if there is no such cut, or no more."""
    return tx.execute(SQL["void_cut"], {"id": cut_id}).rowcount == 1


def cuts(tx: Connection, vehicle_id: UUID) -> list[CutRow]:
    """Return a vehicle's cuts in order, voided ones too."""
    with tx.cursor(row_factory=class_row(CutRow)) as cursor:
        return cursor.execute(SQL["cuts"], {"vehicle_id": vehicle_id}).fetchall()


def vehicle_of_cut(tx: Connection, cut_id: UUID) -> UUID | None:
    """Return the vehicle whose history a cut cuts."""
    row = tx.execute(SQL["vehicle_of_cut"], {"id": cut_id}).fetchone()
    return None if row is None else row[0]


def rule_levels(tx: Connection) -> Mapping[str, Level]:
    """Return the tenant's own levels of rules, by code."""
    row = tx.execute(SQL["rule_levels"]).fetchone()
    assert row is not None
    levels: Mapping[str, Level] = row[0]
    return levels


def set_rule_level(tx: Connection, code: str, level: Level | None) -> None:
    """Set what a rule does when it fails; None: what it does by itself."""
    tx.execute(SQL["set_rule_level"], {"code": code, "level": level})
