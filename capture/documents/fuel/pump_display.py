"""The display of a pump: three numbers, what stands beside, above or below them, and their product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from capture.documents.fuel.evidence import Sold
from capture.documents.fuel.grades import find_products
from capture.documents.fuel.slip import Slip
from capture.documents.fuel.words import CENT_SIGN, GALLON, LITRE, MONEY_SIGN, TENTHS, VolumeUnit, unit_of
from capture.documents.hypotheses import MAX_UNIT_PRICE, MAX_VOLUME, Amount, Quantity, Sale, fitting, readings
from capture.documents.layout import Found, Line
from capture.documents.money import WHOLE, decimals
from capture.documents.receipt import Receipt

MAX_LINES = 40
"""A display with its buttons and notices has fewer lines than this."""

_UNIT = re.compile(rf"(?<![a-z])(?:{LITRE}|{GALLON}|l)(?![a-z])", re.IGNORECASE)
_VOLUME = re.compile(rf"(?<![a-z/])(?<!per )(?<!/ )(?:{LITRE}|{GALLON}|volume)(?![a-z/])", re.IGNORECASE)
_PRICE = re.compile(
    rf"(?:unit ?)?price (?:/|per) ?(?:{LITRE}|{GALLON}|l|g)\b|price per\b|unit price|\bp(?:p[ugl])\b|"
    rf"(?:{MONEY_SIGN}|{CENT_SIGN}|price|preis|prix|prezzo|precio|cena) ?(?:/|per|au|je) ?(?:{LITRE}|{GALLON}|l)\b|"
    r"prix du litre|grundpreis|literpreis|einzelpreis|precio por litro|\bprice\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\bthis sale\b|\b(?:total )?sale\b|\bamount\b|\btotal\b|\bto pay\b|\bbetrag\b|\bzu zahlen\b|\bmontant\b|"
    r"\bimporto?e?\b|"
    r"\ba payer\b|\btutar\b|\bprice to pay\b|^\W*[$€£]\W*$",
    re.IGNORECASE,
)
_CENTS = re.compile(r"pence|\bppl\b|[p¢] ?/ ?l", re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?<![\d,/:\-])(?<![^A-Za-z]\.)(?<!^\.)(?:\d{{1,5}}[.,]\s?\d{{1,4}}{TENTHS}|\d{{3,6}})(?![\d.,/:%])", re.ASCII
)
_NOT_PUMP = re.compile(
    r"\b(?:odo(?:meter)?|trip|km/?h|mph|mpg|rpm|l/100 ?km|km/l|range|kg|receipt|invoice|cashier|tax|gst|vat|"
    r"subtotal|qty)\b",
    re.IGNORECASE,
)
LEAST_DECIMALS = 2
"""Displays show hundredths at the least, but for currencies without small coins; digits without have lost a point."""

LEAST_CENTS = 20
"""Pence and cents for a litre; less is a price in pounds or dollars."""

_AROUND = 1
"""A label stands on its number's line, or on the line above or below it."""


def read_display(receipt: Receipt) -> Slip | None:
    """Return the sale that a pump's display shows, None for what is none.

    Without all three numbers in agreement it is one only if a label stands beside each that is there.
    """
    lines = receipt.lines
    if not 2 <= len(lines) <= MAX_LINES or any(_NOT_PUMP.search(line.text) for line in lines):
        return None
    if "date" in receipt.fields or not any(_VOLUME.search(line.text) for line in lines):
        return None
    unit = next((unit_of(match.group()) for line in lines for match in _UNIT.finditer(line.text)), None)
    volumes = list(_numbers(receipt, _VOLUME, MAX_VOLUME, unit))
    prices = list(_numbers(receipt, _PRICE, MAX_UNIT_PRICE, unit))
    amounts = [
        Amount(q.found, q.value, q.strength - 2 * q.doubt) for q in _numbers(receipt, _AMOUNT, Decimal(100_000), None)
    ]
    fits = [sale for sale in fitting(volumes, prices, amounts) if _plausible(sale)]
    products = find_products(lines, receipt.currency)
    words = sum(any(p.search(line.text) for line in lines) for p in (_VOLUME, _PRICE, _AMOUNT))
    named = any(_PRICE.search(line.text) for line in lines) or any(not product.weak for product in products)
    volume, price = _labelled(volumes), _labelled(prices)
    paid = next((amount for amount in amounts if amount.strength >= 2), None)
    if not named:
        return None
    if fits:
        main = Sold(None, None, fits[0].volume, fits[0].price, fits[0].amount, agrees=True)
    elif sum(one is not None for one in (volume, price, paid)) >= 2:
        main = Sold(None, None, volume, price, paid)
    else:
        return None
    if len({product.kind for product in products}) == 1:
        main = Sold(products[0].kind, products[0].found, main.volume, main.price, main.amount, main.agrees)
    evidence = 0.35 + 0.15 * words + 0.1 * bool(products) + 0.3 * bool(fits) + 0.1 * (receipt.currency is not None)
    return Slip(
        main, evidence=round(min(0.95, evidence), 2), volumes=tuple(volumes), prices=tuple(prices), display=True
    )


def _labelled(numbers: Sequence[Quantity]) -> Quantity | None:
    return next((number for number in numbers if number.strength >= 2 and not number.doubt), None)


def _plausible(sale: Sale) -> bool:
    """Tell if few of the numbers stray from what was read, and a label stands beside one of volume and price."""
    return sale.volume.doubt + sale.price.doubt <= 4 and sale.volume.strength + sale.price.strength >= 2


def _numbers(receipt: Receipt, label: re.Pattern[str], limit: Decimal, unit: VolumeUnit | None) -> Iterator[Quantity]:
    """Yield every reading of every number, those beside a label first and the stronger."""
    found = []
    cents = label is _PRICE and any(_CENTS.search(line.text) for line in receipt.lines)
    whole = receipt.currency in WHOLE
    for index, line in enumerate(receipt.lines):
        for match in _NUMBER.finditer(line.text):
            place = Found(line, *match.span())
            strength = 2 if _is_labelled(receipt.lines, index, place, label) else 0
            for value, doubt in readings(match.group(), receipt.mark, limit):
                if whole or decimals(value) >= LEAST_DECIMALS:
                    found.append(Quantity(place, value, unit, strength, doubt))
                if cents and not doubt and value >= LEAST_CENTS:
                    found.append(Quantity(place, value.scaleb(-2), unit, strength, doubt))
    yield from sorted(found, key=lambda quantity: (quantity.doubt, -quantity.strength))


def _is_labelled(lines: Sequence[Line], index: int, place: Found, label: re.Pattern[str]) -> bool:
    """Tell if a label stands on the number's line, above or below it in its column, or in its window.

    Where windows have their number and their label on lines of their own, all labels stand on the same side.
    """
    alone = _NUMBER.fullmatch(lines[index].text.strip(" $\u20ac\u00a3")) is not None
    side = -1 if not _NUMBER.search(lines[0].text) else 1
    for near in range(max(0, index - _AROUND), min(len(lines), index + _AROUND + 1)):
        for match in label.finditer(lines[near].text):
            window = alone and near == index + side and not _NUMBER.search(lines[near].text)
            if near == index or window or _overlap(place, Found(lines[near], *match.span())):
                return True
    return False


def _overlap(one: Found, other: Found) -> bool:
    first, second = (found.line.extent(found.start, found.end) for found in (one, other))
    if first is None or second is None or one.line.page != other.line.page:
        return False
    return min(first[1], second[1]) - max(first[0], second[0]) > 0
