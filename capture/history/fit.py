"""How the odometer readings of a vehicle fit each other: for each, which of its ways, and how surely."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from uuid import UUID

from capture.history.digits import ELSEWHERE, mended, misread_last
from capture.history.line import Line, Point
from capture.history.meter import epoch, in_order
from capture.history.model import History, Observation, Way
from capture.history.rate import ROUNDING_KM, Rate, learn

LEAST_NONE = 0.01
"""How likely a number that nobody confirmed is wrong at least, whatever the pixels say."""

_CONFIRMED_NONE = 1e-6
"""A confirmed number is stepped over only where many others contradict it."""

_SLACK_DAYS = {"odometer_reading": 0.01, "fuel_purchase": 0.5, "maintenance": 1.0}
"""By how much the time of a reading is unsure: minutes of a photo; slips and invoices may say the day alone."""

_CUT_SLACK_DAYS = 0.5

_FITS_WELL = 1 / 20
"""A way at least this likely as the likeliest number is not asked what it would be with a mistake mended."""

DOUBTFUL = 0.9
"""From this doubt on a reading is not believed; at 1 a mistake goes with the others as well as the number itself.

Source: the simulated years of seeds 1 and 3 (`bench.trust`): it flags 1.7 % of true readings and catches 180 of 200
swapped digits; 0.86 flags 1.85 % and catches 181, 0.97 flags 1.5 % and catches 179."""

NAMED = (0.45, 0.19, 0.01, 0.01)
"""How often the number was the engine's next way, the one after that and so on, where its best was wrong. Source:
`python -m bench.odometer --folds`, 77 misread displays of TRODO. Most of these were wrong in the last digit; that it is
so of other digits is assumed."""

NAMED_APART_KM = 90.0
"""Ways nearer to each other than this differ in the last digits, between which no history decides: a swapped digit in
the hundreds of kilometres is the least that is asked about."""


@dataclass(frozen=True)
class Mark:
    """What a meter showed by a person's word: the first or last number beside a cut."""

    at: datetime
    km: float


@dataclass(frozen=True)
class Offer:
    """What a number would be with one mistake mended: as shown, and in kilometres."""

    shown: str
    km: float


@dataclass(frozen=True)
class Fit:
    """One reading among the others of its meter; indexes are among the ways of the observation.

    `best`: the likeliest way, pixels and history together; `chosen`: the same, None where it is doubtful.
    `doubt`: how many times likelier a mistake makes the others' numbers than the best way does; 0 if nothing is known.
    `rival`: another way, far from the best, that the others speak for more than for the best; None without one.
    """

    observation: Observation
    line: Line
    place: int
    posterior: tuple[float, ...]
    best: int
    chosen: int | None
    doubt: float
    window_km: tuple[float, float] | None
    rival: int | None = None

    @property
    def at(self) -> datetime:
        """Return when the photo was taken."""
        return self.observation.at

    @property
    def way(self) -> Way:
        """Return the likeliest way."""
        return self.observation.ways[self.best]

    @property
    def km(self) -> float:
        """Return the likeliest way's kilometres."""
        return km_of(self.way)

    @property
    def believed(self) -> bool:
        """Tell if others may be compared with it."""
        return self.doubt < DOUBTFUL

    def fits(self, km: float) -> bool:
        """Tell if the others speak for a number, and much more than for this one."""
        if self.window_km is None:
            return False
        gain = self.line.times(self.place, km)
        return gain > 1 and gain * _FITS_WELL > self.line.times(self.place, self.km)

    @cached_property
    def offer(self) -> Offer | None:
        """Return the number with one mistake mended that fits; None if none does or several do alike."""
        likely = [(share * self.line.times(self.place, km), shown, km) for shown, km, share in mended(self.way)]
        weight, shown, km = max(likely)
        if not self.fits(km) or weight < math.fsum(other for other, _, _ in likely) / 2:
            return None
        return Offer(shown, km)


@dataclass(frozen=True)
class Meter:
    """All that is known of one meter, in the order of time."""

    rate: Rate
    line: Line
    entries: tuple[Mark | Fit, ...]

    def fits(self) -> Iterator[Fit]:
        """Yield its readings."""
        return (entry for entry in self.entries if isinstance(entry, Fit))


def meters(history: History, left_out: frozenset[UUID]) -> tuple[Meter, ...]:
    """Weigh the readings of each meter against each other, without those that are left out. All have kilometres."""
    rows = _rows(history, left_out)
    rate = learn([gap for row in rows for gap in _gaps(row)], history.fleet)
    return tuple(_meter(row, rate) for row in rows)


def expected(history: History, at: datetime, left_out: frozenset[UUID]) -> tuple[float, float] | None:
    """Return where the readings expect another one at a moment (95 of 100); None where there is none on that meter."""
    rows = _rows(history, left_out)
    rate = learn([gap for row in rows for gap in _gaps(row)], history.fleet)
    row = rows[epoch(in_order(history.cuts), at)]
    start = row[0].at if row else at
    points = [*(_point(one, start) for one in row), Point((at - start).total_seconds() / 86400, 0.0, (), (), 1.0)]
    points.sort(key=lambda point: point.days)
    (seen,) = Line(points, rate).windows([next(place for place, point in enumerate(points) if not point.km)])
    return None if seen is None else seen[:2]


def _rows(history: History, left_out: frozenset[UUID]) -> list[list[Observation | Mark]]:
    """Return what is known of each meter, in the order of time."""
    cuts = in_order(history.cuts)
    rows: list[list[Observation | Mark]] = [[Mark(cut.at, cut.after_km)] for cut in cuts]
    rows.insert(0, [])
    kept = [one for one in history.observations if one.event_id not in left_out and one.ways]
    for one in sorted(kept, key=lambda one: (one.at, one.event_id)):
        rows[epoch(cuts, one.at)].append(one)
    for number, cut in enumerate(cuts):
        rows[number].append(Mark(cut.at, cut.before_km))
    return rows


def _gaps(row: Sequence[Observation | Mark]) -> Iterator[tuple[float, float]]:
    numbers = [(one.at, one.km if isinstance(one, Mark) else km_of(one.ways[0])) for one in row]
    for (first, km), (second, other) in pairwise(numbers):
        yield (second - first).total_seconds() / 86400, other - km


def km_of(way: Way) -> float:
    """Return a way's kilometres, which all have once the history is in one unit."""
    assert way.km is not None
    return way.km


def _meter(row: Sequence[Observation | Mark], rate: Rate) -> Meter:
    points = [_point(one, row[0].at) for one in row]
    line = Line(points, rate)
    seen = line.windows(range(len(row)))
    entries = [one if isinstance(one, Mark) else _fit(one, line, place, seen[place]) for place, one in enumerate(row)]
    return Meter(rate, line, tuple(entries))


def _point(one: Observation | Mark, start: datetime) -> Point:
    days = (one.at - start).total_seconds() / 86400
    if isinstance(one, Mark):
        return Point(days, _CUT_SLACK_DAYS, (one.km,), (1 - _CONFIRMED_NONE,), _CONFIRMED_NONE)
    slack = _SLACK_DAYS.get(one.event_type, 1.0)
    if one.verified:
        return Point(days, slack, (km_of(one.ways[0]),), (1 - _CONFIRMED_NONE,), _CONFIRMED_NONE)
    said = math.fsum(way.probability for way in one.ways)
    none = max(1 - said, LEAST_NONE)
    share = (1 - none) / said if said > 0 else 0.0
    return Point(
        days, slack, tuple(km_of(way) for way in one.ways), tuple(share * way.probability for way in one.ways), none
    )


def _fit(one: Observation, line: Line, place: int, seen: tuple[float, float, float] | None) -> Fit:
    point = line.points[place]
    times = [line.times(place, km) for km in point.km]
    weights = [probability * gain for probability, gain in zip(point.probabilities, times, strict=True)]
    best = max(range(len(weights)), key=lambda n: (weights[n], point.probabilities[n], -n))
    mistake = 1.0 if seen is None else _mistake(one.ways[best], line, place, times[best], seen)
    whole = math.fsum(weights) + point.none * mistake
    posterior = [weight / whole for weight in weights]
    named = {} if seen is None or one.verified else _named(one, best, times)
    doubt = 0.0 if seen is None else (mistake + math.fsum(named.values())) / max(times[best], 1e-300)
    if one.verified:
        doubt = 0.0 if doubt * point.none < 1 else doubt
        posterior = [1.0] + [0.0] * (len(one.ways) - 1)
    return Fit(
        observation=one,
        line=line,
        place=place,
        posterior=tuple(posterior),
        best=best,
        chosen=best if one.verified or doubt < DOUBTFUL else None,
        doubt=doubt,
        window_km=None if seen is None else seen[:2],
        rival=max((way for way in named if times[way] > times[best]), key=lambda way: (named[way], -way), default=None),
    )


def _named(one: Observation, best: int, times: Sequence[float]) -> dict[int, float]:
    """Return the engine's other ways that the others speak for, each with how much likelier it makes their numbers.

    Which other number the photo may show, the engine knows better than what is usually mistaken. Ways that the pixels
    make likelier than the best come first among them.
    """
    others = [place for place in range(len(one.ways)) if place != best]
    return {
        place: share * times[place]
        for place, share in zip(others, NAMED, strict=False)
        if times[place] > 1 and abs(km_of(one.ways[place]) - km_of(one.ways[best])) >= NAMED_APART_KM
    }


def _mistake(way: Way, line: Line, place: int, gain: float, window: tuple[float, float, float]) -> float:
    """Return how many times likelier the others make the truth if this way is a mistake.

    Where the way fits well, the other last digits fit as well, and no more is known of mistakes. What is mended to a
    number far from the window adds nothing that counts.
    """
    low, high, peak = window
    if gain >= peak * _FITS_WELL:
        return ELSEWHERE + (1 - ELSEWHERE) * misread_last(way) * gain
    room = high - low + ROUNDING_KM
    near = ((km, share) for _, km, share in mended(way) if low - room <= km <= high + room)
    likely = math.fsum(share * line.times(place, km) for km, share in near)
    return ELSEWHERE + (1 - ELSEWHERE) * likely
