"""The total of a receipt, chosen among the amounts that are printed beside words for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from capture.layout import Found, Line, value_of
from capture.money import DecimalMark, find_numbers, plain

AMOUNT = re.compile(
    r"(?<![\d.,:/\-])(?:(?:\d{1,3}(?:[,.'\u2019\u00a0\u202f]\d{3}){0,3}|\d{1,7})[.,]\s?|\d{1,3}(?: \d{3}){1,3},)\d{2}"
    r"(?![\d:/%]|[.,]\d|\s?%)",
    re.ASCII,
)
"""An amount of money with two decimals."""

_WHOLE_AMOUNT = re.compile(r"(?<![\d.,:/\-])\d{1,7}(?:[.,]\d{3})?(?![\d:/%]|[.,]\d|\s?%)", re.ASCII)
"""An amount without decimals, as in currencies without small coins."""

CASH_STRENGTH, SUBTOTAL_STRENGTH = 1, 0
"""What was given is the total where nothing better is printed; a subtotal is it only if it was paid."""

MAX_PAYMENTS = 5

_TOTAL_LABELS: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (strength, re.compile(pattern, re.IGNORECASE))
    for strength, pattern in (
        (
            6,
            (
                r"\b(?:total|amount|balance) ?(?:amount |amt )?(?:payable|due)\b|"
                r"\b(?:grand|nett?|final|rounded) ?total\b|\btotal ?(?:amt|amount)? ?(?:rounded|"
                r"after)\b|\bamount to pay\b|\bnett? am(?:oun)?t\b"
                r"|\bgesamtbetrag\b|\bzu zahlen\b|\bgenel toplam\b|\btotal ?ttc\b|\b[oö]denecek\b"
            ),
        ),
        (2, r"\btotal ?includes\b|\btotal ?gross\b"),
        (
            5,
            (
                r"\btotal ?(?:sales?|amount|amt)? ?\(?(?:incl\w*|inc)\b|\b(?:fuel|sale|sales|"
                r"invoice) total\b|\brounding ?r[mnh]\b"
            ),
        ),
        (4, r"\btotal ?(?:sales?|amount|amt|price|cost|rm|sale)\b|\b(?:fuel|gas) sale\b"),
        (4, r"\btota[l1i]\b|\bt?tl ?:|\btoplam\b|\b(?:gesamt|summe)\b|\bjumlah\b|\bimporte\b|\bmontant\b|\btotaal\b"),
        (CASH_STRENGTH, r"\b(?:cash|tunai|visa|master ?card|amex|maestro|debit|credit)\b"),
        (SUBTOTAL_STRENGTH, r"\bsub ?-? ?tota[l1i]\b"),
    )
)
"""What stands before the total; the number tells how much it means by itself."""

_NOT_TOTAL = re.compile(
    r"\b(?:sub ?-? ?tota[l1i]|total ?(?:no\.?|number|of)? ?(?:qty|quantity|items?|pcs|units?|point\w*|"
    r"sav\w*|disc\w*|gst|tax|vat|"
    r"sst|kdv|litres?|gallons?|includes ?\d|volume|\d+ ?%|\w* ?\(?ex(?:cl|c)\w*)|tax total|gst total|"
    r"(?:qty|item|savings?|discount|points?) total|"
    r"tender\w*|change|point\w*|card (?:no|num\w*)|balance point\w*)\b|\bara ?toplam\b|\btoplam ?kdv\b",
    re.IGNORECASE,
)
NOT_PAYMENT = re.compile(r"cash ?(?:sales?|bill|inv\w*|&|back|ier)|\bcash and\b|\bchange\b|\btender", re.IGNORECASE)
"""Lines that name cash without saying what was paid with it."""

_MONEY_LINES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("change", re.compile(r"\bchange\b|\bbaki\b|\bpara ?[uü]st[uü]\b", re.IGNORECASE)),
    ("card", re.compile(r"\b(?:visa|master|master ?card|amex|debit|credit|kredi ?kart\w*)\b", re.IGNORECASE)),
    ("cash", re.compile(r"\b(?:cash|tender\w*|paid|payment|tunai|nakit)\b", re.IGNORECASE)),
)
"""Lines that say what was given and what was given back."""


@dataclass(frozen=True)
class _Choice:
    index: int
    strength: int
    found: Found
    value: Decimal


def amount_text(found: Found | None, mark: DecimalMark | None) -> str:
    """Return the canonical text of an amount, "" if there is none."""
    value = to_amount(found.raw, mark) if found else None
    return "" if value is None else plain(value)


def to_amount(raw: str, mark: DecimalMark | None) -> Decimal | None:
    """Read one printed amount; a space behind the decimal mark, an engine's slip, is bridged."""
    numbers = find_numbers(raw.replace(". ", ".").replace(", ", ","), mark)
    return numbers[0].value if len(numbers) == 1 else None


def last_amount(found: Found | None) -> Found | None:
    """Move from the first to the last amount of the same line: totals close their line."""
    if found is None:
        return None
    amounts = list(AMOUNT.finditer(found.line.text, found.start))
    return Found(found.line, *amounts[-1].span()) if amounts else found


def find_total(lines: Sequence[Line], summary_at: int, mark: DecimalMark | None) -> Found | None:
    """Choose the total: by its label, by what was paid, by how often its amount is printed, then the lowest.

    Lines from `summary_at` on (the summary of taxes) are not searched.
    """
    paid = _paid(lines, mark)
    seen = [
        choice
        for choice in _choices(lines[:summary_at], AMOUNT, mark)
        if choice.strength > SUBTOTAL_STRENGTH or choice.value in paid
    ]
    if not any(choice.strength > CASH_STRENGTH for choice in seen):
        seen += [c for c in _choices(lines[:summary_at], _WHOLE_AMOUNT, mark) if c.strength > CASH_STRENGTH]
    seen = [choice for choice in seen if choice.value > 0] or seen
    if not seen:
        return None
    counts = Counter(
        value
        for line in lines
        for match in AMOUNT.finditer(line.text)
        if (value := to_amount(match.group(), mark)) is not None
    )

    def rank(choice: _Choice) -> tuple[int, int]:
        printed_again = min(2, counts[choice.value] - 1)
        return choice.strength + printed_again + 2 * (choice.value in paid), choice.index

    return max(seen, key=rank).found


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


def _total_label(text: str) -> tuple[int, int, int] | None:
    """Return strength, start and end of the label of a total in a line."""
    others = [match.span() for match in _NOT_TOTAL.finditer(text)]
    for strength, pattern in _TOTAL_LABELS:
        if strength == CASH_STRENGTH and NOT_PAYMENT.search(text):
            continue
        for match in pattern.finditer(text):
            inside = any(start <= match.start() < end for start, end in others)
            if strength == SUBTOTAL_STRENGTH or not inside:
                return strength, *match.span()
    return None


def _paid(lines: Sequence[Line], mark: DecimalMark | None) -> set[Decimal]:
    """Return what was paid: amounts on lines of cards, and cash less the change."""
    values: dict[str, list[Decimal]] = {"card": [], "cash": [], "change": []}
    for line in lines:
        kind = next((kind for kind, pattern in _MONEY_LINES if pattern.search(line.text)), None)
        if kind is not None:
            numbers = (to_amount(match.group(), mark) for match in AMOUNT.finditer(line.text))
            values[kind] += [value for value in numbers if value is not None][-1:]
    back = values["change"][:MAX_PAYMENTS] or [Decimal(0)]
    cash = values["cash"][:MAX_PAYMENTS]
    return {*values["card"], *(given - change for given in cash for change in back if given > change)}
