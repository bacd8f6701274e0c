"""What a worker and its reading process say to each other."""

from __future__ import annotations

from capture.image import DocumentFacts, Limits
from capture.reading import Frozen
from extractors import EngineOptions
from extractors.cascade import Attempt


class Setup(Frozen):
    """What the parent says once."""

    engines: tuple[str, ...]
    options: EngineOptions
    limits: Limits
    warnings: bool


class ReadOutcome(Frozen):
    """What is said of one document."""

    facts: DocumentFacts
    attempts: tuple[Attempt, ...]
