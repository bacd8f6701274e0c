"""The states of uploads and events: what may follow what, and what a person may decide."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import job, review
from capture.errors import ConflictError
from capture.events.base import Flag

UPLOAD_STATES = get_args(job.UploadState)
REVIEW_STATES = get_args(review.ReviewState)
DECISIONS = get_args(review.Decision)


def test_every_upload_state_has_followers_and_a_meaning() -> None:
    assert set(job.FOLLOWS) == set(job.MEANING) == set(UPLOAD_STATES)
    for after in job.FOLLOWS.values():
        assert after <= set(UPLOAD_STATES)


def test_no_upload_follows_itself_and_none_is_a_dead_end() -> None:
    for state, after in job.FOLLOWS.items():
        assert state not in after
        assert after


def test_every_upload_can_reach_every_end() -> None:
    for start, end in product(UPLOAD_STATES, job.FINAL):
        seen, todo = {start}, [start]
        while todo:
            new = job.FOLLOWS[todo.pop()] - seen
            seen |= new
            todo += new
        assert end in seen, f"{start} never becomes {end}"


def test_a_final_state_is_left_through_the_queue_alone() -> None:
    for state in job.FINAL:
        assert job.FOLLOWS[state] == {"queued"}
    assert job.FOLLOWS["processing"] >= job.FINAL
    assert {state for state in UPLOAD_STATES if "processing" in job.FOLLOWS[state]} == {"queued", "received"}


def test_pauses_between_attempts_double_up_to_five_minutes() -> None:
    assert [job.retry_delay_s(n) for n in range(1, 11)] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert job.retry_delay_s(1_000) == 300


@pytest.mark.parametrize(("state", "decision"), list(product(REVIEW_STATES, DECISIONS)))
def test_a_decision_is_allowed_or_refused(state: review.ReviewState, decision: review.Decision) -> None:
    if state in review.ALLOWED[decision]:
        assert review.decide(state, decision) == review.NEXT[decision]
        return
    with pytest.raises(ConflictError) as caught:
        review.decide(state, decision)
    assert caught.value.code == "already_decided"
    assert state in caught.value.fact


def test_rejected_and_voided_are_the_end() -> None:
    for allowed in review.ALLOWED.values():
        assert not allowed & {"rejected", "voided"}


def test_what_a_person_verified_is_only_corrected_or_voided() -> None:
    for state in review.VERIFIED:
        assert {decision for decision in DECISIONS if state in review.ALLOWED[decision]} == {"correct", "void"}


def test_the_tables_are_complete() -> None:
    assert set(review.NEXT) == set(review.ALLOWED) == set(DECISIONS)
    assert set(review.MEANING) == set(REVIEW_STATES)
    assert set(review.FLAGS) >= review.NOTES


@pytest.mark.parametrize(
    ("codes", "probability", "state"),
    [
        ([], 0.95, "accepted"),
        ([], 0.949, "flagged"),
        ([], None, "flagged"),
        (["unit_from_vehicle", "odometer_missing"], 0.99, "accepted"),
        (["unit_from_vehicle", "time_gap"], 0.99, "flagged"),
        (["unit_from_vehicle"], None, "flagged"),
    ],
)
def test_first_state(codes: list[str], probability: float | None, state: str) -> None:
    assert review.first_state(codes, probability, 0.95) == state


@pytest.mark.parametrize(
    ("code", "level", "counted"),
    [
        ("time_gap", None, True),
        ("unit_from_vehicle", None, False),
        ("time_gap", "note", False),
        ("unit_from_vehicle", "flag", True),
        ("unit_from_vehicle", "block", True),
    ],
)
def test_the_level_of_a_rule_says_more_than_its_code(code: str, level: review.Level | None, counted: bool) -> None:
    assert review.counts(code, level) is counted
    assert review.undecided_state([review.counts(code, level)]) == ("flagged" if counted else "accepted")


def test_programs_move_events_between_undecided_states_alone() -> None:
    assert review.undecided_state([]) in review.UNDECIDED
    assert not review.UNDECIDED & set(review.NEXT.values())


@pytest.mark.parametrize(
    "flag",
    [
        {"code": "time_gap", "sentence": "Because."},
        {"code": "time_gap", "sentence": "Because.", "origin": "history", "level": "note"},
    ],
)
def test_a_flag_is_kept_without_what_is_as_usual(flag: dict[str, str]) -> None:
    assert Flag.model_validate(flag).stored() == flag


@given(st.lists(st.sampled_from(sorted(review.FLAGS))), st.none() | st.floats(0, 1), st.floats(0, 1))
def test_nothing_is_accepted_without_a_known_probability_and_clean_flags(
    codes: list[str], probability: float | None, bound: float
) -> None:
    accepted = review.first_state(codes, probability, bound) == "accepted"
    assert accepted == (probability is not None and probability >= bound and set(codes) <= review.NOTES)
