"""The next engine is asked only where the one before failed, and all share one time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from PIL import Image

from capture.confidence import Confidence, Trust
from capture.errors import ExtractorError
from capture.events import Understanding
from capture.events.base import Candidate, Flag
from capture.image import PageImage
from capture.policy import Policy
from capture.reading import MAX_SPANS, Extractor, Span, Subject, Usage
from extractors.cascade import Attempt, read_pages

BOX = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
PAGES = [PageImage(index, Image.new("RGB", (10 + index, 10)), "0" * 64) for index in range(2)]


@dataclass
class Fake:
    """An engine that does as it is told, and remembers what it was asked."""

    name: str
    spans: int = 1
    fails_on: dict[int, ExtractorError] = field(default_factory=dict)
    lacks: str | None = None
    subject: Subject = "text"
    takes_s: float = 0.0
    fits: bool = True
    asked: list[tuple[int, float]] = field(default_factory=list)

    def missing(self) -> str | None:
        return self.lacks

    def suits(self, pages: Sequence[PageImage]) -> bool:
        return self.fits and len(pages) > 0

    def model(self) -> str:
        assert self.lacks is None, "a missing engine has no version to ask for"
        return f"{self.name} 1.0"

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        self.asked.append((page.index, timeout_s))
        time.sleep(self.takes_s)
        if self.lacks is not None:
            raise ExtractorError("engine_missing", f"It is not installed ({self.lacks})")
        if page.index in self.fails_on:
            raise self.fails_on[page.index]
        return tuple(Span(text=f"{self.name} {n}", polygon=BOX, page=page.index) for n in range(self.spans))


def test_the_second_engine_is_not_asked_if_the_first_can_read() -> None:
    first, second = Fake("first"), Fake("second")
    [attempt] = read_pages(PAGES, [first, second], 5)
    assert attempt.reading is not None
    assert (attempt.engine, attempt.model, attempt.error_code, attempt.error_message) == (
        "first",
        "first 1.0",
        None,
        None,
    )
    assert (attempt.reading.engine, attempt.reading.model) == ("first", "first 1.0")
    assert [span.page for span in attempt.reading.spans] == [0, 1]
    assert attempt.reading.page_sizes == ((10, 10), (11, 10))
    assert second.asked == []


def test_no_text_is_a_reading_and_asks_nobody_else() -> None:
    first, second = Fake("first", spans=0), Fake("second")
    [attempt] = read_pages(PAGES, [first, second], 5)
    assert attempt.reading is not None
    assert attempt.reading.spans == ()
    assert second.asked == []


def test_an_engine_that_the_pages_do_not_suit_is_not_asked_and_leaves_no_attempt() -> None:
    first, second = Fake("first", fits=False), Fake("second")
    [attempt] = read_pages(PAGES, [first, second], 5)
    assert attempt.engine == "second"
    assert first.asked == []


def test_pages_that_suit_no_engine_are_an_error_and_no_blank() -> None:
    with pytest.raises(ExtractorError, match="only") as caught:
        read_pages(PAGES, [Fake("only", fits=False)], 5)
    assert caught.value.code == "engine_unsuited"


@dataclass
class Model(Fake):
    """A vision model."""

    subject: Subject = "fields"


def test_where_the_only_engine_is_forbidden_the_error_says_so() -> None:
    model = Model("model")
    engines: list[Extractor] = [Fake("only_pdfs", fits=False), model]
    with pytest.raises(ExtractorError, match="policy forbids the only engine that reads such a document: model") as it:
        read_pages(PAGES, engines, 5, vision=False)
    assert it.value.code == "engine_forbidden"
    assert "--allow-vision" in it.value.message
    assert model.asked == []
    assert [attempt.engine for attempt in read_pages(PAGES, engines, 5, vision=True)] == ["model"]


def test_a_vision_model_that_is_asked_first_and_names_nothing_settles_nothing() -> None:
    model, text = Model("model", spans=0), Fake("text")
    assert [attempt.engine for attempt in read_pages(PAGES, [model, text], 5, vision=True)] == ["model", "text"]
    sure = Model("sure")
    assert [attempt.engine for attempt in read_pages(PAGES, [sure, text], 5, vision=True)] == ["sure"]


@pytest.mark.parametrize("page", [0, 1])
def test_the_second_engine_is_asked_where_the_first_failed(page: int) -> None:
    error = ExtractorError("engine_failed", "It broke")
    first, second = Fake("first", fails_on={page: error}), Fake("second")
    failed, good = read_pages(PAGES, [first, second], 5)
    assert (failed.engine, failed.reading, failed.error_code) == ("first", None, "engine_failed")
    assert failed.error_message == error.message
    assert good.engine == "second"
    assert good.reading is not None
    assert [span.text for span in good.reading.spans] == ["second 0", "second 0"], "nothing of the failed one is left"


def test_a_missing_engine_is_passed_over_with_an_attempt_that_says_so() -> None:
    missing, good = read_pages(PAGES, [Fake("first", lacks="apt-get install first"), Fake("second")], 5)
    assert (missing.engine, missing.model, missing.error_code) == ("first", "first", "engine_missing")
    assert missing.error_message is not None
    assert "apt-get install first" in missing.error_message
    assert good.reading is not None


def test_if_all_fail_every_attempt_holds_its_error() -> None:
    engines: list[Extractor] = [
        Fake("first", fails_on={0: ExtractorError("engine_failed", "It broke")}),
        Fake("second", lacks="pip install second"),
        Fake("third", fails_on={1: ExtractorError("engine_timeout", "It was slow")}),
    ]
    attempts = read_pages(PAGES, engines, 5)
    assert [attempt.error_code for attempt in attempts] == ["engine_failed", "engine_missing", "engine_timeout"]
    assert all(attempt.reading is None for attempt in attempts)


def test_an_engine_is_told_how_much_time_is_left_for_all() -> None:
    first, second = Fake("first", fails_on={1: ExtractorError("engine_failed", "x")}, takes_s=0.01), Fake("second")
    read_pages(PAGES, [first, second], 5)
    left = [timeout_s for _, timeout_s in first.asked + second.asked]
    assert left == sorted(left, reverse=True)
    assert left[0] <= 5
    assert left[-1] <= 5 - 0.02


class Display(Fake):
    """An engine that reads every odometer for sure."""

    subject: Subject = "display"

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        self.asked.append((page.index, timeout_s))
        return (Span(text="123456", polygon=BOX, page=page.index, role="odometer", score=0.9),)


@pytest.mark.parametrize(("warnings", "asked"), [(False, ["display"]), (True, ["display", "text"])])
def test_a_display_read_for_sure_is_searched_for_warnings_if_that_is_wanted(warnings: bool, asked: list[str]) -> None:
    engines = [Display("display", subject="display"), Fake("text"), Fake("other text")]
    attempts = read_pages(PAGES, engines, 5, warnings=warnings)
    assert [attempt.engine for attempt in attempts] == asked


def test_a_failed_search_for_warnings_leaves_the_display_s_reading() -> None:
    failing = Fake("text", fails_on={0: ExtractorError("engine_failed", "It broke")})
    display, failed, other = read_pages(
        PAGES, [Display("display", subject="display"), failing, Fake("other text")], 5, warnings=True
    )
    assert display.reading is not None
    assert (failed.reading, failed.error_code) == (None, "engine_failed")
    assert other.reading is not None, "the next engine for text is asked"


def test_when_the_time_is_used_up_nobody_is_asked_any_more() -> None:
    slow, second = Fake("slow", takes_s=0.03), Fake("second")
    attempts = read_pages(PAGES, [slow, second], 0.02)
    assert [attempt.error_code for attempt in attempts] == ["engine_timeout", "engine_timeout"]
    assert [page for page, _ in slow.asked] == [0]
    assert second.asked == []
    assert attempts[0].duration_ms >= 30


def test_a_flood_of_spans_is_cut() -> None:
    [attempt] = read_pages(PAGES, [Fake("first", spans=MAX_SPANS)], 5)
    assert attempt.reading is not None
    assert len(attempt.reading.spans) == MAX_SPANS


def test_a_failure_that_is_none_of_ours_is_not_taken_for_a_reading() -> None:
    class Broken(Fake):
        def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
            raise ZeroDivisionError(page, timeout_s)

    with pytest.raises(ZeroDivisionError):
        read_pages(PAGES, [Broken("first"), Fake("second")], 5)


@dataclass
class Dear(Fake):
    """An engine with a price, such as a vision model."""

    subject: Subject = "fields"
    price: int | None = 2_000
    cost: int = 2_000

    def price_micros(self, pages: Sequence[PageImage]) -> int | None:
        assert pages
        return self.price

    def take_usage(self) -> Usage | None:
        return Usage(input_tokens=1, output_tokens=1, cost_micros=self.cost)


class Sure(Trust):
    """Says the same of every event."""

    said: float

    def assess(self, candidate: Candidate) -> Confidence:
        return Confidence(probability=self.said, percent=round(100 * self.said), sentence=candidate.event_type)


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> list[Candidate]:
    """Let what the engines before read be one event that a further look may help."""
    event = Candidate(
        event_type="odometer_reading", engine="text", evidence=1.0, payload={}, fields={}, signal="plain", flags=()
    )
    found = [event]
    monkeypatch.setattr("extractors.cascade.understand_all", lambda *_: Understanding(candidates=tuple(found)))
    monkeypatch.setattr("extractors.cascade.unsettled", lambda *_: True)
    return found


def asked(policy: Policy, *, said: float | None = None, price: int | None = 2_000) -> Attempt:
    """Return what became of the engine with a price, after one without."""
    text, model = Fake("text"), Dear("model", price=price)
    trust = None if said is None else Sure(said=said)
    first, second = read_pages(PAGES, [text, model], 5, vision=True, policy=policy, trust=trust)
    assert first.reading is not None
    assert second.asked == bool(model.asked)
    return second


@pytest.mark.usefixtures("unsettled")
def test_an_engine_is_asked_while_its_price_fits_the_budgets() -> None:
    assert asked(Policy()).asked
    assert asked(Policy(event_budget_micros=2_000, day_left_micros=2_000)).asked
    for bounds, name in ((Policy(event_budget_micros=1_999), "event"), (Policy(day_left_micros=0), "day")):
        left_out = asked(bounds)
        assert (left_out.error_code, left_out.reading, left_out.usage) == ("budget_spent", None, None)
        assert "model was not asked. It costs about 0.0020 US dollars" in (left_out.error_message or "")
        assert f"{name}'s budget" in (left_out.error_message or "")


@pytest.mark.usefixtures("unsettled")
def test_a_price_that_nobody_has_said_fits_no_budget() -> None:
    left_out = asked(Policy(day_left_micros=10**9), price=None)
    assert left_out.error_code == "budget_spent"
    assert asked(Policy(review_micros=1), price=None).asked, "without a budget it is asked as ever"


@pytest.mark.usefixtures("unsettled")
def test_what_was_spent_on_the_document_counts_against_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractors.cascade._needed", lambda *_, **__: True)
    engines: list[Extractor] = [Dear("first"), Dear("second"), Dear("third")]
    attempts = read_pages(PAGES, engines, 5, vision=True, policy=Policy(event_budget_micros=4_500))
    assert [attempt.error_code for attempt in attempts] == [None, None, "budget_spent"]


@pytest.mark.parametrize(("said", "is_asked"), [(0.5, True), (0.99, True), (0.995, False), (0.9995, False)])
@pytest.mark.usefixtures("unsettled")
def test_a_look_is_asked_for_where_the_doubt_is_worth_its_price(said: float, is_asked: bool) -> None:
    found = asked(Policy(review_micros=250_000), said=said)
    assert found.asked == is_asked
    if not is_asked:
        assert found.error_code == "gain_too_small"
        assert f"probability of {said:.4f}" in (found.error_message or "")


def test_an_event_that_needs_a_person_as_it_stands_is_worth_the_whole_review(unsettled: list[Candidate]) -> None:
    doubt = Flag(code="rival_readings", sentence="Two numbers.")
    unsettled[0] = unsettled[0].model_copy(update={"flags": (doubt,)})
    assert asked(Policy(review_micros=250_000), said=0.9995).asked
    assert not asked(Policy(review_micros=1_000), said=0.9995).asked
    unsettled.clear()
    assert asked(Policy(review_micros=250_000), said=0.9995).asked


def test_a_forbidden_engine_is_not_asked() -> None:
    first, second = Fake("first"), Fake("second")
    [attempt] = read_pages(PAGES, [first, second], 5, policy=Policy(forbidden=frozenset({"first"})))
    assert attempt.engine == "second"
    assert first.asked == []
    with pytest.raises(ExtractorError) as caught:
        read_pages(PAGES, [first], 5, policy=Policy(forbidden=frozenset({"first"})))
    assert caught.value.code == "engine_forbidden"
