"""The rows of a workshop's bill: parts with number, quantity, unit and price, and work with its hours.

Columns are not trusted blindly: where a count times a price is the row's amount, these two are what they are,
wherever they stand. A heading tells the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from capture.documents.layout import Line
from capture.documents.money import DecimalMark, find_numbers
from capture.documents.service.headings import Heading, heading_of
from capture.documents.service.words import FEE, HOURS, LABOUR, NOT_ROW, PART, words
from capture.documents.total import AMOUNT, to_amount

RowKind = Literal["part", "labour", "fee"]


MOST_ROWS = 200

_SPECIFICATION = re.compile(
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

_COUNT = re.compile(r"(?<![\d.,/\-\w])\d{1,4}(?:[.,]\d{1,3})?(?![\d,/\-%]|\.\d)", re.ASCII)
_COUNT_WITH_UNIT = re.compile(
    r"(?<![\d.,/\-\w])(\d{1,3}(?:[.,]\d{1,3})?) ?(" + "|".join(_UNITS.values()) + r")(?![^\W_])", re.IGNORECASE
)
_PLACE = re.compile(r"^\s*(?:[A-Z]|\d{1,3}[.)]?)\s+(?=\S)")
"""The number or letter of a row itself."""

_ENDS_TABLE = words(r"sub ?-? ?total|(?:grand |invoice )?total(?! line)|netto\w*|zwischensumme")
"""Below the first sum there are no rows, until another heading."""

_NAME_LETTERS = 3
"""Fewer are no name; then it stands on the line before."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_TITLE_WORDS = 4
_PARTS_TITLE = words(r"(?:spare |used )?parts|materials?|spares|ersatzteile|pi[èe]ces|recambios|repuestos")
"""Above a table stands what it lists."""

_MOST_COUNT = Decimal(1000)


@dataclass(frozen=True)
class Row:
    """One row. Amounts in the bill's currency; `quantity` in `unit` (None for pieces); `line`: where it stands.

    `name`: as printed. `cost`: the row's amount.
    """

    kind: RowKind
    name: str
    number: str | None
    quantity: Decimal | None
    unit: str | None
    price: Decimal | None
    cost: Decimal
    specification: str | None
    line: Line


def find_rows(lines: Sequence[Line], mark: DecimalMark | None, sums: frozenset[int]) -> list[Row]:
    """Return the rows of a bill, top to bottom; `sums`: indices of lines that are of the summary."""
    rows: list[Row] = []
    heading: Heading | None = None
    work = False
    for index, line in enumerate(lines):
        above = heading_of(line)
        has_amount = bool(AMOUNT.search(line.text))
        if above is not None:
            heading = replace(above, labour=above.labour or (work and not above.counts_parts))
        elif not has_amount and len(_WORD.findall(line.text)) <= _TITLE_WORDS:
            work = bool(LABOUR.search(line.text)) or (work and not _PARTS_TITLE.search(line.text))
        elif has_amount and _ENDS_TABLE.search(line.text):
            heading = None
        if above is None and index not in sums:
            row = _row(line, lines[index - 1] if index else None, mark, heading)
            rows += [row] if row else []
    return _by_rate(rows[:MOST_ROWS])


def _row(line: Line, before: Line | None, mark: DecimalMark | None, heading: Heading | None) -> Row | None:
    amounts = [
        (match, value) for match in AMOUNT.finditer(line.text) if (value := to_amount(match.group(), mark)) is not None
    ]
    if not amounts or NOT_ROW.search(line.text):
        return None
    last, cost = amounts[-1]
    text = line.text[: last.start()]
    specification = _SPECIFICATION.search(text)
    body = _blanked(text, specification) if specification else text
    counted = _counted(body, cost, mark)
    code = _code(line, body, heading, counted)
    name = _name(text, code, counted)
    if sum(char.isalpha() for char in name) < _NAME_LETTERS and counted and before is not None:
        name = _name(before.text, None, None) if not AMOUNT.search(before.text) else ""
    if sum(char.isalpha() for char in name) < _NAME_LETTERS:
        return None
    kind = _kind(line.text, code, counted, heading)
    if kind == "part" and not (heading or PART.search(f"{name} {text}") or (code and counted)):
        return None
    quantity, unit, price = _quantity(line, body, counted, heading, mark)
    return Row(
        kind=kind,
        name=name,
        number=code.group() if code else None,
        quantity=quantity,
        unit=unit,
        price=price,
        cost=cost,
        specification=specification.group() if specification else None,
        line=line,
    )


def is_counted(line: Line, mark: DecimalMark | None) -> bool:
    """Tell if a line's last amount is a count times a price that it names too."""
    amounts = list(AMOUNT.finditer(line.text))
    cost = to_amount(amounts[-1].group(), mark) if len(amounts) > 1 else None
    return cost is not None and _counted(line.text[: amounts[-1].start()], cost, mark) is not None


def _blanked(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]


@dataclass(frozen=True)
class _Counted:
    """A count and a price of a row whose product is its amount."""

    count: Decimal
    price: Decimal
    start: int
    end: int
    price_start: int


def _counted(text: str, cost: Decimal, mark: DecimalMark | None) -> _Counted | None:
    """Find count and price before the amount: the price nearest to it, the count nearest to the price."""
    prices = [(m.start(), value) for m in AMOUNT.finditer(text) if (value := to_amount(m.group(), mark)) is not None]
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
                return _Counted(count, price, start, end, price_start)
    if prices and prices[-1][1] == cost:  # a lone 1 is what engines overlook most
        start = prices[-1][0]
        return _Counted(Decimal(1), cost, start, start, start)
    return None


def _count_value(printed: str, mark: DecimalMark | None) -> Decimal | None:
    """Read a count: before three digits its mark is a decimal one, unlike an amount's."""
    numbers = find_numbers(printed.replace(",", ".") if mark != "." else printed, ".")
    return numbers[0].value if len(numbers) == 1 else None


def _code(line: Line, body: str, heading: Heading | None, counted: _Counted | None) -> re.Match[str] | None:
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


def _name(text: str, code: re.Match[str] | None, counted: _Counted | None) -> str:
    """Return what is left of a row without its place, code, count and amounts: its longest run of words."""
    rest = list(text)
    for start, end in ((code.span() if code else (0, 0)), ((counted.start, counted.end) if counted else (0, 0))):
        rest[start:end] = "|" * (end - start)
    joined = AMOUNT.sub("|", "".join(rest))
    joined = _PLACE.sub("", joined)
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


def _kind(text: str, code: re.Match[str] | None, counted: _Counted | None, heading: Heading | None) -> RowKind:
    if FEE.search(text):
        return "fee"
    if LABOUR.search(text) or (heading is not None and heading.labour):
        return "labour"
    if heading is not None and heading.hours and not code and not PART.search(text):
        return "labour"
    return "labour" if counted and HOURS.match(text[counted.end :].lstrip(" |")) else "part"


def _by_rate(rows: list[Row]) -> list[Row]:
    """Take rows for work whose price is the hourly rate of other rows, though the unit beside them was misread."""
    rates = {row.price for row in rows if row.kind == "labour" and row.price and row.price != row.cost}
    return [
        replace(row, kind="labour") if row.kind == "part" and row.price in rates and row.unit is None else row
        for row in rows
    ]


def _quantity(
    line: Line, body: str, counted: _Counted | None, heading: Heading | None, mark: DecimalMark | None
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
