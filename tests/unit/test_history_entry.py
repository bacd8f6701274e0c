"""What a vehicle's history keeps of an event: when it was, which ways there are to read it, what was filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from capture.events import changed_payload, entered_payload
from capture.events.base import Hint
from capture.events.odometer_reading import from_display
from capture.history import entry
from capture.history.entry import Entry, Told, entry_of, happened_at, said_by
from capture.history.model import Fill
from capture.reading import Hypothesis, Reading, Span
from tests.unit.judging import BOX

TOOK = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
CAME = TOOK + timedelta(hours=1)

FUEL: dict[str, Any] = {
    "source": "rapid_ocr", "volume": 40.0, "volume_unit": "L", "unit_price": 1.5, "currency": "EUR",
    "fuel_type": "diesel",
}  # fmt: skip


def told(event_type: str, payload: dict[str, Any], **more: Any) -> Told:
    return Told(**{"event_type": event_type, "payload": payload, "occurred_at": TOOK, "received_at": CAME, **more})


def kept(event_type: str, payload: dict[str, Any], **more: Any) -> Entry:
    made = entry_of(told(event_type, payload, **more))
    assert made is not None
    return made


def display(*ways: tuple[str, bool, float]) -> Reading:
    hypotheses = tuple(
        Hypothesis(
            digits=digits,
            tenths=tenths,
            probability=probability,
            digit_probabilities=(probability,) * len(digits),
            polygon=BOX,
            digit_polygons=(BOX,) * len(digits),
        )
        for digits, tenths, probability in ways
    )
    span = Span(text=hypotheses[0].text, polygon=BOX, role="odometer", hypotheses=hypotheses)
    return Reading(engine="odometer", model="odometer 1", subject="display", spans=(span,))


RANKED = display(("012345", False, 0.7), ("012345", True, 0.2), ("912345", False, 0.05), ("1234567890", False, 0.01))


@pytest.mark.parametrize("event_type", ["issue_report", "trip_batch"])
def test_some_types_are_no_part_of_a_history(event_type: str) -> None:
    assert entry_of(told(event_type, {})) is None


def test_the_ways_are_those_that_the_reader_ranked() -> None:
    candidate = from_display(RANKED, None, Hint(vehicle_unit="mi"))
    assert candidate is not None
    made = kept("odometer_reading", candidate.payload, readings=(RANKED,), codes=("unit_from_vehicle",))
    assert [(way.digits, way.shown, way.km) for way in made.ways] == [
        ("012345", 12345, 19867.352),
        ("012345", 1234.5, 1986.735),
        ("912345", 912345, 1468276.952),
    ]  # what no payload takes is no way to read it
    assert (made.unit, made.unit_printed) == ("mi", False)


def test_each_way_makes_the_event_that_says_it() -> None:
    candidate = from_display(RANKED, None, Hint(vehicle_unit="mi"))
    assert candidate is not None
    made = kept("odometer_reading", candidate.payload, readings=(RANKED,))
    first, tenths, other = (changed_payload("odometer_reading", candidate.payload, said_by(way)) for way in made.ways)
    assert {name: first[name] for name in candidate.payload} == candidate.payload
    assert (tenths["reading"], tenths["parsed_digits"], tenths["miles"], tenths["ocr_confidence"]) == (
        1234.5, "012345", 1234, 20,
    )  # fmt: skip
    assert (other["reading"], other["miles"]) == (912345, 912345)


def test_the_way_that_history_chose_keeps_its_place_among_the_pixels() -> None:
    other = display(("00612", True, 0.9)).spans[0].hypotheses
    trip = RANKED.spans[0].model_copy(update={"role": "trip", "hypotheses": other})
    shown = RANKED.model_copy(update={"spans": (RANKED.spans[0], trip)})
    candidate = from_display(shown, None, Hint(vehicle_unit="km", expected_km=(912_000, 913_000)))
    assert candidate is not None
    assert candidate.payload["reading"] == 912_345
    made = kept("odometer_reading", candidate.payload, readings=(shown,))
    assert [(way.digits, round(way.probability, 3)) for way in made.ways] == [
        ("012345", 0.7), ("012345", 0.2), ("912345", 0.05), ("00612", 0.27),
    ]  # fmt: skip
    assert made.said == 2
    again = changed_payload("odometer_reading", candidate.payload, said_by(made.ways[made.said]))
    assert {name: again[name] for name in candidate.payload} == candidate.payload


def test_tenths_that_are_not_sure_are_no_way_of_their_own() -> None:
    unsure = display(("123454", True, 0.5), ("123455", True, 0.3), ("12845", False, 0.1))
    candidate = from_display(unsure, None, Hint(vehicle_unit="km"))
    assert candidate is not None
    made = kept("odometer_reading", candidate.payload, readings=(unsure,))
    assert [(way.digits, way.tenths, way.shown, way.probability) for way in made.ways] == [
        ("123454", True, 12345, 0.8),
        ("12845", False, 12845, 0.1),
    ]
    again = changed_payload("odometer_reading", candidate.payload, said_by(made.ways[0]))
    assert {name: again[name] for name in candidate.payload} == candidate.payload


def test_ways_of_another_reading_than_the_event_s_do_not_count() -> None:
    payload = {"source": "odometer", "reading": 99, "unit": "km", "parsed_digits": "99"}
    made = kept("odometer_reading", payload, readings=(RANKED,), probability=0.98)
    assert [(way.digits, way.probability) for way in made.ways] == [("99", 0.98)]


def test_what_a_person_decided_is_certain_and_the_only_way() -> None:
    candidate = from_display(RANKED, None, Hint(vehicle_unit="mi"))
    assert candidate is not None
    made = kept("odometer_reading", candidate.payload, readings=(RANKED,), verified=True)
    assert [(way.digits, way.probability) for way in made.ways] == [("012345", 1.0)]
    assert made.verified


@pytest.mark.parametrize(
    ("event_type", "payload", "probability", "expected"),
    [
        ("odometer_reading", {"source": "rapid_ocr", "reading": 5}, 0.91, 0.91),
        ("odometer_reading", {"source": "rapid_ocr", "reading": 5}, None, entry.UNMEASURED),
        ("odometer_reading", {"source": "manual", "reading": 5}, None, entry.TYPED),
        ("maintenance", {"source": "rapid_ocr", "odometer": 5}, 0.5, entry.PRINTED),
        ("fuel_purchase", {"source": "manual", "odometer": 5}, None, entry.TYPED),
    ],
)
def test_how_probable_one_number_is(
    event_type: str, payload: dict[str, Any], probability: float | None, expected: float
) -> None:
    (way,) = kept(event_type, payload, probability=probability).ways
    assert (way.probability, way.km, way.unit) == (expected, None, None)


@pytest.mark.parametrize(
    ("values", "digits", "tenths", "shown"),
    [
        ({"reading": 5000}, "5000", False, 5000),
        ({"reading": 5000.5}, "50005", True, 5000.5),
        ({"reading": 5000, "parsed_digits": "05000"}, "05000", False, 5000),
        ({"reading": 5000, "parsed_digits": "050000"}, "050000", True, 5000),
        ({"reading": 5000, "parsed_digits": "050007"}, "050007", True, 5000),
        ({"reading": 5000.7, "parsed_digits": "050007"}, "050007", True, 5000.7),
        ({"reading": 5000, "parsed_digits": "123"}, "5000", False, 5000),
        ({"reading": 0}, "0", False, 0),
    ],
)
def test_digits_are_those_that_were_displayed(values: dict[str, Any], digits: str, tenths: bool, shown: float) -> None:
    (way,) = kept("odometer_reading", entered_payload("odometer_reading", {"unit": "km", **values})).ways
    assert (way.digits, way.tenths, way.shown, way.km) == (digits, tenths, shown, shown)


def test_an_event_without_an_odometer_has_no_ways() -> None:
    assert kept("maintenance", {"source": "manual", "cost": 5}).ways == ()
    assert kept("fuel_purchase", FUEL).ways == ()


@pytest.mark.parametrize(
    ("changes", "more", "fill"),
    [
        ({}, {}, Fill(litres=40, price_per_litre=1.5, currency="EUR", fuel_type="diesel")),
        (
            {"volume": 10.0, "volume_unit": "gal_us", "unit_price": 3.8, "currency": "USD"},
            {},
            Fill(litres=37.854, price_per_litre=1.0039, currency="USD", fuel_type="diesel"),
        ),
        ({"volume_unit": None}, {}, Fill(fuel_type="diesel")),
        ({}, {"codes": ("arithmetic_disagrees",)}, Fill(fuel_type="diesel")),
        ({}, {"codes": ("arithmetic_disagrees",), "verified": True},
         Fill(litres=40, price_per_litre=1.5, currency="EUR", fuel_type="diesel")),
        ({"volume": 0.0001}, {}, Fill(price_per_litre=1.5, currency="EUR", fuel_type="diesel")),
        ({"fuel_type": "def"}, {}, None),
        ({"fuel_type": "electric"}, {}, None),
    ],
)  # fmt: skip
def test_what_was_filled_in(changes: dict[str, Any], more: dict[str, Any], fill: Fill | None) -> None:
    payload = {name: value for name, value in {**FUEL, **changes}.items() if value is not None}
    assert kept("fuel_purchase", payload, **more).fill == fill


@pytest.mark.parametrize(
    ("printed", "at"),
    [
        ({}, TOOK),
        ({"purchased_on": "2026-03-02", "purchased_at": "17:30"}, datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
        ({"purchased_on": "2026-03-02"}, datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),
        ({"service_date": "2026-03-02"}, datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),
        ({"purchased_on": "2026-03-09", "purchased_at": "08:00"}, TOOK),  # a day is what a zone can hide
        ({"purchased_on": "2026-03-09", "purchased_at": "07:59"}, datetime(2026, 3, 9, 7, 59, tzinfo=UTC)),
        ({"purchased_on": "2026-03-20"}, TOOK),  # after it came
        ({"purchased_on": "2026-02-31"}, TOOK),
        ({"purchased_on": "2026-03-02", "purchased_at": "27:99"}, TOOK),
    ],
)
def test_when_it_happened(printed: dict[str, str], at: datetime) -> None:
    event_type = "maintenance" if "service_date" in printed else "fuel_purchase"
    assert happened_at(told(event_type, printed)) == at


def test_a_bill_that_came_late_happened_when_it_was_printed() -> None:
    late = told("maintenance", {"service_date": "2026-03-12"}, occurred_at=TOOK, received_at=TOOK + timedelta(days=30))
    assert happened_at(late) == datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
