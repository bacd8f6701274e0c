"""The sums of a workshop's bill, made to agree: labour + parts + fees - discount + tax = total.

Each sum may be printed more than once, beside other words, or not at all; the rows above give labour, parts and fees
a second time. Of all ways to read them, one is taken in which the most of it adds up. What is missing follows from the
rest and is marked as derived; what was read otherwise stays as an alternative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from capture.documents.layout import Found, Line, value_of
from capture.documents.money import DecimalMark
from capture.documents.service.headings import is_heading
from capture.documents.service.rows import Row, RowKind, is_counted
from capture.documents.service.sum_words import NOT_SUM, SUM_LABELS, SUM_NAMES, TAX_ASIDE, SumName
from capture.documents.total import AMOUNT, find_amounts, to_amount
from capture.documents.wording import words

ROUNDING = Decimal("0.02")
"""How far sums of rounded amounts may be from a rounded sum, and from one that is paid in coins of five hundredths."""

WHOLE_ROUNDING = Decimal("0.51")
"""How far, where the bill says that it was rounded off to whole units."""

LOWEST_TAX, HIGHEST_TAX = Decimal("0.01"), Decimal("0.30")
"""A difference of total and subtotal is a tax if it is such a part of the subtotal. Source: OECD, consumption tax
trends: the highest standard rate is 27 % (Hungary), the highest part of a doubled Indian GST 28 %."""

MOST_READINGS = 5


@dataclass(frozen=True)
class Sum:
    """One sum. `found`: where it is printed, None where that is not known; `how`: from what it follows, if not read.

    `others`: amounts that were read for it too, and not taken.
    """

    value: Decimal
    found: Found | None
    how: str = ""
    others: tuple[tuple[Found, Decimal], ...] = ()


@dataclass(frozen=True)
class Sums:
    """The sums of a bill by name. `agrees`: total and its parts add up as printed; None where too little is printed.

    `gap`: how far the total is from its parts, where they do not. `fits`: labour, parts, fees and discount make the
    subtotal, or the total.
    """

    by_name: dict[SumName, Sum] = field(default_factory=dict)
    agrees: bool | None = None
    gap: str = ""
    fits: bool = True

    def printed(self, name: SumName) -> Decimal | None:
        """Return a sum's amount if it is printed."""
        found = self.by_name.get(name)
        return found.value if found and found.found else None

    def value(self, name: SumName) -> Decimal | None:
        """Return a sum's amount."""
        found = self.by_name.get(name)
        return found.value if found else None


_SIGN_AS_DIGIT = re.compile(r"(?<![\d.,])\d{1,3}(?:[., ']?\d{3})*([.,])\d\d(?=\d\W*$)", re.ASCII)
"""An amount that closes its line, with one decimal too many: engines take the sign of the euro for a digit."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_ROUNDED = words(r"round(?:ed|ing)?(?: ?-? ?off)?|rounding adj\w*")

_Label = tuple[SumName, int, int]
"""A sum, and where in its line the words for it start and end."""

Readings = dict[SumName, list[tuple[Decimal, Found | None]]]


def sum_lines(lines: Sequence[Line], mark: DecimalMark | None) -> frozenset[int]:
    """Return the indices of lines that are of the summary: a sum's words open them and their amount stands alone."""
    found = set()
    for index, line in enumerate(lines):
        amounts = list(find_amounts(line))
        labels = _labels(line.text) if amounts else []
        if not labels:
            continue
        before, between = line.text[: labels[0][1]], line.text[labels[-1][2] : amounts[-1].start()]
        alone = len(_WORD.findall(before)) <= 2 and len(_WORD.findall(between)) <= 1 and len(amounts) <= 2
        if (len(labels) > 1 or alone) and not is_counted(line, mark):
            found.add(index)
    return frozenset(found)


def _labels(text: str) -> list[_Label]:
    """Return the labels of a line, left to right, none inside another."""
    seen = [
        (match.end() - match.start(), name, *match.span())
        for name, words in SUM_LABELS
        for match in words.finditer(text)
    ]
    if not seen:
        return []
    taken: list[_Label] = []
    barred = [match.span() for match in NOT_SUM.finditer(text)]
    aside = [match.span() for match in TAX_ASIDE.finditer(text)]
    seen = [item for item in seen if item[1] != "tax" or not any(a <= item[2] < b for a, b in aside)]
    for _, name, start, end in sorted(seen, key=lambda item: -item[0]):
        if not any(a < end and start < b for _, a, b in taken) and not any(a < end and start < b for a, b in barred):
            taken.append((name, start, end))
    return sorted(taken, key=lambda item: item[1])


def find_sums(lines: Sequence[Line], rows: Sequence[Row], mark: DecimalMark | None, total: Decimal | None) -> Sums:
    """Read the sums of a bill. `total`: what a receipt's rules take for the total."""
    labels = [_labels(line.text) for line in lines]
    readings = _readings(lines, labels, rows, mark)
    if total is not None:
        printed = next((found for value, found in readings["total"] if value == total), None)
        readings["total"] = [(total, printed), *(r for r in readings["total"] if r[0] != total)]
    named = {name for of_line in labels for name, _, _ in of_line}
    rounding = WHOLE_ROUNDING if any(_ROUNDED.search(line.text) for line in lines) else ROUNDING
    return _settled(readings, _of_rows(rows), named, rounding)


def _readings(
    lines: Sequence[Line], labels_of: Sequence[list[_Label]], rows: Sequence[Row], mark: DecimalMark | None
) -> Readings:
    """Return what is printed beside each sum's words, in order, each amount once."""
    on_rows = {id(row.line) for row in rows}
    readings: Readings = {name: [] for name in SUM_NAMES}
    for index, (line, labels) in enumerate(zip(lines, labels_of, strict=True)):
        if id(line) in on_rows:
            continue
        for place, (name, start, end) in enumerate(labels):
            stop = labels[place + 1][1] if place + 1 < len(labels) else len(line.text)
            amounts = list(find_amounts(line, end, stop))
            found = Found(line, *amounts[-1].span()) if amounts else _before_sign(line, end, stop, mark)
            if found is None and len(labels) > 1 and not AMOUNT.search(line.text) and not is_heading(line):
                found = value_of(lines, index, end, AMOUNT, start)
            value = to_amount(found.raw, mark) if found else None
            if value is not None and (name != "total" or value > 0):
                readings[name].append((abs(value), found))
    return readings


def _before_sign(line: Line, start: int, end: int, mark: DecimalMark | None) -> Found | None:
    """Return the amount that closes a piece of a line and has its currency's sign for a third decimal."""
    match = _SIGN_AS_DIGIT.search(line.text, start, end)
    return Found(line, *match.span()) if match and match[1] == mark and end == len(line.text) else None


def _of_rows(rows: Sequence[Row]) -> dict[SumName, Decimal]:
    kinds: dict[RowKind, SumName] = {"part": "parts", "labour": "labour", "fee": "fees"}
    sums: dict[SumName, Decimal] = {}
    for row in rows:
        sums[kinds[row.kind]] = sums.get(kinds[row.kind], Decimal(0)) + row.cost
    return sums


Option = tuple[Decimal, Found | None, str]
"""An amount, where it is printed, and how it came about if it is not."""


def _options(readings: Readings, of_rows: dict[SumName, Decimal]) -> dict[SumName, list[Option | None]]:
    """Return for each sum what it may be, likeliest first; None: it is not there."""
    options: dict[SumName, list[Option | None]] = {}
    for name in SUM_NAMES:
        printed: list[Option | None] = [(value, found, "") for value, found in _distinct(reversed(readings[name]))]
        if name == "total":
            printed = [(value, found, "") for value, found in _distinct(readings[name])]
        together = sum((value for value, _ in readings[name]), Decimal(0))
        if name in {"tax", "fees", "discount"} and len(readings[name]) > 1:
            printed.insert(0, (together, None, f"the sum of the {name} that are printed"))
        if name in of_rows and all(option is None or option[0] != of_rows[name] for option in printed):
            printed.append((of_rows[name], None, "the sum of the rows"))
        options[name] = [*printed[:MOST_READINGS], None]
    return options


def _distinct(readings: Iterable[tuple[Decimal, Found | None]]) -> list[tuple[Decimal, Found | None]]:
    return list({value: (value, found) for value, found in reversed(list(readings))}.values())[::-1]


@dataclass(frozen=True)
class _Choice:
    """One way to read the sums. `rank`: how much of it adds up, then how likely each reading is by itself."""

    rank: tuple[int, int]
    options: dict[SumName, Option]
    agrees: bool
    fits: bool


_PARTS: tuple[SumName, ...] = ("labour", "parts", "fees", "discount")


def _settled(readings: Readings, of_rows: dict[SumName, Decimal], named: set[SumName], rounding: Decimal) -> Sums:
    options = _options(readings, of_rows)
    best = max(_choices(options, rounding), key=lambda choice: choice.rank)
    sums = {
        name: Sum(value, found, how, _others(options[name], value))
        for name, (value, found, how) in best.options.items()
    }
    return _completed(sums, named, agrees=best.agrees, fits=best.fits)


def _others(options: Sequence[Option | None], taken: Decimal) -> tuple[tuple[Found, Decimal], ...]:
    """Return the amounts that are printed for a sum too."""
    return tuple((o[1], o[0]) for o in options if o is not None and o[1] is not None and o[0] != taken)


def _choices(options: dict[SumName, list[Option | None]], rounding: Decimal) -> Iterator[_Choice]:
    """Yield every way to read subtotal, tax and total, each with the labour, parts, fees and discount that fit best."""
    parts = _part_choices(options)
    untaxed = not any(option and option[0] > 0 for option in options["tax"])
    for (a, subtotal), (b, tax), (c, total) in product(*(enumerate(options[n]) for n in ("subtotal", "tax", "total"))):
        read: tuple[tuple[SumName, Option | None], ...] = (("subtotal", subtotal), ("tax", tax), ("total", total))
        top = {name: option for name, option in read if option}
        taxed = tax[0] if tax else Decimal(0)
        sums_up = bool(subtotal and total and abs(subtotal[0] + taxed - total[0]) <= rounding and (tax or untaxed))
        net = subtotal[0] if subtotal else total[0] - taxed if total else None
        fitting = _fitting(parts, net, rounding)
        inclusive = None if fitting or not total else _fitting(parts, total[0], rounding)
        place, below = fitting or inclusive or parts[None]
        whole = fitting is not None and bool(tax or untaxed)
        agrees = total is not None and (sums_up or (subtotal is None and bool(fitting or inclusive)))
        points = 3 * sums_up + (3 if whole else 2 if fitting or inclusive else 0)
        yield _Choice((points, -(a + b + c + place)), {**top, **below}, agrees, fits=bool(fitting or inclusive))


def _part_choices(options: dict[SumName, list[Option | None]]) -> dict[int | None, tuple[int, dict[SumName, Option]]]:
    """Return the ways to read labour, parts, fees and discount by their sum in cents; under None the likeliest."""
    choices: dict[int | None, tuple[int, dict[SumName, Option]]] = {}
    for places in product(*(range(len(options[name])) for name in _PARTS)):
        chosen = {
            name: o for name, place in zip(_PARTS, places, strict=True) if (o := options[name][place]) is not None
        }
        total = sum((-o[0] if name == "discount" else o[0] for name, o in chosen.items()), Decimal(0))
        keys: list[int | None] = [_cents(total)] if {"labour", "parts", "fees"} & chosen.keys() else []
        for key in (*keys, None):
            if key not in choices or sum(places) < choices[key][0]:
                choices[key] = sum(places), chosen
    return choices


def _fitting(
    parts: dict[int | None, tuple[int, dict[SumName, Option]]], net: Decimal | None, rounding: Decimal
) -> tuple[int, dict[SumName, Option]] | None:
    if net is None or net <= 0:
        return None
    near = _cents(rounding)
    return next(
        (parts[key] for off in range(near + 1) for key in (_cents(net) - off, _cents(net) + off) if key in parts), None
    )


def _cents(value: Decimal) -> int:
    return int(value * 100)


def _completed(sums: dict[SumName, Sum], named: set[SumName], *, agrees: bool, fits: bool) -> Sums:
    """Restore what is missing from the rest, and tell where what is printed does not add up."""
    value = {name: found.value for name, found in sums.items()}
    made: dict[SumName, Sum] = {}
    subtotal, tax, total = value.get("subtotal"), value.get("tax"), value.get("total")
    if total is None and subtotal is not None and tax is not None:
        made["total"] = Sum(subtotal + tax, None, "subtotal plus tax")
    above = total - subtotal if total is not None and subtotal is not None else Decimal(0)
    if tax is None and subtotal is not None and LOWEST_TAX * subtotal <= above <= HIGHEST_TAX * subtotal:
        made["tax"] = Sum(above, None, "total less subtotal")
    net = subtotal if subtotal is not None else total - tax if total is not None and tax is not None else None
    for name, other in (("labour", "parts"), ("parts", "labour")):
        rest = (
            None
            if net is None or other not in value
            else net - value[other] - value.get("fees", Decimal(0)) + value.get("discount", Decimal(0))
        )
        if name not in value and name in named and rest is not None and rest > 0:
            made[name] = Sum(rest, None, f"the rest of the bill beside {other}")
    gap = "" if agrees or made else _gap(value)
    return Sums({**sums, **made}, True if agrees else False if gap else None, gap, fits or bool(made))


def _gap(value: dict[SumName, Decimal]) -> str:
    """Say what is printed in full and does not add up; "" where something is missing."""
    subtotal, tax, total = value.get("subtotal"), value.get("tax"), value.get("total")
    if total is not None and subtotal is not None and tax is not None:
        return f"Subtotal {subtotal} and tax {tax} make {subtotal + tax}, but the total is {total}."
    if total is not None and "labour" in value and "parts" in value and subtotal is None:
        made = value["labour"] + value["parts"] + value.get("fees", Decimal(0)) - value.get("discount", Decimal(0))
        made += tax or Decimal(0)
        return f"Labour, parts, fees and tax make {made}, but the total is {total}."
    return ""
