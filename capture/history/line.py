"""A vehicle's readings as one line through time: how well each fits all others of its meter.

Each reading is one of its ways or none of them. What is none is stepped over, so that one wrong reading does not
count against those beside it. The sum over all lines is taken forwards and backwards (sum-product on a chain whose
steps pass over at most REACH - 1 readings).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from capture.history.rate import KM_A_DAY, Gap, Gaps, Rate

REACH = 5
"""A step leads at most to the fifth next reading; where more in a row fit nothing, they are a line of their own."""

_NEGLIGIBLE = 1e-6

_WINDOW = 0.95

_AT_ONCE = 64
"""So many readings' windows are worked out together, which bounds the memory."""


@dataclass(frozen=True)
class Point:
    """One reading: `days` since any start, its ways' kilometres with probabilities, and that it is none of them.

    `slack`: by how many days its time is unsure.
    """

    days: float
    slack: float
    km: tuple[float, ...]
    probabilities: tuple[float, ...]
    none: float


@dataclass(frozen=True)
class _Term:
    """A way that a neighbour may be read, with all that lies beyond it; `km` None: nothing lies there.

    `gap`: what tells how much likelier a distance to it is than any other number.
    """

    weight: float
    km: float | None
    point: int
    gap: Gap | None


@dataclass(frozen=True)
class _Bridged:
    """What lies on both sides of a reading, without it: the sum over all lines, and the likeliest on either side."""

    whole: float
    before: _Term
    after: _Term


@dataclass
class Line:
    """The readings of one meter in the order of time, weighed against each other."""

    points: Sequence[Point]
    rate: Rate
    _gaps: dict[tuple[int, int], Gap] = field(default_factory=dict)
    _before: list[list[_Term]] = field(default_factory=list)
    _after: list[list[_Term]] = field(default_factory=list)
    _bridged: dict[int, _Bridged] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sum over all lines, forwards and backwards."""
        size = len(self.points)
        self._before = self._sweep(list(range(size)), 1)
        self._after = self._sweep(list(range(size - 1, -1, -1)), -1)

    def gap(self, first: int, second: int) -> Gap:
        """Return the gap between two readings, in either order."""
        key = (first, second) if first < second else (second, first)
        if key not in self._gaps:
            one, other = self.points[key[0]], self.points[key[1]]
            self._gaps[key] = Gap(self.rate, other.days - one.days, one.slack + other.slack)
        return self._gaps[key]

    def times(self, index: int, km: float) -> float:
        """Return how many times likelier the others make this number at that place than without them; 1 if alone."""
        return _side(self._before[index], km, 1) * _side(self._after[index], km, -1) / self._bridge(index).whole

    def windows(self, indexes: Sequence[int]) -> list[tuple[float, float, float] | None]:
        """Return where the others expect each reading: from, to, and the highest of `times`; None if alone.

        It holds the likeliest numbers that have _WINDOW of all probability together, and what lies between them.
        """
        return [
            window
            for start in range(0, len(indexes), _AT_ONCE)
            for window in self._windows(indexes[start : start + _AT_ONCE])
        ]

    def _windows(self, indexes: Sequence[int]) -> list[tuple[float, float, float] | None]:
        grids = {index: grid for index in indexes if len(grid := self._grid(index)) > 1}
        if not grids:
            return [None] * len(indexes)
        numbers = np.zeros((len(grids), max(map(len, grids.values()))))
        for row, grid in zip(numbers, grids.values(), strict=True):
            row[: len(grid)] = grid
        before = _sides([self._before[index] for index in grids], numbers, 1)
        after = _sides([self._after[index] for index in grids], numbers, -1)
        whole = np.array([self._bridge(index).whole for index in grids])
        heights = dict(zip(grids, (before * after / whole[:, None]).tolist(), strict=True))
        return [_window(grids[index], heights[index]) if index in grids else None for index in indexes]

    def _sweep(self, order: list[int], sign: int) -> list[list[_Term]]:
        """Return for each reading what may lie before it in this order."""
        found: list[list[_Term]] = [[] for _ in order]
        own: list[tuple[float, list[float]]] = []
        for place, index in enumerate(order):
            terms = self._terms(order, own, place)
            found[index] = terms
            point = self.points[index]
            weights = [
                probability * _side(terms, km, sign)
                for km, probability in zip(point.km, point.probabilities, strict=True)
            ]
            total = max(math.fsum(weights), 1e-300)
            own.append((_reference(own, place) + math.log(total), [weight / total for weight in weights]))
        return found

    def _terms(self, order: list[int], own: list[tuple[float, list[float]]], place: int) -> list[_Term]:
        reference = _reference(own, place)
        terms: list[_Term] = []
        stepped_over = 1.0
        for back in range(1, REACH + 1):
            if place - back < 0:
                terms.append(_Term(stepped_over * math.exp(max(-reference, -700.0)), None, -1, None))
                break
            scale, weights = own[place - back]
            point = self.points[order[place - back]]
            factor = stepped_over * math.exp(max(scale - reference, -700.0))
            gap = self.gap(order[place - back], order[place])
            terms += [
                _Term(factor * weight, km, order[place - back], gap)
                for km, weight in zip(point.km, weights, strict=True)
            ]
            stepped_over *= point.none
        least = _NEGLIGIBLE * max(term.weight for term in terms)
        return [term for term in terms if term.weight >= least]

    def _bridge(self, index: int) -> _Bridged:
        """Return the sum over all lines that pass over a reading, and the likeliest of them."""
        if index not in self._bridged:
            bridges = list(self._bridges(index))
            _, before, after = max(bridges, key=lambda bridge: bridge[0])
            whole = max(math.fsum(weight for weight, _, _ in bridges), 1e-300)
            self._bridged[index] = _Bridged(whole, before, after)
        return self._bridged[index]

    def _bridges(self, index: int) -> Iterator[tuple[float, _Term, _Term]]:
        for before in self._before[index]:
            for after in self._after[index]:
                weight = before.weight * after.weight
                if before.km is not None and after.km is not None:
                    weight *= self.gap(before.point, after.point).times(after.km - before.km)
                yield weight, before, after

    def _ends(self, index: int) -> tuple[tuple[float, int] | None, tuple[float, int] | None]:
        """Return the two readings between which the others most likely see this one."""
        bridge = self._bridge(index)
        before, after = bridge.before, bridge.after
        return (
            None if before.km is None else (before.km, before.point),
            None if after.km is None else (after.km, after.point),
        )

    def _grid(self, index: int) -> list[float]:
        """Return numbers that are dense where the reading is expected: close after what is before, and the reverse."""
        before, after = self._ends(index)
        if before is not None and after is not None and before[0] <= after[0]:
            room = max(after[0] - before[0], 1.0)
        elif before is not None or after is not None:
            days = [
                abs(self.points[end[1]].days - self.points[index].days) for end in (before, after) if end is not None
            ]
            room = KM_A_DAY * (max(days) + 1)
        else:
            return []
        grid = set()
        for step in _steps(room):
            grid |= {before[0] + step} if before is not None else set()
            grid |= {after[0] - step} if after is not None else set()
        return sorted(km for km in grid if km >= 0)


def _side(terms: list[_Term], km: float, sign: int) -> float:
    """Return how much likelier those before (`sign` 1) or after (-1) make a number."""
    total = 0.0
    for term in terms:
        apart = 1.0 if term.km is None or term.gap is None else term.gap.times(sign * (km - term.km))
        total += term.weight * apart
    return total


def _sides(rows: Sequence[list[_Term]], km: NDArray[np.float64], sign: int) -> NDArray[np.float64]:
    """Return the same for many readings and many numbers of each, a row for each reading."""
    total = np.zeros_like(km)
    for place in range(max(map(len, rows))):
        terms = [terms[min(place, len(terms) - 1)] for terms in rows]
        weights = [term.weight if place < len(own) else 0.0 for term, own in zip(terms, rows, strict=True)]
        total += np.array(weights)[:, None] * _apart(terms, km, sign)
    return total


def _apart(terms: Sequence[_Term], km: NDArray[np.float64], sign: int) -> NDArray[np.float64]:
    """Return how much likelier one way makes each number of its row; 1 where nothing lies there."""
    found = np.ones_like(km)
    known = [(row, term.km, term.gap) for row, term in enumerate(terms) if term.km is not None and term.gap is not None]
    if known:
        rows, numbers, gaps = zip(*known, strict=True)
        found[list(rows)] = Gaps(gaps).times(sign * (km[list(rows)] - np.array(numbers)[:, None]))
    return found


def _window(grid: list[float], heights: list[float]) -> tuple[float, float, float]:
    heights = heights[: len(grid)]
    middles = [(one + other) / 2 for one, other in pairwise(heights)]
    areas = [middle * (end - start) for middle, (start, end) in zip(middles, pairwise(grid), strict=True)]
    wanted, held = _WINDOW * math.fsum(areas), 0.0
    first, last = len(areas), -1
    for place in sorted(range(len(areas)), key=lambda place: (-middles[place], place)):
        first, last = min(first, place), max(last, place)
        held += areas[place]
        if held >= wanted:
            break
    return grid[first], grid[last + 1], max(heights)


def _reference(own: list[tuple[float, list[float]]], place: int) -> float:
    """Return the scale, a logarithm, in which what lies within reach is told."""
    scales = [scale for scale, _ in own[max(0, place - REACH) : place]]
    return max([*scales, 0.0] if place < REACH else scales)


def _steps(room: float) -> list[float]:
    """Return distances from nothing to `room`, each 1.6 times the one before."""
    steps, step = [0.0], 1.0
    while step < room:
        steps.append(step)
        step *= 1.6
    return [*steps, room]
