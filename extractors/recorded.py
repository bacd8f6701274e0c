"""Replays recorded answers of another engine, by the SHA-256 of the file: for tests and dry runs.

A recording is `<sha256>.json`: `{"engine": ..., "model": ..., "spans": [...]}` with spans as `Span` has them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Extractor, Span, Subject
from extractors import EngineOptions


class Recorded:
    """Spans exactly as they were recorded."""

    name = "recorded"
    subject: Subject = "text"

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) if folder else None

    def missing(self) -> str | None:
        """Say what to set; None if it can run."""
        if self._folder is not None and self._folder.is_dir():
            return None
        return "set CAPTURE_RECORDED_DIR to a folder of recordings"

    def model(self) -> str:
        """Always the same: what was recorded says in itself which engine it was."""
        return "recorded 1"

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """What was recorded may be of any page."""
        return True

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return the page's recorded spans.

        Raises: ExtractorError (`engine_missing`, `recording_missing`, `engine_failed`).
        """
        hint = self.missing()
        if hint is not None or self._folder is None:
            raise ExtractorError("engine_missing", f"There are no recordings ({hint})")
        path = self._folder / f"{page.sha256}.json"
        try:
            recording: Any = json.loads(path.read_text(encoding="utf-8"))
            spans = [Span.model_validate(span) for span in recording["spans"]]
        except FileNotFoundError as error:
            raise ExtractorError("recording_missing", f"There is no recording {page.sha256[:12]}") from error
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise ExtractorError("engine_failed", f"The recording {page.sha256[:12]} is damaged") from error
        return tuple(span for span in spans if span.page == page.index)


def make(options: EngineOptions) -> Extractor:
    """Return the engine."""
    return Recorded(options.recorded_dir)
