"""What may be trusted without a person: `python -m bench.trust [--out-of-fold FILE --held-out FILE --texts FOLDER]`.

The first tables need readings of TRODO that our reader was not trained on (see `bench.confidence`): how far stated
probabilities are from what was right, and what a promise of 1 % accepts, each photo judged by a calibration and a
threshold that saw no photo of its vehicle. The others need nothing: a simulated year of a hundred vehicles and six
hundred planted faults (`fixtures.fleet_year`, frozen before the rules were written).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.confidence import odometer_samples
from bench.faults import measure_faults, measure_invoice, measure_year
from bench.figures import print_table
from bench.labels import DATA_VARIABLE, cached_readings, data_folder, photos
from capture.calibration import Calibration, expected_error
from capture.fitting import FOLDS, Numbers, Sample, bins, brier, dealt, fit
from capture.intervals import upper_bound
from capture.promise import threshold
from fixtures.fleet_year import FIGURES_SEED

SET_NAME = "odometer_trodo"
PROMISES = (0.005, 0.01, 0.02)
RESAMPLES = 2_000


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--out-of-fold", type=Path, help="our reader's readings by weights that never saw the vehicle")
    parser.add_argument("--held-out", type=Path, help="the shipped weights' readings of photos held out")
    parser.add_argument("--texts", type=Path, help="folder with RapidOCR's lines of each set")
    parser.add_argument("--seed", type=int, default=FIGURES_SEED, help="of the simulated fleet; 1 is for building")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    if folder is None or None in (arguments.out_of_fold, arguments.held_out, arguments.texts):
        print("Calibration is not measured: it needs labelled photos and readings of them; see --help.")
    else:
        measure_calibration(folder, arguments.out_of_fold, arguments.held_out, arguments.texts)
    measure_faults(arguments.seed)
    measure_year(arguments.seed)
    measure_invoice()


def measure_calibration(folder: Path, out_of_fold: Path, held_out: Path, texts: Path) -> None:
    """Print calibration error, Brier score, and what promises accept, with and without a history of three."""
    labelled = list(photos(folder, SET_NAME))
    odometers = sum(photo.kind == "odometer" for photo in labelled)
    readers = [cached_readings(out_of_fold, "odometer"), cached_readings(held_out, "odometer")]
    samples = odometer_samples(labelled, readers, cached_readings(texts / f"{SET_NAME}.jsonl", "rapid_ocr"))
    rows, cuts = [], []
    for name, group in (("no history", samples.given), ("three earlier readings", samples.helped)):
        said, accepted = _unseen(group, PROMISES)
        right = np.array([sample.right for sample in group], dtype=float)
        weights = np.array([sample.weight for sample in group])
        error, low, high = _error_interval(said, right, weights)
        rows.append(
            (name, f"{weights.sum():.0f}", f"{error:.4f}", f"{low:.4f} - {high:.4f}", f"{brier(said, right):.4f}")
        )
        for promise in PROMISES:
            chosen = accepted[promise]
            n, wrong = float(weights[chosen].sum()), float((weights * (1 - right))[chosen].sum())
            bound = f"{upper_bound(wrong, n):.2%}" if n else "-"
            of_odometers = f"{(weights * right)[chosen].sum() / odometers + wrong / odometers:.1%}" if n else "none"
            cuts.append(
                (
                    name,
                    f"{promise:.1%}",
                    f"{n:.0f}",
                    of_odometers,
                    f"{wrong:.1f}",
                    f"{wrong / n:.2%}" if n else "-",
                    bound,
                )
            )
    print_table("Odometers: what is said against what is right", ("readings", "n", "ECE", "95 %", "Brier"), rows)
    print_table(
        f"Odometers: accepted at a promise, threshold from other vehicles' photos ({odometers} odometers)",
        ("readings", "promise", "accepted", "of odometers", "wrong", "share", "95 % bound"),
        cuts,
    )


def _unseen(group: Sequence[Sample], promises: Sequence[float]) -> tuple[Numbers, dict[float, np.ndarray]]:
    """Return each sample's probability, and whether it is accepted at each promise, by fits on other groups."""
    folds = dealt([sample.group for sample in group])
    said = np.empty(len(group))
    accepted = {promise: np.zeros(len(group), dtype=bool) for promise in promises}
    for fold in range(FOLDS):
        test = np.flatnonzero(folds == fold)
        others = [sample for sample, of in zip(group, folds, strict=True) if of != fold]
        calibration: Calibration = fit(others, "odometer", "odometer_reading", "others")
        said[test] = [calibration.probability(group[int(i)].features) for i in test]
        for promise in promises:
            cut = threshold(calibration, promise)
            accepted[promise][test] = False if cut is None else said[test] >= cut.probability
    return said, accepted


def _error_interval(said: Numbers, right: Numbers, weights: Numbers) -> tuple[float, float, float]:
    """Return the expected calibration error in bins of equal mass, and its 95 % bootstrap interval."""
    whole = expected_error(bins(said, right, weights))
    rng = random.Random(1)
    found = []
    for _ in range(RESAMPLES):
        drawn = np.array(rng.choices(range(len(said)), k=len(said)))
        found.append(expected_error(bins(said[drawn], right[drawn], weights[drawn])))
    found.sort()
    return whole, found[round(0.025 * RESAMPLES)], found[round(0.975 * RESAMPLES) - 1]


if __name__ == "__main__":
    main()
