"""A vision model behind OpenAI's API, or any server that speaks it: names values, and says where none is.

Two questions a page: what it is, then the values of that kind. What is on the photo is never part of a question's
words; the answer fills a form made from the payload's model, and is checked in `capture.stated`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Extractor, Span, Subject, Usage
from capture.stated import modules
from extractors import EngineOptions, VisionOptions

if TYPE_CHECKING:
    from extractors.vision.call import Answer, Caller

KIND = "kind"
COMMON = "common"

TYPICAL_INPUT_TOKENS = 5_000
"""Of both questions on one page: the picture twice, prompts and forms. An estimate, for budgets alone."""

TYPICAL_OUTPUT_TOKENS = 700
"""Of both answers."""


class OpenAIVision:
    """Field-grain spans without places: what is printed, what it means, and the model's own probability of the text."""

    name = "openai_vision"
    subject: Subject = "fields"

    def __init__(self, options: VisionOptions) -> None:
        self._options = options

    def missing(self) -> str | None:
        """Say what to install or set; None if it can run."""
        if find_spec("openai") is None:
            return "pip install openai"
        return None if self._options.api_key.get_secret_value() else "set CAPTURE_OPENAI_API_KEY"

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """Any page has pixels."""
        return True

    def model(self) -> str:
        """Model, client and the first digits of the prompts' hash: other prompts read otherwise."""
        return f"{self._options.model}, openai {metadata.version('openai')}, prompts {prompts_digest()}"

    def price_micros(self, pages: Sequence[PageImage]) -> int | None:
        """Return what the questions on such pages cost, about; what they did cost is counted afterwards."""
        if not self._options.input_price or not self._options.output_price:
            return None
        tokens = TYPICAL_INPUT_TOKENS * self._options.input_price + TYPICAL_OUTPUT_TOKENS * self._options.output_price
        return round(len(pages) * tokens)

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return the values that the page shows; none if it shows no event that we know.

        Raises: ExtractorError (`engine_missing`, `vision_...`).
        """
        hint = self.missing()
        if hint is not None:
            raise ExtractorError("engine_missing", f"The vision model cannot be asked ({hint})")
        from extractors.vision.answers import answer_for, kind_answer  # noqa: PLC0415 (made when first needed)
        from extractors.vision.picture import data_url  # noqa: PLC0415 (as above)

        deadline = time.monotonic() + timeout_s
        picture = data_url(page.image, self._options.max_side_px)
        kind = str(self._caller.ask(prompt(KIND), picture, kind_answer(), deadline).values["kind"])
        if kind not in modules():
            return ()
        return _spans(kind, self._caller.ask(prompt(kind), picture, answer_for(kind), deadline), page.index)

    def take_usage(self) -> Usage | None:
        """Return the tokens since the last time this was asked, and their price."""
        used, self._caller.usage = self._caller.usage, None
        return used

    @cached_property
    def _caller(self) -> Caller:
        from extractors.vision.call import Caller  # noqa: PLC0415 (as above)

        return Caller(self._options)


def prompt(kind: str) -> str:
    """Return what the model is told: what holds for all questions, then the question."""
    return "\n\n".join(_prompt_file(name) for name in (COMMON, kind))


def prompts_digest() -> str:
    """Return the first digits of the hash over all prompts."""
    texts = [_prompt_file(name) for name in (COMMON, KIND, *sorted(modules()))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]


def _prompt_file(name: str) -> str:
    return files("extractors.vision.prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8").strip()


def _spans(kind: str, answer: Answer, page: int) -> tuple[Span, ...]:
    from extractors.vision.answers import named_values  # noqa: PLC0415 (as above)

    return tuple(
        Span(
            text=printed,
            polygon=(),
            score=answer.scores.get(place),
            grain="field",
            page=page,
            name=f"{kind}.{name}",
            value=value,
        )
        for name, printed, value, place in named_values(answer.values)
        if printed.strip()
    )


def make(options: EngineOptions) -> Extractor:
    """Return the engine."""
    return OpenAIVision(options.vision)
