"""A receipt and what its pump sold, put together: named fields, what follows from others, and what does not agree."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from capture.documents.brands import find_brand
from capture.documents.fuel.evidence import Sold
from capture.documents.fuel.grades import NO_FUEL, FuelType
from capture.documents.fuel.slip import Slip
from capture.documents.fuel.slip_details import (
    Item,
    find_card,
    find_discounts,
    find_loyalty,
    find_odometer,
    other_items,
)
from capture.documents.fuel.usual import is_usual
from capture.documents.fuel.words import VolumeUnit
from capture.documents.hypotheses import CASH_ROUNDING, Quantity
from capture.documents.layout import Found, Line, alternative, field_of, to_field
from capture.documents.money import WHOLE, plain, plain_quantity, quantize
from capture.documents.receipt import MAX_RIVALS, Receipt
from capture.events.base import Alternative, Field, Flag

GALLON_CURRENCIES = frozenset({"USD"})
"""Where fuel is sold by the US gallon; elsewhere by the litre."""

KINDS_IN_WORDS = {"def": "diesel exhaust fluid (AdBlue)", "electric": "electricity"}


class FuelSale:
    """Fields, flags and numbers of one purchase.

    `volume`, `price`: of the main product, in `unit`. `total`: of the whole slip; `fuel_cost`: of its main product.
    `items`: what was bought beside the pump's products. `signal`: which of volume, price and total were read, and
    whether they agree.
    """

    def __init__(self, receipt: Receipt, slip: Slip, engine: str) -> None:
        self.receipt = receipt
        self.slip = slip
        self.engine = engine
        self.fields: dict[str, Field] = dict(receipt.fields)
        self.flags: list[Flag] = list(receipt.flags)
        if slip.display:
            self._read_display(slip.main)
        self.kind: FuelType | None = slip.main.kind
        self.volume = slip.main.volume.value if slip.main.volume else None
        self.price = slip.main.price.value if slip.main.price else None
        self.total = Decimal(self.fields["total"].value) if "total" in self.fields else None
        self.fuel_cost: Decimal | None = None
        self.derived: str | None = None
        self.unit = self._unit(slip.main)
        self.items: list[Item] = []
        self._add_quantities()
        self._derive()
        self._add_cost()
        self._add_details()
        self._check()
        self.signal = self._signal()

    @property
    def names(self) -> tuple[str, str]:
        """The names of the fields of volume and price: energy has its own."""
        return ("energy_kwh", "price_per_kwh") if self.unit == "kWh" else ("volume", "unit_price")

    def text(self, name: str) -> str | None:
        """Return a field's value, cut to what a payload takes."""
        field = self.fields.get(name)
        return field.value[:400] if field else None

    def _read_display(self, main: Sold) -> None:
        """Keep of the text what a display shows: its currency and amount. It has no date; the photo does."""
        self.fields = {name: field for name, field in self.fields.items() if name == "currency"}
        self.flags = []
        if main.amount and main.amount.found:
            self.fields["total"] = to_field(main.amount.found, plain(main.amount.value), self.engine)
        else:
            self.flags.append(Flag(code="total_missing", sentence="The display shows no amount that could be read."))

    def _unit(self, main: Sold) -> VolumeUnit | None:
        printed = [q.unit for q in (main.volume, main.price) if q and q.unit]
        if printed:
            return printed[0]
        if main.volume is None and main.price is None:
            return None
        currency = self.receipt.currency
        if currency is None:
            self.flags.append(Flag(code="volume_unit_assumed", sentence="The slip says neither litres nor gallons."))
            return None
        unit: VolumeUnit = "gal_us" if currency in GALLON_CURRENCIES else "L"
        word = "US gallons" if unit == "gal_us" else "litres"
        sentence = f"The slip does not print the unit of volume; {word} follow from the currency {currency}."
        self.flags.append(Flag(code="volume_unit_assumed", sentence=sentence))
        return unit

    def _add_quantities(self) -> None:
        main = self.slip.main
        for name, quantity, others in zip(
            self.names, (main.volume, main.price), (self.slip.volumes, self.slip.prices), strict=True
        ):
            if quantity:
                self._keep(name, quantity, others)
        if self.unit and self.unit != "kWh" and main.volume:
            self.fields["volume_unit"] = to_field(main.volume.found, self.unit, self.engine)
        if main.grade and (main.volume or main.price):
            self.fields["fuel_grade"] = to_field(main.grade, main.grade.raw, self.engine)
        if self.kind and (main.volume or main.price):
            place = main.grade or (main.volume or main.price).found  # type: ignore[union-attr]
            self.fields["fuel_type"] = to_field(place, self.kind, self.engine)
        if self.slip.pump:
            self.fields["pump_number"] = to_field(self.slip.pump, self.slip.pump.raw.lstrip("0") or "0", self.engine)

    def _keep(self, name: str, quantity: Quantity, others: Sequence[Quantity]) -> None:
        rivals: dict[str, Alternative] = {}
        for other in sorted(others, key=lambda one: (one.doubt, -one.strength)):
            if other.value != quantity.value:
                text = plain_quantity(other.value)
                rivals.setdefault(text, alternative(other.found, text))
        field = to_field(quantity.found, plain_quantity(quantity.value), self.engine)
        self.fields[name] = field.model_copy(update={"hypotheses": tuple(rivals.values())[:MAX_RIVALS]})
        if quantity.doubt:
            words = name.replace("_", " ")
            sentence = (
                f"{quantity.found.raw} was read; that the {words} is {field.value} follows from the other numbers."
            )
            self.flags.append(Flag(code="value_derived", sentence=sentence))

    def _derive(self) -> None:
        """Compute the one of volume, price and total that is missing from the two others."""
        volume_name, price_name = self.names
        known = (self.volume, self.price, self.total)
        if sum(value is None for value in known) != 1 or self.slip.others:
            return
        if self.total is None and self.volume is not None and self.price is not None:
            self.total = quantize(self.volume * self.price, 0 if self.receipt.currency in WHOLE else 2)
            self._keep_derived("total", plain(self.total), "volume times unit price")
        elif self.volume is None and self.total is not None and self.price:
            volume = quantize(self.total / self.price, 3)
            if volume > 0:
                self.volume = volume
                self._keep_derived(volume_name, plain_quantity(volume), "total divided by unit price")
                if self.unit and self.unit != "kWh":
                    self.fields["volume_unit"] = field_of((), "", self.unit, self.engine)
        elif self.price is None and self.total is not None and self.volume:
            price = quantize(self.total / self.volume, 3)
            if price > 0:
                self.price = price
                self._keep_derived(price_name, plain_quantity(price), "total divided by volume")

    def _keep_derived(self, name: str, value: str, how: str) -> None:
        self.derived = name
        self.fields[name] = field_of((), "", value, self.engine)
        words = name.replace("_", " ")
        self.flags.append(Flag(code="value_derived", sentence=f"The {words} {value} was not read; it is {how}."))

    def _add_cost(self) -> None:
        """Tell what the fuel cost of the whole: the amount that volume times price makes, else the total."""
        amount = self.slip.main.amount
        if amount is None:
            self.fuel_cost = self.total if not self.slip.others else None
        elif self.total is not None and amount.found is None:
            self.fuel_cost = self.total
        else:
            self.fuel_cost = amount.value
        if self.fuel_cost is not None and amount is not None and amount.found is not None:
            self.fields["fuel_cost"] = to_field(amount.found, plain(self.fuel_cost), self.engine)

    def _add_details(self) -> None:
        if self.slip.display:
            return
        receipt, lines = self.receipt, self.receipt.lines
        if "invoice_number" in self.fields:
            self.fields.setdefault("receipt_number", self.fields["invoice_number"])
        discounts = find_discounts(lines, receipt.mark, whole=receipt.currency in WHOLE)
        brand, odometer = find_brand(lines), find_odometer(lines)
        found: list[tuple[str, Found | None, str | None]] = [
            ("card_last_four", place := find_card(lines), place.raw if place else None),
            ("loyalty", place := find_loyalty(lines), place.raw if place else None),
        ]
        if brand:
            found.append(("brand", brand[1], brand[0]))
        if odometer:
            found.append(("odometer", odometer[2], str(odometer[0])))
            if odometer[1]:
                found.append(("odometer_unit", odometer[2], odometer[1]))
        if discounts:
            place, value = max(discounts, key=lambda one: one[1])
            found.append(("discount", place, plain(value)))
        for name, place, text in found:
            if place is not None and text:
                self.fields[name] = to_field(place, text, self.engine)
        self.items = self._other_items(lines)

    def _other_items(self, lines: Sequence[Line]) -> list[Item]:
        """Return what else was bought, where the total says that something was."""
        sold = (self.slip.main, *self.slip.others)
        cost = sum((one.amount.value for one in sold if one.amount), Decimal(0))
        if self.total is None or not cost or self.total <= cost + CASH_ROUNDING:
            return []
        places = [q.found.line for one in sold for q in (one.volume, one.price, one.amount) if q and q.found]
        places += [one.grade.line for one in sold if one.grade]
        return other_items(lines[: self.receipt.summary_at], places, self.receipt.mark)

    def _check(self) -> None:
        main = self.slip.main
        if self.volume is None:
            self.flags.append(Flag(code="volume_missing", sentence="No volume was found on the slip."))
        if self.derived is None and self.volume and self.price and self.total is not None and not main.agrees:
            product = quantize(self.volume * self.price, 2)
            factors = f"{plain_quantity(self.volume)} x {plain_quantity(self.price)}"
            sentence = f"{factors} is {product}, but the total is {plain(self.total)}."
            self.flags.append(Flag(code="arithmetic_disagrees", sentence=sentence))
        if self.price is not None and self.kind not in NO_FUEL:
            self._check_price(self.price)
        if main.agrees:
            self._check_parts()
        if self.kind in NO_FUEL:
            sentence = f"The slip sells {KINDS_IN_WORDS[str(self.kind)]}, so no gallons of fuel follow from it."
            self.flags.append(Flag(code="not_fuel", sentence=sentence))

    def _check_price(self, price: Decimal) -> None:
        if is_usual(price, self.unit, self.receipt.currency) is False:
            sentence = f"{plain_quantity(price)} {self.receipt.currency} for one unit is far from what fuel costs."
            self.flags.append(Flag(code="price_unusual", sentence=sentence))

    def _check_parts(self) -> None:
        """Compare the parts with the whole: products of the pump, other items, tax and discount."""
        parts = [one.amount.value for one in (self.slip.main, *self.slip.others) if one.amount]
        if self.total is None or not parts:
            return
        pumped = sum(parts, Decimal(0))
        bought = sum((item.amount for item in self.items), Decimal(0))
        tax, discount = (
            Decimal(field.value) if (field := self.fields.get(n)) else Decimal(0) for n in ("tax", "discount")
        )
        sums = {pumped + bought + extra - less for extra in (Decimal(0), tax) for less in (Decimal(0), discount)}
        if any(abs(one - self.total) <= CASH_ROUNDING for one in sums):
            if self.items or self.slip.others:
                whole, part = plain(self.total), plain(self.fuel_cost) if self.fuel_cost is not None else "?"
                sentence = f"The slip sells more than one thing: {part} of {whole} is for the fuel."
                self.flags.append(Flag(code="several_products", sentence=sentence))
            return
        parts_in_words = f"The pump's part is {plain(pumped)} and other items are {plain(bought)}"
        sentence = f"{parts_in_words}, but the total is {plain(self.total)}."
        self.flags.append(Flag(code="arithmetic_disagrees", sentence=sentence))

    def _signal(self) -> str:
        """Name the class of reading: what was read of volume, price and total, and whether they agree."""
        if any(flag.code == "arithmetic_disagrees" for flag in self.flags):
            return "disagrees"
        if self.slip.main.agrees:
            return "agrees"
        if self.derived:
            return f"derived_{self.derived}"
        return "incomplete"
