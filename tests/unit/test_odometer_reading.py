from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.dashboard import is_scale, turn_over
from capture.events import understand, validate_payload
from capture.events.base import Candidate, Hint
from capture.events.odometer_reading import from_reading
from capture.reading import Reading
from tests.unit.paper import Row, paper, reading, span

SCALE = [span(str(v), 100 + 12 * v, 900 - 3 * abs(v - 110), 40) for v in range(20, 240, 20)] + [
    span("km/h", 900, 1_200, 40)
]


def dashboard(*texts: tuple[str, float, float], score: float | None = 0.99) -> Reading:
    return reading([*SCALE, *(span(text, x, y, 45, score) for text, x, y in texts)])


def read(page: Reading, hint: Hint | None = None) -> Candidate:
    candidate = from_reading(page, hint or Hint())
    assert candidate is not None
    validate_payload("odometer_reading", candidate.payload)
    return candidate


def codes(candidate: Candidate) -> set[str]:
    return {flag.code for flag in candidate.flags}


def test_kilometres_become_miles() -> None:
    candidate = read(dashboard(("ODO", 800, 500), ("123456 km", 900, 500)))
    assert candidate.payload == {
        "source": "rapid_ocr",
        "reading": 123_456,
        "parsed_digits": "123456",
        "ocr_confidence": 99,
        "unit": "km",
        "miles": 76_712,
    }
    assert codes(candidate) == set()
    assert candidate.evidence >= 0.8
    assert candidate.signal == "labelled"
    assert {name: field.value for name, field in candidate.fields.items()} == {
        "reading": "123456",
        "parsed_digits": "123456",
        "unit": "km",
    }
    assert candidate.fields["reading"].polygon is not None
    assert candidate.fields["reading"].polygon[0] == (900, 500)


def test_miles_stay_miles() -> None:
    candidate = read(dashboard(("84210", 900, 500), ("miles", 1_050, 500)))
    assert (candidate.payload["miles"], candidate.payload["unit"]) == (84_210, "mi")


def test_leading_zeros_are_kept_in_the_digits_alone() -> None:
    candidate = read(dashboard(("004385 km", 900, 500)))
    assert (candidate.payload["parsed_digits"], candidate.payload["reading"]) == ("004385", 4_385)


def test_unit_of_the_vehicles_record() -> None:
    page = dashboard(("84210", 900, 500))
    known = read(page, Hint(vehicle_unit="km"))
    assert (known.payload["miles"], codes(known)) == (52_326, {"unit_from_vehicle"})
    unknown = read(page)
    assert "miles" not in unknown.payload
    assert "unit" not in unknown.payload
    assert unknown.payload["reading"] == 84_210
    assert codes(unknown) == {"unit_unknown"}


def test_display_goes_before_the_record() -> None:
    assert read(dashboard(("84210 km", 900, 500)), Hint(vehicle_unit="mi")).payload["unit"] == "km"


@pytest.mark.parametrize(
    "other",
    [
        "12:45",
        "2024/11/21",
        "21.5 km",
        "8°C",
        "1402/07/09",
        "100 120",
        "100120",
        "180",
        "x1000rpm",
        "1637",
        "L/100 7.4",
        "Menzil 459 km",
    ],
)
def test_other_numbers_are_not_the_odometer(other: str) -> None:
    page = dashboard((other, 300, 500), ("84210 km", 900, 600))
    assert read(page).payload["parsed_digits"] == "84210"
    alone = understand(dashboard((other, 300, 500)), Hint())
    assert alone.candidates == ()


def test_trip_with_decimals_is_not_the_odometer() -> None:
    page = dashboard(("TRIP", 700, 500), ("1306.1", 900, 500), ("025804", 900, 600), ("km", 1_100, 600))
    assert read(page).payload["reading"] == 25_804


def test_label_decides_between_two() -> None:
    page = dashboard(("ODO", 780, 500), ("84210", 900, 500), ("TRIP", 780, 700), ("91022", 900, 700))
    candidate = read(page, Hint(vehicle_unit="km"))
    assert candidate.payload["parsed_digits"] == "84210"
    assert codes(candidate) == {"unit_from_vehicle"}


def test_rivals_are_flagged_and_make_another_class() -> None:
    candidate = read(dashboard(("84210 km", 900, 500), ("91022 km", 900, 800)))
    assert "rival_readings" in codes(candidate)
    assert candidate.features["rivals"] == 1
    assert "91022" in next(flag.sentence for flag in candidate.flags if flag.code == "rival_readings")


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("LLBE82", "283877"),
        ("280h82", "284082"),
        ("62E52", "25329"),
        ("wy0EL52", "25730"),
        ("12345", None),
        ("LE61", None),
        ("CHECK", None),
        ("88:88", None),
        ("", None),
    ],
)
def test_displays_read_upside_down(text: str, digits: str | None) -> None:
    assert turn_over(text) == digits


def test_turned_reading_says_so_in_its_class() -> None:
    candidate = read(dashboard(("280h82", 900, 500)), Hint(vehicle_unit="km"))
    assert candidate.payload["parsed_digits"] == "284082"
    assert candidate.fields["parsed_digits"].raw == "280h82"
    assert candidate.signal == "turned"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("15 1904 km", "151904"),
        ("16141 1km", "161411"),
        ("30117657km", "117657"),
        ("00222962km", "222962"),
        ("123,456 km", "123456"),
    ],
)
def test_split_and_glued_digits(text: str, digits: str) -> None:
    assert read(dashboard((text, 900, 500))).payload["parsed_digits"] == digits


def test_bare_number_beside_two_scales_is_a_class_of_its_own() -> None:
    bare = read(dashboard(("84210", 900, 500)), Hint(vehicle_unit="km"))
    dual = read(dashboard(("84210", 900, 500), ("mph", 1_400, 1_200)), Hint(vehicle_unit="km"))
    assert (bare.signal, dual.signal) == ("bare", "dual")


def test_engine_without_scores() -> None:
    candidate = read(dashboard(("84210 km", 900, 500), score=None))
    assert "ocr_confidence" not in candidate.payload
    assert candidate.signal == "unscored"


def test_hint_is_evidence_and_not_truth() -> None:
    page = dashboard(("84210 km", 900, 500))
    assert "kind_differs" in codes(read(page, Hint(kind="maintenance")))
    assert [c.event_type for c in understand(page, Hint(kind="maintenance")).candidates] == ["odometer_reading"]


def test_receipt_is_no_odometer() -> None:
    rows: list[Row] = [
        "CORNER CAFE",
        "DATE 14/02/2024",
        "TRANS 123456",
        ("TEA", "2.00"),
        ("CAKE", "4.00"),
        ("TOTAL", "RM 6.00"),
        ("CASH", "6.00"),
    ]
    assert from_reading(paper(rows), Hint(kind="odometer")) is None


def test_receipt_on_its_side_is_no_odometer() -> None:
    words = ["Total", "Invoice number: 40217", "Cash", "RM 60.59", "19.80 litre", "RM 60.59"]
    page = reading([span(text, 60, 80 * i, height=200) for i, text in enumerate(words)])
    assert from_reading(page, Hint(kind="odometer")) is None


def test_blank_photo_has_no_odometer() -> None:
    assert from_reading(reading([]), Hint(kind="odometer")) is None


@pytest.mark.parametrize("text", ["80", "100 120", "100120", "4050", "2030", "240", "0", "80100", "1020"])
def test_scales(text: str) -> None:
    assert is_scale(text)


@pytest.mark.parametrize("text", ["84210", "123456", "1283", "513", "abc", "", "270", "8128"])
def test_no_scales(text: str) -> None:
    assert not is_scale(text)


@given(st.lists(st.text(alphabet="0123456789kmi.,: ODTRIPLEh°", max_size=14), max_size=10))
def test_any_dashboard_is_taken(texts: list[str]) -> None:
    page = reading([span(text, 50 * i, 40 * i) for i, text in enumerate(texts)])
    candidate = from_reading(page, Hint(kind="odometer"))
    if candidate is not None:
        validate_payload("odometer_reading", candidate.payload)
