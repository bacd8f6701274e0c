"""What a filling station's slip sold: fuel, its volume, price per unit and amount, and what else shows that it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from capture.documents.fuel.evidence import LEAST_DECIMALS, Sold, is_bottle, weigh
from capture.documents.fuel.grades import NO_FUEL, FuelType, Product, find_products
from capture.documents.fuel.repair import repaired
from capture.documents.fuel.slip_details import find_discounts
from capture.documents.fuel.usual import is_usual
from capture.documents.fuel.words import PUMP, PUMP_NUMBER
from capture.documents.hypotheses import MAX_UNIT_PRICE, MAX_VOLUME, Amount, Quantity, Sale, all_readings, fitting
from capture.documents.layout import Found, Line, value_of
from capture.documents.money import WHOLE, DecimalMark, decimals, find_numbers
from capture.documents.quantities import prices, rows, volumes
from capture.documents.receipt import Receipt
from capture.documents.total import AMOUNT, WHOLE_AMOUNT, to_amount

NEAR = 4
"""The numbers of a product stand at most so many lines below its name."""

MAX_QUANTITIES = 20
UNUSUAL_WEIGHT = 4
"""What speaks against a sale whose price per unit is far from what fuel costs."""

SURE = 3
"""Strength of a volume with its unit: it is no price."""


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
    currency: str | None = None

    def fitting(self) -> list[Sale]:
        """Return what fits, most probable first."""
        return self.likely(fitting(self.volumes, self.prices, self.amounts))

    def likely(self, sales: Sequence[Sale]) -> list[Sale]:
        """Order sales by their weight, less `UNUSUAL_WEIGHT` at a price that fuel does not have."""

        def rank(sale: Sale) -> int:
            usual = is_usual(sale.price.value, sale.price.unit or sale.volume.unit, self.currency)
            return sale.weight - UNUSUAL_WEIGHT * (usual is False)

        return sorted(sales, key=rank, reverse=True)

    def within(self, lines: Sequence[Line]) -> _Numbers:
        """Return those that stand on some of the lines."""
        ids = {id(line) for line in lines}
        return _Numbers(
            [v for v in self.volumes if id(v.found.line) in ids],
            [p for p in self.prices if id(p.found.line) in ids],
            [a for a in self.amounts if a.found is not None and id(a.found.line) in ids],
            self.currency,
        )


NO_SALE = Slip(Sold(None, None, None, None))


def read_slip(receipt: Receipt) -> Slip:
    """Look for a sale of fuel, of diesel exhaust fluid or of electricity on a receipt."""
    lines = receipt.lines
    products = _products(receipt)
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
        evidence=weigh(lines, main, pump, weak=weak),
        volumes=tuple(numbers.volumes),
        prices=tuple(numbers.prices),
    )


def _products(receipt: Receipt) -> list[Product]:
    """Return the fuels that the lines name; one in the seller's own name counts only where no other line names one."""
    products = find_products(receipt.lines, receipt.currency)
    seller = receipt.fields.get("merchant")
    sold = [p for p in products if seller is None or p.found.line.spans[0].text not in seller.raw]
    return sold or products


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
        currency=receipt.currency,
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
        discounts = [value for _, value in find_discounts(receipt.lines, mark, whole=receipt.currency in WHOLE)]
        sums = {total + discount for discount in (*discounts, sum(discounts, Decimal(0)))} - {total}
        found += [Amount(None, value, 2) for value in sorted(sums)]
    known = {amount.value for amount in found}
    printed = WHOLE_AMOUNT if receipt.currency in WHOLE else AMOUNT
    for line in receipt.lines:
        for match in printed.finditer(line.text):
            last_group = match.start() + match.group().rfind(" ") + 1
            for start, end in dict.fromkeys((match.span(), (last_group, match.end()))):
                value = to_amount(line.text[start:end], mark)
                if value and value not in known:
                    found.append(Amount(Found(line, start, end), value, 1))
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
        fits = [s for s in own.fitting() if id(s.volume.found.line) not in places]
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
    fits = numbers.fitting() or _unlabelled(lines, numbers)
    if not fits and (sale := repaired(numbers.volumes, numbers.prices, numbers.amounts)):
        fits = [sale]
    if fits:
        return _sold(_nearest(lines, products, fits[0].volume.found.line), fits[0])
    volume, price = _left_over(numbers.volumes, numbers.prices, numbers.currency)
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
    sure_volumes = [v for v in numbers.volumes if v.explicit and not v.doubt and not is_bottle(v)]
    sure_prices = [price for price in numbers.prices if price.explicit and not price.doubt]
    return numbers.likely(fitting(sure_volumes, loose, totals) or fitting(loose, sure_prices, totals))


def _left_over(
    found_volumes: Sequence[Quantity], found_prices: Sequence[Quantity], currency: str | None
) -> tuple[Quantity | None, Quantity | None]:
    """Return volume and price where nothing fits: each needs its unit, or the other with its unit.

    A price without its unit is none where fuel does not cost so much.
    """
    found_prices = [p for p in found_prices if p.explicit or is_usual(p.value, None, currency) is not False]
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
