"""Text lines rebuilt from spans, and the value that belongs to a label: beside it, or below it.

Works for spans of words and of lines: a line's `text` is searched, and a match is led back to the spans
that it lies in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from capture.documents.rows import Placed, is_placed, rows_of
from capture.events.base import Alternative, Field
from capture.reading import Point, Reading, Span

Extent = tuple[float, float]
"""Left and right, pixels."""

MAX_SPAN_CHARS = 400
MAX_LINE_CHARS = 1_000
MAX_LINES = 1_000
"""Bounds on what is searched; no receipt or invoice comes near them."""

_HASH = re.compile(r"(?<=[A-Za-z. ])\u975e(?=[ \dA-Z]|$)")
"""How engines that also read Chinese see `#` behind Latin letters."""

_NOUGHT_IN_WORD = re.compile(r"(?<!\w)(?![PBCU]0[A-F0]{3}(?!\w))(?=[A-Z]*0)[A-Z0]{4,}(?!\w|[.,]\d)", re.IGNORECASE)
"""A word in which an engine took the letter O for nought; trouble codes such as P0ABC have noughts."""

_RUN_ON = re.compile(r"(?<=[A-Z]{5})(?=[a-z]{3})|(?<=\d)(?=[A-Z][a-z]{3})")
"""Where an engine left out the space behind a word in capitals or a number."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Punctuation and digits as wide as Chinese characters, as such engines give them, and their plain forms."""

_LABEL_ENDS = " .:=#*-"
_SIGN_ALONE = re.compile(r"\W{0,4}(?:[A-Za-z]{1,3}\W{0,4})?")
"""What may stand beside a value that has a line for itself: its currency."""

MAX_BELOW = 1.6
"""A value belongs to the label above it if the gap is less than this many heights of the label."""


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


def text_lines(reading: Reading) -> tuple[Line, ...]:
    """Return the document's lines, page by page, top to bottom.

    Spans without a usable polygon (a vision model's fields) follow, each a line of its own.
    """
    spans = [_cut(span) for span in reading.spans if span.text.strip()]
    placed = [span for span in spans if is_placed(span)]
    lines: list[Line] = []
    for page in sorted({span.page for span in placed}):
        on_page = [_line(row) for row in rows_of([span for span in placed if span.page == page])]
        lines.extend(sorted(on_page, key=lambda line: (line.top + line.bottom) / 2))
    lines.extend(Line(span.text, (span,), (0,), (), 0, 0, span.page) for span in spans if not is_placed(span))
    return tuple(lines[:MAX_LINES])


def _cut(span: Span) -> Span:
    text = _HASH.sub("#", " ".join(span.text.translate(_FULL_WIDTH).split())[:MAX_SPAN_CHARS])
    text = _RUN_ON.sub(" ", text)
    text = _NOUGHT_IN_WORD.sub(_as_letters, text)
    return span if text == span.text else span.model_copy(update={"text": text})


def _as_letters(word: re.Match[str]) -> str:
    """Return a word with O for nought, if most of it is letters."""
    text = word.group()
    noughts = text.count("0")
    if 3 * noughts > len(text) or len(text) - noughts < 3:
        return text
    return text.replace("0", "o" if text.replace("0", "")[-1:].islower() else "O")


def _line(row: list[Placed]) -> Line:
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
    lines that stands in the label's column, where the first such line is near, or that has its line for
    itself where the label has its own too.
    """
    line = lines[index]
    match = value.search(line.text, label_end)
    if match:
        return Found(line, *match.span())
    label = line.extent(label_start, label_end)
    alone = not line.text[label_end:].strip(_LABEL_ENDS)
    for below in lines[index + 1 : index + 3]:
        if below.page != line.page or below.top - line.bottom > MAX_BELOW * line.height:
            return None
        for match in value.finditer(below.text):
            rest = below.text[: match.start()] + below.text[match.end() :]
            if (alone and _SIGN_ALONE.fullmatch(rest)) or _same_column(label, below.extent(*match.span())):
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
