"""Answers of people who did not see what was read -> how often accepted events are wrong, and if that has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from capture.fitting import effective
from capture.intervals import lower_bound, upper_bound
from capture.reading import Frozen

LEVEL = 0.975
"""Of each end of the interval: 95 % between them, and a promise that is kept is doubted in one look of forty."""

DRIFTED = 3.0
"""What is looked for: odds of being wrong three times, or a third of, what was said."""

Direction = Literal["too_sure", "too_modest"]

LOOKED_FOR: dict[Direction, float] = {"too_sure": DRIFTED, "too_modest": 1 / DRIFTED}

ANSWERS_TO_FALSE_ALARM = 1_000
"""While what is said is right, an alarm comes once in so many answers or more rarely, on average."""


class Answer(Frozen):
    """One answer. `probability`: of being right, as it was said; `chance`: of the event's being looked at.

    `signal`: the class of the reading, which a calibration may go by.
    """

    probability: float = Field(gt=0, lt=1)
    right: bool
    chance: float = Field(gt=0, le=1)
    signal: str = ""


class Measured(Frozen):
    """The share of wrong events among the accepted: each answer stands for as many events as its chance says.

    `effective`: how many answers of equal chance tell as much. `error`: None where nobody has answered. `low`, `high`:
    the 95 % interval.
    """

    answers: int
    wrong: int
    effective: float
    error: float | None
    low: float
    high: float


class Drift(Frozen):
    """What was said and what was right have drifted apart. `said`, `right`: the share of right ones, 0 to 1."""

    direction: Direction
    answers: int
    said: float
    right: float


def measure(answers: Sequence[Answer]) -> Measured:
    """Return the share that is wrong, weighted by 1 over the chance, with its exact interval.

    Source: J. Hajek's ratio estimator; the interval is Clopper and Pearson's for the effective number (Kish, 1965).
    """
    weights = [1 / answer.chance for answer in answers]
    total = sum(weights)
    if not total:
        return Measured(answers=0, wrong=0, effective=0.0, error=None, low=0.0, high=1.0)
    error = sum(weight for weight, answer in zip(weights, answers, strict=True) if not answer.right) / total
    worth = effective(np.array(weights))
    return Measured(
        answers=len(answers),
        wrong=sum(not answer.right for answer in answers),
        effective=worth,
        error=error,
        low=lower_bound(error * worth, worth, LEVEL),
        high=upper_bound(error * worth, worth, LEVEL),
    )


def drift(answers: Sequence[Answer]) -> Drift | None:
    """Return how what was said has drifted from what is right, by answers in the order in which they came; or None.

    Each direction sums up the evidence for its odds, begun anew at each answer, and alarms for good where the sum
    reaches twice ANSWERS_TO_FALSE_ALARM; while nothing drifts, the sum grows by 1 an answer on average, which bounds
    how often it gets there by chance. Source: Shiryaev (1963) and Roberts (1966); M. Pollak, Ann. Stat. 13 (1985).
    """
    sums = dict.fromkeys(LOOKED_FOR, 0.0)
    for count, answer in enumerate(answers, 1):
        for direction, odds in LOOKED_FOR.items():
            sums[direction] = (1 + sums[direction]) * _evidence(answer, odds)
            if sums[direction] >= 2 * ANSWERS_TO_FALSE_ALARM:
                said = sum(one.probability for one in answers) / len(answers)
                right = sum(one.right for one in answers) / len(answers)
                return Drift(direction=direction, answers=count, said=said, right=right)
    return None


def _evidence(answer: Answer, odds: float) -> float:
    """Return how much likelier the answer is if the odds of being wrong are so many times what was said."""
    said = 1 - answer.probability
    other = odds * said / (answer.probability + odds * said)
    return (1 - other) / (1 - said) if answer.right else other / said
