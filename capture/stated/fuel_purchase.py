"""A fuel purchase as a vision model names it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from capture.documents.fuel.sale import GALLON_CURRENCIES
from capture.documents.hypotheses import agree
from capture.documents.layout import field_of
from capture.documents.money import plain, plain_quantity, quantize, to_float
from capture.events.base import Candidate, Flag, Hint, present
from capture.events.fuel_purchase import LITRES_PER_UNIT, TYPE, derive
from capture.stated.statement import Statement, evidence, moment
from capture.vehicle_hint import kind_flags

FIELDS = {
    "merchant": "station_name",
    "address": "extracted_fields.address",
    "date": "purchased_on",
    "time": "purchased_at",
    "currency": "currency",
    "volume": "volume",
    "volume_unit": "volume_unit",
    "unit_price": "unit_price",
    "total": "total_cost",
    "tax": "tax",
    "fuel_type": "fuel_type",
    "receipt_number": "receipt_data.receipt_number",
    "invoice_number": "receipt_data.invoice_number",
    "pump_number": "receipt_data.pump_number",
    "payment_method": "receipt_data.payment_method",
}


def state(said: Statement, hint: Hint) -> Candidate | None:
    """Return the purchase; None without a volume, a price and a total."""
    volume, price, total = said.number("volume"), said.number("unit_price"), said.number("total")
    if volume is None and price is None and total is None:
        return None
    volume, price, total, derived = _restored(said, volume, price, total)
    currency = said.choice("currency")
    day, clock = said.day("date", currency, hint.received_on), said.clock("time")
    values: dict[str, Any] = {
        "source": said.engine,
        "total_cost": to_float(total),
        "volume": _positive(volume),
        "volume_unit": _unit(said, currency) if volume or price else None,
        "unit_price": _positive(price),
        "tax": to_float(said.number("tax")),
        "currency": currency,
        "fuel_type": said.choice("fuel_type"),
        "station_name": said.text("merchant"),
        "purchased_on": day.isoformat() if day else None,
        "purchased_at": clock,
        "receipt_data": _receipt_data(said),
    }
    values["extracted_fields"] = present(
        {
            "merchant_name": values["station_name"],
            "address": said.text("address"),
            "ocr_confidence": said.score("total", "volume", "unit_price"),
        }
    )
    signal = _check(said, volume, price, total, derived)
    return Candidate(
        event_type=TYPE,
        engine=said.engine,
        evidence=evidence(hint.kind, TYPE),
        payload=present(derive(values, frozenset())),
        fields=said.fields,
        flags=(*said.flags, *kind_flags(hint, "fuel_purchase")),
        signal=signal,
        printed_at=moment(day, clock),
    )


_NUMBERS = ("receipt_number", "invoice_number", "pump_number")

PAYMENT_METHODS = frozenset({"cash", "credit_card", "debit_card", "fleet_card", "mobile"})
"""As `capture.documents.receipt` names them; a card's own words may hold its number."""


def _receipt_data(said: Statement) -> dict[str, Any]:
    method = said.choice("payment_method", PAYMENT_METHODS)
    return present({**{name: said.text(name) for name in _NUMBERS}, "payment_method": method})


def _unit(said: Statement, currency: str | None) -> str | None:
    unit = said.choice("volume_unit", LITRES_PER_UNIT.keys())
    if unit is not None:
        return unit
    if currency is None:
        said.flags.append(Flag(code="volume_unit_assumed", sentence="The slip says neither litres nor gallons."))
        return None
    unit, word = ("gal_us", "US gallons") if currency in GALLON_CURRENCIES else ("L", "litres")
    said.flags.append(
        Flag(
            code="volume_unit_assumed",
            sentence=f"No unit of volume was named; {word} follow from the currency {currency}.",
        )
    )
    return unit


def _restored(
    said: Statement, volume: Decimal | None, price: Decimal | None, total: Decimal | None
) -> tuple[Decimal | None, Decimal | None, Decimal | None, str | None]:
    """Compute the one of volume, price and total that was not named from the two others; return its name too."""
    if total is None and volume and price:
        total = quantize(volume * price, 2)
        return volume, price, total, _derived(said, "total", plain(total), "volume times unit price")
    if volume is None and price and total and (value := quantize(total / price, 3)) > 0:
        how = "total divided by unit price"
        return value, price, total, _derived(said, "volume", plain_quantity(value), how)
    if price is None and volume and total and (value := quantize(total / volume, 3)) > 0:
        how = "total divided by volume"
        return volume, value, total, _derived(said, "unit_price", plain_quantity(value), how)
    return volume, price, total, None


def _derived(said: Statement, name: str, value: str, how: str) -> str:
    said.fields[name] = field_of((), "", value, said.engine)
    sentence = f"The {name.replace('_', ' ')} {value} was not named; it is {how}."
    said.flags.append(Flag(code="value_derived", sentence=sentence))
    return name


def _check(
    said: Statement, volume: Decimal | None, price: Decimal | None, total: Decimal | None, derived: str | None
) -> str:
    """Flag what is missing or disagrees; return the class of reading."""
    if total is None:
        said.flags.append(Flag(code="total_missing", sentence="No total was named."))
    if volume is None:
        said.flags.append(Flag(code="volume_missing", sentence="No volume was named."))
    if volume is None or price is None or total is None:
        return "incomplete"
    if derived is not None:
        return f"derived_{derived}"
    if agree(volume, price, total):
        return "agrees"
    factors = f"{plain_quantity(volume)} x {plain_quantity(price)}"
    said.flags.append(
        Flag(
            code="arithmetic_disagrees",
            sentence=f"{factors} is {quantize(volume * price, 2)}, but the total is {total}.",
        )
    )
    return "disagrees"


def _positive(value: Decimal | None) -> float | None:
    return float(value) if value is not None and value > 0 else None
