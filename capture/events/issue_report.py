"""A fault: as a driver reports it in a note, or as the dashboard or a scan tool says it in words or codes."""

from __future__ import annotations

import re

from pydantic import Field as PydanticField

from capture.documents.receipt import read_receipt
from capture.events.base import ENOUGH_LIKENESS, Candidate, EventPayload, Field, Flag, Hint
from capture.files.words import CODE, Severity, severity_said
from capture.reading import Reading, Span
from capture.vehicle_hint import kind_flags

TYPE = "issue_report"
ASKED = ("codes",)
DESK = ("description", "severity", "codes")

BESIDE = True
"""A dashboard may show a fault beside the reading."""

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
    if not found or read_receipt(reading, hint.received_on).likeness >= ENOUGH_LIKENESS:
        return None
    codes = list(dict.fromkeys(words for _, words, _ in found if CODE.fullmatch(words)))
    said = list(dict.fromkeys(words for _, words, _ in found))
    severity = _worst([severity for _, _, severity in found])
    first = found[0][0]
    values = {"description": "; ".join(said)[:4_000], "severity": severity, "codes": codes[:50]}
    fields = {"fault": _field(first, "; ".join(said), reading.engine)}
    if codes:
        span = next(span for span, words, _ in found if words == codes[0])
        fields["fault_codes"] = _field(span, ", ".join(codes), reading.engine)
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=0.8 if codes else 0.6,
        payload={"source": reading.engine, **values},
        fields=fields,
        flags=() if hint.kind == "odometer" else tuple(kind_flags(hint, "issue_report")),
        signal="codes" if codes else "words",
    )


def from_file(reading: Reading, hint: Hint) -> Candidate | None:
    """Take a driver's note as it is written; None for a file of another kind.

    How bad it is follows from what the note says, else from the messages and codes that it names.
    """
    if reading.subject != "note":
        return None
    note = "\n".join(span.text for span in reading.spans)
    found = _messages(note.upper())
    codes = list(dict.fromkeys(words for words, _ in found if CODE.fullmatch(words)))[:50]
    said: Severity | None = severity_said(note)
    flags = kind_flags(hint, "issue_report")
    if said is None and found:
        said = _worst([severity for _, severity in found])
    if said is None:
        sentence = "The note does not say how bad it is; it is kept as a warning until a person has read it."
        flags.append(Flag(code="severity_assumed", sentence=sentence))
    fields = {"fault": Field(value=note, raw=note, engine=reading.engine)}
    if codes:
        fields["fault_codes"] = Field(value=", ".join(codes), raw=", ".join(codes), engine=reading.engine)
    return Candidate(
        event_type=TYPE,
        engine=reading.engine,
        evidence=1.0,
        payload={"source": reading.engine, "description": note, "severity": said or "warning", "codes": codes},
        fields=fields,
        flags=tuple(flags),
        signal="note-codes" if codes else "note",
    )


def _worst(severities: list[Severity]) -> Severity:
    return max(severities, key=SERIOUSNESS.__getitem__)


def _messages(text: str) -> list[tuple[str, Severity]]:
    """Return codes and messages in a line of capitals."""
    found: list[tuple[str, Severity]] = [(match[0], "warning") for match in CODE.finditer(text)]
    found += [(match[0], severity) for pattern, severity in MESSAGES for match in pattern.finditer(text)]
    return found


def _field(span: Span, value: str, engine: str) -> Field:
    return Field(value=value, raw=span.text, polygon=span.polygon, page=span.page, engine=engine, score=span.score)
