"""Lines of symbols on a labelled display: where they run, in which direction, and what they spell.

The labels give boxes of single symbols in no order. The reading direction follows from the reading itself:
the sequence of digit boxes that spells it along the straightest line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DIGIT_ASPECT = 0.62
"""Width of a digit over its height, where a tilt of 45 degrees hides both."""

WORST_FIT = 0.5
"""A sequence that strays further from an even, straight line (in digit heights, mean) does not spell the reading."""

NEXT_SYMBOL = 1.7
"""Symbols of one line follow each other within this many digit heights."""


MOST_DIGITS = 6
"""Leading zeros are looked for up to so many digits."""


@dataclass(frozen=True)
class Symbol:
    """A labelled symbol: a digit, `,` for a separator, `X` for anything else. Pixels of the upright photo."""

    char: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Glyph:
    """A symbol of a line: `along` and `across` the line from its centre, and its width; pixels of the photo."""

    char: str
    along: float
    across: float
    width: float


@dataclass(frozen=True)
class Line:
    """A line of digits. `angle`: reading direction, radians, clockwise from the x axis since y points down."""

    x: float
    y: float
    angle: float
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    odometer: bool

    @property
    def text(self) -> str:
        """The digits and separators in reading order."""
        return "".join(glyph.char for glyph in self.glyphs)


def symbols_of(rows: Sequence[tuple[str, Sequence[float]]]) -> list[Symbol]:
    """Return the symbols of a label's `symbols`."""
    return [Symbol(c, (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0) for c, (x0, y0, x1, y1) in rows]


def find_lines(symbols: Sequence[Symbol], digits: str, *, odometer: bool) -> list[Line]:
    """Return the line that spells `digits` first, then the display's other lines; none if nothing spells them."""
    spelled = _spell(symbols, digits)
    if spelled is None:
        return []
    angle = math.atan2(spelled[-1].y - spelled[0].y, spelled[-1].x - spelled[0].x)
    main = _extend(symbols, spelled, angle)
    rest = [symbol for symbol in symbols if symbol not in main]
    first = _line([s for s in main if s.char != "X"], angle, odometer=odometer)
    others = (_line(group, angle, odometer=False) for group in _groups(rest, angle))
    return [first, *(line for line in others if sum(g.char.isdigit() for g in line.glyphs) >= 2)]


def _spell(symbols: Sequence[Symbol], digits: str) -> list[Symbol] | None:
    """Return the digit boxes that spell `digits` along the straightest and most even line."""
    if len(digits) < 2:
        return None
    best, best_cost = None, WORST_FIT
    by_char = {char: [s for s in symbols if s.char == char] for char in set(digits)}
    for first in by_char[digits[0]]:
        for last in by_char[digits[-1]]:
            size = (first.width + first.height + last.width + last.height) / 4
            length = math.hypot(last.x - first.x, last.y - first.y)
            if first is last or not 0.4 * size < length / (len(digits) - 1) < 3 * size:
                continue
            found = _between(by_char, digits, first, last)
            if found is None:
                continue
            cost = found[1] + 0.02 * (1 - (last.x - first.x) / length)  # a palindrome is read upright
            if cost < best_cost:
                best, best_cost = found[0], cost
    return best


def _between(
    by_char: dict[str, list[Symbol]], digits: str, first: Symbol, last: Symbol
) -> tuple[list[Symbol], float] | None:
    """Return the digits from `first` to `last` and how far they stray from evenness, in digit sizes."""
    chosen, strays = [first], []
    steps = len(digits) - 1
    pitch = math.hypot(last.x - first.x, last.y - first.y) / steps
    size = max(pitch, (first.width + first.height + last.width + last.height) / 4)
    for index in range(1, steps):
        x = first.x + (last.x - first.x) * index / steps
        y = first.y + (last.y - first.y) * index / steps
        free = [s for s in by_char[digits[index]] if s not in chosen and s is not last]
        if not free:
            return None
        nearest = min(free, key=lambda s: math.hypot(s.x - x, s.y - y))
        stray = math.hypot(nearest.x - x, nearest.y - y) / size
        if stray > 1.0:
            return None
        strays.append(stray)
        chosen.append(nearest)
    sizes = [s.width + s.height for s in (*chosen, last)]
    uneven = 0.2 * (max(sizes) / max(1.0, min(sizes)) > 2.5)
    return [*chosen, last], (sum(strays) / len(strays) if strays else 0.0) + uneven


def _extend(symbols: Sequence[Symbol], spelled: list[Symbol], angle: float) -> list[Symbol]:
    """Add leading zeros and the separators that stand in the line."""
    along, across, height = _axes(spelled, angle)
    pitch = (along[-1] - along[0]) / (len(spelled) - 1)
    middle, line = float(np.mean(across)), list(spelled)
    c, s = math.cos(angle), math.sin(angle)
    start = along[0]
    for symbol in sorted(symbols, key=lambda one: -(one.x * c + one.y * s)):
        position, off = symbol.x * c + symbol.y * s, -symbol.x * s + symbol.y * c
        if symbol in line:
            continue
        if (
            symbol.char == "0"
            and len(line) < MOST_DIGITS
            and abs(off - middle) < 0.7 * height
            and 0.5 < (start - position) / pitch < 1.6
        ):
            line.append(symbol)
            start = position
        elif (
            symbol.char == ","
            and 0.1 < (off - middle) / height < 0.75
            and along[0] < position < along[-1] + 0.3 * pitch
        ):
            line.append(symbol)
    return line


def _groups(symbols: Sequence[Symbol], angle: float) -> list[list[Symbol]]:
    """Return runs of neighbouring symbols along `angle`."""
    c, s = math.cos(angle), math.sin(angle)
    left = sorted(symbols, key=lambda one: one.x * c + one.y * s)
    groups: list[list[Symbol]] = []
    for symbol in left:
        size = (symbol.width + symbol.height) / 2
        for group in groups:
            end = group[-1]
            along = (symbol.x - end.x) * c + (symbol.y - end.y) * s
            across = abs(-(symbol.x - end.x) * s + (symbol.y - end.y) * c)
            if along < NEXT_SYMBOL * size and across < 0.5 * size:
                group.append(symbol)
                break
        else:
            groups.append([symbol])
    return groups


def _axes(symbols: Sequence[Symbol], angle: float) -> tuple[list[float], list[float], float]:
    """Return positions along and across the line, and the height of its digits."""
    c, s = math.cos(angle), math.sin(angle)
    along = [one.x * c + one.y * s for one in symbols]
    across = [-one.x * s + one.y * c for one in symbols]
    sizes = [upright_size(one, angle)[1] for one in symbols if one.char != ","]
    return along, across, float(np.median(sizes or [one.height * 3 for one in symbols]))


def upright_size(symbol: Symbol, angle: float) -> tuple[float, float]:
    """Return width and height of a digit whose axis-parallel box is known, when it is turned by `angle`."""
    c, s = abs(math.cos(angle)), abs(math.sin(angle))
    guess = (symbol.width + symbol.height) / ((c + s) * (1 + DIGIT_ASPECT))
    spread = c * c - s * s
    weight = min(1.0, max(0.0, (abs(spread) - 0.5) / 0.4))
    if weight == 0.0:
        return guess * DIGIT_ASPECT, guess
    width = (symbol.width * c - symbol.height * s) / spread
    height = (symbol.height * c - symbol.width * s) / spread
    width, height = max(0.2 * guess, width), max(0.5 * guess, height)
    return weight * width + (1 - weight) * guess * DIGIT_ASPECT, weight * height + (1 - weight) * guess


def _line(symbols: Sequence[Symbol], angle: float, *, odometer: bool) -> Line:
    """Make a line of the digits and separators among `symbols`."""
    kept = [symbol for symbol in symbols if symbol.char != "X"] or list(symbols)
    along, across, height = _axes(kept, angle)
    order = sorted(range(len(kept)), key=lambda index: along[index])
    widths = [upright_size(symbol, angle)[0] for symbol in kept]
    start = along[order[0]] - widths[order[0]] / 2
    end = along[order[-1]] + widths[order[-1]] / 2
    digit_rows = [a for a, symbol in zip(across, kept, strict=True) if symbol.char != ","] or across
    middle, row = (start + end) / 2, float(np.median(digit_rows))
    c, s = math.cos(angle), math.sin(angle)
    glyphs = tuple(
        Glyph(kept[i].char, along[i] - middle, across[i] - row, widths[i]) for i in order if kept[i].char != "X"
    )
    return Line(middle * c - row * s, middle * s + row * c, angle, end - start, height, glyphs, odometer)
