"""The error that a tenant accepts -> the probability from which events count without a person, and what that saves."""

from __future__ import annotations

from capture.calibration import Calibration
from capture.intervals import upper_bound
from capture.reading import Frozen

WORST = 10.0
"""No event is accepted that is likelier wrong than so many times the promise, however well the others do."""

DEFAULT_ERROR = 0.01
"""Promised share of wrong events among those accepted without a person."""


class Threshold(Frozen):
    """From which probability events are accepted, and what is known of that.

    `accepted` of `photos` count without a person, `wrong` of them are wrong; `bound`: the upper 95 % bound of their
    share.
    """

    probability: float
    accepted: float
    wrong: float
    photos: float
    bound: float

    @property
    def automation(self) -> float:
        """The share of all photos that need no person, 0 to 1."""
        return self.accepted / self.photos if self.photos else 0.0

    @property
    def error(self) -> float:
        """The share of wrong ones among the accepted, 0 to 1."""
        return self.wrong / self.accepted if self.accepted else 0.0


class Cost(Frozen):
    """What an accepted wrong event costs, and what a review does, in one currency."""

    wrong: float
    review: float


def thresholds(calibration: Calibration) -> tuple[Threshold, ...]:
    """Return all cuts of the curve with their bounds, from the surest readings down."""
    return tuple(
        Threshold(
            probability=step.probability,
            accepted=step.accepted,
            wrong=step.wrong,
            photos=max(float(calibration.photos), step.accepted),
            bound=step.bound,
        )
        for step in calibration.curve
    )


def threshold(calibration: Calibration, error: float) -> Threshold | None:
    """Return the cut that accepts most while the upper bound of its error keeps the promise; None if none does.

    The promise is of all accepted events together; none of them alone is likelier wrong than WORST times as much.
    """
    least = 1 - WORST * error
    kept = [cut for cut in thresholds(calibration) if cut.bound <= error and cut.probability >= least]
    return max(kept, key=lambda cut: cut.accepted, default=None)


def recommended(calibration: Calibration, cost: Cost) -> Threshold | None:
    """Return the cut with the least cost of wrong events and reviews together; None if reviewing all is cheaper.

    An accepted event is taken to be wrong as often as the upper bound says.
    """
    best, least = None, calibration.photos * cost.review
    for cut in thresholds(calibration):
        spent = cut.bound * cut.accepted * cost.wrong + (cut.photos - cut.accepted) * cost.review
        if spent < least:
            best, least = cut, spent
    return best


def fewest(error: float) -> int:
    """Return how many events, none of them wrong, the least evidence for a promise needs."""
    n = 1
    while upper_bound(0, n) > error:
        n *= 2
    low, high = n // 2, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if upper_bound(0, middle) <= error else (middle, high)
    return high
