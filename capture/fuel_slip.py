"""Volume and price per unit on a slip of a filling station, and what else shows that it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from capture.fuel_grades import find_grade
from capture.layout import Found, Line, value_of
from capture.money import DecimalMark, decimals, find_numbers
from capture.receipt import Receipt

VolumeUnit = Literal["L", "gal_us", "gal_imp"]

MAX_VOLUME = Decimal(2_000)
"""Litres or gallons; a lorry's tanks hold less."""

MAX_UNIT_PRICE = Decimal(1_000)

CASH_ROUNDING = Decimal("0.03")
"""Totals in cash are rounded to five hundredths where the smallest coins are gone (MYR, CAD, CHF)."""

_LITRE = r"(?:litres?|liters?|litre\(s\)|liter\(s\)|l[iı]tre|ltrs?|lts?|lt|lit)"
_GALLON = r"(?:(?:imp\.?|imperial) ?gal(?:lon)?s?|gallons?|gals?|usg|ig)"
_VOLUME = re.compile(
    rf"(?<![\d.,])(\d{{1,4}}[.,]\s?\d{{1,4}}|\d{{1,3}})\s?(?:({_LITRE}|{_GALLON})(?![a-z])|([lg])(?![a-z/]))",
    re.IGNORECASE,
)
"""A number with its unit. A bare `L` or `G` counts only behind decimals."""

_VOLUME_LABEL = re.compile(
    rf"\b(?:(?:volume|vol|quantity|qty|qnty|miktar|menge)\b ?(?:\(?(?:{_LITRE}|{_GALLON}|l|g)\)?)?|"
    rf"{_LITRE}|{_GALLON})(?![a-z/])[ .:=#]*",
    re.IGNORECASE,
)
_VOLUME_NUMBER = re.compile(r"(?<![\d.,/])\d{1,4}[.,]\d{1,4}(?![\d.,/])")
_PER_UNIT = re.compile(
    rf"(?<![\d.,])(\d{{1,4}}(?:[.,]\s?\d{{1,4}})?)\s?(?:[A-Z$€£₺]{{1,3}}\s?)?"
    rf"(?:(?:/|per|bir)\s?({_LITRE}|{_GALLON}|l|g|1)|[|i1l]\s({_LITRE}))(?![a-z\d])",
    re.IGNORECASE,
)
"""A price "/ litre"; engines read the stroke as i, l or 1, and a lone l as 1."""

_PRICE_LABEL = re.compile(
    rf"\b(?:(?:unit|pump)? ?price(?: ?(?:/|per) ?(?:{_LITRE}|{_GALLON}|l|g)\b)?|u\W?price|ppg|ppu|ppl|"
    rf"rate|birim f[iı]yat[iı]?|"
    rf"preis)(?![a-z])[ .:=$€£₺]*|\$ ?/ ?(?:{_GALLON}|g)(?![a-z])[ .:=$€£₺]*",
    re.IGNORECASE,
)
_PRICE_NUMBER = re.compile(r"(?<![\d.,/])\d{1,4}[.,]\d{2,4}(?![\d.,/])")
_TIMES = re.compile(
    rf"\s?(?:{_LITRE}|{_GALLON}|l|g|1)?\s?[x×*@]\s?(?:RM|[$€£₺])?\s?(\d{{1,4}}[.,]\d{{2,4}})(?!\d)", re.IGNORECASE
)

PUMP = re.compile(
    r"\b(?:pump|punp|nozzle|pompa|pompe|dispenser|(?:zapf)?s(?:ae|ä|a)ule|disp)\b ?(?:no\.?|number|"
    r"num|nr)?[ .:#非]*(\d{1,2})(?![\d.,])",
    re.IGNORECASE,
)
_STATION = re.compile(
    r"\b(?:shell|bhpetrol\w*|petronas|petron|caltex|exxon\w*|esso|mobil|chevron|texaco|bp|"
    r"total ?energies|opet|po petrol|aytemiz|aral|jet|"
    r"repsol|circle k|7-eleven fuel|petrol\w*|petro\w*|fuels?|gas station|filling|service station|"
    r"servport|akaryak[iı]t|tankstelle)\b",
    re.IGNORECASE,
)
_NOT_SOLD = re.compile(r"\b(?:not a receipt|prepay chit number$)", re.IGNORECASE)


@dataclass(frozen=True)
class Quantity:
    """A volume or a price per unit as read. `unit`: None where it is not printed beside it."""

    found: Found
    value: Decimal
    unit: VolumeUnit | None = None

    @property
    def explicit(self) -> bool:
        """Tell if the unit is printed."""
        return self.unit is not None


@dataclass(frozen=True)
class Slip:
    """What was found. `grade_at`: the line that names the fuel sold, not a footnote about fuel."""

    volume: Quantity | None
    price: Quantity | None
    grade: tuple[str, Found] | None
    pump: Found | None
    agrees: bool
    evidence: float = 0.0


NO_SALE = Slip(volume=None, price=None, grade=None, pump=None, agrees=False)


def read_slip(receipt: Receipt, total: Decimal | None) -> Slip:
    """Look for a fuel sale on a receipt."""
    lines, mark = receipt.lines, receipt.mark
    grade = find_grade(lines)
    rows = list(_rows(lines, mark, grade))
    volumes = [*_volumes(lines, mark), *(volume for volume, _ in rows)]
    prices = [*_prices(lines, mark), *(price for _, price in rows)]
    volume, price = _best_pair(volumes, prices, total)
    pump = next((Found(line, *m.span(1)) for line in lines if (m := PUMP.search(line.text))), None)
    agrees = bool(volume and price and total and agree(volume.value, price.value, total))
    slip = Slip(volume, price, grade, pump, agrees)
    return replace(slip, evidence=_evidence(lines, slip))


def tolerance(volume: Decimal, price: Decimal) -> Decimal:
    """Return how far volume times price may lie from the total: half a unit of each printed last digit."""
    half_volume = Decimal(1).scaleb(-decimals(volume)) / 2
    half_price = Decimal(1).scaleb(-decimals(price)) / 2
    return half_volume * price + half_price * volume + CASH_ROUNDING


def agree(volume: Decimal, price: Decimal, total: Decimal) -> bool:
    """Tell if volume times price is the total within what rounding allows."""
    return abs(volume * price - total) <= tolerance(volume, price)


def _unit(word: str) -> VolumeUnit:
    if word.lower().startswith("i"):
        return "gal_imp"
    return "gal_us" if word.lower().startswith(("g", "usg")) else "L"


def _number(raw: str, mark: DecimalMark | None, limit: Decimal) -> Decimal | None:
    """Read a number below `limit`. Volumes and unit prices have up to four decimals: a lone mark is decimal."""
    numbers = find_numbers(raw.replace(" ", ""), "," if "," in raw and "." not in raw else "." if "." in raw else mark)
    return numbers[0].value if len(numbers) == 1 and 0 < numbers[0].value <= limit else None


def _volumes(lines: Sequence[Line], mark: DecimalMark | None) -> Iterator[Quantity]:
    for index, line in enumerate(lines):
        for match in _VOLUME.finditer(line.text):
            word = match[2] or match[3]
            if (not match[2] and not re.search(r"[.,]", match[1])) or line.text[: match.start()].rstrip().endswith("/"):
                continue
            value = _number(match[1], mark, MAX_VOLUME)
            if value is not None and not line.text[match.end() :].lstrip().startswith("/"):
                yield Quantity(Found(line, *match.span(1)), value, _unit(word))
        for match in _VOLUME_LABEL.finditer(line.text):
            if not _labels_volume(line.text, match):
                continue
            found = value_of(lines, index, match.end(), _VOLUME_NUMBER, match.start())
            value = _number(found.raw, mark, MAX_VOLUME) if found else None
            if found is not None and value is not None:
                word = re.search(rf"{_LITRE}|{_GALLON}|\([lg]\)", match.group(), re.IGNORECASE)
                unit = _unit(word.group().strip("(")) if word else None
                yield Quantity(found, value, unit)


def _labels_volume(text: str, label: re.Match[str]) -> bool:
    """Tell a label from a word of an item's name: a unit alone is a label only where it opens the line or a column."""
    before = text[: label.start()].rstrip().lower()
    if before.endswith(("/", "per")):
        return False
    unit_alone = re.match(rf"(?:{_LITRE}|{_GALLON})", label.group(), re.IGNORECASE)
    return not unit_alone or not before or before.endswith(("pump", "grade", "product", "fuel", "total"))


def _prices(lines: Sequence[Line], mark: DecimalMark | None) -> Iterator[Quantity]:
    for index, line in enumerate(lines):
        for match in _PER_UNIT.finditer(line.text):
            value = _number(match[1], mark, Decimal(10_000))
            if value is not None:
                yield Quantity(Found(line, *match.span(1)), value, _unit(match[2] or match[3]))
        for match in _PRICE_LABEL.finditer(line.text):
            found = value_of(lines, index, match.end(), _PRICE_NUMBER, match.start())
            value = _number(found.raw, mark, MAX_UNIT_PRICE) if found else None
            if found is not None and value is not None:
                word = re.search(
                    rf"/ ?({_LITRE}|{_GALLON}|l|g)\b|per ({_LITRE}|{_GALLON})", match.group(), re.IGNORECASE
                )
                unit = _unit(word[1] or word[2]) if word else "gal_us" if "ppg" in match.group().lower() else None
                yield Quantity(found, value, unit)


def _rows(
    lines: Sequence[Line], mark: DecimalMark | None, grade: tuple[str, Found] | None
) -> Iterator[tuple[Quantity, Quantity]]:
    """Yield volume and price of item rows "fuel, price, volume, amount" whose product is right."""
    for line in lines:
        times = _TIMES.search(line.text)
        if times:
            yield from _times_row(line, times, mark)
        if grade is None or grade[1].line is not line:
            continue
        numbers = [n for n in find_numbers(line.text, mark) if decimals(n.value) >= 2 and n.value > 0]
        if len(numbers) < 3:
            continue
        first, second, amount = numbers[-3:]
        if not agree(first.value, second.value, amount.value):
            continue
        volume, price = (first, second) if decimals(first.value) < decimals(second.value) else (second, first)
        yield (
            Quantity(Found(line, volume.start, volume.end), volume.value),
            Quantity(Found(line, price.start, price.end), price.value),
        )


def _times_row(line: Line, times: re.Match[str], mark: DecimalMark | None) -> Iterator[tuple[Quantity, Quantity]]:
    before = re.search(r"\d{1,4}[.,]\d{1,4}$", line.text[: times.start()])
    word = re.search(rf"{_LITRE}|{_GALLON}|\b[lg1]\b", line.text[times.start() : times.end()], re.IGNORECASE)
    if not before or not word:
        return
    volume, price = _number(before.group(), mark, MAX_VOLUME), _number(times[1], mark, MAX_UNIT_PRICE)
    if volume is not None and price is not None:
        unit = None if word.group() == "1" else _unit(word.group())
        yield (
            Quantity(Found(line, *before.span()), volume, unit),
            Quantity(Found(line, *times.span(1)), price, unit),
        )


def _best_pair(
    volumes: Sequence[Quantity], prices: Sequence[Quantity], total: Decimal | None
) -> tuple[Quantity | None, Quantity | None]:
    """Choose volume and price that make the total; else those with their unit beside them, else the first."""
    volumes, prices = volumes[:20], prices[:20]
    if total:
        for volume in volumes:
            for price in prices:
                fixed = with_point(price, total / volume.value)
                if volume.found != price.found and agree(volume.value, fixed.value, total):
                    return volume, fixed
    explicit_volume = next((v for v in volumes if v.explicit), None)
    explicit_price = next((p for p in prices if p.explicit), None)
    volume_left = explicit_volume or (volumes[0] if volumes and explicit_price else None)
    price_left = explicit_price or (prices[0] if prices and explicit_volume else None)
    if volume_left and price_left and volume_left.found == price_left.found:
        return volume_left, None
    return volume_left, price_left


def with_point(price: Quantity, expected: Decimal) -> Quantity:
    """Put back the decimal point an engine lost: "2450" is 2.450 where total and volume say so."""
    if decimals(price.value) or price.value < 100:
        return price
    for places in (3, 2, 4):
        value = price.value.scaleb(-places)
        if abs(value - expected) <= expected * Decimal("0.005"):
            return Quantity(price.found, value, price.unit)
    return price


def _evidence(lines: Sequence[Line], slip: Slip) -> float:
    """Weigh what speaks for a fuel sale, 0 to 0.98."""
    weight = (
        (0.3 if slip.volume and slip.volume.explicit else 0.0)
        + (0.25 if slip.price and slip.price.explicit else 0.0)
        + (0.25 if slip.grade else 0.0)
        + (0.2 if slip.pump else 0.0)
        + (0.1 if any(_STATION.search(line.text) for line in lines) else 0.0)
        + (0.2 if slip.agrees else 0.0)
    )
    if slip.volume is None and slip.price is None:
        weight = min(weight, 0.45)
    if any(_NOT_SOLD.search(line.text) for line in lines):
        weight -= 0.4
    return round(max(0.0, min(0.98, weight)), 2)
