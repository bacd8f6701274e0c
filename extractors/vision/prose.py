"""Facts -> one paragraph in a model's words. Nothing is shown to the model but the facts."""

from __future__ import annotations

import time
from importlib import metadata
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from capture.errors import ExtractorError
from capture.reading import Frozen, Usage
from extractors import VisionOptions
from extractors.vision.call import Caller, cost_micros

TYPICAL_TOKENS = (700, 200)
"""In and out, of one paragraph. An estimate, for budgets alone."""


class Prose(BaseModel):
    """The answer's form."""

    model_config = ConfigDict(extra="forbid")

    paragraph: str = Field(min_length=1, max_length=2_000)


class Told(Frozen):
    """What came of the question. `paragraph`: None where it failed, with the error's code and sentence."""

    model: str
    duration_ms: int
    paragraph: str | None = None
    usage: Usage | None = None
    error_code: str | None = None
    error_message: str | None = None


def price_micros(options: VisionOptions) -> int | None:
    """Return what a paragraph costs, about, in millionths of a US dollar; None where no price is set."""
    return cost_micros(options, *TYPICAL_TOKENS)


def tell(options: VisionOptions, facts: str) -> Told:
    """Ask the model for a paragraph. A failure is told, not raised: the facts stand without it."""
    caller, started = Caller(options), time.monotonic()
    prompt = files("extractors.vision.prompts").joinpath("prose.txt").read_text(encoding="utf-8").strip()
    paragraph: str | None = None
    error: ExtractorError | None = None
    try:
        paragraph = str(caller.ask(prompt, None, Prose, started + options.timeout_s, words=facts).values["paragraph"])
    except ExtractorError as failure:
        error = failure
    return Told(
        model=f"{options.model}, openai {metadata.version('openai')}",
        duration_ms=round((time.monotonic() - started) * 1000),
        paragraph=paragraph,
        usage=caller.usage,
        error_code=None if error is None else error.code,
        error_message=None if error is None else error.message,
    )
