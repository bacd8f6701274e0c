"""What a workshop's bill says: odometers, dates, rows, sums, numbers, people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.documents.columns import cells
from capture.documents.layout import text_lines
from capture.documents.receipt import read_receipt
from capture.documents.service.distances import find_next_service, find_odometers
from capture.documents.service.types import find_services, service_named
from capture.documents.wording import tolerant, words
from capture.events import ENOUGH_EVIDENCE
from capture.events.base import Candidate, Hint
from capture.events.maintenance import derive, from_reading
from tests.unit.paper import Row, in_words, paper

HEAD: list[Row] = ["MILLER AUTO REPAIR LLC", "12 DEPOT ST, DRY CREEK, AZ 85999", "INVOICE NO 20817"]


def read(*rows: Row) -> Candidate:
    found = from_reading(paper([*HEAD, *rows]), Hint())
    assert found is not None
    return found


def odometers(*rows: Row) -> list[tuple[int, str | None, str]]:
    return [(one.value, one.unit, one.direction) for one in find_odometers(text_lines(paper(list(rows))))]


@pytest.mark.parametrize(
    ("row", "first"),
    [
        ("ODOMETER IN: 84,512 OUT: 84,515 MI", (84_515, "mi", "out")),
        ("Mileage In/Out: 45210 / 45214", (45_214, None, "out")),
        ("Mileage: 45210/45214", (45_214, None, "out")),
        ("KM IN 88 250 KM OUT 88 251", (88_251, "km", "out")),
        ("Km-Stand: 125.430", (125_430, "km", "")),
        ("Kilometerstand 1.250.430 km", (1_250_430, "km", "")),
        ("Kilométrage : 84 210 km", (84_210, "km", "")),
        ("Kilometros: 84.210", (84_210, "km", "")),
        ("Odometer Reading: 1,05,320 Kms", (105_320, "km", "")),
        ("OdometerReading:56971Kms", (56_971, "km", "")),
        ("Ml1eage 45,210.4", (45_210, None, "")),
    ],
)
def test_odometers_as_they_are_printed(row: str, first: tuple[int, str | None, str]) -> None:
    assert odometers(row)[0] == first


def test_odometers_below_their_labels() -> None:
    assert odometers(("LICENSE", "MILEAGE IN", "MILEAGE OUT"), ("KX9005", "140060", "140062")) == [
        (140_062, None, "out"),
        (140_060, None, "in"),
    ]


@pytest.mark.parametrize(
    "row",
    [
        "Warranty: 12 months or 12,000 miles",
        "Next service at 130,000 miles",
        "Odometer due for calibration 06/14/2024",
        "Check wheel nuts after 30 miles",
    ],
)
def test_other_distances_are_no_odometer(row: str) -> None:
    assert odometers(row) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Next service due at 130,000 miles or 12/25/2025", {"at": 130_000, "day": "12/25/2025"}),
        ("Next service due in 10 000 km or 12 months", {"after": 10_000, "months": 12}),
        ("Nächster Service bei 64.410 km", {"after": 64_410}),
        ("Next Service : 193239 KMs", {"at": 193_239}),
        ("Prochaine révision dans 2 ans", {"months": 24}),
    ],
)
def test_next_service_by_distance_date_or_interval(row: str, said: dict[str, Any]) -> None:
    found = find_next_service(text_lines(paper([row])), 100_000)
    read_out = {
        "at": found.at[0] if found.at else None,
        "after": found.after[0] if found.after else None,
        "months": found.months[0] if found.months else None,
        "day": found.day[0].raw if found.day else None,
    }
    assert {name: value for name, value in read_out.items() if value is not None} == said


def test_the_invoices_date_is_told_from_the_others() -> None:
    job = read(
        ("R.O. OPENED 06/12/2024", "PROMISED 06/20/2024"),
        ("DUE DATE 07/14/2024", "INVOICE DATE 06/14/2024"),
        ("ODOMETER 45,210 MI", "IN SERVICE DATE 01/02/2019"),
        ("LABOR", "90.00"),
        ("TOTAL", "$90.00"),
    )
    assert job.payload["service_date"] == "2024-06-14"


def test_a_date_below_its_label() -> None:
    job = read(
        ("DATE IN", "INVOICE DATE", "MILEAGE OUT"),
        ("06/12/2024", "06/14/2024", "45210"),
        ("LABOR", "90.00"),
        ("TOTAL", "$90.00"),
    )
    assert (job.payload["service_date"], job.payload["odometer"]) == ("2024-06-14", 45_210)


def test_rows_of_a_table_with_number_count_unit_and_price() -> None:
    job = read(
        "ODOMETER 45,210 MI",
        ("PART NO", "DESCRIPTION", "QTY", "PRICE", "AMOUNT"),
        ("PF-2135", "OIL FILTER", "1", "12.99", "12.99"),
        ("88865-5W30", "MOTOR OIL 5W-30", "5 QT", "9.00", "45.00"),
        ("99123456", "CABIN SEAL, REAR", "2", "4.50", "9.00"),
        ("LABOR", "32.00"),
        ("SUBTOTAL", "98.99"),
        ("TAX", "5.01"),
        ("TOTAL", "104.00"),
    )
    assert job.payload["parts_replaced"] == [
        {
            "part_name": "oil_filter",
            "description": "OIL FILTER",
            "part_number": "PF-2135",
            "quantity": 1,
            "unit_cost": 12.99,
            "cost": 12.99,
        },
        {
            "part_name": "motor_oil",
            "description": "MOTOR OIL 5W-30",
            "part_number": "88865-5W30",
            "quantity": 5,
            "unit": "quart",
            "unit_cost": 9.0,
            "cost": 45.0,
            "specification": "5W-30",
        },
        {
            "part_name": "CABIN SEAL, REAR",
            "description": "CABIN SEAL, REAR",
            "part_number": "99123456",
            "quantity": 2,
            "unit_cost": 4.5,
            "cost": 9.0,
        },
    ]
    assert job.payload["parts_cost"] == 66.99
    assert "arithmetic_disagrees" not in {flag.code for flag in job.flags}


def test_a_name_above_its_numbers_and_a_lone_one_that_was_overlooked() -> None:
    job = read(
        "ODOMETER 45,210 MI",
        "OIL FILTER",
        ("PF-2135 1 @ 12.99", "12.99"),
        ("BRAKE PADS D1414", "61.00", "61.00"),
        ("LABOR", "32.00"),
        ("TOTAL", "$105.99"),
    )
    found = [(part["description"], part["quantity"], part["cost"]) for part in job.payload["parts_replaced"]]
    assert found == [("OIL FILTER", 1, 12.99), ("BRAKE PADS", 1, 61.0)]


SUMS: list[Row] = [("LABOR", "100.00"), ("PARTS", "50.00"), ("SHOP SUPPLIES", "8.00"), ("SUBTOTAL", "158.00")]


def test_the_total_is_the_one_that_adds_up() -> None:
    job = read(*SUMS, ("SALES TAX", "12.00"), ("TOTAL HOURS", "2.00"), ("TOTAL", "$170.00"), ("TOTAL SAVED", "300.00"))
    assert {
        name: job.payload[name] for name in ("labour_cost", "parts_cost", "other_cost", "subtotal", "tax", "cost")
    } == {
        "labour_cost": 100.0,
        "parts_cost": 50.0,
        "other_cost": 8.0,
        "subtotal": 158.0,
        "tax": 12.0,
        "cost": 170.0,
    }
    assert job.signal.endswith("agrees")


def test_a_misread_total_gives_way_and_stays_as_a_hypothesis() -> None:
    job = read(*SUMS, ("SALES TAX", "12.00"), ("TOTAL", "$770.00"), ("AMOUNT DUE", "$170.00"))
    assert job.payload["cost"] == 170.0
    assert [other.value for other in job.fields["total"].hypotheses] == ["770.00"]


def test_what_is_missing_is_restored_and_marked() -> None:
    no_tax = read(*SUMS, ("TOTAL", "$170.00"))
    assert no_tax.payload["tax"] == 12.0
    assert no_tax.fields["tax"].derived
    no_total = read(*SUMS, ("SALES TAX", "12.00"), "ODOMETER 45,210 MI", "DATE 06/14/2024", "VISA")
    assert no_total.payload["cost"] == 170.0
    assert "value_derived" in {flag.code for flag in no_total.flags}
    no_labour = read(("LABOR", "see above"), *SUMS[1:], ("SALES TAX", "12.00"), ("TOTAL", "$170.00"))
    assert no_labour.payload["labour_cost"] == 100.0


def test_what_does_not_add_up_is_told() -> None:
    job = read(*SUMS, ("SALES TAX", "12.00"), ("TOTAL", "$180.00"))
    flag = next(flag for flag in job.flags if flag.code == "arithmetic_disagrees")
    assert flag.sentence == "Subtotal 158.00 and tax 12.00 make 170.00, but the total is 180.00."
    assert job.signal.endswith("disagrees")


def test_taxes_within_prices_by_halves_and_totals_rounded_off() -> None:
    within = read(
        ("LABOR", "100.00"), ("PARTS", "50.00"), ("TOTAL INC GST", "$150.00"), ("GST INCLUDED IN TOTAL", "13.64")
    )
    assert (within.payload["cost"], within.payload["tax"]) == (150.0, 13.64)
    halves = read(
        ("LABOUR", "100.00"),
        ("PARTS", "50.55"),
        ("CGST 9%", "13.55"),
        ("SGST 9%", "13.55"),
        ("ROUND OFF", "0.35"),
        ("NET PAYABLE", "Rs. 178.00"),
    )
    assert (halves.payload["cost"], halves.payload["tax"]) == (178.0, 27.1)


def test_names_numbers_and_people_in_columns() -> None:
    found = from_reading(
        paper(
            [
                ("HOLLOW CREEK AUTO REPAIR", "INVOICE # 206505"),
                ("118 TANNERY LANE", "DATE: 05/10/2025"),
                ("HOLLOW CREEK, OR 97999", "WORK ORDER: WO-7781"),
                ("BILL TO: BIG COURIERS LLC", "ODOMETER: 91,143 MI"),
                ("ADVISOR", "TECHNICIAN"),
                ("KIM DOYLE", "DANA WELLS"),
                ("LABOR", "90.00"),
                ("TOTAL", "$90.00"),
            ]
        ),
        Hint(),
    )
    assert found is not None
    assert found.payload["service_provider"] == {
        "name": "HOLLOW CREEK AUTO REPAIR",
        "address": "118 TANNERY LANE HOLLOW CREEK, OR 97999",
        "technician": "DANA WELLS",
    }
    assert (found.payload["invoice_number"], found.payload["work_order_number"]) == ("206505", "WO-7781")


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Lube, oil and filter change", "oil_change"),
        ("Ölwechsel mit Filter", "oil_change"),
        ("lwechsel mit Filter", "oil_change"),
        ("Vidange moteur", "oil_change"),
        ("Cambio de aceite", "oil_change"),
        ("Mount and balance four tires", "tire_replacement"),
        ("Replace front brake pads", "brake_service"),
        ("Bremsbeläge erneuert", "brake_service"),
        ("Hauptuntersuchung", "inspection"),
        ("MOT test class 7", "inspection"),
        ("Replace alternator", "electrical_repair"),
        ("40,000 km service", "scheduled_service"),
        ("Thank you for your custom", None),
    ],
)
def test_services_by_their_words(text: str, service: str | None) -> None:
    assert service_named(text) == service


def test_advice_promises_and_the_papers_own_words_are_no_services() -> None:
    rows: list[Row] = [
        "Oil change",
        "Recommended: new battery",
        "Declined: brake flush",
        "Old parts kept for inspection.",
        "Tires OK",
    ]
    assert list(find_services(text_lines(paper(rows)))) == ["oil_change"]


def test_services_follow_a_persons_correction() -> None:
    assert (
        derive({"service_types": ["inspection", "repair"]}, frozenset({"service_types"}))["service_type"]
        == "inspection"
    )
    made = derive({"service_type": "repair", "service_types": ["inspection", "repair"]}, frozenset({"service_type"}))
    assert made["service_types"] == ["repair", "inspection"]


def test_words_forgive_what_engines_do() -> None:
    assert words("total charges").search("TotalCharges12.00")
    assert words("mileage").search("Ml1eage")
    assert not words("part").search("party")
    assert tolerant(r"\d[il](?P<line>l)") == r"\d[il](?P<line>[il1])"


def test_cells_are_parted_by_gaps_in_lines_and_in_words() -> None:
    rows: list[Row] = [("PART NO", "DESCRIPTION OF PARTS", "AMOUNT")]
    for reading in (paper(rows), in_words(rows)):
        [line] = text_lines(reading)
        assert [line.text[a:b] for a, b in cells(line)] == ["PART NO", "DESCRIPTION OF PARTS", "AMOUNT"]


_PIECE = st.one_of(
    st.sampled_from(
        [
            "TOTAL",
            "LABOR",
            "PARTS",
            "TAX 7%",
            "SUBTOTAL",
            "ODOMETER IN/OUT",
            "NEXT SERVICE",
            "1,05,320 km",
            "2 x 3.50",
            "7.00",
        ]
    ),
    st.decimals(min_value=0, max_value=99_999, places=2).map(str),
    st.text(max_size=20),
)


@given(st.lists(st.lists(_PIECE, min_size=1, max_size=4), max_size=12))
def test_nothing_on_a_bill_raises(rows: list[list[str]]) -> None:
    found = from_reading(paper([*HEAD, *(tuple(row) for row in rows)]), Hint())
    if found is not None and found.evidence >= ENOUGH_EVIDENCE and "cost" in found.payload:
        assert Decimal(found.fields["total"].value) == Decimal(str(found.payload["cost"]))


def test_receipts_dates_keep_their_order() -> None:
    receipt = read_receipt(paper(["SHOP LLC", "EXPIRY 01/02/2030", "DATE 06/14/2024", ("TOTAL", "$5.00")]))
    assert receipt.fields["date"].value == "2024-06-14"


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        (["Inv. No. 20817"], "20817"),
        (["Belegnummer: 20817"], "20817"),
        (["N° facture : FA2520817"], "FA2520817"),
        (["Faktura VAT nr FV/20817/12/2025"], "FV/20817/12/2025"),
        ([("Invoice / Facture", "Date Ready", "KM In"), ("20817", "2025-03-04", "88250")], "20817"),
        ([("Nº FACTURA", "FECHA", "MATRÍCULA"), ("A-20817", "04/03/2025", "9999 ZZZ")], "A-20817"),
    ],
)
def test_invoice_numbers_of_many_countries(rows: list[Row], number: str) -> None:
    foot: list[Row] = [("Labour", "10.00"), ("Parts", "2.00"), ("TAX", "0.00"), ("TOTAL", "12.00"), "Date 04/25/2024"]
    found = from_reading(paper(["MILLER AUTO REPAIR LLC", *rows, "Kilometros: 84.210", *foot]), Hint())
    assert found is not None
    assert found.payload["invoice_number"] == number


def test_a_count_and_a_price_are_not_one_amount() -> None:
    found = read(
        ("Pos", "Bezeichnung", "Art.-Nr.", "Menge", "Preis", "Betrag"),
        ("1", "Batterie", "E39-570", "1", "140,07", "140,07"),
        "KDV %20 28,01",
        "Summe 168,08",
    )
    [part] = found.payload["parts_replaced"]
    assert (part["part_number"], part["quantity"], part["cost"]) == ("E39-570", 1, 140.07)


def test_number_and_price_below_their_row_belong_to_it() -> None:
    found = read(("4 Valve hats", "15.88"), "TR413 EA 3.97", ("TOTAL", "15.88"))
    [part] = found.payload["parts_replaced"]
    assert (part["part_number"], part["quantity"], part["unit_cost"]) == ("TR413", 4, 3.97)


def test_columns_of_taxes_are_no_rows_amount() -> None:
    found = read(
        ("Description", "Part No", "Qty", "Rate", "Taxable", "CGST 9%", "SGST 9%"),
        ("Brake pad front set", "04465-0K", "1", "2462.71", "2462.71", "221.64", "221.64"),
        "Invoice Date 25/04/2024",
        ("Parts Taxable Amount", "2462.71"),
        ("CGST", "221.64"),
        ("SGST", "221.64"),
        ("Net Payable", "2905.99"),
    )
    assert [part["cost"] for part in found.payload["parts_replaced"]] == [2462.71]


def test_the_sign_of_the_euro_may_be_taken_for_a_digit() -> None:
    found = read(
        ("Total main d'øuvre HT", "201,25"),
        ("Total pices HT", "413,608"),
        ("TOTAL HT", "614,858"),
        ("TVA 20,00 %", "122,978"),
        ("NET & PAYER TTC", "737,82"),
    )
    payload = found.payload
    assert (payload["cost"], payload["tax"], payload["parts_cost"]) == (737.82, 122.97, 413.60)


def test_rows_are_work_where_the_printed_sums_leave_them_no_other_place() -> None:
    table: list[Row] = [
        ("Item No", "Description", "Qty", "Price", "Amount"),
        ("AB12-1", "Bushing", "1", "40.00", "40.00"),
    ]
    sums: list[Row] = [("Labour", "60.00"), ("Parts", "40.00"), ("TOTAL", "100.00")]
    unsure: Row = ("XY99-2", "Overall", "1", "60.00", "60.00")
    assert [part["part_number"] for part in read(*table, unsure, *sums).payload["parts_replaced"]] == ["AB12-1"]
    assert len(read(*table, unsure, ("TOTAL", "100.00")).payload["parts_replaced"]) == 2


def test_a_summary_of_taxes_is_no_table_of_parts() -> None:
    found = read(("TOTAL TO PAY", "187.57"), ("VAT rate", "Net", "VAT"), ("20.0%", "156.31", "31.26"))
    assert (found.payload["cost"], found.payload["tax"]) == (187.57, 31.26)


def test_a_tax_in_brackets_is_no_sum() -> None:
    found = read(("Labour (inc GST)", "110.00"), ("Total Amount Payable", "110.00"), ("Includes GST of", "10.00"))
    assert (found.payload["labour_cost"], found.payload["tax"]) == (110.0, 10.0)


def test_a_month_with_its_year_is_no_distance() -> None:
    assert find_next_service(text_lines(paper(["nächste HU 06/2028"])), 99_250).after is None


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Sostituzione pastiglie freni anteriori", "brake_service"),
        ("Tagliando di manutenzione", "scheduled_service"),
        ("APK keuring", "inspection"),
        ("Wymiana oleju silnikowego", "oil_change"),
        ("Mudança de óleo", "oil_change"),
        ("Montage pneus et équilibrage", "tire_replacement"),
        ("Fren balata değişimi", "brake_service"),
    ],
)
def test_services_in_more_languages(text: str, service: str) -> None:
    assert list(find_services(text_lines(paper([text])))) == [service]


def test_a_fleet_s_unit_number_is_no_odometer_and_lost_letters_are_forgiven() -> None:
    assert odometers("Odom&tre:177449 km") == [(177_449, "km", "")]
    assert odometers("Przebieg: 177 449 km") == [(177_449, "km", "")]
    assert odometers("0do 49664 km") == [(49_664, "km", "")]
    assert odometers("Unit 4471") == []
