"""Tesseract, by its command line. A Debian package, so it may be missing; then it says how to get it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

import pytesseract

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Extractor, Span, Subject
from extractors import EngineOptions

HINT = "Debian, Ubuntu: apt-get install tesseract-ocr; macOS: brew install tesseract"


class Tesseract:
    """Word-grain spans with Tesseract's word confidence."""

    name = "tesseract"
    subject: Subject = "text"

    def missing(self) -> str | None:
        """Say what to install; None if it can run."""
        return None if shutil.which("tesseract") else HINT

    def model(self) -> str:
        """Program version and language data."""
        return f"tesseract {_version()} eng"

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """Any page has pixels."""
        return True

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return words; none for a blank page.

        Raises: ExtractorError (`engine_missing`, `engine_timeout`, `engine_failed`).
        """
        hint = self.missing()
        if hint is not None:
            raise ExtractorError("engine_missing", f"Tesseract is not installed ({hint})")
        os.environ["OMP_THREAD_LIMIT"] = "1"  # its own threads make it five times slower on two cores
        try:
            table = pytesseract.image_to_data(
                page.image, lang="eng", timeout=timeout_s, output_type=pytesseract.Output.DICT
            )
        except pytesseract.TesseractError as error:  # a child of RuntimeError, so it comes first
            raise ExtractorError("engine_failed", f"Tesseract ended with status {error.status}") from error
        except RuntimeError as error:
            raise ExtractorError("engine_timeout", f"Tesseract took longer than {timeout_s:.0f} s") from error
        rows = zip(
            table["text"], table["conf"], table["left"], table["top"], table["width"], table["height"], strict=True
        )
        spans = []
        for text, confidence, left, top, width, height in rows:
            if not str(text).strip() or float(confidence) < 0:
                continue
            x0, y0, x1, y1 = float(left), float(top), float(left + width), float(top + height)
            spans.append(
                Span(
                    text=str(text),
                    polygon=((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
                    score=min(1.0, float(confidence) / 100),
                    grain="word",
                    page=page.index,
                )
            )
        return tuple(spans)


@cache
def _version() -> str:
    answer = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, timeout=10, check=False)
    words = (answer.stdout or answer.stderr).split()
    return words[1] if len(words) > 1 else "unknown"


def make(options: EngineOptions) -> Extractor:
    """Return the engine."""
    return Tesseract()
