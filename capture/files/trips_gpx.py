"""Trips in a GPX file: one track is one trip, its distance measured along its points.

Document type declarations are refused: no GPX file needs one, and entities are how XML files attack their reader.
"""

from __future__ import annotations

import math
from typing import Any
from xml.parsers import expat

from capture.errors import ImageError
from capture.files.rows import Row, Table, check_count

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius. Source: IUGG, Geodetic Reference System 1980."""

MAX_DEPTH = 64
"""Elements in elements; a track point is four deep, its extensions a few more."""

UTC_IS_MEANT = "Z"
"""Times without an offset are of UTC. Source: GPX 1.1 schema, element `time`."""

_TEXTS = frozenset({"time", "name", "desc", "type"})
_POINTS = frozenset({"trkpt", "rtept"})
_TRACKS = frozenset({"trk", "rte"})


def read(data: bytes, max_rows: int) -> Table:
    """Return one row for each track and route.

    Raises: ImageError (`file_malformed`, `xml_unsafe`, `trips_too_many`).
    """
    return Table(rows=tuple(_Tracks(max_rows).read(data)), mark=".")


class _Tracks:
    """Collects tracks while the parser goes through the file."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self._rows: list[Row] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._parser: Any = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._unsafe
        self._parser.EntityDeclHandler = self._unsafe
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._begin()

    def read(self, data: bytes) -> list[Row]:
        try:
            self._parser.Parse(data, True)  # noqa: FBT003 (expat takes it by place alone)
        except expat.ExpatError as error:
            raise ImageError("file_malformed", f"The XML is broken in line {error.lineno}") from None
        except (LookupError, UnicodeError):
            raise ImageError("file_malformed", "The XML names an encoding that is not known") from None
        return self._rows

    def _unsafe(self, *_: object) -> None:
        raise ImageError("xml_unsafe", "The XML declares a document type or entities")

    def _begin(self) -> None:
        self._line = 1
        self._first = self._last = ""
        self._told: dict[str, str] = {}
        self._length_m = 0.0
        self._previous: tuple[float, float] | None = None
        self._points = 0
        self._problem: str | None = None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            raise ImageError("xml_unsafe", f"The XML has more than {MAX_DEPTH} elements in each other")
        self._text.clear()
        if name in _TRACKS and len(self._path) == 2:
            self._begin()
            self._line = self._parser.CurrentLineNumber
        elif name == "trkseg":
            self._previous = None  # what lies between two segments was not recorded
        elif name in _POINTS:
            self._point(attributes)

    def _end(self, tag: str) -> None:
        name, text = _local(tag), "".join(self._text).strip()
        self._text.clear()
        self._path.pop()
        parent = self._path[-1] if self._path else ""
        if name in _TEXTS and parent in _TRACKS:
            self._told[name] = " ".join(text.split())[:400]
        elif name == "time" and parent in _POINTS and text:
            self._first = self._first or text
            self._last = text
        elif name in _TRACKS and len(self._path) == 1:
            self._rows.append(self._row())
            check_count(len(self._rows), self._max_rows)

    def _point(self, attributes: dict[str, str]) -> None:
        try:
            latitude, longitude = float(attributes["lat"]), float(attributes["lon"])
        except (KeyError, ValueError):
            latitude = longitude = math.nan
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            self._problem = f"the point in line {self._parser.CurrentLineNumber} lies nowhere on Earth"
            return
        here = (latitude, longitude)
        if self._previous is not None:
            self._length_m += _distance_m(self._previous, here)
        self._previous = here
        self._points += 1

    def _row(self) -> Row:
        number, problem = len(self._rows) + 1, self._problem
        if problem is None and self._points < 2:
            problem = "it has fewer than two points"
        if problem is None and not self._first:
            problem = "its points carry no times"
        if problem is not None:
            return Row(line=self._line, number=number, problem=problem)
        return Row(
            line=self._line,
            number=number,
            start=_with_zone(self._first),
            end=_with_zone(self._last),
            distance=f"{self._length_m:.0f}",
            unit="m",
            purpose=self._told.get("type") or self._told.get("name") or self._told.get("desc") or "",
            measured=True,
        )


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _with_zone(time: str) -> str:
    tail = time[10:]
    return time if tail[-1:] in "Zz" or "+" in tail or "-" in tail else time + UTC_IS_MEANT


def _distance_m(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Return the great-circle distance of two points in degrees, metres. Source: haversine formula."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *two))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))
