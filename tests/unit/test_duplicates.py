"""When two events may be one, and which of them would go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.duplicates import (
    DISPLAY_BITS,
    ELSEWHERE_BITS,
    NEAR_BITS,
    Likeness,
    Told,
    Unseen,
    bits_apart,
    compare,
    needs_look,
    same_fill,
    told_of,
)

VAN, LORRY = UUID(int=1_000), UUID(int=2_000)
MORNING = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
ALIKE = Likeness(matches=80, overlap=0.9, alike=0.95)
UNLIKE = Likeness(matches=60, overlap=0.9, alike=0.4)


def told(number: int, **said: Any) -> Told:
    plain: dict[str, Any] = {
        "event_id": UUID(int=number), "upload_id": UUID(int=100 + number), "vehicle": f"Van {number}",
        "vehicle_id": VAN,
        "created_at": MORNING + timedelta(minutes=number), "occurred_at": MORNING, "event_type": "odometer_reading",
    }  # fmt: skip
    return Told(**{**plain, **said})


def slip(number: int, **said: Any) -> Told:
    plain: dict[str, Any] = {
        "event_type": "fuel_purchase", "merchant": "Shell Harbour Road", "numbers": frozenset({"48213"}),
        "amount_cents": 8_600, "currency": "EUR", "day": "2026-11-03",
    }  # fmt: skip
    return told(number, **{**plain, **said})


def hashed(bits: int) -> str:
    """Return a hash that differs from 0 in so many bits."""
    return f"{(1 << bits) - 1:016x}"


def test_the_same_bytes_are_one_event_whatever_was_read() -> None:
    pair = compare(told(1, sha256="ab" * 32, reading="48213"), told(2, sha256="ab" * 32, reading="48218"))
    assert pair is not None
    assert (pair.kind, pair.score) == ("same_bytes", 1.0)
    assert (pair.goes.event_id, pair.stays.event_id) == (UUID(int=2), UUID(int=1))
    assert "abababababab" in pair.sentence
    assert "Van 1" in pair.sentence


def test_two_events_of_one_photo_are_no_pair() -> None:
    one, other = told(1, sha256="ab" * 32), told(2, sha256="ab" * 32, upload_id=UUID(int=101))
    assert compare(one, other) is None
    assert compare(told(1, sha256="ab" * 32), told(2, sha256="ab" * 32, event_type="issue_report")) is None


@pytest.mark.parametrize(
    ("bits", "kind"), [(0, "same_picture"), (DISPLAY_BITS, "same_picture"), (DISPLAY_BITS + 1, None)]
)
def test_a_near_hash_counts_up_to_its_bound_and_with_the_same_reading_alone(bits: int, kind: str | None) -> None:
    one = told(1, reading="48213", perceptual_hash=hashed(0))
    pair = compare(one, told(2, reading="48213", perceptual_hash=hashed(bits)))
    assert (None if pair is None else pair.kind) == kind
    assert compare(one, told(2, reading="48214", perceptual_hash=hashed(bits))) is None


@pytest.mark.parametrize(("bits", "found"), [(NEAR_BITS, True), (NEAR_BITS + 1, False)])
def test_papers_look_more_alike_than_displays(bits: int, found: bool) -> None:
    bare: Any = {"merchant": None, "numbers": frozenset(), "day": None}
    one, other = (slip(n, perceptual_hash=hashed(far), **bare) for n, far in ((1, 0), (2, bits)))
    assert (compare(one, other) is not None) == found


@pytest.mark.parametrize(("bits", "found"), [(ELSEWHERE_BITS, True), (ELSEWHERE_BITS + 1, False)])
def test_two_vehicles_hardly_ever_show_one_reading_in_like_pictures(bits: int, found: bool) -> None:
    one = told(1, reading="48213", perceptual_hash=hashed(0))
    other = told(2, reading="48213", perceptual_hash=hashed(bits), vehicle_id=LORRY)
    assert (compare(one, other) is not None) == found


def test_far_hashes_need_a_look_and_the_look_decides() -> None:
    one, other = (told(n, reading="48213", perceptual_hash=hashed(n * 20)) for n in (1, 2))
    assert needs_look(one, other)
    pair = compare(one, other, ALIKE)
    assert pair is not None
    assert (pair.kind, pair.score) == ("same_picture", 0.95)
    assert "95%" in pair.sentence
    assert compare(one, other, UNLIKE) is None
    assert compare(one, other, Likeness(matches=80, overlap=0.2, alike=1.0)) is None
    assert not needs_look(one, told(2, reading="48214", perceptual_hash=hashed(40)))
    assert not needs_look(one, told(2, reading="48213"))


def test_pictures_that_could_not_be_compared_are_told_and_those_that_are_gone_are_not() -> None:
    one, other = (told(n, reading="48213", perceptual_hash=hashed(n * 20)) for n in (1, 2))
    pair = compare(one, other, Unseen(code="engine_failed"))
    assert pair is not None
    assert pair.score == 0.0
    assert "engine_failed" in pair.sentence
    assert compare(one, other, Unseen(code="object_gone")) is None


@pytest.mark.parametrize("missing", ["merchant", "numbers", "amount_cents", "day"])
def test_three_of_four_facts_are_enough_and_two_with_the_merchant_are_not(missing: str) -> None:
    nothing: Any = frozenset() if missing == "numbers" else None
    pair = compare(slip(1), slip(2, **{missing: nothing}))
    assert pair is not None
    assert (pair.kind, pair.score, len(pair.facts["same"])) == ("same_facts", 0.75, 3)
    other: dict[str, Any] = {"amount_cents": None} if missing in {"numbers", "day"} else {"numbers": frozenset()}
    lacking = {"day": None, "numbers": frozenset()} if missing == "merchant" else other
    assert compare(slip(1), slip(2, **{missing: nothing, **lacking})) is None


ODD, ROUND = {"amount_cents": 8_637}, {"amount_cents": 8_500}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({}, {"merchant": None, "day": None}, True),
        ({}, {"merchant": None, "day": None, "vehicle_id": LORRY}, True),
        ({"numbers": frozenset({"213"})}, {"numbers": frozenset({"213"}), "merchant": None, "day": None}, False),
        ({}, {"merchant": None, "amount_cents": None}, True),
        ({}, {"merchant": None, "amount_cents": None, "vehicle_id": LORRY}, False),
        ({}, {"merchant": None, "amount_cents": 8_700}, False),
        ({}, {"merchant": "Rota 12", "amount_cents": None}, False),
        (ODD, {**ODD, "merchant": None, "numbers": frozenset({"48215"})}, True),
        (ODD, {**ODD, "merchant": None, "numbers": frozenset()}, True),
        (ODD, {**ODD, "merchant": None, "numbers": frozenset(), "vehicle_id": LORRY}, False),
        (ODD, {**ODD, "merchant": None, "numbers": frozenset({"48355"})}, False),
        (ODD, {**ODD, "merchant": None, "numbers": frozenset(), "event_type": "maintenance"}, False),
        ({"time": "08:10", **ODD}, {**ODD, "time": "17:45", "merchant": None, "numbers": frozenset()}, False),
        (ROUND, {**ROUND, "merchant": None, "numbers": frozenset()}, False),
    ],
)
def test_two_facts_are_enough_that_hardly_ever_meet_by_chance(
    one: dict[str, Any], other: dict[str, Any], found: bool
) -> None:
    pair = compare(slip(1, **one), slip(2, **other))
    assert (pair is not None) == found
    if pair is not None:
        assert (pair.kind, pair.score) == ("same_facts", 0.5)


def test_facts_count_across_vehicles_and_types() -> None:
    pair = compare(slip(1), slip(2, event_type="maintenance"))
    assert pair is not None
    assert pair.score == 1.0
    said = "merchant Shell Harbour Road, number 48213, amount 86.00 EUR, date 2026-11-03"
    assert pair.sentence.startswith(f"4 of 4 facts ({said}) are those of event")


@pytest.mark.parametrize(
    ("one", "other"),
    [({"time": "08:10"}, {"time": "17:45"}), ({"volume": 42.1}, {"volume": 43.0})],
)
def test_another_time_or_volume_makes_two_of_one_shops_equal_amounts(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert compare(slip(1, **one), slip(2, numbers=frozenset({"99"}), **other)) is None
    assert compare(slip(1, **one), slip(2, **other)) is not None, "all four facts outweigh a digit that was misread"


def test_a_misread_letter_and_another_currency() -> None:
    assert compare(slip(1), slip(2, merchant="Shell Harbcur Road", numbers=frozenset())) is not None
    assert compare(slip(1), slip(2, currency="USD", numbers=frozenset())) is None
    assert compare(slip(1, amount_cents=0, numbers=frozenset()), slip(2, amount_cents=0, numbers=frozenset())) is None


def test_what_a_person_decided_stays() -> None:
    first, second = told(1, sha256="ab" * 32), told(2, sha256="ab" * 32, decided=True)
    pair = compare(first, second)
    assert pair is not None
    assert pair.goes.event_id == first.event_id


def test_the_pump_goes_and_the_slip_stays() -> None:
    pump, paper = told(1, event_type="fuel_purchase", amount_cents=8_600, volume=42.1), slip(2, volume=42.1)
    pair = same_fill(pump, paper, 3.6)
    assert (pair.kind, pair.goes, pair.stays) == ("same_fill", pump, paper)
    assert pair.sentence.startswith("42.1 for 86.00 EUR was bought once")
    assert "4 minutes" in pair.sentence


def test_facts_come_from_slips_and_bills() -> None:
    fuel = told_of(
        {"station_name": "Shell", "receipt_data": {"receipt_number": "No. 48-213", "transaction_number": "ab 7"}}
    )
    assert fuel["numbers"] == {"NO48213", "AB7"}
    bill = told_of({"service_provider": {"name": "Fix It"}, "invoice_number": "2026/17"})
    assert (bill["merchant"], bill["numbers"]) == ("Fix It", {"202617"})
    assert told_of({})["numbers"] == frozenset()


facts = st.fixed_dictionaries(
    {
        "merchant": st.sampled_from([None, "Shell", "Aral"]),
        "numbers": st.sampled_from([frozenset(), frozenset({"1"}), frozenset({"2"})]),
        "amount_cents": st.sampled_from([None, 0, 100, 200]),
        "day": st.sampled_from([None, "2026-11-03", "2026-11-04"]),
        "time": st.sampled_from([None, "08:00", "09:00"]),
        "sha256": st.sampled_from([None, "ab" * 32, "cd" * 32]),
        "perceptual_hash": st.sampled_from([None, hashed(0), hashed(30)]),
        "reading": st.sampled_from([None, "48213"]),
        "decided": st.booleans(),
    }
)


@given(facts, facts, st.sampled_from([None, ALIKE, UNLIKE, Unseen(code="engine_failed")]))
def test_the_order_of_two_events_does_not_matter(one: Any, other: Any, look: Any) -> None:
    first, second = told(1, **one), told(2, **other)
    assert compare(first, second, look) == compare(second, first, look)
    assert needs_look(first, second) == needs_look(second, first)


def test_bits() -> None:
    assert bits_apart(hashed(0), hashed(64)) == 64
    assert bits_apart(hashed(7), hashed(7)) == 0
