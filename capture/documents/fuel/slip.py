"""What a filling station's slip sold: fuel, its volume, price per unit and amount, and what else shows that it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from capture.documents.brands import names_brand
from capture.documents.fuel.grades import NO_FUEL, FuelType, Product, find_products
from capture.documents.fuel.slip_details import find_discounts
from capture.documents.fuel.words import CHARGING, NOT_SOLD, PUMP, PUMP_NUMBER, STATION
from capture.documents.hypotheses import MAX_UNIT_PRICE, MAX_VOLUME, Amount, Quantity, Sale, all_readings, fitting
from capture.documents.layout import Found, Line, value_of
from capture.documents.money import WHOLE, DecimalMark, decimals, find_numbers
from capture.documents.quantities import prices, rows, volumes
from capture.documents.receipt import Receipt
from capture.documents.total import AMOUNT, WHOLE_AMOUNT, to_amount

NEAR = 4
"""The numbers of a product stand at most so many lines below its name."""

MAX_QUANTITIES = 20
SURE = 3
"""Strength of a volume with its unit: it is no price."""

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


@dataclass(frozen=True)
class Slip:
    """What was found. `main`: the fuel, or what was sold in its place. `others`: products of a pump beside it.

    `volumes`, `prices`: every reading of them, as hypotheses. `display`: a pump's display shows it, and no paper.
    """

    main: Sold
    others: tuple[Sold, ...] = ()
    pump: Found | None = None
    evidence: float = 0.0
    volumes: tuple[Quantity, ...] = ()
    prices: tuple[Quantity, ...] = ()
    display: bool = False


@dataclass
class _Numbers:
    """Every volume, price and amount that a slip may mean."""

    volumes: list[Quantity] = field(default_factory=list)
    prices: list[Quantity] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)

    def within(self, lines: Sequence[Line]) -> _Numbers:
        """Return those that stand on some of the lines."""
        ids = {id(line) for line in lines}
        return _Numbers(
            [v for v in self.volumes if id(v.found.line) in ids],
            [p for p in self.prices if id(p.found.line) in ids],
            [a for a in self.amounts if a.found is not None and id(a.found.line) in ids],
        )


NO_SALE = Slip(Sold(None, None, None, None))


def read_slip(receipt: Receipt) -> Slip:
    """Look for a sale of fuel, of diesel exhaust fluid or of electricity on a receipt."""
    lines = receipt.lines
    products = find_products(lines, receipt.currency)
    numbers = _numbers(receipt, products)
    sales = _sales_of_products(lines, products, numbers)
    if len(sales) < 2:
        sales = [_only_sale(lines, products, numbers)]
    sales.sort(key=lambda sold: (sold.kind not in NO_FUEL, sold.amount.value if sold.amount else 0), reverse=True)
    pump = _pump(lines)
    main = sales[0]
    weak = all(product.weak for product in products if product.found == main.grade)
    return Slip(
        main=main,
        others=tuple(sales[1:]),
        pump=pump,
        evidence=_evidence(lines, main, pump, weak=weak),
        volumes=tuple(numbers.volumes),
        prices=tuple(numbers.prices),
    )


def _pump(lines: Sequence[Line]) -> Found | None:
    """Return the pump's number: right behind a word for a pump, else below it in its column."""
    below = None
    for index, line in enumerate(lines):
        for label in PUMP.finditer(line.text):
            number = PUMP_NUMBER.match(line.text, label.end())
            if number:
                return Found(line, *number.span())
            found = value_of(lines, index, len(line.text), PUMP_NUMBER, label.start())
            below = below or (found if found and found.line is not line else None)
    return below


def _numbers(receipt: Receipt, products: Sequence[Product]) -> _Numbers:
    lines, mark = receipt.lines, receipt.mark
    in_rows = list(rows(lines, mark, frozenset(product.index for product in products)))
    found_volumes = [*volumes(lines, mark), *(volume for volume, _ in in_rows)][:MAX_QUANTITIES]
    found_prices = [*prices(lines, mark), *(price for _, price in in_rows)][:MAX_QUANTITIES]
    sure = {(id(q.found.line), q.found.start) for q in found_volumes if q.unit and q.strength >= SURE}
    found_prices = [q for q in found_prices if (id(q.found.line), q.found.start) not in sure]
    return _Numbers(
        volumes=_distinct([r for q in found_volumes for r in all_readings(q, mark, MAX_VOLUME, price=False)]),
        prices=_distinct([r for q in found_prices for r in all_readings(q, mark, MAX_UNIT_PRICE, price=True)]),
        amounts=_amounts(receipt, mark),
    )


def _distinct(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Return each reading of each place once, the strongest of them, in the order in which they came."""
    best: dict[tuple[int, int, Decimal], Quantity] = {}
    for quantity in quantities:
        key = (id(quantity.found.line), quantity.found.start, quantity.value)
        other = best.get(key)
        if other is None or (quantity.strength, -quantity.doubt) > (other.strength, -other.doubt):
            best[key] = quantity
    return list(best.values())


def _amounts(receipt: Receipt, mark: DecimalMark | None) -> list[Amount]:
    """Return the total, its rivals, the total before discounts, and every other amount of the slip."""
    found = [Amount(place, value, 2) for place, value in receipt.total_rivals]
    total = receipt.amount("total")
    if total is not None and total > 0:
        found.insert(0, Amount(receipt.total_found, total, 3))
        discounts = [value for _, value in find_discounts(receipt.lines, mark)]
        sums = {total + discount for discount in (*discounts, sum(discounts, Decimal(0)))} - {total}
        found += [Amount(None, value, 2) for value in sorted(sums)]
    known = {amount.value for amount in found}
    printed = WHOLE_AMOUNT if receipt.currency in WHOLE else AMOUNT
    for line in receipt.lines:
        for match in printed.finditer(line.text):
            value = to_amount(match.group(), mark)
            if value and value not in known:
                found.append(Amount(Found(line, *match.span()), value, 1))
    return found


def _sales_of_products(lines: Sequence[Line], products: Sequence[Product], numbers: _Numbers) -> list[Sold]:
    """Return the sales of a slip that names several products, each with numbers of its own beside or below its name."""
    starts = sorted({product.index for product in products})
    sold: list[Sold] = []
    places: set[int] = set()
    for product in products:
        later = [start for start in starts if start > product.index]
        end = min([product.index + NEAR, *later])
        own = numbers.within(lines[product.index : end])
        fits = [s for s in fitting(own.volumes, own.prices, own.amounts) if id(s.volume.found.line) not in places]
        if fits:
            places.add(id(fits[0].volume.found.line))
            sold.append(_sold(product, fits[0]))
    return sold


def _sold(product: Product | None, sale: Sale) -> Sold:
    kind: FuelType | None = product.kind if product else None
    if "kWh" in {sale.volume.unit, sale.price.unit}:
        kind = "electric"
    return Sold(kind, product.found if product else None, sale.volume, sale.price, sale.amount, agrees=True)


def _only_sale(lines: Sequence[Line], products: Sequence[Product], numbers: _Numbers) -> Sold:
    """Return the sale whose numbers fit best; else the volume and price with their unit beside them, else the first."""
    fits = fitting(numbers.volumes, numbers.prices, numbers.amounts) or _unlabelled(lines, numbers)
    if fits:
        return _sold(_nearest(lines, products, fits[0].volume.found.line), fits[0])
    volume, price = _left_over(numbers.volumes, numbers.prices)
    at = volume.found.line if volume else price.found.line if price else None
    product = _nearest(lines, products, at)
    kind: FuelType | None = "electric" if volume and volume.unit == "kWh" else product.kind if product else None
    return Sold(kind, product.found if product else None, volume, price)


def _unlabelled(lines: Sequence[Line], numbers: _Numbers) -> list[Sale]:
    """Return sales whose volume or price has its unit, while the other has no known label but makes the total."""
    totals = [amount for amount in numbers.amounts if amount.strength >= 3]
    loose = [
        Quantity(Found(line, number.start, number.end), number.value)
        for line in lines
        for number in find_numbers(line.text)
        if decimals(number.value) >= LEAST_DECIMALS and 0 < number.value <= MAX_VOLUME
    ]
    sure_volumes = [v for v in numbers.volumes if v.explicit and not v.doubt and not _is_bottle(v)]
    sure_prices = [price for price in numbers.prices if price.explicit and not price.doubt]
    return fitting(sure_volumes, loose, totals) or fitting(loose, sure_prices, totals)


def _is_bottle(volume: Quantity) -> bool:
    coarse = decimals(volume.value) < LEAST_DECIMALS and volume.value <= LARGEST_BOTTLE
    return volume.value < LEAST_VOLUME or coarse


def _left_over(
    found_volumes: Sequence[Quantity], found_prices: Sequence[Quantity]
) -> tuple[Quantity | None, Quantity | None]:
    """Return volume and price where nothing fits: each needs its unit, or the other with its unit."""
    strong_volume = max(
        (v for v in found_volumes if v.explicit and not v.doubt), key=lambda v: v.strength, default=None
    )
    strong_price = max((p for p in found_prices if p.explicit and not p.doubt), key=lambda p: p.strength, default=None)
    volume = strong_volume or (found_volumes[0] if found_volumes and strong_price else None)
    price = strong_price or (found_prices[0] if found_prices and strong_volume else None)
    if volume and price and volume.found == price.found:
        return volume, None
    return volume, price


def _nearest(lines: Sequence[Line], products: Sequence[Product], at: Line | None) -> Product | None:
    """Return the product whose name stands nearest to a line, a sure word before a weak one, above before below."""
    if not products:
        return None
    index = next((i for i, line in enumerate(lines) if line is at), 0)

    def rank(product: Product) -> tuple[bool, int, bool]:
        return product.weak, abs(product.index - index), product.index > index

    return min(products, key=rank)


def _evidence(lines: Sequence[Line], main: Sold, pump: Found | None, *, weak: bool) -> float:
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
    elif volume and _is_bottle(volume) and not sure_price:
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
