"""The recorded readings of the fixtures, with their labels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from capture.events import understand
from capture.events.base import Candidate, Hint
from capture.image import Limits, open_document
from capture.reading import Reading, Span
from tests.conftest import ROOT

FIXTURES = ROOT / "fixtures"


@dataclass(frozen=True)
class Labelled:
    """One photograph: its truth, and what the engine saw on it."""

    file: str
    kind: str
    truth: dict[str, Any]
    reading: Reading

    def understood(self, event_type: str | None = None) -> Candidate | None:
        """Return the event that it yields, of that type if one is named."""
        candidates = understand(self.reading, Hint()).candidates
        return next((c for c in candidates if event_type in (None, c.event_type)), None)


@cache
def labels() -> dict[str, dict[str, Any]]:
    """Return the labels by file."""
    lines = (FIXTURES / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["file"]: row for row in map(json.loads, lines)}


@cache
def labelled(file: str) -> Labelled:
    """Return one photograph with its recorded reading."""
    document = open_document((FIXTURES / file).read_bytes(), Limits())
    path = FIXTURES / "recorded" / f"{document.facts.sha256}.json"
    recording = json.loads(path.read_text(encoding="utf-8"))
    reading = Reading(
        engine=recording["engine"],
        model=recording["model"],
        spans=tuple(Span.model_validate(span) for span in recording["spans"]),
        page_sizes=tuple(page.size for page in document.pages),
    )
    row = labels()[file]
    return Labelled(file=file, kind=row["kind"], truth=row["truth"], reading=reading)


def of_kind(*kinds: str) -> list[Labelled]:
    """Return the photographs of these kinds, in the order of the labels."""
    return [labelled(file) for file, row in labels().items() if row["kind"] in kinds]
