"""How often readings are right on labelled photos: `python -m bench.accuracy [--data DIR] [--readings PATH]`.

The rules of `capture` were written while looking at `odometer_trodo` and `receipts_sroie`: figures on those
are of photos that were seen. `odometer_ir_cars` was never fitted on.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, data_folder, photos, tenths_marks
from bench.readings import Readings
from capture.events import Understanding, understand
from capture.events.base import Hint
from capture.reading import Reading
from capture.receipt import read_receipt
from extractors import engine_names
from worker.labelled import LabelledPhoto

SETS = ("odometer_trodo", "odometer_ir_cars", "receipts_sroie")
FUEL_NAMES = ("total", "volume", "volume_unit", "unit_price", "date")
RECEIPT_NAMES = ("total", "date", "currency", "merchant", "address")
HEAD = ("what", "right / of", "share", "95 % (Wilson)")


def main() -> None:
    """Print a table for each set that is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--readings", type=Path, help="cached readings: a folder with one SET.jsonl each, or one file")
    parser.add_argument("--engine", default="rapid_ocr", choices=engine_names())
    parser.add_argument("--set", dest="sets", action="append", choices=SETS, help="this set alone; may be repeated")
    parser.add_argument("--limit", type=int, help="the first so many photos of each set")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    if folder is None:
        print(f"No labelled photos here: give --data or set {DATA_VARIABLE}.")
        return
    readings = Readings(arguments.engine, arguments.readings)
    for set_name in arguments.sets or SETS:
        labelled = list(photos(folder, set_name))[: arguments.limit]
        if not labelled:
            print(f"{set_name}: not there.")
        elif set_name.startswith("odometer"):
            measure_odometers(set_name, labelled, readings)
        else:
            measure_receipts(set_name, labelled, readings)


def measure_odometers(set_name: str, labelled: list[LabelledPhoto], readings: Readings) -> None:
    """Print how many odometers were read exactly, what the event rule lets through, and false readings."""
    counts: Counter[tuple[str, str]] = Counter()
    marks = tenths_marks()
    for photo, reading in readings.of(set_name, labelled):
        group = photo.kind if photo.kind != "odometer" else f"odometer, {photo.details.get('display_type')}"
        payload = odometer_payload(understood(reading))
        counts[group, "n"] += 1
        counts[group, "given"] += payload is not None
        counts[group, "right"] += is_right(photo, payload, marks)
    rows = []
    for group in sorted({group for group, _ in counts}):
        n = counts[group, "n"]
        if group.startswith("odometer"):
            rows.append(share_row(f"{group}: exact", counts[group, "right"], n))
            rows.append(share_row(f"{group}: exact of those given", counts[group, "right"], counts[group, "given"]))
        else:
            rows.append(share_row(f"{group}: no reading given", n - counts[group, "given"], n))
    print_table(f"{set_name} ({readings.engine})", HEAD, rows)


def understood(reading: Reading) -> Understanding:
    """Return what a reading says, whether of text or of a display."""
    if reading.subject == "display":
        return understand(None, Hint(), reading)
    return understand(reading, Hint())


def odometer_payload(said: Understanding) -> dict[str, Any] | None:
    """Return the payload of the odometer event; None if there was none."""
    found = [candidate.payload for candidate in said.candidates if candidate.event_type == "odometer_reading"]
    return found[0] if found else None


def is_right(photo: LabelledPhoto, payload: dict[str, Any] | None, marks: dict[str, bool]) -> bool:
    """Tell if digits and tenths are the label's; on a photo without an odometer nothing is right."""
    if payload is None or photo.kind != "odometer":
        return False
    digits = str(payload["parsed_digits"]).lstrip("0") or "0"
    tenths = marks.get(photo.file, isinstance(payload["reading"], float))
    return digits == photo.truth.get("reading") and tenths == isinstance(payload["reading"], float)


def measure_receipts(set_name: str, labelled: list[LabelledPhoto], readings: Readings) -> None:
    """Print how many fields of receipts and fuel slips were right, and how many others were taken for fuel."""
    counts: Counter[tuple[str, str]] = Counter()
    for photo, reading in readings.of(set_name, labelled):
        receipt = read_receipt(reading)
        said = understood(reading)
        types = {candidate.event_type for candidate in said.candidates}
        for name in RECEIPT_NAMES:
            _count(counts, name, photo.truth.get(name), receipt.fields[name].value if name in receipt.fields else None)
        if photo.kind == "fuel_purchase":
            counts["fuel: taken for fuel", "n"] += 1
            counts["fuel: taken for fuel", "right"] += types == {"fuel_purchase"}
            for name in FUEL_NAMES:
                field = said.fields.get(name)
                _count(counts, f"fuel: {name}", photo.truth.get(name), field.value if field else None)
        else:
            counts["others: taken for no event", "n"] += 1
            counts["others: taken for no event", "right"] += not types
    names = list(dict.fromkeys(name for name, _ in counts))
    rows = [share_row(name, counts[name, "right"], counts[name, "n"]) for name in names]
    print_table(f"{set_name} ({readings.engine})", HEAD, rows)


def _count(counts: Counter[tuple[str, str]], name: str, truth: str | None, value: str | None) -> None:
    """Count one field; a field without a label is left out. Texts are compared by letters and digits alone."""
    if truth is None:
        return
    counts[name, "n"] += 1
    if name in {"merchant", "address"}:
        counts[name, "right"] += value is not None and _letters(value) == _letters(truth)
    else:
        counts[name, "right"] += value == truth


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


if __name__ == "__main__":
    main()
