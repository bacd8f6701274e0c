"""How right service documents are read: `python -m bench.documents [--styles unseen|seen] [--each N] [--cache DIR]`.

Bills are generated, so they say what the rules can do, and not how real ones fare: no labelled set of those is open.
`unseen` styles were drawn after the rules and never tuned on; `seen` are those that the rules were written against.
Each style is taken as a PDF with text, a scan in a PDF, and photographs; reading a page takes the engine a second.
The last column counts what is given, wrong, and without a flag that is about it: worse than what is left out.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from bench.figures import print_table, share_row
from bench.unseen_bills import STYLES as UNSEEN
from capture.events import understand
from capture.events.base import Candidate, Hint
from capture.image import Limits, open_document
from capture.reading import Extractor, Reading
from extractors import EngineOptions, make_engine
from extractors.cascade import read_pages
from fixtures import paper
from fixtures.container import Exif, write
from fixtures.plan import Container
from fixtures.service_styles import STYLES
from fixtures.service_styles_abroad import STYLES as STYLES_ABROAD
from fixtures.service_styles_countries import STYLES as STYLES_OF_COUNTRIES
from fixtures.service_styles_further import STYLES as FURTHER_STYLES
from fixtures.slips import Slip

SEEN = STYLES | STYLES_ABROAD | FURTHER_STYLES | STYLES_OF_COUNTRIES
"""Styles that rules were mended on."""

ENGINES = ("pdf_text", "rapid_ocr")
TIMEOUT_S = 120.0
SEED = 20261124
ENOUGH_ALIKE = 0.9

TAKES: tuple[tuple[Container, tuple[str, ...]], ...] = (
    ("pdf_text", ()),
    ("jpg", ("shadow",)),
    ("pdf_image", ()),
    ("jpg", ("fold", "tilted")),
)
"""How each style's bills are taken in turn. A photograph shows all pages of a bill as one long sheet."""

NAMES = (
    "total",
    "date",
    "odometer",
    "odometer_unit",
    "invoice_number",
    "work_order_number",
    "tax",
    "labour_cost",
    "parts_cost",
    "currency",
)
HEAD = ("what", "right / of", "share", "95 % (Wilson)", "wrong and unflagged")

_SUM_FLAGS = frozenset({"arithmetic_disagrees", "total_missing"})
FLAGS_OF: dict[str, frozenset[str]] = {
    "date": frozenset({"date_ambiguous", "date_missing"}),
    "odometer": frozenset({"odometer_missing"}),
    "odometer_unit": frozenset({"unit_unknown"}),
    **dict.fromkeys(("total", "tax", "labour_cost", "parts_cost"), _SUM_FLAGS),
    "parts, all": _SUM_FLAGS,
}
"""Flags that send a person to a field; `value_derived` does where its sentence names the field."""


def main() -> None:
    """Print the table, and every value that was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", choices=("unseen", "seen"), default="unseen")
    parser.add_argument("--each", type=int, default=4, help="bills of each style (default: 4)")
    parser.add_argument("--cache", type=Path, help="folder that keeps what the engine saw, by file")
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, slip, path in _bills(arguments.styles, arguments.each, Path(folder)):
            reading = _read(path, arguments.cache)
            _compare(name, slip, reading, counts, failures)
    rows = [
        (*share_row(name, counts[name, "right"], counts[name, "n"]), str(counts[name, "unflagged"]))
        for name in dict.fromkeys(n for n, _ in counts)
    ]
    print_table(f"service documents, {arguments.styles} styles ({' or '.join(ENGINES)})", HEAD, rows)
    print("\n".join(["", f"{len(failures)} wrong:", *failures]))


def _bills(styles: str, each: int, folder: Path) -> Iterator[tuple[str, Slip, Path]]:
    """Yield name, slip and file of each bill."""
    for style, draw in (
        UNSEEN if styles == "unseen" else STYLES | STYLES_ABROAD | FURTHER_STYLES | STYLES_OF_COUNTRIES
    ).items():
        for number in range(each):
            rng = random.Random(f"{SEED}:{style}:{number}")
            slip = draw(rng)
            container, condition = TAKES[number % len(TAKES)]
            path = folder / f"{style}_{number}.{container.split('_')[0]}"
            photographed = container == "jpg"
            image = (
                paper.photograph(slip, condition, rng.choice(paper.SURFACES), rng.getrandbits(48))
                if photographed
                else paper.flat(slip.pages()[0])
            )
            write(path, image, container, Exif(), slip)
            yield f"{style} {number}, {' '.join((container, *condition))}", slip, path


_ENGINES: list[Extractor] = []


def _read(path: Path, cache: Path | None) -> Reading:
    """Return what the first engine that suits the file saw; from the cache, where it is there."""
    document = open_document(path.read_bytes(), Limits())
    kept = cache / f"{document.facts.sha256}.json" if cache else None
    if kept and kept.is_file():
        return Reading.model_validate_json(kept.read_text(encoding="utf-8"))
    if not _ENGINES:
        _ENGINES.extend(make_engine(name, EngineOptions()) for name in ENGINES)
    reading = next((a.reading for a in read_pages(document.pages, _ENGINES, TIMEOUT_S) if a.reading), None)
    if reading is None:
        return Reading(engine="none", model="failed")
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(reading.model_dump_json(), encoding="utf-8")
    return reading


def _compare(name: str, slip: Slip, reading: Reading, counts: Counter[tuple[str, str]], failures: list[str]) -> None:
    """Count what was right of one bill. What its label leaves open is not counted."""
    said = understand(reading, Hint())
    candidate = next((c for c in said.candidates if c.event_type == "maintenance"), None)
    payload = candidate.payload if candidate else {}
    read: dict[str, Any] = {key: field.value for key, field in candidate.fields.items()} if candidate else {}
    provider = payload.get("service_provider", {})
    checks: dict[str, tuple[Any, Any]] = {"taken for maintenance": (True, candidate is not None)}
    checks |= {key: (slip.truth[key], read.get(key)) for key in NAMES if slip.truth.get(key)}
    checks["merchant, 0.9 alike"] = (str(slip.truth["merchant"]), provider.get("name", ""))
    checks["service types, all"] = (slip.truth["service_types"], ", ".join(sorted(payload.get("service_types", []))))
    checks["parts, all"] = (_parts_of(str(slip.truth["parts"])), _parts_read(payload.get("parts_replaced", [])))
    for what, (truth, value) in checks.items():
        right = truth == value or (what in NAMES and _number(truth) is not None and _number(truth) == _number(value))
        right = right or (what.startswith("merchant") and _alike(truth, value))
        counts[what, "n"] += 1
        counts[what, "right"] += right
        if not right:
            unflagged = bool(value) and candidate is not None and not _is_flagged(candidate, what)
            counts[what, "unflagged"] += unflagged
            silently = ", unflagged" if unflagged else ""
            failures.append(f"{name} ({reading.engine}): {what} is {truth}, read as {value}{silently}")


def _is_flagged(candidate: Candidate, what: str) -> bool:
    """Tell if a flag of the event is about a field."""
    codes = FLAGS_OF.get(what, frozenset())
    words = f"The {what.replace('_', ' ')} "
    return any(
        flag.code in codes or (flag.code == "value_derived" and flag.sentence.startswith(words))
        for flag in candidate.flags
    )


def _number(value: Any) -> Decimal | None:
    text = str(value)
    return Decimal(text) if text.replace(".", "", 1).isdigit() else None


def _alike(truth: str, value: str) -> bool:
    """Tell if two names are 0.9 alike, case, spaces and punctuation aside."""
    one, other = ("".join(char for char in text.lower() if char.isalnum()) for text in (truth, value))
    return SequenceMatcher(None, one, other).ratio() >= ENOUGH_ALIKE


def _parts_of(truth: str) -> str:
    """Return the label's parts, as `_parts_read` writes them."""
    return "; ".join(sorted(part for part in truth.split("; ") if part))


def _parts_read(parts: list[dict[str, Any]]) -> str:
    """Write parts as number, quantity and cost."""
    told = [
        f"{part.get('part_number')} x {part.get('quantity', 0):g} = {Decimal(str(part['cost'])):.2f}" for part in parts
    ]
    return "; ".join(sorted(told))


if __name__ == "__main__":
    main()
