"""How right readings are on labelled photos: the whole path from file to judged event, photo by photo."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from capture.confidence import Trust
from capture.documents.money import DecimalMark, decimal_mark, parse_number
from capture.errors import CaptureError
from capture.events.base import Hint
from capture.intervals import wilson
from capture.similarity import same_text
from extractors.reader import Reader
from worker.examine import Examined, examine
from worker.labelled import LabelledPhoto

DASHBOARDS = frozenset({"odometer", "trip_only", "unreadable"})

FIELDS = (
    "total", "date", "time", "currency", "merchant", "address", "tax", "payment_method", "receipt_number", "volume",
    "volume_unit", "unit_price", "fuel_cost", "fuel_type", "fuel_grade", "energy_kwh", "price_per_kwh", "discount",
    "pump_number", "transaction_number", "card_last_four", "odometer",
)  # fmt: skip
"""Fields of documents that are compared, where the label has them."""

NUMBERS = frozenset({
    "total", "tax", "volume", "unit_price", "fuel_cost", "energy_kwh", "price_per_kwh", "discount", "odometer",
})  # fmt: skip
EVENT_KINDS = frozenset({"fuel_purchase", "maintenance", "issue_report"})
"""Kinds of labels that are event types; a `receipt` yields none."""

TEXTS = frozenset({"merchant", "address", "fuel_grade"})


@dataclass(frozen=True)
class Outcome:
    """One photo as read. `said`: the reading or fields in words; `error`: a code, if it could not be read.

    `exact`: nothing differs from the label. `given`: an event came of it. `accepted`: without a person.
    `wrong`: names of the fields that differ. `judged`: whose reading it rests on, its event type and its probability,
    None where no event came of it or nobody has measured such.
    """

    photo: LabelledPhoto
    said: str
    exact: bool
    given: bool
    accepted: bool
    wrong: tuple[str, ...]
    seconds: float
    error: str | None = None
    judged: tuple[str, str, float] | None = None


@dataclass(frozen=True)
class Share:
    """A row of the result: so many of so many, with the 95 % interval of their share."""

    name: str
    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return the interval, 0 to 1."""
        return wilson(self.count, self.of)


def evaluate(photos: Iterable[LabelledPhoto], reader: Reader, trust: Trust, hint: Hint) -> Iterator[Outcome]:
    """Read each photo, with one hint for all, and compare it with its label."""
    for photo in photos:
        yield outcome_of(photo, reader, trust, hint)[0]


def outcome_of(photo: LabelledPhoto, reader: Reader, trust: Trust, hint: Hint) -> tuple[Outcome, Examined | None]:
    """Read one photo and compare it with its label; return also what was read, None where it could not be."""
    started = time.monotonic()
    try:
        examined = examine(photo.path.read_bytes(), hint, reader, trust, None, vision=True)
    except (CaptureError, OSError) as error:
        failed = Outcome(
            photo,
            said="",
            exact=photo.kind == "unreadable",
            given=False,
            accepted=False,
            wrong=("photo",),
            seconds=time.monotonic() - started,
            error=error.code if isinstance(error, CaptureError) else "file_unknown",
        )
        return failed, None
    return _compare(photo, examined, time.monotonic() - started), examined


def summary(outcomes: list[Outcome]) -> list[Share]:
    """Return the shares: exact and accepted wrongly, by kind and by what the labels say of display and condition."""
    rows = []
    for name, group in _groups(outcomes).items():
        given = [one for one in group if one.given]
        accepted = [one for one in given if one.accepted]
        exact = "no reading given" if name in ("trip_only", "unreadable") else "exact"
        rows.append(Share(f"{name}: {exact}", sum(one.exact for one in group), len(group)))
        if "," in name:
            continue
        rows.append(Share(f"{name}: accepted", len(accepted), len(group)))
        if accepted:
            rows.append(Share(f"{name}: accepted and wrong", sum(not one.exact for one in accepted), len(accepted)))
    for field in FIELDS:
        group = [one for one in outcomes if one.photo.kind not in DASHBOARDS and one.photo.truth.get(field) is not None]
        if group:
            rows.append(Share(f"field {field}", sum(field not in one.wrong for one in group), len(group)))
    return rows


def confusions(outcomes: list[Outcome]) -> list[tuple[str, str, int]]:
    """Return which digits were read for which, most frequent first, from readings of the label's length."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in outcomes:
        truth = str(one.photo.truth.get("reading") or "")
        read = one.said.replace(".", "").lstrip("0")
        if one.photo.kind == "odometer" and len(read) == len(truth):
            counts.update((t, r) for t, r in zip(truth, read, strict=True) if t != r)
    return [(truth, read, count) for (truth, read), count in counts.most_common()]


def latency_s(outcomes: list[Outcome]) -> tuple[float, float]:
    """Return median and 95th percentile of the seconds a photo took, decoding included."""
    seconds = [one.seconds for one in outcomes]
    if len(seconds) < 2:
        return (seconds or [0.0])[0], (seconds or [0.0])[0]
    return median(seconds), quantiles(seconds, n=20)[-1]


def _groups(outcomes: list[Outcome]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        names = [one.photo.kind]
        if one.photo.kind == "odometer":
            names.append(f"odometer, {one.photo.details.get('display_type') or 'display not said'}")
            names += [f"odometer, {condition}" for condition in one.photo.details.get("condition") or ()]
        for name in names:
            groups.setdefault(name, []).append(one)
    return dict(sorted(groups.items()))


def _compare(photo: LabelledPhoto, examined: Examined, seconds: float) -> Outcome:
    event = examined.events[0] if examined.events else None
    accepted = event is not None and event.review_state == "accepted"
    sure = None
    if event is not None and event.probability is not None:
        sure = (event.candidate.engine, event.candidate.event_type, event.probability)
    if photo.kind in DASHBOARDS:
        payload = event.candidate.payload if event and event.candidate.event_type == "odometer_reading" else None
        right = payload is None if photo.kind != "odometer" else payload is not None and _is_reading(photo, payload)
        said = "" if payload is None else _as_read(payload)
        wrong: tuple[str, ...] = () if right else ("reading",)
        return Outcome(photo, said, right, payload is not None, accepted, wrong, seconds, judged=sure)
    values = {name: field.value for name, field in examined.fields.items()}
    mark = decimal_mark(str(photo.truth[name]) for name in NUMBERS if photo.truth.get(name) is not None)
    wrong = tuple(
        name
        for name in FIELDS
        if photo.truth.get(name) is not None and not same_value(name, str(photo.truth[name]), values.get(name), mark)
    )
    types = {judged.candidate.event_type for judged in examined.events}
    expected = photo.kind in EVENT_KINDS
    if (photo.kind not in types) if expected else types:
        wrong += ("event_type",)
    said = ", ".join(f"{name} {values.get(name)}" for name in wrong)
    return Outcome(photo, said, not wrong, event is not None, accepted, wrong, seconds, judged=sure)


def _as_read(payload: dict[str, Any]) -> str:
    digits = str(payload["parsed_digits"])
    if isinstance(payload["reading"], float):
        return f"{digits[:-1]}.{digits[-1]}"
    return f"{digits[:-1]}." if tenths_left_out(payload) else digits


def _is_reading(photo: LabelledPhoto, payload: dict[str, Any]) -> bool:
    tenths = photo.truth.get("tenths", photo.details.get("tenths"))
    return right_as_given(payload, str(photo.truth.get("reading")), tenths=tenths if isinstance(tenths, bool) else None)


def right_as_given(payload: dict[str, Any], truth: str, *, tenths: bool | None) -> bool:
    """Tell if the distance is the display's, as precisely as it is given: one in whole units has no tenths to be wrong.

    `truth`: all digits as displayed, without leading zeros; `tenths`: whether the last of them counts tenths, None
    where nobody has said so: then they may, where tenths were read.
    """
    reading, digits = payload["reading"], str(payload["parsed_digits"]).lstrip("0") or "0"
    given = isinstance(reading, float)
    may = tenths if tenths is not None else given or tenths_left_out(payload)
    if given:
        return may and digits == truth
    return (may and reading == int(truth[:-1] or "0")) or (tenths is not True and reading == int(truth))


def tenths_left_out(payload: dict[str, Any]) -> bool:
    """Tell if the last drum was read as tenths and left out of the reading."""
    reading, digits = payload["reading"], str(payload["parsed_digits"])
    return isinstance(reading, int) and len(digits) > 1 and int(digits) != reading and int(digits[:-1]) == reading


def same_value(name: str, truth: str, value: str | None, mark: DecimalMark | None) -> bool:
    """Compare a field: numbers by value, names and addresses by their likeness, all else as text."""
    if value is None:
        return False
    if name in NUMBERS:
        return parse_number(value) == parse_number(truth, mark)
    return same_text(value, truth) if name in TEXTS else value == truth
