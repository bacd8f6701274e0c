"""Lines as read -> ranked ways to read them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from capture.reading import Point
from extractors.odo.line import THERE, Glyph, ReadLine, on_photo
from extractors.odo.result import Way

LENGTHS = {1: 0.01, 2: 0.03, 3: 0.3, 4: 0.7, 5: 1.0, 6: 1.0, 7: 0.003}
OTHER_LENGTH = 0.001
"""How well a number of digits, tenths not counted, suits an odometer: hardly any vehicle has driven a million."""

EDGE = 0.01
MOST_AT_EDGE = 3
"""So many digits at one end of a line may be signs beside the number: an icon, a frame, a unit."""

ALTERNATIVES = 6
LEAST_PROBABILITY = 0.002
DOUBT = 0.3
"""How far the product of all digits' probabilities counts, beside their shares: what blurs one digit blurs all."""

LEAST_LEFT = 3
"""So many digits are left over at least."""

LEAST_SHARE = 0.03
"""Second-best digits with a smaller share make no hypothesis."""


@dataclass(frozen=True)
class _Choice:
    """Digits with the product of their shares, and which glyphs they are."""

    digits: tuple[int, ...]
    glyphs: tuple[Glyph, ...]
    weight: float


def hypotheses(lines: list[list[ReadLine]], weights: list[float]) -> tuple[Way, ...]:
    """Return the ways to read the lines, best first.

    `lines`: of each line the views that were read; `weights`: probability of each line to be the odometer.
    """
    merged: dict[tuple[int, str, bool], Way] = {}
    for number, (views, weight) in enumerate(zip(lines, weights, strict=True)):
        for view in views:
            ways = [
                (choice, tenths, choice.weight * share * _length(len(choice.digits) - tenths))
                for choice in _choices(view)
                for tenths, share in _tenths(view, choice)
            ]
            total = sum(likely for _, _, likely in ways)
            for choice, tenths, likely in ways:
                probability = weight / len(views) * likely / total * total**DOUBT
                if probability >= LEAST_PROBABILITY / len(views):
                    _merge(merged, _hypothesis(view, choice, number, probability, tenths=tenths))
    kept = (one for one in merged.values() if one.probability >= LEAST_PROBABILITY)
    found = sorted(kept, key=lambda one: -one.probability)
    total = sum(one.probability for one in found)
    if total > 1:
        found = [one.model_copy(update={"probability": one.probability / total}) for one in found]
    return tuple(found[: 4 * ALTERNATIVES])


def _merge(merged: dict[tuple[int, str, bool], Way], one: Way) -> None:
    """Add the probability of a hypothesis to that of the same one from another view."""
    key = (one.line, one.digits, one.tenths)
    before = merged.get(key)
    if before is not None:
        one = before.model_copy(update={"probability": min(1.0, before.probability + one.probability)})
    merged[key] = one


def _choices(line: ReadLine) -> list[_Choice]:
    """Return the digits as read, with one digit changed, and with a doubtful digit added or left out."""
    present = tuple(glyph for glyph in line.glyphs if glyph.heat >= THERE)
    if not present:
        return []
    first = tuple(_best(glyph) for glyph in present)
    base = math.prod(max(glyph.shares) * _presence(glyph) for glyph in present)
    base *= math.prod(1 - _presence(glyph) for glyph in line.glyphs if glyph.heat < THERE)
    choices = [_Choice(first, present, base)]
    for index, glyph in enumerate(present):
        second, share = _second(glyph)
        if share >= LEAST_SHARE:
            digits = (*first[:index], second, *first[index + 1 :])
            choices.append(_Choice(digits, present, base * share / max(glyph.shares)))
        there = _presence(glyph)
        if there < 0.97 and len(present) > 1:
            rest = (*present[:index], *present[index + 1 :])
            weight = base * (1 - there) / (there * max(glyph.shares))
            choices.append(_Choice(tuple(_best(one) for one in rest), rest, weight))
    for glyph in line.glyphs:
        if glyph.heat < THERE:
            more = tuple(sorted((*present, glyph), key=lambda one: one.along))
            weight = base * _presence(glyph) / (1 - _presence(glyph)) * max(glyph.shares)
            choices.append(_Choice(tuple(_best(one) for one in more), more, weight))
    for cut in range(1, min(MOST_AT_EDGE, len(present) - LEAST_LEFT) + 1):
        choices.append(_Choice(first[cut:], present[cut:], base * EDGE))
        choices.append(_Choice(first[:-cut], present[:-cut], base * EDGE))
    choices.sort(key=lambda one: -one.weight * _length(len(one.digits)))
    return choices[:ALTERNATIVES]


def _length(digits: int) -> float:
    """Return how well a number of digits suits an odometer."""
    return LENGTHS.get(digits, OTHER_LENGTH)


def _presence(glyph: Glyph) -> float:
    """Return the probability that there is a digit; focal training keeps heats away from 1."""
    return min(0.995, max(0.02, 1.45 * glyph.heat - 0.05))


def _best(glyph: Glyph) -> int:
    return max(range(10), key=lambda digit: glyph.shares[digit])


def _second(glyph: Glyph) -> tuple[int, float]:
    digit = sorted(range(10), key=lambda one: -glyph.shares[one])[1]
    return digit, glyph.shares[digit]


def _tenths(line: ReadLine, choice: _Choice) -> list[tuple[bool, float]]:
    """Return if the last digit counts tenths, and if not, with probabilities."""
    if len(choice.glyphs) < 2:
        return [(False, 1.0)]
    before, last = choice.glyphs[-2], choice.glyphs[-1]
    pointed = any(before.along < at < last.along for at in line.separators)
    inverted = max(last.inverted, 0.9 if pointed else 0.0)
    return [(True, inverted), (False, 1 - inverted)]


def _hypothesis(line: ReadLine, choice: _Choice, number: int, probability: float, *, tenths: bool) -> Way:
    boxes = [_box(line, glyph, choice.glyphs) for glyph in choice.glyphs]
    return Way(
        digits="".join(str(digit) for digit in choice.digits[:12]),
        tenths=tenths,
        probability=min(1.0, probability),
        digit_probabilities=tuple(
            round(glyph.shares[digit] * _presence(glyph), 4)
            for glyph, digit in zip(choice.glyphs[:12], choice.digits[:12], strict=True)
        ),
        polygon=(boxes[0][0], boxes[-1][1], boxes[-1][2], boxes[0][3]),
        digit_polygons=tuple(boxes[:12]),
        line=number,
    )


def _box(line: ReadLine, glyph: Glyph, glyphs: tuple[Glyph, ...]) -> tuple[Point, ...]:
    """Return the corners of a digit: as wide as its neighbours leave room, at most 0.7 of its height."""
    gaps = [abs(other.along - glyph.along) for other in glyphs if other is not glyph]
    half_w = min([0.35 * glyph.height, *(gap / 2 for gap in gaps)])
    half_h = glyph.height / 2
    corners = ((-half_w, -half_h), (half_w, -half_h), (half_w, half_h), (-half_w, half_h))
    points = (on_photo(line.place, glyph.along + x, glyph.across + y) for x, y in corners)
    return tuple((round(x, 1), round(y, 1)) for x, y in points)
