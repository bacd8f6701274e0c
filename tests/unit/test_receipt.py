from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.documents.receipt import read_receipt
from capture.events import understand, validate_payload
from capture.events.base import Hint
from tests.unit.paper import Row, in_words, paper, reading, span, tilted

BISTRO: list[Row] = [
    "BLUE LANTERN BISTRO SDN BHD",
    "(778899-K)",
    "NO. 7, JALAN KENANGA 2,",
    "TAMAN MELATI,",
    "43000 KAJANG, SELANGOR",
    "TEL: 03-55512345",
    "TAX INVOICE",
    ("Invoice No: BL-20417", "Date: 05/03/2024"),
    ("Cashier: LIN", "Time: 19:42"),
    ("Grilled fish", "24.00"),
    ("Lime juice 0.5L", "6.50"),
    ("Sub Total", "30.50"),
    ("Service tax 6%", "1.83"),
    ("Rounding", "0.02"),
    ("TOTAL RM", "32.35"),
    ("CASH", "50.00"),
    ("CHANGE", "17.65"),
    "GST SUMMARY",
    ("TOTAL", "30.50"),
    "THANK YOU",
]


def values(rows: list[Row]) -> dict[str, str]:
    return {name: field.value for name, field in read_receipt(paper(rows)).fields.items()}


def test_every_field_of_a_receipt() -> None:
    assert values(BISTRO) == {
        "merchant": "BLUE LANTERN BISTRO SDN BHD",
        "address": "NO. 7, JALAN KENANGA 2, TAMAN MELATI, 43000 KAJANG, SELANGOR",
        "invoice_number": "BL-20417",
        "date": "2024-03-05",
        "time": "19:42",
        "subtotal": "30.50",
        "tax": "1.83",
        "total": "32.35",
        "currency": "MYR",
        "payment_method": "cash",
    }
    receipt = read_receipt(paper(BISTRO))
    assert receipt.flags == ()
    assert receipt.printed_at == datetime(2024, 3, 5, 19, 42)  # noqa: DTZ001  local time on paper
    assert receipt.likeness == pytest.approx(1.0)


def test_words_and_tilted_lines_read_the_same() -> None:
    straight = {name: field.value for name, field in read_receipt(paper(BISTRO)).fields.items()}
    for other in (in_words(BISTRO), tilted(paper(BISTRO), 0.08), tilted(paper(BISTRO), -0.08)):
        assert {name: field.value for name, field in read_receipt(other).fields.items()} == straight


def test_fields_point_at_their_spans() -> None:
    receipt = read_receipt(paper(BISTRO))
    total, address = receipt.fields["total"], receipt.fields["address"]
    assert total.raw == "32.35"
    assert total.polygon is not None
    assert total.polygon[0] == (460, 60 + 42 * 14)
    assert total.engine == "rapid_ocr"
    assert address.polygon is not None
    assert (address.polygon[0][1], address.polygon[2][1]) == (60 + 42 * 2, 60 + 42 * 4 + 30)


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        ([("TOTAL", "10.00"), ("TOTAL SAVINGS", "90.00"), ("TOTAL QTY", "3.00")], "10.00"),
        ([("TOTAL (EXCL. GST)", "10.00"), ("TOTAL (INCL. GST)", "10.60")], "10.60"),
        ([("TOTAL", "10.62"), ("ROUNDED TOTAL", "10.60")], "10.60"),
        ([("SUBTOTAL", "10.62"), ("AMOUNT DUE", "11.30"), ("CASH TENDERED", "20.00")], "11.30"),
        ([("TOTAL", "11.30"), ("CASH", "20.00"), ("CHANGE", "8.70")], "11.30"),
        ([("TOTAL", "0.00"), ("TOTAL SALES", "27.00")], "27.00"),
        ([("SUBTOTAL", "10.60"), ("CASH", "20.00"), ("CHANGE", "9.40")], "10.60"),
        ([("Gesamtbetrag", "68,79 EUR")], "68.79"),
        ([("TOPLAM", "*1.448,70")], "1448.70"),
        (["TOTAL", "14.20"], "14.20"),
        ([("TOTAL", "JPY 1,200")], "1200"),
    ],
)
def test_total_among_amounts(rows: list[Row], total: str) -> None:
    head: list[Row] = ["CORNER SHOP", "DATE 28/02/2024", "ITEM ONE"]
    assert values([*head, *rows])["total"] == total


def test_missing_total_and_date_are_flagged() -> None:
    receipt = read_receipt(paper(["CORNER SHOP", "WELCOME", ("BREAD", "3.20")]))
    assert {flag.code for flag in receipt.flags} == {"total_missing", "date_missing"}
    assert receipt.printed_at is None


def test_ambiguous_date_is_flagged_and_says_both() -> None:
    receipt = read_receipt(paper(["CORNER SHOP", "DATE 05/03/2024", ("TOTAL", "3.20")]))
    assert "date" not in receipt.fields, "nothing decides, so nothing is guessed"
    flag = next(flag for flag in receipt.flags if flag.code == "date_ambiguous")
    assert "2024-03-05" in flag.sentence
    assert "2024-05-03" in flag.sentence


def test_the_day_on_which_it_came_settles_an_ambiguous_date() -> None:
    reading = paper(["CORNER SHOP", "DATE 05/03/2024", ("TOTAL", "3.20")])
    assert read_receipt(reading, date(2024, 4, 1)).fields["date"].value == "2024-03-05"


def test_the_printed_zone_is_kept_and_shifts_nothing() -> None:
    receipt = read_receipt(paper(["CORNER SHOP", "2024-03-05 23:40 UTC+2", ("TOTAL", "3.20")]))
    read = {name: receipt.fields[name].value for name in ("date", "time", "time_zone")}
    assert read == {"date": "2024-03-05", "time": "23:40", "time_zone": "UTC+2"}
    assert receipt.printed_at == datetime(2024, 3, 5, 23, 40)  # noqa: DTZ001 (printed times have no zone)


def test_purchase_date_goes_before_expiry() -> None:
    rows: list[Row] = ["CORNER SHOP", "CARD EXPIRY 31/10/2029", "18-01-2024 15:44", ("TOTAL", "3.20")]
    assert values(rows)["date"] == "2024-01-18"


def test_customer_is_not_the_merchant() -> None:
    rows: list[Row] = ["ORCHID HARDWARE", "12 JALAN MAWAR, 43000 KAJANG", "BILL TO", "BIGGER BUILDERS SDN BHD"]
    assert values(rows)["merchant"] == "ORCHID HARDWARE"


def test_name_over_two_lines() -> None:
    assert values(["PAPER MOON BOOKS", "CO. (M) SDN BHD", "RECEIPT"])["merchant"] == "PAPER MOON BOOKS CO. (M) SDN BHD"
    assert values(["HOME CRAFT HARDWARE &", "ELECTRICAL", "RECEIPT"])["merchant"] == "HOME CRAFT HARDWARE & ELECTRICAL"


def test_receipt_that_is_no_event_still_has_its_fields() -> None:
    understood = understand(paper(BISTRO), Hint())
    assert understood.candidates == ()
    assert understood.fields["total"].value == "32.35"
    assert understood.fields["merchant"].value == "BLUE LANTERN BISTRO SDN BHD"
    assert "volume" not in understood.fields


@pytest.mark.parametrize(
    ("row", "name", "number"),
    [
        ("Trans # 290713", "receipt_number", "290713"),
        ("Receipt 875312", "receipt_number", "875312"),
        ("Beleg-Nr. 835513", "receipt_number", "835513"),
        ("FIS NO: 886713", "receipt_number", "886713"),
        ("Invoice No.: CS-678", "invoice_number", "CS-678"),
        ("INV0ICE 826013", "invoice_number", "826013"),
        ("Rechnung Nr.: 94313", "invoice_number", "94313"),
    ],
)
def test_numbers_of_receipts(row: str, name: str, number: str) -> None:
    assert values(["CORNER SHOP", row, ("TOTAL", "3.20")])[name] == number


def test_blank_page_has_no_fields() -> None:
    receipt = read_receipt(reading([]))
    assert receipt.fields == {}
    assert receipt.likeness == 0


pieces = st.sampled_from([
    "TOTAL", "GALLONS", "PRICE/GAL", "12.345 L @", "REGULAR 87", "DEF", "kWh", "PUMP #", "DISCOUNT", "ODOMETER",
    "XXXX1234", "Rp. 10.000", "3.49⁹", "9/10", "$", "€", "¥", "RM", "合計", "THIS SALE", "31/12/2024", "08:41",
])  # fmt: skip
hostile = st.lists(
    st.text(alphabet="0123456789.,:/-()$€ TOALRMdeltiaopcsx#", max_size=40)
    | st.text(max_size=20)
    | st.lists(pieces | st.decimals(0, 10**7, places=3).map(str), max_size=5).map(" ".join),
    max_size=8,
)


@given(hostile)
def test_any_text_is_understood_without_an_error(texts: list[str]) -> None:
    page = reading([span(text, 40, 60 + 40 * i) for i, text in enumerate(texts)])
    read_receipt(page)
    for kind in (None, "odometer", "fuel_purchase", "maintenance"):
        for event in understand(page, Hint.model_validate({"kind": kind})).candidates:
            assert validate_payload(event.event_type, event.payload)
