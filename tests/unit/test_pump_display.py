"""Photos of a pump's display: three numbers and what stands around them."""

from __future__ import annotations

import pytest

from capture.events import understand, validate_payload
from capture.events.base import Candidate, Hint
from tests.unit.paper import Row, paper


def _read(rows: list[Row]) -> Candidate:
    [event] = understand(paper(rows), Hint()).candidates
    assert event.event_type == "fuel_purchase"
    validate_payload("fuel_purchase", event.payload)
    return event


@pytest.mark.parametrize(
    ("rows", "volume", "price", "total", "unit"),
    [
        (
            [("THIS SALE $", "45.67"), ("GALLONS", "12.345"), ("PRICE PER GALLON", "$3.69 9/10"), ("REGULAR", "PLUS")],
            12.345, 3.699, 45.67, "gal_us",
        ),
        (["45.66", "THIS SALE $", "12.345", "GALLONS", "3.699", "PRICE PER GALLON"], 12.345, 3.699, 45.66, "gal_us"),
        ([("£", "50.42"), ("LITRES", "34.56"), ("PENCE PER LITRE", "145.9")], 34.56, 1.459, 50.42, "L"),
        (
            ["THIS SALE $", ("", "57.92"), "GALLONS", ("", "16.601"), "PRICE PER GALLON $", ("", "3.489")],
            16.601, 3.489, 57.92, "gal_us",
        ),
        ([("EURO", "54,19"), ("LITER", "30,12"), ("EURO/LITER", "1,799")], 30.12, 1.799, 54.19, "L"),
    ],
)  # fmt: skip
def test_display(rows: list[Row], volume: float, price: float, total: float, unit: str) -> None:
    event = _read(rows)
    payload = event.payload
    assert (payload["volume"], payload["unit_price"], payload["total_cost"]) == (volume, price, total)
    assert payload["volume_unit"] == unit
    assert event.flags == ()
    assert event.signal == "agrees"


def test_lost_points_are_put_back_and_told() -> None:
    event = _read(["4566", "THIS SALE", "12345", "GALLONS", "3699", "PRICE/GAL"])
    assert (event.payload["volume"], event.payload["unit_price"], event.payload["total_cost"]) == (12.345, 3.699, 45.66)
    assert [flag.code for flag in event.flags] == ["value_derived", "value_derived"]


def test_a_misread_number_is_told() -> None:
    event = _read([("THIS SALE $", "48.67"), ("GALLONS", "12.345"), ("PRICE PER GALLON", "$3.699")])
    assert event.payload["total_cost"] == 48.67
    assert [flag.code for flag in event.flags] == ["arithmetic_disagrees"]


def test_the_third_number_follows_from_two() -> None:
    event = _read([("GALLONS", "12.345"), ("PRICE PER GALLON", "$3.699")])
    assert event.payload["total_cost"] == 45.66
    assert event.fields["total"].derived
    assert event.signal == "derived_total"


@pytest.mark.parametrize(
    "rows",
    [
        ["ODO", "123456 km", "12.3 L/100 km", "20.5 L", "TRIP 123.4"],
        ["RANGE 340 km", "FUEL 30.5 L", "1.79"],
        ["Pils 0,4 l 4,20", "Cola 0,3 l 3,10", "Wein 0,2 l 5,50", "Total 12,80 EUR"],
        ["UNLEADED 3.459", "DIESEL 3.899", "PRICE PER GALLON"],
    ],
)
def test_what_is_no_display_of_a_pump(rows: list[Row]) -> None:
    found = understand(paper(rows), Hint()).candidates
    assert "fuel_purchase" not in [event.event_type for event in found]
