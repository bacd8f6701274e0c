"""Why an event was accepted or flagged, in one paragraph, by rule: every number in it is one of the facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from capture.events.base import Flag
from capture.reading import Frozen
from capture.review import ReviewState, counts

LEAST_SURE = 3
"""So many fields are named, at most."""

SURE_FIELD = 0.98
"""Fields this probable or more are not named as the least sure."""

NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
WORD = re.compile(r"[a-z]+")

SPELLED = frozenset(
    [
        "zero",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fifteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "thousand",
        "million",
        "half",
        "third",
        "quarter",
        "twice",
        "double",
        "triple",
        "dozen",
    ]
)
"""Numbers in words; "one" is left out, which is more often none."""

VERDICTS: dict[ReviewState, str] = {
    "accepted": "It counts without a person.",
    "flagged": "A person is asked.",
    "verified": "A person said that it is right.",
    "corrected": "A person put it right.",
    "rejected": "A person said that the photo shows no such event.",
    "voided": "A person took it back.",
}


class Told(Frozen):
    """What is known of one event. `says`: its content in a few words; `engine`: who read it, None if a person gave it.

    `because`: why it was accepted, as it was written then; empty if it never was. `fields`: probability by field.
    """

    event_type: str
    says: str
    engine: str | None
    review_state: ReviewState
    probability: float | None
    because: str = ""
    flags: tuple[Flag, ...] = ()
    fields: Mapping[str, float] = {}


def paragraph(told: Told) -> str:
    """Return why the event stands as it does."""
    reasons = [flag.sentence for flag in told.flags if counts(flag.code, flag.level)]
    notes = [flag.sentence for flag in told.flags if not counts(flag.code, flag.level)]
    sentences = [_first(told), VERDICTS[told.review_state]]
    if told.engine is not None and told.review_state not in ("accepted", "flagged"):
        sentences.append("The machine had doubts:" if reasons else "The machine had accepted it.")
    sentences += reasons or ([told.because] if told.because else [])
    weak = _least_sure(told.fields)
    if weak:
        sentences.append(f"Least sure: {weak}.")
    if notes:
        sentences += ["Noted besides:", *notes]
    return " ".join(sentence.strip() for sentence in sentences if sentence.strip())


def new_numbers(prose: str, facts: str) -> list[str]:
    """Return the numbers, in digits or in words, that a text has and the facts have not."""
    return sorted(_numbers(prose) - _numbers(facts))


def _numbers(text: str) -> set[str]:
    return {*NUMBER.findall(text)} | {word for word in WORD.findall(text.lower()) if word in SPELLED}


def _first(told: Told) -> str:
    words = told.event_type.replace("_", " ").capitalize()
    said = f"{words}: {told.says}" if told.says else words
    if told.engine is None:
        return f"{said}, entered by a person."
    chance = "" if told.probability is None else f"a probability of {told.probability:.4f} of being right"
    if told.review_state == "corrected":  # the chance is of what was read, which no longer stands here
        return f"{said}, not as {told.engine} read it{chance and f', which had {chance}'}."
    return f"{said}, read by {told.engine}{chance and f', with {chance}'}."


def _least_sure(fields: Mapping[str, float]) -> str:
    weak: Sequence[tuple[str, float]] = sorted(fields.items(), key=lambda item: (item[1], item[0]))[:LEAST_SURE]
    return ", ".join(f"{name.replace('_', ' ')} ({sure:.2f})" for name, sure in weak if sure < SURE_FIELD)


def summary(event_type: str, payload: Mapping[str, Any]) -> str:
    """Return what an event says, in a few words."""
    if event_type == "odometer_reading":
        return f"{payload.get('reading', '?')} {payload.get('unit') or ''}".strip()
    if event_type == "fuel_purchase":
        amount = f"{payload['volume']} {payload.get('volume_unit') or ''}".strip() if "volume" in payload else ""
        cost = f"{payload['total_cost']} {payload.get('currency') or ''}".strip() if "total_cost" in payload else ""
        return ", ".join(part for part in (amount, cost) if part)
    if event_type == "maintenance":
        cost = f"{payload['cost']} {payload.get('currency') or ''}".strip() if "cost" in payload else ""
        return ", ".join(part for part in (str(payload.get("service_type") or ""), cost) if part)
    if event_type == "issue_report":
        return str(payload["severity"])
    return f"{len(payload.get('trips', []))} trips"
