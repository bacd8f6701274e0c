"""An odometer event from what a reader of displays saw."""

from __future__ import annotations

import pytest

from capture.events import understand, validate_payload
from capture.events.base import Hint
from capture.reading import Hypothesis, Reading, Role, Span

BOX = ((10.0, 10.0), (110.0, 10.0), (110.0, 40.0), (10.0, 40.0))


def way(digits: str, probability: float, *, tenths: bool = False) -> Hypothesis:
    return Hypothesis(
        digits=digits,
        tenths=tenths,
        probability=probability,
        digit_probabilities=(0.9,) * len(digits),
        polygon=BOX,
        digit_polygons=(BOX,) * len(digits),
    )


def line(role: Role, *ways: Hypothesis) -> Span:
    score = ways[0].probability if ways else None
    return Span(text=ways[0].text if ways else "", polygon=BOX, score=score, role=role, hypotheses=ways)


def display(*spans: Span) -> Reading:
    return Reading(engine="odometer", model="m", subject="display", spans=spans, page_sizes=((800, 600),))


def text(*words: str) -> Reading:
    spans = tuple(
        Span(text=word, polygon=((50, 60 * i), (300, 60 * i), (300, 60 * i + 40), (50, 60 * i + 40)), score=0.99)
        for i, word in enumerate(words, 1)
    )
    return Reading(engine="rapid_ocr", model="m", spans=spans, page_sizes=((800, 600),))


def test_tenths_are_told_apart() -> None:
    seen = display(line("odometer", way("170524", 0.9, tenths=True), way("170524", 0.05)))
    (candidate,) = understand(None, Hint(vehicle_unit="km"), seen).candidates
    payload = validate_payload("odometer_reading", candidate.payload)
    assert (payload["reading"], payload["parsed_digits"], payload["miles"]) == (17052.4, "170524", 10596)
    assert (candidate.engine, candidate.fields["reading"].value, candidate.signal) == ("odometer", "17052.4", "display")
    assert [flag.code for flag in candidate.flags] == ["unit_from_vehicle"]


def test_leading_zeros_are_digits_and_no_number() -> None:
    (candidate,) = understand(None, Hint(), display(line("odometer", way("004321", 0.7)))).candidates
    assert (candidate.payload["reading"], candidate.payload["parsed_digits"]) == (4321, "004321")
    assert "miles" not in candidate.payload
    assert [flag.code for flag in candidate.flags] == ["unit_unknown"]


def test_the_unit_is_read_from_the_text_where_there_is_one() -> None:
    seen = display(line("odometer", way("123456", 0.4)))
    (candidate,) = understand(text("123456 km", "12:30"), Hint(vehicle_unit="mi"), seen).candidates
    assert candidate.payload["unit"] == "km"


def test_a_trip_is_never_an_odometer_and_is_said() -> None:
    seen = display(line("trip", way("3087", 0.8, tenths=True)))
    found = understand(text("ODO", "123456 km"), Hint(kind="odometer"), seen)
    assert found.candidates == ()
    assert found.remark is not None
    assert (found.remark.code, "308.7" in found.remark.sentence) == ("trip_only", True)


def test_what_cannot_be_read_is_said() -> None:
    found = understand(text("12:30"), Hint(), display(line("unreadable")))
    assert found.candidates == ()
    assert found.remark is not None
    assert found.remark.code == "display_unreadable"


@pytest.mark.parametrize("seen", [display(), display(line("unreadable"))])
def test_a_second_opinion_is_for_a_person(seen: Reading) -> None:
    (candidate,) = understand(text("ODO", "123456 km"), Hint(), seen).candidates
    assert candidate.engine == "rapid_ocr"
    assert "readers_disagree" in [flag.code for flag in candidate.flags]


def test_a_photo_of_nothing_is_unrecognised() -> None:
    found = understand(text(), Hint(), display())
    assert found.remark is not None
    assert found.remark.code == "unrecognised"


def test_digits_on_paper_are_no_odometer() -> None:
    paper = text(
        "Harbour Fuels", "12 Quay Street", "Date 12/03/2026", "Diesel 40.00 L", "Price 1.500 /L", "TOTAL 60.00 EUR"
    )  # fmt: skip
    found = understand(paper, Hint(), display(line("odometer", way("180303", 0.3))))
    assert "odometer_reading" not in [candidate.event_type for candidate in found.candidates]


def test_a_fault_beside_it_does_not_hide_that_the_display_could_not_be_read() -> None:
    unread = display(Span(text="", polygon=BOX, role="unreadable"))
    understood = understand(text("CHECK ENGINE", "km/h"), Hint(), unread)
    (fault,) = understood.candidates
    assert fault.event_type == "issue_report"
    assert [flag.code for flag in fault.flags] == ["display_unreadable"]


def test_a_fault_beside_a_reading_has_no_such_flag() -> None:
    seen = display(line("odometer", way("123456", 0.9)))
    reading, fault = understand(text("CHECK ENGINE", "km"), Hint(), seen).candidates
    assert (reading.event_type, fault.event_type) == ("odometer_reading", "issue_report")
    assert fault.flags == ()
