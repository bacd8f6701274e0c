from __future__ import annotations

import pytest

from capture.events import ENOUGH_EVIDENCE, understand, validate_payload
from capture.events.base import Candidate, Hint
from capture.events.maintenance import from_reading
from tests.unit.paper import Row, in_words, paper

INVOICE: list[Row] = [
    "MAPLE AUTO SERVICE",
    "456 SERVICE RD",
    "OAKLAND, CA 94607",
    "TEL 510-555-0100",
    ("INVOICE NO 20817", "DATE 06/14/2024"),
    "VEHICLE: 2019 VAN",
    "ODOMETER IN: 125,000 MILES",
    "TECHNICIAN: DANA WELLS",
    ("DESCRIPTION", "QTY", "AMOUNT"),
    "OIL CHANGE SERVICE",
    ("PF-2135 OIL FILTER", "1 EA", "12.99"),
    ("MOTOR OIL 5W-30 SYNTHETIC", "5 QUARTS", "45.00"),
    ("LABOR", "32.00"),
    ("PARTS TOTAL", "57.99"),
    ("SUBTOTAL", "89.99"),
    ("SALES TAX", "5.01"),
    ("TOTAL", "$95.00"),
    "NEXT OIL CHANGE DUE AT 130,000 MILES",
]
WORKSHOP: list[Row] = [
    "BENGKEL CEMERLANG ENTERPRISE",
    "12 JALAN MAWAR 3",
    "43000 KAJANG, SELANGOR",
    ("INV NO: 10233", "DATE: 14/03/2024"),
    ("PLATE NO: WXX1234", "MILEAGE: 88,250"),
    ("BRAKE PADS", "120.00"),
    ("WORKMANSHIP", "40.00"),
    ("TOTAL", "RM 160.00"),
]


def read(rows: list[Row], hint: Hint | None = None) -> Candidate:
    candidate = from_reading(paper(rows), hint or Hint())
    assert candidate is not None
    validate_payload("maintenance", candidate.payload)
    return candidate


def codes(candidate: Candidate) -> set[str]:
    return {flag.code for flag in candidate.flags}


def test_invoice_in_miles() -> None:
    job = read(INVOICE)
    assert job.evidence >= 0.9
    assert codes(job) == set()
    assert job.payload == {
        "source": "rapid_ocr",
        "service_type": "oil_change",
        "service_types": ["oil_change"],
        "odometer": 125_000,
        "odometer_unit": "mi",
        "odometer_miles": 125_000,
        "cost": 95.0,
        "currency": "USD",
        "labour_cost": 32.0,
        "parts_cost": 57.99,
        "subtotal": 89.99,
        "tax": 5.01,
        "service_date": "2024-06-14",
        "invoice_number": "20817",
        "parts_replaced": [
            {
                "part_name": "oil_filter",
                "description": "OIL FILTER",
                "part_number": "PF-2135",
                "quantity": 1,
                "cost": 12.99,
            },
            {
                "part_name": "motor_oil",
                "description": "MOTOR OIL 5W-30 SYNTHETIC",
                "quantity": 5,
                "unit": "quart",
                "cost": 45.0,
                "specification": "5W-30 SYNTHETIC",
            },
        ],
        "service_provider": {
            "name": "MAPLE AUTO SERVICE",
            "address": "456 SERVICE RD OAKLAND, CA 94607",
            "technician": "DANA WELLS",
        },
        "next_service": {
            "recommended_miles": 130_000,
            "recommended_odometer": 130_000,
            "service_type": "oil_change",
        },
        "ocr_confidence": 99,
    }
    assert job.fields["odometer"].raw == "125,000"


def test_word_spans_read_the_same() -> None:
    words = from_reading(in_words(INVOICE), Hint())
    assert words is not None
    assert {**words.payload, "source": ""} == {**read(INVOICE).payload, "source": ""}


@pytest.mark.parametrize(
    ("unit", "miles", "flag"),
    [(None, None, "unit_unknown"), ("km", 54_836, "unit_from_vehicle"), ("mi", 88_250, "unit_from_vehicle")],
)
def test_odometer_without_a_unit(unit: str | None, miles: int | None, flag: str) -> None:
    job = read(WORKSHOP, Hint.model_validate({"vehicle_unit": unit}))
    assert job.payload["odometer"] == 88_250
    assert job.payload.get("odometer_miles") == miles
    assert codes(job) == {flag}
    assert job.payload["service_type"] == "brake_service"


def test_kilometres_become_miles() -> None:
    rows: list[Row] = [
        ("PLATE NO: WXX1234", "MILEAGE: 88,250 KM") if "PLATE NO: WXX1234" in row else row for row in WORKSHOP
    ]
    job = read(rows)
    assert job.payload["odometer_miles"] == 54_836
    assert job.payload["odometer_unit"] == "km"
    assert codes(job) == set()


def test_missing_odometer_is_told() -> None:
    rows: list[Row] = ["PLATE NO: WXX1234" if "PLATE NO: WXX1234" in row else row for row in WORKSHOP]
    job = read(rows)
    assert "odometer_missing" in codes(job)
    assert job.evidence >= ENOUGH_EVIDENCE


def test_interval_is_no_odometer_of_the_next_service() -> None:
    rows: list[Row] = [*WORKSHOP, "Next service due in 10 000 km or 12 months"]
    assert read(rows).payload["next_service"] == {"after_distance": 10_000, "after_months": 12}


@pytest.mark.parametrize(
    "rows",
    [
        [
            "ORCHID HARDWARE",
            "14/02/2024 10:00",
            ("ENGINE OIL", "38.00"),
            ("SPARK PLUG", "8.00"),
            ("TOTAL", "RM 46.00"),
            "CASH 50.00",
        ],
        ["CORNER CAFE", "14/02/2024 10:00", ("TEA", "2.00"), ("TOTAL", "RM 2.00"), "CASH 2.00"],
    ],
)
def test_shopping_is_no_maintenance(rows: list[Row]) -> None:
    job = read(rows)
    assert job.evidence < ENOUGH_EVIDENCE
    assert "service_type" not in job.fields
    assert understand(paper(rows), Hint()).candidates == ()


def test_hint_is_evidence_and_not_truth() -> None:
    assert "kind_differs" in codes(read(WORKSHOP, Hint(kind="fuel_purchase")))
    assert [c.event_type for c in understand(paper(WORKSHOP), Hint(kind="fuel_purchase")).candidates] == ["maintenance"]


def test_dashboard_is_no_invoice() -> None:
    assert from_reading(paper(["ODO", "123456 km"]), Hint()) is None
