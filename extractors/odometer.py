"""Our own odometer reader: two small networks on ONNX Runtime, one thread.

It looks for displays alone: each line that it sees is a span with its role and its ways to be read, best first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Hypothesis, Role, Span, Subject
from extractors import EngineOptions
from extractors.odo.quality import measure

if TYPE_CHECKING:
    from extractors.odo.networks import Networks
    from extractors.odo.result import OdometerResult, Way
    from extractors.odo.strip import Recogniser

WEIGHTS = ("odometer_locator.onnx", "odometer_digits.onnx")
MOST_SPANS = 8

SECOND_READER = "PP-OCRv6_rec_small.onnx"
"""Weights of the second reader, in the package rapidocr. Source: PP-OCRv6, Apache-2.0."""


class Odometer:
    """Field-grain spans: the readings of the odometer's line, best first, with their probabilities."""

    name = "odometer"
    subject: Subject = "display"

    def __init__(self, weights: Traversable) -> None:
        """Use the weights in a folder."""
        self._folder = weights

    def missing(self) -> str | None:
        """Say what to install; None if it can run."""
        absent = [package for package in ("onnxruntime", "rapidocr") if find_spec(package) is None]
        if absent:
            return f"pip install {' '.join(absent)}"
        absent = [name for name in WEIGHTS if not self._folder.joinpath(name).is_file()]
        if absent:
            return f"the weights {', '.join(absent)}: python -m training.odometer --data DIR"
        return None if _second_reader().is_file() else f"a rapidocr that holds {SECOND_READER}: make install"

    def model(self) -> str:
        """Name and the first digits of the weights' hash."""
        return f"motomind odometer {self._digest}, rapidocr {metadata.version('rapidocr')}"

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """Any page has pixels."""
        return True

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return a span for each line of digits that was seen; none where there is no display.

        `timeout_s` is kept by the process around it.
        Raises: ExtractorError (`engine_failed`, `engine_missing`).
        """
        return spans_of(self.result(page), page)

    def result(self, page: PageImage) -> OdometerResult:
        """Return the ranked hypotheses and the verdict.

        Raises: ExtractorError (`engine_failed`, `engine_missing`).
        """
        hint = self.missing()
        if hint is not None:
            raise ExtractorError("engine_missing", f"The odometer reader cannot run ({hint})")
        from extractors.odo.find import find_odometer  # noqa: PLC0415 (onnxruntime takes a moment to import)

        try:
            return find_odometer(self._networks, self._recogniser, page.image)
        except Exception as error:  # native code: its errors are of no one class
            raise ExtractorError("engine_failed", f"The odometer reader failed ({type(error).__name__})") from error

    @cached_property
    def _networks(self) -> Networks:
        from extractors.odo.networks import Networks  # noqa: PLC0415 (as above)

        return Networks(self._folder)

    @cached_property
    def _recogniser(self) -> Recogniser:
        from extractors.odo.strip import Recogniser  # noqa: PLC0415 (as above)

        return Recogniser(_second_reader())

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name in WEIGHTS:
            digest.update(self._folder.joinpath(name).read_bytes())
        return digest.hexdigest()[:12]


def _second_reader() -> Path:
    """Return where the second reader's weights should lie; the package itself takes a second to import."""
    spec = find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec is not None else None
    return Path(folders[0] if folders else "") / "models" / SECOND_READER


def spans_of(result: OdometerResult, page: PageImage) -> tuple[Span, ...]:
    """Return a span for each line that was seen, with its role; one without text where nothing could be read."""
    lines: dict[int, list[Way]] = {}
    for way in result.hypotheses:
        lines.setdefault(way.line, []).append(way)
    best = result.hypotheses[0].line if result.hypotheses else None
    spans = [
        _span(ways, _role(result, is_best=line == best), page, result.units.get(line))
        for line, ways in list(lines.items())[:MOST_SPANS]
    ]
    if result.verdict == "unreadable" and not spans:
        width, height = page.size
        whole = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
        spans = [Span(text="", polygon=whole, grain="field", page=page.index, role="unreadable")]
    return tuple(spans)


def _role(result: OdometerResult, *, is_best: bool) -> Role:
    if result.verdict == "unreadable":
        return "unreadable"
    return "odometer" if result.verdict == "odometer" and is_best else "trip"


def _span(ways: list[Way], role: Role, page: PageImage, unit: Literal["km", "mi"] | None) -> Span:
    hypotheses = tuple(
        Hypothesis(
            digits=way.digits,
            tenths=way.tenths,
            probability=way.probability,
            digit_probabilities=way.digit_probabilities,
            polygon=way.polygon,
            digit_polygons=way.digit_polygons,
        )
        for way in ways
    )
    return Span(
        text=hypotheses[0].text,
        polygon=hypotheses[0].polygon,
        score=hypotheses[0].probability,
        grain="field",
        page=page.index,
        role=role,
        hypotheses=hypotheses,
        unit=unit,
        measures=tuple(measure(page.image, hypotheses[0].polygon).items()),
    )


def make(options: EngineOptions) -> Odometer:
    """Return the engine."""
    return Odometer(Path(options.odometer_weights) if options.odometer_weights else files("extractors.models"))
