"""Tells writing by hand from print: its lines are uneven, in slope and height, and engines doubt them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from capture.documents.rows import is_placed
from capture.events.base import Flag
from capture.reading import Reading, Span

LEAST_LINES = 8
"""With fewer lines, unevenness is chance."""

LEAST_CHARACTERS = 5
"""Shorter pieces have no slope worth measuring."""

DOUBTED = 0.95
"""A line below this score is one that the engine doubts. RapidOCR's scores of print are mostly above 0.98."""

UNEVEN_SLOPE_DEGREES, UNEVEN_HEIGHT, UNEVEN_DOUBT = 1.0, 0.15, 0.5
"""What counts 1 each: how far neighbouring lines differ in slope, and in height (natural logarithm), at the median,
and the part of lines that are doubted."""

ENOUGH = 1.7
"""Unevenness from which a document is called handwritten.

Of 159 real receipts in print (SROIE) 1 reaches it, and 21 of 24 generated bills in three hands, all of those written
into a printed form (`python -m bench.handwriting`). It was chosen while looking at these; real hands were not there.
"""


def handwritten(reading: Reading) -> Flag | None:
    """Return the flag for a document that seems to be written by hand, None for print.

    Only engines that give lines with places and scores can tell.
    """
    uneven = unevenness(reading)
    if uneven is None or uneven < ENOUGH:
        return None
    sentence = f"Its lines are uneven in slope, height and score ({uneven:.1f}; print is below {ENOUGH})."
    return Flag(code="handwritten", sentence=sentence)


def unevenness(reading: Reading) -> float | None:
    """Return how uneven the lines are, 0 for perfect print; None where there is too little to tell by."""
    spans = [span for span in reading.spans if _is_line(span)]
    if len(spans) < LEAST_LINES:
        return None
    spans.sort(key=lambda span: (span.page, span.y0))
    slopes = [math.degrees(_angle(span)) for span in spans]
    heights = [math.log(_height(span)) for span in spans]
    doubted = sum(1 for span in spans if span.score is not None and span.score < DOUBTED)
    return round(
        _apart(slopes) / UNEVEN_SLOPE_DEGREES + _apart(heights) / UNEVEN_HEIGHT + doubted / len(spans) / UNEVEN_DOUBT,
        2,
    )


def _is_line(span: Span) -> bool:
    return (
        span.grain == "line"
        and span.score is not None
        and len(span.text) >= LEAST_CHARACTERS
        and len(span.polygon) == 4
        and is_placed(span)
        and span.x1 - span.x0 > span.y1 - span.y0
        and _height(span) > 0
    )


def _angle(span: Span) -> float:
    (x0, y0), (x1, y1) = span.polygon[:2]
    return math.atan2(y1 - y0, x1 - x0)


def _height(span: Span) -> float:
    return math.dist(span.polygon[0], span.polygon[3])


def _apart(values: Sequence[float]) -> float:
    """Return how far neighbours differ, at the median: a page's own tilt and curl change little from line to line."""
    return median(abs(a - b) for a, b in pairwise(values))
