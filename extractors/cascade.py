"""Which engine is asked first, and when the next: until one has settled what the photo shows.

A PDF that tells its own text is not looked at. The odometer's reader is quick and sees displays alone; where it sees
none for sure, an engine for text looks too, and where it does, for the warnings that a dashboard writes out. An engine
for text settles it, unless it fails. A vision model is asked last, where what the others read is no event or a doubtful
one, where its look is worth its price, and where the tenant's budgets bear it. What is not asked for its price leaves
an attempt that says so.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from capture.confidence import Trust
from capture.errors import ExtractorError
from capture.events.base import Hint
from capture.image import PageImage
from capture.policy import Policy
from capture.reading import MAX_SPANS, Extractor, Frozen, Metered, Reading, Span, Subject, Usage
from capture.review import counts
from capture.stated import understand_all, unsettled


class Attempt(Frozen):
    """One engine's attempt on one document: a reading, or an error."""

    engine: str
    model: str
    subject: Subject = "text"
    reading: Reading | None = None
    error_code: str | None = None
    error_message: str | None = None
    duration_ms: int = 0
    usage: Usage | None = None

    @property
    def asked(self) -> bool:
        """Whether the engine was asked at all, and not left out for its price."""
        return self.error_code not in UNASKED


UNASKED = frozenset({"budget_spent", "gain_too_small"})
"""Codes of engines that were not asked: a budget does not bear the price, or the look is not worth it."""


def read_pages(
    pages: Sequence[PageImage],
    engines: Sequence[Extractor],
    timeout_s: float,
    hint: Hint | None = None,
    *,
    vision: bool = False,
    warnings: bool = False,
    policy: Policy | None = None,
    trust: Trust | None = None,
) -> tuple[Attempt, ...]:
    """Ask the engines in order until one settles it; return all attempts.

    An engine that such pages do not suit is not asked. One that is not installed is passed over, with an attempt
    that says so. `timeout_s` is for all engines together. `vision`: a vision model may be asked. `warnings`: a display
    that was read for sure is looked at by an engine for text too. If every engine failed, no attempt holds a reading.
    `policy`: which engines may be asked, and at what cost. `trust`: by what the gain of a further look is reckoned.
    Raises: ExtractorError if there is no engine for such pages (`engine_unsuited`), or none that may be asked
    (`engine_forbidden`).
    """
    deadline = time.monotonic() + timeout_s
    attempts: list[Attempt] = []
    suited = [engine for engine in engines if engine.suits(pages)]
    bounds = policy or Policy()
    asked = [e for e in suited if (vision or e.subject != "fields") and e.name not in bounds.forbidden]
    if not asked:
        names = ", ".join(engine.name for engine in suited or engines)
        if suited:
            fact = f"The tenant's policy forbids the only engine that reads such a document: {names}"
            raise ExtractorError("engine_forbidden", fact)
        raise ExtractorError("engine_unsuited", f"Such a document is read by none of: {names}")
    for engine in asked:
        readings = {attempt.reading.subject: attempt.reading for attempt in attempts if attempt.reading}
        if _needed(engine, readings, hint or Hint(), warnings=warnings):
            left_out = _left_out(engine, pages, attempts, bounds, _sure(readings, hint or Hint(), trust))
            attempts.append(left_out or _attempt(engine, pages, deadline))
    return tuple(attempts)


def _left_out(
    engine: Extractor, pages: Sequence[PageImage], attempts: Sequence[Attempt], policy: Policy, sure: float | None
) -> Attempt | None:
    """Return an attempt that says why an engine with a price is not asked; None if it is to be asked.

    `sure`: how likely what was read so far is right, None where that is not known.
    """
    if not isinstance(engine, Metered) or engine.missing():
        return None
    price = engine.price_micros(pages)
    spent = sum(attempt.usage.cost_micros or 0 for attempt in attempts if attempt.usage is not None)
    dear = policy.too_dear(price, spent)
    if dear is not None:
        error = ExtractorError("budget_spent", f"{engine.name} was not asked. {dear}")
    else:
        vain = policy.not_worth(sure, price)
        if vain is None:
            return None
        error = ExtractorError("gain_too_small", f"{engine.name} was not asked. {vain}")
    return Attempt(
        engine=engine.name,
        model=engine.model(),
        subject=engine.subject,
        error_code=error.code,
        error_message=error.fact,
    )


def _sure(readings: Mapping[Subject, Reading], hint: Hint, trust: Trust | None) -> float | None:
    """Return how likely the event that was read so far is right; None where it needs a person as it stands.

    That is where there is no event, a rule is against it, or nobody has measured it.
    """
    candidates = () if trust is None else understand_all(readings, hint).candidates
    if trust is None or not candidates or any(counts(flag.code, flag.level) for flag in candidates[0].flags):
        return None
    return trust.assess(candidates[0]).probability


def _needed(engine: Extractor, readings: Mapping[Subject, Reading], hint: Hint, *, warnings: bool) -> bool:
    """Tell if an engine's look is needed after those readings: a vision model's only where no event is settled."""
    if engine.subject == "fields":
        return "fields" not in readings and unsettled(understand_all(readings, hint), readings.get("display"))
    named = readings.get("fields")
    if "text" in readings or (named is not None and named.settled):
        return False
    return (warnings and engine.subject == "text") or not any(reading.settled for reading in readings.values())


def _attempt(engine: Extractor, pages: Sequence[PageImage], deadline: float) -> Attempt:
    started = time.monotonic()
    model = engine.name if engine.missing() else engine.model()
    spans: list[Span] = []
    error: ExtractorError | None = None
    try:
        for page in pages:
            spans.extend(engine.read(page, _left(deadline)))
    except ExtractorError as failure:
        error = failure
    duration_ms = round((time.monotonic() - started) * 1000)
    usage = engine.take_usage() if isinstance(engine, Metered) else None
    if error is not None:
        return Attempt(
            engine=engine.name,
            model=model,
            subject=engine.subject,
            error_code=error.code,
            error_message=error.message,
            duration_ms=duration_ms,
            usage=usage,
        )
    reading = Reading(
        engine=engine.name,
        model=model,
        subject=engine.subject,
        spans=tuple(spans[:MAX_SPANS]),
        page_sizes=tuple(page.size for page in pages),
        duration_ms=duration_ms,
    )
    return Attempt(
        engine=engine.name, model=model, subject=engine.subject, reading=reading, duration_ms=duration_ms, usage=usage
    )


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ExtractorError("engine_timeout", "The time for this document is used up")
    return left
