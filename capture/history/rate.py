"""How far a vehicle drives in a while: its own rate, shrunk to what others drive, and how much that varies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from capture.history.model import FleetRate

KM_A_DAY = 4828.0
"""No vehicle drives further: 3,000 miles in 24 hours, two drivers at the limit of most motorways included."""

GENERAL = (math.log(45.0), 1.2)
"""The logarithm of kilometres a day of any vehicle: mean and deviation. It spans the car that stands most days (10 km)
and the long-haul truck (500 km)."""

GENERAL_FREEDOM = 6.0
"""How many gaps the general spread is worth beside the vehicle's own."""

_MOST_FREEDOM = 12.0
"""However many gaps are known: distances have wilder exceptions than a normal distribution has."""

_SHORTEST_GAP_DAYS = 0.5
"""Of shorter ones nothing is learnt about a day."""

_START_DAYS = 0.05
"""Added to every gap: a photo is taken about where driving begins or ends, never in the middle of standing still."""


@dataclass(frozen=True)
class Rate:
    """What a vehicle drives.

    `km_a_day`: typical; `spread`: its gaps' scatter beside that of vehicles in general, 1 where they are alike;
    `freedom`: degrees of freedom of Student's t, more where it was learnt of more gaps.
    """

    km_a_day: float
    spread: float
    freedom: float

    def usual_km(self, days: float) -> float:
        """Return what it typically drives in so many days."""
        return self.km_a_day * (days + _START_DAYS)

    def deviation(self, days: float) -> float:
        """Return the deviation of the logarithm of the distance: a day varies more than a month."""
        return math.sqrt(_variance(days, self.spread))

    def limit_km(self, days: float, share: float) -> float:
        """Return what it exceeds in this share of gaps of that length, by Student's t, at most KM_A_DAY a day."""
        usual = self.usual_km(days)
        edge = _offset(usual)
        width = self.deviation(days) * student(1.0 - share, self.freedom)
        return min((usual + edge) * math.exp(min(width, 50.0)) - edge, KM_A_DAY * (days + _START_DAYS))

    def depth(self, days: float) -> float:
        """Return how many deviations standing still for so many days lies below what is usual."""
        usual = self.usual_km(days)
        return math.log((usual + _offset(usual)) / _offset(usual)) / self.deviation(days)


def _variance(days: float, spread: float = 1.0) -> float:
    """Return the variance of the logarithm of a distance: a day is easily three times another, a month rarely twice.

    That a vehicle drives evenly from day to day does not make its months alike.
    """
    return 0.05 * max(1.0, spread * spread) + spread * spread * 0.9 / (days + 0.3)


def _offset(usual_km: float) -> float:
    """Return what is added to distances before their logarithm is taken, so that standing still is no extreme."""
    return 1.0 + 0.05 * usual_km


def student(share: float, freedom: float) -> float:
    """Return the quantile of Student's t from five degrees of freedom on, within 2 per cent.

    Source: G. W. Hill, Algorithm 396, CACM 13 (1970), by the expansion of Cornish and Fisher (Abramowitz and Stegun
    26.7.5).
    """
    x = NormalDist().inv_cdf(share)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def learn(gaps: Sequence[tuple[float, float]], fleet: FleetRate | None) -> Rate:
    """Return the rate that gaps (days, kilometres) show, shrunk to the fleet's, else to that of vehicles in general.

    Gaps that cannot be are passed over, and wild ones count little, so that a misread number moves it little.
    """
    mean, deviation = _prior(fleet)
    used = [(days, km) for days, km in gaps if days >= _SHORTEST_GAP_DAYS and 0 <= km <= KM_A_DAY * days]
    level, spread = mean, 1.0
    for _ in range(8):
        usual = math.exp(level)
        weight, pull, scatter, count = 0.0, 0.0, 0.0, 0.0
        for days, km in used:
            length = days + _START_DAYS
            edge = _offset(usual * length)
            seen = math.log((km + edge) / (usual * length + edge))
            variance = _variance(days, spread)
            trust = (GENERAL_FREEDOM + 1) / (GENERAL_FREEDOM + seen * seen / variance)
            weight += trust / variance
            pull += trust / variance * (level + seen)
            scatter += trust * seen * seen / _variance(days)
            count += 1.0
        level = (mean / deviation**2 + pull) / (1 / deviation**2 + weight)
        spread = math.sqrt((GENERAL_FREEDOM + scatter) / (GENERAL_FREEDOM + count))
    return Rate(
        km_a_day=math.exp(level),
        spread=max(spread, 0.3),
        freedom=min(GENERAL_FREEDOM + max(len(used) - 1, 0), _MOST_FREEDOM),
    )


def _prior(fleet: FleetRate | None) -> tuple[float, float]:
    """Return mean and deviation of the logarithm; a fleet of few vehicles counts by their number beside the general."""
    if fleet is None or fleet.vehicles == 0:
        return GENERAL
    relative = min(fleet.deviation_km / fleet.mean_km, 3.0)
    variance = math.log1p(relative * relative)
    own = fleet.vehicles / (fleet.vehicles + 5.0)
    mean = own * (math.log(fleet.mean_km) - variance / 2) + (1 - own) * GENERAL[0]
    return mean, math.sqrt(own * max(variance, 0.1) + (1 - own) * GENERAL[1] ** 2)


# --- the density of a distance

SPAN_KM = 300_000.0
"""Odometers in general: one of them is anywhere within this span alike. Densities are told as multiples of that."""

BREAK = 1e-4
"""How likely a meter breaks off unannounced between two readings: replaced, passed its last digit, set."""

ROUNDING_KM = 2.0
"""Tenths that one display shows and the other does not, and whole miles, make a number step back by less."""

_STANDING, _LONG, _SAME = 0.12, 0.03, 0.02
"""Shares of gaps in which it stands for a part of the time, goes on a long journey, and does not move at all."""

_LONG_KM_A_DAY = 700.0

_SAME_KM = 50.0
"""Where this much is usual meanwhile, the same number is half as likely as where nothing is."""

_SAME_WITHIN_KM = 1.7
"""What whole miles leave open."""

_CLOCK_OFF = 0.003
"""Share of photos whose clock is hours off; the number then steps back by what is driven in those."""

_CLOCK_DAYS = 0.6

_ORDER, _NO_ORDER = 0.3, 0.01
"""Shares of pairs of photos that may be the other way round, where their order is unsure, and where it is not."""


class Gap:
    """Two readings of one meter and the time between them.

    `limit_km`: what no vehicle exceeds in it. `back_km`: how far the number may step back, because the two may have
    been taken the other way round.
    """

    def __init__(self, rate: Rate, days: float, slack: float) -> None:
        """Take how many days lie between, and by how many their order is unsure."""
        self.days, self.slack = days, slack
        unsure_km = rate.km_a_day * max(0.0, slack - days)
        self.limit_km = KM_A_DAY * (days + slack) + ROUNDING_KM
        self.back_km = ROUNDING_KM + 3 * unsure_km
        usual = rate.usual_km(days)
        self._usual, self._edge = usual, _offset(usual)
        self._middle = math.log(usual + self._edge)
        freedom, deviation = rate.freedom, rate.deviation(days)
        self._narrow, self._power = 1 / (deviation * deviation * freedom), -(freedom + 1) / 2
        self._main = (1 - _STANDING - _LONG - _SAME) * _student_top(freedom) / deviation * SPAN_KM
        self._standing = _STANDING / (usual + ROUNDING_KM) * SPAN_KM
        self._long_km = max(_LONG_KM_A_DAY * (days + _START_DAYS), 3 * usual)
        self._long = _LONG / self._long_km * SPAN_KM
        self._same = _SAME / (1 + usual / _SAME_KM) / (2 * _SAME_WITHIN_KM) * SPAN_KM
        self._order_km = 1.0 + unsure_km
        self._order = (_ORDER if days < slack else _NO_ORDER) / self._order_km * SPAN_KM
        self._clock_km = 5.0 + _CLOCK_DAYS / 2 * rate.km_a_day
        self._clock = _CLOCK_OFF / self._clock_km * SPAN_KM if days < _CLOCK_DAYS else 0.0

    def times(self, km: float) -> float:
        """Return how many times likelier this distance is than any other number on a meter; never 0."""
        if km < 0:
            back = self._order * math.exp(km / self._order_km) + self._clock * math.exp(km / self._clock_km)
            return BREAK + back + (self._same if km >= -_SAME_WITHIN_KM else 0.0)
        if km > self.limit_km:
            return BREAK
        step = math.log(km + self._edge) - self._middle
        value = BREAK + self._long * math.exp(-km / self._long_km)
        value += self._main / (km + self._edge) * math.pow(1 + step * step * self._narrow, self._power)
        if km <= self._usual:
            value += self._standing
        if km <= _SAME_WITHIN_KM:
            value += self._same
        return value


_BACK = ("_order", "_order_km", "_clock", "_clock_km")
_OF_GAPS = (
    "limit_km", "_usual", "_edge", "_middle", "_narrow", "_power", "_main", "_standing", "_long_km", "_long", "_same",
    *_BACK,
)  # fmt: skip
_numbers = itemgetter(*_OF_GAPS)


class Gaps:
    """Many gaps, of each many distances at once."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        """Take at least one gap."""
        table = np.array([_numbers(gap.__dict__) for gap in gaps])
        self._rows = {name: table[:, place, None] for place, name in enumerate(_OF_GAPS)}

    def times(self, km: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `Gap.times` of distances, a row for each gap."""
        of = self._rows
        on = np.maximum(km, 0.0)
        step = np.log(on + of["_edge"]) - of["_middle"]
        value = BREAK + of["_long"] * np.exp(-on / of["_long_km"])
        value += of["_main"] / (on + of["_edge"]) * np.power(1 + step * step * of["_narrow"], of["_power"])
        value += of["_standing"] * (km <= of["_usual"])
        value[km > of["limit_km"]] = BREAK
        rows, columns = np.nonzero(km < 0)
        if len(rows):
            back, at = km[rows, columns], {name: of[name][rows, 0] for name in _BACK}
            value[rows, columns] = (
                BREAK + at["_order"] * np.exp(back / at["_order_km"]) + at["_clock"] * np.exp(back / at["_clock_km"])
            )
        value += of["_same"] * (np.abs(km) <= _SAME_WITHIN_KM)
        return np.asarray(value, dtype=np.float64)


@cache
def _student_top(freedom: float) -> float:
    """Return the density of Student's t at its middle."""
    return math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
