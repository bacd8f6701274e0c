"""What follows from the fields that a person gives."""

from __future__ import annotations

import pytest

from capture.errors import RefusedError
from capture.events import corrected_payload, entered_payload

ODOMETER = {"source": "rapid_ocr", "reading": 17052, "unit": "km", "miles": 10596, "parsed_digits": "017052"}
FUEL = {
    "source": "rapid_ocr",
    "volume": 35.1,
    "volume_unit": "L",
    "unit_price": 2.45,
    "gallons": 9.272,
    "price_per_gallon": 9.274,
    "total_cost": 86.0,
}


def test_an_entered_odometer_gets_its_miles() -> None:
    made = entered_payload("odometer_reading", {"reading": 160934, "unit": "km"})
    assert (made["miles"], made["parsed_digits"], made["source"]) == (100000, "160934", "manual")


@pytest.mark.parametrize(("reading", "digits"), [(1200.5, "12005"), ("1200.5", "12005"), (1200.0, "1200"), (0.4, "04")])
def test_an_entered_reading_may_have_tenths(reading: object, digits: str) -> None:
    made = entered_payload("odometer_reading", {"reading": reading, "unit": "km"})
    assert (made["reading"], made["parsed_digits"]) == (float(str(reading)), digits)
    assert corrected_payload("odometer_reading", ODOMETER, {"reading": reading})["parsed_digits"] == digits


def test_entered_miles_are_the_reading() -> None:
    made = entered_payload("odometer_reading", {"miles": 123456})
    assert (made["reading"], made["unit"], made["parsed_digits"]) == (123456, "mi", "123456")


def test_a_corrected_unit_keeps_the_digits_and_changes_the_miles() -> None:
    made = corrected_payload("odometer_reading", ODOMETER, {"unit": "mi"})
    assert (made["reading"], made["miles"], made["parsed_digits"]) == (17052, 17052, "017052")


def test_a_reading_whose_unit_is_taken_out_has_no_miles() -> None:
    made = corrected_payload("odometer_reading", ODOMETER, {"unit": None})
    assert "miles" not in made
    assert made["reading"] == 17052


def test_a_corrected_volume_changes_the_gallons_alone() -> None:
    made = corrected_payload("fuel_purchase", FUEL, {"volume": 10.0, "volume_unit": "gal_imp"})
    assert made["gallons"] == 12.009
    assert made["price_per_gallon"] == pytest.approx(2.040, abs=0.0005)
    assert made["total_cost"] == 86.0


def test_corrected_gallons_are_the_volume() -> None:
    made = corrected_payload("fuel_purchase", FUEL, {"gallons": 9.5})
    assert (made["volume"], made["volume_unit"], made["unit_price"]) == (9.5, "gal_us", 9.274)


def test_a_workshops_kilometres_become_miles_and_the_reverse() -> None:
    made = entered_payload("maintenance", {"service_type": "oil_change", "odometer": 100000, "odometer_unit": "km"})
    assert made["odometer_miles"] == 62137
    made = corrected_payload("maintenance", made, {"odometer_miles": 62000})
    assert (made["odometer"], made["odometer_unit"], made["odometer_miles"]) == (62000, "mi", 62000)


@pytest.mark.parametrize("name", ["source", "provenance", "payload_version", "image_metadata"])
def test_where_a_payload_is_from_is_not_corrected(name: str) -> None:
    with pytest.raises(RefusedError) as refused:
        corrected_payload("odometer_reading", ODOMETER, {name: "x"})
    assert name in refused.value.message
