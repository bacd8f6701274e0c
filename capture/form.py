"""The fields of an event as a person fills them in: from the payload's own model, so that a new type has its form."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from capture.events import modules
from capture.events.base import EventPayload
from capture.reading import Frozen

Input = Literal["number", "whole", "text", "long", "date", "time", "choice", "list"]

BESIDES = frozenset(EventPayload.model_fields) | {"ocr_confidence", "parsed_digits", "file_format"}
"""What says how an event was read, or follows from another field: nobody fills it in."""

READ_AS: dict[str, str] = {
    "total_cost": "total", "cost": "total", "purchased_on": "date", "service_date": "date", "purchased_at": "time",
    "station_name": "merchant", "station_address": "address", "station_brand": "brand", "miles": "reading",
    "description": "fault", "codes": "fault_codes", "service_types": "service_type",
}  # fmt: skip
"""Names of payload fields whose place on the photo is known by another name."""

LABELS: dict[str, str] = {
    "reading": "Odometer", "total_cost": "Total", "cost": "Total", "unit_price": "Price per unit",
    "purchased_on": "Day", "purchased_at": "Time", "service_date": "Day", "station_name": "Station",
    "tax": "Tax", "service_types": "Services", "codes": "Fault codes", "energy_kwh": "Energy (kWh)",
    "price_per_kwh": "Price per kWh", "miles": "Miles", "gallons": "US gallons",
    "price_per_gallon": "Price per US gallon", "odometer_miles": "Odometer in miles",
}  # fmt: skip
"""Where the field's name is not what a person would say."""

PATTERNS: dict[str, Input] = {r"^\d{4}-\d{2}-\d{2}$": "date", r"^\d{2}:\d{2}$": "time"}
"""What a text of this pattern is."""

LONG = 1_000
"""A text that may be longer has several lines."""


class FormField(Frozen):
    """One field. `main`: it is shown first. `choices`: what it may be, with `kind` choice. `read_as`: see READ_AS."""

    name: str
    label: str
    kind: Input
    main: bool
    choices: tuple[str, ...] = ()
    read_as: str


@cache
def form(event_type: str) -> tuple[FormField, ...]:
    """Return the fields of a type that are one value or a list of words, what a reviewer sees first before all."""
    module = modules()[event_type]
    first: tuple[str, ...] = getattr(module, "DESK", ())
    schema = module.Payload.model_json_schema()
    fields = []
    for name, described in schema["properties"].items():
        kind, choices = _input(described, schema)
        if kind is not None and name not in BESIDES:
            fields.append(
                FormField(
                    name=name,
                    label=LABELS.get(name, name.replace("_", " ").capitalize()),
                    kind=kind,
                    main=name in first,
                    choices=choices,
                    read_as=READ_AS.get(name, name),
                )
            )
    return tuple(sorted(fields, key=lambda one: first.index(one.name) if one.main else len(first)))


def _input(described: dict[str, Any], schema: dict[str, Any]) -> tuple[Input | None, tuple[str, ...]]:
    """Return how a field is filled in; None for what is no one value."""
    said = [part for part in _alternatives(described, schema) if part.get("type") != "null"]
    kinds = {part.get("type") for part in said}
    first = said[0]
    choices = tuple(str(choice) for part in said for choice in part.get("enum", ()))
    if choices and kinds == {"string"}:
        return "choice", choices
    if kinds <= {"integer", "number"}:
        return ("whole" if kinds == {"integer"} else "number"), ()
    if kinds == {"array"} and _resolved(first["items"], schema).get("type") == "string":
        return "list", ()
    if kinds != {"string"}:
        return None, ()
    usual: Input = "long" if first.get("maxLength", 0) > LONG else "text"
    return PATTERNS.get(first.get("pattern", ""), usual), ()


def _alternatives(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _resolved(part, schema)
    return [one for each in whole["anyOf"] for one in _alternatives(each, schema)] if "anyOf" in whole else [whole]


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    found: dict[str, Any] = part if reference is None else schema["$defs"][reference.rpartition("/")[2]]
    return found
