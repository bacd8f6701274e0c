"""What speaks for a sale at a pump, and what for bottles and cans of other shops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capture.documents.brands import names_brand
from capture.documents.fuel.grades import FuelType
from capture.documents.fuel.words import CHARGING, NOT_SOLD, STATION
from capture.documents.hypotheses import Amount, Quantity
from capture.documents.layout import Found, Line
from capture.documents.money import decimals

LEAST_DECIMALS = 2
"""A number without a label is a volume or a price only with so many decimals."""

NOT_ENOUGH = 0.35
"""More than this needs a volume or a price that belongs to fuel, whatever else speaks for a station."""

DOUBTFUL = 0.45
"""A slip without volume and price shows too little of its sale."""

LEAST_VOLUME, LARGEST_BOTTLE = 1, 20
"""Less than one litre or gallon, or so few in whole ones or tenths, are the size of a bottle or can: no volume that was
pumped, unless its price per unit is printed."""


@dataclass(frozen=True)
class Sold:
    """One product on a slip. `agrees`: volume times price is `amount`, which is printed."""

    kind: FuelType | None
    grade: Found | None
    volume: Quantity | None
    price: Quantity | None
    amount: Amount | None = None
    agrees: bool = False


def weigh(lines: Sequence[Line], main: Sold, pump: Found | None, *, weak: bool) -> float:
    """Weigh what speaks for a sale at a pump, 0 to 0.98."""
    volume, price = main.volume, main.price
    sure_volume = bool(volume and volume.explicit and volume.strength >= 2)
    sure_price = bool(price and price.explicit and price.strength >= 2)
    named = bool(main.grade) and not weak
    station = any(STATION.search(line.text) for line in lines) or any(names_brand(line.text) for line in lines[:12])
    labelled = bool(volume and price and volume.strength + price.strength >= 4)
    agrees = main.agrees and (labelled or named)
    units = {quantity.unit for quantity in (volume, price) if quantity}
    if "kWh" in units:
        named = any(CHARGING.search(line.text) for line in lines)
    elif volume and is_bottle(volume) and not sure_price:
        sure_volume = agrees = False
    weight = (
        0.3 * sure_volume
        + 0.25 * sure_price
        + 0.25 * named
        + 0.1 * (weak and bool(main.grade))
        + 0.2 * bool(pump)
        + 0.1 * station
        + (0.3 if named else 0.2) * agrees
    )
    if volume is None and price is None:
        weight = min(weight, DOUBTFUL if named and pump else NOT_ENOUGH)
    elif not (agrees or (sure_volume and sure_price) or (named and (sure_volume or sure_price or pump))):
        weight = min(weight, NOT_ENOUGH)
    if "kWh" in units and not named:
        weight = min(weight, NOT_ENOUGH)
    if any(NOT_SOLD.search(line.text) for line in lines):
        weight -= 0.4
    return round(max(0.0, min(0.98, weight)), 2)


def is_bottle(volume: Quantity) -> bool:
    """Tell if a volume is rather the size of a bottle or can."""
    coarse = decimals(volume.value) < LEAST_DECIMALS and volume.value <= LARGEST_BOTTLE
    return volume.value < LEAST_VOLUME or coarse
