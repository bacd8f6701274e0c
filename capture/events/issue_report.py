"""A fault: as a driver reports it, or as the dashboard or a scan tool says it in words or codes."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field as PydanticField

from capture.events.base import Candidate, EventPayload, Field, Hint
from capture.reading import Reading, Span
from capture.receipt import read_receipt

TYPE = "issue_report"

BESIDE = True
"""A dashboard may show a fault beside the reading."""

Severity = Literal["info", "warning", "critical"]

CODE = re.compile(r"(?<![A-Z0-9])[PBCU][0-3][0-9A-F]{3}(?![A-Z0-9])")
"""A diagnostic trouble code. Source: SAE J2012."""

_WORDS: tuple[tuple[Severity, str], ...] = (
    ("critical", r"STOP (?:THE )?(?:ENGINE|VEHICLE)|(?:LOW|NO) OIL PRESSURE|OIL PRESSURE LOW|ENGINE OVERHEAT\w*"),
    ("critical", r"BRAKE (?:FAILURE|FLUID LOW|SYSTEM FAULT)|LOW BRAKE FLUID|(?:LOW )?COOLANT (?:LEVEL )?LOW"),
    ("warning", r"CHECK ENGINE|SERVICE ENGINE(?: SOON)?|ENGINE (?:FAULT|MALFUNCTION)|CHECK TRANSMISSION"),
    ("warning", r"LOW (?:TYRE|TIRE) PRESSURE|(?:TYRE|TIRE) PRESSURE (?:LOW|LOSS)|CHECK (?:TYRE|TIRE)S?"),
    ("warning", r"(?:SERVICE|CHECK) (?:AIRBAG|ABS|ESP|STEERING|BATTERY)|AIRBAG FAULT|BATTERY NOT CHARGING"),
    ("info", r"SERVICE (?:DUE|NOW|OVERDUE|REQUIRED)|OIL CHANGE (?:DUE|REQUIRED)"),
)

MESSAGES: tuple[tuple[re.Pattern[str], Severity], ...] = tuple(
    (re.compile(rf"(?<![A-Z])(?:{pattern.replace(' ', ' ?')})(?![A-Z])"), severity) for severity, pattern in _WORDS
)
"""Messages that dashboards write out, with how bad they are. Engines often lose the spaces in them."""

SERIOUSNESS: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}

PAPER = 0.4
"""A document this much like a receipt, or more, is no dashboard: "oil change due" on it is no fault."""


class Payload(EventPayload):
    """What is wrong with the vehicle, in the reporter's or the dashboard's words."""

    description: str = PydanticField(min_length=1, max_length=4_000)
    severity: Severity
    codes: list[str] = PydanticField(default=[], max_length=50)
    """Diagnostic trouble codes such as P0420 (SAE J2012)."""
    odometer_miles: int | None = PydanticField(default=None, ge=0, le=10_000_000)


def from_reading(reading: Reading, hint: Hint) -> Candidate | None:
    """Find fault codes and messages on a dashboard or scan tool; None if there are none, or on paper."""
    found = [(span, words, severity) for span in reading.spans for words, severity in _messages(span.text.upper())]
    if not found or read_receipt(reading, hint.received_on).likeness >= PAPER:
        return None
    codes = list(dict.fromkeys(words for _, words, _ in found if CODE.fullmatch(words)))
    said = list(dict.fromkeys(words for _, words, _ in found))
    severity = max((severity for _, _, severity in found), key=SERIOUSNESS.__getitem__)
    first = found[0][0]
    values = {"description": "; ".join(said)[:4_000], "severity": severity, "codes": codes[:50]}
    fields = {"fault": _field(first, "; ".join(said), reading.engine)}
    if codes:
        span = next(span for span, words, _ in found if words == codes[0])
        fields["fault_codes"] = _field(span, ", ".join(codes), reading.engine)
    doubted = hint.kind in ("fuel_purchase", "maintenance")
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=0.3 if doubted else 0.8 if codes else 0.6,
        payload={"source": reading.engine, **values},
        fields=fields,
        signal="codes" if codes else "words",
    )


def _messages(text: str) -> list[tuple[str, Severity]]:
    """Return codes and messages in a line of capitals."""
    found: list[tuple[str, Severity]] = [(match[0], "warning") for match in CODE.finditer(text)]
    found += [(match[0], severity) for pattern, severity in MESSAGES for match in pattern.finditer(text)]
    return found


def _field(span: Span, value: str, engine: str) -> Field:
    return Field(value=value, raw=span.text, polygon=span.polygon, page=span.page, engine=engine, score=span.score)
