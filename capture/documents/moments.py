"""A date with a time, as a cell of a table holds it -> its possible meanings. Nothing is shifted by a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from capture.documents.dates import Clues, PrintedDate, find_dates, settle_date

_CLOCK = re.compile(
    r"(?:[T,]|\bat\b|\bum\b)?\s*([01]?[0-9]|2[0-3])(?:[:h]([0-5][0-9]))(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
    r"\s?(?:([ap])\.?m\.?|uhr)?\s?(?:(Z|UTC|GMT)|(?:UTC|GMT)?\s?([+\-\u2212])([0-9]{1,2}):?([0-9]{2})?)?",
    re.IGNORECASE,
)

_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([+\-\u2212])([0-9]{1,2})(?::?([0-5][0-9]))?", re.IGNORECASE)
_UTC = re.compile(r"Z|UTC|GMT|Etc/UTC", re.IGNORECASE)
_ZONE_NAME = re.compile(r"[A-Za-z_]{2,20}(?:/[A-Za-z_+\-0-9]{2,20}){1,2}|[A-Z]{3,5}")

MAX_CHARACTERS = 80
"""More than any date with a time and a zone has."""

MAX_OFFSET = timedelta(hours=14)
"""No zone is further from UTC. Source: IANA time zone database."""


@dataclass(frozen=True)
class Moment:
    """A date and time as written. `printed`: the date's readings; `offset`: from UTC, None where it is not said."""

    printed: PrintedDate
    clock: time
    offset: timezone | None

    def on(self, day: date) -> datetime:
        """Return the moment on one of its days, with its offset where that is said."""
        return datetime.combine(day, self.clock, tzinfo=self.offset)


@dataclass(frozen=True)
class Zone:
    """A time zone from a column of its own: an offset, or a name that is kept as it is."""

    name: str
    offset: timezone | None


def read_moment(text: str) -> Moment | None:
    """Read a cell that holds one date, one time, perhaps an offset, and nothing else; None if it is none."""
    dates = find_dates(text) if len(text) <= MAX_CHARACTERS else []
    if len(dates) != 1:
        return None
    before, after = text[: dates[0].start].strip(" ,"), text[dates[0].end :].strip(" ,")
    said = _CLOCK.fullmatch(after or before)
    if said is None or (before and after and not _is_weekday(before)):
        return None
    hour, half = int(said[1]), (said[5] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    micro = int((said[4] or "0").ljust(6, "0")[:6])
    clock = time(hour, int(said[2]), int(said[3] or 0), micro)
    if said[6]:
        return Moment(dates[0], clock, timezone(timedelta()))
    if not said[7]:
        return Moment(dates[0], clock, None)
    offset = _offset(said[7], said[8], said[9])
    return None if offset is None else Moment(dates[0], clock, offset)


def read_zone(text: str) -> Zone | None:
    """Read a time zone: an offset such as +02:00, UTC, or a name such as Europe/Berlin, which is not looked up."""
    plain = text.strip()
    if _UTC.fullmatch(plain):
        return Zone(plain, timezone(timedelta()))
    said = _OFFSET.fullmatch(plain)
    if said is not None:
        offset = _offset(said[1], said[2], said[3])
        return None if offset is None else Zone(plain, offset)
    return Zone(plain, None) if _ZONE_NAME.fullmatch(plain) else None


def settle_moment(moment: Moment, clues: Clues, others: list[PrintedDate]) -> datetime | None:
    """Return what a moment means; None where nothing tells if the day or the month is written first."""
    day = settle_date(moment.printed, clues, others).day
    return None if day is None else moment.on(day)


def _offset(sign: str, hours: str, minutes: str | None) -> timezone | None:
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if size > MAX_OFFSET:
        return None
    return timezone(size if sign == "+" else -size)


def _is_weekday(text: str) -> bool:
    return re.fullmatch(r"[^\W\d_]{2,10}\.?", text) is not None
