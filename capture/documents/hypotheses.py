"""Every way to read a printed number, and the volume, price and amount that fit each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from capture.documents.fuel.words import VolumeUnit
from capture.documents.layout import Found
from capture.documents.money import DecimalMark, decimals, find_numbers, quantize

MAX_VOLUME = Decimal(2_000)
"""Litres, gallons or kilowatt-hours; a lorry's tanks hold less."""

MAX_UNIT_PRICE = Decimal(30_000)
"""Money for a litre or gallon, in the currencies with the smallest units (IDR, VND)."""

CASH_ROUNDING = Decimal("0.03")
"""Totals in cash are rounded to five hundredths where the smallest coins are gone (MYR, CAD, CHF)."""

WHOLE_ROUNDING = Decimal(1)
"""Amounts without decimals are rounded, or cut off, to whole units."""

EXACT_DECIMALS = 2
"""A volume or price printed without decimals is that number, not one that was rounded to it."""

MAX_READINGS = 60
"""So many readings of volumes and of prices are tried against each other."""

MARK_DOUBT, CENTS_DOUBT, POINT_DOUBT = 2, 1, 2
"""How far a reading strays from what is printed: another decimal mark, hundredths of the currency, a lost point."""


@dataclass(frozen=True)
class Quantity:
    """A volume or a price per unit as read.

    `unit`: None where it is not printed beside it. `strength`: 0 a bare number, 1 in a row of the product,
    2 behind a general label, 3 with its unit or behind a label of its own. `doubt`: 0 as printed; more where
    the reading strays from it.
    """

    found: Found
    value: Decimal
    unit: VolumeUnit | None = None
    strength: int = 3
    doubt: int = 0

    @property
    def explicit(self) -> bool:
        """Tell if the unit is printed."""
        return self.unit is not None


@dataclass(frozen=True)
class Amount:
    """An amount of money that volume times price may be. `strength`: 3 the total, 2 a rival of it, 1 any other."""

    found: Found | None
    value: Decimal
    strength: int


@dataclass(frozen=True)
class Sale:
    """A volume, a price and an amount that fit each other."""

    volume: Quantity
    price: Quantity
    amount: Amount

    @property
    def weight(self) -> int:
        """How much speaks for it: what stands beside its numbers, less how far they stray from what is printed."""
        return (
            self.volume.strength
            + self.price.strength
            + self.amount.strength
            - 2 * (self.volume.doubt + self.price.doubt)
            + 2 * (self.volume.found.line is self.price.found.line)
        )


def tolerance(volume: Decimal, price: Decimal, amount: Decimal) -> Decimal:
    """Return how far volume times price may lie from the amount: half a unit of each printed last digit."""
    half_volume = Decimal(1).scaleb(-(decimals(volume) or EXACT_DECIMALS)) / 2
    half_price = Decimal(1).scaleb(-(decimals(price) or EXACT_DECIMALS)) / 2
    return half_volume * price + half_price * volume + (CASH_ROUNDING if decimals(amount) else WHOLE_ROUNDING)


def agree(volume: Decimal, price: Decimal, total: Decimal) -> bool:
    """Tell if volume times price is the total within what rounding allows."""
    return abs(volume * price - total) <= tolerance(volume, price, total)


def readings(raw: str, mark: DecimalMark | None, limit: Decimal) -> Iterator[tuple[Decimal, int]]:
    """Yield every way to read a volume or price above 0 and up to `limit`, with its doubt; as printed first.

    They have up to four decimals: a lone mark is decimal, and groups thousands where the document has another decimal
    mark, else only in doubt. Digits without a mark may have lost it.
    """
    text = re.sub(r"(?<=[.,])\s|\s(?=[.,])", "", raw)
    lone: DecimalMark | None = (
        "," if "," in text and "." not in text else "." if "." in text and "," not in text else mark
    )
    seen: set[Decimal] = set()
    other: DecimalMark = "." if lone == "," else ","
    for tried, doubt in ((lone, 0), (other, 0 if mark == other else MARK_DOUBT)):
        numbers = find_numbers(text, tried)
        if len(numbers) != 1:
            continue
        value = numbers[0].value
        tries = [(value, doubt)]
        if tried == lone and text.isdigit() and len(text) >= 3:
            tries += [(value.scaleb(-places), POINT_DOUBT) for places in (3, 2, 1, 4) if places < len(text)]
        for one, how in tries:
            if 0 < one <= limit and one not in seen:
                seen.add(one)
                yield one, how


def all_readings(quantity: Quantity, mark: DecimalMark | None, limit: Decimal, *, price: bool) -> Iterator[Quantity]:
    """Yield a quantity as it was read first, then every other way to read it."""
    yield quantity
    for value, doubt in readings(quantity.found.raw, mark, limit):
        if value != quantity.value:
            yield replace(quantity, value=value, doubt=doubt)
    if price and decimals(quantity.value) == 4 and not quantity.found.raw[-1:].isascii():
        yield replace(quantity, value=quantize(quantity.value - Decimal("0.0005"), 3), doubt=CENTS_DOUBT)
    if price and 20 <= quantity.value < 1_000:
        yield replace(quantity, value=quantity.value.scaleb(-2), doubt=CENTS_DOUBT)


def fitting(volumes: Sequence[Quantity], prices: Sequence[Quantity], amounts: Sequence[Amount]) -> list[Sale]:
    """Return the volumes, prices and amounts that fit each other, most probable first.

    A bare number of a row goes with numbers of that row alone.
    """
    ordered = sorted(amounts, key=lambda amount: amount.value)
    values = [amount.value for amount in ordered]
    sales = []
    for volume in volumes[:MAX_READINGS]:
        for price in prices[:MAX_READINGS]:
            apart = volume.found.line is not price.found.line
            if _same_place(volume.found, price.found) or (apart and min(volume.strength, price.strength) < 2):
                continue
            product = volume.value * price.value
            slack = tolerance(volume.value, price.value, Decimal(1))
            for amount in ordered[bisect_left(values, product - slack) :]:
                if amount.value > product + slack:
                    break
                places = (volume.found, price.found)
                if amount.found is not None and any(_same_place(amount.found, place) for place in places):
                    continue
                if agree(volume.value, price.value, amount.value):
                    sales.append(Sale(volume, price, amount))
    return sorted(sales, key=lambda sale: sale.weight, reverse=True)


def _same_place(one: Found, other: Found) -> bool:
    return one.line is other.line and one.start < other.end and other.start < one.end
