"""Volumes and prices per unit on a slip, by their unit, their label or their place in a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from capture.documents.fuel.words import (
    CENT_SIGN,
    LITRE,
    PER_UNIT,
    PRICE_LABEL,
    PRICE_NUMBER,
    RUN_TOGETHER,
    TIMES,
    UNIT,
    VOLUME,
    VOLUME_LABEL,
    VOLUME_NUMBER,
    VolumeUnit,
    unit_of,
)
from capture.documents.hypotheses import MAX_UNIT_PRICE, MAX_VOLUME, Quantity, readings
from capture.documents.layout import Found, Line, value_of
from capture.documents.money import DecimalMark, decimals, find_numbers

_UNIT_ALONE = re.compile(rf"{UNIT}", re.IGNORECASE)
_UNIT_OF_LABEL = re.compile(rf"({UNIT})|[(\[]\s?([lg])\s?[)\]]|(?<=[a-z\u91cf] )([lg])\b", re.IGNORECASE)
_IN_CENTS = re.compile(rf"(?:[pc]pl|\b{CENT_SIGN} ?/ ?(?:{LITRE}|l)\b)", re.IGNORECASE)
_OPENS_COLUMN = ("pump", "grade", "product", "fuel", "total", ":", "|", "no", "#")


def volumes(lines: Sequence[Line], mark: DecimalMark | None) -> Iterator[Quantity]:
    """Yield the volumes that a unit or a label stands beside."""
    for index, line in enumerate(lines):
        for match in VOLUME.finditer(line.text):
            word = match[2] or match[3]
            before = line.text[: match.start()].rstrip().lower()
            bare = not match[2] and not re.search(r"[.,]", match[1])
            if bare or before.endswith(("/", "per")) or line.text[match.end() :].lstrip().startswith("/"):
                continue
            yield from _quantity(line, match.span(1), mark, MAX_VOLUME, unit_of(word), 3)
        for match in VOLUME_LABEL.finditer(line.text):
            if not _labels_volume(line.text, match):
                continue
            word_match = _UNIT_OF_LABEL.search(match.group())
            unit = unit_of(next(filter(None, word_match.groups()))) if word_match else None
            strength = 3 if unit else 2
            for number, weight in ((VOLUME_NUMBER, strength), (RUN_TOGETHER, strength - 1)):
                found = value_of(lines, index, match.end(), number, match.start())
                if found is not None:
                    yield from _quantity(found.line, (found.start, found.end), mark, MAX_VOLUME, unit, weight)


def prices(lines: Sequence[Line], mark: DecimalMark | None) -> Iterator[Quantity]:
    """Yield the prices that "/ unit" or a label stands beside; pence and cents as hundredths of the currency."""
    for index, line in enumerate(lines):
        taken: list[tuple[int, int]] = []
        for match in PER_UNIT.finditer(line.text):
            short = (match[6] or "").lower()
            unit = unit_of(short[-1].replace("1", "l") if short else match[4] or match[5])
            taken.append(match.span())
            cents = short in {"ppl", "cpl", "cp1"} or bool(
                match[3] and re.fullmatch(CENT_SIGN, match[3], re.IGNORECASE)
            )
            yield from _quantity(line, (match.start(1), match.end(2)), mark, MAX_UNIT_PRICE, unit, 3, cents=cents)
        for match in PRICE_LABEL.finditer(line.text):
            if any(start <= match.start() < end for start, end in taken):
                continue
            word = match[1] or match[3]
            label = match.group().lower()
            per: VolumeUnit | None = unit_of(word) if word else "gal_us" if re.search(r"p/?p?g", label) else None
            strength = 3 if per or "unit" in label else 2
            for number, weight in ((PRICE_NUMBER, strength), (RUN_TOGETHER, strength - 1)):
                found = value_of(lines, index, match.end(), number, match.start())
                if found is not None:
                    span = (found.start, found.end)
                    cents = bool(_IN_CENTS.search(match.group()))
                    yield from _quantity(found.line, span, mark, MAX_UNIT_PRICE, per, weight, cents=cents)


def rows(
    lines: Sequence[Line], mark: DecimalMark | None, product_lines: frozenset[int]
) -> Iterator[tuple[Quantity, Quantity]]:
    """Yield volume and price of "volume x price" and of rows that name a product and hold three numbers."""
    for index, line in enumerate(lines):
        near = bool({index - 2, index - 1, index, index + 1} & product_lines)
        for match in TIMES.finditer(line.text):
            word = match[2]
            if not word and not near:
                continue
            unit = None if not word or word == "1" else unit_of(word)
            strength = 3 if unit else 2 if word else 1
            for volume in _quantity(line, match.span(1), mark, MAX_VOLUME, unit, strength):
                span = (match.start(3), match.end(4))
                for price in _quantity(line, span, mark, MAX_UNIT_PRICE, unit, strength):
                    yield volume, price
        headed = index > 1 and index - 2 in product_lines and not re.search(r"\d", lines[index - 1].text)
        if index in product_lines or index - 1 in product_lines or headed:
            yield from _columns(line, mark)


def _columns(line: Line, mark: DecimalMark | None) -> Iterator[tuple[Quantity, Quantity]]:
    """Yield each two numbers with decimals of a row that holds two or more, in both roles."""
    numbers = [n for n in find_numbers(line.text, mark) if decimals(n.value) >= 1 and 0 < n.value <= MAX_UNIT_PRICE][
        -4:
    ]
    quantities = [Quantity(Found(line, n.start, n.end), n.value, None, 1) for n in numbers]
    for volume in quantities:
        for price in quantities:
            if volume is not price and decimals(price.value) >= 2:
                yield volume, price


def _labels_volume(text: str, label: re.Match[str]) -> bool:
    """Tell a label from a word of an item's name.

    A unit alone is a label where it opens the line or a column, ends with a colon, or stands among headings.
    """
    before = text[: label.start()].rstrip().lower()
    if before.endswith(("/", "per")):
        return False
    if not _UNIT_ALONE.match(label.group()) or not before or before.endswith(_OPENS_COLUMN):
        return True
    return ":" in label.group() or not any(char.isdigit() for char in text)


def _quantity(
    line: Line,
    span: tuple[int, int],
    mark: DecimalMark | None,
    limit: Decimal,
    unit: VolumeUnit | None,
    strength: int,
    *,
    cents: bool = False,
) -> Iterator[Quantity]:
    """Yield the first reading of a number; one in hundredths of the currency as the currency."""
    found = Found(line, *span)
    for value, doubt in readings(found.raw, mark, limit):
        yield Quantity(found, value.scaleb(-2) if cents else value, unit, strength, doubt)
        return
