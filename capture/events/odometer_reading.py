"""The total distance on a dashboard: which of its numbers is the odometer, and in which unit."""

from __future__ import annotations

from typing import Annotated, Any

import pydantic

from capture.calibration import log_odds
from capture.dashboard import Number, dashboard_numbers, has_dual_scale, is_paper, printed_unit, rank
from capture.display import Choice, choose, distances, features, signal
from capture.documents.layout import field_of
from capture.documents.receipt import read_receipt
from capture.events.base import ENOUGH_LIKENESS, KM_PER_MILE, Candidate, EventPayload, Field, Flag, Hint
from capture.files.words import CODE
from capture.reading import Reading
from capture.vehicle_hint import Distance, kind_flags, settle_unit, to_miles

TYPE = "odometer_reading"
ASKED = ("reading",)
DESK = ("reading", "unit")

RIVAL_MARGIN = 1.0
"""A number is a rival of the chosen one if its rank is less than this below it."""


class Payload(EventPayload):
    """An odometer reading. `miles` is None where nothing tells if the display counts kilometres or miles."""

    miles: int | None = pydantic.Field(default=None, ge=0, le=10_000_000)
    reading: int | Annotated[float, pydantic.Field(allow_inf_nan=False)] | None = pydantic.Field(
        default=None, ge=0, le=10_000_000
    )
    """As displayed, in `unit`; with a decimal where the last drum counts tenths and was read for sure."""
    unit: Distance | None = None
    parsed_digits: str | None = pydantic.Field(default=None, pattern=r"^\d{1,9}$")
    """All digits as displayed, with leading zeros, tenths included, also where they are left out of the reading."""
    ocr_confidence: int | None = pydantic.Field(default=None, ge=0, le=100)
    """The engine's own score times 100; no probability."""


def from_reading(reading: Reading, hint: Hint) -> Candidate | None:
    """Choose the odometer among a dashboard's numbers; None if there is none or the document is a receipt."""
    if read_receipt(reading, hint.received_on).likeness >= ENOUGH_LIKENESS or is_paper(reading):
        return None
    numbers = sorted(dashboard_numbers(reading), key=rank, reverse=True)
    if not numbers or rank(numbers[0]) <= 0:
        return None
    best = numbers[0]
    rivals = [
        n
        for n in numbers[1:]
        if n.digits.lstrip("0") != best.digits.lstrip("0") and rank(best) - rank(n) < RIVAL_MARGIN
    ]
    unit, flags = settle_unit(best.unit or printed_unit(reading), hint, best.digits, "the display")
    if rivals:
        others = ", ".join(n.digits for n in rivals[:3])
        flags.append(Flag(code="rival_readings", sentence=f"{best.digits} was chosen; {others} could be it too."))
    flags += kind_flags(hint, "odometer")
    value = int(best.digits)
    context = _context(best, dual_scale=has_dual_scale(reading))
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=_evidence(best),
        payload=_payload(reading, best, value, unit),
        fields=_fields(reading, best, value, unit),
        flags=tuple(flags),
        signal=context,
        features=_text_features(best, context, rivals=len(rivals)),
    )


def from_display(display: Reading, text: Reading | None, hint: Hint) -> Candidate | None:
    """Take the reading of our own reader; None if it saw a trip alone, or the document is of paper.

    Where it could read nothing, the text's reading is taken for a person to look at.
    """
    if _of_paper(text, hint):
        return None
    display = _without_codes(display, text)
    choice = _with_history(display, text, hint)
    lines = [span for span in display.spans if span.role == "odometer" and span.hypotheses]
    if choice is None and not lines:
        return None if text is None or _shows_trip(display) else _second_opinion(text, hint)
    chosen = distances(lines)[0] if choice is None else choice.chosen
    best, line = chosen.best, chosen.line
    value = chosen.value if choice is None else choice.value
    unit, flags = settle_unit(
        line.unit or (None if text is None else printed_unit(text)), hint, str(value), "the display"
    )
    if best.tenths and isinstance(value, int):
        sentence = f"The last drum of {best.text} may be another digit, and is left out: {value}."
        flags.append(Flag(code="tenths_left_out", sentence=sentence))
    if choice is not None:
        flags += _history_flags(choice)
    flags += kind_flags(hint, "odometer")
    payload: dict[str, Any] = {
        "source": display.engine,
        "reading": value,
        "parsed_digits": best.digits,
        "ocr_confidence": round(chosen.probability * 100),
    }
    if unit is not None:
        payload |= {"unit": unit, "miles": to_miles(value, unit)}
    field = Field(
        value=str(value),
        raw=best.text,
        polygon=line.polygon,
        page=line.page,
        engine=display.engine,
        score=chosen.probability,
    )
    digits = field.model_copy(update={"value": best.digits, "score": best.probability})
    fields = {"reading": field, "parsed_digits": digits}
    if unit is not None:
        fields["unit"] = Field(value=unit, raw="", page=line.page, engine=display.engine)
    return Candidate(
        event_type=TYPE,
        engine=display.engine,
        evidence=_display_evidence(best.probability if choice is None else max(best.probability, choice.share)),
        payload=payload,
        fields=fields,
        flags=tuple(flags),
        signal=signal(chosen, choice),
        features=features(chosen, display, text) | ({} if choice is None else choice.features()),
    )


def _without_codes(display: Reading, text: Reading | None) -> Reading:
    """Leave out lines that are digits of a fault's code, such as 0301 of P0301."""
    codes = {code[1:] for span in (text.spans if text else ()) for code in CODE.findall(span.text.upper())}
    kept = tuple(span for span in display.spans if not span.hypotheses or span.hypotheses[0].digits not in codes)
    return display if len(kept) == len(display.spans) else display.model_copy(update={"spans": kept})


def _with_history(display: Reading, text: Reading | None, hint: Hint) -> Choice | None:
    """Choose among the display's distances by where the vehicle's other readings expect it, if they expect anything."""
    unit = next((span.unit for span in display.spans if span.unit), None)
    unit = unit or (None if text is None else printed_unit(text)) or hint.vehicle_unit
    if hint.expected_km is None or unit is None:
        return None
    low, high = (bound if unit == "km" else bound / KM_PER_MILE for bound in hint.expected_km)
    return choose(display.spans, low, high)


def _history_flags(choice: Choice) -> list[Flag]:
    if not choice.by_history:
        return []
    window = f"{choice.low:,.0f} to {choice.high:,.0f}"
    seen = choice.by_pixels
    alone = "give no reading" if seen is None else f"would give {seen.value}"
    sentence = f"The pixels alone {alone}; the vehicle's other readings expect {window}, and {choice.value} lies there."
    flags = [Flag(code="chosen_by_history", sentence=sentence, origin="history")]
    if seen is not None and choice.against_pixels:
        sentence = f"The pixels make {seen.value} far likelier than {choice.value}, which the history expects."
        flags.append(Flag(code="history_against_pixels", sentence=sentence, origin="history"))
    return flags


def _second_opinion(text: Reading, hint: Hint) -> Candidate | None:
    candidate = from_reading(text, hint)
    if candidate is None:
        return None
    sentence = f"The display's own reader could not read it; {text.engine} read {candidate.payload['parsed_digits']}."
    return candidate.model_copy(update={"flags": (*candidate.flags, Flag(code="readers_disagree", sentence=sentence))})


def _shows_trip(display: Reading) -> bool:
    return any(span.role == "trip" for span in display.spans)


def remark(display: Reading, text: Reading | None) -> Flag | None:
    """Say what the display shows instead of a total distance; None where there is no display."""
    if _of_paper(text, Hint()):
        return None
    if _shows_trip(display):
        numbers = ", ".join(span.text for span in display.spans if span.role == "trip")
        return Flag(code="trip_only", sentence=f"The display shows {numbers or 'numbers'}, but no total distance.")
    if any(span.role == "unreadable" for span in display.spans):
        return Flag(code="display_unreadable", sentence="The display's digits cannot be read.")
    return None


def _of_paper(text: Reading | None, hint: Hint) -> bool:
    return text is not None and (read_receipt(text, hint.received_on).likeness >= ENOUGH_LIKENESS or is_paper(text))


def _display_evidence(probability: float) -> float:
    """The reader has said that it is an odometer, or the vehicle's history expects it, so that is enough."""
    return round(0.5 + 0.45 * probability, 2)


def derive(payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    """Make miles follow from reading and unit, or, where a person gave miles alone, those from miles."""
    made = dict(payload)
    if "miles" in changed and "reading" not in changed and "unit" not in changed:
        made |= {"reading": payload.get("miles"), "unit": "mi"}
    reading, unit = made.get("reading"), made.get("unit")
    made["miles"] = None if reading is None or unit is None else to_miles(reading, unit)
    if changed & {"miles", "reading"} and "parsed_digits" not in changed:
        made["parsed_digits"] = None if reading is None else _digits(reading)
    return made


def _digits(reading: float) -> str:
    """Return the digits of a reading as displayed: 1200.5 shows 12005."""
    return str(int(reading)) if reading == int(reading) else str(reading).replace(".", "")


def _evidence(best: Number) -> float:
    """Map the rank, about 0 to 8, to 0.4 to 0.95."""
    return round(max(0.05, min(0.95, 0.4 + 0.08 * rank(best))), 2)


def _context(best: Number, *, dual_scale: bool) -> str:
    """Name what stands beside the number.

    `unscored`: the engine gave no score, so nothing that was counted speaks of it. A bare number on a dashboard with
    two speed scales (`dual`) is a class of its own: on those the odometer is often a drum, whose last digit engines
    miss.
    """
    return (
        "unscored" if best.score is None
        else "turned" if best.turned
        else "trimmed" if best.trimmed
        else "labelled" if best.labelled
        else "unit" if best.unit
        else "dual" if dual_scale
        else "bare"
    )  # fmt: skip


def _text_features(best: Number, context: str, *, rivals: int) -> dict[str, float]:
    score = log_odds(best.score or 0.0)
    digits = len(best.digits)
    return {
        "score": score,
        "rivals": float(min(rivals, 3)),
        "four_digits_or_fewer": float(digits <= 4),
        "six_digits": float(digits == 6),
        "seven_digits_or_more": float(digits >= 7),
        context: 1.0,
        f"six_digits_{context}": float(digits == 6),
        f"score_{context}": score,
    }


def _payload(reading: Reading, best: Number, value: int, unit: Distance | None) -> dict[str, Any]:
    payload: dict[str, Any] = {"source": reading.engine, "reading": value, "parsed_digits": best.digits}
    if best.score is not None:
        payload["ocr_confidence"] = round(best.score * 100)
    if unit is not None:
        payload |= {"unit": unit, "miles": to_miles(value, unit)}
    return payload


def _fields(reading: Reading, best: Number, value: int, unit: Distance | None) -> dict[str, Field]:
    fields = {
        "reading": field_of((best.span,), best.raw, str(value), reading.engine),
        "parsed_digits": field_of((best.span,), best.raw, best.digits, reading.engine),
    }
    if unit is not None:
        spans = (best.unit_span,) if best.unit_span else ()
        fields["unit"] = field_of(spans, best.unit_span.text if best.unit_span else "", unit, reading.engine)
    return fields
