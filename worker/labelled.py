"""Labelled photos: a folder with `labels.jsonl`, one JSON object a line, and the files that it names.

Keys: `file` (below the folder), `kind`, `truth` (strings by field), and whatever else describes the photo, such
as `display_type` and `condition`. Kinds: `odometer`, `trip_only`, `unreadable`, `receipt`, `fuel_purchase`,
`maintenance`, `issue_report`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capture.errors import NotFoundError, RefusedError


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo and its truth. `details`: all of its line."""

    file: str
    path: Path
    kind: str
    truth: Mapping[str, Any]
    details: Mapping[str, Any]


def labelled_photos(folder: Path) -> Iterator[LabelledPhoto]:
    """Yield the photos of a folder in the order of its labels.

    Raises: NotFoundError (`file_unknown`) if there are no labels, RefusedError (`request_invalid`) for a line that is
    none.
    """
    labels = folder / "labels.jsonl"
    if not labels.is_file():
        raise NotFoundError("file_unknown", f"There is no {labels}")
    with labels.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                yield LabelledPhoto(row["file"], folder / row["file"], row["kind"], row.get("truth") or {}, row)
            except (ValueError, KeyError, TypeError):
                raise RefusedError("request_invalid", f"Line {number} of {labels} is no label") from None
