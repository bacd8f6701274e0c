"""An event's probability, moved by what was photographed at the same stop: odds times likelihood ratios, within bounds.

The ratios are assumed (`capture.agreement`) until people's decisions have measured them. So a raise is bounded by what
was counted, and an event that is doubtful by itself is not raised at all. Equal facts move equally, in any order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from capture.agreement import Fact
from capture.calibration import log_odds, squash
from capture.reading import Frozen

LEAST_ALONE = 0.8
"""An event less probable than this by itself is never raised: a stop confirms, it does not read.

Source: `python -m bench.trust`; of 23 readings of 0.5 to 0.8, 13 were wrong where 7 were expected; above, it holds.
"""

MOST_RAISED = math.log(9)
"""A stop makes the odds of being right nine times what they were, at most; natural logarithm.

Source: `python -m bench.trust`; of 31 displays misread by the engine `odometer`, or where it gave up by `rapid_ocr`,
none came within 2 km of the truth: 9.3 % at most by the 95 % bound. Where nine of ten drivers key in what the display
shows, right readings agree with it 9.7 times as often as wrong ones.
"""

IN_HISTORY = frozenset({"distance_and_volume"})
"""Facts of which a number that was judged with the vehicle's other readings has taken account already."""


class Moved(Frozen):
    """A probability that a stop has moved. `log_ratio`: what was added to its log-odds; `sentence`: why, in words."""

    before: float
    after: float
    log_ratio: float
    facts: tuple[Fact, ...]

    @property
    def sentence(self) -> str:
        """From what to what, and by which facts."""
        raised = self.log_ratio > 0
        bounded = f", to {math.exp(MOST_RAISED):.0f} times the odds, the most that counts" if self.bounded else ""
        return (
            f"What was photographed at the same stop {'raises' if raised else 'lowers'} the probability from "
            f"{self.before:.4f} to {self.after:.4f}{bounded}: {' '.join(fact.sentence for fact in self.facts)}"
        )

    @property
    def bounded(self) -> bool:
        """Whether the facts would have raised it further."""
        return self.log_ratio >= MOST_RAISED

    @property
    def parts(self) -> dict[str, Any]:
        """What it was made of, as it is stored."""
        return {
            "before": self.before,
            "after": self.after,
            "log_ratio": round(self.log_ratio, 4),
            "facts": {fact.code: fact.log_ratio for fact in self.facts},
        }


def moved(
    probability: float | None, event_id: UUID, stored: Iterable[Mapping[str, Any]], *, with_history: bool
) -> Moved | None:
    """Return an event's probability as its bundle's facts move it; None where they do not, or there is none to move.

    `stored`: the bundle's facts as they are kept; those of other events say nothing of this one. `with_history`:
    whether the vehicle's other readings are in the probability already. Of facts of one kind the least counts. Where
    facts contradict one another, none raises.
    """
    facts = [Fact.model_validate(fact) for fact in stored]
    least: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda one: (one.log_ratio, one.sentence), reverse=True):
        if event_id in fact.of and not (with_history and fact.code in IN_HISTORY and fact.log_ratio > 0):
            least[fact.code] = fact
    told = tuple(least[code] for code in sorted(least))
    ratio = sum(fact.log_ratio for fact in told)
    if probability is None or not ratio:
        return None
    if ratio > 0:
        if probability < LEAST_ALONE or any(fact.disagrees for fact in facts):
            return None
        ratio = min(ratio, MOST_RAISED)
    after = round(squash(log_odds(probability) + ratio), 6)
    return Moved(before=probability, after=after, log_ratio=ratio, facts=told)
