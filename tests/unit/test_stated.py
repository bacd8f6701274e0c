"""What a vision model names becomes events like all others, and is checked; where engines differ, it is said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import stated
from capture.events import validate_payload
from capture.events.base import Candidate, EventPayload, Flag, Hint
from capture.reading import Hypothesis, Reading, Role, Span
from capture.review import FLAGS
from capture.stated import understand_all, unsettled
from tests.unit.paper import by_hand, paper
from tests.unit.stating import INVOICE, SLIP, changed, named

OTHERS_WORDS = ["NORTHGATE FUEL STOP", "03/09/2026  9:05 PM", "GALLONS 8.038", "TOTAL $30.86"]


def _event(reading: Reading, hint: Hint | None = None, text: Reading | None = None) -> Candidate:
    readings = {"fields": reading} if text is None else {"fields": reading, "text": text}
    (candidate,) = understand_all(readings, hint or Hint()).candidates  # type: ignore[arg-type]
    assert {flag.code for flag in candidate.flags} <= FLAGS.keys()
    validate_payload(candidate.event_type, candidate.payload)
    return candidate


def _codes(candidate: Candidate) -> list[str]:
    return [flag.code for flag in candidate.flags]


def _words(*rows: str) -> Reading:
    spans = tuple(
        Span(text=row, polygon=((10, y), (300, y), (300, y + 20), (10, y + 20)), score=0.8)
        for row, y in ((row, 10.0 + 40 * number) for number, row in enumerate(rows))
    )
    return Reading(engine="tesseract", model="t 1", spans=spans, page_sizes=((800, 600),))


# --- fuel


def test_a_slip_becomes_the_payload_that_other_engines_make() -> None:
    event = _event(named("fuel_purchase", SLIP))
    assert event.payload == {
        "source": "openai_vision",
        "gallons": 8.038, "price_per_gallon": 3.839, "volume": 8.038, "volume_unit": "gal_us", "unit_price": 3.839,
        "total_cost": 30.86, "currency": "USD", "fuel_type": "regular", "station_name": "NORTHGATE FUEL STOP",
        "purchased_on": "2026-03-09", "purchased_at": "21:05",
        "receipt_data": {"pump_number": "4"},
        "extracted_fields": {"merchant_name": "NORTHGATE FUEL STOP", "ocr_confidence": 90},
    }  # fmt: skip
    assert _codes(event) == []
    assert (event.engine, event.signal) == ("openai_vision", "agrees")
    assert event.printed_at is not None
    assert event.printed_at.isoformat() == "2026-03-09T21:05:00"
    total = event.fields["total"]
    assert (total.value, total.raw, total.score, total.polygon, total.page) == ("30.86", "$30.86", 0.9, None, 0)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"total": ("$36.80", "36.80")}, "arithmetic_disagrees", "8.038 x 3.839 is 30.86, but the total is 36.80"),
        ({"total": None, "volume": None}, "total_missing", "No total"),
        ({"total": None, "volume": None}, "volume_missing", "No volume"),
        ({"total": None}, "value_derived", "The total 30.86 was not named; it is volume times unit price."),
        ({"date": None}, "date_missing", "No date"),
        ({"total": ("$30.86", "80.36")}, "value_inconsistent", "printed as $30.86, but 80.36"),
        ({"date": ("03/09/2026", "2025-03-09")}, "value_inconsistent", "printed as 03/09/2026, but 2025-03-09"),
        ({"volume_unit": None}, "volume_unit_assumed", "US gallons follow from the currency USD"),
        ({"currency": ("$$$", "dollars")}, "value_inconsistent", "currency cannot be"),
    ],
)
def test_what_is_missing_or_cannot_be_is_flagged(changes: dict[str, Any], code: str, words: str) -> None:
    event = _event(named("fuel_purchase", changed(SLIP, **changes)))
    assert [flag.sentence for flag in event.flags if flag.code == code and words in flag.sentence]


@pytest.mark.parametrize(
    ("missing", "name", "value"),
    [("total", "total_cost", 30.86), ("volume", "volume", 8.039), ("unit_price", "unit_price", 3.839)],
)
def test_one_of_three_numbers_that_was_not_named_follows_from_the_others(missing: str, name: str, value: float) -> None:
    event = _event(named("fuel_purchase", changed(SLIP, **{missing: None})))
    assert event.payload[name] == value
    assert (event.signal, _codes(event)) == (f"derived_{missing}", ["value_derived"])
    field = event.fields[missing]
    assert (field.raw, field.score, field.polygon) == ("", None, None)


def test_what_is_printed_counts_before_what_the_model_makes_of_it() -> None:
    said = changed(SLIP, total=("$30.86", "80.36"), date=("03/09/2026", "2025-03-09"))
    payload = _event(named("fuel_purchase", said)).payload
    assert (payload["total_cost"], payload["purchased_on"]) == (30.86, "2026-03-09")


def test_a_date_that_can_be_two_is_flagged_whatever_the_model_made_of_it() -> None:
    said = changed(SLIP, currency=None)
    event = _event(named("fuel_purchase", said))
    assert "date_ambiguous" in _codes(event)


@pytest.mark.parametrize(("value", "kept"), [("credit_card", "credit_card"), ("VISA 4111 1111 1111 1111", None)])
def test_of_a_payment_its_kind_alone_is_kept(value: str, kept: str | None) -> None:
    event = _event(named("fuel_purchase", {**SLIP, "payment_method": ("VISA", value)}))
    assert event.payload["receipt_data"].get("payment_method") == kept
    assert "4111" not in str(event)


def test_a_score_is_unknown_where_the_model_gives_none() -> None:
    event = _event(named("fuel_purchase", SLIP, score=None))
    assert "ocr_confidence" not in event.payload["extracted_fields"]
    assert event.fields["total"].score is None


def test_the_driver_s_word_is_evidence_and_no_more() -> None:
    reading = named("fuel_purchase", SLIP)
    alone, agreed, denied = (_event(reading, Hint(kind=kind)) for kind in (None, "fuel_purchase", "maintenance"))
    assert denied.evidence < alone.evidence < agreed.evidence
    assert [_codes(event) for event in (alone, agreed, denied)] == [[], [], ["kind_differs"]]


# --- the other types


def test_an_invoice_becomes_maintenance_with_its_parts() -> None:
    parts = {
        "parts.0.part_name": ("Tire", "Tire"), "parts.0.quantity": ("1", "1"), "parts.0.cost": ("89.98", "89.98"),
        "parts.1.part_name": ("Oil", "Oil"), "parts.1.quantity": ("5 quarts", "5 quarts"),
        "parts.2.cost": ("9.00", "9.00"),
        "parts.3.part_name": ("Coolant", "Coolant"), "parts.3.description": ("COOLANT G12", "COOLANT G12"),
        "parts.3.quantity": ("1.5", "1.5"), "parts.3.unit": ("litre", "litre"), "parts.3.unit_cost": ("8.2", "8.2"),
    }  # fmt: skip
    event = _event(named("maintenance", {**INVOICE, **parts}))
    assert _codes(event) == []
    assert event.payload["cost"] == 257.44
    assert (event.payload["odometer"], event.payload["odometer_unit"], event.payload["odometer_miles"]) == (
        58352, "km", 36258,
    )  # fmt: skip
    assert event.payload["parts_replaced"] == [
        {"part_name": "Tire", "quantity": 1, "cost": 89.98},
        {"part_name": "Oil", "quantity": "5 quarts"},
        {"part_name": "Coolant", "description": "COOLANT G12", "quantity": 1.5, "unit": "litre", "unit_cost": 8.2},
    ]
    assert event.payload["service_provider"] == {"name": "Autohaus Lindenau GmbH"}
    assert event.fields["parts.1.quantity"].value == "5 quarts"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tax": ("14,10", "14.1")}, "arithmetic_disagrees"),
        ({"total": None}, "total_missing"),
        ({"odometer": None}, "odometer_missing"),
        ({"odometer": ("58.352 km", "58.352")}, "value_inconsistent"),
        ({"odometer_unit": None}, "unit_unknown"),
        ({"odometer": ("58.352.000.000", "1")}, "value_inconsistent"),
    ],
)
def test_an_invoice_is_checked(changes: dict[str, Any], code: str) -> None:
    assert code in _codes(_event(named("maintenance", changed(INVOICE, **changes))))


@pytest.mark.parametrize(
    ("printed", "value", "odometer", "codes"),
    [
        ("58.352,4 km", "58352", 58352, []),
        ("58352.4", "58352", 58352, []),
        ("KM: 58 352 / W1234", "58352", 58352, []),
        ("058352", "58352", 58352, []),
        ("58.352 km", "58325", 58352, ["value_inconsistent"]),
        ("none", "58352", 58352, []),
    ],
)
def test_an_odometer_on_a_bill_is_the_number_that_is_printed(
    printed: str, value: str, odometer: int, codes: list[str]
) -> None:
    event = _event(named("maintenance", changed(INVOICE, odometer=(printed, value))))
    assert event.payload["odometer"] == odometer
    assert _codes(event) == codes


def test_all_that_was_done_is_kept_the_main_work_first() -> None:
    said = changed(INVOICE, service_type=("Tires, brakes", "tire_replacement, brake_service, polishing,brake_service"))
    event = _event(named("maintenance", said))
    assert event.payload["service_type"] == "tire_replacement"
    assert event.payload["service_types"] == ["tire_replacement", "brake_service"]
    assert event.fields["service_type"].value == "tire_replacement"
    unknown = _event(named("maintenance", changed(INVOICE, service_type=("Polishing", "polishing"))))
    assert "service_type" not in unknown.payload.keys() | unknown.fields.keys()
    assert unknown.signal == "total+odometer"


@pytest.mark.parametrize(
    ("total", "codes"),
    [("252,44", []), ("211,34", []), ("257,44", ["arithmetic_disagrees"])],
    ids=["tax added", "tax in the prices", "discount forgotten"],
)
@pytest.mark.parametrize("discount", [("-10,00", "10.0"), ("10,00", "-10.0")])
def test_fees_and_a_discount_are_part_of_the_total(discount: tuple[str, str], total: str, codes: list[str]) -> None:
    said = changed(
        INVOICE, other_cost=("5,00", "5"), discount=discount, total=(total, total.replace(",", ".")),
        subtotal=("211,34", "211.34"),
    )  # fmt: skip
    event = _event(named("maintenance", said))
    assert _codes(event) == codes
    assert (event.payload["other_cost"], event.payload["discount"], event.payload["subtotal"]) == (5, 10, 211.34)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            {"next_service_odometer": ("68.352 km", "68352")},
            {"recommended_odometer": 68352, "recommended_miles": 42472},
        ),
        ({"next_service_date": ("10/12/2026", "2026-12-10")}, {"recommended_date": "2026-12-10"}),
        ({"next_service_after": ("10 000 km", "10000")}, {"after_distance": 10000}),
        ({"next_service_months": ("12 Monate", "12")}, {"after_months": 12}),
        ({"next_service_months": ("10 000 km or 12 months", "12")}, {"after_months": 12}),
        ({"next_service_after": ("10 000 km or 12 months", "10000")}, {"after_distance": 10000}),
        ({"next_service_date": ("spring", "spring")}, {}),
    ],
)
def test_the_next_service_may_lie_ahead(said: dict[str, tuple[str, str]], kept: dict[str, Any]) -> None:
    hint = Hint(received_on=date(2026, 11, 20))
    event = _event(named("maintenance", {**INVOICE, **said}), hint)
    assert event.payload.get("next_service", {}) == kept
    assert _codes(event) == []


@pytest.mark.parametrize(
    ("printed", "value", "reading", "digits", "codes"),
    [
        ("170524", "170524", 170524, "170524", []),
        ("170524", "17052.4", 17052.4, "170524", []),
        ("017 052.4", "17052.4", 17052.4, "0170524", []),
        ("000123", "123", 123, "000123", []),
        ("170524", "170542", 170524, "170524", ["value_inconsistent"]),
        ("0", "0", 0, "0", []),
    ],
)
def test_an_odometer_s_digits_count_and_the_number_tells_tenths(
    printed: str, value: str, reading: float, digits: str, codes: list[str]
) -> None:
    event = _event(named("odometer_reading", {"reading": (printed, value)}), Hint(vehicle_unit="km"))
    assert (event.payload["reading"], event.payload["parsed_digits"]) == (reading, digits)
    assert isinstance(event.payload["reading"], float) == isinstance(reading, float)
    assert _codes(event) == [*codes, "unit_from_vehicle"]
    assert event.payload["ocr_confidence"] == 90


def test_a_dashboard_without_a_reading_is_no_event() -> None:
    seen = understand_all({"fields": named("odometer_reading", {"unit": ("km", "km")})}, Hint())
    assert seen.candidates == ()


def test_a_fault_keeps_the_codes_that_are_some() -> None:
    said = {"fault": ("P0420", "P0420"), "severity": ("P0420", "warning"), "fault_codes": ("P0420, XYZ", "P0420, XYZ")}
    event = _event(named("issue_report", said))
    assert event.payload == {
        "source": "openai_vision", "description": "P0420", "severity": "warning", "codes": ["P0420"],
    }  # fmt: skip


def test_pages_of_one_document_are_one_event() -> None:
    first = named("maintenance", changed(INVOICE, total=None, tax=None))
    second = named("maintenance", {"total": ("EUR 257,44", "257.44"), "date": ("18.11.2024", "2024-11-18")}, page=1)
    event = _event(first.model_copy(update={"spans": (*first.spans, *second.spans)}))
    assert (event.payload["cost"], event.payload["service_date"]) == (257.44, "2024-11-17")
    assert (event.fields["total"].page, event.fields["date"].page) == (1, 0)


# --- beside what others read


def test_a_value_s_place_is_where_another_engine_read_it() -> None:
    event = _event(named("fuel_purchase", SLIP), text=_words(*OTHERS_WORDS, "8.039"))
    assert event.fields["total"].polygon == ((10, 130), (300, 130), (300, 150), (10, 150))
    assert event.fields["total"].score == 0.9
    (unseen,) = [flag.sentence for flag in event.flags if flag.code == "value_unconfirmed"]
    assert unseen == "3.839 (unit price) is not among the words that tesseract read."
    assert event.fields["unit_price"].polygon is None


def test_confident_digits_that_nobody_else_saw_are_flagged_even_if_they_agree() -> None:
    wrong = changed(SLIP, volume=("9.038", "9.038"), total=("$34.70", "34.70"))
    event = _event(named("fuel_purchase", wrong, score=0.9999), text=_words(*OTHERS_WORDS))
    unseen = " ".join(flag.sentence for flag in event.flags if flag.code == "value_unconfirmed")
    assert "9.038" in unseen
    assert "34.70" in unseen


ROWS = [
    "NORTHGATE FUEL STOP", "CEDAR BLUFF, OH 43999", "03/09/2026 9:05 PM", "RECEIPT 345505", "PUMP 4",
    "UNLEADED 87", "GALLONS 8.038", "PRICE/GAL $ 3.839", "TOTAL $ 30.86", "VISA", "THANK YOU",
]  # fmt: skip


def _rows(**instead: str) -> Reading:
    return paper([instead.get(row.split(maxsplit=1)[0], row) for row in ROWS])


def test_a_value_that_an_engine_for_words_did_not_see_is_unconfirmed_even_where_it_saw_no_words() -> None:
    event = _event(named("fuel_purchase", SLIP), text=paper([]))
    (sentence,) = [flag.sentence for flag in event.flags if flag.code == "value_unconfirmed"]
    assert "$30.86 (total) is not among the words that rapid_ocr read." in sentence


def test_where_both_agree_what_was_read_is_kept() -> None:
    read = understand_all({"text": _rows()}, Hint())
    assert not unsettled(read)
    both = understand_all({"text": _rows(), "fields": named("fuel_purchase", SLIP)}, Hint())
    assert both == read


def test_a_doubtful_reading_gives_way_to_a_better_one_and_says_where_they_differ() -> None:
    text = _rows(TOTAL="TOTAL $ 80.36")
    read = understand_all({"text": text}, Hint())
    assert "arithmetic_disagrees" in [flag.code for flag in read.candidates[0].flags]
    assert unsettled(read)
    both = understand_all({"text": text, "fields": named("fuel_purchase", SLIP)}, Hint())
    (event,) = both.candidates
    assert (event.engine, event.payload["total_cost"]) == ("openai_vision", 30.86)
    assert both.fields["total"].value == "30.86"
    (differs,) = [flag.sentence for flag in event.flags if flag.code == "engines_differ"]
    assert differs == f"openai_vision has 30.86 for the total, {text.engine} has 80.36."


def test_a_doubtful_reading_does_not_give_way_to_one_as_doubtful() -> None:
    text = _rows(TOTAL="TOTAL $ 80.36")
    worse = named("fuel_purchase", changed(SLIP, total=("$99.99", "99.99")))
    (event,) = understand_all({"text": text, "fields": worse}, Hint()).candidates
    assert event.engine == text.engine
    assert "engines_differ" in _codes(event)


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (named("maintenance", INVOICE), "takes the photo for maintenance"),
        (Reading(engine="openai_vision", model="m", subject="fields"), "names no value of any event"),
    ],
)
def test_a_model_that_sees_something_else_is_heard_but_does_not_decide(reading: Reading, words: str) -> None:
    (event,) = understand_all({"text": _rows(TOTAL="TOTAL $ 80.36"), "fields": reading}, Hint()).candidates
    assert event.event_type == "fuel_purchase"
    assert event.engine != "openai_vision"
    assert [flag for flag in event.flags if flag.code == "engines_differ" and words in flag.sentence]


def test_a_model_that_names_too_little_of_the_same_event_changes_nothing() -> None:
    readings: dict[Any, Reading] = {"text": _rows(TOTAL="TOTAL $ 80.36")}
    read = understand_all(readings, Hint())
    assert understand_all({**readings, "fields": named("fuel_purchase", {"currency": ("$", "USD")})}, Hint()) == read


# --- what the document is

RESTAURANT = [
    "BISTRO NORD", "TABLE 4   PAX 2", "TAX INVOICE", "2026-03-09 21:05", "SOUP 8.00", "SUBTOTAL 28.00", "TAX 2.86",
    "TOTAL $30.86", "CASH 31.00", "CHANGE 0.14", "THANK YOU",
]  # fmt: skip
FAULT = {"fault": ("LOW OIL PRESSURE", "LOW OIL PRESSURE"), "severity": ("LOW OIL PRESSURE", "critical")}
BOX = ((0.0, 0.0), (90.0, 0.0), (90.0, 20.0), (0.0, 20.0))


def _display(text: str, role: Role, score: float) -> Reading:
    ways = () if not text else (
        Hypothesis(
            digits=text, tenths=False, probability=score, digit_probabilities=(), polygon=BOX, digit_polygons=()
        ),
    )  # fmt: skip
    span = Span(text=text, polygon=BOX, score=score, role=role, grain="field", hypotheses=ways, unit="km")
    return Reading(engine="odometer", model="m", subject="display", spans=(span,), page_sizes=((800, 600),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (paper(RESTAURANT), "takes the photo for a fuel slip; by what rapid_ocr read, it looks like a receipt for"),
        (paper(["hello"]), "it looks like nothing that we know"),
        (paper([]), "it looks like nothing that we know"),
    ],
)
def test_an_event_of_a_model_alone_is_flagged_where_the_words_are_of_another_kind(text: Reading, words: str) -> None:
    assert understand_all({"text": text}, Hint()).candidates == ()
    both = understand_all({"text": text, "fields": named("fuel_purchase", SLIP)}, Hint())
    (event,) = both.candidates
    (sentence,) = [flag.sentence for flag in event.flags if flag.code == "engines_differ"]
    assert words in sentence
    assert both.sorting == understand_all({"text": text}, Hint()).sorting


def test_an_event_of_a_model_alone_is_not_flagged_where_the_kind_agrees_or_nobody_read_the_words() -> None:
    reading = named("odometer_reading", {"reading": ("80918", "80918"), "unit": ("km", "km")})
    blind = _display("", "unreadable", 0.5)
    (event,) = understand_all({"display": blind, "text": _words("hello"), "fields": reading}, Hint()).candidates
    assert "engines_differ" not in _codes(event), "a display that nobody could read is a dashboard's"
    assert "engines_differ" not in _codes(_event(named("fuel_purchase", SLIP)))
    beside = understand_all({"text": _words("CHECK ENGINE"), "fields": reading}, Hint()).candidates
    assert [candidate.event_type for candidate in beside] == ["odometer_reading", "issue_report"]
    assert "engines_differ" not in _codes(beside[0]), "a fault and an odometer stand on one dashboard"


def test_a_fault_that_a_model_sees_stands_beside_a_weak_reading_and_does_not_contradict_it() -> None:
    readings: dict[Any, Reading] = {"display": _display("123456", "odometer", 0.2), "text": _words("hello")}
    (read,) = understand_all(readings, Hint(kind="odometer")).candidates
    main, fault = understand_all({**readings, "fields": named("issue_report", FAULT)}, Hint(kind="odometer")).candidates
    assert main == read
    assert (fault.event_type, fault.engine, fault.payload["severity"]) == ("issue_report", "openai_vision", "critical")


def test_units_that_differ_are_said() -> None:
    readings: dict[Any, Reading] = {"display": _display("123456", "odometer", 0.2), "text": _words("hello")}
    said = named("odometer_reading", {"reading": ("123456", "123456"), "unit": ("mi", "mi")})
    (event,) = understand_all({**readings, "fields": said}, Hint(kind="odometer")).candidates
    (sentence,) = [flag.sentence for flag in event.flags if flag.code == "engines_differ"]
    assert sentence == "odometer has km for the unit, openai_vision has mi."


# --- a hand's writing


def test_what_a_hand_wrote_is_doubted_whatever_was_read_of_it_and_a_model_is_believed_before() -> None:
    rows = _rows()
    assert not unsettled(understand_all({"text": rows}, Hint()))
    read = understand_all({"text": by_hand(rows)}, Hint())
    assert "handwritten" in _codes(read.candidates[0])
    assert unsettled(read)
    (event,) = understand_all({"text": by_hand(rows), "fields": named("fuel_purchase", SLIP)}, Hint()).candidates
    assert event.engine == "openai_vision"
    assert _codes(event).count("handwritten") == 1


def test_a_hand_that_yields_nothing_is_the_reason_and_what_a_model_sees_of_it_is_flagged() -> None:
    text = by_hand(paper([f"line number {number}" for number in range(12)], score=0.9))
    read = understand_all({"text": text}, Hint())
    assert read.remark is not None
    assert read.remark.code == "handwritten"
    (event,) = understand_all({"text": text, "fields": named("maintenance", INVOICE)}, Hint()).candidates
    assert "handwritten" in _codes(event)


def test_what_shows_no_event_to_anybody_stays_unrecognised() -> None:
    nothing = Reading(engine="openai_vision", model="m", subject="fields")
    read = understand_all({"text": _words("hello")}, Hint())
    assert understand_all({"text": _words("hello"), "fields": nothing}, Hint()) == read
    assert read.remark == Flag(code="unrecognised", sentence="The photo shows no event of a kind that we know.")


# --- when a further look is worth it


def test_a_display_that_shows_a_trip_for_sure_needs_no_further_look() -> None:
    polygon = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    trip = Span(text="38.5", polygon=polygon, role="trip", grain="field")
    display = Reading(engine="odometer", model="m", subject="display", spans=(trip,))
    assert not unsettled(understand_all({"display": display}, Hint()), display)
    blind = display.model_copy(update={"spans": (trip.model_copy(update={"role": "unreadable", "text": ""}),)})
    assert unsettled(understand_all({"display": blind}, Hint()), blind)


def test_nothing_read_is_unsettled() -> None:
    assert unsettled(understand_all({}, Hint()))


# --- whatever a model says

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["1.234,56", "12/13/14", "-", "1e999", "NaN", "∞", "９９", "0x10", "１.５", "²", "9" * 5_000]
)


@given(st.data())
@pytest.mark.parametrize("event_type", sorted(stated.modules()))
def test_nothing_that_is_named_raises_or_breaks_the_payload(event_type: str, data: st.DataObject) -> None:
    names = [*stated.modules()[event_type].FIELDS, "parts.0.part_name", "parts.0.cost", "provenance", "review_state"]
    values = data.draw(st.dictionaries(st.sampled_from(names), st.tuples(TEXTS, TEXTS)))
    text = data.draw(st.sampled_from([None, _words(*OTHERS_WORDS)]))
    readings: dict[Any, Reading] = {"fields": named(event_type, values)}
    if text is not None:
        readings["text"] = text
    for candidate in understand_all(readings, Hint()).candidates:
        stored = validate_payload(candidate.event_type, candidate.payload)
        assert "provenance" not in stored
        assert stored["source"] in {"openai_vision", "tesseract"}


def test_what_we_say_of_an_event_ourselves_cannot_be_named() -> None:
    ours = EventPayload.model_fields.keys()
    assert {"source", "provenance"} <= ours
    for module in stated.modules().values():
        assert not ours & {path.partition(".")[0] for path in module.FIELDS.values()}
