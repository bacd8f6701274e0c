"""How often the fields of receipts and fuel slips are right, and why the others are wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bench.figures import print_table, share_row
from capture.documents.dates import find_dates, find_run_dates
from capture.documents.layout import Line, text_lines
from capture.documents.money import decimal_mark, find_numbers, parse_number
from capture.events import Understanding, understand
from capture.events.base import Hint
from capture.reading import Reading
from capture.similarity import same_text
from worker.evaluation import FIELDS, NUMBERS, TEXTS, same_value
from worker.labelled import LabelledPhoto

HEAD = ("what", "right / of", "share", "95 % (Wilson)")
FAILURE_HEAD = ("file", "field", "truth", "read", "cause")

NOT_SEEN = "not among the engine's lines"
MISSED = "among the lines, not found"
WRONG = "chosen wrongly"

MAX_RUN = 6
"""So many lines in a row may hold one name or address."""


@dataclass(frozen=True)
class Failure:
    """One field that was not read as its label says. `read` is empty where nothing was read."""

    file: str
    field: str
    truth: str
    read: str
    cause: str


def measure_receipts(title: str, read: Iterable[tuple[LabelledPhoto, Reading]]) -> list[Failure]:
    """Print the share of each field that was right, by kind of document, and one line for each that was not."""
    counts: Counter[tuple[str, str]] = Counter()
    failures: list[Failure] = []
    for photo, reading in read:
        said = understand(reading, Hint())
        group = "fuel" if photo.kind == "fuel_purchase" else "others"
        wrong = [*_wrong_fields(photo, reading, said), *_wrong_kind(photo, said)]
        failures += wrong
        for name in [name for name in FIELDS if photo.truth.get(name) is not None]:
            right = all(failure.field != name for failure in wrong)
            for row in dict.fromkeys((f"all: {name}", f"{group}: {name}")):
                counts[row, "n"] += 1
                counts[row, "right"] += right
        taken = "fuel: taken for fuel" if group == "fuel" else "others: taken for no event"
        counts[taken, "n"] += 1
        counts[taken, "right"] += all(failure.field != "event_type" for failure in wrong)
    rows = [share_row(name, counts[name, "right"], counts[name, "n"]) for name in _ordered(counts)]
    print_table(title, HEAD, rows)
    if failures:
        print_table(f"{title}: what was wrong", FAILURE_HEAD, [_failure_row(failure) for failure in failures])
    return failures


def _ordered(counts: Counter[tuple[str, str]]) -> list[str]:
    names = dict.fromkeys(name for name, _ in counts)
    groups = ("all", "fuel", "others")
    return sorted(names, key=lambda name: groups.index(name.split(":", maxsplit=1)[0]))


def _failure_row(failure: Failure) -> tuple[str, ...]:
    return failure.file, failure.field, failure.truth, failure.read or "-", failure.cause


def _wrong_kind(photo: LabelledPhoto, said: Understanding) -> list[Failure]:
    """Return a failure where a fuel slip was not taken for one, or another receipt for an event."""
    expected = "fuel_purchase" if photo.kind == "fuel_purchase" else ""
    taken = ", ".join(candidate.event_type for candidate in said.candidates)
    if taken == expected:
        return []
    return [Failure(photo.file, "event_type", expected or "none", taken, "too little evidence" if expected else WRONG)]


def _wrong_fields(photo: LabelledPhoto, reading: Reading, said: Understanding) -> list[Failure]:
    mark = decimal_mark(str(photo.truth[name]) for name in NUMBERS if photo.truth.get(name) is not None)
    lines: Sequence[Line] | None = None
    failures = []
    for name in FIELDS:
        truth = photo.truth.get(name)
        field = said.fields.get(name)
        if truth is None or same_value(name, str(truth), field.value if field else None, mark):
            continue
        lines = text_lines(reading) if lines is None else lines
        number = parse_number(str(truth), mark) if name in NUMBERS else None
        seen = _is_seen(name, str(truth), number, lines)
        cause = NOT_SEEN if not seen else WRONG if field else MISSED
        failures.append(Failure(photo.file, name, str(truth), field.value if field else "", cause))
    return failures


def _is_seen(name: str, truth: str, number: Decimal | None, lines: Sequence[Line]) -> bool:
    """Tell if the engine's lines hold a value, so that it could have been found."""
    if number is not None:
        values = {n.value for line in lines for mark in (".", ",", None) for n in find_numbers(line.text, mark)}
        return number in values
    if name == "date":
        printed = [date for line in lines for date in (*find_dates(line.text), *find_run_dates(line.text))]
        return any(truth in {str(date.day_first), str(date.month_first)} for date in printed)
    if name in TEXTS:
        texts = [line.text for line in lines]
        runs = [texts[first:last] for first in range(len(texts)) for last in range(first + 1, first + 1 + MAX_RUN)]
        return any(same_text(" ".join(run), truth) for run in runs if run)
    if name in {"currency", "volume_unit", "fuel_type", "payment_method"}:
        return True
    return truth.lower() in " ".join(line.text for line in lines).lower()
