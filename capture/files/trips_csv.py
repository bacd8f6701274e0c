"""Trips in a CSV file: commas, semicolons, tabs or bars; quoted cells over several lines; any line ends."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from capture.errors import ImageError
from capture.files.columns import Column, Meaning, column_of, language_of
from capture.files.rows import Row, Table, check_count
from capture.files.text import storable

DELIMITERS = (",", ";", "\t", "|")

TITLE_LINES = 10
"""Exports put a title and a few facts above the names of the columns; more than this is no header any more."""

NEEDED: tuple[Meaning, ...] = ("start", "end", "distance")

_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])[ \t]*(?:\r\n|\n|\r)", re.IGNORECASE)
"""What spreadsheets write in a first line to tell the delimiter."""


def has_trip_columns(text: str) -> bool:
    """Tell if a line at the top names columns of trips: one of time and one of distance at least."""
    found = _meanings(_header(text).columns)
    return "distance" in found and not found.isdisjoint({"start", "end", "date"})


def read(text: str, max_rows: int) -> Table:
    """Return the rows of a table of trips. A row that is broken keeps its line and its problem.

    Raises: ImageError (`trip_columns_missing`, `trips_too_many`).
    """
    header = _header(text)
    missing = [name for name in NEEDED if name not in _meanings(header.columns)]
    if missing:
        raise ImageError("trip_columns_missing", f"The table has no column for: {', '.join(missing)}")
    rows: list[Row] = []
    body = islice(_records(text, header.delimiter), header.above + 1, None)
    for number, (line, cells, problem) in enumerate(body, 1):
        check_count(number, max_rows)
        at = (line, number)
        rows.append(Row(line=line, number=number, problem=problem) if problem else _row(at, header.columns, cells))
    mark: Literal[",", "."] | None = "," if header.delimiter == ";" else None
    return Table(rows=tuple(rows), language=language_of(header.columns), mark=mark)


def _row(at: tuple[int, int], columns: Sequence[Column | None], cells: Sequence[str]) -> Row:
    if any(cell.strip() for cell in cells[len(columns) :]):
        return Row(line=at[0], number=at[1], problem=f"it has {len(cells)} cells under {len(columns)} columns")
    return row_of(at, list(zip(columns, cells, strict=False)))


def row_of(at: tuple[int, int], cells: Sequence[tuple[Column | None, str]]) -> Row:
    """Put the cells of one trip together: a date column goes before times, the first distance counts.

    `at`: its line and its number.
    """
    found: dict[Meaning, list[str]] = {}
    unit = ""
    for column, cell in cells:
        if column is None or not cell.strip():
            continue
        if column.meaning == "distance" and "distance" not in found:
            unit = column.unit or ""
        found.setdefault(column.meaning, []).append(" ".join(storable(cell).split()))
    day = found.get("date", [])
    return Row(
        line=at[0],
        number=at[1],
        start=" ".join([*day, *found["start"]]) if "start" in found else "",
        end=" ".join([*day, *found["end"]]) if "end" in found else "",
        zone=found.get("zone", [""])[0],
        distance=found.get("distance", [""])[0],
        unit=unit or found.get("unit", [""])[0],
        purpose=found.get("purpose", [""])[0],
    )


def _meanings(columns: Sequence[Column | None]) -> set[Meaning]:
    return {column.meaning for column in columns if column is not None}


class _Header(NamedTuple):
    """The line that names the columns. `above`: how many records stand above it, such as a title."""

    delimiter: str
    above: int
    columns: list[Column | None]


def _header(text: str) -> _Header:
    """Return the header: of the lines at the top, and with the delimiter, that give most meanings of ours.

    If the file says its delimiter, that one is taken.
    """
    said = _SEPARATOR_LINE.match(text)
    best = _Header(DELIMITERS[0], 0, [])
    for delimiter in (said[1],) if said else DELIMITERS:
        for above, (_, cells, _) in enumerate(islice(_records(text, delimiter), TITLE_LINES)):
            columns = [column_of(name) for name in cells]
            if len(_meanings(columns)) > len(_meanings(best.columns)):
                best = _Header(delimiter, above, columns)
    return best


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield line, cells and problem of each record that is not blank; after a broken one, the next is tried."""
    said = _SEPARATOR_LINE.match(text)
    lines = io.StringIO(text[said.end() if said else 0 :], newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + (2 if said else 1)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, [], "its quotes are not closed as they should be, or a cell is too long"
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells, None
