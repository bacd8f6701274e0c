"""The total distance on a dashboard as a vision model names it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from capture.events.base import Candidate, Hint
from capture.events.odometer_reading import TYPE
from capture.stated.statement import Statement, evidence
from capture.vehicle_hint import kind_flags, settle_unit, to_miles

FIELDS = {"reading": "reading", "unit": "unit"}


def state(said: Statement, hint: Hint) -> Candidate | None:
    """Return the reading; None if no total distance was named.

    The digits that are shown count; the model's number tells whether the last of them counts tenths.
    """
    digits, given = said.digits("reading"), said.given("reading")
    if not digits:
        return None
    tenths = len(digits) > 1 and given == Decimal(digits) / 10 != 0
    value: int | float = int(digits) / 10 if tenths else int(digits)
    said.keep("reading", str(value), differs=not tenths and given != value)
    unit, flags = settle_unit(said.distance("unit"), hint, str(value), "the display")
    said.flags += [*flags, *kind_flags(hint, "odometer")]
    fields = {**said.fields, "parsed_digits": said.fields["reading"].model_copy(update={"value": digits})}
    payload: dict[str, Any] = {"source": said.engine, "reading": value, "parsed_digits": digits}
    if (score := said.score("reading")) is not None:
        payload["ocr_confidence"] = score
    if unit is not None:
        payload |= {"unit": unit, "miles": to_miles(value, unit)}
    return Candidate(
        event_type=TYPE,
        engine=said.engine,
        evidence=evidence(hint.kind, "odometer"),
        payload=payload,
        fields=fields,
        flags=tuple(said.flags),
        signal="tenths" if tenths else "whole",
    )
