"""Every reading of a number, and the volume, price and amount that fit each other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from capture.documents.hypotheses import MAX_VOLUME, Amount, Quantity, agree, all_readings, fitting, readings
from capture.documents.layout import Found, Line, text_lines
from tests.unit.paper import paper


def _line(text: str) -> Line:
    return text_lines(paper([text]))[0]


def _quantity(value: str, strength: int = 3) -> Quantity:
    return Quantity(Found(_line(value), 0, len(value)), Decimal(value), None, strength)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("12.345", [("12.345", 0)]),
        ("38,45", [("38.45", 0)]),
        ("3.49⁹", [("3.499", 0)]),
        ("3.49 9/10", [("3.499", 0)]),
        ("2450", [("2.450", 2), ("24.50", 2), ("245.0", 2)]),
        ("35. 10", [("35.10", 0)]),
        ("no number", []),
    ],
)
def test_readings_of_a_number(raw: str, expected: list[tuple[str, int]]) -> None:
    assert list(readings(raw, ".", MAX_VOLUME)) == [(Decimal(value), doubt) for value, doubt in expected]


def test_a_lone_mark_groups_thousands_where_the_document_has_another() -> None:
    assert list(readings("10.000", ",", Decimal(30_000))) == [(Decimal("10.000"), 0), (Decimal(10_000), 0)]
    assert list(readings("10.000", None, Decimal(30_000))) == [(Decimal("10.000"), 0), (Decimal(10_000), 2)]


def test_a_price_may_be_in_hundredths_and_a_raised_digit_may_be_one_too_many() -> None:
    pence = Quantity(Found(_line("145.9"), 0, 5), Decimal("145.9"))
    assert Decimal("1.459") in {one.value for one in all_readings(pence, ".", Decimal(1_000), price=True)}
    raised = Quantity(Found(_line("3.499⁹"), 0, 6), Decimal("3.4999"))
    assert [one.value for one in all_readings(raised, ".", Decimal(1_000), price=True)] == [
        Decimal("3.4999"),
        Decimal("3.499"),
    ]


def test_what_fits_is_ordered_by_what_speaks_for_it() -> None:
    total, rival = Amount(None, Decimal("70.15"), 3), Amount(None, Decimal("56.80"), 1)
    volume, price, other = _quantity("28.40"), _quantity("2.470"), _quantity("2.00", strength=2)
    sales = fitting([volume], [price, other], [rival, total])
    assert [(sale.price.value, sale.amount.value) for sale in sales] == [
        (Decimal("2.470"), Decimal("70.15")),
        (Decimal("2.00"), Decimal("56.80")),
    ]


def test_a_bare_number_goes_with_its_own_row_alone() -> None:
    assert fitting([_quantity("28.40", 1)], [_quantity("2.470")], [Amount(None, Decimal("70.15"), 3)]) == []


def test_whole_numbers_are_exact() -> None:
    assert agree(Decimal("30.00"), Decimal(165), Decimal(4950))
    assert not agree(Decimal("30.00"), Decimal(165), Decimal(4963))


@given(st.text(max_size=30), st.sampled_from([".", ",", None]))
def test_no_text_breaks_it_and_readings_stay_in_bounds(text: str, mark: object) -> None:
    for value, doubt in readings(text, mark, MAX_VOLUME):  # type: ignore[arg-type]
        assert 0 < value <= MAX_VOLUME
        assert doubt >= 0


@given(
    st.decimals(min_value="0.5", max_value=200, places=3),
    st.decimals(min_value="0.5", max_value=99, places=3),
)
def test_what_was_multiplied_and_rounded_agrees(volume: Decimal, price: Decimal) -> None:
    assume(volume > 0)
    assert agree(volume, price, round(volume * price, 2))
