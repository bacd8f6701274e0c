"""Forms that print a label above its value: what stands in the same column on the lines below, or above."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from capture.documents.layout import Extent, Found, Line

NEAR = 1.6
"""Label and value belong together if the gap between their lines is less than this many of the label's heights."""

SAME_COLUMN = 0.25
"""Label and value share at least this part of the narrower one's width."""


def below(lines: Sequence[Line], index: int, start: int, end: int, value: re.Pattern[str]) -> Found | None:
    """Return the match of `value` in the column of a label: line `index`, its text `start` to `end`.

    It stands on one of the next two lines.
    """
    line = lines[index]
    label = line.extent(start, end)
    for under in lines[index + 1 : index + 3]:
        if under.page != line.page or under.top - line.bottom > NEAR * line.height:
            return None
        for begin, stop in cells(under):
            for match in value.finditer(under.text, begin, stop):
                if _share(label, under.extent(*match.span())):
                    return Found(under, *match.span())
    return None


def above(lines: Sequence[Line], index: int, start: int, end: int) -> str:
    """Return the words that stand on the line above over the text `start` to `end` of line `index`; "" if none do."""
    line = lines[index]
    place = line.extent(start, end)
    if place is None or index == 0:
        return ""
    over = lines[index - 1]
    if over.page != line.page or line.top - over.bottom > NEAR * over.height:
        return ""
    parts = [
        over.text[begin : begin + len(span.text)]
        for span, begin, edges in zip(over.spans, over.starts, over.edges, strict=False)
        if _share(edges, place)
    ]
    return " ".join(parts)


def _share(first: Extent | None, second: Extent | None) -> bool:
    if first is None or second is None:
        return False
    shared = min(first[1], second[1]) - max(first[0], second[0])
    return shared > SAME_COLUMN * min(first[1] - first[0], second[1] - second[0])


CELL_GAP = 1.2
"""Spans further apart than so many heights of their line stand in different cells; a space is about 0.3."""


def cells(line: Line) -> list[tuple[int, int]]:
    """Return where the cells of a line begin and end in its text: runs of spans without a wide gap between them."""
    if len(line.edges) != len(line.spans):
        return [(0, len(line.text))]
    found: list[tuple[int, int]] = []
    for place, (span, start) in enumerate(zip(line.spans, line.starts, strict=True)):
        end = start + len(span.text)
        if found and line.edges[place][0] - line.edges[place - 1][1] < CELL_GAP * line.height:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def cell_end(line: Line, at: int) -> int:
    """Return where the cell ends that holds the character `at` of a line."""
    return next((end for start, end in cells(line) if at < end), len(line.text))


def cut(line: Line, start: int, end: int) -> Line:
    """Return one cell of a line as a line of its own."""
    kept = [place for place, begin in enumerate(line.starts) if start <= begin < end]
    return replace(
        line,
        text=line.text[start:end],
        spans=tuple(line.spans[place] for place in kept),
        starts=tuple(line.starts[place] - start for place in kept),
        edges=tuple(line.edges[place] for place in kept if line.edges),
    )


def under(label: Line, line: Line) -> bool:
    """Tell if one cell stands in the column of another."""
    return _share(label.extent(0, len(label.text)), line.extent(0, len(line.text)))
