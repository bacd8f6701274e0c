"""Outcomes of reading, made up for the tests of what is thought and written of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from capture.events.base import Candidate, Field, Flag
from capture.image import DocumentFacts
from capture.reading import Reading, Span
from extractors.cascade import Attempt
from extractors.dialogue import ReadOutcome
from extractors.reader import Reader

BOX = ((0.0, 0.0), (90.0, 0.0), (90.0, 20.0), (0.0, 20.0))
SPAN = Span(text="ODO 48213 km", polygon=BOX, score=0.99)


def facts(**changes: Any) -> DocumentFacts:
    """Return what is known of a JPEG of one page."""
    plain: dict[str, Any] = {
        "content_type": "image/jpeg", "size_bytes": 1_234, "sha256": "ab" * 32, "page_count": 1, "pages_read": 1,
        "width_px": 800, "height_px": 600,
    }  # fmt: skip
    return DocumentFacts(**{**plain, **changes})


def good(engine: str = "rapid_ocr", *spans: Span) -> Attempt:
    """Return an attempt that saw an odometer, or `spans`."""
    reading = Reading(engine=engine, model=f"{engine} 1", spans=spans or (SPAN,), page_sizes=((800, 600),))
    return Attempt(engine=engine, model=f"{engine} 1", reading=reading)


def failed(engine: str, code: str) -> Attempt:
    """Return an attempt that failed."""
    return Attempt(engine=engine, model=engine, error_code=code, error_message=f"{engine} broke")


def reader(facts: DocumentFacts, *attempts: Attempt) -> Reader:
    """Return a reader that gives this outcome, whatever it is given."""

    class Fake:
        def read(self, data: bytes, *_: object, **__: object) -> ReadOutcome:
            assert data == b"photo"
            return ReadOutcome(facts=facts, attempts=attempts)

    return cast(Reader, Fake())


def candidate(*flags: str, printed_at: datetime | None = None, **payload: Any) -> Candidate:
    """Return an odometer event."""
    said = {"source": "rapid_ocr", "reading": 48213, "unit": "km", "miles": 29958, **payload}
    return Candidate(
        event_type="odometer_reading",
        engine="rapid_ocr",
        evidence=0.9,
        payload=said,
        fields={"reading": Field(value="48213", raw="48213", polygon=BOX, engine="rapid_ocr", score=0.99)},
        flags=tuple(Flag(code=code, sentence="Because.") for code in flags),
        signal="5-labelled-sure-alone",
        printed_at=printed_at,
    )
