"""Events in words: what one says in a line, its values one by one, and what changed from one version to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from capture.review import FLAGS, MEANING, ReviewState

STATE_KIND: dict[str, str] = {
    "accepted": "good", "verified": "good", "corrected": "good", "flagged": "warn", "rejected": "plain",
    "voided": "plain", "recorded": "good", "unrecognised": "warn", "failed": "bad", "expected": "plain", "received": "",
    "queued": "", "processing": "",
}  # fmt: skip
"""State of an event or upload -> class of its badge."""

STATE_WORDS: dict[str, str] = {
    "accepted": "Accepted", "flagged": "Needs a look", "verified": "Confirmed", "corrected": "Corrected",
    "rejected": "Rejected", "voided": "Taken back", "recorded": "Read", "unrecognised": "Nothing recognised",
    "failed": "Failed", "expected": "Not sent yet", "received": "Received", "queued": "Waiting to be read",
    "processing": "Being read",
}  # fmt: skip

TYPE_WORDS: dict[str, str] = {
    "odometer_reading": "Odometer", "fuel_purchase": "Fuel", "maintenance": "Maintenance", "issue_report": "Fault",
    "trip_batch": "Trips",
}  # fmt: skip

ENGINE_WORDS: dict[str, str] = {
    "odometer": "Odometer reader", "rapid_ocr": "RapidOCR", "tesseract": "Tesseract", "openai_vision": "Vision model",
    "recorded": "Recorded answers", "pdf_text": "Text of the PDF", "written": "The file itself", "manual": "By hand",
}  # fmt: skip

HIDDEN = frozenset({
    "payload_version", "source", "provenance", "image_metadata", "device_info", "location", "ocr_confidence",
    "parsed_digits", "extracted_fields",
})  # fmt: skip
"""Parts of a payload that say how it came about, not what happened."""

MISSING: dict[str, tuple[str, ...]] = {
    "odometer_reading": ("reading", "unit"),
    "fuel_purchase": ("total_cost", "currency", "volume", "volume_unit", "unit_price", "fuel_type", "purchased_on",
                      "purchased_at", "station_name", "odometer", "odometer_unit"),
    "maintenance": ("service_type", "cost", "currency", "service_date", "odometer", "odometer_unit", "invoice_number"),
    "issue_report": ("description", "severity"),
    "trip_batch": (),
}  # fmt: skip
"""Fields that a correction offers, also where nothing was read for them."""

CHOICES: dict[str, tuple[str, ...]] = {
    "unit": ("km", "mi"), "odometer_unit": ("km", "mi"), "volume_unit": ("L", "gal_us", "gal_imp"),
    "severity": ("info", "warning", "critical"),
}  # fmt: skip

UNITS = {"L": "L", "gal_us": "US gal", "gal_imp": "imp. gal", "km": "km", "mi": "mi"}

SAME_PLACE: dict[str, str] = {
    "total_cost": "total", "cost": "total", "miles": "odometer", "reading": "odometer", "odometer_miles": "odometer",
    "purchased_on": "date", "service_date": "date", "purchased_at": "time", "gallons": "volume",
    "price_per_gallon": "unit_price", "station_name": "merchant", "station_brand": "brand",
    "station_address": "address",
    "description": "fault", "severity": "fault", "codes": "fault_codes", "service_provider.name": "merchant",
    "service_provider.address": "address", "service_provider.technician": "technician",
    "next_service.recommended_date": "next_service_date", "next_service.recommended_odometer": "next_service_odometer",
    "next_service.after_distance": "next_service_after",
}  # fmt: skip
"""Field of a payload -> name of the box in which it was read, where the two differ."""


@dataclass(frozen=True)
class FieldRow:
    """One value. `key`: its path in the payload; `box`: the name of its evidence, empty where there is none."""

    key: str
    name: str
    value: str
    confidence: float | None
    box: str


@dataclass(frozen=True)
class Input:
    """One field of a correction. `kind`: number, text, date, time or choice."""

    key: str
    name: str
    kind: str
    value: str
    choices: tuple[str, ...]


def line(event_type: str, payload: Mapping[str, Any]) -> str:
    """Return what an event says, in a line; empty where it says nothing that fits one."""
    if event_type == "odometer_reading":
        return _measure(payload.get("reading"), payload.get("unit"))
    if event_type == "fuel_purchase":
        amount = _measure(payload.get("volume"), payload.get("volume_unit"))
        amount = amount or _measure(payload.get("energy_kwh"), "kWh")
        return " · ".join(part for part in (amount, _money(payload.get("total_cost"), payload)) if part)
    if event_type == "maintenance":
        work = str(payload.get("service_type") or "").replace("_", " ").capitalize()
        return " · ".join(part for part in (work, _money(payload.get("cost"), payload)) if part)
    if event_type == "issue_report":
        return str(payload.get("description") or "")[:120]
    trips = payload.get("trips", [])
    return f"{len(trips):,} {'trip' if len(trips) == 1 else 'trips'}"


def fields(event_type: str, payload: Mapping[str, Any], sure: Mapping[str, float]) -> list[FieldRow]:
    """Return an event's values one by one, with how sure each is where that was measured (0 to 1)."""
    boxes = (payload.get("provenance") or {}).get("boxes") or {}
    rows = []
    for key, value in _flat(payload):
        leaf = key.rsplit(".", 1)[-1]
        names = [name for name in (SAME_PLACE.get(key), leaf) if name]
        box = next((name for name in names if (boxes.get(name) or {}).get("polygon")), "")
        known = next((sure[name] for name in (leaf, *names) if name in sure), None)
        rows.append(FieldRow(key, name_of(key), _shown(key, value, payload), known, box))
    order = {name: place for place, name in enumerate(MISSING.get(event_type, ()))}
    return sorted(rows, key=lambda row: order.get(row.key, len(order)))


def inputs(event_type: str, payload: Mapping[str, Any]) -> list[Input]:
    """Return the fields of a correction: plain values that stand in the payload, and those that it usually has."""
    plain = [key for key, value in payload.items() if key not in HIDDEN and isinstance(value, str | int | float)]
    keys = dict.fromkeys((*MISSING.get(event_type, ()), *plain))
    return [_input(key, payload.get(key)) for key in keys if key not in FOLLOWS]


FOLLOWS = frozenset({"miles", "odometer_miles", "gallons", "price_per_gallon"})
"""Values that follow from others when those are corrected."""

NUMBERS = frozenset({
    "reading", "total_cost", "fuel_cost", "volume", "unit_price", "odometer", "cost", "energy_kwh", "price_per_kwh",
    "tax", "discount", "labour_cost", "parts_cost", "other_cost", "subtotal",
})  # fmt: skip


def _input(key: str, value: Any) -> Input:
    kind = "text"
    if key in NUMBERS or isinstance(value, int | float):
        kind = "number"
    elif key in CHOICES:
        kind = "choice"
    elif key.endswith(("_on", "_date")):
        kind = "date"
    elif key == "purchased_at":
        kind = "time"
    return Input(key, name_of(key), kind, "" if value is None else str(value), CHOICES.get(key, ()))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, old and new value of what differs; a dash where there was or is none."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        (name_of(key), _shown(key, old[key], before) if key in old else "–",
         _shown(key, new[key], after) if key in new else "–")
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]  # fmt: skip


def flag_words(code: str) -> str:
    """Return a flag's meaning; the code in words for one that is no more."""
    return FLAGS.get(code, name_of(code))


def meaning(state: ReviewState) -> str:
    """Return what a state of an event means."""
    return MEANING[state]


def name_of(key: str) -> str:
    """Return a field's name in words: `receipt_data.pump_number` -> `Pump number`."""
    parts = [part for part in key.split(".") if part not in ("receipt_data", "service_provider")]
    words = " ".join(part.replace("_", " ") for part in parts)
    return words.capitalize() if words else key


def _flat(payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in payload.items():
        if key in HIDDEN or value in (None, [], {}):
            continue
        if isinstance(value, Mapping):
            for inner, deep in value.items():
                if deep not in (None, [], {}):
                    yield f"{key}.{inner}", deep
        else:
            yield key, value


def _shown(key: str, value: Any, payload: Mapping[str, Any]) -> str:
    if isinstance(value, list):
        return _listed(key, value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name_of(name)}: {inner}" for name, inner in value.items() if inner is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        unit = {"reading": payload.get("unit"), "odometer": payload.get("odometer_unit"),
                "volume": payload.get("volume_unit"), "miles": "mi", "odometer_miles": "mi", "gallons": "gal_us",
                "energy_kwh": "kWh"}.get(key)  # fmt: skip
        return _money(value, payload) if key.endswith("cost") or key in _SUMS else _measure(value, unit)
    if key in ("unit", "odometer_unit", "volume_unit"):
        return UNITS.get(str(value), str(value))
    return str(value).replace("_", " ") if key in ("service_type", "fuel_type", "severity") else str(value)


_SUMS = frozenset({"tax", "discount", "subtotal"})


def _listed(key: str, value: list[Any]) -> str:
    if key in ("trips", "rejected_rows"):
        return f"{len(value):,}"
    said = [_shown("", one, {}).replace("_", " ") for one in value[:12]]
    return "; ".join(said) + (f"; and {len(value) - 12} more" if len(value) > 12 else "")


def _measure(value: Any, unit: str | None) -> str:
    if value is None:
        return ""
    number = f"{value:,}" if isinstance(value, int | float) else str(value)
    return f"{number} {UNITS.get(unit or '', unit or '')}".strip()


def _money(value: Any, payload: Mapping[str, Any]) -> str:
    return "" if value is None else f"{value:,.2f} {payload.get('currency') or ''}".strip()
