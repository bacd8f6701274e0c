"""What a worker and its reading process say to each other."""

from __future__ import annotations

from capture.confidence import Trust
from capture.events.base import Hint
from capture.image import DocumentFacts, Limits
from capture.policy import Policy
from capture.reading import Frozen
from extractors import EngineOptions
from extractors.cascade import Attempt


class Setup(Frozen):
    """What the parent says once."""

    engines: tuple[str, ...]
    options: EngineOptions
    limits: Limits


class Request(Frozen):
    """What the parent asks of one document.

    `vision`: whether it may be shown to a vision model; `warnings`: whether a sure display is searched for warnings.
    `policy`: which engines may see it, and at what cost; `trust`: by what a further look's gain is reckoned.
    """

    data: bytes
    timeout_s: float
    hint: Hint
    vision: bool
    warnings: bool
    policy: Policy
    trust: Trust | None


class Comparison(Frozen):
    """Two photos of which the parent asks whether they are one picture."""

    first: bytes
    second: bytes


class ReadOutcome(Frozen):
    """What is said of one document."""

    facts: DocumentFacts
    attempts: tuple[Attempt, ...]
