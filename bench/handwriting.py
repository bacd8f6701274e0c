"""How well handwriting is told from print: `python -m bench.handwriting [--data DIR] [--readings PATH]`.

Print is the real receipts of `receipts_sroie`; hands are generated, in typefaces of handwriting, which are tidier than
real ones. The bound in `capture.documents.handwriting` was chosen while looking at all of these.
"""

from __future__ import annotations

import argparse
import io
import random
from pathlib import Path

from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, data_folder, photos
from bench.readings import READ_TIMEOUT_S, Readings
from capture.documents.handwriting import handwritten, unevenness
from capture.image import Limits, open_document
from capture.reading import Reading
from fixtures import paper
from fixtures.handwriting import HANDS, handwritten_bill

HEAD = ("what", "flagged / of", "share", "95 % (Wilson)")
SEED = 20261124


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--readings", type=Path, help="cached readings of receipts_sroie: a folder or a file")
    parser.add_argument("--each", type=int, default=8, help="bills of each hand (default: 8)")
    arguments = parser.parse_args()
    readings = Readings("rapid_ocr", arguments.readings)
    rows = []
    folder = data_folder(arguments.data)
    if folder is not None:
        print_ = [reading for _, reading in readings.of("receipts_sroie", list(photos(folder, "receipts_sroie")))]
        rows.append(share_row("print: real receipts", sum(handwritten(r) is not None for r in print_), len(print_)))
    for name in HANDS:
        for form in (False, True):
            written = [_read(readings, name, number, form=form) for number in range(arguments.each // 2)]
            what = f"{name}, {'in a printed form' if form else 'on blank paper'}"
            rows.append(share_row(what, sum(handwritten(r) is not None for r in written), len(written)))
            print(what, [unevenness(reading) for reading in written])
    print_table("flagged as handwritten (rapid_ocr)", HEAD, rows)


def _read(readings: Readings, name: str, number: int, *, form: bool) -> Reading:
    rng = random.Random(f"{SEED}:{name}:{form}:{number}")
    ink, slip = handwritten_bill(rng, name, form=form)
    image = paper.photograph_ink(ink, slip, (), rng.choice(paper.SURFACES), rng.getrandbits(48))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    [page] = open_document(out.getvalue(), Limits()).pages
    spans = readings.extractor.read(page, READ_TIMEOUT_S)
    return Reading(engine=readings.engine, model=readings.extractor.model(), spans=spans, page_sizes=(page.size,))


if __name__ == "__main__":
    main()
