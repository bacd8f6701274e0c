"""Features of readings -> how likely each is right. `capture.fitting` makes calibrations of readings with a truth."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cached_property

from pydantic import Field

from capture.reading import Frozen

LEAST_READINGS = 30
"""With fewer readings of a class there is no number: at 30 the standard error is still up to 0.09."""

WITH_HISTORY = "with_history"
"""The class of readings that were judged by the vehicle's other readings too; it has calibrations of its own."""

EDGE = 0.0005
"""No reading is surer than this leaves: a thousand labelled photos cannot tell more."""


class Weight(Frozen):
    """What one feature counts: weight times (value, kept from `low` to `high`, less `centre`) over `scale`."""

    name: str
    weight: float
    centre: float
    scale: float = Field(gt=0)
    low: float
    high: float


class Bin(Frozen):
    """Readings of nearly one probability, out of fold: how many, what was said on average, how many were right."""

    low: float
    high: float
    n: float
    mean: float
    right: float


class Step(Frozen):
    """If all readings from this probability up counted without a person: how many, and how many were wrong.

    `bound`: the one-sided 95 % upper bound of the share that is wrong.
    """

    probability: float
    accepted: float
    wrong: float
    bound: float


class Calibration(Frozen):
    """What turns the features of one engine's readings into a probability.

    `field`: whose value is meant, or the class of readings that is meant, WITH_HISTORY; empty for the whole event.

    `signals`: how many readings of each class it was fitted on. `photos`: of how many photos, readings or not.
    `curve`: of the whole event alone.
    `on_top_of`: the feature that holds the general calibration's log-odds, which the weights correct; or empty.
    """

    engine: str
    event_type: str
    field: str = ""
    source: str
    photos: int
    signals: Mapping[str, int]
    on_top_of: str = ""
    bias: float
    weights: tuple[Weight, ...]
    bins: tuple[Bin, ...]
    curve: tuple[Step, ...]
    evidence: float = Field(default=1.0, gt=0, le=1)
    """As how much of what it counts the readings tell: below 1 where few stand for many, as blind samples do."""

    @cached_property
    def version(self) -> str:
        """Name the data by its digest."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    @property
    def readings(self) -> int:
        """How many readings it was fitted on."""
        return sum(self.signals.values())

    def probability(self, features: Mapping[str, float]) -> float:
        """Return how likely such a reading is right; what was never seen in the fit counts as the nearest that was."""
        logit = self.bias + (features[self.on_top_of] if self.on_top_of else 0.0)
        for one in self.weights:
            value = min(max(features.get(one.name, 0.0), one.low), one.high)
            logit += one.weight * (value - one.centre) / one.scale
        return squash(logit)


def named(features: Mapping[str, float], signal: str) -> dict[str, float]:
    """Return the features with the class of the reading among them."""
    return {**features, f"is_{signal}": 1.0}


def squash(logit: float) -> float:
    """Return the probability of log-odds, kept from certainty by EDGE."""
    return min(1 - EDGE, max(EDGE, 1 / (1 + math.exp(-min(50.0, max(-50.0, logit))))))


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, kept from certainty by EDGE."""
    kept = min(1 - EDGE, max(EDGE, probability))
    return math.log(kept / (1 - kept))


def expected_error(table: Sequence[Bin]) -> float:
    """Return the expected calibration error: how far what was said is from what was right, over all readings."""
    total = sum(one.n for one in table)
    return sum(abs(one.mean * one.n - one.right) for one in table) / total if total else 0.0
