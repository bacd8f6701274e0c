"""What slips say beside the fuel."""

from __future__ import annotations

from decimal import Decimal

import pytest

from capture.documents.fuel.grades import find_products
from capture.documents.fuel.slip_details import (
    find_card,
    find_discounts,
    find_loyalty,
    find_odometer,
    other_items,
)
from capture.documents.layout import text_lines
from tests.unit.paper import Row, paper


@pytest.mark.parametrize(
    ("row", "card"),
    [
        ("VISA XXXXXXXXXXXX4321", "4321"),
        ("**** **** **** 0053", "0053"),
        ("Mastercard ending in 9876", "9876"),
        ("DEBIT XXXX1234", "1234"),
        ("CARD XXXX", None),
        ("Card Number 7897139011585960", None),
        ("AUTH XXXX 123456", None),
        ("TERMINAL ID ****5678", None),
        ("VISA 70.15", None),
    ],
)
def test_card(row: str, card: str | None) -> None:
    found = find_card(text_lines(paper([row])))
    assert (found.raw if found else None) == card


@pytest.mark.parametrize(
    ("row", "amount"),
    [
        (("REWARDS DISCOUNT", "-$1.25"), "1.25"),
        (("Remise", "2,50-"), "2.50"),
        ("YOU SAVED $0.10/GAL", None),
        ("DISCOUNT 5%", None),
        ("TOTAL 5.00", None),
    ],
)
def test_discount(row: Row, amount: str | None) -> None:
    found = [value for _, value in find_discounts(text_lines(paper([row])), None)]
    assert found == ([Decimal(amount)] if amount else [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("ODOMETER: 245,678", (245_678, None)),
        ("0DOMETER 127556", (127_556, None)),
        ("KM-STAND 48.213 km", (48_213, "km")),
        ("Mileage 48213 mi", (48_213, "mi")),
        ("MILEAGE 23.4", None),
        ("ODOMETER 123.456.789", None),
    ],
)
def test_odometer(row: str, said: tuple[int, str | None] | None) -> None:
    found = find_odometer(text_lines(paper([row])))
    assert (found[:2] if found else None) == said


def test_loyalty_is_one_that_took_part() -> None:
    taken = find_loyalty(text_lines(paper(["SHELL LOYALTY CARD", "POINTS AWARDED: 35"])))
    assert taken is not None
    assert taken.raw == "POINTS AWARDED"
    assert find_loyalty(text_lines(paper(["JOIN OUR REWARDS CLUB 24/7"]))) is None


def test_items_are_rows_with_an_amount_above_the_total() -> None:
    rows: list[Row] = [
        "REGULAR 10.000 GAL", ("2 COFFEE LG", "$2.49"), ("SALES TAX", "0.20"), ("TOTAL", "42.69"), ("VISA", "42.69"),
    ]  # fmt: skip
    lines = text_lines(paper(rows))
    assert [(item.name, item.amount) for item in other_items(lines, lines[:1], None)] == [
        ("COFFEE LG", Decimal("2.49"))
    ]


@pytest.mark.parametrize(
    ("text", "grade", "kind"),
    [
        ("REG UNLEADED", "REG UNLEADED", "regular"),
        ("UNLEADED 87", "UNLEADED 87", "regular"),
        ("MIDGRADE 89", "MIDGRADE 89", "midgrade"),
        ("PREMIUM 93", "PREMIUM 93", "premium"),
        ("DIESEL #2", "DIESEL #2", "diesel"),
        ("Premium Diesel", "Premium Diesel", "diesel"),
        ("DIESEL EXHAUST FLUID", "DIESEL EXHAUST FLUID", "def"),
        ("AdBlue 10,00 L", "AdBlue", "def"),
        ("SP95-E10", "SP95-E10", "regular"),
        ("Super Plus E5", "Super Plus E5", "premium"),
        ("92号汽油", "92号汽油", "regular"),
        ("E85", "E85", "e85"),
        ("AUTOGAS", "AUTOGAS", "lpg"),
    ],
)
def test_grades_as_printed_and_as_ours(text: str, grade: str, kind: str) -> None:
    product = find_products(text_lines(paper([text])))[0]
    assert (product.found.raw, product.kind) == (grade, kind)


def test_super_is_plain_petrol_where_euros_are_paid() -> None:
    lines = text_lines(paper(["SUPER 12,00"]))
    assert find_products(lines, "EUR")[0].kind == "regular"
    assert find_products(lines, "USD")[0].kind == "premium"


@pytest.mark.parametrize("text", ["REG NO 12345", "WELCOME TO REGULAR SAVINGS CLUB", "diesel & petrol given relief"])
def test_words_that_sell_no_fuel(text: str) -> None:
    assert find_products(text_lines(paper([text]))) == []
