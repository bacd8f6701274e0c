"""Why an event stands as it does, in one paragraph that adds no number of its own."""

from __future__ import annotations

import re

import pytest

from capture.events.base import Flag
from capture.explaining import VERDICTS, Told, new_numbers, paragraph
from capture.review import FLAGS, NOTES, ReviewState

BECAUSE = "57 of 58 readings as sure as this one were right (labelled photos)."
RIVALS = Flag(code="rival_readings", sentence="123456 was chosen; 45678 could be it too.")
UNIT = Flag(code="unit_from_vehicle", sentence="The vehicle's record says km.")


def told(state: ReviewState = "accepted", **more: object) -> Told:
    facts: dict[str, object] = {
        "event_type": "odometer_reading", "says": "123456 km", "engine": "odometer", "review_state": state,
        "probability": 0.9871, "because": BECAUSE, **more,
    }  # fmt: skip
    return Told.model_validate(facts)


def test_an_accepted_event_says_what_that_rests_on() -> None:
    assert paragraph(told()) == (
        "Odometer reading: 123456 km, read by odometer, with a probability of 0.9871 of being right. "
        f"It counts without a person. {BECAUSE}"
    )


def test_a_flagged_event_gives_every_reason_and_then_the_notes() -> None:
    found = paragraph(told("flagged", flags=(UNIT, RIVALS), because=""))
    assert f"A person is asked. {RIVALS.sentence}" in found
    assert found.endswith(f"Noted besides: {UNIT.sentence}")
    assert {UNIT.code} <= NOTES < FLAGS.keys()


def test_the_fields_that_are_least_sure_are_named_from_the_least_up() -> None:
    fields = {"total": 0.991, "volume": 0.62, "date": 0.9, "merchant": 0.55, "tax": 0.95}
    assert "Least sure: merchant (0.55), volume (0.62), date (0.90)." in paragraph(told("flagged", fields=fields))
    assert "Least sure" not in paragraph(told(fields={"total": 0.991}))


@pytest.mark.parametrize("state", ["verified", "corrected", "rejected", "voided"])
def test_what_a_person_decided_comes_before_what_the_machine_thought(state: ReviewState) -> None:
    assert f"{VERDICTS[state]} The machine had doubts: {RIVALS.sentence}" in paragraph(told(state, flags=(RIVALS,)))
    assert f"{VERDICTS[state]} The machine had accepted it. {BECAUSE}" in paragraph(told(state))


def test_a_probability_is_never_told_of_what_a_person_put_right() -> None:
    begins = "Odometer reading: 123456 km, not as odometer read it"
    assert paragraph(told("corrected")).startswith(f"{begins}, which had a probability of 0.9871 of being right. ")
    assert paragraph(told("corrected", probability=None)).startswith(f"{begins}. A person put it right.")


def test_what_a_person_entered_has_no_machine_in_it() -> None:
    found = paragraph(told(engine=None, probability=None, because=""))
    assert found == "Odometer reading: 123456 km, entered by a person. It counts without a person."


def test_every_number_is_one_of_the_facts() -> None:
    facts = f"123456 0.9871 0.62 {BECAUSE} {RIVALS.sentence}"
    found = paragraph(told("flagged", flags=(RIVALS,), fields={"volume": 0.62}))
    assert set(re.findall(r"\d[\d.]*\d|\d", found)) <= set(re.findall(r"\d[\d.]*\d|\d", facts))


@pytest.mark.parametrize(
    ("prose", "added"),
    [
        ("The odometer shows 123456 km.", []),
        ("57 of 58 such readings were right, at 0.9871.", []),
        ("It shows 123456 km, 3 km more than before.", ["3"]),
        ("About 99 % of such readings are right.", ["99"]),
        ("It shows 123,456 km.", ["123,456"]),
        ("Twice as many as usual, or a hundred.", ["hundred", "twice"]),
        ("Only one such reading was wrong.", []),
    ],
)
def test_prose_with_a_number_of_its_own_is_found_out(prose: str, added: list[str]) -> None:
    assert new_numbers(prose, paragraph(told())) == added
