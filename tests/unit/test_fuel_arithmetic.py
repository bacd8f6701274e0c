"""Numbers that an engine misread, or that stand in each other's place, put right by arithmetic and by prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.documents.fuel.repair import MISREAD_DOUBT, repaired
from capture.documents.fuel.usual import is_usual
from capture.documents.hypotheses import Amount, Quantity, agree
from capture.documents.layout import Found, text_lines
from capture.documents.money import quantize
from capture.events import understand
from capture.events.base import Candidate, Hint
from tests.unit.paper import Row, paper


def _quantity(printed: str) -> Quantity:
    return Quantity(Found(text_lines(paper([printed]))[0], 0, len(printed)), Decimal(printed))


def _read(rows: list[Row]) -> Candidate:
    [event] = understand(paper(rows), Hint()).candidates
    return event


@pytest.mark.parametrize(
    ("price", "unit", "currency", "usual"),
    [
        ("1.799", "L", "EUR", True),
        ("41.15", "L", "EUR", False),
        ("3.499", "gal_us", "USD", True),
        ("0.959", "L", "USD", True),
        ("3.499", None, "USD", True),
        ("34.99", None, "USD", False),
        ("0.55", "kWh", "EUR", None),
        ("1.799", "L", None, None),
    ],
)
def test_what_fuel_costs(price: str, unit: str | None, currency: str | None, usual: bool | None) -> None:
    assert is_usual(Decimal(price), unit, currency) is usual  # type: ignore[arg-type]


def test_one_misread_digit_of_a_price_is_put_right() -> None:
    sale = repaired([_quantity("41.15")], [_quantity("1.769")], [Amount(None, Decimal("70.32"), 3)])
    assert sale is not None
    assert (sale.volume.value, sale.price.value, sale.price.doubt) == (
        Decimal("41.15"),
        Decimal("1.709"),
        MISREAD_DOUBT,
    )


@pytest.mark.parametrize(("volume", "price"), [("41.15", "1.234"), ("41.15", "17")])
def test_several_digits_are_not_guessed(volume: str, price: str) -> None:
    assert repaired([_quantity(volume)], [_quantity(price)], [Amount(None, Decimal("70.32"), 3)]) is None


@given(
    st.decimals("5.00", "80.00", places=2),
    st.decimals("1.100", "2.399", places=3),
    st.integers(0, 3),
    st.integers(1, 9),
)
def test_what_is_put_right_fits(volume: Decimal, price: Decimal, place: int, step: int) -> None:
    digits = list(f"{price:.3f}".replace(".", ""))
    digits[place] = str((int(digits[place]) + step) % 10)
    misread = f"{digits[0]}.{''.join(digits[1:])}"
    total = quantize(volume * price, 2)
    if Decimal(misread) == 0:
        return
    sale = repaired([_quantity(f"{volume:.2f}")], [_quantity(misread)], [Amount(None, total, 3)])
    if sale is not None:
        assert agree(sale.volume.value, sale.price.value, total)


def test_a_price_that_was_put_right_says_so() -> None:
    event = _read([
        "TANKSTELLE LINDENAU", "12.03.2025 10:15", "Super E10  Säule 3",
        ("Menge", "41,15 L"), ("Preis", "1,769 EUR/L"), ("Gesamtbetrag", "70,32 EUR"),
    ])  # fmt: skip
    assert event.payload["unit_price"] == 1.709
    assert event.fields["unit_price"].raw.startswith("1,769")
    assert "value_derived" in [flag.code for flag in event.flags]


def test_volume_and_price_are_not_taken_for_each_other() -> None:
    event = _read([
        "E.S. LA DEHESA S.L.", "14/09/2025 21:27", ("DIESEL E+ Surt. 7", "36,76"), "L:21,26 EUR/L:1,729",
        ("TOTAL A PAGAR", "36,76 EUR"),
    ])  # fmt: skip
    assert (event.payload["volume"], event.payload["unit_price"]) == (21.26, 1.729)
    event = _read([
        "SERI MUTIARA SERVICE STATION", "14/07/2025 11:48", "PUMP NO: 8 PRODUCT: DIESEL", "PRICE: 3.35 LITRES:10.15",
        ("TOTAL AMOUNT", "RM 34.00"),
    ])  # fmt: skip
    assert (event.payload["volume"], event.payload["unit_price"]) == (10.15, 3.35)


def test_a_price_that_fuel_does_not_have_is_flagged() -> None:
    event = _read([
        "FOXLEY GARAGE LTD", "13/05/2025 10:15", "DIESEL PUMP 3",
        ("10.00 L @ £17.45/L", "£174.50"), ("TOTAL", "£174.50")
    ])  # fmt: skip
    assert "price_unusual" in [flag.code for flag in event.flags]


def test_the_amount_of_a_row_is_no_price() -> None:
    event = _read([
        "SHOP", "DATE 18-01-2024", ("DIESEL 40.000 L", "86.00"), ("TOTAL", "RM 86.00"), ("CASH", "90.00")
    ])  # fmt: skip
    assert event.payload["unit_price"] == 2.15
    assert event.signal == "derived_unit_price"


def test_a_pumps_number_is_no_part_of_the_amount_behind_it() -> None:
    event = _read([
        "AUTOHOF KIRCHFELD GMBH", "25.09.2025 19:39", "Diesel Säule 1 106,50", "56,08 L 1,899 EUR/L",
        "AdBlue Säule 1 4,42", "5,15 L 0,859 EUR/L", ("Summe EUR", "110,92"),
    ])  # fmt: skip
    assert (event.payload["fuel_type"], event.payload["volume"], event.payload["fuel_cost"]) == ("diesel", 56.08, 106.5)


def test_the_sellers_name_is_no_product() -> None:
    event = _read([
        "BENZINA U MLYNA S.R.O.", "29.12.2024 13:14", "NAFTA MOTOROVAstojan 13", ("40,93 l x 39,40 Kc", "1612,64"),
        ("CELKEM Kc", "1612,64"),
    ])  # fmt: skip
    assert (event.payload["fuel_type"], event.payload["fuel_grade"]) == ("diesel", "NAFTA MOTOROVA")
