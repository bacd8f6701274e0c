"""The total of a receipt: of all amounts beside words for it, the one that payment, sums and repetition speak for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from capture.documents.layout import Found, Line, value_of
from capture.documents.money import DecimalMark, find_numbers, plain
from capture.documents.total_words import (
    CASH_STRENGTH,
    MONEY_LINES,
    NOT_PAYMENT,
    NOT_TAX,
    NOT_TOTAL,
    ROUNDING,
    SUBTOTAL,
    SUBTOTAL_STRENGTH,
    TAX,
    TOTAL_LABELS,
)

AMOUNT = re.compile(
    r"(?<![\d,:/\-])(?<![^A-Za-z]\.)(?<!^\.)(?:(?:\d{1,3}(?:[,.'\u2019\u00a0\u202f]\d{3}){0,3}|\d{1,7})[.,]\s?|"
    r"\d{1,3}(?: \d{3}){1,3},|(?<=[R$\u20ac\u00a3])\d{1,3}(?: \d{3}){1,3}\.)\d{2}"
    r"(?![\d:/%]|[.,]\d|\s?%)",
    re.ASCII,
)
"""An amount of money with two decimals."""

WHOLE_AMOUNT = re.compile(
    r"(?<![\d,:/\-'])(?<![^A-Za-z]\.)(?<!^\.)"
    r"(?:\d{1,3}(?: \d{3}){1,2}|\d{1,7}(?:[.,]\d{3}){0,2})(?![\d:/%']|[.,]\d|\s?%)",
    re.ASCII,
)
"""An amount without decimals, as in currencies without small coins."""

_GROUP_GAP = re.compile(r"(?<=\d) (?=\d{3}(?!\d))", re.ASCII)
_SMALL = re.compile(r"(?<![\d.,])(?:\d{1,7})?[.,]\d\d(?![\d%])", re.ASCII)
"""An amount that may lack the nought before its decimals, as change and rounding are printed."""

_DAMAGED = re.compile(r"(?<![\d,:/\-])(?<![^A-Za-z]\.)(?<!^\.)\d{1,6} ?[-:;'\u00b7] ?\d\d(?![\d:/%\-])", re.ASCII)
"""An amount whose decimal mark an engine read as another: it counts where sums confirm it."""

MAX_ROUNDING = Decimal("0.05")
"""Totals are rounded to five hundredths where the smallest coins are gone. Source: Bank Negara Malaysia, 2008."""

MAX_AMOUNT = Decimal(1_000_000_000)
"""What costs more is no amount, but a number."""

PAID_STRENGTH = 3
"""How much an amount means that was paid, whatever stands beside it."""

MAX_PAYMENTS = 5
MAX_ITEMS = 60


@dataclass(frozen=True)
class Total:
    """The total, its place and the other amounts that could be it, likeliest first; a derived one has no place."""

    found: Found | None
    value: Decimal
    rivals: tuple[tuple[Found, Decimal], ...] = ()
    summed: bool = False
    """No label names it: subtotal and tax make it."""


@dataclass(frozen=True)
class _Choice:
    index: int
    strength: int
    found: Found
    value: Decimal


@dataclass(frozen=True)
class _Facts:
    """What the rest of the receipt says of its total. `paid`: by card, or in cash less the change."""

    paid: frozenset[Decimal]
    rounding: Decimal
    sum_with_tax: Decimal | None
    counts: Counter[Decimal]


WIDE_GAP = 0.8
"""Spans so many heights of their line apart are not parts of one amount; a space is about 0.3."""


def find_amounts(line: Line, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
    """Yield the amounts of a line's text, left to right: none reaches over a wide gap, as a count and a price would."""
    at = start
    while match := AMOUNT.search(line.text, at, len(line.text) if end is None else end):
        gap = _gap_in(line, *match.span())
        at = match.end() if gap is None else gap
        if gap is None:
            yield match


def _gap_in(line: Line, start: int, end: int) -> int | None:
    """Return where the last span begins that a wide gap parts from the one before it, inside a piece of text."""
    if len(line.edges) != len(line.spans):
        return None
    inside = [place for place, begin in enumerate(line.starts) if place and start < begin < end]
    wide = [p for p in inside if line.edges[p][0] - line.edges[p - 1][1] > WIDE_GAP * line.height]
    return line.starts[wide[-1]] if wide else None


def amount_text(found: Found | None, mark: DecimalMark | None) -> str:
    """Return the canonical text of an amount, "" if there is none."""
    value = to_amount(found.raw, mark) if found else None
    return "" if value is None else plain(value)


def to_amount(raw: str, mark: DecimalMark | None) -> Decimal | None:
    """Read one printed amount up to `MAX_AMOUNT`; a space behind the decimal mark, an engine's slip, is bridged."""
    bridged = _GROUP_GAP.sub("", raw).replace(". ", ".").replace(", ", ",")
    numbers = find_numbers(bridged, mark)
    return numbers[0].value if len(numbers) == 1 and abs(numbers[0].value) <= MAX_AMOUNT else None


def last_amount(found: Found | None) -> Found | None:
    """Move from the first to the last amount of the same line: totals close their line."""
    if found is None:
        return None
    amounts = list(find_amounts(found.line, found.start))
    return Found(found.line, *amounts[-1].span()) if amounts else found


def find_labelled(lines: Sequence[Line], label: re.Pattern[str], unless: re.Pattern[str] | None) -> Found | None:
    """Return the last amount on the first line that a label opens; else the one below the first label that has one.

    A label with digits behind it, such as a tax number, waits for no value below.
    """
    labels = [
        (index, match)
        for index, line in enumerate(lines)
        if (match := label.search(line.text)) and not (unless and unless.search(line.text))
    ]
    beside, below = [], []
    for index, match in labels:
        found = last_amount(value_of(lines, index, match.end(), AMOUNT, match.start()))
        if found and found.line is lines[index]:
            beside.append(found)
        elif found and not any(char.isdigit() for char in lines[index].text[match.end() :]):
            below.append(found)
    return next(iter((*beside, *below)), None)


def find_total(lines: Sequence[Line], summary_at: int, mark: DecimalMark | None) -> Total | None:
    """Choose the total by its label, by what was paid, by sums, by how often it is printed, then the lowest.

    Lines from `summary_at` on (the summary of taxes) are not searched. Without a label, subtotal and tax make it.
    """
    body = lines[:summary_at]
    facts = _facts(lines, body, mark)
    seen = [c for c in _choices(body, AMOUNT, mark) if c.strength > SUBTOTAL_STRENGTH or c.value in facts.paid]
    seen += _paid_choices(body, facts.paid, mark)
    if not any(choice.strength > CASH_STRENGTH for choice in seen):
        seen += [c for c in _damaged_choices(body) if _confirmed(c.value, facts)]
    if not any(choice.strength > CASH_STRENGTH for choice in seen):
        whole = [c for c in _choices(body, WHOLE_AMOUNT, mark) if c.strength > CASH_STRENGTH]
        seen += [c for c in whole if c.found.line is body[c.index]]
    seen = [choice for choice in seen if choice.value > 0] or seen
    if not seen:
        value = facts.sum_with_tax
        return None if value is None else Total(_printed(body, value, mark), value, summed=True)

    def rank(choice: _Choice) -> tuple[int, int]:
        weight = choice.strength + min(2, facts.counts[choice.value] - 1) + 2 * (choice.value in facts.paid)
        weight += _adds_up(body, choice, mark)
        if facts.rounding and choice.value not in facts.paid:
            weight -= 3 * any(abs(paid - choice.value) == facts.rounding for paid in facts.paid)
        return weight, choice.index

    ordered = sorted(seen, key=rank, reverse=True)
    best = ordered[0]
    rivals = {choice.value: choice.found for choice in reversed(ordered) if choice.value != best.value}
    return Total(best.found, best.value, tuple((found, value) for value, found in reversed(rivals.items())))


def _facts(lines: Sequence[Line], body: Sequence[Line], mark: DecimalMark | None) -> _Facts:
    subtotal, tax = (
        to_amount(found.raw, mark) if found else None
        for found in (find_labelled(body, SUBTOTAL, None), find_labelled(body, TAX, NOT_TAX))
    )
    rounding = max(
        (abs(v) for line in body if ROUNDING.search(line.text) for v in _small(line, mark)), default=Decimal(0)
    )
    return _Facts(
        paid=frozenset(_paid(lines, mark)),
        rounding=rounding if rounding <= MAX_ROUNDING else Decimal(0),
        sum_with_tax=None if subtotal is None or tax is None or subtotal <= 0 else subtotal + tax,
        counts=Counter(value for line in lines for _, value in _amounts(line, mark)),
    )


def _amounts(line: Line, mark: DecimalMark | None) -> Iterator[tuple[Found, Decimal]]:
    for match in find_amounts(line):
        value = to_amount(match.group(), mark)
        if value is not None:
            yield Found(line, *match.span()), value


def _small(line: Line, mark: DecimalMark | None) -> list[Decimal]:
    values = (to_amount(match.group(), mark) for match in _SMALL.finditer(line.text))
    return [value for value in values if value is not None][-1:]


def _printed(lines: Sequence[Line], value: Decimal, mark: DecimalMark | None) -> Found | None:
    """Return the last place where an amount is printed."""
    places = [found for line in lines for found, printed in _amounts(line, mark) if printed == value]
    return places[-1] if places else None


def _confirmed(value: Decimal, facts: _Facts) -> bool:
    near = facts.sum_with_tax is not None and abs(value - facts.sum_with_tax) <= MAX_ROUNDING
    return near or value in facts.paid


def _adds_up(lines: Sequence[Line], choice: _Choice, mark: DecimalMark | None) -> bool:
    """Tell if the last amounts of two or more lines in a row above, with or without the tax, are the total."""
    sums = {Decimal(0)}
    items = 0
    for line in reversed(lines[max(0, choice.index - MAX_ITEMS) : choice.index]):
        amounts = [value for _, value in _amounts(line, mark)]
        if not amounts or SUBTOTAL.search(line.text) or _total_label(line.text):
            continue
        if TAX.search(line.text) or ROUNDING.search(line.text):
            sums |= {total + amounts[-1] for total in list(sums)[:4]}
            continue
        items += 1
        sums = {total + amounts[-1] for total in sums}
        if items >= 2 and choice.value in sums:
            return True
    return False


def _choices(lines: Sequence[Line], amount: re.Pattern[str], mark: DecimalMark | None) -> Iterator[_Choice]:
    """Yield every label of a total that has an amount."""
    for index, line in enumerate(lines):
        label = _total_label(line.text)
        if label is None:
            continue
        strength, start, end = label
        found = last_amount(value_of(lines, index, end, amount, start))
        value = to_amount(found.raw, mark) if found else None
        if found is not None and value is not None:
            yield _Choice(index, strength, found, value)


def _paid_choices(lines: Sequence[Line], paid: frozenset[Decimal], mark: DecimalMark | None) -> Iterator[_Choice]:
    """Yield amounts that were paid, wherever they are printed, but for the lines that say what was given."""
    for index, line in enumerate(lines):
        if any(pattern.search(line.text) for _, pattern in MONEY_LINES):
            continue
        for found, value in _amounts(line, mark):
            if value in paid:
                yield _Choice(index, PAID_STRENGTH, found, value)


def _damaged_choices(lines: Sequence[Line]) -> Iterator[_Choice]:
    for index, line in enumerate(lines):
        label = _total_label(line.text)
        match = _DAMAGED.search(line.text, label[2]) if label else None
        if label and match and label[0] > CASH_STRENGTH:
            digits = re.sub(r"\D", "", match.group())
            yield _Choice(index, label[0], Found(line, *match.span()), Decimal(digits).scaleb(-2))


def _total_label(text: str) -> tuple[int, int, int] | None:
    """Return strength, start and end of the label of a total in a line."""
    for strength, pattern in TOTAL_LABELS:
        if strength == CASH_STRENGTH and NOT_PAYMENT.search(text):
            continue
        for match in pattern.finditer(text):
            inside = any(other.start() <= match.start() < other.end() for other in NOT_TOTAL.finditer(text))
            if strength == SUBTOTAL_STRENGTH or not inside:
                return strength, *match.span()
    return None


def _paid(lines: Sequence[Line], mark: DecimalMark | None) -> set[Decimal]:
    """Return what was paid: amounts on lines of cards, and cash less the change."""
    values: dict[str, list[Decimal]] = {"card": [], "cash": [], "change": []}
    for line in lines:
        kind = next((kind for kind, pattern in MONEY_LINES if pattern.search(line.text)), None)
        if kind == "change":
            values[kind] += _small(line, mark)
        elif kind is not None:
            values[kind] += [value for _, value in _amounts(line, mark)][-1:]
    back = values["change"][:MAX_PAYMENTS] or [Decimal(0)]
    cash = values["cash"][:MAX_PAYMENTS]
    return {*values["card"], *(given - change for given in cash for change in back if given > change)}
