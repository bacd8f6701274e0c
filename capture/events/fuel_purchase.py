"""Fuel that was bought: volume, price per unit and total from a filling station's slip or a pump's display."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict

from capture.documents.fuel.evidence import Sold
from capture.documents.fuel.grades import NO_FUEL, FuelType
from capture.documents.fuel.pump_display import read_display
from capture.documents.fuel.sale import FuelSale
from capture.documents.fuel.slip import NO_SALE, read_slip
from capture.documents.money import quantize, to_float
from capture.documents.receipt import read_receipt
from capture.events import ENOUGH_EVIDENCE
from capture.events.base import (
    ENOUGH_LIKENESS,
    KM_PER_MILE,
    LITRES_PER_IMPERIAL_GALLON,
    LITRES_PER_US_GALLON,
    Candidate,
    EventPayload,
    Hint,
    present,
)
from capture.reading import Reading
from capture.vehicle_hint import kind_flags

TYPE = "fuel_purchase"
ASKED = ("total_cost", "volume", "purchased_on")
DESK = (
    "total_cost", "volume", "volume_unit", "unit_price", "currency", "fuel_type", "purchased_on", "purchased_at",
    "station_name", "odometer", "odometer_unit",
)  # fmt: skip

PumpUnit = Literal["L", "gal_us", "gal_imp"]

LITRES_PER_UNIT: dict[str, Decimal] = {
    "L": Decimal(1),
    "gal_us": Decimal(str(LITRES_PER_US_GALLON)),
    "gal_imp": Decimal(str(LITRES_PER_IMPERIAL_GALLON)),
}

Amount = Annotated[float, pydantic.Field(ge=-1_000_000_000, le=1_000_000_000, allow_inf_nan=False)]
Positive = Annotated[float, pydantic.Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Text = Annotated[str, pydantic.Field(max_length=400)]


class ReceiptData(BaseModel):
    """What the slip says of itself."""

    model_config = ConfigDict(extra="forbid")

    receipt_number: Text | None = None
    invoice_number: Text | None = None
    transaction_number: Text | None = None
    pump_number: Text | None = None
    payment_method: Text | None = None
    card_last_four: str | None = pydantic.Field(default=None, pattern=r"^\d{4}$")
    loyalty: Text | None = None
    """The loyalty card or programme that took part, in the slip's words, without its number."""


class ExtractedFields(BaseModel):
    """Texts as read. `ocr_confidence`: the lowest engine's score of the amounts, times 100; no probability."""

    model_config = ConfigDict(extra="forbid")

    merchant_name: Text | None = None
    address: Text | None = None
    ocr_confidence: int | None = pydantic.Field(default=None, ge=0, le=100)


class SoldItem(BaseModel):
    """One thing on a slip that sells several. `kind`: null for what did not come from the pump."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    kind: FuelType | None = None
    volume: Positive | None = None
    volume_unit: Literal["L", "gal_us", "gal_imp", "kWh"] | None = None
    unit_price: Positive | None = None
    amount: Amount | None = None


class Payload(EventPayload):
    """A fuel purchase. Gallons are US gallons; `volume` and `unit_price` are as printed, in `volume_unit`.

    Diesel exhaust fluid (`fuel_type` def) has a volume and no gallons; electricity has `energy_kwh`.
    """

    gallons: Positive | None = None
    price_per_gallon: Positive | None = None
    total_cost: Amount | None = None
    """What the whole slip cost."""
    fuel_cost: Amount | None = None
    """What of it was for the fuel; the same where nothing else was bought."""
    currency: str | None = pydantic.Field(default=None, pattern=r"^[A-Z]{3}$")
    volume: Positive | None = None
    volume_unit: PumpUnit | None = None
    unit_price: Positive | None = None
    """For one unit of volume, in the currency: 145.9 pence are 1.459."""
    energy_kwh: Positive | None = None
    price_per_kwh: Positive | None = None
    tax: Amount | None = None
    discount: Amount | None = None
    """What was taken off, above 0."""
    fuel_type: FuelType | None = None
    fuel_grade: Text | None = None
    """The fuel as the slip names it."""
    items: Annotated[list[SoldItem], pydantic.Field(max_length=50)] | None = None
    """Everything that was bought, where it is more than one thing."""
    station_name: Text | None = None
    station_brand: Text | None = None
    station_address: Text | None = None
    purchased_on: str | None = pydantic.Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    purchased_at: str | None = pydantic.Field(default=None, pattern=r"^\d{2}:\d{2}$")
    """Local time on the slip, HH:MM."""
    time_zone: Text | None = None
    """The zone as the slip prints it; the time is not shifted by it."""
    odometer: int | None = pydantic.Field(default=None, ge=0, le=10_000_000)
    """The odometer as the driver keyed it in at the pump, in `odometer_unit` where that is known."""
    odometer_unit: Literal["km", "mi"] | None = None
    odometer_miles: int | None = pydantic.Field(default=None, ge=0, le=10_000_000)
    receipt_data: ReceiptData = ReceiptData()
    extracted_fields: ExtractedFields = ExtractedFields()


def from_reading(reading: Reading, hint: Hint) -> Candidate | None:
    """Read a slip or a pump's display.

    Return a candidate of little evidence for a receipt of another kind, None for what is neither.
    """
    receipt = read_receipt(reading, hint.received_on)
    display = read_display(receipt)
    slip = read_slip(receipt)
    if receipt.likeness < ENOUGH_LIKENESS and display is None and slip.evidence < ENOUGH_EVIDENCE:
        return None
    if display is not None and (display.evidence > slip.evidence or "total" not in receipt.fields):
        slip = display
    evidence = slip.evidence
    if evidence < ENOUGH_EVIDENCE:
        slip = NO_SALE
    sale = FuelSale(receipt, slip, reading.engine)
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=evidence,
        payload=_payload(sale, hint),
        fields=sale.fields,
        flags=(*sale.flags, *kind_flags(hint, "fuel_purchase")),
        signal=sale.signal,
        printed_at=receipt.printed_at,
    )


def derive(payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Make gallons and their price follow from what is printed, or, where a person gave those alone, the reverse.

    What is no fuel has neither. The odometer in miles follows from the odometer and its unit.
    """
    made = dict(payload)
    reading, odometer_unit = made.get("odometer"), made.get("odometer_unit")
    if reading is not None and odometer_unit is not None:
        made["odometer_miles"] = reading if odometer_unit == "mi" else round(reading / KM_PER_MILE)
    if changed & {"gallons", "price_per_gallon"} and not changed & {"volume", "volume_unit", "unit_price"}:
        volume, price = payload.get("gallons"), payload.get("price_per_gallon")
        return {**made, "volume": volume, "unit_price": price, "volume_unit": "gal_us"}
    volume, price, unit = made.get("volume"), made.get("unit_price"), made.get("volume_unit")
    fuel = made.get("fuel_type") not in NO_FUEL
    to_gallons = None if unit is None or not fuel else LITRES_PER_UNIT[unit] / LITRES_PER_UNIT["gal_us"]
    made["gallons"] = made["price_per_gallon"] = None
    if to_gallons and volume is not None:
        made["gallons"] = _rounded(Decimal(str(volume)) * to_gallons)
    if to_gallons and price is not None:
        made["price_per_gallon"] = _rounded(Decimal(str(price)) / to_gallons)
    return made


def complete(before: dict[str, Any], payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Return the amounts that volume, price and total make of one another, after a person has changed some.

    What is missing follows from the other two; of three that were there, the amount follows from volume and price. A
    total that holds more than the fuel grows and shrinks with the fuel. `before`: the payload as it was.
    """
    energy = payload.get("energy_kwh") is not None or payload.get("price_per_kwh") is not None
    names = ("energy_kwh", "price_per_kwh") if energy else ("volume", "unit_price")
    volume, price = (None if payload.get(name) is None else Decimal(str(payload[name])) for name in names)
    mixed = bool(payload.get("items") or payload.get("discount"))
    amount = payload.get("fuel_cost" if mixed else "total_cost")
    if not changed & {*names, "total_cost", "fuel_cost"}:
        return {}
    if volume is None or price is None:
        known = price if volume is None else volume
        if amount is None or not known:
            return {}
        return present({names[volume is not None]: _rounded(Decimal(str(amount)) / known)})
    if not changed & set(names) or changed & {"total_cost", "fuel_cost"}:
        return {}
    cost = float(quantize(volume * price, 2))
    if not mixed:
        return {"fuel_cost": cost, "total_cost": cost}
    was, total = before.get("fuel_cost"), before.get("total_cost")
    grown = None if was is None or total is None else round(total + cost - was, 2)
    return present({"fuel_cost": cost, "total_cost": grown})


def _rounded(value: Decimal) -> float | None:
    """Return a value to three decimals; None of one that is nothing then."""
    rounded = quantize(value, 3)
    return float(rounded) if rounded > 0 else None


def _payload(sale: FuelSale, hint: Hint) -> dict[str, Any]:
    """Return what `Payload` accepts; values that were not read are left out."""
    energy = sale.unit == "kWh"
    odometer = sale.text("odometer")
    values: dict[str, Any] = {
        "source": sale.engine,
        "total_cost": to_float(sale.total),
        "fuel_cost": to_float(sale.fuel_cost if sale.volume or sale.price else None),
        "volume": None if energy else to_float(sale.volume),
        "volume_unit": sale.unit if not energy and (sale.volume or sale.price) else None,
        "unit_price": None if energy else to_float(sale.price),
        "energy_kwh": to_float(sale.volume) if energy else None,
        "price_per_kwh": to_float(sale.price) if energy else None,
        "tax": to_float(sale.receipt.amount("tax")),
        "discount": float(text) if (text := sale.text("discount")) else None,
        "currency": sale.text("currency"),
        "fuel_type": sale.text("fuel_type"),
        "fuel_grade": sale.text("fuel_grade"),
        "items": _items(sale),
        "station_name": sale.text("merchant"),
        "station_brand": sale.text("brand"),
        "station_address": sale.text("address"),
        "purchased_on": sale.text("date"),
        "purchased_at": sale.text("time"),
        "time_zone": sale.text("time_zone"),
        "odometer": int(odometer) if odometer else None,
        "odometer_unit": (sale.text("odometer_unit") or hint.vehicle_unit) if odometer else None,
        "receipt_data": _receipt_data(sale),
        "extracted_fields": _extracted(sale),
    }
    return {name: value for name, value in derive(values, frozenset()).items() if value is not None}


def _items(sale: FuelSale) -> list[dict[str, Any]] | None:
    """Return all that was sold, if that is more than the main product."""
    if not sale.items and not sale.slip.others:
        return None
    pumped = [_sold_item(one) for one in (sale.slip.main, *sale.slip.others)]
    return [*pumped, *({"name": item.name, "amount": float(item.amount)} for item in sale.items)]


def _sold_item(sold: Sold) -> dict[str, Any]:
    values = {
        "name": sold.grade.raw if sold.grade else None,
        "kind": sold.kind,
        "volume": to_float(sold.volume.value) if sold.volume else None,
        "volume_unit": next((q.unit for q in (sold.volume, sold.price) if q and q.unit), None),
        "unit_price": to_float(sold.price.value) if sold.price else None,
        "amount": to_float(sold.amount.value) if sold.amount else None,
    }
    return present(values)


def _receipt_data(sale: FuelSale) -> dict[str, str]:
    """Return what the slip says of itself; one that has an invoice's number alone is known by that."""
    return {name: text for name in ReceiptData.model_fields if (text := sale.text(name)) is not None}


def _extracted(sale: FuelSale) -> dict[str, Any]:
    scores = [
        field.score for name in ("total", *sale.names) if (field := sale.fields.get(name)) and field.polygon is not None
    ]
    known = [score for score in scores if score is not None]
    values: dict[str, Any] = {
        "merchant_name": sale.text("merchant"),
        "address": sale.text("address"),
        "ocr_confidence": round(min(known) * 100) if known and len(known) == len(scores) else None,
    }
    return present(values)
