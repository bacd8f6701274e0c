"""Trips in a JSON file: a list of objects, or an object with such a list under `trips`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Never

from capture.errors import ImageError
from capture.files.columns import Column, column_of, language_of
from capture.files.rows import Row, Table, check_count
from capture.files.trips_csv import NEEDED, row_of

_LETTER = re.compile(r"[A-Za-z]")
_SPACE = re.compile(r"[ \t\r\n]*")


class _Numeral(str):
    """A number as it is written."""

    __slots__ = ()


def _no_constant(_: str) -> Never:
    raise ValueError("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(parse_float=_Numeral, parse_int=_Numeral, parse_constant=_no_constant)


def read(text: str, max_rows: int) -> Table:
    """Return the rows of a list of trips. An entry that is none keeps its line and its problem.

    What stands beside the list (`distance_unit`, `timezone`) holds for every trip that does not say it itself.
    Raises: ImageError (`file_malformed`, `image_unsupported`, `trip_columns_missing`, `trips_too_many`).
    """
    walker = _Walker(text)
    try:
        entries, beside = walker.walk(max_rows)
    except (ValueError, RecursionError):
        raise ImageError("file_malformed", f"The JSON is broken near line {walker.line}") from None
    if entries is None:
        raise ImageError("image_unsupported", "The JSON holds no list of trips")
    names = dict.fromkeys(name for _, entry in entries if isinstance(entry, dict) for name in entry)
    columns = {name: column_of(name) for name in names}
    missing = [need for need in NEEDED if need not in {c.meaning for c in columns.values() if c}]
    if entries and missing:
        raise ImageError("trip_columns_missing", f"The trips have no key for: {', '.join(missing)}")
    above = [(column, value) for name, value in beside.items() if (column := column_of(name)) is not None]
    common = [(c, str(v)) for c, v in above if c.meaning in ("unit", "zone") and isinstance(v, str)]
    rows = tuple(_row((line, number), entry, columns, common) for number, (line, entry) in enumerate(entries, 1))
    return Table(rows=rows, language=language_of(list(columns.values())), mark=".")


def _row(
    at: tuple[int, int],
    entry: Any,
    columns: dict[str, Column | None],
    common: Sequence[tuple[Column | None, str]],
) -> Row:
    if not isinstance(entry, dict):
        return Row(line=at[0], number=at[1], problem="it is no object")
    cells: list[tuple[Column | None, str]] = []
    for name, value in entry.items():
        column = columns[name]
        if column is None or value is None:
            continue
        numeral = isinstance(value, _Numeral)
        if not isinstance(value, str) or (numeral and column.meaning != "distance"):
            kind = "number" if numeral else "value"
            return Row(line=at[0], number=at[1], problem=f"its {column.meaning} is a {kind} of the wrong type")
        cells.append((column, value))
    own_unit = any(c is not None and c.meaning == "distance" and _LETTER.search(text) for c, text in cells)
    return row_of(at, [*cells, *(cell for cell in common if not (own_unit and _is_unit(cell)))])


def _is_unit(cell: tuple[Column | None, str]) -> bool:
    return cell[0] is not None and cell[0].meaning == "unit"


class _Walker:
    """Goes through the text entry by entry, so that each trip is known by its line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self.line = 1

    def walk(self, max_rows: int) -> tuple[list[tuple[int, Any]] | None, dict[str, Any]]:
        """Return the list's entries with their lines, None if there is no list, and what stands beside it."""
        entries: list[tuple[int, Any]] | None = None
        beside: dict[str, Any] = {}
        self._skip()
        if self._peek() == "[":
            entries = self._list(max_rows)
        else:
            for name in self._names():
                if name == "trips" and self._peek() == "[":
                    entries = self._list(max_rows)
                else:
                    beside[name] = self._value()
        self._skip()
        if self._at != len(self._text):
            raise ValueError("more after the end")
        return entries, beside

    def _list(self, max_rows: int) -> list[tuple[int, Any]]:
        found: list[tuple[int, Any]] = []
        for _ in self._items("[", "]"):
            line = self.line
            found.append((line, self._value()))
            check_count(len(found), max_rows)
        return found

    def _names(self) -> Iterator[str]:
        for _ in self._items("{", "}"):
            name = self._value()
            if not isinstance(name, str) or isinstance(name, _Numeral):
                raise ValueError("a name is no text")  # noqa: TRY004 (all that is wrong with JSON is a ValueError)
            self._expect(":")
            yield name

    def _items(self, opening: str, closing: str) -> Iterator[None]:
        self._expect(opening)
        if self._peek() == closing:
            self._expect(closing)
            return
        while True:
            yield
            if self._peek() == closing:
                self._expect(closing)
                return
            self._expect(",")

    def _value(self) -> Any:
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        self._skip()
        return value

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            raise ValueError(f"{char} is missing")
        self._at += 1
        self._skip()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()
        self.line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
