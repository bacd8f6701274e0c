"""Rows of a file of trips, each checked: what it says, or why it is no trip. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from capture.documents.dates import Clues, PrintedDate
from capture.documents.moments import Moment, Zone, read_moment, read_zone, settle_moment
from capture.documents.money import DecimalMark, parse_number
from capture.exif import EARLIEST, LATEST
from capture.files.columns import UNIT_WORDS
from capture.files.rows import Row, Table

Unit = Literal["km", "mi", "m"]

METRES: dict[Unit, Decimal] = {"km": Decimal(1_000), "mi": Decimal("1609.344"), "m": Decimal(1)}
"""Source: international yard and pound agreement, 1959."""

MAX_DISTANCE_M = Decimal(10_000_000)
"""No trip on a road is longer than 10,000 km."""

MAX_DURATION = timedelta(days=60)
MAX_SPEED_MS = Decimal(300) / Decimal("3.6")
"""No trip is faster than 300 km/h throughout; one that seems so has a wrong unit, time or point."""

MAX_PURPOSE_CHARACTERS = 200

COMMA_LANGUAGES = frozenset({"de", "tr", "fr"})
"""Languages that write decimal commas wherever they are spoken. Source: Unicode CLDR, number symbols."""

CLOCK_GRAIN = timedelta(minutes=1)
"""Times are often written to the minute, so a trip may be longer by this."""

_DISTANCE = re.compile(r"(.*?[0-9])\s*([A-Za-zé]{1,11})?\.?")
_TWO_WAYS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_MARK = re.compile(r"[.,](?=[0-9]+$)")


@dataclass(frozen=True)
class GoodRow:
    """A trip. `number`: its row. `distance`: as written, in `unit`. `zone`: a name written beside its times."""

    number: int
    start: datetime
    end: datetime
    zone: str | None
    distance: Decimal
    unit: Unit | None
    purpose: str
    measured: bool


@dataclass(frozen=True)
class BadRow:
    """A row that is no trip, and why: a phrase without what the row holds."""

    line: int
    number: int
    reason: str


@dataclass(frozen=True)
class CheckedRows:
    """All rows of a file."""

    good: tuple[GoodRow, ...]
    bad: tuple[BadRow, ...]


class _NoTripError(ValueError):
    """Says why a row is no trip."""


def check_rows(table: Table, unit: Unit | None, not_after: date | None) -> CheckedRows:
    """Check every row. `unit`: of distances where the file does not say it; `not_after`: the day the file came."""
    moments = [(read_moment(row.start), read_moment(row.end)) for row in table.rows]
    dates = [moment.printed for pair in moments for moment in pair if moment is not None]
    mark = _mark(table)
    clues = Clues(None, table.language, not_after, decimal_comma=mark == ",")
    judge = _Judge(unit, mark, clues, _deciding(dates))
    good: dict[tuple[datetime, datetime, Decimal], GoodRow] = {}
    bad = []
    for row, (start, end) in zip(table.rows, moments, strict=True):
        try:
            trip = judge.trip(row, start, end)
        except _NoTripError as problem:
            bad.append(BadRow(row.line, row.number, str(problem)))
            continue
        same = good.setdefault((trip.start, trip.end, trip.distance), trip)
        if same is not trip:
            bad.append(BadRow(row.line, row.number, f"it repeats row {same.number}"))
    return CheckedRows(tuple(good.values()), tuple(bad))


def overlapping(rows: Sequence[GoodRow]) -> list[tuple[int, int]]:
    """Return the numbers of rows that begin before the one before them has ended; local times are kept apart."""
    found = []
    for with_offset in (True, False):
        ordered = sorted((r for r in rows if (r.start.tzinfo is not None) == with_offset), key=lambda r: r.start)
        for before, after in pairwise(ordered):
            if after.start < before.end:
                found.append((before.number, after.number))
    return found


@dataclass(frozen=True)
class _Judge:
    """What holds for all rows of a file."""

    unit: Unit | None
    mark: DecimalMark | None
    clues: Clues
    deciding: list[PrintedDate]

    def trip(self, row: Row, start: Moment | None, end: Moment | None) -> GoodRow:
        if row.problem is not None:
            raise _NoTripError(row.problem)
        zone = self._zone(row)
        starts, ends = self._time("start", row.start, start, zone), self._time("end", row.end, end, zone)
        if (starts.tzinfo is None) != (ends.tzinfo is None):
            raise _NoTripError("only one of its times has an offset")
        if ends < starts:
            raise _NoTripError("its end is before its start")
        if ends - starts > MAX_DURATION:
            raise _NoTripError(f"it lasts longer than {MAX_DURATION.days} days")
        if self.clues.not_after is not None and ends.date() > self.clues.not_after:
            raise _NoTripError("its end lies after the file came")
        distance, unit = self._distance(row, ends - starts)
        if len(row.purpose) > MAX_PURPOSE_CHARACTERS:
            raise _NoTripError(f"its purpose has more than {MAX_PURPOSE_CHARACTERS} characters")
        name = None if zone is None or zone.offset is not None else zone.name
        return GoodRow(row.number, starts, ends, name, distance, unit, row.purpose, row.measured)

    def _zone(self, row: Row) -> Zone | None:
        if not row.zone:
            return None
        zone = read_zone(row.zone)
        if zone is None:
            raise _NoTripError("its time zone is none that we know")
        return zone

    def _time(self, name: str, text: str, moment: Moment | None, zone: Zone | None) -> datetime:
        if not text:
            raise _NoTripError(f"its {name} is missing")
        if moment is None:
            raise _NoTripError(f"its {name} is no date with a time")
        settled = settle_moment(moment, self.clues, self.deciding)
        if settled is None:
            raise _NoTripError(f"its {name} can be read day first or month first; write 2026-01-31")
        if settled.tzinfo is None and zone is not None and zone.offset is not None:
            settled = settled.replace(tzinfo=zone.offset)
        if not EARLIEST <= (settled if settled.tzinfo is not None else settled.replace(tzinfo=UTC)) <= LATEST:
            raise _NoTripError(f"its {name} lies outside {EARLIEST.year} to {LATEST.year}")
        return settled

    def _distance(self, row: Row, duration: timedelta) -> tuple[Decimal, Unit | None]:
        if not row.distance:
            raise _NoTripError("its distance is missing")
        said = _DISTANCE.fullmatch(row.distance)
        written = UNIT_WORDS.get((said[2] or "").casefold()) if said else None
        if said is None or (said[2] and written is None):
            raise _NoTripError("its distance is no number")
        column = UNIT_WORDS.get(row.unit.casefold())
        if row.unit and column is None:
            raise _NoTripError("its unit is none that we know")
        if written is not None and column is not None and written != column:
            raise _NoTripError("its distance and its column say different units")
        unit = written or column or self.unit
        marks: tuple[DecimalMark | None, ...] = (self.mark,)
        if self.mark is None and _TWO_WAYS.fullmatch(said[1]):
            marks = (".", ",")
        read = [value for mark in marks if (value := parse_number(said[1], mark)) is not None]
        if not read:
            raise _NoTripError("its distance is no number")
        problems = [_distance_problem(value, unit, duration) for value in read]
        possible = [value for value, problem in zip(read, problems, strict=True) if problem is None]
        if len(possible) > 1:
            raise _NoTripError("the mark in its distance may be the decimal or group thousands")
        if not possible:
            raise _NoTripError(str(problems[0]))
        return possible[0], unit


def _distance_problem(distance: Decimal, unit: Unit | None, duration: timedelta) -> str | None:
    """Say why no trip of this duration has this distance; None if one may."""
    if distance < 0:
        return "its distance is negative"
    metres = distance * METRES[unit or "m"]  # a distance of no unit is at least so long
    if metres > MAX_DISTANCE_M:
        return f"it is longer than {MAX_DISTANCE_M / 1000:,.0f} km"
    if metres > MAX_SPEED_MS * Decimal((duration + CLOCK_GRAIN).total_seconds()):
        return "it is faster than 300 km/h"
    return None


def _deciding(dates: Sequence[PrintedDate]) -> list[PrintedDate]:
    """Return one date of each form and order that allows one order alone; they decide for the others."""
    alone = [d for d in dates if (d.day_first is None) != (d.month_first is None)]
    return list({(d.mark, d.day_first is None): d for d in alone}.values())


def _mark(table: Table) -> DecimalMark | None:
    """Return the decimal mark of the distances: as some of them show, else as the file's form and language imply."""
    shown: set[DecimalMark] = set()
    for row in table.rows:
        said = _DISTANCE.fullmatch(row.distance)
        found = _MARK.search(said[1]) if said and not _TWO_WAYS.fullmatch(said[1]) else None
        if found:
            shown.add("," if found.group() == "," else ".")
    if len(shown) == 1:
        return shown.pop()
    return None if shown else table.mark or ("," if table.language in COMMA_LANGUAGES else None)
