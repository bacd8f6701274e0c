"""How often readings are right on labelled photos: `python -m bench.accuracy [--data DIR] [--readings PATH]`.

Displays are read by each engine side by side, TRODO's those alone that our reader was not trained on;
`odometer_ir_cars` was never fitted on. The rules for receipts were written while looking at `receipts_sroie`.
`--styles held-out` generates slips in styles that no rule was written on.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.displays import measure_displays
from bench.labels import DATA_VARIABLE, data_folder, photos
from bench.readings import Readings
from bench.receipts import measure_receipts
from bench.slips import STYLES, measure_styles
from extractors import engine_names
from worker.evaluation import right_as_given
from worker.labelled import LabelledPhoto

ENGINES = ("odometer", "rapid_ocr", "tesseract")
SETS = ("odometer_trodo", "odometer_ir_cars", "receipts_sroie")


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
    parser.add_argument("--styles", choices=sorted(STYLES), help="generated slips in these styles, and no labelled set")
    parser.add_argument("--count", type=int, default=36, help="how many slips are generated")
    parser.add_argument("--seed", type=int, default=41, help="what they are generated from")
    arguments = parser.parse_args()
    if arguments.styles:
        for name in arguments.engines or ENGINES:
            if name != "odometer":
                measure_styles(arguments.styles, arguments.count, arguments.seed, name)
        return
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
                    measure_receipts(f"{set_name} ({readings.engine})", readings.of(set_name, labelled))


def is_right(photo: LabelledPhoto, payload: dict[str, Any] | None, marks: dict[str, bool]) -> bool:
    """Tell if the reading is the label's, as precisely as it is given; without an odometer nothing is right."""
    if payload is None or photo.kind != "odometer":
        return False
    return right_as_given(payload, str(photo.truth.get("reading")), tenths=marks.get(photo.file))


if __name__ == "__main__":
    main()
