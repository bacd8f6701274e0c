"""How often our odometer reader is right, whole photos in: `python -m bench.odometer [--data DIR] [--split held_out]`.

"Exact" means that the displayed digits are the label's and, where the label's drums are marked, that tenths are told
apart. `--split held_out` shows photos that training never saw; odometer_ir_cars was never trained on at all.
`--folds build/training` reads each photo with the weights of the fold that never saw its vehicle (training/README.md).
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, data_folder, held_out, photos, tenths_marks
from capture.errors import ImageError
from capture.image import Limits, PageImage, open_document
from capture.reading import Reading
from extractors import EngineOptions
from extractors.odo.result import OdometerResult
from extractors.odometer import make, spans_of
from worker.labelled import LabelledPhoto

SETS = ("odometer_trodo", "odometer_ir_cars")
HEAD = ("what", "count / of", "share", "95 % (Wilson)")
DARK, PALE = 45.0, 170.0
"""Mean grey level of the whole photo, 0 to 255."""


@dataclass(frozen=True)
class Outcome:
    """One photo as read. `exact`, `digits`: as a reading, whatever the verdict. `seconds`: decoding, reading."""

    photo: LabelledPhoto
    result: OdometerResult
    reading: Reading
    digits: bool
    exact: bool
    condition: str
    seconds: tuple[float, float]

    @property
    def given(self) -> bool:
        """Whether the photo was said to show an odometer."""
        return self.result.verdict == "odometer"


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--split", choices=("held_out", "trained", "all"), default="held_out")
    parser.add_argument("--weights", type=Path, help="folder of other weights than those in use")
    parser.add_argument("--folds", type=Path, help="folder with the weights of all folds: read odometer_trodo by them")
    parser.add_argument("--write", type=Path, help="write the readings to this JSON lines file")
    parser.add_argument("--set", dest="sets", action="append", choices=SETS)
    parser.add_argument("--failures", type=Path, help="write what was read wrongly to this JSON lines file")
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    if folder is None:
        print(f"No labelled photos here: give --data or set {DATA_VARIABLE}.")
        return
    everything: list[Outcome] = []
    if arguments.folds:
        chosen = list(photos(folder, "odometer_trodo"))[: arguments.limit]
        everything += out_of_fold(chosen, arguments.folds)
        print_outcomes("odometer_trodo, each vehicle by weights that never saw it", everything)
    held = held_out()
    for set_name in () if arguments.folds else arguments.sets or SETS:
        chosen = [
            photo
            for photo in photos(folder, set_name)
            if set_name != "odometer_trodo"
            or arguments.split == "all"
            or (photo.file in held) == (arguments.split == "held_out")
        ][: arguments.limit]
        outcomes = list(outcomes_of(chosen, arguments.weights))
        shown = arguments.split if set_name == "odometer_trodo" else "all, never trained on"
        print_outcomes(f"{set_name}, {shown}", outcomes)
        everything += outcomes
    if arguments.failures:
        wrong = [one for one in everything if not one.exact and (one.photo.kind == "odometer" or one.given)]
        arguments.failures.write_text("".join(json.dumps(failure(one)) + "\n" for one in wrong), "utf-8")
    if arguments.write:
        rows = [
            {"file": one.photo.file, "reading": one.reading.model_dump(), "odometer": one.result.odometer_probability}
            for one in everything
        ]
        arguments.write.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def out_of_fold(chosen: list[LabelledPhoto], folds: Path) -> Iterator[Outcome]:
    """Read each photo with the weights, of those in `fold_*`, that were not trained on it."""
    for folder in sorted(folds.glob("fold_*")):
        unseen = set(json.loads((folder / "held_out.json").read_text(encoding="utf-8"))["held_out"])
        yield from outcomes_of([photo for photo in chosen if photo.file in unseen], folder)


def outcomes_of(chosen: list[LabelledPhoto], weights: Path | None = None) -> Iterator[Outcome]:
    """Read each photo, with the weights in use or those in a folder."""
    engine = make(EngineOptions(odometer_weights=str(weights or "")))
    engine.result(PageImage(0, _blank(), ""))  # loads the weights
    tenths = tenths_marks()
    for photo in chosen:
        started = time.perf_counter()
        try:
            page = open_document(photo.path.read_bytes(), Limits()).pages[0]
        except ImageError as error:
            print(f"{photo.file}: {error.fact}")
            continue
        decoded = time.perf_counter()
        result = engine.result(page)
        seconds = (decoded - started, time.perf_counter() - decoded)
        digits, exact = judge(photo, result, tenths)
        reading = Reading(
            engine=engine.name,
            model=engine.model(),
            subject=engine.subject,
            spans=spans_of(result, page),
            page_sizes=(page.size,),
            duration_ms=round(1000 * sum(seconds)),
        )
        yield Outcome(photo, result, reading, digits, exact, _condition(page), seconds)


def judge(photo: LabelledPhoto, result: OdometerResult, tenths: dict[str, bool]) -> tuple[bool, bool]:
    """Tell if the best hypothesis has the label's digits, and if it is exact."""
    if photo.kind != "odometer" or not result.hypotheses:
        return False, False
    best = result.hypotheses[0]
    digits = (best.digits.lstrip("0") or "0") == photo.truth["reading"]
    return digits, digits and tenths.get(photo.file, best.tenths) == best.tenths


def print_outcomes(title: str, outcomes: list[Outcome]) -> None:
    """Print the shares by kind of display and by condition, and the time."""
    read = [one for one in outcomes if one.photo.kind == "odometer"]
    groups = {"all odometers": read}
    for one in read:
        groups.setdefault(str(one.photo.details.get("display_type")), []).append(one)
        groups.setdefault(one.condition, []).append(one)
    rows = []
    for name, group in groups.items():
        count: Counter[str] = Counter()
        for one in group:
            count.update({"exact": int(one.exact), "digits": int(one.digits), "given": int(one.given)})
            count["wrong"] += one.given and not one.exact
        rows.append(share_row(f"{name}: exact", count["exact"], len(group)))
        rows.append(share_row(f"{name}: digits right, tenths or not", count["digits"], len(group)))
        rows.append(share_row(f"{name}: said to be an odometer", count["given"], len(group)))
        rows.append(share_row(f"{name}: said to be an odometer, and wrong", count["wrong"], len(group)))
    others = [one for one in outcomes if one.photo.kind != "odometer"]
    if others:
        rows.append(share_row("trip only, said to be an odometer", sum(one.given for one in others), len(others)))
    print_table(title, HEAD, rows)
    decode, find = (sum(one.seconds[i] for one in outcomes) / max(1, len(outcomes)) for i in (0, 1))
    print(f"\nSeconds a photo on one thread: {decode:.3f} decoding, {find:.3f} reading.")


def failure(one: Outcome) -> dict[str, object]:
    """Describe what was read wrongly."""
    best = one.result.hypotheses[0] if one.result.hypotheses else None
    return {
        "file": one.photo.file, "truth": dict(one.photo.truth), "read": best and best.text,
        "probability": best and round(best.probability, 4), "odometer": one.result.odometer_probability,
        "verdict": one.result.verdict, "condition": one.condition,
    }  # fmt: skip


def _condition(page: PageImage) -> str:
    """Name the light by the photo's mean grey level."""
    level = page.image.convert("L").resize((1, 1)).getpixel((0, 0))
    assert isinstance(level, (int, float))
    return "dark photo" if level < DARK else "pale photo" if level > PALE else "even light"


def _blank() -> Image.Image:
    return Image.new("RGB", (64, 48))


if __name__ == "__main__":
    main()
