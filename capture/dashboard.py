"""The numbers on a dashboard, and what speaks for and against each being the odometer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from capture.documents.rows import is_placed
from capture.reading import Reading, Span

MAX_NUMBERS = 200
"""More numbers than any dashboard shows; the rest is dropped."""

MAX_TEXT = 80
"""Longer texts are no display's; they are not searched."""

NEAR = 3.0
"""A word belongs to a number if the gap between them is less than this many heights of the number."""

SCALE_END = 260
"""Highest number on speed scales, km/h. Scales are printed in steps of 10 or 20."""

ODOMETER_DIGITS = 6
"""What displays show at most, leading zeros included; lorries' seven-digit ones are kept as they are."""

GLUED_LENGTHS = (8, 9)
"""So many digits are six of an odometer with a symbol or a piece of a scale in front."""

_DIGITS = re.compile(r"\d{1,3}(?:[ ,.']\d{3})+(?![\d.,])|\d+(?:[.,]\d{1,2}(?!\d))?", re.ASCII)
_SPLIT = re.compile(r"(?:[0oi°']{1,4} )?(\d{1,5})[ /](\d{1,4})\s?(?:(km|mi)|[km])?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3])[0-5]\d", re.ASCII)
_UNIT = re.compile(r"(?<![A-Za-z])(km|kms|mi|miles?)(?![A-Za-z]|/h|\s?/\s?[hl])", re.IGNORECASE)
_UNIT_BEHIND = re.compile(r"\s?(km|kms|mi|miles?|kn|krn)(?![A-Za-z/])", re.IGNORECASE)
_MPH = re.compile(r"\b(?:mph|iph|mpn|rph)\b", re.IGNORECASE)
_PAPER = re.compile(
    r"(?:RM|[$€£₺])\s?\d+[.,]\d\d|\b(?:invoice|receipt|cash(?:ier)?|change|subtotal|tax|gst|vat|"
    r"thank you|litres?|rechnung|fatura)\b",
    re.IGNORECASE,
)
PAPER_WORDS = 3

_HALF_UNIT = re.compile(r"[km](?![A-Za-z])")
_ODOMETER = re.compile(r"\b(?:odo\w{0,5}|odd|0do|total|tot|toplam|gesamt)\b", re.IGNORECASE)
_TRIP = re.compile(r"\b(?:trip|tr[il1]p|trp|tages)\b", re.IGNORECASE)
_NOT_DISTANCE = re.compile(
    r"\d[:;]\d|\d[/.\-]\d{1,2}[/.\-]\d|[℃°%]|\d\s?[°º]?c\b|rpm|r/min|1/min|x\s?1?00|×|l/100|mpg|"
    r"km/[lh]|mph|[ap]m\b|range|menzil|temp",
    re.IGNORECASE,
)
_TURNED = str.maketrans("0OoD1Il|2Z5S8B96LEhH", "00001111225588697344")
"""How a seven-segment digit reads upside down."""

_TURNED_BODY = re.compile(r"(?:w ?|[w ]{0,2}[uny][yk|!]{0,2}\s?)?([0-9OoDIl|ZSBLEhH° ]{5,10})$")
LEAST_TURNED = 5
"""Four digits upside down are a clock's more often than an odometer's."""


@dataclass(frozen=True)
class Number:
    """A number that may be the odometer.

    `digits`: as displayed, leading zeros kept, without tenths. `turned`: the engine read it upside down.
    `trimmed`: digits in front, of a scale or a symbol, were cut off. `labelled`: ODO, TOTAL or the like
    stands by it. `clock_like`: four digits that could be hours and minutes.
    """

    span: Span
    raw: str
    digits: str
    tenths: bool = False
    turned: bool = False
    trimmed: bool = False
    labelled: bool = False
    trip: bool = False
    clock_like: bool = False
    unit: Literal["km", "mi"] | None = None
    unit_span: Span | None = None
    score: float | None = None


def dashboard_numbers(reading: Reading) -> list[Number]:
    """Return the numbers that are neither a scale's, a clock's, a date's nor a temperature's."""
    spans = [span for span in reading.spans if is_placed(span) and 0 < len(span.text.strip()) <= MAX_TEXT]
    numbers: list[Number] = []
    for span in spans:
        numbers.extend(_numbers_of(span))
        if len(numbers) >= MAX_NUMBERS:
            break
    numbers = numbers[:MAX_NUMBERS]
    for span in spans:
        if _ODOMETER.search(span.text):
            _mark_nearest(numbers, span, labelled=True)
        if _TRIP.search(span.text):
            _mark_nearest(numbers, span, trip=True)
        unit = _UNIT.search(span.text)
        if unit:
            _mark_nearest(numbers, span, unit=_to_unit(unit[1]), unit_span=span)
    return numbers


def _mark_nearest(numbers: list[Number], word: Span, **marks: Any) -> None:
    """Give the marks to the number nearest to a word, if it is near; a number keeps the unit it has."""
    near = [(distance, i) for i, n in enumerate(numbers) if (distance := _distance(n.span, word)) <= NEAR]
    if near:
        index = min(near)[1]
        if not (marks.get("unit") and numbers[index].unit):
            numbers[index] = replace(numbers[index], **marks)


def rank(number: Number) -> float:
    """Weigh a number: above 0 it may be the odometer. The weights were set by hand on the TRODO photos."""
    length = len(number.digits)
    weight = {3: -1.0, 4: 1.0, 5: 4.0, 6: 5.0, 7: 2.5}.get(length, 0.0)
    weight += 2.0 * number.labelled + 1.0 * (number.unit is not None)
    weight -= 2.5 * number.tenths + 2.0 * (number.trip and not number.labelled)
    weight -= 0.8 * number.turned + 1.5 * (number.clock_like and not number.labelled)
    if number.score is not None:
        weight += 3.0 * (number.score - 0.95)
    return weight


def printed_unit(reading: Reading) -> Literal["km", "mi"] | None:
    """Return the unit that the display's words agree on, None if there is none or both occur."""
    units: set[Literal["km", "mi"]] = set()
    for span in reading.spans:
        if len(span.text) <= MAX_TEXT:
            units.update(_to_unit(match[1]) for match in _UNIT.finditer(span.text))
    return units.pop() if len(units) == 1 else None


def is_paper(reading: Reading) -> bool:
    """Tell a receipt by its words alone, however it is turned: no dashboard has several of them."""
    return sum(bool(_PAPER.search(span.text[:MAX_TEXT])) for span in reading.spans) >= PAPER_WORDS


def has_dual_scale(reading: Reading) -> bool:
    """Tell if the speed scale is printed in miles too ("mph", which engines read as iph or mpn as well)."""
    return any(len(span.text) <= MAX_TEXT and _MPH.search(span.text) for span in reading.spans)


def _to_unit(word: str) -> Literal["km", "mi"]:
    return "mi" if word.lower().startswith("mi") else "km"


def _numbers_of(span: Span) -> Iterator[Number]:
    text = span.text.strip()
    if _NOT_DISTANCE.search(text):
        return
    joined = _joined(text)
    if joined is not None:
        yield _joined_number(span, text, joined)
        return
    found = False
    for match in _DIGITS.finditer(text):
        number = _number(span, text, match)
        if number is not None:
            found = True
            yield number
    turned = None if found else turn_over(text)
    if turned is not None:
        yield Number(span=span, raw=text, digits=turned, turned=True, score=span.score)


def _joined(text: str) -> re.Match[str] | None:
    """Return five or six digits that an engine split by a space, as in "15 1904" or "16141 1km"."""
    match = _SPLIT.fullmatch(text)
    if not match or is_scale(match[1]) or is_scale(match[2]) or is_scale(match[1] + match[2]):
        return None
    return match if 5 <= len(match[1] + match[2]) <= 6 else None


def _joined_number(span: Span, text: str, match: re.Match[str]) -> Number:
    """Make the number of two groups of digits."""
    unit = _to_unit(match[3]) if match[3] else None
    return Number(
        span=span, raw=text, digits=match[1] + match[2], unit=unit, unit_span=span if unit else None, score=span.score
    )


def _number(span: Span, text: str, match: re.Match[str]) -> Number | None:
    raw = match.group()
    before, after = text[: match.start()], text[match.end() :]
    if (before[-1:].isalpha() and not before.lower().endswith(("km", "o", "l", "y."))) or _reads_on(after):
        return None
    grouped = re.fullmatch(r"\d{1,3}(?:[ ,.']\d{3})+", raw)
    whole, part = ("".join(c for c in raw if c.isdigit()), "") if grouped else _split_tenths(raw)
    front = whole[:-ODOMETER_DIGITS] if len(whole) in GLUED_LENGTHS else ""
    digits = whole[len(front) :]
    if not 3 <= len(digits) <= 7 or is_scale(text if text.replace(" ", "").isdigit() else whole):
        return None
    behind = _UNIT_BEHIND.match(after)
    return Number(
        span=span,
        raw=raw,
        digits=digits,
        tenths=bool(part),
        trimmed=bool(front.strip("0")),
        clock_like=bool(_CLOCK.fullmatch(raw)),
        unit=_to_unit(behind[1]) if behind else None,
        unit_span=span if behind else None,
        score=span.score,
    )


def _split_tenths(raw: str) -> tuple[str, str]:
    whole, _, part = raw.replace(",", ".").partition(".")
    return whole, part


def _reads_on(after: str) -> bool:
    """Tell if letters other than a unit, or half of one, follow the digits: then they are part of a word."""
    return bool(after[:1].isalpha() and not _UNIT_BEHIND.match(after) and not _HALF_UNIT.match(after))


def is_scale(text: str) -> bool:
    """Tell if digits are a piece of a speed or revolution scale: "80", "100 120", "100120", "4050"."""
    digits = text.replace(" ", "")
    if not digits.isdigit():
        return False
    if len(digits) <= 3:
        return int(digits) <= SCALE_END and int(digits) % 10 == 0
    for cut in range(1, len(digits)):
        first, second = digits[:cut], digits[cut:]
        if first[0] == "0" or second[0] == "0" or len(second) > 3 or len(first) > 3:
            continue
        step = int(second) - int(first)
        if int(first) % 10 == 0 and step in (10, 20, -10, -20) and int(second) <= SCALE_END:
            return True
    return False


def turn_over(text: str) -> str | None:
    """Return the digits of a display that was read upside down ("LLBE82" is 283877), None if it was not.

    Letters must show that the text stands on its head: digits alone read as well both ways.
    """
    match = _TURNED_BODY.search(text.strip().strip("\"'.,-"))
    if not match:
        return None
    body = match[1].replace(" ", "").replace("°", "0")
    if sum(c in "LEhH" for c in body) == 0 or not any(c.isdigit() for c in body):
        return None
    turned = body[::-1].translate(_TURNED)
    if len(turned) > ODOMETER_DIGITS and turned[0] == "0":
        turned = turned.lstrip("0").rjust(ODOMETER_DIGITS, "0")
    return turned if turned.isdigit() and LEAST_TURNED <= len(turned) <= ODOMETER_DIGITS else None


def _distance(span: Span, word: Span) -> float:
    """Return the gap between a number and a word, in heights of the number; rows above and below count double."""
    if span is word:
        return 0.0
    if span.page != word.page:
        return float("inf")
    height = max(1.0, span.y1 - span.y0)
    across = max(word.x0 - span.x1, span.x0 - word.x1, 0.0)
    along = max(word.y0 - span.y1, span.y0 - word.y1, 0.0)
    return (across + 2 * along) / height
