"""Maintenance that was done: services, parts, labour, cost and odometer from a workshop's bill."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import pydantic
from pydantic import BaseModel, ConfigDict

from capture.documents.receipt import read_receipt
from capture.documents.service.fields import ServiceFields
from capture.documents.service.rows import Row
from capture.documents.service.types import SERVICE_TYPES, ServiceType
from capture.documents.service.words import PART
from capture.documents.service.workshop import evidence, read_bill
from capture.events import ENOUGH_EVIDENCE
from capture.events.base import ENOUGH_LIKENESS, Candidate, EventPayload, Hint
from capture.reading import Reading
from capture.vehicle_hint import Distance, kind_flags, to_miles

TYPE = "maintenance"
ASKED = ("cost", "service_date", "odometer")
DESK = (
    "cost", "currency", "service_date", "odometer", "odometer_unit", "service_types", "parts_cost", "labour_cost",
    "tax",
)  # fmt: skip

PARTS = frozenset({"parts_cost", "labour_cost", "other_cost", "discount"})
"""What the subtotal is made of."""

CENT = 0.011
"""Sums that differ by a cent are one: each part was rounded by itself."""

Amount = Annotated[float, pydantic.Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]
Count = Annotated[float, pydantic.Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Miles = Annotated[int, pydantic.Field(ge=0, le=10_000_000)]
Months = Annotated[int, pydantic.Field(ge=0, le=240)]
Day = Annotated[str, pydantic.Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Text = Annotated[str, pydantic.Field(max_length=400)]


class PartReplaced(BaseModel):
    """One part of the bill. `quantity`: a count, in `unit`; a person may write it with its unit ("5 quarts")."""

    model_config = ConfigDict(extra="forbid")

    part_name: Text
    """What it is, such as `oil_filter`; the words of the bill where it is none of the parts that are known by name."""
    description: Text | None = None
    """As printed."""
    part_number: Text | None = None
    quantity: int | Count | Text | None = None
    unit: Text | None = None
    """What is counted, such as litre, quart, set or pair; pieces where nothing is said."""
    unit_cost: Amount | None = None
    cost: Amount | None = None
    """For all of them, before tax where the bill adds tax below."""
    specification: Text | None = None


class ServiceProvider(BaseModel):
    """Who did the work."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    address: Text | None = None
    technician: Text | None = None
    """Who did it; where only the adviser at the counter is named, that person."""


class NextService(BaseModel):
    """When the vehicle should come again, as the workshop wrote: at a distance or date, or so far from this service."""

    model_config = ConfigDict(extra="forbid")

    recommended_miles: Miles | None = None
    """What the odometer will then say, in miles."""
    recommended_odometer: Miles | None = None
    """The same as printed, in the unit of the odometer."""
    recommended_date: Day | None = None
    after_distance: Miles | None = None
    """How far from this service, in the unit of the odometer."""
    after_months: Months | None = None
    service_type: Text | None = None


class Payload(EventPayload):
    """Maintenance. `odometer` is as printed, in `odometer_unit`; `cost` is the bill's total.

    Labour, parts and other costs less the discount are the subtotal, and with the tax the total, unless prices hold
    the tax already.
    """

    service_type: Text | None = None
    """The main one of `service_types`; a person may use other words."""
    service_types: list[ServiceType] = pydantic.Field(default=[], max_length=30)
    """All that was done, the main one first."""
    odometer_miles: Miles | None = None
    odometer: Miles | None = None
    """When the vehicle left, where the bill tells coming in and going out apart."""
    odometer_unit: Distance | None = None
    cost: Amount | None = None
    currency: str | None = pydantic.Field(default=None, pattern=r"^[A-Z]{3}$")
    labour_cost: Amount | None = None
    parts_cost: Amount | None = None
    other_cost: Amount | None = None
    """Fees and supplies: neither labour nor parts."""
    discount: Amount | None = None
    subtotal: Amount | None = None
    """Before tax."""
    tax: Amount | None = None
    service_date: Day | None = None
    invoice_number: Text | None = None
    work_order_number: Text | None = None
    parts_replaced: list[PartReplaced] = pydantic.Field(default=[], max_length=200)
    service_provider: ServiceProvider = ServiceProvider()
    next_service: NextService | None = None
    ocr_confidence: int | None = pydantic.Field(default=None, ge=0, le=100)
    """The engine's lowest score of total and odometer, times 100; no probability."""


def from_reading(reading: Reading, hint: Hint) -> Candidate | None:
    """Read a bill. Return a candidate of little evidence for a receipt of another kind, None for no receipt."""
    receipt = read_receipt(reading, hint.received_on)
    bill = read_bill(receipt)
    if receipt.likeness < ENOUGH_LIKENESS and not bill.sums.agrees:
        return None
    job = _Job(receipt, bill, reading.engine, hint)
    weight = job.evidence()
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=weight,
        payload=job.payload(),
        fields=job.fields if weight >= ENOUGH_EVIDENCE else receipt.fields,
        flags=(*job.flags, *kind_flags(hint, "maintenance")),
        signal=job.signal(),
        printed_at=receipt.printed_at,
    )


def derive(payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Make miles follow from odometer and unit, or, where a person gave miles alone, those from miles.

    The main service is the first of all, or, where a person gave that alone, the other way round.
    """
    made = dict(payload)
    if "odometer_miles" in changed and not changed & {"odometer", "odometer_unit"}:
        made |= {"odometer": payload.get("odometer_miles"), "odometer_unit": "mi"}
    odometer, unit = made.get("odometer"), made.get("odometer_unit")
    made["odometer_miles"] = None if odometer is None or unit is None else to_miles(odometer, unit)
    main, services = made.get("service_type"), list(made.get("service_types") or [])
    if "service_types" in changed and "service_type" not in changed:
        made["service_type"] = services[0] if services else main
    elif "service_type" in changed and main in SERVICE_TYPES:
        made["service_types"] = [main, *(service for service in services if service != main)]
    return made


def complete(before: dict[str, Any], payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Return the sums that follow from what a person changed, where they followed before.

    Parts, labour and other costs less the discount are the subtotal; the subtotal and the tax are the cost.
    `before`: the payload as it was.
    """
    made: dict[str, Any] = {}
    if changed & PARTS and "subtotal" not in changed and _near(before.get("subtotal"), _net(before)):
        made["subtotal"] = _net(payload)
    after = {**payload, **made}
    summed = changed & {"tax", "subtotal"} or "subtotal" in made
    if summed and "cost" not in changed and (before.get("cost") is None or _near(before["cost"], _gross(before))):
        made["cost"] = _gross(after)
    return {name: value for name, value in made.items() if value is not None}


def _net(payload: dict[str, Any]) -> float | None:
    known = {name: payload[name] for name in PARTS if payload.get(name) is not None}
    return round(sum(-value if name == "discount" else value for name, value in known.items()), 2) if known else None


def _gross(payload: dict[str, Any]) -> float | None:
    subtotal = payload.get("subtotal")
    return None if subtotal is None else round(subtotal + (payload.get("tax") or 0), 2)


def _near(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) < CENT


class _Job(ServiceFields):
    """A bill as an event: evidence, payload and class of reading."""

    def evidence(self) -> float:
        """Return how strongly the document is a workshop's bill."""
        return evidence(self.receipt.lines, self.bill)

    def signal(self) -> str:
        """Name the class of reading: which of total, odometer and service were read, and whether sums agree."""
        read = [name for name in ("total", "odometer", "service_type") if name in self.fields]
        agrees = {True: ["agrees"], False: ["disagrees"], None: []}[self.bill.sums.agrees]
        return "+".join([*read, *agrees]) or "nothing"

    def payload(self) -> dict[str, Any]:
        """Return what `Payload` accepts; values that were not read are left out."""
        values: dict[str, Any] = {
            "source": self.engine,
            "service_type": self._text("service_type"),
            "service_types": list(self.bill.services),
            "cost": self._amount("total"),
            "currency": self._text("currency"),
            "labour_cost": self._amount("labour_cost"),
            "parts_cost": self._amount("parts_cost"),
            "other_cost": self._amount("other_cost"),
            "discount": self._amount("discount"),
            "subtotal": self._amount("subtotal"),
            "tax": self._amount("tax"),
            "service_date": self._text("date"),
            "invoice_number": self._text("invoice_number"),
            "work_order_number": self._text("work_order_number"),
            "parts_replaced": [_part_payload(row) for row in self.bill.rows if row.kind == "part"],
            "service_provider": self._provider(),
            "next_service": self.next_service,
            "ocr_confidence": self._score(),
        }
        if self.bill.odometers:
            value = self.bill.odometers[0].value
            values |= {"odometer": value, "odometer_unit": self.unit}
            values["odometer_miles"] = None if self.unit is None else to_miles(value, self.unit)
        return {name: value for name, value in values.items() if value not in (None, [], {})}

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


def _part_payload(row: Row) -> dict[str, Any]:
    known = PART.search(row.name)
    values = {
        "part_name": "_".join(known.group().lower().replace("-", "").split()) if known else row.name[:400],
        "description": row.name[:400],
        "part_number": row.number,
        "quantity": None if row.quantity is None else _number(row.quantity),
        "unit": row.unit,
        "unit_cost": None if row.price is None else float(row.price),
        "cost": float(row.cost),
        "specification": row.specification,
    }
    return {name: value for name, value in values.items() if value is not None}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
