"""Totals that labels alone do not tell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from capture.documents.receipt import Receipt, read_receipt
from tests.unit.paper import Row, paper, reading, span

HEAD: list[Row] = ["CORNER SHOP", "DATE 28/02/2024"]


def _read(rows: list[Row]) -> Receipt:
    return read_receipt(paper([*HEAD, *rows]))


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        # rounding: what was paid is the total
        ([("TEA", "37.44"), ("TOTAL SALES", "37.44"), ("ROUNDING", ".01"), "37.45", ("CREDIT RM", "37.45")], "37.45"),
        # cash less change, where no label could be read
        ([("TEA", "21.20"), ("t0al Sa1es", "21.20"), ("CASH", "100.00"), ("CHANGE", "78.80")], "21.20"),
        ([("TEA", "5.15"), ("CAKE", "20.00"), ("ang", "25.15"), ("PAY", "25.15"), ("TOTAL GST", "1.42")], "25.15"),
        # the point read as another mark, confirmed by subtotal and tax
        ([("SUB-TOTAL", "27.27"), ("GST", "1.64"), ("TOTAL", "28-90")], "28.90"),
        # no total could be read: subtotal and tax make it
        ([("SUB-TOTAL", "6.60"), ("GST", "0.40"), ("TL", "")], "7.00"),
        # totals of one rate are parts
        ([("TOTAL 0% SUPPLIES", "46.82"), ("TOTAL 6% SUPPLIES", "3.00"), ("TOTAL", "49.82")], "49.82"),
        # items add up to it
        ([("TEA", "4.00"), ("CAKE", "6.00"), ("TOTAL", "10.00"), ("TOTAL", "0.60")], "10.00"),
        # the value has the next line for itself
        (["CASH", "RM 170.00"], "170.00"),
    ],
)
def test_total(rows: list[Row], total: str) -> None:
    kept = [row if isinstance(row, str) else tuple(cell for cell in row if cell) for row in rows]
    assert _read(kept).fields["total"].value == total


def test_a_cards_digits_below_a_total_are_no_amount() -> None:
    assert "total" not in _read(["ONE THING", "TOTAL", "VISA XXXXXXXXXXXX8228"]).fields


def test_a_sum_that_is_not_printed_is_marked_as_derived() -> None:
    field = _read([("SUB-TOTAL", "6.60"), ("GST", "0.40")]).fields["total"]
    assert (field.value, field.raw, field.polygon, field.derived) == ("7.00", "", None, True)


def test_other_amounts_are_kept_as_hypotheses() -> None:
    field = _read([("TOTAL", "10.62"), ("ROUNDED TOTAL", "10.60"), ("VISA", "10.60")]).fields["total"]
    assert field.value == "10.60"
    assert [other.value for other in field.hypotheses] == ["10.62"]
    assert field.hypotheses[0].polygon is not None
    assert not field.derived


def test_what_costs_more_than_all_the_money_in_a_wallet_is_no_amount() -> None:
    receipt = _read([("TOTAL", "999,999,999,999.99"), ("TOTAL", "10.00")])
    assert receipt.amount("total") == Decimal("10.00")


def test_lines_on_curled_paper_hold_together() -> None:
    """Paper that rolls up: each line leans, and each leans by another angle."""
    spans = []
    for number, (name, value) in enumerate(
        (("TEA", "4.00"), ("CAKE", "6.00"), ("TOTAL AMOUNT", "10.00"), ("CASH", "10.00"))
    ):
        lean = 0.02 + 0.01 * number
        for text, x in ((name + " OF THE HOUSE", 40.0), (value, 700.0)):
            flat = span(text, x, 60 + 42 * number)
            corners = tuple((px, py + lean * (px - 40)) for px, py in flat.polygon)
            spans.append(flat.model_copy(update={"polygon": corners}))
    assert read_receipt(reading(spans)).fields["total"].value == "10.00"
