"""Text lines rebuilt from spans, and the value that belongs to a label: beside it, or below it.

Works for spans of words and of lines: a line's `text` is searched, and a match is led back to the spans
that it lies in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from capture.events.base import Alternative, Field
from capture.reading import Point, Reading, Span

Turn = Literal[-1, 0, 1]
"""Quarter turns of a page, clockwise positive."""

Extent = tuple[float, float]
"""Left and right, pixels."""

MAX_SPAN_CHARS = 400
MAX_LINE_CHARS = 1_000
MAX_LINES = 1_000
"""Bounds on what is searched; no receipt or invoice comes near them."""

MAX_TILT = 0.36
"""Steepest text (rise over run, 20 degrees) that is levelled before lines are built."""

SAME_LINE = 0.5
"""Spans whose middles differ by less than this part of the smaller height stand on one line."""

MAX_BELOW = 1.6
"""A value belongs to the label above it if the gap is less than this many heights of the label."""

_ENDS_LINE = re.compile(r"[.,]\d\d$")

_OPEN_ROWS = 60
"""How many rows near a span's height are compared with it: bounds the work on hostile input."""


@dataclass(frozen=True)
class Line:
    """Spans on one height, left to right.

    `text`: their texts joined by one space. `starts`: where each span's text begins in it.
    `edges`: left and right of each span, none without places. `top`, `bottom`: pixels. All of them after the
    page was turned upright and its tilt taken out.
    """

    text: str
    spans: tuple[Span, ...]
    starts: tuple[int, ...]
    edges: tuple[Extent, ...]
    top: float
    bottom: float
    page: int

    @property
    def height(self) -> float:
        """Height of the line, pixels."""
        return max(1.0, self.bottom - self.top)

    def spans_of(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the spans that the characters `start` to `end` of the text lie in."""
        return tuple(self.spans[i] for i in self._indices(start, end))

    def extent(self, start: int, end: int) -> Extent | None:
        """Return left and right of these spans, pixels, along the line; None without a place."""
        edges = [self.edges[i] for i in self._indices(start, end) if self.edges]
        return (min(left for left, _ in edges), max(right for _, right in edges)) if edges else None

    def _indices(self, start: int, end: int) -> list[int]:
        return [
            i
            for i, (span, begin) in enumerate(zip(self.spans, self.starts, strict=True))
            if begin < end and start < begin + max(1, len(span.text))
        ]


@dataclass(frozen=True)
class Found:
    """A piece of a line's text: `line.text[start:end]`."""

    line: Line
    start: int
    end: int

    @property
    def raw(self) -> str:
        """The text as printed."""
        return self.line.text[self.start : self.end]


@dataclass(frozen=True)
class _Placed:
    span: Span
    middle: float
    height: float
    left: float
    right: float


def text_lines(reading: Reading) -> tuple[Line, ...]:
    """Return the document's lines, page by page, top to bottom.

    Spans without a usable polygon (a vision model's fields) follow, each a line of its own.
    """
    spans = [_cut(span) for span in reading.spans if span.text.strip()]
    placed = [span for span in spans if is_placed(span)]
    lines: list[Line] = []
    for page in sorted({span.page for span in placed}):
        lines.extend(_page_lines([span for span in placed if span.page == page]))
    lines.extend(Line(span.text, (span,), (0,), (), 0, 0, span.page) for span in spans if not is_placed(span))
    return tuple(lines[:MAX_LINES])


def _cut(span: Span) -> Span:
    text = " ".join(span.text.split())[:MAX_SPAN_CHARS]
    return span if text == span.text else span.model_copy(update={"text": text})


def is_placed(span: Span) -> bool:
    """Tell if a span has a usable polygon."""
    return len(span.polygon) >= 3 and all(math.isfinite(x) and math.isfinite(y) for x, y in span.polygon)


def tilt(spans: Sequence[Span], turn: Turn = 0) -> float:
    """Return the slope of the text (rise over run, y downwards): the median of the longer spans' long edges."""
    slopes = []
    for span in spans:
        corners = [_turned(point, turn) for point in span.polygon]
        edges = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]])]
        run, rise = max(edges, key=lambda edge: abs(edge[0]))
        if len(span.text) >= 4 and abs(run) > 1 and abs(rise / run) <= MAX_TILT:
            slopes.append(rise / run)
    return median(slopes) if len(slopes) >= 3 else 0.0


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


def _page_lines(spans: list[Span]) -> list[Line]:
    turn = quarter_turn(spans)
    slope = tilt(spans, turn)
    items = sorted((_place(span, slope, turn) for span in spans), key=lambda item: item.left)
    lines = [_line(row) for row in _chain(items)]
    return sorted(lines, key=lambda line: (line.top + line.bottom) / 2)


def _place(span: Span, slope: float, turn: Turn) -> _Placed:
    corners = [_turned(point, turn) for point in span.polygon]
    xs = [x + slope * y for x, y in corners]
    ys = [y - slope * x for x, y in corners]
    return _Placed(span, (min(ys) + max(ys)) / 2, max(1.0, max(ys) - min(ys)), min(xs), max(xs))


def _chain(items: list[_Placed]) -> list[list[_Placed]]:
    """Join each item, left to right, to the row whose last item stands on its height and ends before it."""
    step = max(1.0, median(item.height for item in items))
    rows: list[list[_Placed]] = []
    buckets: dict[int, list[int]] = {}
    for item in items:
        bucket = int(item.middle // step)
        near = [i for b in (bucket - 1, bucket, bucket + 1) for i in buckets.get(b, ())[-_OPEN_ROWS:]]
        fitting = [i for i in near if _continues(rows[i][-1], item)]
        if fitting:
            best = min(fitting, key=lambda i: abs(rows[i][-1].middle - item.middle))
            buckets[int(rows[best][-1].middle // step)].remove(best)
            rows[best].append(item)
        else:
            best = len(rows)
            rows.append([item])
        buckets.setdefault(bucket, []).append(best)
    return rows


def _continues(last: _Placed, item: _Placed) -> bool:
    overlap = last.right - item.left
    return abs(last.middle - item.middle) < SAME_LINE * min(last.height, item.height) and overlap < 0.5 * min(
        last.right - last.left, item.right - item.left
    )


def _line(row: list[_Placed]) -> Line:
    text, kept, starts = "", [], []
    for item in row:
        begin = len(text) + 1 if text else 0
        if begin + len(item.span.text) > MAX_LINE_CHARS:
            break
        starts.append(begin)
        kept.append(item)
        text = f"{text} {item.span.text}" if text else item.span.text
    middle = median(item.middle for item in row)
    height = median(item.height for item in row)
    return Line(
        text=text,
        spans=tuple(item.span for item in kept),
        starts=tuple(starts),
        edges=tuple((item.left, item.right) for item in kept),
        top=middle - height / 2,
        bottom=middle + height / 2,
        page=row[0].span.page,
    )


def value_of(
    lines: Sequence[Line], index: int, label_end: int, value: re.Pattern[str], label_start: int = 0
) -> Found | None:
    """Return the value that belongs to a label in line `index`, text `label_start` to `label_end`.

    It is the first match of `value` after the label on its line; else the match in one of the next two
    lines that stands in the label's column, where the first such line is near.
    """
    line = lines[index]
    match = value.search(line.text, label_end)
    if match:
        return Found(line, *match.span())
    label = line.extent(label_start, label_end)
    for below in lines[index + 1 : index + 3]:
        if below.page != line.page or below.top - line.bottom > MAX_BELOW * line.height:
            return None
        for match in value.finditer(below.text):
            if _same_column(label, below.extent(*match.span())):
                return Found(below, *match.span())
    return None


def _same_column(label: Extent | None, value: Extent | None) -> bool:
    if label is None or value is None:
        return False
    overlap = min(label[1], value[1]) - max(label[0], value[0])
    return overlap > 0.25 * min(label[1] - label[0], value[1] - value[0])


def to_field(found: Found, value: str, engine: str) -> Field:
    """Make the field of a value: its box, and the lowest score of the spans it lies in."""
    spans = found.line.spans_of(found.start, found.end)
    return field_of(spans, found.raw, value, engine)


def alternative(found: Found, value: str) -> Alternative:
    """Make another reading of a number, with its place."""
    spans = found.line.spans_of(found.start, found.end)
    return Alternative(value=value, raw=found.raw, polygon=_hull(spans), page=found.line.page)


def field_of(spans: Sequence[Span], raw: str, value: str, engine: str) -> Field:
    """Make the field of a value that lies in `spans`; without any, it was derived and not read."""
    scores = [span.score for span in spans if span.score is not None]
    return Field(
        value=value,
        raw=raw,
        polygon=_hull(spans),
        page=spans[0].page if spans else 0,
        engine=engine,
        score=min(scores) if scores and len(scores) == len(spans) else None,
        derived=not spans,
    )


def _hull(spans: Sequence[Span]) -> tuple[Point, ...] | None:
    """Return the polygon of one span, or the upright box around several; None where a place is missing."""
    if not spans or not all(map(is_placed, spans)):
        return None
    if len(spans) == 1:
        return spans[0].polygon
    x0, y0 = min(s.x0 for s in spans), min(s.y0 for s in spans)
    x1, y1 = max(s.x1 for s in spans), max(s.y1 for s in spans)
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
