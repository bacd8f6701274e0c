"""The rows of a workshop's bill: parts with number, quantity, unit and price, and work with its hours.

Columns are not trusted blindly: where a count times a price is the row's amount, these two are what they are,
wherever they stand. A heading tells the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Literal

from capture.documents.layout import Line
from capture.documents.money import DecimalMark
from capture.documents.service.headings import Heading, heading_of
from capture.documents.service.row_pieces import (
    NAME_LETTERS,
    SPECIFICATION,
    Counted,
    blanked,
    detail_below,
    find_code,
    find_count,
    find_name,
    find_quantity,
)
from capture.documents.service.types import service_named
from capture.documents.service.words import FEE, HOURS, LABOUR, NOT_ROW, PART, WORK
from capture.documents.total import AMOUNT, find_amounts, to_amount
from capture.documents.wording import words

RowKind = Literal["part", "labour", "fee"]


MOST_ROWS = 200

_ENDS_TABLE = words(r"sub ?-? ?total|(?:grand |invoice )?total(?! line)|netto\w*|zwischensumme")
"""Below the first sum there are no rows, until another heading."""

WORK_ALONE = frozenset(
    {
        "oil_change", "tire_rotation", "tire_repair", "wheel_alignment", "wheel_balancing", "diagnosis", "inspection",
        "towing", "cleaning", "scheduled_service",
    }
)  # fmt: skip
"""Services whose words name what is done, and no part."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_TITLE_WORDS = 4
_PARTS_TITLE = words(r"(?:spare |used )?parts|materials?|spares|ersatzteile|pi[èe]ces|recambios|repuestos")
"""Above a table stands what it lists."""


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
            if heading and len(_WORD.findall(line.text)) == 1:
                heading = replace(heading, labour=work)
        elif has_amount and _ENDS_TABLE.search(line.text):
            heading = None
        if above is None and index not in sums:
            around = lines[index - 1] if index else None, lines[index + 1] if index + 1 < len(lines) else None
            row = _row(line, around, mark, heading)
            rows += [row] if row else []
    return _by_rate(rows[:MOST_ROWS])


def _row(
    line: Line, around: tuple[Line | None, Line | None], mark: DecimalMark | None, heading: Heading | None
) -> Row | None:
    """Read a line as a row, with what the lines `around` it, the one before and the one behind, say of it."""
    before, after = around
    amounts = [(match, value) for match in find_amounts(line) if (value := to_amount(match.group(), mark)) is not None]
    if not amounts or NOT_ROW.search(line.text):
        return None
    while len(amounts) > 1 and heading and heading.column_at(line.extent(*amounts[-1][0].span())) == "other":
        amounts.pop()
    last, cost = amounts[-1]
    text = line.text[: last.start()]
    specification = SPECIFICATION.search(text)
    body = blanked(text, specification) if specification else text
    counted = find_count(body, [match for match, _ in amounts[:-1]], cost, mark)
    code = find_code(line, body, heading, counted)
    name = find_name(text, code, counted)
    if sum(char.isalpha() for char in name) < NAME_LETTERS and counted and before is not None:
        name = find_name(before.text, None, None) if not AMOUNT.search(before.text) else ""
    if sum(char.isalpha() for char in name) < NAME_LETTERS:
        return None
    kind = _kind(line.text, name, code, counted, heading)
    quantity, unit, price = find_quantity(line, body, counted, heading, mark)
    detail = detail_below(after, quantity, cost, mark) if kind == "part" and not code and price is None else None
    if kind == "part" and not (heading or PART.search(f"{name} {text}") or (code and counted) or detail):
        return None
    if detail:
        quantity, price = detail.quantity, detail.price
    return Row(
        kind=kind,
        name=name,
        number=code.group() if code else detail.number if detail else None,
        quantity=quantity,
        unit=unit,
        price=price,
        cost=cost,
        specification=specification.group() if specification else None,
        line=line,
    )


def is_counted(line: Line, mark: DecimalMark | None) -> bool:
    """Tell if a line's last amount is a count times a price that it names too."""
    amounts = list(find_amounts(line))
    cost = to_amount(amounts[-1].group(), mark) if len(amounts) > 1 else None
    return cost is not None and find_count(line.text[: amounts[-1].start()], amounts[:-1], cost, mark) is not None


def _kind(
    text: str, name: str, code: re.Match[str] | None, counted: Counted | None, heading: Heading | None
) -> RowKind:
    if FEE.search(text):
        return "fee"
    if LABOUR.search(text) or (heading is not None and heading.labour):
        return "labour"
    by_hours = heading is not None and heading.hours
    if by_hours and not code and not PART.search(text):
        return "labour"
    if (by_hours or not code) and (WORK.search(name) or service_named(name) in WORK_ALONE):
        return "labour"
    return "labour" if counted and HOURS.match(text[counted.end :].lstrip(" |")) else "part"


MOST_UNSURE = 12
"""So many rows are tried as work; a bill with more keeps what it says."""


def fit_rows(rows: Sequence[Row], labour: Decimal | None, parts: Decimal | None) -> list[Row]:
    """Take for work the rows that the printed sums of labour and parts leave no other place for.

    Rows stay as they are where the sums agree already, or where they can be made to agree in more ways than one.
    """
    sums = {kind: sum((row.cost for row in rows if row.kind == kind), Decimal(0)) for kind in ("labour", "part")}
    unsure = [place for place, row in enumerate(rows) if row.kind == "part" and row.unit is None]
    over = None if parts is None else sums["part"] - parts
    if labour is None or over is None or over <= 0 or sums["labour"] + over != labour or len(unsure) > MOST_UNSURE:
        return list(rows)
    ways: list[tuple[int, ...]] = [
        chosen
        for many in range(1, len(unsure) + 1)
        for chosen in combinations(unsure, many)
        if sum((rows[place].cost for place in chosen), Decimal(0)) == over
    ]
    if len(ways) != 1:
        return list(rows)
    return [replace(row, kind="labour") if place in ways[0] else row for place, row in enumerate(rows)]


def _by_rate(rows: list[Row]) -> list[Row]:
    """Take rows for work whose price is the hourly rate of other rows, though the unit beside them was misread."""
    rates = {row.price for row in rows if row.kind == "labour" and row.price and row.price != row.cost}
    return [
        replace(row, kind="labour") if row.kind == "part" and row.price in rates and row.unit is None else row
        for row in rows
    ]
