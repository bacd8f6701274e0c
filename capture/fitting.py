"""Readings whose truth is known -> a calibration, checked on readings that it was not fitted on.

A logistic model with few weights, pulled towards none (ridge); its answers are judged out of fold, by groups, such as
vehicles. The fit is the same for labelled photos and for what reviewers decided.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capture.calibration import EDGE, WITH_HISTORY, Bin, Calibration, Step, Weight
from capture.intervals import upper_bound

Numbers = NDArray[np.float64]

FOLDS = 5
RIDGE = 1.0
"""How strongly weights are pulled to nothing, in readings: as if one more had spoken for each being 0."""

PRIOR_READINGS = 10.0
"""How many decisions of a tenant weigh as much as the general calibration that it is fitted on top of."""

NEWTON_STEPS = 40
BINS = 12
CUTS = (*(i / 50 for i in range(1, 41)), *(0.8 + i / 100 for i in range(1, 21)))
"""Steps of the curve, as shares of the readings from the surest down; closer where errors gather."""


@dataclass(frozen=True)
class Sample:
    """One reading whose truth is known. `weight`: how many such readings it stands for; `group`: what it shares."""

    features: Mapping[str, float]
    signal: str
    right: bool
    group: str
    weight: float = 1.0


def fit(
    samples: Sequence[Sample],
    engine: str,
    event_type: str,
    source: str,
    *,
    field: str = "",
    photos: int | None = None,
    on_top_of: str = "",
) -> Calibration:
    """Fit on all samples; bins and curve come from fits that did not see the sample's group.

    `photos`: how many photos were looked at, where some gave no reading. Readings that stand for many others count as
    so many in bins and curve, but are no more evidence than the readings that there are.
    `on_top_of`: a feature whose value is taken as log-odds already, and corrected as far as the samples demand it.
    Needs samples of two groups or more.
    """
    names = sorted({name for sample in samples for name in sample.features})
    rows = np.array([[sample.features.get(name, 0.0) for name in names] for sample in samples], dtype=float)
    right = np.array([sample.right for sample in samples], dtype=float)
    counts = np.array([sample.weight for sample in samples], dtype=float)
    centre, scale = rows.mean(axis=0), rows.std(axis=0)
    kept = scale > 1e-9
    names = [name for name, keep in zip(names, kept, strict=True) if keep]
    rows, centre, scale = rows[:, kept], centre[kept], scale[kept]
    standard = (rows - centre) / scale
    known = np.array([sample.features[on_top_of] if on_top_of else 0.0 for sample in samples])
    evidence = counts * (effective(counts) / counts.sum())
    data = _Data(standard, right, evidence, known, PRIOR_READINGS if on_top_of else RIDGE)
    said = out_of_fold(data, [sample.group for sample in samples])
    solved = _solve(data)
    return Calibration(
        engine=engine,
        event_type=event_type,
        field=field,
        source=source,
        photos=round(float(counts.sum())) if photos is None else photos,
        on_top_of=on_top_of,
        signals=_signals(samples),
        bias=round(float(solved[0]), 4),
        weights=tuple(
            Weight(
                name=name,
                weight=round(float(solved[i + 1]), 4),
                centre=round(float(centre[i]), 4),
                scale=max(1e-4, round(float(scale[i]), 4)),
                low=round(float(rows[:, i].min()), 4),
                high=round(float(rows[:, i].max()), 4),
            )
            for i, name in enumerate(names)
        ),
        evidence=round(min(1.0, effective(counts) / float(counts.sum())), 6),
        bins=bins(said, right, counts),
        curve=() if field not in ("", WITH_HISTORY) else curve(said, right, counts),
    )


@dataclass(frozen=True)
class _Data:
    """Samples as arrays: standardised features, truth, weights, log-odds to start from, pull of the weights to 0."""

    rows: Numbers
    right: Numbers
    counts: Numbers
    known: Numbers
    pull: float

    def of(self, chosen: NDArray[np.bool_]) -> _Data:
        return _Data(self.rows[chosen], self.right[chosen], self.counts[chosen], self.known[chosen], self.pull)


def _signals(samples: Sequence[Sample]) -> dict[str, int]:
    counts: dict[str, float] = {}
    for sample in samples:
        counts[sample.signal] = counts.get(sample.signal, 0.0) + sample.weight
    return {name: round(count) for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}


def out_of_fold(data: _Data, groups: Sequence[str]) -> Numbers:
    """Return each sample's probability by a fit on the other folds; groups stay together."""
    folds = dealt(groups)
    said = np.empty(len(data.right))
    for fold in range(FOLDS):
        test = folds == fold
        if test.any():
            solved = _solve(data.of(~test))
            logits = np.clip(data.known[test] + solved[0] + data.rows[test] @ solved[1:], -50, 50)
            said[test] = np.clip(1 / (1 + np.exp(-logits)), EDGE, 1 - EDGE)
    return said


def effective(counts: Numbers) -> float:
    """Return how many readings of equal weight tell as much as these. Source: L. Kish, Survey Sampling (1965).

    Weights below 1 are parts of one reading, which together tell no more than that.
    """
    return float(min(counts.sum() ** 2 / (counts**2).sum(), counts.sum()))


def bins(said: Numbers, right: Numbers, counts: Numbers, number: int = BINS) -> tuple[Bin, ...]:
    """Return the reliability table: bins of equally many readings, from the least sure up."""
    order = np.argsort(said, kind="stable")
    made = []
    for part in np.array_split(order, min(number, len(order))):
        n = float(counts[part].sum())
        made.append(
            Bin(
                low=round(float(said[part].min()), 4),
                high=round(float(said[part].max()), 4),
                n=round(n, 2),
                mean=round(float((said[part] * counts[part]).sum() / n), 4),
                right=round(float((right[part] * counts[part]).sum()), 2),
            )
        )
    return tuple(made)


def curve(said: Numbers, right: Numbers, counts: Numbers) -> tuple[Step, ...]:
    """Return the risk-coverage curve: from the surest readings down, how many count and how many are wrong.

    The bound of a step rests on as many readings as its weights are worth.
    """
    order = np.argsort(-said, kind="stable")
    accepted, wrong = np.cumsum(counts[order]), np.cumsum((1 - right[order]) * counts[order])
    worth = np.minimum(accepted**2 / np.cumsum(counts[order] ** 2), accepted)
    ends = sorted({max(0, round(len(order) * cut) - 1) for cut in CUTS})
    steps = [
        Step(
            probability=math.floor(float(said[order[end]]) * 1e5) / 1e5,
            accepted=round(float(accepted[end]), 2),
            wrong=round(float(wrong[end]), 2),
            bound=round(upper_bound(float(wrong[end] / accepted[end] * worth[end]), float(worth[end])), 6),
        )
        for end in ends
    ]
    return tuple(
        step for i, step in enumerate(steps) if i + 1 == len(steps) or steps[i + 1].probability < step.probability
    )


def brier(said: Numbers, right: Numbers) -> float:
    """Return the mean squared distance of probability and truth."""
    return float(np.mean((said - right) ** 2))


def dealt(groups: Sequence[str]) -> Numbers:
    """Deal groups out, the largest first, each to the fold that is smallest then."""
    sizes = [0] * FOLDS
    of_group = {}
    for group, count in sorted(Counter(groups).items(), key=lambda item: (-item[1], item[0])):
        fold = sizes.index(min(sizes))
        sizes[fold] += count
        of_group[group] = fold
    return np.array([of_group[group] for group in groups])


def _solve(data: _Data) -> Numbers:
    """Return bias and weights of the logistic fit, by Newton's method.

    Two half readings, one right and one wrong, stand for what has not been seen (rule of succession).
    """
    width = data.rows.shape[1]
    unseen = np.eye(1, width + 1)
    rows = np.vstack([np.hstack([np.ones((len(data.right), 1)), data.rows]), unseen, unseen])
    right, counts = np.append(data.right, (1.0, 0.0)), np.append(data.counts, (0.5, 0.5))
    known = np.append(data.known, (0.0, 0.0))
    pull = np.diag([1e-3 if data.pull == RIDGE else data.pull] + [data.pull] * width)
    solved = np.zeros(width + 1)
    for _ in range(NEWTON_STEPS):
        said = 1 / (1 + np.exp(-np.clip(known + rows @ solved, -50, 50)))
        slope = rows.T @ (counts * (said - right)) + pull @ solved
        bend = (rows * (counts * said * (1 - said))[:, None]).T @ rows + pull
        step = np.linalg.solve(bend, slope)
        solved = solved - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.asarray(solved)
