"""Faults that a dashboard or a scan tool says in words or codes."""

from __future__ import annotations

import pytest

from capture.events import understand, validate_payload
from capture.events.base import Hint
from capture.events.issue_report import from_reading
from capture.reading import Reading, Span


def lines(*texts: str) -> Reading:
    spans = tuple(
        Span(text=text, polygon=((50, 60 * i), (400, 60 * i), (400, 60 * i + 40), (50, 60 * i + 40)), score=0.97)
        for i, text in enumerate(texts, 1)
    )
    return Reading(engine="rapid_ocr", model="m", spans=spans, page_sizes=((800, 600),))


@pytest.mark.parametrize(
    ("texts", "severity", "codes", "said"),
    [
        (("Check Engine",), "warning", [], "CHECK ENGINE"),
        (("DTC P0420", "Catalyst efficiency", "P0301 C1234"), "warning", ["P0420", "P0301", "C1234"], "P0420"),
        (("LOW TYRE PRESSURE",), "warning", [], "LOW TYRE PRESSURE"),
        (("SERVICE DUE", "STOP ENGINE"), "critical", [], "SERVICE DUE; STOP ENGINE"),
        (("Service due in 300 km",), "info", [], "SERVICE DUE"),
    ],
)
def test_a_fault_is_reported(texts: tuple[str, ...], severity: str, codes: list[str], said: str) -> None:
    (candidate,) = understand(lines(*texts), Hint()).candidates
    payload = validate_payload("issue_report", candidate.payload)
    assert (payload["severity"], payload["codes"]) == (severity, codes)
    assert said in payload["description"]
    assert candidate.fields["fault"].polygon is not None


@pytest.mark.parametrize("text", ["P04200", "XP0420", "BC1234", "P4420", "CHECK ENGINEERING", "SERVICE", "12:30", ""])
def test_what_is_no_fault_is_none(text: str) -> None:
    assert from_reading(lines(text), Hint()) is None


def test_a_fault_stands_beside_the_reading() -> None:
    found = understand(lines("ODO", "123456 km", "CHECK ENGINE"), Hint()).candidates
    assert [candidate.event_type for candidate in found] == ["odometer_reading", "issue_report"]


def test_an_invoice_that_speaks_of_faults_is_no_fault() -> None:
    paper = lines(
        "Harbour Garage", "12 Quay Street", "INVOICE 4711", "Date 12/03/2026", "Check engine lamp, code P0420",
        "Labour 80.00", "Parts 40.00", "Tax 12.00", "TOTAL 132.00 USD", "VISA **** 1234",
    )  # fmt: skip
    assert "issue_report" not in [candidate.event_type for candidate in understand(paper, Hint()).candidates]
