"""Slips of many countries, as an engine without a fault would read them."""

from __future__ import annotations

from random import Random

import pytest

from capture.documents.fuel.grades import find_products
from capture.documents.layout import text_lines
from capture.documents.money import decimal_mark
from capture.events import understand, validate_payload
from capture.events.base import Candidate, Hint
from fixtures import (
    abroad_styles,
    border_styles,
    forecourt_styles,
    fuel_styles,
    further_styles,
    highway_styles,
    junction_styles,
    market_styles,
    other_receipts,
    road_styles,
    terminal_styles,
    wayside_styles,
    world_styles,
)
from fixtures.fuel_styles import Style
from fixtures.slips import Slip
from tests.unit.paper import Row, paper
from tests.unit.printed import printed
from worker.evaluation import FIELDS, NUMBERS, same_value

SOLD = (
    *fuel_styles.FUEL_STYLES,
    *world_styles.FUEL_STYLES,
    *further_styles.FUEL_STYLES,
    *road_styles.FUEL_STYLES,
    *forecourt_styles.FUEL_STYLES,
    *highway_styles.FUEL_STYLES,
    *border_styles.FUEL_STYLES,
    *terminal_styles.FUEL_STYLES,
    *junction_styles.FUEL_STYLES,
    *market_styles.FUEL_STYLES,
    *abroad_styles.FUEL_STYLES,
    *(style for style in wayside_styles.FUEL_STYLES if style is not wayside_styles.pakistan_fleet),
)
OTHERS = (
    *fuel_styles.OTHER_STYLES,
    *other_receipts.OTHER_STYLES,
    *further_styles.OTHER_STYLES,
    *road_styles.OTHER_STYLES,
    *terminal_styles.OTHER_STYLES,
    *market_styles.OTHER_STYLES,
)


def _slip(style: Style, number: int) -> Slip:
    return style(Random(number))  # noqa: S311  slips that come again


@pytest.mark.parametrize("style", SOLD, ids=lambda style: style.__name__)
def test_every_field_of_every_style(style: Style) -> None:
    for number in range(2):
        slip = _slip(style, number)
        understood = understand(printed(slip), Hint())
        [event] = understood.candidates
        validate_payload("fuel_purchase", event.payload)
        assert event.signal == "agrees"
        truth = {name: str(slip.truth[name]) for name in FIELDS if slip.truth.get(name) is not None}
        mark = decimal_mark(text for name, text in truth.items() if name in NUMBERS)
        said = {name: field.value for name, field in understood.fields.items()}
        assert {n: said.get(n) for n, text in truth.items() if not same_value(n, text, said.get(n), mark)} == {}


@pytest.mark.parametrize("style", OTHERS, ids=lambda style: style.__name__)
@pytest.mark.parametrize("kind", [None, "fuel_purchase"])
def test_no_other_receipt_is_fuel(style: Style, kind: str | None) -> None:
    for number in range(2):
        hint = Hint.model_validate({"kind": kind})
        assert understand(printed(_slip(style, number)), hint).candidates == ()


def _read(rows: list[Row]) -> Candidate:
    [event] = understand(paper(rows), Hint()).candidates
    assert event.event_type == "fuel_purchase"
    validate_payload("fuel_purchase", event.payload)
    return event


@pytest.mark.parametrize(
    ("rows", "volume", "price", "total"),
    [
        (
            ["中国石化加油站", "2024-06-14 08:41", "油品: 92号汽油", "单价: 7.45元/升", "数量: 40.27升",
             "合计: 300.01元"],
            40.27, 7.45, 300.01,
        ),
        (
            ["ENEOS", "2024/06/14 08:41", "レギュラー", "30.00L  @165", "4,950円", ("合計", "¥4,950")],
            30.0, 165.0, 4950.0,
        ),
        (
            ["JOES GAS", "PEORIA, IL 61602", "01/02/2025", ("Gallons:", "10.000"), ("Price/Gal:", "$3.49⁹"),
             ("Total:", "$34.99")],
            10.0, 3.499, 34.99,
        ),
        (
            ["JOES GAS", "PEORIA, IL 61602", "01/02/2025", ("Gallons:", "10000"), ("Price/Gal:", "$3.49 9/10"),
             ("Total:", "$34.99")],
            10.0, 3.499, 34.99,
        ),
        (
            ["COSTCO GAS #0455", "TACOMA, WA 98402", "06/14/2024", ("Pump", "Gallons", "Price"),
             ("10", "18.234", "$3.199"), ("Product", "Amount"), ("Regular", "$58.33"), ("Total Sale", "$58.33")],
            18.234, 3.199, 58.33,
        ),
        (
            ["POSTO CENTRAL LTDA", "14/06/2024 08:41", "GASOLINA COMUM", ("QTD 30,123 L x 5,49", "165,38"),
             ("TOTAL R$", "165,38")],
            30.123, 5.49, 165.38,
        ),
    ],
)  # fmt: skip
def test_numbers_in_other_forms(rows: list[Row], volume: float, price: float, total: float) -> None:
    payload = _read(rows).payload
    assert (payload["volume"], payload["unit_price"], payload["total_cost"]) == (volume, price, total)


FUEL_AND_COFFEE: list[Row] = [
    "PRAIRIE TRAVEL CENTER", "I-80 EXIT 312", "KEARNEY, NE 68847", "11/30/2024 10:15 CST", "UNLEADED 87 PUMP 3",
    ("10.500 GAL @ $3.299/GAL", "$34.64"), ("COFFEE LG", "$2.49"), ("SUBTOTAL", "$37.13"), ("TAX", "$0.18"),
    ("TOTAL", "$37.31"), "VISA XXXX1234", "TRANS # 9911",
]  # fmt: skip


def test_part_and_whole_of_a_slip_with_other_things() -> None:
    event = _read(FUEL_AND_COFFEE)
    assert (event.payload["fuel_cost"], event.payload["total_cost"]) == (34.64, 37.31)
    assert event.payload["items"] == [
        {"name": "UNLEADED 87", "kind": "regular", "volume": 10.5, "volume_unit": "gal_us", "unit_price": 3.299,
         "amount": 34.64},
        {"name": "COFFEE LG", "amount": 2.49},
    ]  # fmt: skip
    assert event.payload["time_zone"] == "CST"
    assert event.payload["receipt_data"]["transaction_number"] == "9911"
    assert [flag.code for flag in event.flags] == ["several_products"]


def test_parts_that_do_not_make_the_whole_are_flagged() -> None:
    rows: list[Row] = [("TOTAL", "$57.31") if row == ("TOTAL", "$37.31") else row for row in FUEL_AND_COFFEE]
    event = _read(rows)
    assert "arithmetic_disagrees" in [flag.code for flag in event.flags]
    assert event.signal == "disagrees"


def test_rupees_that_no_word_gives_a_country_are_flagged_by_their_price() -> None:
    [event] = understand(printed(_slip(wayside_styles.pakistan_fleet, 0)), Hint()).candidates
    assert (event.payload["currency"], [flag.code for flag in event.flags]) == ("INR", ["price_unusual"])


@pytest.mark.parametrize(
    ("word", "kind"),
    [("DERV", "diesel"), ("DYZELINAS", "diesel"), ("SOLAR", "diesel"), ("NAFTA", "diesel"), ("NAFTA SUPER", "regular"),
     ("CORRIENTE", "regular"), ("BENZINAS A95", "regular"), ("NMB 95", "regular"), ("M95", "regular"), ("GNV", "cng"),
     ("AUTOPLYN", "lpg"), ("GPL AUTO", "lpg")],
)  # fmt: skip
def test_fuels_by_their_names_abroad(word: str, kind: str) -> None:
    [product] = find_products(text_lines(paper([f"{word} 12,34"])), "EUR")
    assert product.kind == kind


@pytest.mark.parametrize("text", ["Reg: AB99 ZZZ", "Store 0417 Reg 02", "Reg. No 4", "SOLAR PANEL 12V"])
def test_words_that_look_like_a_fuel(text: str) -> None:
    assert find_products(text_lines(paper([text]))) == []


DIESEL_AND_FLUID: list[Row] = [
    "BIG MESA TRAVEL PLAZA", "FLAT ROCK, CO 81999", "11/30/2024 10:15", "ODOMETER: 245,678", "DIESEL #2 PUMP 12",
    ("85.250 GAL @ $3.899/GAL", "$332.39"), "DEF PUMP 12", ("5.120 GAL @ $3.999/GAL", "$20.47"), ("TOTAL", "$352.86"),
]  # fmt: skip


def test_exhaust_fluid_beside_diesel_has_no_part_in_its_gallons() -> None:
    event = _read(DIESEL_AND_FLUID)
    assert (event.payload["gallons"], event.payload["fuel_type"], event.payload["fuel_cost"]) == (
        85.25,
        "diesel",
        332.39,
    )
    assert [item["kind"] for item in event.payload["items"]] == ["diesel", "def"]
    assert event.payload["odometer"] == 245_678
    assert "odometer_miles" not in event.payload


def test_exhaust_fluid_alone_has_no_gallons() -> None:
    rows: list[Row] = [row for row in DIESEL_AND_FLUID if row not in DIESEL_AND_FLUID[3:6]]
    event = _read([("TOTAL", "$20.47") if row == ("TOTAL", "$352.86") else row for row in rows])
    assert (event.payload["fuel_type"], event.payload["volume"]) == ("def", 5.12)
    assert "gallons" not in event.payload
    assert "price_per_gallon" not in event.payload
    assert "not_fuel" in [flag.code for flag in event.flags]


def test_electricity_is_energy_and_no_volume() -> None:
    event = _read([
        "LADEPARK SONNENBERG GMBH", "99990 SONNENBERG", "14.06.2024 08:41", "Ladevorgang CCS", "Energie 32,45 kWh",
        "Preis 0,79 EUR/kWh", ("Gesamtbetrag", "25,64 EUR"),
    ])  # fmt: skip
    assert (event.payload["energy_kwh"], event.payload["price_per_kwh"], event.payload["fuel_type"]) == (
        32.45,
        0.79,
        "electric",
    )
    assert not {"volume", "gallons", "unit_price"} & event.payload.keys()


def test_an_electricity_bill_is_no_charging() -> None:
    rows: list[Row] = [
        "CITY POWER",
        "ELECTRICITY BILL",
        "12/05/2024",
        ("Usage 320.5 kWh", "0.21/kWh", "67.31"),
        ("TOTAL", "67.31"),
    ]
    assert understand(paper(rows), Hint(kind="fuel_purchase")).candidates == ()


def test_every_reading_of_a_number_is_kept() -> None:
    rows: list[Row] = [
        ("GALLONS", "10.500") if row == ("10.500 GAL @ $3.299/GAL", "$34.64") else row for row in FUEL_AND_COFFEE
    ]
    event = _read([*rows, ("PRICE/GAL", "$3.299"), ("VOLUME", "10.600")])
    assert "10.6" in [other.value for other in event.fields["volume"].hypotheses]


def test_the_odometer_in_miles_follows_from_the_vehicles_unit() -> None:
    [event] = understand(paper(DIESEL_AND_FLUID), Hint(vehicle_unit="km")).candidates
    assert (event.payload["odometer_unit"], event.payload["odometer_miles"]) == ("km", 152_657)
