"""What the driver and the vehicle's record add to what a document says."""

from __future__ import annotations

from typing import Literal

from capture.events.base import KM_PER_MILE, Flag, Hint, Kind

Distance = Literal["km", "mi"]

_KIND_WORDS: dict[Kind, str] = {
    "odometer": "a dashboard",
    "fuel_purchase": "a fuel slip",
    "maintenance": "a workshop's invoice",
    "issue_report": "a report of a fault",
    "trip_batch": "a file of trips",
}


def kind_flags(hint: Hint, kind: Kind) -> list[Flag]:
    """Return the flag for a document that looks like another kind than the driver said."""
    if hint.kind is None or hint.kind == kind:
        return []
    sentence = f"The driver said {_KIND_WORDS[hint.kind]}; it looks like {_KIND_WORDS[kind]}."
    return [Flag(code="kind_differs", sentence=sentence)]


def settle_unit(
    printed: Distance | None, hint: Hint, reading: str, document: str
) -> tuple[Distance | None, list[Flag]]:
    """Take the unit that is printed, else the vehicle's; the flag tells where it is from if not printed.

    `document`: how the sentence calls it, such as "the display".
    """
    if printed is not None:
        return printed, []
    if hint.vehicle_unit is not None:
        word = "kilometres" if hint.vehicle_unit == "km" else "miles"
        sentence = f"{document.capitalize()} does not say its unit; the vehicle's record says {word}."
        return hint.vehicle_unit, [Flag(code="unit_from_vehicle", sentence=sentence)]
    sentence = f"{reading} may be kilometres or miles: neither {document} nor the vehicle's record says it."
    return None, [Flag(code="unit_unknown", sentence=sentence)]


def to_miles(value: float, unit: Distance) -> int:
    """Return a distance in whole miles."""
    return round(value if unit == "mi" else value / KM_PER_MILE)
