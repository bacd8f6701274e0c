"""What may be trusted without a person: `python -m bench.trust [--out-of-fold FILE --held-out FILE --texts FOLDER]`.

The first tables need readings of TRODO that our reader was not trained on (see `bench.confidence`): how far stated
probabilities are from what was right, and what a promise of 1 % accepts, each photo judged by a calibration and a
threshold that saw no photo of its vehicle. The others need nothing: a simulated year of a hundred vehicles and six
hundred planted faults (`fixtures.fleet_year`, frozen before the rules were written).
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.accuracy import is_right
from bench.confidence import odometer_samples
from bench.faults import measure_faults, measure_invoice, measure_year
from bench.figures import print_table
from bench.labels import DATA_VARIABLE, cached_readings, data_folder, photos, tenths_marks
from capture.agreement import KEYED_WITHIN_KM
from capture.bundle_evidence import LEAST_ALONE
from capture.calibration import Calibration, expected_error
from capture.confidence import Trust
from capture.events import odometer_reading
from capture.events.base import Hint
from capture.fitting import FOLDS, Numbers, Sample, bins, brier, dealt, fit
from capture.intervals import upper_bound
from capture.promise import threshold
from fixtures.fleet_year import FIGURES_SEED

SET_NAME = "odometer_trodo"
PROMISES = (0.005, 0.01, 0.02)
RESAMPLES = 2_000
HINT = Hint(vehicle_unit="km")


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
        measure_stops(folder, arguments.out_of_fold, arguments.held_out, arguments.texts)
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


class Doubted(NamedTuple):
    """One reading. `said`: its probability by the shipped calibration; `apart_km`: from the truth, None without one."""

    engine: str
    said: float
    right: bool
    apart_km: float | None
    weight: float


def measure_stops(folder: Path, out_of_fold: Path, held_out: Path, texts: Path) -> None:
    """Print what bounds the raise by a stop: how often a misread odometer equals a keyed one, and who is doubtful.

    A number that is keyed in rightly equals a wrong reading where that is near the truth (`capture.bundle_evidence`).
    """
    found = list(_doubted(folder, out_of_fold, held_out, texts))
    rows, bands = [], []
    for name in ("odometer or its stand-in", "rapid_ocr alone"):
        group = [one for one in found if one.engine == name]
        wrong = [one for one in group if not one.right and one.apart_km is not None]
        n = sum(one.weight for one in wrong)
        near = sum(one.weight for one in wrong if (one.apart_km or 0.0) <= KEYED_WITHIN_KM)
        rows.append((name, f"{n:.1f}", f"{near:.1f}", f"{upper_bound(near, n):.2%}"))
        for low, high in itertools.pairwise((0.5, LEAST_ALONE, 0.9, 1.0)):
            here = [one for one in group if low <= one.said < high]
            total = sum(one.weight for one in here)
            said = sum(one.weight * (1 - one.said) for one in here)
            bad = sum(one.weight for one in here if not one.right)
            bands.append((name, f"{low:.1f} - {high:.1f}", f"{total:.1f}", f"{said:.1f}", f"{bad:.1f}"))
    title = f"Odometers misread: within {KEYED_WITHIN_KM:.0f} km of the truth, where a keyed number would confirm them"
    print_table(title, ("read by", "misread", "near the truth", "95 % bound"), rows)
    print_table(
        "Odometers by their own probability: wrong ones expected by what is said, and found",
        ("read by", "said", "n", "expected", "wrong"),
        bands,
    )


def _doubted(folder: Path, out_of_fold: Path, held_out: Path, texts: Path) -> Iterator[Doubted]:
    judge, marks = Trust(), tenths_marks()
    words = cached_readings(texts / f"{SET_NAME}.jsonl", "rapid_ocr")
    readers = [cached_readings(out_of_fold, "odometer"), cached_readings(held_out, "odometer")]
    for photo in photos(folder, SET_NAME):
        displays = [readings[photo.file] for readings in readers if photo.file in readings]
        for name, candidate, weight in (
            *(
                ("odometer or its stand-in", odometer_reading.from_display(display, text, HINT), 0.5 / len(displays))
                for display, text in itertools.product(displays, (None, words.get(photo.file)))
            ),
            ("rapid_ocr alone", odometer_reading.from_reading(words[photo.file], HINT), 1.0),
        ):
            said = None if candidate is None else judge.assess(candidate).probability
            if candidate is not None and said is not None:
                apart = None
                if photo.truth.get("reading"):
                    true_km = int(photo.truth["reading"]) / (10 if marks.get(photo.file) else 1)
                    apart = abs(candidate.payload["reading"] - true_km)
                yield Doubted(name, said, is_right(photo, candidate.payload, marks), apart, weight)


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
