"""How sure a reading is: how often readings of its class were right on labelled photos, and nothing else.

Engines' scores are not probabilities and are not comparable; they only choose the class (`signal`). The
counts are in `capture.confidence_table`, which `python -m bench.confidence` writes.
"""

from __future__ import annotations

from collections.abc import Mapping

from capture.confidence_table import TABLE
from capture.events.base import Candidate
from capture.reading import Frozen

ENOUGH_PHOTOS = 30
"""With fewer labelled photos of a class there is no number: at 30 the standard error is still up to 0.09."""

Counts = Mapping[tuple[str, str], Mapping[str, tuple[int, int]]]
"""By engine and event type, then by signal: how many labelled photos, and how many of them were read right."""


class Parts(Frozen):
    """What a probability was made of: the class of reading, its labelled photos, and how many were right."""

    signal: str
    n: int
    right: int


class Confidence(Frozen):
    """How sure a reading is.

    `probability`: 0 to 1, None where nobody has measured it. `percent`: the same, 0 to 100.
    `sentence`: where the number is from, or why there is none.
    """

    probability: float | None
    percent: int | None
    parts: Parts
    sentence: str


def assess(candidate: Candidate, engine: str, counts: Counts = TABLE) -> Confidence:
    """Return how often readings like this one are right: (right + 1) / (n + 2), Laplace's rule of succession."""
    table = counts.get((engine, candidate.event_type))
    n, right = (0, 0) if table is None else table.get(candidate.signal, (0, 0))
    parts = Parts(signal=candidate.signal, n=n, right=right)
    words = candidate.event_type.replace("_", " ")
    if table is None:
        sentence = f"Nobody has measured {engine} on labelled photos of the type {words} yet."
        return Confidence(probability=None, percent=None, parts=parts, sentence=sentence)
    if n < ENOUGH_PHOTOS:
        sentence = (
            f"Only {n} labelled photos gave {engine} a reading of the class {candidate.signal}; "
            f"{ENOUGH_PHOTOS} are needed for a number."
        )
        return Confidence(probability=None, percent=None, parts=parts, sentence=sentence)
    probability = (right + 1) / (n + 2)
    sentence = f"{right} of {n} labelled photos of the class {candidate.signal} were read right by {engine}."
    return Confidence(probability=probability, percent=round(probability * 100), parts=parts, sentence=sentence)
