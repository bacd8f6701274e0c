"""Dates and times as they are printed -> ISO. Takes any text, raises nothing, in time linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MONTH_FIRST = frozenset({"USD", "PHP"})
EITHER_FIRST = frozenset({"CAD"})
"""Currencies of countries that print the month first, or both ways. All others print the day first.
Source: Unicode CLDR, short date formats."""

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "mei": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8, "ago": 8,
    "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12, "dis": 12, "ogo": 8, "mac": 3,
    "oca": 1, "sub": 2, "nis": 4, "haz": 6, "tem": 7, "eyl": 9, "eki": 10, "kas": 11, "ara": 12,
}  # fmt: skip
"""First three letters of month names: English, German, Malay, Turkish."""

_YEAR = r"((?:19|20)\d\d|\d\d)"
_END = r"(?=\d{1,2}:\d\d|[^\d/]|$)"
_ISO_DATE = re.compile(r"(?<![\d/.\-])((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?=\d{1,2}:\d\d|\D|$)", re.ASCII)
_SHORT_DATE = re.compile(rf"(?<![\d/.])(?:(?<!-)|(?=\d{{1,2}}/))(\d{{1,2}})([-/.])(\d{{1,2}})\2{_YEAR}{_END}", re.ASCII)
_RUN_DATE = re.compile(r"(?<!\d)(\d\d)(\d\d)(20\d\d)(?![\d])", re.ASCII)
_NAMED_DATE = re.compile(rf"(?<!\d)(\d{{1,2}})[ \-/.]{{0,2}}([A-Za-z]{{3}})[a-z]{{0,7}}[ \-/.,]{{0,2}}{_YEAR}{_END}")
_NAMED_FIRST = re.compile(rf"(?<![A-Za-z])([A-Za-z]{{3}})[a-z]{{0,7}}[ .]{{1,2}}(\d{{1,2}}),? {_YEAR}{_END}")
_TIME = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?::?[0-5]\d)?(?![\d:])(?:\s?([AaPp])\.?[Mm]\b)?", re.ASCII)


@dataclass(frozen=True)
class PrintedDate:
    """A date in a text with its two possible meanings; None where that order gives no date."""

    start: int
    end: int
    raw: str
    day_first: date | None
    month_first: date | None
    mark: str
    """What separates the parts: "/", "-", ".", "run" for nothing, or "" where the order is certain."""

    @property
    def ambiguous(self) -> bool:
        """Tell if both orders give a date, and not the same."""
        return self.day_first is not None and self.month_first is not None and self.day_first != self.month_first


def find_dates(text: str) -> list[PrintedDate]:
    """Return the dates of a text, left to right. Years of two digits are of this century."""
    found: list[PrintedDate] = []
    for match in _ISO_DATE.finditer(text):
        certain = _date(match[1], match[2], match[3])
        if certain:
            found.append(PrintedDate(match.start(), match.end(), match.group(), certain, certain, ""))
    for match in _SHORT_DATE.finditer(text):
        day_first, month_first = _date(match[4], match[3], match[1]), _date(match[4], match[1], match[3])
        if day_first or month_first:
            found.append(PrintedDate(match.start(), match.end(), match.group(), day_first, month_first, match[2]))
    for pattern, day, month in ((_NAMED_DATE, 1, 2), (_NAMED_FIRST, 2, 1)):
        for match in pattern.finditer(text):
            number = _MONTHS.get(match[month].lower())
            certain = _date(match[3], str(number), match[day]) if number else None
            if certain:
                found.append(PrintedDate(match.start(), match.end(), match.group(), certain, certain, ""))
    return sorted(found, key=lambda d: d.start)


def find_run_dates(text: str) -> list[PrintedDate]:
    """Return dates without separators (25032018): weak, since other numbers look like them."""
    found = []
    for match in _RUN_DATE.finditer(text):
        day_first, month_first = _date(match[3], match[2], match[1]), _date(match[3], match[1], match[2])
        if day_first or month_first:
            found.append(PrintedDate(match.start(), match.end(), match.group(), day_first, month_first, "run"))
    return found


def _date(year: str, month: str, day: str) -> date | None:
    full = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None


def settle_date(
    printed: PrintedDate, currency: str | None, others: Iterable[PrintedDate] = ()
) -> tuple[date, bool] | None:
    """Decide what a printed date means; the flag tells that nothing decided and the day was taken first.

    What decides, in this order: only one order gives a date; points separate the parts (day first);
    another date of the document in the same form allows one order alone; the currency's country.
    """
    if printed.day_first is None or printed.month_first is None:
        only = printed.day_first or printed.month_first
        return None if only is None else (only, False)
    if not printed.ambiguous or printed.mark == ".":
        return printed.day_first, False
    for other in others:
        if other.mark == printed.mark and (other.day_first is None) != (other.month_first is None):
            return (printed.month_first if other.day_first is None else printed.day_first), False
    if currency in MONTH_FIRST:
        return printed.month_first, False
    if currency is None or currency in EITHER_FIRST:
        return printed.day_first, True
    return printed.day_first, False


def find_times(text: str) -> list[tuple[int, int, str]]:
    """Return the times of a text as (start, end, "HH:MM" of 24 hours)."""
    found = []
    for match in _TIME.finditer(text):
        hour, half = int(match[1]), (match[3] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        found.append((match.start(), match.end(), f"{hour:02d}:{match[2]}"))
    return found
