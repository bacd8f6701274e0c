"""Fuel that was bought: volume, price per unit and total from a filling station's slip."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict

from capture.events import ENOUGH_EVIDENCE
from capture.events.base import (
    LITRES_PER_IMPERIAL_GALLON,
    LITRES_PER_US_GALLON,
    Candidate,
    EventPayload,
    Field,
    Flag,
    Hint,
)
from capture.fuel_slip import NO_SALE, Quantity, Slip, VolumeUnit, read_slip
from capture.layout import field_of, to_field
from capture.money import plain, plain_quantity, quantize
from capture.reading import Reading
from capture.receipt import Receipt, read_receipt
from capture.vehicle_hint import kind_flags

TYPE = "fuel_purchase"

LITRES_PER_UNIT: dict[VolumeUnit, Decimal] = {
    "L": Decimal(1),
    "gal_us": Decimal(str(LITRES_PER_US_GALLON)),
    "gal_imp": Decimal(str(LITRES_PER_IMPERIAL_GALLON)),
}

ENOUGH_LIKENESS = 0.4
"""A document less like a receipt than this is not looked at as one."""

GALLON_CURRENCIES = frozenset({"USD"})
"""Where fuel is sold by the US gallon; elsewhere by the litre."""

Amount = Annotated[float, pydantic.Field(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]
Positive = Annotated[float, pydantic.Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Text = Annotated[str, pydantic.Field(max_length=400)]


class ReceiptData(BaseModel):
    """What the slip says of itself."""

    model_config = ConfigDict(extra="forbid")

    receipt_number: Text | None = None
    invoice_number: Text | None = None
    pump_number: Text | None = None
    payment_method: Text | None = None


class ExtractedFields(BaseModel):
    """Texts as read. `ocr_confidence`: the lowest engine's score of the amounts, times 100; no probability."""

    model_config = ConfigDict(extra="forbid")

    merchant_name: Text | None = None
    address: Text | None = None
    ocr_confidence: int | None = pydantic.Field(default=None, ge=0, le=100)


class Payload(EventPayload):
    """A fuel purchase. Gallons are US gallons; `volume` and `unit_price` are as printed, in `volume_unit`."""

    gallons: Positive | None = None
    price_per_gallon: Positive | None = None
    total_cost: Amount | None = None
    currency: str | None = pydantic.Field(default=None, pattern=r"^[A-Z]{3}$")
    volume: Positive | None = None
    volume_unit: VolumeUnit | None = None
    unit_price: Positive | None = None
    tax: Amount | None = None
    fuel_type: Literal["regular", "midgrade", "premium", "diesel", "e85", "lpg", "cng"] | None = None
    station_name: Text | None = None
    purchased_on: str | None = pydantic.Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    purchased_at: str | None = pydantic.Field(default=None, pattern=r"^\d{2}:\d{2}$")
    """Local time on the slip, HH:MM."""
    receipt_data: ReceiptData = ReceiptData()
    extracted_fields: ExtractedFields = ExtractedFields()


def from_reading(reading: Reading, hint: Hint) -> Candidate | None:
    """Read a slip. Return a candidate of little evidence for a receipt of another kind, None for no receipt."""
    receipt = read_receipt(reading, hint.received_on)
    if receipt.likeness < ENOUGH_LIKENESS:
        return None
    slip = read_slip(receipt, receipt.amount("total"))
    if slip.evidence < ENOUGH_EVIDENCE:
        slip = NO_SALE
    sale = _Sale(receipt, slip, reading.engine)
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=slip.evidence,
        payload=sale.payload(),
        fields=sale.fields,
        flags=(*sale.flags, *kind_flags(hint, "fuel_purchase")),
        signal=sale.signal,
        printed_at=receipt.printed_at,
    )


def derive(payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Make gallons and their price follow from what is printed, or, where a person gave those alone, the reverse."""
    made = dict(payload)
    if changed & {"gallons", "price_per_gallon"} and not changed & {"volume", "volume_unit", "unit_price"}:
        volume, price = payload.get("gallons"), payload.get("price_per_gallon")
        return {**made, "volume": volume, "unit_price": price, "volume_unit": "gal_us"}
    volume, price, unit = made.get("volume"), made.get("unit_price"), made.get("volume_unit")
    to_gallons = None if unit is None else LITRES_PER_UNIT[unit] / LITRES_PER_UNIT["gal_us"]
    made["gallons"] = made["price_per_gallon"] = None
    if to_gallons and volume is not None:
        made["gallons"] = _float(quantize(Decimal(str(volume)) * to_gallons, 3))
    if to_gallons and price is not None:
        made["price_per_gallon"] = _float(quantize(Decimal(str(price)) / to_gallons, 3))
    return made


class _Sale:
    """Puts a receipt and its slip together: fields, flags and payload."""

    def __init__(self, receipt: Receipt, slip: Slip, engine: str) -> None:
        self.receipt = receipt
        self.engine = engine
        self.fields: dict[str, Field] = dict(receipt.fields)
        self.flags: list[Flag] = list(receipt.flags)
        self.volume = slip.volume.value if slip.volume else None
        self.price = slip.price.value if slip.price else None
        self.total = receipt.amount("total")
        self.agrees = slip.agrees
        self.derived: str | None = None
        self.unit = self._unit(slip)
        self._add_read(slip)
        self._derive()
        self._check()
        self.signal = self._signal()

    def _unit(self, slip: Slip) -> VolumeUnit | None:
        printed = [q.unit for q in (slip.volume, slip.price) if q and q.unit]
        if printed:
            return printed[0]
        if slip.volume is None and slip.price is None:
            return None
        currency = self.receipt.currency
        if currency is None:
            self.flags.append(Flag(code="volume_unit_assumed", sentence="The slip says neither litres nor gallons."))
            return None
        unit: VolumeUnit = "gal_us" if currency in GALLON_CURRENCIES else "L"
        word = "US gallons" if unit == "gal_us" else "litres"
        sentence = f"The slip does not print the unit of volume; {word} follow from the currency {currency}."
        self.flags.append(Flag(code="volume_unit_assumed", sentence=sentence))
        return unit

    def _add_read(self, slip: Slip) -> None:
        for name, quantity in (("volume", slip.volume), ("unit_price", slip.price)):
            if quantity:
                self._keep(name, quantity)
        if self.unit and slip.volume:
            self.fields["volume_unit"] = to_field(slip.volume.found, self.unit, self.engine)
        if slip.grade and (slip.volume or slip.price):
            self.fields["fuel_type"] = to_field(slip.grade[1], slip.grade[0], self.engine)
        if slip.pump:
            self.fields["pump_number"] = to_field(slip.pump, slip.pump.raw.lstrip("0") or "0", self.engine)

    def _keep(self, name: str, quantity: Quantity) -> None:
        self.fields[name] = to_field(quantity.found, plain_quantity(quantity.value), self.engine)
        if (
            "." not in quantity.found.raw
            and "," not in quantity.found.raw
            and quantity.value < 100
            and name == "unit_price"
        ):
            raw = quantity.found.raw
            sentence = f"The decimal point of {raw} was not read; total and volume put it there."
            self.flags.append(Flag(code="value_derived", sentence=sentence))

    def _derive(self) -> None:
        """Compute the one of volume, price and total that is missing from the two others."""
        known = (self.volume, self.price, self.total)
        if sum(value is None for value in known) != 1:
            return
        if self.total is None and self.volume is not None and self.price is not None:
            self.total = quantize(self.volume * self.price, 2)
            self._keep_derived("total", plain(self.total), "volume times unit price")
        elif self.volume is None and self.total is not None and self.price:
            volume = quantize(self.total / self.price, 3)
            if volume > 0:
                self.volume = volume
                self._keep_derived("volume", plain_quantity(volume), "total divided by unit price")
                if self.unit:
                    self.fields["volume_unit"] = field_of((), "", self.unit, self.engine)
        elif self.price is None and self.total is not None and self.volume:
            price = quantize(self.total / self.volume, 3)
            if price > 0:
                self.price = price
                self._keep_derived("unit_price", plain_quantity(price), "total divided by volume")

    def _keep_derived(self, name: str, value: str, how: str) -> None:
        self.derived = name
        self.fields[name] = field_of((), "", value, self.engine)
        words = name.replace("_", " ")
        self.flags.append(Flag(code="value_derived", sentence=f"The {words} {value} was not read; it is {how}."))

    def _check(self) -> None:
        if self.volume is None:
            self.flags.append(Flag(code="volume_missing", sentence="No volume was found on the slip."))
        if self.derived is None and self.volume and self.price and self.total is not None and not self.agrees:
            product = quantize(self.volume * self.price, 2)
            factors = f"{plain_quantity(self.volume)} x {plain_quantity(self.price)}"
            sentence = f"{factors} is {product}, but the total is {plain(self.total)}."
            self.flags.append(Flag(code="arithmetic_disagrees", sentence=sentence))

    def _signal(self) -> str:
        """Name the class of reading: what was read of volume, price and total, and whether they agree."""
        if self.agrees:
            return "agrees"
        if self.derived:
            return f"derived_{self.derived}"
        complete = self.volume is not None and self.price is not None and self.total is not None
        return "disagrees" if complete else "incomplete"

    def payload(self) -> dict[str, Any]:
        """Return what `Payload` accepts; values that were not read are left out."""
        values: dict[str, Any] = {
            "source": self.engine,
            "total_cost": _float(self.total),
            "volume": _float(self.volume),
            "volume_unit": self.unit if self.volume or self.price else None,
            "unit_price": _float(self.price),
            "tax": _float(self.receipt.amount("tax")),
            "currency": self._text("currency"),
            "fuel_type": self._text("fuel_type"),
            "station_name": self._text("merchant"),
            "purchased_on": self._text("date"),
            "purchased_at": self._text("time"),
            "receipt_data": self._receipt_data(),
            "extracted_fields": self._extracted(),
        }
        return {name: value for name, value in derive(values, frozenset()).items() if value is not None}

    def _text(self, name: str) -> str | None:
        field = self.fields.get(name)
        return field.value[:400] if field else None

    def _receipt_data(self) -> dict[str, str]:
        """Return what the slip says of itself; one that has an invoice's number alone is known by that."""
        names = ("receipt_number", "invoice_number", "pump_number", "payment_method")
        found = {name: text for name in names if (text := self._text(name)) is not None}
        return {"receipt_number": found["invoice_number"], **found} if "invoice_number" in found else found

    def _extracted(self) -> dict[str, Any]:
        scores = [
            field.score
            for name in ("total", "volume", "unit_price")
            if (field := self.fields.get(name)) and field.polygon is not None
        ]
        known = [score for score in scores if score is not None]
        values: dict[str, Any] = {
            "merchant_name": self._text("merchant"),
            "address": self._text("address"),
            "ocr_confidence": round(min(known) * 100) if known and len(known) == len(scores) else None,
        }
        return {name: value for name, value in values.items() if value is not None}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
