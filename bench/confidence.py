"""Fit `capture/confidence_table.py` on labelled odometers: `python -m bench.confidence [--data DIR] [--readings PATH]`.

Only odometers are fitted: too few fuel slips and no maintenance invoices are labelled. `odometer_ir_cars` is
for testing alone and takes no part. What is printed is out of fold: each photo is judged with a table made
of the other four fifths; once with folds by the reading, once with readings that lie close together, so are
likely of one vehicle, in one fold. Our own reader is fitted on photos alone that it was not trained on: those held out,
or, with `--readings` of `python -m bench.odometer --folds DIR --write FILE`, all of them.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.accuracy import is_right
from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, data_folder, held_out, photos, tenths_marks
from bench.readings import Readings
from capture import confidence_table
from capture.confidence import ENOUGH_PHOTOS
from capture.events import odometer_reading
from capture.events.base import Hint
from extractors import engine_names
from worker.labelled import LabelledPhoto

SET_NAME = "odometer_trodo"
FOLDS = 5
NEAR_READINGS = 200
"""Kilometres that a courier's vehicle drives between two photos, about."""

BANDS = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01))
TABLE_PATH = Path(confidence_table.__file__)

Table = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Outcome:
    """One photo on which a reading was given."""

    file: str
    signal: str
    right: bool
    display: str


def main() -> None:
    """Fit the table of one engine, print how it holds out of fold, and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--readings", type=Path, help="cached readings: a folder with one SET.jsonl each, or one file")
    parser.add_argument("--engine", default="rapid_ocr", choices=engine_names())
    parser.add_argument("--every", type=int, default=1, help="use each so many-th photo alone (slow engines)")
    parser.add_argument("--dry-run", action="store_true", help="print alone, write nothing")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    labelled = list(photos(folder, SET_NAME))[:: arguments.every] if folder else []
    if arguments.engine == "odometer" and arguments.readings is None:
        unseen = held_out()
        labelled = [photo for photo in labelled if photo.file in unseen]
    if not labelled:
        print(f"No labelled photos of {SET_NAME} here: give --data or set {DATA_VARIABLE}.")
        return
    readings = Readings(arguments.engine, arguments.readings)
    outcomes, looked_at = gather(labelled, readings)
    print(f"{looked_at} photos, {len(outcomes)} with a reading.")
    report(outcomes, folds_of(labelled, 0), "the reading")
    report(outcomes, folds_of(labelled, NEAR_READINGS), f"readings within {NEAR_READINGS} of one another")
    if not arguments.dry_run:
        folds = arguments.engine == "odometer" and arguments.readings is not None
        how = ", read out of fold, by weights that never saw the vehicle" if folds else ""
        text = render(arguments.engine, readings.extractor.model() + how, looked_at, fit(outcomes))
        TABLE_PATH.write_text(text, encoding="utf-8")
        print(f"\nWrote {TABLE_PATH.name}.")


def gather(labelled: list[LabelledPhoto], readings: Readings) -> tuple[list[Outcome], int]:
    """Return what came of each photo with a reading, and how many photos were looked at."""
    outcomes, looked_at, marks = [], 0, tenths_marks()
    for photo, reading in readings.of(SET_NAME, labelled):
        looked_at += 1
        if reading.subject == "display":
            candidate = odometer_reading.from_display(reading, None, Hint())
        else:
            candidate = odometer_reading.from_reading(reading, Hint())
        if candidate is not None:
            display = photo.kind if photo.kind != "odometer" else str(photo.details.get("display_type"))
            outcomes.append(Outcome(photo.file, candidate.signal, is_right(photo, candidate.payload, marks), display))
    return outcomes, looked_at


def folds_of(labelled: Iterable[LabelledPhoto], near: int) -> dict[str, int]:
    """Return each photo's fold, 0 to 4: readings `near` or less apart, in the display's unit, share one.

    The largest groups are dealt out first, each to the fold that is smallest then.
    """
    groups: list[list[str]] = []
    last = -1 - near
    for reading, file in sorted((int(photo.truth.get("reading") or -1), photo.file) for photo in labelled):
        if reading < 0 or reading - last > near:
            groups.append([])
        groups[-1].append(file)
        last = reading
    sizes = [0] * FOLDS
    folds: dict[str, int] = {}
    for group in sorted(groups, key=lambda files: (-len(files), files)):
        fold = sizes.index(min(sizes))
        sizes[fold] += len(group)
        folds.update(dict.fromkeys(group, fold))
    return folds


def fit(outcomes: Iterable[Outcome]) -> dict[str, tuple[int, int]]:
    """Count photos and right readings by class, classes with most photos first."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for outcome in outcomes:
        counts[outcome.signal][0] += 1
        counts[outcome.signal][1] += outcome.right
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    return {name: (n, right) for name, (n, right) in ordered}


def probability(table: Table, signal: str) -> float | None:
    """Return what `capture.confidence.assess` would say with this table."""
    n, right = table.get(signal, (0, 0))
    return (right + 1) / (n + 2) if n >= ENOUGH_PHOTOS else None


def out_of_fold(outcomes: Sequence[Outcome], folds: Mapping[str, int]) -> list[tuple[Outcome, float | None]]:
    """Judge each outcome with a table made of the other folds."""
    tables = [fit(outcome for outcome in outcomes if folds[outcome.file] != fold) for fold in range(FOLDS)]
    return [(outcome, probability(tables[folds[outcome.file]], outcome.signal)) for outcome in outcomes]


def brier(judged: Iterable[tuple[Outcome, float]]) -> float:
    """Return the mean squared error of probabilities, 0 (perfect) to 1. Source: G. W. Brier (1950)."""
    errors = [(probability - outcome.right) ** 2 for outcome, probability in judged]
    return sum(errors) / len(errors) if errors else float("nan")


def report(outcomes: Sequence[Outcome], folds: Mapping[str, int], how: str) -> None:
    """Print reliability by class and by band of probability, and the Brier score, all out of fold."""
    judged = [(outcome, p) for outcome, p in out_of_fold(outcomes, folds) if p is not None]
    print(f"\nFolds by {how}: {len(outcomes)} readings, {len(judged)} of a class with a number.")
    classes: dict[str, list[tuple[Outcome, float]]] = defaultdict(list)
    for outcome, p in judged:
        classes[outcome.signal].append((outcome, p))
    head = ("said", "drums", "class", "right / of", "share", "95 % (Wilson)")
    by_class = [_row(name, members) for name, members in sorted(classes.items(), key=lambda item: -len(item[1]))]
    print_table("By class (`drums`: analog displays, whose last drum may be tenths)", head, by_class)
    bands = [(low, high, [item for item in judged if low <= item[1] < high]) for low, high in BANDS]
    by_band = [_row(f"{low:.2f} - {min(1.0, high):.2f}", members) for low, high, members in bands if members]
    print_table("By what was said", head, by_band)
    base = sum(outcome.right for outcome, _ in judged) / len(judged) if judged else 0.0
    print(f"\nBrier score out of fold {brier(judged):.4f}; always saying the mean would score {base * (1 - base):.4f}.")


def _row(name: str, members: Sequence[tuple[Outcome, float]]) -> tuple[str, ...]:
    said = sum(p for _, p in members) / len(members)
    drums = sum(outcome.display == "analog" for outcome, _ in members)
    return f"{100 * said:.1f} %", str(drums), *share_row(name, sum(o.right for o, _ in members), len(members))


def render(engine: str, model: str, looked_at: int, table: Table) -> str:
    """Write the module: the tables of other engines stay as they are."""
    tables = {key: dict(value) for key, value in confidence_table.TABLE.items()}
    tables[engine, odometer_reading.TYPE] = dict(table)
    sources = dict(confidence_table.SOURCES)
    photos_with = sum(n for n, _ in table.values())
    sources[engine, odometer_reading.TYPE] = (
        f"{SET_NAME}: {looked_at} photos, {photos_with} with a reading; engine {model}; "
        "right is: all digits equal the label's, leading zeros dropped, and tenths told apart"
    )
    body = ['"""Labelled readings counted by class: generated by `python -m bench.confidence`, do not edit.', ""]
    body += [
        "Made with TRODO, a public vehicle odometers dataset for computer vision (Data in Brief, 2021).",
        '"""',
        "",
    ]
    body += ["from __future__ import annotations", "", "SOURCES: dict[tuple[str, str], str] = {"]
    for key, text in sorted(sources.items()):
        body += [f'    ("{key[0]}", "{key[1]}"): (', *(f'        "{part}"' for part in _wrap(text)), "    ),"]
    body += ["}", '"""By engine and event type: the photos, and the engine\'s model."""', ""]
    body += ["TABLE: dict[tuple[str, str], dict[str, tuple[int, int]]] = {"]
    for key in sorted(tables):
        body += [f'    ("{key[0]}", "{key[1]}"): {{']
        body += [f'        "{name}": ({n}, {right}),' for name, (n, right) in tables[key].items()]
        body += ["    },"]
    body += [
        "}",
        '"""By engine and event type, then by signal: photos with such a reading, and how many were right."""',
        "",
    ]
    return "\n".join(body)


def _wrap(text: str, width: int = 90) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return [*lines[:-1], lines[-1].rstrip()]


if __name__ == "__main__":
    main()
