"""Odometers by several engines side by side, each through the product's rules, on photos that none of them learnt from.

"Exact": digits as labelled and tenths told apart. "Accepted": would count without a person, at the threshold in use.
"Longest number" is the plain baseline: the longest run of digits among RapidOCR's lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from bench.figures import print_table
from bench.labels import held_out, tenths_marks
from bench.readings import Readings
from capture.confidence import Trust
from capture.events.base import Hint
from capture.image import Limits, open_document
from capture.intervals import wilson
from capture.reading import Reading
from extractors.cascade import Attempt
from extractors.dialogue import ReadOutcome
from worker.evaluation import Outcome, evaluate
from worker.labelled import LabelledPhoto

if TYPE_CHECKING:
    from extractors.reader import Reader

HEAD = (
    "engine", "exact", "95 % (Wilson)", "wrong, given", "accepted", "accepted, wrong", "no odometer: given", "accepted",
    "seconds",
)  # fmt: skip
HINT = Hint(vehicle_unit="km")
"""All these vehicles count kilometres; their records would say so."""


@dataclass(frozen=True)
class _Said:
    """Stands in for the reading process: gives what an engine said of a photo."""

    reading: Reading

    def read(self, data: bytes, *_: object, **__: object) -> ReadOutcome:
        """Return the reading as the only attempt."""
        attempt = Attempt(engine=self.reading.engine, model=self.reading.model, reading=self.reading)
        return ReadOutcome(facts=open_document(data, Limits()).facts, attempts=(attempt,))


def measure_displays(set_name: str, labelled: list[LabelledPhoto], engines: Sequence[Readings]) -> None:
    """Print a table with a row for each engine, and one for the longest number among RapidOCR's lines."""
    unseen, marks = held_out(), tenths_marks()
    chosen = [
        replace(photo, truth={**photo.truth, "tenths": marks.get(photo.file)})
        for photo in labelled
        if set_name != "odometer_trodo" or photo.file in unseen
    ]
    rows = []
    for engine in engines:
        outcomes: list[Outcome] = []
        longest: list[bool] = []
        seconds = 0.0
        for photo, reading in engine.of(set_name, chosen):
            outcomes += evaluate([photo], cast("Reader", _Said(reading)), Trust(), HINT)
            seconds += reading.duration_ms / 1000
            if photo.kind == "odometer":
                longest.append(longest_number(reading) == photo.truth["reading"])
        if not outcomes:
            continue
        rows.append(_row(engine.engine, outcomes, seconds))
        if engine.engine == "rapid_ocr":
            low, high = wilson(sum(longest), len(longest))
            exact = f"{sum(longest)} / {len(longest)}", f"{100 * low:.1f} - {100 * high:.1f} %"
            rows.append(("rapid_ocr, longest number", *exact, *("-",) * (len(HEAD) - 3)))
    shown = "held out by reading" if set_name == "odometer_trodo" else "never trained on"
    print_table(f"{set_name}, {len(chosen)} photos {shown}", HEAD, rows)


def longest_number(reading: Reading) -> str:
    """Return the longest run of digits in any line, leading zeros dropped."""
    runs = [run for span in reading.spans for run in re.findall(r"\d+", span.text)]
    return max(runs, key=len, default="").lstrip("0")


def _row(name: str, outcomes: Sequence[Outcome], seconds: float) -> tuple[str, ...]:
    read: list[Any] = [one for one in outcomes if one.photo.kind == "odometer"]
    others = [one for one in outcomes if one.photo.kind != "odometer"]
    exact = sum(one.exact for one in read)
    low, high = wilson(exact, len(read))
    return (
        name,
        f"{exact} / {len(read)} = {100 * exact / max(1, len(read)):.1f} %",
        f"{100 * low:.1f} - {100 * high:.1f} %",
        str(sum(one.given and not one.exact for one in read)),
        str(sum(one.accepted for one in read)),
        str(sum(one.accepted and not one.exact for one in read)),
        f"{sum(one.given for one in others)} / {len(others)}",
        str(sum(one.accepted for one in others)),
        f"{seconds / max(1, len(outcomes)):.2f}",
    )
