"""Digits that an engine misread, put right by arithmetic: one digit of a volume or a price, where the rest is sure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from capture.documents.hypotheses import Amount, Quantity, Sale, agree
from capture.documents.money import decimals, quantize

MISREAD_DOUBT = 3
"""How far a reading strays from what is printed that needs another digit."""

PRICE_DECIMALS = (3, 2)
VOLUME_DECIMALS = (2, 3)
"""How many decimals prices and volumes are printed with, the commoner first."""

LEAST_DIGITS = 3
"""Of fewer digits, one says too little of the others."""


def repaired(volumes: Sequence[Quantity], prices: Sequence[Quantity], amounts: Sequence[Amount]) -> Sale | None:
    """Return the only sale that one other digit in a volume or a price makes; None if there is none, or several.

    What is taken as read has its unit or a label of its own; the amount is the total or a rival of it.
    """
    sure_volumes, sure_prices = ([q for q in some if q.strength >= 2 and not q.doubt] for some in (volumes, prices))
    sales: dict[tuple[Decimal, Decimal], Sale] = {}
    for amount in (one for one in amounts if one.strength >= 2):
        for volume in sure_volumes:
            for price in sure_prices:
                if volume.found == price.found:
                    continue
                for value in _near(price, amount.value / volume.value, PRICE_DECIMALS):
                    if agree(volume.value, value, amount.value):
                        other = replace(price, value=value, doubt=MISREAD_DOUBT)
                        sales.setdefault((volume.value, value), Sale(volume, other, amount))
                for value in _near(volume, amount.value / price.value, VOLUME_DECIMALS):
                    if agree(value, price.value, amount.value):
                        other = replace(volume, value=value, doubt=MISREAD_DOUBT)
                        sales.setdefault((value, price.value), Sale(other, price, amount))
    return next(iter(sales.values())) if len(sales) == 1 else None


def _near(printed: Quantity, computed: Decimal, places: Sequence[int]) -> Iterator[Decimal]:
    """Yield the computed value with as many decimals as are printed, else as is common, if one digit makes it."""
    digits = re.sub(r"\D", "", printed.found.raw)
    for count in dict.fromkeys((decimals(printed.value), *places)):
        value = quantize(computed, count)
        if value > 0 and len(digits) >= LEAST_DIGITS and _one_apart(digits, f"{value:f}".replace(".", "")):
            yield value
            return


def _one_apart(one: str, other: str) -> bool:
    """Tell if one digit was changed, lost or added between two rows of digits."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
