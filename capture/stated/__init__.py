"""Values that a vision model names -> the same events, payloads and checks as from what other engines read.

An engine of the subject `fields` gives spans with a `name`, `<event type>.<field>`, the printed text and the value
that the model makes of it. One event type that a model may fill = one module here. Each has

- `FIELDS`: by canonical name of a field, its path in the type's payload; the model is asked for these and no others,
- where the payload holds a list of things, `ITEMS`: the canonical name of such a thing, and the list's path,
- `state(statement, hint)`: the event's `Candidate`, or None if what was named is not enough for one.

What a model says is checked as what is read is: a value must be what its printed text says, numbers must agree, and
where another engine read the words, the value must be among them. Nothing that stands on a photo can reach further:
names that are not in `FIELDS` do not exist.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType

from pydantic import ValidationError

from capture.documents.handwriting import handwritten
from capture.events import Understanding, sorting, understand
from capture.events import modules as event_modules
from capture.events.base import Candidate, Field, Flag, Hint
from capture.reading import Reading, Subject
from capture.stated.statement import Statement

DOUBTS = frozenset(
    {
        "arithmetic_disagrees", "date_missing", "display_unreadable", "handwritten", "readers_disagree",
        "rival_readings", "total_missing", "value_derived", "value_inconsistent", "volume_missing",
    }
)  # fmt: skip
"""Flags of a value that was not read, or may be another one: a further look can help."""

CLEAR_REMARKS = frozenset({"trip_only"})
"""What a photo shows instead of an event, said for sure: a further look is not worth its price."""

DISPLAY_REMARKS = frozenset({"display_unreadable", "trip_only"})
"""What a photo shows instead of an event, where it is of a dashboard all the same."""

DASHBOARD_EVENTS = frozenset({"odometer_reading", "issue_report"})
"""Events that a dashboard yields."""

COMPARED = (
    "reading", "unit", "odometer", "odometer_unit", "total", "currency", "volume", "volume_unit", "unit_price", "date",
)  # fmt: skip
"""Fields in which two engines' events of one type are compared."""


@cache
def modules() -> Mapping[str, ModuleType]:
    """Return the modules by event type."""
    return {
        info.name: importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
        if info.name != "statement"
    }


def understand_all(readings: Mapping[Subject, Reading], hint: Hint) -> Understanding:
    """Turn what engines read, and what a vision model named, into events.

    Where both make an event of one type, the one with fewer doubts is taken, at a draw the one that was read;
    where they differ, in a value or in what the document is, it says so. That the text is a hand's doubts what was
    read of it, and is said of every event of the document.
    """
    text = readings.get("text")
    hand = None if text is None else handwritten(text)
    read = _by_hand(understand(text, hint, readings.get("display")), hand)
    named = readings.get("fields")
    return read if named is None else _by_hand(_with_named(read, named, text, hint), hand)


def _with_named(read: Understanding, named: Reading, text: Reading | None, hint: Hint) -> Understanding:
    """Add what a vision model named to what was read."""
    stated = [candidate for type_ in _types(named) if (candidate := _candidate(named, type_, text, hint)) is not None]
    if not read.candidates:
        alone = tuple(_against_the_rules(candidate, read, text) for candidate in stated)
        changed = {"candidates": alone, "fields": _fields(alone), "remark": None}
        return read.model_copy(update=changed) if alone else read
    first, *beside = read.candidates
    if _stands_beside(first):  # a fault is no answer to what else is there
        main = [_against_the_rules(c, read, text) for c in stated if c.event_type != first.event_type]
        changed = {"candidates": (*main, *read.candidates), "fields": {**read.fields, **_fields(main)}, "remark": None}
        return read.model_copy(update=changed) if main else read
    other = next((candidate for candidate in stated if candidate.event_type == first.event_type), None)
    faults = [c for c in stated if _stands_beside(c) and read.sorting and sorting.stands_beside(read.sorting, c)]
    new = [fault for fault in faults if fault.event_type not in {candidate.event_type for candidate in beside}]
    unopposed = first if faults else _contradicted(first, _types(named), named.engine)
    chosen = _chosen(first, other) if other else unopposed
    others = {name: field for name, field in read.fields.items() if name not in first.fields}
    fields = {**_fields(new), **others, **chosen.fields}
    return read.model_copy(update={"candidates": (chosen, *beside, *new), "fields": fields})


def unsettled(understanding: Understanding, display: Reading | None = None) -> bool:
    """Tell if a further look may help: no event and no clear reason for none, or an event whose values are doubtful."""
    if not understanding.candidates:
        return understanding.remark is None or understanding.remark.code not in CLEAR_REMARKS
    first = understanding.candidates[0]
    weak = display is not None and first.engine == display.engine and not display.settled
    return weak or _doubts(first) > 0


def _stands_beside(candidate: Candidate) -> bool:
    return bool(getattr(event_modules()[candidate.event_type], "BESIDE", False))


def _fields(candidates: Sequence[Candidate]) -> dict[str, Field]:
    """Return the fields of all; of a name that several have, the first's."""
    return {name: field for candidate in reversed(candidates) for name, field in candidate.fields.items()}


def _by_hand(understanding: Understanding, hand: Flag | None) -> Understanding:
    """Return the same with the flag on every event, or as the reason for none."""
    if hand is None:
        return understanding
    flagged = tuple(
        c if any(flag.code == hand.code for flag in c.flags) else c.model_copy(update={"flags": (*c.flags, hand)})
        for c in understanding.candidates
    )
    return understanding.model_copy(update={"candidates": flagged, "remark": understanding.remark and hand})


def _against_the_rules(stated: Candidate, read: Understanding, text: Reading | None) -> Candidate:
    """Return an event that the model alone sees, flagged where by its text the document is of another kind."""
    found = read.sorting
    on_display = read.remark is not None and read.remark.code in DISPLAY_REMARKS
    if text is None or found is None or (on_display and stated.event_type in DASHBOARD_EVENTS):
        return stated
    if not sorting.speaks_against(found, stated.event_type):
        return stated
    sentence = (
        f"{stated.engine} takes the photo for {sorting.words_of(stated.event_type)}; "
        f"by what {text.engine} read, it looks like {sorting.WORDS[found.kind]} (score {found.score:.2f})."
    )
    return stated.model_copy(update={"flags": (*stated.flags, Flag(code="engines_differ", sentence=sentence))})


def _types(named: Reading) -> list[str]:
    """Return the event types that the model named values of, in the order of the pages."""
    types = dict.fromkeys(str(span.name).partition(".")[0] for span in named.spans if span.name)
    return [name for name in types if name in modules()]


def _candidate(named: Reading, event_type: str, text: Reading | None, hint: Hint) -> Candidate | None:
    candidate: Candidate | None = modules()[event_type].state(Statement(named, event_type, text), hint)
    return None if candidate is None else _fitting(candidate)


def _fitting(candidate: Candidate) -> Candidate | None:
    """Leave out what the payload does not take, and say so; None if it cannot do without."""
    payload, flags = dict(candidate.payload), []
    model = event_modules()[candidate.event_type].Payload
    try:
        model.model_validate(payload)
    except ValidationError as error:
        for name in dict.fromkeys(str(issue["loc"][0]) for issue in error.errors(include_input=False)):
            payload.pop(name, None)
            sentence = f"What {candidate.engine} gave for the {name.replace('_', ' ')} cannot be, and was left out."
            flags.append(Flag(code="value_inconsistent", sentence=sentence))
        try:
            model.model_validate(payload)
        except ValidationError:
            return None
    return candidate.model_copy(update={"payload": payload, "flags": _joined((*candidate.flags, *flags))})


def _joined(flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """Make one flag of those with one code, with all their sentences."""
    joined: dict[str, Flag] = {}
    for flag in flags:
        before = joined.get(flag.code)
        sentence = flag.sentence if before is None else f"{before.sentence} {flag.sentence}"
        joined[flag.code] = flag.model_copy(update={"sentence": sentence})
    return tuple(joined.values())


def _doubts(candidate: Candidate) -> int:
    return sum(flag.code in DOUBTS for flag in candidate.flags)


def _chosen(read: Candidate, stated: Candidate) -> Candidate:
    chosen, other = (stated, read) if _doubts(stated) < _doubts(read) else (read, stated)
    flags = [
        Flag(
            code="engines_differ",
            sentence=f"{chosen.engine} has {chosen.fields[name].value} for the {name.replace('_', ' ')}, "
            f"{other.engine} has {other.fields[name].value}.",
        )
        for name in COMPARED
        if name in chosen.fields and name in other.fields and not _same(chosen, other, name)
    ]
    return chosen.model_copy(update={"flags": (*chosen.flags, *_joined(tuple(flags)))})


def _same(one: Candidate, other: Candidate, name: str) -> bool:
    first, second = one.fields[name].value, other.fields[name].value
    try:
        return float(first) == float(second)
    except ValueError:
        return first == second


def _contradicted(read: Candidate, types: list[str], engine: str) -> Candidate:
    if read.event_type in types:
        return read  # it names too little of the same event to compare
    words = ", ".join(name.replace("_", " ") for name in types)
    sentence = f"{engine} takes the photo for {words}." if words else f"{engine} names no value of any event."
    return read.model_copy(update={"flags": (*read.flags, Flag(code="engines_differ", sentence=sentence))})
