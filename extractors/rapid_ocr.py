"""RapidOCR: the models and steps of its package, arranged in `ocr/` to be quick on one thread.

It cannot be stopped from within Python, so its time-out is kept by `reader`, which ends the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Extractor, Span, Subject
from extractors import EngineOptions

if TYPE_CHECKING:
    from extractors.ocr.networks import Networks

LEAST_SCORE = 0.5
"""Lines with a lower score are left out. Source: RapidOCR's `text_score`."""


class RapidOcr:
    """Line-grain spans with the recogniser's mean letter score."""

    name = "rapid_ocr"
    subject: Subject = "text"

    def missing(self) -> str | None:
        """Say what to install; None if it can run."""
        if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
            return "pip install rapidocr onnxruntime"
        return None

    def model(self) -> str:
        """Package version and model family, what runs the networks, and the sizes in which a page is looked at."""
        from extractors.ocr import detect, networks  # noqa: PLC0415 (see `_networks`)

        return (
            f"rapidocr {metadata.version('rapidocr')} PP-OCRv6 small, {networks.runner()} float32, "
            f"lines sought at {detect.SIDE_PX} and {detect.LARGE_SIDE_PX} px"
        )

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """Any page has pixels."""
        return True

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return lines, top to bottom and in a row from left to right.

        `timeout_s` is kept by the process around it.
        Raises: ExtractorError (`engine_failed`, `engine_missing`).
        """
        hint = self.missing()
        if hint is not None:
            raise ExtractorError("engine_missing", f"RapidOCR is not installed ({hint})")
        try:
            return self._read(page)
        except Exception as error:  # native code: its errors are of no one class
            raise ExtractorError("engine_failed", f"RapidOCR failed ({type(error).__name__})") from error

    def _read(self, page: PageImage) -> tuple[Span, ...]:
        from extractors.ocr.detect import find_lines  # noqa: PLC0415 (see `_networks`)
        from extractors.ocr.recognise import cut_lines, read_lines  # noqa: PLC0415

        pixels = np.ascontiguousarray(np.asarray(page.image)[:, :, ::-1])  # blue first
        lines = find_lines(pixels, self._networks.detector)
        texts = read_lines(cut_lines(pixels, lines), self._networks)
        return tuple(
            Span(
                text=text.text,
                polygon=tuple((round(float(x), 1), round(float(y), 1)) for x, y in line),
                score=min(1.0, text.score),
                grain="line",
                page=page.index,
            )
            for line, text in zip(lines, texts, strict=True)
            if text.text.strip() and text.score >= LEAST_SCORE
        )

    @cached_property
    def _networks(self) -> Networks:
        from extractors.ocr.networks import Networks  # noqa: PLC0415 (a second, and others may be all that is asked)

        return Networks()


def make(options: EngineOptions) -> Extractor:
    """Return the engine."""
    return RapidOcr()
