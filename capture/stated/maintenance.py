"""A workshop's invoice as a vision model names it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from capture.events.base import Candidate, Flag, Hint
from capture.events.maintenance import TYPE
from capture.money import plain
from capture.stated.statement import Statement, evidence, to_decimal
from capture.vehicle_hint import kind_flags, settle_unit, to_miles

FIELDS = {
    "merchant": "service_provider.name",
    "address": "service_provider.address",
    "technician": "service_provider.technician",
    "date": "service_date",
    "invoice_number": "invoice_number",
    "service_type": "service_type",
    "odometer": "odometer",
    "odometer_unit": "odometer_unit",
    "labour_cost": "labour_cost",
    "parts_cost": "parts_cost",
    "tax": "tax",
    "total": "cost",
    "currency": "currency",
}

ITEMS = ("parts", "parts_replaced")

_COUNT = re.compile(r"[0-9]{1,6}")

ROUNDING = Decimal("0.05")
"""Labour, parts and tax may miss the total by this much: totals in cash are rounded."""


def state(said: Statement, hint: Hint) -> Candidate | None:
    """Return the maintenance; None if neither a total nor a service nor an odometer was named."""
    total, odometer, service = said.number("total"), said.whole("odometer"), said.choice("service_type")
    if total is None and odometer is None and service is None:
        return None
    currency = said.choice("currency")
    day = said.day("date", currency, hint.received_on)
    labour, parts, tax = (said.number(name) for name in ("labour_cost", "parts_cost", "tax"))
    _check(said, total, (labour, parts, tax))
    values: dict[str, Any] = {
        "source": said.engine,
        "service_type": service,
        "cost": _float(total),
        "currency": currency,
        "labour_cost": _float(labour),
        "parts_cost": _float(parts),
        "tax": _float(tax),
        "service_date": day.isoformat() if day else None,
        "invoice_number": said.text("invoice_number"),
        "parts_replaced": [_part(item) for item in said.items("parts") if "part_name" in item],
        "service_provider": _present(
            {
                "name": said.text("merchant"),
                "address": said.text("address"),
                "technician": said.text("technician"),
            }
        ),
        "ocr_confidence": said.score("total", "odometer"),
        **_odometer(said, odometer, hint),
    }
    read = [name for name in ("total", "odometer", "service_type") if name in said.fields]
    return Candidate(
        event_type=TYPE,
        engine=said.engine,
        evidence=evidence(hint.kind, TYPE),
        payload=_present(values),
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
    miles = None if unit is None else to_miles(odometer, unit)
    return {"odometer": odometer, "odometer_unit": unit, "odometer_miles": miles}


def _check(said: Statement, total: Decimal | None, items: tuple[Decimal | None, ...]) -> None:
    if total is None:
        said.flags.append(Flag(code="total_missing", sentence="No total was named."))
        return
    named = [item for item in items if item is not None]
    if len(named) == len(items) and abs(sum(named, Decimal(0)) - total) > ROUNDING:
        sum_of = " + ".join(plain(item) for item in named)
        said.flags.append(
            Flag(
                code="arithmetic_disagrees", sentence=f"{sum_of} (labour, parts, tax) is not the total {plain(total)}."
            )
        )


def _part(item: dict[str, str]) -> dict[str, Any]:
    quantity = item.get("quantity")
    return _present(
        {
            **item,
            "quantity": int(quantity) if quantity and _COUNT.fullmatch(quantity) else quantity,
            "cost": _float(to_decimal(item.get("cost"))),
        }
    )


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
