"""Fit `capture/confidence_table.py` on labelled photos: `python -m bench.confidence --out-of-fold FILE ...`.

That file has our own reader's readings of TRODO by weights that never saw the photo's vehicle (`python -m
bench.odometer --folds DIR --write FILE`); `--held-out` has those of the shipped weights on photos that took no part in
their training (`--write FILE` alone); `--texts` is a folder with RapidOCR's lines of each set (SET.jsonl). What is
printed is out of fold too: each photo is judged by a fit that saw no photo of readings close to its own, so likely of
its vehicle. `odometer_ir_cars` is for testing alone and takes no part. Documents are fitted on `receipts_sroie`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from textwrap import wrap

from bench.accuracy import is_right
from bench.earlier import windows
from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, cached_readings, data_folder, photos, tenths_marks
from capture import confidence_table
from capture.calibration import WITH_HISTORY, Calibration, expected_error, named
from capture.confidence import DOCUMENT, field_features
from capture.documents.money import decimal_mark
from capture.events import odometer_reading, understand
from capture.events.base import Hint
from capture.fitting import Sample, fit
from capture.promise import threshold
from capture.reading import Reading
from worker.evaluation import NUMBERS, same_value
from worker.labelled import LabelledPhoto

DISPLAYS, RECEIPTS = "odometer_trodo", "receipts_sroie"
NEAR_READINGS = 200
"""Kilometres that a courier's vehicle drives between two photos, about."""

TABLE_PATH = Path(confidence_table.__file__)
DOCUMENT_FIELDS = ("total", "date", "merchant", "address")
PROMISES = (0.005, 0.01, 0.02, 0.05)


def main() -> None:
    """Fit, print how it holds out of fold, and write the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--out-of-fold", type=Path, required=True, help="our reader's readings of TRODO")
    parser.add_argument("--held-out", type=Path, required=True, help="the shipped weights' readings of photos held out")
    parser.add_argument("--texts", type=Path, required=True, help="folder with RapidOCR's lines of each set")
    parser.add_argument("--dry-run", action="store_true", help="print alone, write nothing")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    labelled = list(photos(folder, DISPLAYS)) if folder else []
    if folder is None or not labelled:
        print(f"No labelled photos of {DISPLAYS} here: give --data or set {DATA_VARIABLE}.")
        return
    texts = cached_readings(arguments.texts / f"{DISPLAYS}.jsonl", "rapid_ocr")
    displays = cached_readings(arguments.out_of_fold, "odometer")
    shipped = cached_readings(arguments.held_out, "odometer")
    fitted = [
        *display_calibrations(labelled, [displays, shipped], texts),
        text_calibration(labelled, texts),
        *field_calibrations(
            list(photos(folder, RECEIPTS)), cached_readings(arguments.texts / f"{RECEIPTS}.jsonl", "rapid_ocr")
        ),
    ]
    for calibration in fitted:
        report(calibration)
    if not arguments.dry_run:
        TABLE_PATH.write_text(render(fitted), encoding="utf-8")
        print(f"\nWrote {TABLE_PATH.name}.")


@dataclass(frozen=True)
class OdometerSamples:
    """Readings with their truth: as given, the same with a history of three, and every digit."""

    given: list[Sample]
    helped: list[Sample]
    digits: list[Sample]


def odometer_samples(
    labelled: Sequence[LabelledPhoto], readers: Sequence[dict[str, Reading]], texts: dict[str, Reading]
) -> OdometerSamples:
    """Return what our reader said of displays.

    `readers`: the readings of different weights, each of photos that they were not trained on. A photo counts once:
    in equal parts for each reader, and half with another engine's text beside it and half without, as both occur.
    """
    marks, groups = tenths_marks(), vehicles(labelled)
    found = OdometerSamples([], [], [])
    expected = windows(labelled, marks)
    for photo in labelled:
        displays = [readings[photo.file] for readings in readers if photo.file in readings]
        for display, text in product(displays, (None, texts.get(photo.file))):
            weight = 0.5 / len(displays)
            candidate = odometer_reading.from_display(display, text, Hint(vehicle_unit="km"))
            if candidate is not None and candidate.engine == display.engine:
                right = is_right(photo, candidate.payload, marks)
                found.given.append(Sample(candidate.features, candidate.signal, right, groups[photo.file], weight))
                every = right and str(candidate.payload["parsed_digits"]).lstrip("0") == photo.truth.get("reading")
                found.digits.append(Sample(candidate.features, "field", every, groups[photo.file], weight))
            window = expected.get(photo.file)
            seen = odometer_reading.from_display(display, text, Hint(vehicle_unit="km", expected_km=window))
            if seen is not None and seen.engine == display.engine and seen.signal == WITH_HISTORY:
                right = is_right(photo, seen.payload, marks)
                found.helped.append(Sample(seen.features, seen.signal, right, groups[photo.file], weight))
    return found


def display_calibrations(
    labelled: Sequence[LabelledPhoto], readers: Sequence[dict[str, Reading]], texts: dict[str, Reading]
) -> Iterator[Calibration]:
    """Yield our reader's calibrations: of readings as given, the same with a history of three, and of every digit."""
    samples = odometer_samples(labelled, readers, texts)
    model = next(iter(readers[-1].values())).model
    source = f"{DISPLAYS}, photos of vehicles or readings that took no part in training, {model}"
    photos_seen = len(labelled)
    yield fit(samples.given, "odometer", odometer_reading.TYPE, source, photos=photos_seen)
    yield fit(samples.helped, "odometer", odometer_reading.TYPE, source, field=WITH_HISTORY, photos=photos_seen)
    yield fit(samples.digits, "odometer", odometer_reading.TYPE, source, field="parsed_digits", photos=photos_seen)


def text_calibration(labelled: Sequence[LabelledPhoto], texts: dict[str, Reading]) -> Calibration:
    """Return the calibration of odometers that RapidOCR alone read."""
    marks, groups, samples = tenths_marks(), vehicles(labelled), []
    for photo in labelled:
        candidate = odometer_reading.from_reading(texts[photo.file], Hint(vehicle_unit="km"))
        if candidate is not None:
            right = is_right(photo, candidate.payload, marks)
            features = named(candidate.features, candidate.signal)
            samples.append(Sample(features, candidate.signal, right, groups[photo.file]))
    return fit(samples, "rapid_ocr", odometer_reading.TYPE, DISPLAYS, photos=len(labelled))


def field_calibrations(labelled: Sequence[LabelledPhoto], texts: dict[str, Reading]) -> Iterator[Calibration]:
    """Yield the calibrations of what is printed on every receipt."""
    for name in DOCUMENT_FIELDS:
        samples = []
        for photo in labelled:
            truth, field = photo.truth.get(name), understand(texts[photo.file], Hint()).fields.get(name)
            if truth is None or field is None:
                continue
            mark = decimal_mark(str(photo.truth[key]) for key in NUMBERS if photo.truth.get(key) is not None)
            right = same_value(name, str(truth), field.value, mark)
            samples.append(Sample(field_features(field), "field", right, photo.file))
        yield fit(samples, "rapid_ocr", DOCUMENT, RECEIPTS, field=name, photos=len(labelled))


def vehicles(labelled: Iterable[LabelledPhoto]) -> dict[str, str]:
    """Return each photo's group: readings so close to one another that they are likely of one vehicle share one."""
    groups: dict[str, str] = {}
    last, name = -1 - NEAR_READINGS, ""
    for reading, file in sorted((int(photo.truth.get("reading") or -1), photo.file) for photo in labelled):
        if reading < 0 or reading - last > NEAR_READINGS:
            name = file
        groups[file] = name
        last = reading
    return groups


def report(calibration: Calibration) -> None:
    """Print reliability and what promises cost, all out of fold."""
    what = f"{calibration.engine}, {calibration.event_type} {calibration.field}".strip()
    rows = [
        (
            f"{one.low:.3f} - {one.high:.3f}",
            f"{100 * one.mean:.1f} %",
            *share_row("", round(one.right), round(one.n))[1:],
        )
        for one in calibration.bins
    ]
    title = (
        f"{what}: {calibration.readings} readings, expected calibration error {expected_error(calibration.bins):.4f}"
    )
    print_table(title, ("said", "on average", "right / of", "share", "95 % (Wilson)"), rows)
    if not calibration.curve:
        return
    cuts = [(error, threshold(calibration, error)) for error in PROMISES]
    print_table(
        f"{what}: what a promise gives",
        ("at most wrong", "from", "accepted", "of all photos", "wrong", "bound"),
        [
            (f"{error:.1%}", "none", "-", "-", "-", "-") if cut is None
            else (f"{error:.1%}", f"{cut.probability:.4f}", f"{cut.accepted:.0f}", f"{cut.automation:.1%}",
                  f"{cut.wrong:.1f}", f"{cut.bound:.2%}")
            for error, cut in cuts
        ],
    )  # fmt: skip


def render(fitted: Iterable[Calibration]) -> str:
    """Return the module's text."""
    dumped = [json.dumps(calibration.model_dump(mode="json")) for calibration in fitted]
    lines = "\n".join("\n".join(wrap(one, 116, break_on_hyphens=False)) + "\n" for one in dumped)
    return f'''"""What labelled photos say of engines' readings: generated by `python -m bench.confidence`, do not edit.

Made with TRODO, a public vehicle odometers dataset for computer vision (Data in Brief, 2021; CC BY 4.0), and SROIE
(ICDAR 2019): counts and weights, no photo and no reading.
"""

from __future__ import annotations

from capture.calibration import Calibration

_DATA = """
{lines}"""

CALIBRATIONS = {{
    (one.engine, one.event_type, one.field): one
    for one in (Calibration.model_validate_json(part.replace("\\n", " ")) for part in _DATA.split("\\n\\n"))
}}
"""By engine, event type and field; the field is empty for the whole event."""
'''


if __name__ == "__main__":
    main()
