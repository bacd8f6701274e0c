"""What is thought of a reading: its flags, its probability, and whether it counts without a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from capture.confidence import Confidence, Trust
from capture.events import Understanding
from capture.events.base import Candidate, Hint
from capture.image import DocumentFacts
from capture.reading import Hypothesis, Reading, Span
from capture.review import FLAGS
from extractors.cascade import Attempt
from tests.unit.judging import BOX, candidate, facts, failed, good, reader
from tests.unit.paper import by_hand, paper
from worker import examine as examining
from worker.examine import Examined, ReadingFailedError, examine

CAME = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


def _sure(monkeypatch: pytest.MonkeyPatch, probability: float | None, accept_from: float | None = 0.95) -> None:
    percent = None if probability is None else round(probability * 100)
    said = Confidence(
        probability=probability, percent=percent, fields={"reading": 0.9}, parts={"signal": "s"},
        sentence="49 of 50 were right.", accept_from=accept_from, promise="At most 1 % is promised.",
    )  # fmt: skip
    monkeypatch.setattr(Trust, "assess", lambda *_: said)


def _look(
    monkeypatch: pytest.MonkeyPatch,
    shown: Candidate,
    known: DocumentFacts | None = None,
    *,
    attempts: tuple[Attempt, ...] = (),
    received_at: datetime | None = CAME,
    probability: float | None = 0.99,
    accept_from: float | None = 0.95,
) -> Examined:
    _sure(monkeypatch, probability, accept_from)
    monkeypatch.setattr(examining, "understand_all", lambda *_: Understanding(candidates=(shown,)))
    return examine(b"photo", Hint(), reader(known or facts(), *(attempts or (good(),))), Trust(), received_at)


def _codes(examined: Examined) -> list[str]:
    [judged] = examined.events
    assert {flag.code for flag in judged.flags} <= set(FLAGS)
    assert all(flag.sentence.endswith(".") for flag in judged.flags)
    return [flag.code for flag in judged.flags]


def test_a_sure_reading_with_nothing_against_it_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    examined = _look(monkeypatch, candidate())
    assert _codes(examined) == []
    [judged] = examined.events
    assert (judged.review_state, judged.percent, judged.confidence_sentence) == (
        "accepted",
        99,
        "49 of 50 were right. At most 1 % is promised.",
    )
    assert (judged.probability, judged.fields, judged.confidence_parts) == (0.99, {"reading": 0.9}, {"signal": "s"})


def test_where_nothing_supports_the_promise_no_probability_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    examined = _look(monkeypatch, candidate(), probability=0.9999, accept_from=None)
    assert _codes(examined) == ["promise_unsupported"]
    assert examined.events[0].review_state == "flagged"


@pytest.mark.parametrize(
    ("probability", "codes", "state"),
    [
        (0.95, [], "accepted"),
        (0.9499, ["confidence_low"], "flagged"),
        (0.0, ["confidence_low"], "flagged"),
        (None, ["confidence_unknown"], "flagged"),
    ],
)
def test_an_unsure_reading_is_flagged_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, probability: float | None, codes: list[str], state: str
) -> None:
    examined = _look(monkeypatch, candidate(), probability=probability)
    assert _codes(examined) == codes
    [judged] = examined.events
    assert judged.review_state == state
    assert (judged.percent is None) == (probability is None)
    assert all(flag.sentence.startswith("49 of 50 were right.") for flag in judged.flags)


def test_a_note_is_told_but_does_not_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    examined = _look(monkeypatch, candidate("unit_from_vehicle"))
    assert _codes(examined) == ["unit_from_vehicle"]
    assert examined.events[0].review_state == "accepted"


def test_what_the_event_type_doubts_is_kept_and_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    examined = _look(monkeypatch, candidate("rival_readings"), facts(truncated=True))
    assert _codes(examined) == ["rival_readings", "image_truncated"]
    assert examined.events[0].review_state == "flagged"


@pytest.mark.parametrize(
    ("known", "attempts", "code", "words"),
    [
        (facts(truncated=True), (good(),), "image_truncated", "ends before"),
        (facts(page_count=9, pages_read=5), (good(),), "pages_unread", "9 pages; the first 5"),
        (
            facts(),
            (failed("rapid_ocr", "engine_timeout"), good("tesseract")),
            "engine_fallback",
            "rapid_ocr (engine_timeout) failed; tesseract read",
        ),
    ],
)
def test_what_is_odd_about_the_document_flags_its_events(
    monkeypatch: pytest.MonkeyPatch, known: DocumentFacts, attempts: tuple[Attempt, ...], code: str, words: str
) -> None:
    examined = _look(monkeypatch, candidate(), known, attempts=attempts)
    assert _codes(examined) == [code]
    assert words in examined.events[0].flags[0].sentence
    assert examined.events[0].review_state == "flagged"


@pytest.mark.parametrize(
    ("taken", "printed", "received_at", "codes"),
    [
        (None, None, CAME, []),
        (CAME, CAME.replace(tzinfo=None), CAME, []),
        (CAME - DAY, None, CAME, []),
        (CAME - DAY - SECOND, None, CAME, ["time_gap"]),
        (CAME + DAY + SECOND, None, CAME, ["time_gap"]),
        (None, (CAME - 9 * DAY).replace(tzinfo=None), CAME, []),
        (None, (CAME + DAY).replace(tzinfo=None), CAME, []),
        (None, (CAME + DAY + SECOND).replace(tzinfo=None), CAME, ["date_in_future"]),
        (CAME, (CAME - 2 * DAY).replace(tzinfo=None), CAME, ["time_gap"]),
        (CAME, (CAME + 2 * DAY).replace(tzinfo=None), CAME, ["date_in_future", "time_gap"]),
        # `capture read`: nothing came, so only photo and print are compared
        (CAME - 9 * DAY, None, None, []),
        (None, (CAME + 900 * DAY).replace(tzinfo=None), None, []),
        (CAME, (CAME - 2 * DAY).replace(tzinfo=None), None, ["time_gap"]),
    ],
)
def test_times_that_are_more_than_a_day_apart_are_flagged(
    monkeypatch: pytest.MonkeyPatch,
    taken: datetime | None,
    printed: datetime | None,
    received_at: datetime | None,
    codes: list[str],
) -> None:
    known = facts(captured_at=taken, captured_at_has_offset=taken is not None)
    examined = _look(monkeypatch, candidate(printed_at=printed), known, received_at=received_at)
    assert _codes(examined) == codes


def test_the_last_engines_reading_is_what_is_understood() -> None:
    attempts = (failed("rapid_ocr", "engine_failed"), good("tesseract"))
    examined = examine(b"photo", Hint(), reader(facts(), *attempts), Trust(), CAME)
    assert examined.reading_of("tesseract").engine == "tesseract"
    assert examined.attempts == attempts
    [judged] = examined.events
    assert judged.candidate.payload["reading"] == 48213
    assert judged.candidate.payload["source"] == "tesseract"
    assert examined.fields["reading"].value == "48213"


def test_a_photo_of_nothing_we_know_gives_no_event_and_no_error() -> None:
    blank = Attempt(engine="rapid_ocr", model="m", reading=Reading(engine="rapid_ocr", model="m"))
    examined = examine(b"photo", Hint(), reader(facts(), blank), Trust(), CAME)
    assert examined.events == ()
    assert examined.fields == {}


def test_what_a_hand_wrote_and_nobody_could_read_says_so_and_who_failed() -> None:
    hand = by_hand(paper([f"line number {number}" for number in range(12)], score=0.9))
    text = Attempt(engine=hand.engine, model=hand.model, reading=hand)
    examined = examine(
        b"photo", Hint(), reader(facts(), text, failed("openai_vision", "vision_refused")), Trust(), CAME, vision=True
    )
    assert examined.events == ()
    assert examined.remark is not None
    assert examined.remark.code == "handwritten"
    assert examined.remark.sentence.endswith("openai_vision (vision_refused) failed.")


def test_if_every_engine_failed_the_error_carries_what_each_said() -> None:
    known = facts()
    attempts = (failed("rapid_ocr", "engine_missing"), failed("tesseract", "engine_timeout"))
    with pytest.raises(ReadingFailedError) as caught:
        examine(b"photo", Hint(), reader(known, *attempts), Trust(), CAME)
    error = caught.value
    assert (error.code, error.retry, error.exit_code) == ("engine_timeout", True, 6)
    assert "rapid_ocr (engine_missing), tesseract (engine_timeout) failed" in error.message
    assert (error.facts, error.attempts) == (known, attempts)


def test_a_display_that_settles_nothing_does_not_hide_that_the_text_could_not_be_read() -> None:
    display = Attempt(engine="odometer", model="m", reading=Reading(engine="odometer", model="m", subject="display"))
    attempts = (display, failed("rapid_ocr", "engine_timeout"), failed("tesseract", "engine_missing"))
    with pytest.raises(ReadingFailedError) as caught:
        examine(b"photo", Hint(), reader(facts(), *attempts), Trust(), CAME)
    assert caught.value.code == "engine_timeout", "what may pass is worth another try"
    assert "rapid_ocr (engine_timeout), tesseract (engine_missing) failed" in caught.value.message
    assert examine(b"photo", Hint(), reader(facts(), display), Trust(), CAME).events == ()


def test_a_failed_search_for_warnings_is_told_and_doubts_no_sure_display(monkeypatch: pytest.MonkeyPatch) -> None:
    _sure(monkeypatch, 0.99)
    box = ((0.0, 0.0), (90.0, 0.0), (90.0, 20.0), (0.0, 20.0))
    way = Hypothesis(
        digits="123456", tenths=False, probability=0.9, digit_probabilities=(), polygon=box, digit_polygons=()
    )
    span = Span(text="123456", polygon=box, score=0.9, role="odometer", hypotheses=(way,), unit="km")
    seen = Reading(engine="odometer", model="m", subject="display", spans=(span,))
    attempts = (Attempt(engine="odometer", model="m", reading=seen), failed("rapid_ocr", "engine_failed"))
    (event,) = examine(b"photo", Hint(), reader(facts(), *attempts), Trust(), CAME).events
    assert [flag.code for flag in event.flags] == ["warnings_unread"]
    assert event.review_state == "accepted"


def test_a_vision_model_that_failed_is_no_failed_search_for_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    _sure(monkeypatch, 0.99)
    span = Span(text="123456", polygon=BOX, score=0.9, role="odometer")
    display = Reading(engine="odometer", model="m", subject="display", spans=(span,))
    attempts = (
        Attempt(engine="odometer", model="m", reading=display),
        failed("openai_vision", "vision_refused").model_copy(update={"subject": "fields"}),
    )
    monkeypatch.setattr(examining, "understand_all", lambda *_: Understanding(candidates=(candidate(),)))
    examined = examine(b"photo", Hint(), reader(facts(), *attempts), Trust(), CAME, vision=True)
    assert _codes(examined) == ["engine_fallback"]


@pytest.mark.parametrize("code", ["vision_key_refused", "vision_request_refused", "engine_missing"])
def test_a_photo_is_not_judged_by_what_is_wrong_with_the_installation(code: str) -> None:
    seen = Attempt(engine="rapid_ocr", model="m", reading=paper(["nothing of ours"]))
    refused = failed("openai_vision", code).model_copy(update={"subject": "fields"})
    other = failed("tesseract", "engine_timeout")
    with pytest.raises(ReadingFailedError) as caught:
        examine(b"photo", Hint(), reader(facts(), other, seen, refused), Trust(), CAME, vision=True)
    assert (caught.value.code, caught.value.may_pass) == (code, False)


def test_a_vision_model_that_names_nothing_does_not_hide_that_the_text_could_not_be_read() -> None:
    nothing = Attempt(engine="v", model="m", reading=Reading(engine="v", model="m", subject="fields"))
    with pytest.raises(ReadingFailedError):
        examine(b"photo", Hint(), reader(facts(), failed("rapid_ocr", "engine_failed"), nothing), Trust(), CAME)


def test_a_vision_model_that_had_no_time_left_is_asked_again_where_nobody_saw_an_event() -> None:
    seen = Attempt(engine="rapid_ocr", model="m", reading=paper(["nothing of ours"]))
    late = failed("openai_vision", "engine_timeout").model_copy(update={"subject": "fields"})
    with pytest.raises(ReadingFailedError):
        examine(b"photo", Hint(), reader(facts(), seen, late), Trust(), CAME)
    other = failed("tesseract", "engine_timeout")
    assert examine(b"photo", Hint(), reader(facts(), seen, other), Trust(), CAME).events == ()
