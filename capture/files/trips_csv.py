"""Trips in a CSV file: commas, semicolons, tabs or bars; quoted cells over several lines; any line ends."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from capture.errors import ImageError
from capture.files.columns import Column, Meaning, column_of, language_of
from capture.files.rows import Row, Table, check_count
from capture.files.text import storable

DELIMITERS = (",", ";", "\t", "|")

NEEDED: tuple[Meaning, ...] = ("start", "end", "distance")

_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])[ \t]*(?:\r\n|\n|\r)", re.IGNORECASE)
"""What spreadsheets write in a first line to tell the delimiter."""


def has_trip_columns(text: str) -> bool:
    """Tell if the first line names columns of trips: one of time and one of distance at least."""
    found = {column.meaning for column in _columns(_header(text)[1]) if column is not None}
    return "distance" in found and not found.isdisjoint({"start", "end", "date"})


def read(text: str, max_rows: int) -> Table:
    """Return the rows of a table of trips. A row that is broken keeps its line and its problem.

    Raises: ImageError (`trip_columns_missing`, `trips_too_many`).
    """
    delimiter, header = _header(text)
    columns = _columns(header)
    missing = [name for name in NEEDED if name not in {column.meaning for column in columns if column}]
    if missing:
        raise ImageError("trip_columns_missing", f"The table has no column for: {', '.join(missing)}")
    rows: list[Row] = []
    records = _records(text, delimiter)
    next(records)  # the header
    for number, (line, cells, problem) in enumerate(records, 1):
        check_count(number, max_rows)
        at = (line, number)
        rows.append(Row(line=line, number=number, problem=problem) if problem else _row(at, columns, cells))
    return Table(rows=tuple(rows), language=language_of(columns), mark="," if delimiter == ";" else None)


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


def _columns(header: Sequence[str]) -> list[Column | None]:
    return [column_of(name) for name in header]


def _header(text: str) -> tuple[str, list[str]]:
    """Return delimiter and header: the delimiter that gives most columns of ours, unless the file says it."""
    said = _SEPARATOR_LINE.match(text)
    candidates = (said[1],) if said else DELIMITERS
    best = (candidates[0], list[str]())
    for delimiter in candidates:
        cells = next((cells for _, cells, _ in _records(text, delimiter)), [])
        if sum(c is not None for c in _columns(cells)) > sum(c is not None for c in _columns(best[1])):
            best = (delimiter, cells)
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
