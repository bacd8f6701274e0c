"""RapidOCR: PP-OCR detection and recognition on ONNX Runtime; the models lie in the package.

It cannot be stopped from within Python, so its time-out is kept by `reader`, which ends the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Extractor, Span, Subject
from extractors import EngineOptions

if TYPE_CHECKING:
    from rapidocr import RapidOCR


class RapidOcr:
    """Line-grain spans with the recogniser's mean character score."""

    name = "rapid_ocr"
    subject: Subject = "text"

    def missing(self) -> str | None:
        """Say what to install; None if it can run."""
        if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
            return "pip install rapidocr onnxruntime"
        return None

    def model(self) -> str:
        """Package version and model family."""
        return f"rapidocr {metadata.version('rapidocr')} PP-OCRv6 small"

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """Any page has pixels."""
        return True

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return lines, top to bottom as the detector orders them.

        `timeout_s` is kept by the process around it.
        Raises: ExtractorError (`engine_failed`, `engine_missing`).
        """
        hint = self.missing()
        if hint is not None:
            raise ExtractorError("engine_missing", f"RapidOCR is not installed ({hint})")
        pixels = np.ascontiguousarray(np.asarray(page.image)[:, :, ::-1])  # the engine expects BGR
        try:
            answer: Any = self._engine(pixels)
        except Exception as error:  # native code: its errors are of no one class
            raise ExtractorError("engine_failed", f"RapidOCR failed ({type(error).__name__})") from error
        if answer.boxes is None or answer.txts is None:
            return ()
        return tuple(
            Span(
                text=text,
                polygon=tuple((round(float(x), 1), round(float(y), 1)) for x, y in box),
                score=min(1.0, max(0.0, float(score))),
                grain="line",
                page=page.index,
            )
            for box, text, score in zip(answer.boxes, answer.txts, answer.scores, strict=True)
        )

    @cached_property
    def _engine(self) -> RapidOCR:
        from rapidocr import RapidOCR  # noqa: PLC0415 (takes a second, and other engines may be all that is asked)

        return RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )


def make(options: EngineOptions) -> Extractor:
    """Return the engine."""
    return RapidOcr()
