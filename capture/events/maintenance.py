"""Maintenance that was done: service, parts, cost and odometer from a workshop's invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import pydantic
from pydantic import BaseModel, ConfigDict

from capture.events import ENOUGH_EVIDENCE
from capture.events.base import Candidate, EventPayload, Field, Flag, Hint
from capture.layout import field_of, to_field
from capture.reading import Reading
from capture.receipt import Receipt, read_receipt
from capture.total import amount_text
from capture.vehicle_hint import Distance, kind_flags, settle_unit, to_miles
from capture.workshop import (
    Distances,
    Part,
    evidence,
    find_distances,
    find_labour,
    find_parts,
    find_parts_total,
    find_service,
    find_technician,
    service_named,
)

TYPE = "maintenance"

ENOUGH_LIKENESS = 0.4
"""A document less like a receipt than this is not looked at as an invoice."""

Amount = Annotated[float, pydantic.Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]
Miles = Annotated[int, pydantic.Field(ge=0, le=10_000_000)]
Text = Annotated[str, pydantic.Field(max_length=400)]


class PartReplaced(BaseModel):
    """One part of the invoice. `quantity`: a count, or as printed with its unit ("5 quarts")."""

    model_config = ConfigDict(extra="forbid")

    part_name: Text
    part_number: Text | None = None
    quantity: int | Text | None = None
    cost: Amount | None = None
    specification: Text | None = None


class ServiceProvider(BaseModel):
    """Who did the work."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    address: Text | None = None
    technician: Text | None = None


class NextService(BaseModel):
    """When the vehicle should come again, as the workshop wrote."""

    model_config = ConfigDict(extra="forbid")

    recommended_miles: Miles | None = None
    service_type: Text | None = None


class Payload(EventPayload):
    """Maintenance. `odometer` is as printed, in `odometer_unit`; `cost` is the invoice's total."""

    service_type: Text | None = None
    odometer_miles: Miles | None = None
    odometer: Miles | None = None
    odometer_unit: Distance | None = None
    cost: Amount | None = None
    currency: str | None = pydantic.Field(default=None, pattern=r"^[A-Z]{3}$")
    labour_cost: Amount | None = None
    parts_cost: Amount | None = None
    tax: Amount | None = None
    service_date: str | None = pydantic.Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    invoice_number: Text | None = None
    parts_replaced: list[PartReplaced] = pydantic.Field(default=[], max_length=200)
    service_provider: ServiceProvider = ServiceProvider()
    next_service: NextService | None = None
    ocr_confidence: int | None = pydantic.Field(default=None, ge=0, le=100)
    """The engine's lowest score of total and odometer, times 100; no probability."""


def from_reading(reading: Reading, hint: Hint) -> Candidate | None:
    """Read an invoice. Return a candidate of little evidence for a receipt of another kind, None for no receipt."""
    receipt = read_receipt(reading, hint.received_on)
    if receipt.likeness < ENOUGH_LIKENESS:
        return None
    job = _Job(receipt, reading.engine, hint)
    weight = job.evidence()
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=weight,
        payload=job.payload(),
        fields=job.fields if weight >= ENOUGH_EVIDENCE else receipt.fields,
        flags=tuple(job.flags),
        signal=job.signal(),
        printed_at=receipt.printed_at,
    )


def derive(payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Make miles follow from odometer and unit, or, where a person gave miles alone, those from miles."""
    made = dict(payload)
    if "odometer_miles" in changed and not changed & {"odometer", "odometer_unit"}:
        made |= {"odometer": payload.get("odometer_miles"), "odometer_unit": "mi"}
    odometer, unit = made.get("odometer"), made.get("odometer_unit")
    made["odometer_miles"] = None if odometer is None or unit is None else to_miles(odometer, unit)
    return made


class _Job:
    """Puts a receipt and what is a workshop's together: fields, flags and payload."""

    def __init__(self, receipt: Receipt, engine: str, hint: Hint) -> None:
        lines = receipt.lines
        self.receipt = receipt
        self.engine = engine
        self.hint = hint
        self.fields: dict[str, Field] = dict(receipt.fields)
        self.flags: list[Flag] = list(receipt.flags)
        self.distances: Distances = find_distances(lines)
        self.parts: list[Part] = find_parts(lines, receipt.mark)
        self.labour = find_labour(lines)
        service = find_service(lines)
        if service:
            self.fields["service_type"] = to_field(service[1], service[0], engine)
        for name, found in (("labour_cost", self.labour), ("parts_cost", find_parts_total(lines))):
            text = amount_text(found, receipt.mark)
            if found and text:
                self.fields[name] = to_field(found, text, engine)
        technician = find_technician(lines)
        if technician:
            self.fields["technician"] = to_field(technician, technician.raw, engine)
        self._add_odometer()
        self.flags += kind_flags(hint, "maintenance")

    def _add_odometer(self) -> None:
        self.unit: Distance | None = None
        if self.distances.odometer is None:
            sentence = "The invoice gives no odometer reading that could be read."
            self.flags.append(Flag(code="odometer_missing", sentence=sentence))
            return
        value, printed, found = self.distances.odometer
        self.fields["odometer"] = to_field(found, str(value), self.engine)
        self.unit, flags = settle_unit(printed, self.hint, str(value), "the invoice")
        self.flags += flags
        if printed is not None:
            self.fields["odometer_unit"] = to_field(found, printed, self.engine)
        elif self.unit is not None:
            self.fields["odometer_unit"] = field_of((), "", self.unit, self.engine)

    def evidence(self) -> float:
        """Return how strongly the document is a workshop's invoice."""
        return evidence(self.receipt.lines, self.distances, self.parts, self.labour)

    def signal(self) -> str:
        """Name the class of reading: which of total, odometer and service were read."""
        read = [name for name in ("total", "odometer", "service_type") if name in self.fields]
        return "+".join(read) or "nothing"

    def payload(self) -> dict[str, Any]:
        """Return what `Payload` accepts; values that were not read are left out."""
        values: dict[str, Any] = {
            "source": self.engine,
            "service_type": self._text("service_type"),
            "cost": self._amount("total"),
            "currency": self._text("currency"),
            "labour_cost": self._amount("labour_cost"),
            "parts_cost": self._amount("parts_cost"),
            "tax": self._amount("tax"),
            "service_date": self._text("date"),
            "invoice_number": self._text("invoice_number"),
            "parts_replaced": [_part_payload(part) for part in self.parts],
            "service_provider": self._provider(),
            "next_service": self._next_service(),
            "ocr_confidence": self._score(),
        }
        if self.distances.odometer:
            value = self.distances.odometer[0]
            values |= {"odometer": value, "odometer_unit": self.unit}
            values["odometer_miles"] = None if self.unit is None else to_miles(value, self.unit)
        return {name: value for name, value in values.items() if value not in (None, [], {})}

    def _next_service(self) -> dict[str, Any]:
        if self.distances.next_service is None:
            return {}
        value, printed, found = self.distances.next_service
        unit = printed or self.unit
        miles = None if unit is None else to_miles(value, unit)
        named = service_named(found.line.text)
        return {name: v for name, v in (("recommended_miles", miles), ("service_type", named)) if v is not None}

    def _provider(self) -> dict[str, str]:
        names = {"name": "merchant", "address": "address", "technician": "technician"}
        return {key: text for key, name in names.items() if (text := self._text(name)) is not None}

    def _text(self, name: str) -> str | None:
        field = self.fields.get(name)
        return field.value[:400] if field else None

    def _amount(self, name: str) -> float | None:
        field = self.fields.get(name)
        return float(Decimal(field.value)) if field else None

    def _score(self) -> int | None:
        read = [field for name in ("total", "odometer") if (field := self.fields.get(name)) is not None]
        scores = [field.score for field in read if field.score is not None]
        return round(min(scores) * 100) if scores and len(scores) == len(read) else None


def _part_payload(part: Part) -> dict[str, Any]:
    values = {
        "part_name": part.name,
        "part_number": part.number,
        "quantity": part.quantity,
        "cost": None if part.cost is None else float(part.cost),
        "specification": part.specification,
    }
    return {name: value for name, value in values.items() if value is not None}
