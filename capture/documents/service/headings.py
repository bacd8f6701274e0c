"""What stands above the columns of a bill's table."""

from __future__ import annotations

from dataclasses import dataclass

from capture.documents.layout import Extent, Line
from capture.documents.service.words import HEADINGS, LABOUR, Column
from capture.documents.total import AMOUNT

_OF_ROWS = frozenset({"number", "name", "quantity", "hours"})
"""Columns of which a table of parts or work has one, unlike a table of taxes."""


@dataclass(frozen=True)
class Heading:
    """The columns of a table: what each is, and where it stands.

    `labour`: it says that its rows are work; `hours`: hours are all that it counts.
    """

    columns: tuple[tuple[Column, Extent], ...]
    labour: bool
    hours: bool

    @property
    def counts_parts(self) -> bool:
        """Tell if it has a column that work does not have."""
        return any(column in {"number", "quantity"} for column, _ in self.columns)

    def column_at(self, extent: Extent | None) -> Column | None:
        """Return the column whose heading stands above a place: the one that overlaps, else the nearest."""
        if extent is None or not self.columns:
            return None

        def away(item: tuple[Column, Extent]) -> float:
            left, right = item[1]
            return max(left - extent[1], extent[0] - right, 0.0) + 0.001 * abs(left + right - extent[0] - extent[1])

        return min(self.columns, key=lambda item: (away(item), item[0] == "other"))[0]


def is_heading(line: Line) -> bool:
    """Tell if a line names the columns of a table."""
    return heading_of(line) is not None


def heading_of(line: Line) -> Heading | None:
    """Return the columns that a line names: three or more kinds, an amount or a count among them, and no amount."""
    if AMOUNT.search(line.text):
        return None
    taken: list[tuple[int, int, Column]] = []
    for column, pattern in HEADINGS:
        for match in pattern.finditer(line.text):
            if not any(start < match.end() and match.start() < end for start, end, _ in taken):
                taken.append((*match.span(), column))
    kinds = {column for _, _, column in taken}
    if len(kinds) < 3 or not kinds & {"cost", "price", "quantity", "hours"} or not kinds & _OF_ROWS:
        return None
    columns = tuple((column, extent) for start, end, column in sorted(taken) if (extent := line.extent(start, end)))
    hours = "hours" in kinds and "quantity" not in kinds
    return Heading(columns, labour=bool(LABOUR.search(line.text)), hours=hours)
