"""Distances on a workshop's bill: the odometer when the vehicle came in and went out, and the next service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from capture.documents.columns import NEAR, below
from capture.documents.dates import PrintedDate, find_dates
from capture.documents.layout import Found, Line
from capture.documents.wording import tolerant
from capture.vehicle_hint import Distance

Direction = Literal["in", "out", ""]

_UNIT = r"kms?\b|kilomet\w*|mi\b|miles?\b"
_NUMBER = (
    r"(?:\d{1,3}(?:[,.' \u00a0\u202f\u2019]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d{3,7})(?:[.,]\d(?!\d))?"
    r"(?!\d|[.,]\d|-\d|/\d{1,2}/)"
)
_DISTANCE = re.compile(rf"(?<![\d.,/\-])({_NUMBER})\s?({_UNIT})?", re.IGNORECASE)

_ODOMETER = re.compile(
    tolerant(
        r"(?<![^\W\d_])(?:(?:current|present|(?P<before>in|out)) )?"
        r"(?:odomet(?:er|re)|odomètre|odómetro|odo(?!\w)|(?:bus|engine|vehicle|hub) ?miles|mill?eage|mill?age|"
        r"kil\w{0,2}met(?:er|re|ro)(?:[ -]?stand|s)?|speedo(?:meter)?|"
        r"kilom\S?t(?:rage|raje?|ros)|kil\w{0,2}m\w{0,2}t(?:rage|raje?|ros)|chilometr(?:aggio|i)|percorrenza|"
        r"quilómetros|"
        r"tacho(?:meter)?[ -]?stand|tellerstand|stand (?:km|tacho)|laufleistung|km[ -]?stand|przebieg|stan licznika|"
        r"meter(?= (?:in|out|reading)\b| ?:)|kms?(?= ?(?:in\b|out\b|reading|run\b|done|compteur|actual\w*|si|"
        r"bilgisi|[:=.]))|"
        r"kms?(?= \d{1,3}[.' ]?\d{3}(?![\d.,]))|miles(?= ?(?:in\b|out\b|[:=])))"
        rf"(?: \(? ?(?:{_UNIT})\)?)?(?: (?:readings?|rdg|run|covered|done|compteur|actual\w*|attuali|pojazdu|"
        r"at (?:time of )?(?:service|repair|visit)))?"
        r"(?: \(? ?(?P<both>in ?(?:/|&|and|-) ?out)\b\)?| [:.]? ?\(?(?P<after>in|out)\b\)?)?[ .:#=\-]*"
    ),
    re.IGNORECASE,
)
_THEN = re.compile(rf"\s*(?:/|\||\bout\b[ .:]*|\bto\b|-|–|(?=\s))\s*({_NUMBER})\s?({_UNIT})?", re.IGNORECASE)
"""What follows a reading on coming in: the one on going out."""

_OUT_LATER = re.compile(rf"\s*\bout\b[ .:#=]*({_NUMBER})\s?({_UNIT})?", re.IGNORECASE)

NEXT = re.compile(
    tolerant(
        r"(?<![^\W\d_])(?:next (?:\w+ ){0,3}?(?:service|oil change|inspection|maintenance|visit|lof|change|due|mot|"
        r"appointment|pm)|(?:service|oil change|maintenance|inspection) due\b|due (?:at|in|on|by|date)\b|"
        r"return (?:at|in|by)\b|come back (?:at|in)|see you (?:again )?(?:at|in)\b|nächste\w*|"
        r"prochaine?s? (?:\w+ )?(?:révision|entretien|vidange|visite|contrôle)|"
        r"pr\S?xim[oa] (?:\w+ )?(?:servicio|revisión|cambio|mantenimiento|visita|itv|tagliando|revisione|revisão)|"
        r"prossim[oa] (?:\w+ )?(?:tagliando|revisione|cambio|servizio)|volgende (?:\w+ )?(?:beurt|onderhoud\w*|"
        r"apk|service)|"
        r"następn[ya] (?:\w+ )?(?:przegląd|wymiana|serwis|badanie)|sonraki (?:\w+ )?(?:bakım|servis|muayene))"
    ),
    re.IGNORECASE,
)
"""Words for the next service."""

_WITHIN = re.compile(
    r"\b(?:in|every|after|within|alle|dans|tous les|cada|dentro de|en|tra|ogni|over|na|za|her)\s*$", re.IGNORECASE
)
_MONTHS = re.compile(
    r"(?<!\d)(\d{1,2}) ?(?:(?P<year>years?|yrs?|jahre?n?|ans?|años?)|months?|mths?|monate?n?|mois|meses|mesi|"
    r"maanden|miesięcy|m-cy|ay)\b",
    re.IGNORECASE,
)

MOST_IN_SHOP = 1_000
"""A vehicle is not driven further between coming in and going out, in its own unit: test drives and errands."""


@dataclass(frozen=True)
class Odometer:
    """A reading of the odometer.

    `unit`: None where neither it nor its label says it. `direction`: coming in, going out, or not said.
    """

    value: int
    unit: Distance | None
    direction: Direction
    found: Found


@dataclass(frozen=True)
class NextService:
    """When the vehicle should come again, as printed.

    `at`: what the odometer will say; `after`: how far from now; `months`: how long from now; `day`: the date.
    """

    at: tuple[int, Distance | None, Found] | None = None
    after: tuple[int, Distance | None, Found] | None = None
    months: tuple[int, Found] | None = None
    day: tuple[PrintedDate, Found] | None = None
    words: str = ""


def find_odometers(lines: Sequence[Line]) -> list[Odometer]:
    """Return the readings of the odometer, the likeliest first: going out, direction not said, coming in."""
    found: list[Odometer] = []
    for index, line in enumerate(lines):
        coming = NEXT.search(line.text)
        for label in _ODOMETER.finditer(line.text):
            if not coming or label.end() <= coming.start():
                found += _readings(lines, index, label)
    order: dict[Direction, int] = {"out": 0, "": 1, "in": 2}
    once: dict[tuple[int, Direction], Odometer] = {}
    for one in found:
        once.setdefault((one.value, one.direction), one)
    return sorted(once.values(), key=lambda one: order[one.direction])


def _readings(lines: Sequence[Line], index: int, label: re.Match[str]) -> Iterator[Odometer]:
    """Yield what a label names: directly behind it, else in its column below."""
    line, words = lines[index], label.group()
    said: Direction = (label["before"] or label["after"] or "").lower()  # type: ignore[assignment]
    match = _DISTANCE.match(line.text, label.end())
    if match is None and not re.match(r"\W*\d", line.text[label.end() :]):
        found = below(lines, index, *label.span(), _DISTANCE)
        if found:
            line, match = found.line, _DISTANCE.match(found.line.text, found.start)
    if match is None:
        return
    then = _THEN.match(line.text, match.end()) if label["both"] or not said else None
    later = _OUT_LATER.match(line.text, match.end()) if said == "in" else None
    out = then or later
    is_pair = (
        out is not None
        and 0 <= _whole(out[1]) - _whole(match[1]) <= MOST_IN_SHOP
        and (
            bool(label["both"])
            or bool(later)
            or "/" in line.text[match.end() : out.start(1)]
            or "out" in out.group().lower()
        )
    )
    yield Odometer(_whole(match[1]), _unit(match[2], words), "in" if is_pair else said, Found(line, *match.span(1)))
    if is_pair and out is not None:
        yield Odometer(_whole(out[1]), _unit(out[2] or match[2], words), "out", Found(line, *out.span(1)))


def _whole(printed: str) -> int:
    """Read a distance, without tenths."""
    whole = re.sub(r"[.,]\d$", "", printed)
    return int("".join(char for char in whole if char.isdigit()))


def _unit(printed: str | None, words: str) -> Distance | None:
    text = f"{printed or ''} {words}".lower()
    if re.search(r"(?<![^\W\d_])(?:kms?|k[il1]{2}\w{0,2}m\w{0,2}t\w*|(?:qu|ch)[il1]{2}\S?m\S?tr\w*)(?![^\W\d_])", text):
        return "km"
    return "mi" if re.search(r"\b(?:mi|miles?)\b", text) else None


def find_next_service(lines: Sequence[Line], odometer: int | None) -> NextService:
    """Return what is said of the next service; a distance below the odometer is one from now."""
    found = NextService()
    for index, line in enumerate(lines):
        label = NEXT.search(line.text)
        if not label:
            continue
        for place, start in _after_label(lines, index, label):
            found = _add(found, place, start, odometer, line.text[label.start() :])
    return found


def _after_label(lines: Sequence[Line], index: int, label: re.Match[str]) -> Iterator[tuple[Line, int]]:
    """Yield where the value of a label may stand: behind it, and below it where nothing does."""
    line = lines[index]
    yield line, label.end()
    if not any(char.isdigit() for char in line.text[label.end() :]) and index + 1 < len(lines):
        under = lines[index + 1]
        if under.page == line.page and under.top - line.bottom <= NEAR * line.height and not NEXT.search(under.text):
            yield under, 0


def _add(found: NextService, line: Line, start: int, odometer: int | None, words: str) -> NextService:
    at, after, months, day = found.at, found.after, found.months, found.day
    dates = [printed for printed in find_dates(line.text) if printed.start >= start]
    if dates and day is None:
        day = dates[0], Found(line, dates[0].start, dates[0].end)
    time = _MONTHS.search(line.text, start)
    if time and months is None:
        months = int(time[1]) * (12 if time["year"] else 1), Found(line, *time.span())
    for match in _DISTANCE.finditer(line.text, start):
        if any(match.start() < printed.end and printed.start < match.end() for printed in dates):
            continue
        value, unit = _whole(match[1]), _unit(match[2], words)
        distance = value, unit, Found(line, *match.span(1))
        if value < 500:
            continue
        if _WITHIN.search(line.text[: match.start()]) or (odometer is not None and value <= odometer):
            after = after or distance
        else:
            at = at or distance
        break
    return NextService(at, after, months, day, found.words or words)
