"""Spans of a page joined to rows: its turn and tilt taken out, and what is left of curl and perspective followed."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal

from capture.reading import Point, Span

Turn = Literal[-1, 0, 1]
"""Quarter turns of a page, clockwise positive."""

MAX_TILT = 0.36
"""Steepest text (rise over run, 20 degrees) that is levelled before lines are built."""

SAME_LINE = 0.5
"""Spans whose middles differ by less than this part of the smaller height stand on one line."""

LEAN_SPANS = 3
"""So many long spans above and below tell how the lines between them lean."""

_ENDS_LINE = re.compile(r"[.,]\d\d$")

_OPEN_ROWS = 60
"""How many rows near a span's height are compared with it: bounds the work on hostile input."""


@dataclass(frozen=True)
class Placed:
    """A span on the levelled page. `lean`: its own slope there, of paper that curls or a photo in perspective."""

    span: Span
    middle: float
    height: float
    left: float
    right: float
    lean: float = 0.0


def rows_of(spans: Sequence[Span]) -> list[list[Placed]]:
    """Return the rows of one page's placed spans, each left to right, in no order among themselves."""
    turn = quarter_turn(spans)
    slope = tilt(spans, turn)
    items = _lean([_place(span, slope, turn) for span in spans], slope, turn)
    return _chain(sorted(items, key=lambda item: item.left))


def is_placed(span: Span) -> bool:
    """Tell if a span has a usable polygon."""
    return len(span.polygon) >= 3 and all(math.isfinite(x) and math.isfinite(y) for x, y in span.polygon)


def tilt(spans: Sequence[Span], turn: Turn = 0) -> float:
    """Return the slope of the text (rise over run, y downwards): the median of the longer spans' long edges."""
    slopes = [slope for span in spans if (slope := _slope(span, turn)) is not None]
    return median(slopes) if len(slopes) >= 3 else 0.0


def _slope(span: Span, turn: Turn) -> float | None:
    """Return the slope of a span's long edge; None of a short or a steep one."""
    corners = [_turned(point, turn) for point in span.polygon]
    edges = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]])]
    run, rise = max(edges, key=lambda edge: abs(edge[0]))
    long = len(span.text) >= 4 and abs(run) > 1 and abs(rise / run) <= MAX_TILT
    return rise / run if long else None


def quarter_turn(spans: Sequence[Span]) -> Turn:
    """Tell how a page lies: 0 upright, 1 turned clockwise (text runs down), -1 anticlockwise (text runs up).

    Engines that turn each line by itself give tall boxes and no direction; amounts stand at the end of
    their lines, so they tell where lines end.
    """
    long_spans = [span for span in spans if len(span.text) >= 4]
    tall = [span for span in long_spans if span.y1 - span.y0 > 1.5 * (span.x1 - span.x0)]
    if len(tall) < 3 or 2 * len(tall) < len(long_spans):
        return 0
    ends = [(s.y0 + s.y1) / 2 for s in tall if _ENDS_LINE.search(s.text)]
    others = [(s.y0 + s.y1) / 2 for s in tall if not _ENDS_LINE.search(s.text)]
    return -1 if ends and others and median(ends) < median(others) else 1


def _turned(point: Point, turn: Turn) -> Point:
    x, y = point
    return (x, y) if turn == 0 else (y, -x) if turn == 1 else (-y, x)


def _place(span: Span, slope: float, turn: Turn) -> Placed:
    corners = [_turned(point, turn) for point in span.polygon]
    xs = [x + slope * y for x, y in corners]
    ys = [y - slope * x for x, y in corners]
    return Placed(span, (min(ys) + max(ys)) / 2, max(1.0, max(ys) - min(ys)), min(xs), max(xs))


def _lean(items: list[Placed], slope: float, turn: Turn) -> list[Placed]:
    """Give each item the slope that long spans on about its height have beyond the page's own."""
    known = [(item.middle, own - slope) for item in items if (own := _slope(item.span, turn)) is not None]
    known.sort()
    middles = [middle for middle, _ in known]
    leaning = []
    for item in items:
        near = bisect_left(middles, item.middle)
        around = [lean for _, lean in known[max(0, near - LEAN_SPANS) : near + LEAN_SPANS]]
        leaning.append(replace(item, lean=median(around)) if len(around) >= LEAN_SPANS else item)
    return leaning


def _chain(items: list[Placed]) -> list[list[Placed]]:
    """Join each item, left to right, to the row whose last item stands on its height and ends before it."""
    step = max(1.0, median(item.height for item in items))
    rows: list[list[Placed]] = []
    buckets: dict[int, list[int]] = {}
    for item in items:
        bucket = int(item.middle // step)
        near = [i for b in range(bucket - 2, bucket + 3) for i in buckets.get(b, ())[-_OPEN_ROWS:]]
        fitting = [i for i in near if _continues(rows[i][-1], item)]
        if fitting:
            best = min(fitting, key=lambda i: _offset(rows[i][-1], item))
            buckets[int(rows[best][-1].middle // step)].remove(best)
            rows[best].append(item)
        else:
            best = len(rows)
            rows.append([item])
        buckets.setdefault(bucket, []).append(best)
    return rows


def _continues(last: Placed, item: Placed) -> bool:
    overlap = last.right - item.left
    return _offset(last, item) < SAME_LINE * min(last.height, item.height) and overlap < 0.5 * min(
        last.right - last.left, item.right - item.left
    )


def _offset(last: Placed, item: Placed) -> float:
    """Return how far an item stands above or below the line that leads on from another, pixels."""
    away = (item.left + item.right - last.left - last.right) / 2
    return abs(last.middle + away * (last.lean + item.lean) / 2 - item.middle)
