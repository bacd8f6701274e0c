"""The pieces of a row of a workshop's bill: the part's number, its name, count, unit and price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from capture.documents.layout import Line
from capture.documents.money import DecimalMark, find_numbers
from capture.documents.service.headings import Heading
from capture.documents.total import AMOUNT, find_amounts, to_amount

SPECIFICATION = re.compile(
    r"(?<![\w\-/])(?:\d{1,2}W-?\d{2}(?: (?:full(?:y)? )?(?:synthetic|semi-?synthetic|mineral))?|"
    r"\d{3}/\d{2} ?Z?R ?\d{2}|12 ?V(?: \d{2,3} ?Ah)?|\d{2,3} ?Ah)(?![\w\-/])",
    re.IGNORECASE,
)
_NUMBER_CODE = re.compile(
    r"(?<![\w.,/\-])(?=[A-Z0-9\-./]{4,20}(?![\w]))(?=[A-Z\-./]{0,19}\d)(?=[0-9\-./]{0,19}[A-Z])[A-Z0-9]+(?:[\-./][A-Z0-9]+)*"
    r"(?![\w])"
)
_DIGIT_CODE = re.compile(r"(?<![\w.,/\-])\d{5,14}(?:-\d{1,6})?(?![\w.,/\-])")
_UNITS: dict[str, str] = {
    "quart": r"quarts?|qts?", "litre": r"litres?|liters?|ltrs?|lit|l", "gallon": r"gallons?|gals?", "set": r"sets?|"
    r"satz|kits?|jeu|juego",
    "pair": r"pairs?|prs?|paar|paire|par", "piece": r"pcs?|pieces?|ea(?:ch)?|units?|stk|st[üu]ck|nos?|pi[èe]ces?|u|"
    r"x", "kg": r"kgs?", "ml": r"ml",
    "hour": r"hours?|hrs?|std|stunden|heures?|horas?|h", "bottle": r"bottles?|btl|cans?|tins?|dose",
}  # fmt: skip
_UNIT = re.compile(
    "|".join(rf"(?P<{name}>(?<![^\W\d_])(?:{pattern})(?![^\W_])\.?)" for name, pattern in _UNITS.items()), re.IGNORECASE
)
"""Units of counts; those of pieces are left out of what is returned."""

_NUMBER_BELOW = re.compile(r"\W{0,4}(?=\S{0,19}\d)([A-Z0-9][A-Z0-9./\-]{2,19})(?=\s)", re.IGNORECASE)
"""A part's number that opens the line below its row."""

_COUNT = re.compile(r"(?<![\d.,/\-\w])\d{1,4}(?:[.,]\d{1,3})?(?![\d,/\-%]|\.\d)", re.ASCII)
_COUNT_WITH_UNIT = re.compile(
    r"(?<![\d.,/\-\w])(\d{1,3}(?:[.,]\d{1,3})?) ?(" + "|".join(_UNITS.values()) + r")(?![^\W_])", re.IGNORECASE
)
_PLACE = re.compile(r"^\s*(?:[A-Z]|\d{1,3}[.)]?)\s+(?=\S)")
"""The number or letter of a row itself."""

_TIMES = re.compile(r"^\s*(?:\d{1,3} ?)?[x×]\s+(?=\S)", re.IGNORECASE)
"""A count's sign that opens a row: "2 x Tyre"."""

NAME_LETTERS = 3
"""Fewer are no name; then it stands on the line before."""

_MOST_COUNT = Decimal(1000)


@dataclass(frozen=True)
class Detail:
    """What the line below a row says of its part."""

    number: str
    quantity: Decimal
    price: Decimal


def detail_below(line: Line | None, quantity: Decimal | None, cost: Decimal, mark: DecimalMark | None) -> Detail | None:
    """Return a part's number and price from the line below its row, if count and price there make the row's amount."""
    match = _NUMBER_BELOW.match(line.text) if line else None
    if line is None or match is None or len(amounts := list(find_amounts(line))) != 1:
        return None
    rest = line.text[match.end() : amounts[0].start()]
    if sum(char.isalpha() for char in _UNIT.sub("", rest)) >= NAME_LETTERS:
        return None
    price = to_amount(amounts[0].group(), mark)
    count = _COUNT.search(rest)
    many = _count_value(count.group(), mark) if count else quantity
    if price is None or many is None or abs(many * price - cost) > max(Decimal("0.01"), many * Decimal("0.0051")):
        return None
    return Detail(match[1], many, price)


def blanked(text: str, match: re.Match[str]) -> str:
    """Return a text with spaces in the place of a match."""
    return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]


@dataclass(frozen=True)
class Counted:
    """A count and a price of a row whose product is its amount."""

    count: Decimal
    price: Decimal
    start: int
    end: int
    price_start: int


def find_count(text: str, amounts: Sequence[re.Match[str]], cost: Decimal, mark: DecimalMark | None) -> Counted | None:
    """Find count and price before the amount: of `amounts` the price nearest to it, the count nearest to the price."""
    prices = [(m.start(), value) for m in amounts if (value := to_amount(m.group(), mark)) is not None]
    counts = [
        (m.start(), m.end(), value)
        for m in _COUNT.finditer(text)
        if (value := _count_value(m.group(), mark)) is not None
    ]
    for price_start, price in reversed(prices):
        for start, end, count in sorted(counts, key=lambda item: (item[0] > price_start, -item[0])):
            if start == price_start or not 0 < count < _MOST_COUNT:
                continue
            if abs(count * price - cost) <= max(Decimal("0.01"), count * Decimal("0.0051")):
                return Counted(count, price, start, end, price_start)
    if prices and prices[-1][1] == cost:  # a lone 1 is what engines overlook most
        start = prices[-1][0]
        return Counted(Decimal(1), cost, start, start, start)
    return None


def _count_value(printed: str, mark: DecimalMark | None) -> Decimal | None:
    """Read a count: before three digits its mark is a decimal one, unlike an amount's."""
    numbers = find_numbers(printed.replace(",", ".") if mark != "." else printed, ".")
    return numbers[0].value if len(numbers) == 1 else None


def find_code(line: Line, body: str, heading: Heading | None, counted: Counted | None) -> re.Match[str] | None:
    """Return the part's number: what stands in its column, else the first word of letters and digits."""
    if heading:
        for pattern in (_NUMBER_CODE, _DIGIT_CODE, re.compile(r"(?<![\w.,])[A-Z0-9][A-Z0-9./\-]{2,19}(?![\w])")):
            for match in pattern.finditer(body):
                if heading.column_at(line.extent(*match.span())) == "number" and any(
                    c.isdigit() for c in match.group()
                ):
                    return match
    for pattern in (_NUMBER_CODE, _DIGIT_CODE):
        for match in pattern.finditer(body):
            apart = counted is None or match.end() <= counted.start or match.start() >= counted.end
            other = (
                match.group().isdigit()
                and heading is not None
                and heading.column_at(line.extent(*match.span())) == "other"
            )
            if apart and not other and not _COUNT_WITH_UNIT.fullmatch(match.group()):
                return match
    return None


def find_name(text: str, code: re.Match[str] | None, counted: Counted | None) -> str:
    """Return what is left of a row without its place, code, count and amounts: its longest run of words."""
    rest = list(text)
    for start, end in ((code.span() if code else (0, 0)), ((counted.start, counted.end) if counted else (0, 0))):
        rest[start:end] = "|" * (end - start)
    joined = AMOUNT.sub("|", "".join(rest))
    joined = _TIMES.sub("", _PLACE.sub("", joined))
    pieces = [
        re.sub(r"^[\W_]+|[\s|:;,\-.]+$", "", re.sub(r"^\s*\d{1,4}(?:[.,]\d+)?\s+(?=\D)", "", piece))
        for piece in joined.split("|")
    ]
    best = max(pieces, key=lambda piece: sum(char.isalpha() for char in piece), default="")
    return (
        re.sub(
            r"\s+(?:\d{1,4}(?:[.,]\d+)?\s*)?(?:" + "|".join(_UNITS.values()) + r")\.?$", "", best, flags=re.IGNORECASE
        )
        or best
    )


def find_quantity(
    line: Line, body: str, counted: Counted | None, heading: Heading | None, mark: DecimalMark | None
) -> tuple[Decimal | None, str | None, Decimal | None]:
    """Return count, unit and price for one."""
    if counted:
        unit = _unit_at(body, counted.end)
        return counted.count, unit, counted.price
    with_unit = _COUNT_WITH_UNIT.search(AMOUNT.sub(lambda m: " " * len(m.group()), body))
    if with_unit:
        return _count_value(with_unit[1], mark), _unit_name(with_unit[2]), None
    for match in _COUNT.finditer(body):
        place = heading.column_at(line.extent(*match.span())) if heading else None
        leads = heading is None and match.start() == 0 and len(match.group()) <= 2
        if place == "quantity" or leads:
            return _count_value(match.group(), mark), None, None
    return None, None, None


def _unit_at(text: str, end: int) -> str | None:
    match = _UNIT.match(text, end + (1 if text[end : end + 1] == " " else 0))
    return _unit_name(match.group()) if match else None


def _unit_name(printed: str) -> str | None:
    match = _UNIT.fullmatch(printed)
    return match.lastgroup if match and match.lastgroup != "piece" else None
