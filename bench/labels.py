"""Labelled photos and what an engine saw on them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from capture.reading import Reading, Span
from worker.labelled import LabelledPhoto, labelled_photos

DATA_VARIABLE = "BENCH_DATA"
"""Without the prefix of the settings, among which there is no such one."""

TRAINING = Path(__file__).resolve().parents[1] / "training"

DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Beside the repository, where the labelled photos are kept; they are never part of it."""


def data_folder(given: str | None) -> Path | None:
    """Return the folder of labelled sets, from the argument, the environment or the default; None if absent."""
    folder = Path(given or os.environ.get(DATA_VARIABLE) or DEFAULT_DATA)
    return folder if folder.is_dir() else None


def tenths_marks() -> dict[str, bool]:
    """Return which drum displays of `odometer_trodo` count tenths on their last drum, where that is known."""
    rows = map(json.loads, (TRAINING / "labels" / "tenths.jsonl").read_text(encoding="utf-8").splitlines())
    return {row["file"]: row["tenths"] for row in rows if isinstance(row["tenths"], bool)}


def held_out() -> frozenset[str]:
    """Return the photos of `odometer_trodo` that our reader was not trained on."""
    split = json.loads((TRAINING / "splits" / "by_reading.json").read_text(encoding="utf-8"))
    return frozenset(split["held_out"])


def photos(folder: Path, set_name: str) -> Iterator[LabelledPhoto]:
    """Yield the photos of one set; none if the set is not there."""
    if (folder / set_name / "labels.jsonl").is_file():
        yield from labelled_photos(folder / set_name)


def cached_readings(path: Path, engine: str) -> dict[str, Reading]:
    """Return readings by file from JSON lines: file, size and spans (polygon, text, score), or file and reading."""
    readings = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "reading" in row:
                readings[row["file"]] = Reading.model_validate(row["reading"])
                continue
            spans = tuple(
                Span(
                    text=text, polygon=tuple((float(x), float(y)) for x, y in polygon), score=min(1.0, max(0.0, score))
                )
                for polygon, text, score in row["spans"]
            )
            width, height = row["size"]
            readings[row["file"]] = Reading(engine=engine, model="cached", spans=spans, page_sizes=((width, height),))
    return readings
