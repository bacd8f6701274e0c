"""Labelled photos -> the odometer reader's weights: `python -m training.odometer --data DIR [--quick] [--resume]`.

`--fold 1/3` holds out the first third of the vehicles instead of the split, and trains for a shorter time; with all
folds trained, every photo can be read by weights that never saw its vehicle: `python -m bench.odometer --folds`.

Writes two ONNX files beside its checkpoints; the ones in use stay as they are. What is held out by the split is never
trained on; its scores are printed and drawn as curves.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from extractors.odo.view import LINE_HEIGHT_PX, LINE_WIDTH_PX
from training import clutter, locator, reader, synthetic
from training.cache import Patches, Photos, build
from training.export import export
from training.labels import Labelled, fold_by_vehicle, load, read_split, split_by_reading, write_split
from training.loop import fit
from training.networks import Locator, Reader

HERE = Path(__file__).resolve().parent
TENTHS = HERE / "labels" / "tenths.jsonl"
SPLIT = HERE / "splits" / "by_reading.json"


@dataclass(frozen=True)
class Effort:
    """How long to train: epochs of each cycle, and how many lines and whole dashboards to draw."""

    locator: tuple[int, ...]
    reader: tuple[int, ...]
    drawn: int
    scenes: int


FULL = Effort(locator=(40,), reader=(40,), drawn=9000, scenes=900)
FOLD = Effort(locator=(20,), reader=(24,), drawn=9000, scenes=900)
QUICK = Effort(locator=(7,), reader=(8,), drawn=600, scenes=80)
"""Ends within ten minutes on two cores; shows that all works, and reads some photos."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train both networks and write their weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with labels.jsonl and the photos")
    parser.add_argument(
        "--work", type=Path, default=Path("build") / "training", help="decoded photos, checkpoints, curves"
    )
    parser.add_argument("--out", type=Path, help="where the ONNX files go (default: beside the checkpoints)")
    parser.add_argument("--split", type=Path, help="JSON file of a split (default: the one beside this module)")
    parser.add_argument("--quick", action="store_true", help="ten minutes")
    parser.add_argument("--fold", type=_fold, metavar="K/N", help="hold out the K-th of N parts, whole vehicles each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoints")
    parser.add_argument("--only", choices=("locator", "reader"), help="one network alone")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    torch.use_deterministic_algorithms(mode=True)
    effort = QUICK if given.quick else FOLD if given.fold else FULL
    labels = load(given.data, TENTHS)
    held = held_out(labels, given)
    photos, patches = build(given.data, labels, given.work / "photos")
    drawn = locator.Drawn(
        synthetic.patches(effort.drawn, given.seed, given.work / "drawn"),
        clutter.scenes(effort.scenes, given.seed, given.work / "drawn"),
    )
    name = f"fold_{given.fold[0]}_of_{given.fold[1]}" if given.fold else "quick" if given.quick else "full"
    folder = given.work / name
    out = given.out or folder
    out.mkdir(parents=True, exist_ok=True)
    write_split(out / "held_out.json", held, seed=given.seed, rule="these weights were not trained on them")
    if given.only != "reader":
        train_locator(photos, labels, drawn, held, effort, folder, out, given)
    if given.only != "locator":
        train_reader(patches, drawn.lines, held, effort, folder, out, given)
    print(f"The weights are in {out}; copied into extractors/models, they are the ones in use.")


def held_out(labels: Sequence[Labelled], given: argparse.Namespace) -> set[str]:
    """Return the files to hold out: the fold's, the given split's, ours if it is of these photos, else a new one's."""
    if given.fold:
        part, parts = given.fold
        return set(fold_by_vehicle(labels, given.seed, parts)[part - 1])
    held = read_split(given.split or SPLIT)
    if given.split is not None or held <= {label.file for label in labels}:
        return held
    fresh = split_by_reading(labels, given.seed)
    write_split(given.work / "split.json", fresh, seed=given.seed, rule="clusters of near readings")
    return set(fresh)


def _fold(text: str) -> tuple[int, int]:
    part, parts = (int(number) for number in text.split("/"))
    if not 1 <= part <= parts:
        message = f"{text} is not 1/N to N/N"
        raise argparse.ArgumentTypeError(message)
    return part, parts


def train_locator(
    photos: Photos, labels: Sequence[Labelled], drawn: locator.Drawn, held: set[str], effort: Effort, folder: Path,
    out: Path, given: argparse.Namespace,
) -> None:  # fmt: skip
    """Train the locator and write `odometer_locator.onnx`."""
    train, test = _rows([label.file for label in labels], held)
    torch.manual_seed(given.seed)
    plan = locator.plan(photos, labels, drawn, train, test, cycles=effort.locator)
    network = fit(Locator(), plan, folder, seed=given.seed, resume=given.resume)
    example = torch.zeros(1, 3, 480, 640)
    export(network, out / "odometer_locator.onnx", example, ["maps"], any_size=True)


def train_reader(
    patches: Patches, drawn: Patches, held: set[str], effort: Effort, folder: Path, out: Path,
    given: argparse.Namespace,
) -> None:  # fmt: skip
    """Train the reader and write `odometer_digits.onnx`."""
    train, test = _rows([patch.file for patch in patches.patches], held)
    torch.manual_seed(given.seed)
    plan = reader.plan(patches, drawn, train, test, cycles=effort.reader)
    network = fit(Reader(), plan, folder, seed=given.seed, resume=given.resume)
    example = torch.zeros(2, 3, LINE_HEIGHT_PX, LINE_WIDTH_PX)
    export(network, out / "odometer_digits.onnx", example, ["maps", "whole"], any_size=False)


def _rows(files: Sequence[str], held: set[str]) -> tuple[list[int], list[int]]:
    out = np.array([file in held for file in files])
    return np.flatnonzero(~out).tolist(), np.flatnonzero(out).tolist()


if __name__ == "__main__":
    main()
