"""Two readers of one line: how far the strip's text speaks for each way to read it, and for its being the odometer."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from extractors.odo.line import ReadLine, sure
from extractors.odo.result import Way
from extractors.odo.strip import Strip

TRUST = 0.3
TRUST_LEAST = 0.05
"""How far the second reader's likelihood counts where it sees as many digits as ours, and where it does not: made for
print, it misses drums and dim segments, and what it misses says little.

Source: of powers from 0 to 0.7, those that read most of the photos that were held out.
"""

LEAST_LOG = -12.0
UNSEEN_LOG = -8.0
"""Logarithm of the likelihood of lines that the second reader was not asked about."""

MISSED_TENTHS_LOG = -1.0
"""The second reader often sees no inverted last drum: the other digits alone count nearly as much."""

MARGIN = 0.8
"""The digits lie in so many pitches around the line's first and last."""

SCALE, DATE, LETTERS, TOTAL, TRIP = 0.15, 0.3, 0.2, 1.25, 0.4
"""What words do to a line's weight: of speed or revolutions, a date, other letters, "total", "trip"."""

MOST_LETTERS = 1
_DATE = re.compile(r"\d{2,4}[/.-]\d{1,2}[/.-]\d")
_ZERO = re.compile(r"[Oo]")
_LETTER = re.compile(r"[^\W\d_ODIil]")


@dataclass(frozen=True)
class Seen:
    """A line with its strip; None where that was not read."""

    line: ReadLine
    strip: Strip | None

    @property
    def trust(self) -> float:
        """How far the strip counts."""
        text = "" if self.strip is None else _ZERO.sub("0", self.strip.inside.strip())
        return TRUST if text.isdecimal() and len(text) == len(sure(self.line)) else TRUST_LEAST


def words_factor(strip: Strip | None) -> float:
    """Return how the words on and beside a line change its weight as an odometer."""
    if strip is None:
        return 1.0
    if strip.is_scale:
        return SCALE
    if _DATE.search(strip.before + strip.inside + strip.after):
        return DATE
    if len(_LETTER.findall(strip.inside)) > MOST_LETTERS:
        return LETTERS
    return {"total": TOTAL, "trip": TRIP, None: 1.0}[strip.label]


def agreed(ways: tuple[Way, ...], seen: list[Seen]) -> tuple[Way, ...]:
    """Return the ways, best first, by what both readers say; together they are as probable as before."""
    if not ways:
        return ways
    weights = [way.probability * math.exp(seen[way.line].trust * _log_likelihood(way, seen[way.line])) for way in ways]
    factor = sum(way.probability for way in ways) / sum(weights)
    judged = [
        way.model_copy(update={"probability": min(1.0, weight * factor)})
        for way, weight in zip(ways, weights, strict=True)
    ]
    return tuple(sorted(judged, key=lambda way: -way.probability))


def _log_likelihood(way: Way, seen: Seen) -> float:
    """Return the logarithm of the probability that the second reader gives to the way's digits."""
    strip, glyphs = seen.strip, seen.line.glyphs
    if strip is None or len(glyphs) < 2:
        return UNSEEN_LOG
    pitch = (glyphs[-1].along - glyphs[0].along) / (len(glyphs) - 1)
    start, end = glyphs[0].along - MARGIN * pitch, glyphs[-1].along + MARGIN * pitch
    found = strip.log_likelihood(way.digits, start, end)
    if way.tenths and len(way.digits) > 1:
        whole = strip.log_likelihood(way.digits[:-1], start, glyphs[-1].along - pitch / 2)
        found = max(found, whole + MISSED_TENTHS_LOG)
    return max(LEAST_LOG, found)
