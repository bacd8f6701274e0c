"""What an engine saw: spans of text with their place, and the protocol every engine follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, field_validator

from capture.files.rows import Table
from capture.image import PageImage

Grain = Literal["word", "line", "field"]
"""What one score speaks of: Tesseract scores words, RapidOCR lines, a vision model whole fields."""

Point = tuple[float, float]
"""x, y in pixels of the upright page image; origin top left, y downwards."""

Subject = Literal["text", "display", "fields", "trips", "note"]
"""What a reading is of: all text of a page, the one display that shows the total distance, named values, a file of
trips, a note."""

Role = Literal["odometer", "trip", "unreadable"]
"""What a line of a display is: the total distance, another number, or a display that nobody can read."""

SETTLED = 0.4
"""A display's reading this probable needs no other engine's look at the photo."""

MAX_SPANS = 5_000
"""More spans than any dashboard, receipt or invoice page set has; beyond it the rest is dropped."""


class Frozen(BaseModel):
    """Immutable data that crosses module and process boundaries."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hypothesis(Frozen):
    """One way to read one line of a display.

    `digits`: all as displayed, leading zeros and tenths included; `tenths`: the last of them counts tenths.
    `probability`: of all ways to read the photo, at most 1 together. `digit_probabilities`: one for each digit.
    """

    digits: str = Field(pattern=r"^\d{1,12}$")
    tenths: bool
    probability: float = Field(ge=0, le=1)
    digit_probabilities: tuple[float, ...]
    polygon: tuple[Point, ...]
    digit_polygons: tuple[tuple[Point, ...], ...]

    @property
    def text(self) -> str:
        """The reading with a point before the tenths."""
        return f"{self.digits[:-1]}.{self.digits[-1]}" if self.tenths and len(self.digits) > 1 else self.digits


class Span(Frozen):
    """One piece of text as an engine gave it.

    `polygon`: corners in reading order (top left, top right, bottom right, bottom left), pixels.
    `score`: the engine's own score, 0 to 1, comparable within one engine alone; None if it gives none.
    `role`, `hypotheses`, `unit`: of a display's line; hypotheses best first, the first of them is the text; the unit is
    what stands beside the number.
    `measures`: of the picture at that place, by name, such as its sharpness; no probabilities.
    `name`, `value`: of a named value, `<event type>.<field>` and what the engine says it means; the text is what it
    says is printed. An engine that names values gives no places: the polygon is empty.
    """

    text: str
    polygon: tuple[Point, ...]
    score: float | None = Field(default=None, ge=0, le=1)
    grain: Grain = "line"
    page: int = Field(default=0, ge=0)
    role: Role | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    unit: Literal["km", "mi"] | None = None
    measures: tuple[tuple[str, float], ...] = ()
    name: str | None = None
    value: str | None = None

    @field_validator("text", "value")
    @classmethod
    def _storable(cls, value: str | None) -> str | None:
        return None if value is None else value.replace("\0", "")  # PostgreSQL keeps no NUL in text

    @property
    def x0(self) -> float:
        """Left edge, pixels."""
        return min(x for x, _ in self.polygon)

    @property
    def x1(self) -> float:
        """Right edge, pixels."""
        return max(x for x, _ in self.polygon)

    @property
    def y0(self) -> float:
        """Top edge, pixels."""
        return min(y for _, y in self.polygon)

    @property
    def y1(self) -> float:
        """Bottom edge, pixels."""
        return max(y for _, y in self.polygon)


class Reading(Frozen):
    """All that one engine saw on one document. No spans means that the engine looked and saw no text."""

    engine: str
    model: str
    subject: Subject = "text"
    spans: tuple[Span, ...] = ()
    page_sizes: tuple[tuple[int, int], ...] = ()
    """Width and height of each page that was read, pixels."""
    table: Table | None = None
    """The rows of a file of trips."""
    duration_ms: int = Field(default=0, ge=0)

    @property
    def settled(self) -> bool:
        """Whether no other engine need look: all was read, a display with confidence, or values were named."""
        if self.subject == "fields":
            return bool(self.spans)
        return self.subject != "display" or any(
            span.role == "odometer" and span.score is not None and span.score >= SETTLED for span in self.spans
        )


class Usage(Frozen):
    """What an engine's calls of a service cost. `cost_micros`: millionths of a US dollar, None if no price is known."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cost_micros: int | None = Field(default=None, ge=0)


class Extractor(Protocol):
    """One engine. `read` owns its time-out and never returns an empty list for a failure."""

    name: str
    subject: Subject

    def missing(self) -> str | None:
        """Say what to install if the engine cannot run here; None if it can."""

    def model(self) -> str:
        """Name and version of engine and weights, as stored with every run."""

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """Tell if the engine can say anything of such pages; where it cannot, it is not asked at all."""

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return the spans of one page.

        Raises: ExtractorError (`engine_failed`, `engine_timeout`, `engine_missing`, `recording_missing`).
        """


@runtime_checkable
class Metered(Protocol):
    """An engine whose calls cost something."""

    def price_micros(self, pages: Sequence[PageImage]) -> int | None:
        """Return what such pages will cost, about, in millionths of a US dollar; None where no price is set."""

    def take_usage(self) -> Usage | None:
        """Return what was used since the last time this was asked, failed calls included; None for no call."""
