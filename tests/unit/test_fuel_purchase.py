from __future__ import annotations

import pytest

from capture.documents.hypotheses import agree
from capture.documents.money import parse_number
from capture.events import ENOUGH_EVIDENCE, understand, validate_payload
from capture.events.base import Candidate, Hint
from capture.events.fuel_purchase import from_reading
from tests.unit.paper import Row, in_words, paper, tilted

LITRES: list[Row] = [
    "RIVERSIDE PETRO TRADING",
    "LOT 88 JLN SUNGAI BESI",
    "57100 KL",
    "TAX INVOICE",
    "Invoice number 70000012345",
    "28.40 litre Pump # 03",
    ("RON 97", "RM 70.15"),
    ("2.470 RM", "/ litre"),
    ("Total", "RM 70.15"),
    ("Visa", "RM 70.15"),
    ("6.00% GST", "RM 3.97"),
    "21/05/24 07:45 10886 09",
    "Diesel & Petrol RON95 given relief",
]
GALLONS: list[Row] = [
    "SUNNYSIDE FUEL STOP",
    "1200 MAIN ST",
    "SPRINGFIELD, IL 62701",
    "06/14/2024  08:41 AM",
    "RECEIPT # 004512",
    "PUMP# 03",
    "UNLEADED",
    ("GALLONS", "12.345"),
    ("PRICE/GAL", "$3.459"),
    ("FUEL TOTAL", "$42.70"),
    "DEBIT XXXX1234",
]
TABLE: list[Row] = [
    "HILLTOP FUEL ENTERPRISE",
    "12 JALAN BUKIT, 43000 KAJANG",
    "18-01-2024 15:44:46",
    ("Item", "Price", "Qnty", "Amount"),
    ("Diesel", "2.150", "40.00", "86.00"),
    ("TOTAL AMOUNT PAYABLE", "RM 86.00"),
]


def read(rows: list[Row], hint: Hint | None = None) -> Candidate:
    candidate = from_reading(paper(rows), hint or Hint())
    assert candidate is not None
    validate_payload("fuel_purchase", candidate.payload)
    return candidate


def codes(candidate: Candidate) -> set[str]:
    return {flag.code for flag in candidate.flags}


def value(candidate: Candidate, name: str) -> str:
    return candidate.fields[name].value


def without(rows: list[Row], *words: str) -> list[Row]:
    return [row for row in rows if not any(word in (row if isinstance(row, str) else " ".join(row)) for word in words)]


def test_slip_in_litres() -> None:
    slip = read(LITRES)
    assert slip.evidence >= 0.9
    assert slip.signal == "agrees"
    assert codes(slip) == set()
    names = ("total", "volume", "volume_unit", "unit_price", "fuel_type", "pump_number", "date", "time", "tax")
    assert [value(slip, name) for name in names] == [
        "70.15", "28.4", "L", "2.47", "premium", "3", "2024-05-21", "07:45", "3.97",
    ]  # fmt: skip
    assert slip.payload["gallons"] == 7.502
    assert slip.payload["price_per_gallon"] == 9.35
    assert slip.payload["total_cost"] == 70.15
    assert slip.payload["station_name"] == "RIVERSIDE PETRO TRADING"
    assert slip.payload["receipt_data"] == {
        "receipt_number": "70000012345",
        "invoice_number": "70000012345",
        "pump_number": "3",
        "payment_method": "credit_card",
    }
    assert slip.payload["extracted_fields"]["ocr_confidence"] == 99
    assert slip.fields["volume"].raw == "28.40"


def test_slip_in_us_gallons() -> None:
    slip = read(GALLONS)
    assert slip.payload["gallons"] == slip.payload["volume"] == 12.345
    assert slip.payload["price_per_gallon"] == 3.459
    assert (value(slip, "volume_unit"), value(slip, "currency")) == ("gal_us", "USD")
    assert value(slip, "date") == "2024-06-14"
    assert slip.payload["receipt_data"] == {
        "receipt_number": "004512",
        "pump_number": "3",
        "payment_method": "debit_card",
        "card_last_four": "1234",
    }
    assert codes(slip) == set()


def test_decimal_commas() -> None:
    slip = read([
        "Tankstelle Nordwind GmbH", "Hafenstr. 12", "20457 Hamburg", "Super E10", "38,45 l", "1,789 EUR/l",
        ("Gesamtbetrag", "68,79 EUR"), "12.03.2024 17:22",
    ])  # fmt: skip
    assert [value(slip, n) for n in ("volume", "unit_price", "total", "date")] == [
        "38.45",
        "1.789",
        "68.79",
        "2024-03-12",
    ]
    assert slip.signal == "agrees"


def test_volume_times_price_on_one_line() -> None:
    slip = read(
        [
            "AKARYAKIT LTD. ŞTİ.",
            "34000 ISTANBUL",
            "05.03.2024 11:20",
            "MOTORIN",
            "35,120 LT X 41,25",
            ("TOPLAM", "*1.448,70"),
        ]
    )
    assert [value(slip, n) for n in ("volume", "unit_price", "total", "fuel_type")] == [
        "35.12",
        "41.25",
        "1448.70",
        "diesel",
    ]


def test_imperial_gallons() -> None:
    slip = read([
        "SEAGULL SERVICE STN", "9 EAST BAY LANE", "07-Apr-2024 14:39", "SALE NO 968123", "PUMP 6", "DIESEL",
        ("IMP. GALLONS", "15.60"), ("PRICE PER IG", "CI$6.54"), ("AMOUNT DUE", "CI$102.02"),
    ])  # fmt: skip
    assert [value(slip, n) for n in ("volume", "volume_unit", "currency", "receipt_number")] == [
        "15.6",
        "gal_imp",
        "KYD",
        "968123",
    ]
    assert slip.payload["gallons"] == 18.735
    assert slip.payload["price_per_gallon"] == 5.446


def test_columns_with_their_values_below() -> None:
    slip = read([
        "NORTHERN FUEL STOP #31", "18 OLD MILL ROAD", "03/09/2026 08:15", ("PUMP", "PRODUCT", "$/GAL"),
        ("4", "UNLEADED 87", "3.839"), ("GALLONS", "8.038"), ("FUEL TOTAL", "$ 30.86"),
    ])  # fmt: skip
    assert [value(slip, n) for n in ("unit_price", "volume", "merchant")] == [
        "3.839",
        "8.038",
        "NORTHERN FUEL STOP #31",
    ]
    assert slip.fields["fuel_type"].raw == "UNLEADED 87"


def test_lone_l_read_as_1() -> None:
    slip = read([
        "RASTHOF BIRKENAU GMBH", "05.08.2026 12:23 Uhr", "Saeule 10", "SUPER E10", ("41,97 1 x", "1,849 EUR/1"),
        ("Summe EUR", "77,60"),
    ])  # fmt: skip
    assert [value(slip, n) for n in ("volume", "volume_unit", "unit_price")] == ["41.97", "L", "1.849"]
    assert slip.signal == "agrees"


def test_words_and_tilted_paper_read_the_same() -> None:
    straight = read(LITRES)
    for other in (in_words(LITRES), tilted(paper(LITRES), 0.06)):
        candidate = from_reading(other, Hint())
        assert candidate is not None
        assert {k: f.value for k, f in candidate.fields.items()} == {k: f.value for k, f in straight.fields.items()}


def test_item_row_whose_product_is_right_and_unit_of_the_country() -> None:
    slip = read(TABLE)
    assert [value(slip, n) for n in ("volume", "unit_price", "volume_unit")] == ["40", "2.15", "L"]
    assert codes(slip) == {"volume_unit_assumed"}
    assert slip.evidence >= ENOUGH_EVIDENCE


def test_lost_decimal_point_is_put_back_and_told() -> None:
    rows: list[Row] = [("2470 RM", "/ litre") if row == ("2.470 RM", "/ litre") else row for row in LITRES]
    slip = read(rows)
    assert value(slip, "unit_price") == "2.47"
    assert slip.fields["unit_price"].raw == "2470"
    assert codes(slip) == {"value_derived"}
    assert slip.signal == "agrees"


@pytest.mark.parametrize(
    ("gone", "name", "derived"),
    [
        (("/ litre",), "unit_price", "2.47"),
        (("28.40",), "volume", "28.401"),
        (("Total", "Visa", "GST", "RON 97"), "total", "70.15"),
    ],
)
def test_one_missing_value_is_derived_and_told(gone: tuple[str, ...], name: str, derived: str) -> None:
    rows = without(LITRES, *gone)
    if name == "volume":
        rows.append("Pump # 03")
    slip = read(rows, Hint(kind="fuel_purchase"))
    assert value(slip, name) == derived
    field = slip.fields[name]
    assert (field.raw, field.polygon, field.score) == ("", None, None)
    assert "value_derived" in codes(slip)
    assert slip.signal == f"derived_{name}"


def test_two_missing_values_stay_missing() -> None:
    slip = read(without(LITRES, "28.40", "/ litre"), Hint(kind="fuel_purchase"))
    assert "volume_missing" in codes(slip)
    assert "gallons" not in slip.payload
    assert slip.signal == "incomplete"


def test_disagreeing_numbers_are_flagged() -> None:
    rows: list[Row] = [
        ("Total", "RM 90.15") if row == ("Total", "RM 70.15") else row for row in without(LITRES, "Visa", "RON 97 ")
    ]
    rows = [("RON 97", "RM 90.15") if row == ("RON 97", "RM 70.15") else row for row in rows]
    slip = read(rows)
    assert codes(slip) == {"arithmetic_disagrees"}
    assert slip.signal == "disagrees"


def test_tolerance_is_what_rounding_allows() -> None:
    def close(volume: str, price: str, total: str) -> bool:
        numbers = [parse_number(text) for text in (volume, price, total)]
        assert None not in numbers
        return agree(*(number for number in numbers if number is not None))

    assert close("35.10", "2.450", "86.00")
    assert close("22.73", "2.200", "50.00")
    assert not close("35.10", "2.450", "86.30")
    assert not close("31.50", "2.450", "86.00")


@pytest.mark.parametrize(
    "rows",
    [
        [
            "THE CORNER BISTRO",
            "9 HIGH STREET",
            "DATE 12/05/2024 19:40",
            ("COLA 0.5L", "3.50"),
            ("STEAK", "24.00"),
            ("TOTAL", "$27.50"),
            "VISA",
        ],
        [
            "CENTRAL PARKING",
            "TICKET NO 55121",
            "12/05/2024 09:00",
            ("PARKING FEE", "6.00"),
            ("TOTAL", "£6.00"),
            "CASH 6.00",
        ],
        [
            "ORCHID HARDWARE",
            "14/02/2024 10:00",
            ("ENGINE OIL 1L", "38.00"),
            ("5 GAL BUCKET", "12.00"),
            ("TOTAL", "RM 50.00"),
            "CASH 50.00",
        ],
        [
            "GREEN GROCER",
            "14/02/2024 10:00",
            ("MINERAL WATER 1.5L 6 x 2.10", "12.60"),
            ("TOTAL", "RM 12.60"),
            "CASH 20.00",
        ],
    ],
)
def test_other_receipts_are_no_fuel(rows: list[Row]) -> None:
    for hint in (Hint(), Hint(kind="fuel_purchase")):
        assert read(rows, hint).evidence < ENOUGH_EVIDENCE
        assert understand(paper(rows), hint).candidates == ()
    assert "volume" not in read(rows).fields


def test_dashboard_is_no_receipt() -> None:
    assert from_reading(paper(["ODO", "123456 km", "12:30"]), Hint()) is None


def test_a_hint_that_differs_is_flagged() -> None:
    assert "kind_differs" in codes(read(TABLE, Hint(kind="odometer")))
    assert "kind_differs" not in codes(read(TABLE, Hint(kind="fuel_purchase")))


def test_understand_gives_the_fuel_purchase() -> None:
    understood = understand(paper(LITRES), Hint())
    assert [candidate.event_type for candidate in understood.candidates] == ["fuel_purchase"]
