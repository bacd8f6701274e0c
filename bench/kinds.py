"""What documents are taken for: `python -m bench.kinds [--data DIR] [--readings DIR]`.

Prints a table of confusion for each set: rows are what the labels say, columns what the document was taken for,
and how many of each were flagged as unsure of their kind. The weights in
`capture/events/sorting.py` were set by hand while looking at these sets: the figures are of documents that were seen.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, data_folder, photos
from bench.readings import Readings
from capture.events import Understanding, understand
from capture.events.base import Hint, Kind
from capture.events.sorting import EVENT_OF, KINDS
from capture.image import Limits, open_document
from capture.reading import Reading, Span
from worker.labelled import LabelledPhoto, labelled_photos

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"

SETS = ("receipts_sroie", "odometer_trodo", "odometer_ir_cars")

KIND_OF_LABEL = {
    "odometer": "odometer_reading",
    "trip_only": "nothing",
    "unreadable": "nothing",
    "issue_report": "fault",
    "receipt": "other_receipt",
}
"""What a label's kind is called here. A fault above an odometer is a photo of the odometer."""

NOT_FUEL = "taken for fuel though they are not"


def main() -> None:
    """Print a table for each set that is there, and for the fixtures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--readings", type=Path, help="cached readings: a folder with one SET.jsonl each")
    parser.add_argument("--engine", default="rapid_ocr", help="the engine whose readings these are")
    parser.add_argument("--set", dest="sets", action="append", choices=(*SETS, "fixtures"), help="this set alone")
    parser.add_argument("--hint", choices=get_args(Kind), help="what the driver says of every one of them")
    arguments = parser.parse_args()
    hint = Hint(kind=arguments.hint)
    folder = data_folder(arguments.data)
    readings = Readings(arguments.engine, arguments.readings)
    for set_name in arguments.sets or (*SETS, "fixtures"):
        if set_name == "fixtures":
            measure(set_name, recorded_fixtures(), hint)
            continue
        labelled = [] if folder is None else list(photos(folder, set_name))
        if labelled:
            measure(set_name, readings.of(set_name, labelled), hint)
        else:
            print(f"{set_name}: not there; give --data or set {DATA_VARIABLE}.")


def measure(set_name: str, labelled: Iterator[tuple[LabelledPhoto, Reading]], hint: Hint) -> None:
    """Print what the documents of a set were taken for."""
    counts: Counter[tuple[str, str]] = Counter()
    unsure: Counter[str] = Counter()
    odd: list[str] = []
    for photo, reading in labelled:
        truth = "odometer_reading" if photo.truth.get("reading") else KIND_OF_LABEL.get(photo.kind, photo.kind)
        said = understand(reading, hint)
        taken = taken_for(said)
        counts[truth, taken] += 1
        unsure[truth] += any(flag.code == "kind_unsure" for c in said.candidates for flag in c.flags)
        if truth not in (taken, "odometer_reading"):
            assert said.sorting is not None
            why = "; ".join(evidence.words for evidence in said.sorting.evidence[:4])
            odd.append(f"  {photo.file}: {truth} taken for {taken} (score {said.sorting.score:.2f}): {why}")
    columns = [kind for kind in KINDS if any(taken == kind for _, taken in counts)]
    rows = []
    for truth in sorted({truth for truth, _ in counts}):
        total = sum(counts[truth, taken] for taken in columns)
        rows.append([truth, *(str(counts[truth, taken]) for taken in columns), str(total), str(unsure[truth])])
    print_table(set_name, ("label", *(f"as {kind}" for kind in columns), "all", "kind_unsure"), rows)
    others = sum(count for (truth, _), count in counts.items() if truth != "fuel_purchase")
    as_fuel = [(truth, count) for (truth, taken), count in counts.items() if taken in ("fuel_purchase", "pump")]
    wrong = sum(count for truth, count in as_fuel if truth != "fuel_purchase")
    print_table("fuel", ("what", "of", "share", "95 % (Wilson)"), [share_row(NOT_FUEL, wrong, others)])
    print("\n".join(odd))


def taken_for(said: Understanding) -> str:
    """Return the kind that a document was taken for; an event's kind only if the event was made."""
    assert said.sorting is not None
    kind = said.sorting.kind
    made = {candidate.event_type for candidate in said.candidates}
    return kind if kind in ("other_receipt", "nothing") or EVENT_OF[kind] in made else "nothing"


def recorded_fixtures() -> Iterator[tuple[LabelledPhoto, Reading]]:
    """Yield the generated photographs with their recorded answers."""
    for photo in labelled_photos(FIXTURES):
        document = open_document(photo.path.read_bytes(), Limits())
        path = FIXTURES / "recorded" / f"{document.facts.sha256}.json"
        if not path.exists():
            continue
        row = json.loads(path.read_text(encoding="utf-8"))
        spans = tuple(Span.model_validate(span) for span in row["spans"])
        sizes = tuple(page.size for page in document.pages)
        yield photo, Reading(engine=row["engine"], model=row["model"], spans=spans, page_sizes=sizes)


if __name__ == "__main__":
    main()
