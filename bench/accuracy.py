"""How often readings are right on labelled photos: `python -m bench.accuracy [--data DIR] [--readings PATH]`.

Displays are read by each engine side by side, TRODO's those alone that our reader was not trained on;
`odometer_ir_cars` was never fitted on. The rules for receipts were written while looking at `receipts_sroie`.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

from bench.displays import measure_displays
from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, data_folder, photos
from bench.readings import Readings
from capture.events import Understanding
from capture.events.base import Hint
from capture.reading import Reading
from capture.receipt import read_receipt
from capture.stated import understand_all
from extractors import engine_names
from worker.labelled import LabelledPhoto

ENGINES = ("odometer", "rapid_ocr", "tesseract")
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
    parser.add_argument("--engine", dest="engines", action="append", choices=engine_names(),
                        help="this engine alone (may be repeated); else odometer, rapid_ocr and tesseract")  # fmt: skip
    parser.add_argument("--set", dest="sets", action="append", choices=SETS, help="this set alone; may be repeated")
    parser.add_argument("--limit", type=int, help="the first so many photos of each set")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    if folder is None:
        print(f"No labelled photos here: give --data or set {DATA_VARIABLE}.")
        return
    engines = [Readings(name, arguments.readings) for name in arguments.engines or ENGINES]
    for set_name in arguments.sets or SETS:
        labelled = list(photos(folder, set_name))[: arguments.limit]
        if not labelled:
            print(f"{set_name}: not there.")
        elif set_name.startswith("odometer"):
            measure_displays(set_name, labelled, engines)
        else:
            for readings in engines:
                if readings.engine != "odometer":
                    measure_receipts(set_name, labelled, readings)


def understood(reading: Reading) -> Understanding:
    """Return what one reading says, whatever it is of."""
    return understand_all({reading.subject: reading}, Hint())


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
