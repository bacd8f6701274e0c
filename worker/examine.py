"""Bytes -> events with their confidence and flags. The same for a job and for `capture read`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from capture.confidence import Trust, confidence_flags
from capture.errors import LASTING, ExtractorError
from capture.events import understand_file
from capture.events.base import Candidate, Field, Flag, Hint, Sorting
from capture.history.model import Expect
from capture.image import DocumentFacts
from capture.policy import Policy
from capture.reading import Frozen, Reading
from capture.review import ReviewState, first_state
from capture.stated import understand_all
from extractors.cascade import Attempt
from extractors.reader import Reader

TIME_GAP = timedelta(hours=24)
"""Times of one event that are further apart than this are worth a look."""


NOT_OF_THE_PHOTO = frozenset(
    {
        "engine_missing", "engine_timeout", "vision_key_refused", "vision_rate_limited", "vision_request_refused",
        "vision_timeout", "vision_unavailable",
    }
)  # fmt: skip
"""Failures of a vision model that say nothing of the photo: where nobody else saw an event, its look is still due."""


class Judged(Frozen):
    """An event with what is thought of it. `probability`: of being right, None where nobody has measured it."""

    candidate: Candidate
    probability: float | None
    percent: int | None
    fields: Mapping[str, float]
    confidence_parts: Mapping[str, object]
    confidence_sentence: str
    flags: tuple[Flag, ...]
    review_state: ReviewState


class Examined(Frozen):
    """All that one look at a document gave."""

    facts: DocumentFacts
    attempts: tuple[Attempt, ...]
    fields: dict[str, Field]
    events: tuple[Judged, ...]
    remark: Flag | None = None
    """What the document shows, where it yields no event."""
    sorting: Sorting | None = None
    """What the document is, with the evidence; None for a file of trips or a note."""

    def reading_of(self, engine: str) -> Reading:
        """Return what that engine saw."""
        return next(a.reading for a in self.attempts if a.engine == engine and a.reading is not None)


def examine(
    data: bytes,
    hint: Hint,
    reader: Reader,
    trust: Trust,
    received_at: datetime | None,
    phone_time: datetime | None = None,
    *,
    expect: Expect | None = None,
    vision: bool = False,
    warnings: bool = True,
    policy: Policy | None = None,
) -> Examined:
    """Read a document and judge what it says.

    `trust`: what events are judged by. `received_at`: None where the
    document has not been sent (`capture read`). `phone_time`: when the phone says that it was taken.
    `expect`: where the vehicle's other readings expect its odometer. `vision`: whether it may be shown to a vision
    model, where one is set. `warnings`: whether a display that was read for sure is searched for written warnings.
    `policy`: which engines may see it, and at what cost.
    Raises: ImageError; ExtractorError of the last engine that failed, if what the others saw does not settle it.
    """
    outcome = reader.read(data, hint, vision=vision, warnings=warnings, policy=policy, trust=trust)
    taken = outcome.facts.captured_at
    if taken is None or not outcome.facts.captured_at_has_offset:
        taken = phone_time or taken
    if expect is not None:
        when = taken if outcome.facts.captured_at_has_offset else phone_time or received_at
        hint = hint.model_copy(update={"expected_km": expect(when)})
    readings = {attempt.reading.subject: attempt.reading for attempt in outcome.attempts if attempt.reading}
    settled = any(reading.settled for reading in readings.values())
    failed = tuple(attempt for attempt in outcome.attempts if attempt.reading is None and attempt.asked)
    if failed and not settled:
        raise ReadingFailedError(outcome.facts, outcome.attempts, failed)
    if not readings:  # nobody was asked at all
        raise ReadingFailedError(outcome.facts, outcome.attempts, outcome.attempts)
    written = readings.get("trips") or readings.get("note")
    understanding = understand_all(readings, hint) if written is None else understand_file(written, hint)
    due = tuple(a for a in failed if a.subject == "fields" and a.error_code in NOT_OF_THE_PHOTO)
    if due and not understanding.candidates:
        raise ReadingFailedError(outcome.facts, outcome.attempts, due)
    general = tuple(_document_flags(outcome.facts, outcome.attempts))
    return Examined(
        facts=outcome.facts,
        attempts=outcome.attempts,
        fields=understanding.fields,
        remark=_remark(understanding.remark, outcome.attempts),
        sorting=understanding.sorting,
        events=tuple(_judge(candidate, general, taken, trust, received_at) for candidate in understanding.candidates),
    )


class ReadingFailedError(ExtractorError):
    """An engine failed whose look was needed; carries what each of them said, so that the runs are kept.

    Of several such failures (`failed`) its code is that of the last that may pass, else of the last.
    """

    def __init__(self, facts: DocumentFacts, attempts: tuple[Attempt, ...], failed: tuple[Attempt, ...]) -> None:
        codes = [attempt.error_code or "engine_failed" for attempt in failed]
        passing = [code for code in codes if code not in LASTING]
        code = (passing or codes)[-1]
        left_out = [attempt.error_message or "" for attempt in attempts if not attempt.asked]
        fact = " ".join([*([f"{_failed(attempts)} failed."] if _failed(attempts) else []), *left_out])
        super().__init__(code, f"Not read: {fact}")
        self.facts = facts
        self.attempts = attempts


def _judge(
    candidate: Candidate,
    general: tuple[Flag, ...],
    taken: datetime | None,
    trust: Trust,
    received_at: datetime | None,
) -> Judged:
    sure = trust.assess(candidate)
    flags = [*candidate.flags, *general, *_time_flags(candidate, taken, received_at)]
    flags += confidence_flags(sure)
    return Judged(
        candidate=candidate,
        probability=sure.probability,
        percent=sure.percent,
        fields=sure.fields,
        confidence_parts=sure.parts,
        confidence_sentence=sure.said,
        flags=tuple(flags),
        review_state=first_state([flag.code for flag in flags], sure.probability, sure.accept_from),
    )


def _remark(remark: Flag | None, attempts: tuple[Attempt, ...]) -> Flag | None:
    """Add to a remark which engines could not say anything."""
    failed = _failed(attempts)
    if remark is None or not failed:
        return remark
    return remark.model_copy(update={"sentence": f"{remark.sentence} {failed} failed."})


def _failed(attempts: tuple[Attempt, ...]) -> str:
    failed = [attempt for attempt in attempts if attempt.reading is None and attempt.asked]
    return ", ".join(f"{attempt.engine} ({attempt.error_code})" for attempt in failed)


def _document_flags(facts: DocumentFacts, attempts: tuple[Attempt, ...]) -> list[Flag]:
    flags = []
    if facts.truncated:
        flags.append(Flag(code="image_truncated", sentence="The file ends before its picture does."))
    if facts.page_count > facts.pages_read:
        sentence = f"The document has {facts.page_count} pages; the first {facts.pages_read} were read."
        flags.append(Flag(code="pages_unread", sentence=sentence))
    failed = _failed(attempts)
    sure = any(a.reading is not None and a.reading.subject == "display" and a.reading.settled for a in attempts)
    searching = all(a.reading is not None or a.subject == "text" or not a.asked for a in attempts)
    flags += [
        Flag(code="engine_not_asked", sentence=left_out.error_message or "")
        for left_out in attempts
        if left_out.error_code == "budget_spent"
    ]
    if failed and sure and searching:  # nothing but the search for warnings failed
        sentence = f"{failed} failed: written warnings on the dashboard may have been missed."
        flags.append(Flag(code="warnings_unread", sentence=sentence))
    elif failed:
        readers = ", ".join(attempt.engine for attempt in attempts if attempt.reading is not None)
        sentence = f"{failed} failed; {readers} read the photo."
        flags.append(Flag(code="engine_fallback", sentence=sentence))
    return flags


def _time_flags(candidate: Candidate, taken: datetime | None, received_at: datetime | None) -> list[Flag]:
    """Compare photo, document and arrival. Printed times have no zone, so a day is the bound."""
    flags = []
    printed = candidate.printed_at
    if received_at is not None and printed is not None and printed > received_at.replace(tzinfo=None) + TIME_GAP:
        sentence = f"The document says {printed:%Y-%m-%d}, but the photo came on {received_at:%Y-%m-%d}."
        flags.append(Flag(code="date_in_future", sentence=sentence))
    if received_at is not None and taken is not None and abs(received_at - taken) > TIME_GAP:
        sentence = f"The photo was taken on {taken:%Y-%m-%d} and came on {received_at:%Y-%m-%d}."
        flags.append(Flag(code="time_gap", sentence=sentence))
    if printed is not None and taken is not None and abs(printed - taken.replace(tzinfo=None)) > TIME_GAP:
        sentence = f"The document says {printed:%Y-%m-%d}, the photo was taken on {taken:%Y-%m-%d}."
        flags.append(Flag(code="time_gap", sentence=sentence))
    return flags
