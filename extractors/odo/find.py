"""Photo -> odometer result: find lines, read them, turn over what stands on its head, read again in better places."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PIL import Image

from extractors.odo.agree import Seen, agreed, words_factor
from extractors.odo.hypotheses import hypotheses
from extractors.odo.line import ReadLine, read_lines, refined, sure, turned_over
from extractors.odo.locate import Found, distinct, places
from extractors.odo.networks import Networks
from extractors.odo.result import OdometerResult, Verdict
from extractors.odo.strip import Recogniser, Strip
from extractors.odo.view import Photo, Place, normalise, whole

LONGEST_PX = (384, 640, 960)
"""The locator looks at the photo in these sizes: large displays show in the first, small ones in the last."""

LEAST_ODOMETER = 0.5
"""Lines that are less likely an odometer's are said to be something else.

Source: the photos of TRODO, each vehicle read by weights that never saw it; at 0.4 trips were given as odometers.
"""

SHARPNESS = 2.0
"""How much more likely the better of two lines is the odometer than their single weights say."""

COUNTS = {3: 0.5, 4: 0.9, 5: 1.0, 6: 1.0, 7: 0.9, 8: 0.5}
"""How well a number of digits suits an odometer; scales and clocks have fewer, dates printed on photos more."""

MANY = 0.2
"""The same of more digits."""

AGAINST = 0.5
OVER = 0.4
"""Words upside down look like digits (CLOCK like 240070): if the other lines say together, by more than AGAINST,
that a line stands on its head, its weight is that many times smaller."""

CLEAR = 0.85
"""Mean heat of the digits of a line that is no other texture."""

LEAST_SEEN = 0.1
LEAST_DIGITS = 3
LEAST_READABLE = 0.15
"""An odometer whose best reading is less probable is called unreadable. Source: as above; at 0.1 a trip came."""

READ_AGAIN = 2
"""So many of the best lines are read in several views."""

STRIPS = 4
"""So many of the best lines are shown to the second reader; the best alone where it is CERTAIN."""

CERTAIN = 0.85

UNLIKELY = 0.1
"""Lines of less weight are read once."""


@dataclass(frozen=True)
class Candidate:
    """A line with what the locator and the reader think of it."""

    found: Found
    line: ReadLine
    others: tuple[ReadLine, ...] = ()
    """The same line in other views."""
    strip: Strip | None = None
    """What the second reader saw there."""

    @property
    def shows(self) -> bool:
        """Whether there is a line of digits at all; on a blank page the least blank place is none."""
        return max(self.found.odometer, self.found.other, self.weight) >= LEAST_SEEN

    @property
    def standing(self) -> float:
        """How much this line says of which way is up."""
        return self.line.upright * max(self.found.odometer, self.found.other)

    @property
    def weight(self) -> float:
        """The probability that this is the odometer: what both think, averaged."""
        there = sure(self.line)
        digits = len(there)
        if digits < LEAST_DIGITS:
            return 0.0
        clear = min(1.0, sum(digit.heat for digit in there) / digits / CLEAR)
        located = self.found.odometer / max(1e-6, self.found.odometer + self.found.other)
        both = located * min(1.0, 2.5 * self.found.odometer) * self.line.odometer
        weight = float(both**0.5 * COUNTS.get(digits, MANY) * clear**2)
        return min(1.0, weight * words_factor(self.strip))


def find_odometer(networks: Networks, recogniser: Recogniser, image: Image.Image) -> OdometerResult:
    """Return what the photo's odometer reads, or why there is none to read."""
    return decide(observe(networks, recogniser, Photo(image)))


def observe(networks: Networks, recogniser: Recogniser, photo: Photo) -> list[Candidate]:
    """Return the lines of digits in the photo, the likeliest odometer first; the best ones read in several views."""
    found: list[Found] = []
    for longest in LONGEST_PX:
        canvas, factor = whole(photo, longest)
        found += places(networks.locate(normalise(canvas)), factor)
    candidates = _read(networks, photo, distinct(found))
    candidates.sort(key=lambda one: -one.weight)
    again = candidates[:READ_AGAIN]
    others = _other_views(networks, photo, again)
    candidates[:READ_AGAIN] = [replace(one, others=tuple(more)) for one, more in zip(again, others, strict=True)]
    strips = STRIPS if candidates and candidates[0].weight < CERTAIN else 1
    candidates[:strips] = [replace(one, strip=recogniser.read(photo, one.line.place)) for one in candidates[:strips]]
    return candidates


def decide(candidates: list[Candidate]) -> OdometerResult:
    """Return the result of what was observed."""
    weights = _agreeing(candidates)
    best = max(weights, default=0.0)
    views = [[one.line, *one.others] for one in candidates]
    ways = agreed(hypotheses(views, _shares(weights)), [Seen(one.line, one.strip) for one in candidates])
    seen = max((len(sure(one.line)) for one in candidates if one.shows), default=0)
    return OdometerResult(
        verdict=_verdict(best, seen, ways[0].probability if ways else 0.0),
        odometer_probability=round(min(1.0, best), 4),
        hypotheses=ways,
        units={
            number: one.strip.unit for number, one in enumerate(candidates) if one.strip is not None and one.strip.unit
        },
    )


def _agreeing(candidates: list[Candidate]) -> list[float]:
    """Return the lines' weights, less for those that stand on their heads while the others do not."""
    x = sum(one.standing * math.cos(one.line.place.angle) for one in candidates)
    y = sum(one.standing * math.sin(one.line.place.angle) for one in candidates)
    weights = []
    for one in candidates:
        angle = one.line.place.angle
        others_x, others_y = x - one.standing * math.cos(angle), y - one.standing * math.sin(angle)
        against = others_x * math.cos(angle) + others_y * math.sin(angle) < -AGAINST
        weights.append(one.weight * (OVER if against else 1.0))
    return weights


def _shares(weights: list[float]) -> list[float]:
    """Return the lines' probabilities: together that of the best line, and most of it for the best."""
    powers = [weight**SHARPNESS for weight in weights]
    return [max(weights) * power / (sum(powers) or 1.0) for power in powers]


def _read(networks: Networks, photo: Photo, found: list[Found]) -> list[Candidate]:
    """Read every place as located, likely ones again where their digits then turned out to lie."""
    lines = read_lines(networks, photo, [one.place for one in found])
    over = [index for index, line in enumerate(lines) if line.upright < 0.5]
    for index, line in zip(over, _lines(networks, photo, [turned_over(lines[i].place) for i in over]), strict=True):
        if line.upright > lines[index].upright:
            lines[index] = line
    likely = [
        index
        for index, (one, line) in enumerate(zip(found, lines, strict=True))
        if Candidate(one, line).weight > UNLIKELY
    ]
    better = [(index, place) for index in likely if (place := refined(lines[index])) is not None]
    for (index, _), line in zip(better, _lines(networks, photo, [place for _, place in better]), strict=True):
        if len(sure(line)) >= len(sure(lines[index])):
            lines[index] = line
    return [Candidate(one, line) for one, line in zip(found, lines, strict=True)]


def _other_views(networks: Networks, photo: Photo, candidates: list[Candidate]) -> list[list[ReadLine]]:
    """Read the lines again a little smaller, larger and turned: what is read the same each time is right more often."""
    asked = [place for one in candidates for place in _variants(refined(one.line) or one.line.place)]
    read = _lines(networks, photo, asked)
    each = len(asked) // max(1, len(candidates))
    return [read[i * each : (i + 1) * each] for i in range(len(candidates))]


def _variants(place: Place) -> list[Place]:
    larger = replace(place, width=place.width * 1.12, height=place.height * 1.12)
    smaller = replace(place, width=place.width * 0.9, height=place.height * 0.9)
    turned = math.radians(2.5)
    return [replace(larger, angle=place.angle + turned), replace(smaller, angle=place.angle - turned)]


def _lines(networks: Networks, photo: Photo, asked: list[Place]) -> list[ReadLine]:
    return read_lines(networks, photo, asked) if asked else []


def _verdict(odometer: float, seen: int, probability: float) -> Verdict:
    if odometer >= LEAST_ODOMETER:
        return "odometer" if probability >= LEAST_READABLE else "unreadable"
    return "trip_only" if seen >= 2 else "unreadable" if seen else "no_display"
