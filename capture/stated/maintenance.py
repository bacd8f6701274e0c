"""A workshop's bill as a vision model names it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from capture.documents.money import plain, to_float
from capture.documents.service.sums import ROUNDING
from capture.documents.service.types import SERVICE_TYPES
from capture.events.base import Candidate, Flag, Hint, present
from capture.events.maintenance import TYPE, derive
from capture.stated.statement import Statement, evidence, to_decimal
from capture.vehicle_hint import Distance, kind_flags, settle_unit, to_miles

FIELDS = {
    "merchant": "service_provider.name",
    "address": "service_provider.address",
    "technician": "service_provider.technician",
    "date": "service_date",
    "invoice_number": "invoice_number",
    "work_order_number": "work_order_number",
    "service_type": "service_type",
    "odometer": "odometer",
    "odometer_unit": "odometer_unit",
    "labour_cost": "labour_cost",
    "parts_cost": "parts_cost",
    "other_cost": "other_cost",
    "discount": "discount",
    "subtotal": "subtotal",
    "tax": "tax",
    "total": "cost",
    "currency": "currency",
    "next_service_odometer": "next_service.recommended_odometer",
    "next_service_date": "next_service.recommended_date",
    "next_service_after": "next_service.after_distance",
    "next_service_months": "next_service.after_months",
}

ITEMS = ("parts", "parts_replaced")

SUMS = ("labour_cost", "parts_cost", "other_cost", "discount", "subtotal", "tax")

_COUNT = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")


def state(said: Statement, hint: Hint) -> Candidate | None:
    """Return the maintenance; None if neither a total nor a service nor an odometer was named."""
    total, odometer = said.number("total"), said.whole("odometer")
    services = said.words("service_type", SERVICE_TYPES)
    if total is None and odometer is None and not services:
        return None
    currency = said.choice("currency")
    day = said.day("date", currency, hint.received_on)
    sums = {name: said.number(name, signed=name != "discount") for name in SUMS}
    _check(said, total, sums)
    values: dict[str, Any] = {
        "source": said.engine,
        "service_type": services[0] if services else None,
        "service_types": services,
        "cost": to_float(total),
        "currency": currency,
        **{name: to_float(value) for name, value in sums.items()},
        "service_date": day.isoformat() if day else None,
        "invoice_number": said.text("invoice_number"),
        "work_order_number": said.text("work_order_number"),
        "parts_replaced": [_part(item) for item in said.items("parts") if "part_name" in item],
        "service_provider": present(
            {
                "name": said.text("merchant"),
                "address": said.text("address"),
                "technician": said.text("technician"),
            }
        ),
        "ocr_confidence": said.score("total", "odometer"),
        **_odometer(said, odometer, hint),
    }
    values["next_service"] = _next_service(said, currency, values.get("odometer_unit"))
    read = [name for name in ("total", "odometer", "service_type") if name in said.fields]
    return Candidate(
        event_type=TYPE,
        engine=said.engine,
        evidence=evidence(hint.kind, TYPE),
        payload=present(derive(values, frozenset())),
        fields=said.fields,
        flags=(*said.flags, *kind_flags(hint, "maintenance")),
        signal="+".join(read),
    )


def _odometer(said: Statement, odometer: int | None, hint: Hint) -> dict[str, Any]:
    if odometer is None:
        said.flags.append(Flag(code="odometer_missing", sentence="No odometer reading was named."))
        return {}
    unit, flags = settle_unit(said.distance("odometer_unit"), hint, str(odometer), "the invoice")
    said.flags += flags
    return {"odometer": odometer, "odometer_unit": unit}


def _next_service(said: Statement, currency: str | None, unit: Distance | None) -> dict[str, Any]:
    """Return when the vehicle should come again. Its date may follow the day on which the document came."""
    odometer = said.whole("next_service_odometer")
    day = said.day("next_service_date", currency, None, expected=False)
    return present(
        {
            "recommended_odometer": odometer,
            "recommended_miles": None if odometer is None or unit is None else to_miles(odometer, unit),
            "recommended_date": day.isoformat() if day else None,
            "after_distance": said.whole("next_service_after"),
            "after_months": said.whole("next_service_months"),
        }
    )


def _check(said: Statement, total: Decimal | None, sums: dict[str, Decimal | None]) -> None:
    """Flag a total that is missing, or that its parts do not make, with or without the tax in their prices."""
    if total is None:
        said.flags.append(Flag(code="total_missing", sentence="No total was named."))
        return
    if sums["labour_cost"] is None or sums["parts_cost"] is None:
        return
    given = {name: value for name, value in sums.items() if value is not None and name != "subtotal"}
    net = sum((-value if name == "discount" else value for name, value in given.items() if name != "tax"), Decimal(0))
    if all(abs(made - total) > ROUNDING for made in (net, net + given.get("tax", Decimal(0)))):
        words = ", ".join(f"{name.removesuffix('_cost')} {plain(value)}" for name, value in given.items())
        sentence = f"{words} do not make the total {plain(total)}."
        said.flags.append(Flag(code="arithmetic_disagrees", sentence=sentence))


def _part(item: dict[str, str]) -> dict[str, Any]:
    quantity = item.get("quantity")
    counted = to_decimal(quantity) if quantity and _COUNT.fullmatch(quantity) else None
    whole = counted is not None and counted == counted.to_integral_value()
    return present(
        {
            **item,
            "quantity": quantity if counted is None else int(counted) if whole else float(counted),
            "unit_cost": to_float(to_decimal(item.get("unit_cost"))),
            "cost": to_float(to_decimal(item.get("cost"))),
        }
    )
