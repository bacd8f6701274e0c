"""The ways to read a display's lines, told apart by the distance that they name, and what speaks for the best."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from capture.calibration import WITH_HISTORY, log_odds
from capture.reading import Hypothesis, Reading, Role, Span

TENTHS_SHARE = 0.9
"""Tenths are given where the best last digit has this share of the ways that agree in all others, or more.

On TRODO's photos, out of fold, 76 of 76 such tenths were right; from 0.8 on 211 of 214, and of all 545 only 478. A
tenth that is wrong more often than a promise allows would spoil a reading that is right.
"""

LONG_ENOUGH = 4
"""Digits of a text that is compared with the display's reading; shorter ones stand everywhere on a dashboard."""

_NO_DIGIT = re.compile(r"\D", re.ASCII)


@dataclass(frozen=True)
class Distance:
    """The ways that name one distance in whole units, likeliest first. `line`: the display's line that they read."""

    line: Span
    whole: str
    ways: tuple[Hypothesis, ...]

    @property
    def probability(self) -> float:
        """By the reader's own word; no calibrated number."""
        return min(1.0, sum(way.probability for way in self.ways))

    @property
    def best(self) -> Hypothesis:
        """The likeliest way."""
        return self.ways[0]

    @property
    def tenths_share(self) -> float:
        """How much of the ways' probability the best last drum has."""
        total = sum(way.probability for way in self.ways)
        return self.best.probability / total if total else 0.0

    @property
    def gives_tenths(self) -> bool:
        """Whether the last drum counts tenths and is sure enough to be given."""
        return self.best.tenths and self.tenths_share >= TENTHS_SHARE

    @property
    def value(self) -> int | float:
        """The reading in the display's unit, with tenths where they are given."""
        return float(self.best.text) if self.gives_tenths else int(self.whole)


def whole_digits(way: Hypothesis) -> str:
    """Return the digits of whole units, without leading zeros."""
    digits = way.digits[:-1] if way.tenths and len(way.digits) > 1 else way.digits
    return digits.lstrip("0") or "0"


def distances(lines: Sequence[Span]) -> list[Distance]:
    """Return the distances that the lines' ways name, likeliest first."""
    found: dict[tuple[int, str], list[Hypothesis]] = {}
    for index, line in enumerate(lines):
        for way in line.hypotheses:
            found.setdefault((index, whole_digits(way)), []).append(way)
    made = [
        Distance(lines[index], whole, tuple(sorted(ways, key=lambda way: -way.probability)))
        for (index, whole), ways in found.items()
    ]
    return sorted(made, key=lambda one: -one.probability)


BEYOND, OUTSIDE = 0.3, 0.02
"""How much less a distance counts that lies up to the window's own width above it, or anywhere else outside of it."""

BELIEVED: Mapping[Role | None, float] = {"odometer": 1.0, "unreadable": 0.8, "trip": 0.3}
"""How much a line counts that the reader itself does not take for a readable odometer, where a history expects it."""

AGAINST = 3.0
"""The pixels are against a distance where they make another one so many times likelier."""

SHORT = 4
"""Displays of so few digits, leading zeros included, are a class of their own: new vehicles, trips, codes of faults."""


def signal(chosen: Distance, choice: Choice | None = None) -> str:
    """Name the class of reading; one far from where the vehicle's others expect it is a class of its own."""
    if len(chosen.best.digits) <= SHORT:
        return "short"
    if choice is not None:
        return WITH_HISTORY if choice.expected > OUTSIDE else "unexpected"
    return "display"


@dataclass(frozen=True)
class Choice:
    """A distance that was chosen with an eye to where the vehicle's other readings expect it, `low` to `high`.

    `by_pixels`: the best odometer without that, None where the reader saw none that it could read. `share`: how much of
    all that the display may show the chosen one has. `others`: so many others lie there too.
    """

    chosen: Distance
    by_pixels: Distance | None
    low: float
    high: float
    share: float
    others: int

    @property
    def by_history(self) -> bool:
        """Whether the pixels alone would have given another reading, or none."""
        return self.by_pixels is None or self.chosen.whole != self.by_pixels.whole

    @property
    def against_pixels(self) -> bool:
        """Whether the pixels alone are against it."""
        seen = self.by_pixels
        return seen is not None and self.by_history and seen.probability > AGAINST * self.chosen.probability

    @property
    def value(self) -> int | float:
        """The reading in the display's unit; without tenths where the history has chosen it."""
        return int(self.chosen.whole) if self.by_history else self.chosen.value

    @property
    def expected(self) -> float:
        """How well it lies where the others expect it: 1, BEYOND or OUTSIDE."""
        return _fits(self.chosen, self.low, self.high)

    def features(self) -> dict[str, float]:
        """Return what the history says for and against the chosen distance."""
        doubtful = self.chosen.line.role != "odometer"
        return {
            "expected": float(self.expected == 1),
            "share": log_odds(self.share),
            "by_history": float(self.by_history),
            "unreadable": float(self.chosen.line.role == "unreadable"),
            "trip": float(self.chosen.line.role == "trip"),
            "width": math.log(self.high - self.low + 1),
            "others_expected": float(min(4, self.others)),
            "doubtful_share": log_odds(self.share) * doubtful,
            "doubtful_whole": log_odds(self.chosen.probability) * doubtful,
            "doubtful_height": math.log(max(1.0, digit_height_px(self.chosen.best))) * doubtful,
        }


def choose(lines: Sequence[Span], low: float, high: float) -> Choice | None:
    """Choose among all distances that lines may show, whatever the reader took them for.

    `low`, `high`: where the vehicle's other readings expect it, in the display's unit. None where no distance lies
    there and no line was read as an odometer.
    """
    options = [one for one in distances(lines) if one.line.role in BELIEVED]
    by_pixels = next((one for one in options if one.line.role == "odometer"), None)
    if not options:
        return None

    def weight(one: Distance) -> float:
        return one.probability * BELIEVED[one.line.role] * _fits(one, low, high)

    chosen = max(options, key=weight)
    total = sum(weight(one) for one in options)
    share = weight(chosen) / total if total else 0.0
    others = sum(_fits(one, low, high) == 1 for one in options if one is not chosen)
    made = Choice(chosen, by_pixels, low, high, share, others)
    return None if chosen.line.role != "odometer" and made.expected < 1 else made


def _fits(one: Distance, low: float, high: float) -> float:
    """Return how well a distance fits the window; a unit off is no matter, as readings are rounded."""
    value = float(one.whole)
    if low - 1 <= value <= high + 1:
        return 1.0
    return BEYOND if high < value <= high + (high - low) else OUTSIDE


def features(chosen: Distance, display: Reading, text: Reading | None) -> dict[str, float]:
    """Return what speaks for and against a distance: the reader's probabilities, the picture, other engines."""
    best = chosen.best
    of_line = [one for one in distances([chosen.line]) if one.whole != chosen.whole]
    rival = max((one.probability for one in of_line), default=0.0)
    others = [span.hypotheses[0] for span in display.spans if span is not chosen.line and span.hypotheses]
    shown = best.digit_probabilities
    shown = shown[:-1] if best.tenths and len(shown) > 1 else shown
    logs = [math.log(digit + 1e-3) for digit in shown] or [0.0]
    agrees, differs = compared(chosen, text)
    count = len(chosen.whole)
    return {
        "whole": log_odds(chosen.probability),
        "best": log_odds(best.probability),
        "rival": math.log(rival + 0.003),
        "weakest_digit": min(logs),
        "digits": sum(logs) / len(logs),
        "tenths": float(best.tenths),
        "tenths_given": float(chosen.gives_tenths),
        "tenths_share": chosen.tenths_share if best.tenths else 1.0,
        "height": math.log(max(1.0, digit_height_px(best))),
        "other_line": max((way.probability for way in others), default=0.0),
        "four_digits": float(count <= 4),
        "five_digits": float(count == 5),
        "six_digits": float(count == 6),
        "text_agrees": float(agrees),
        "text_differs": float(differs),
        **dict(chosen.line.measures),
    }


def digit_height_px(way: Hypothesis) -> float:
    """Return the middle height of a way's digits on the photo."""
    sides = [math.dist(corners[0], corners[3]) for corners in way.digit_polygons if len(corners) == 4]
    return median(sides) if sides else 0.0


def compared(chosen: Distance, text: Reading | None) -> tuple[bool, bool]:
    """Tell if an engine for text read the same number anywhere, and if it read another in the same place."""
    if text is None:
        return False, False
    full = chosen.best.digits.lstrip("0") or "0"
    same = {full, chosen.whole}
    x, y = (sum(values) / len(values) for values in zip(*chosen.line.polygon, strict=True))
    agrees = differs = False
    for span in text.spans:
        digits = _NO_DIGIT.sub("", span.text).lstrip("0")
        if len(digits) < LONG_ENOUGH or span.page != chosen.line.page:
            continue
        if digits in same or (len(chosen.whole) > LONG_ENOUGH and chosen.whole in digits):
            agrees = True
        elif span.x0 <= x <= span.x1 and span.y0 <= y <= span.y1:
            differs = True
    return agrees, differs
