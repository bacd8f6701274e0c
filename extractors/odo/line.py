"""The reader's maps of one line -> its glyphs with probabilities, and a better place of the line."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from capture.reading import Point
from extractors.odo.networks import Maps, Networks, sigmoid
from extractors.odo.view import DIGIT_PX, LINE_HEIGHT_PX, LINE_WIDTH_PX, Photo, Place, normalise, rectify

COLUMN_PX = 4
DIGITS = 10
LEAST_HEAT = 0.1
"""Fainter peaks are not kept, not even as alternatives."""

THERE = 0.3
"""From this heat on a digit counts as there."""

WIDEST_GAP = 1.85
"""A gap of more than so many pitches ends the number; a narrow 1 of seven segments makes one of 1.4."""

OTHER_SIZE = 1.45
"""A digit so many times as high as its neighbour is another number's."""

NARROWEST_COLUMNS = 1.6
"""Two digits are never nearer to each other."""


@dataclass(frozen=True)
class Glyph:
    """A digit or separator. `heat`: how sure it is that there is one; `shares`: of the ten digits, summing to 1.

    `along`, `across`: pixels of the photo from the line's centre; `inverted`: probability of inverted colours.
    """

    digit: int | None
    heat: float
    shares: tuple[float, ...]
    along: float
    across: float
    height: float
    inverted: float


@dataclass(frozen=True)
class ReadLine:
    """A line as read in place: glyphs from left to right, and probabilities that it is an odometer, and upright."""

    place: Place
    glyphs: tuple[Glyph, ...]
    separators: tuple[float, ...]
    """Positions along the line."""
    odometer: float
    upright: float


def read_lines(networks: Networks, photo: Photo, places: list[Place]) -> list[ReadLine]:
    """Read the lines at `places`, all at once."""
    scales = [place.scale() for place in places]
    views = [
        normalise(rectify(photo, place, scale, (LINE_WIDTH_PX, LINE_HEIGHT_PX)))
        for place, scale in zip(places, scales, strict=True)
    ]
    maps, whole = networks.read(np.stack(views))
    said = sigmoid(whole)
    return [
        _line(one, place, scale, float(odometer), float(upright))
        for one, place, scale, (odometer, upright) in zip(maps, places, scales, said, strict=True)
    ]


def _line(maps: Maps, place: Place, scale: float, odometer: float, upright: float) -> ReadLine:
    heat = sigmoid(maps[: DIGITS + 1])
    best = np.asarray(1 - np.prod(1 - heat[:DIGITS], axis=0), np.float32)  # a rolling drum shows two digits by halves
    inverted = sigmoid(maps[DIGITS + 1])
    glyphs = []
    for column in _peaks(best, LEAST_HEAT):
        x = (_between(best, column) + 0.5) * COLUMN_PX - LINE_WIDTH_PX / 2
        shares = heat[:DIGITS, column] / heat[:DIGITS, column].sum()
        glyphs.append(
            Glyph(
                int(shares.argmax()),
                float(best[column]),
                tuple(float(share) for share in shares),
                x / scale,
                float(maps[DIGITS + 2, column]) / scale,
                math.exp(float(np.clip(maps[DIGITS + 3, column], -1.5, 1.5))) * DIGIT_PX / scale,
                float(inverted[column]),
            )
        )
    separators = tuple(((column + 0.5) * COLUMN_PX - LINE_WIDTH_PX / 2) / scale for column in _peaks(heat[DIGITS], 0.4))
    return ReadLine(place, tuple(main_run(glyphs)), separators, odometer, upright)


def main_run(glyphs: list[Glyph]) -> list[Glyph]:
    """Return the glyphs without what a gap or another size sets apart: numbers of a scale beside the display."""
    there = [glyph for glyph in glyphs if glyph.heat >= THERE]
    if len(there) < 3:
        return glyphs
    gaps = [right.along - left.along for left, right in pairwise(there)]
    pitch = float(np.median(gaps))
    runs = [[there[0]]]
    for gap, left, right in zip(gaps, there, there[1:], strict=False):
        ratio = right.height / left.height
        if gap > WIDEST_GAP * pitch or not 1 / OTHER_SIZE < ratio < OTHER_SIZE:
            runs.append([])
        runs[-1].append(right)
    best = max(runs, key=lambda run: sum(glyph.heat for glyph in run))
    start, end = best[0].along - 1.3 * pitch, best[-1].along + 1.3 * pitch
    return [glyph for glyph in glyphs if glyph in best or (glyph.heat < THERE and start < glyph.along < end)]


def _peaks(heat: Maps, least: float) -> list[int]:
    """Return the columns of local maxima, left to right; of two that are too near the stronger."""
    padded = np.pad(heat, 1)
    columns = np.flatnonzero((heat >= padded[:-2]) & (heat > padded[2:]) & (heat > least))
    kept: list[int] = []
    for column in sorted(columns.tolist(), key=lambda one: -heat[one]):
        if all(abs(column - other) > NARROWEST_COLUMNS for other in kept):
            kept.append(column)
    return sorted(kept)


def _between(heat: Maps, column: int) -> float:
    """Return the peak's position with a fraction, by a parabola through its logarithm."""
    if not 0 < column < len(heat) - 1:
        return float(column)
    left, middle, right = (math.log(max(1e-4, float(heat[i]))) for i in (column - 1, column, column + 1))
    bend = left - 2 * middle + right
    return column + (min(0.5, max(-0.5, 0.5 * (left - right) / bend)) if bend < 0 else 0.0)


def sure(line: ReadLine, least: float = THERE) -> list[Glyph]:
    """Return the glyphs that are there for sure."""
    return [glyph for glyph in line.glyphs if glyph.heat >= least]


def refined(line: ReadLine) -> Place | None:
    """Return where the digits that were seen lie; None if too few were."""
    glyphs = sure(line)
    if len(glyphs) < 3:
        return None
    along, across = np.array([g.along for g in glyphs]), np.array([g.across for g in glyphs])
    tall = float(np.median([g.height for g in glyphs]))
    slope, offset = np.polyfit(along, across, 1)
    slope = float(np.clip(slope, -0.3, 0.3))
    middle = float(along[0] + along[-1]) / 2
    pitch = float(along[-1] - along[0]) / (len(glyphs) - 1)
    x, y = on_photo(line.place, middle, float(offset) + slope * middle)
    width = float(along[-1] - along[0]) + min(pitch, tall * 0.7)
    return replace(line.place, x=x, y=y, angle=line.place.angle + math.atan(slope), width=width, height=tall)


def on_photo(place: Place, along: float, across: float) -> Point:
    """Return the photo's pixel at a position on the line."""
    c, s = math.cos(place.angle), math.sin(place.angle)
    return place.x + along * c - across * s, place.y + along * s + across * c


def turned_over(place: Place) -> Place:
    """Return the place read from its other end."""
    return replace(place, angle=place.angle + math.pi)
