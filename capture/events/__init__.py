"""One event type = one module here.

Each has

- `TYPE`: its name in the database,
- `Payload`: the pydantic model of `manual_events.payload`,
- where a file can hold it, `from_file(reading, hint)`: a `Candidate` from a table of trips or a note, or None,
- where a photo can show it, `from_reading(reading, hint)`: a `Candidate` from the text of the document, or None
  if it is not of that type,
- where a display's own reader knows better, `from_display(display, text, hint)`, asked in its place, and
  `remark(display, text)`: what the display shows instead,
- where it may stand beside another event of one photo, `BESIDE = True`,
- where a photo can show it, `ASKED`: the fields of the payload that a person is asked for who does not see what was
  read (`capture.sampling`),
- where some fields follow from others, `derive(payload, changed)`: the payload with them, after a
  person has given the fields `changed`,
- where amounts make one another, `complete(before, payload, changed)`: those that follow, proposed to a person who has
  changed some,
- and `DESK`: the fields that a reviewer sees first.

`understand` asks them all; `sorting` weighs what they say against each other, and those that may stand beside the
winner stand beside it.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any, Literal

from pydantic import Field as PydanticField
from pydantic import ValidationError

from capture.errors import RefusedError
from capture.events.base import Candidate, EventPayload, Field, Flag, Hint, Sorting
from capture.reading import Frozen, Reading

EventType = Literal["odometer_reading", "fuel_purchase", "maintenance", "issue_report", "trip_batch"]

ENOUGH_EVIDENCE = 0.5
"""A document is of a type if that type's evidence (0 to 1) reaches this."""

__all__ = ["Candidate", "EventPayload", "EventType", "Field", "Flag", "Hint", "Understanding", "understand"]


class Understanding(Frozen):
    """What a document says.

    `candidates`: the events it yields, none if it is of no known type.
    `fields`: what was read, by canonical name, also of a document that yields no event.
    `remark`: what a document shows that yields no event.
    `sorting`: what the document is, with the evidence; None for a file, whose content says it.
    """

    candidates: tuple[Candidate, ...] = ()
    fields: dict[str, Field] = PydanticField(default_factory=dict)
    remark: Flag | None = None
    sorting: Sorting | None = None


@cache
def modules() -> Mapping[str, ModuleType]:
    """Return the event types' modules by type name."""
    found = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "TYPE"):
            found[str(module.TYPE)] = module
    return found


def understand(text: Reading | None, hint: Hint, display: Reading | None = None) -> Understanding:
    """Turn what engines saw into events and named fields. `text`, `display`: readings of those subjects."""
    from capture.events import sorting  # noqa: PLC0415 (what it reads receipts with imports this package)

    seen = sorted(_candidates(text, hint, display), key=lambda candidate: candidate.evidence, reverse=True)
    found = sorting.sort_document(seen, text, display, hint)
    chosen = [sorting.with_doubt(c, found) for c in seen if sorting.yields(found, c) and not _stands_beside(c)]
    beside = [c for c in seen if _stands_beside(c) and sorting.stands_beside(found, c)]
    unread = None if chosen or display is None else _display_remark(text, display)
    if unread is not None:  # a fault beside it must not hide that there is no reading
        beside = [c.model_copy(update={"flags": (*c.flags, unread)}) for c in beside]
    sure = (*chosen, *beside)
    return Understanding(
        candidates=sure,
        fields=_all_fields(sure or tuple(seen[:1])),
        remark=None if sure else _remark(text, display, found),
        sorting=found,
    )


def _candidates(text: Reading | None, hint: Hint, display: Reading | None) -> Iterator[Candidate]:
    for module in modules().values():
        candidate: Candidate | None = None
        if display is not None and hasattr(module, "from_display"):
            candidate = module.from_display(display, text, hint)
        elif text is not None and hasattr(module, "from_reading"):
            candidate = module.from_reading(text, hint)
        if candidate is not None:
            yield candidate


def _stands_beside(candidate: Candidate) -> bool:
    return bool(getattr(modules()[candidate.event_type], "BESIDE", False))


def understand_file(written: Reading, hint: Hint) -> Understanding:
    """Turn what is written in a file into its event.

    Raises: ImageError (`trips_invalid`).
    """
    makers = [module.from_file for module in modules().values() if hasattr(module, "from_file")]
    found: list[Candidate] = [made for make in makers if (made := make(written, hint)) is not None]
    return Understanding(candidates=tuple(found), fields=_all_fields(tuple(found)))


def _all_fields(candidates: tuple[Candidate, ...]) -> dict[str, Field]:
    """Return the fields of all; of a name that several have, the first's."""
    return {name: field for candidate in reversed(candidates) for name, field in candidate.fields.items()}


def _display_remark(text: Reading | None, display: Reading) -> Flag | None:
    """Say what a display shows instead of a reading; None where there is no display."""
    said = (module.remark(display, text) for module in modules().values() if hasattr(module, "remark"))
    return next((flag for flag in said if flag is not None), None)


def _remark(text: Reading | None, display: Reading | None, sorting: Sorting) -> Flag:
    """Say what a document shows that yields no event."""
    found = None if display is None else _display_remark(text, display)
    if found is not None:
        return found
    sentence = "The photo shows no event of a kind that we know."
    if sorting.kind == "other_receipt":
        sentence = "The photo shows a receipt for other things than fuel or maintenance."
    return Flag(code="unrecognised", sentence=sentence)


def validate_payload(event_type: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload as it is stored (JSON types).

    Raises: RefusedError (`payload_invalid`), naming the fields but not their values.
    """
    module = modules().get(event_type)
    if module is None:
        raise RefusedError("payload_invalid", f"There is no event type {event_type!r}")
    try:
        model: EventPayload = module.Payload.model_validate(dict(payload))
    except ValidationError as error:
        names = sorted({".".join(str(part) for part in issue["loc"]) or "payload" for issue in error.errors()})
        raise RefusedError("payload_invalid", f"The payload of {event_type} is wrong in: {', '.join(names)}") from error
    dumped = model.model_dump(mode="json", exclude_none=True)
    if r"\u0000" in json.dumps(dumped):
        raise RefusedError("payload_invalid", f"The payload of {event_type} holds a NUL character")
    return dumped


def corrected_payload(event_type: str, payload: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload with a person's changes; what follows from them (`derive` of the type) is computed again.

    A change to None takes the field out. Raises: RefusedError (`payload_invalid`).
    """
    wrong = sorted(name for name in changes if name in _NOT_CORRECTABLE)
    if wrong:
        raise RefusedError("payload_invalid", f"A correction does not change: {', '.join(wrong)}")
    return changed_payload(event_type, payload, changes)


def changed_payload(event_type: str, payload: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload with other values, and what follows from them; None takes a field out.

    Raises: RefusedError (`payload_invalid`).
    """
    merged = {name: value for name, value in {**payload, **changes}.items() if value is not None}
    return _derived(event_type, validate_payload(event_type, merged), frozenset(changes))


def completed(event_type: str, payload: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the amounts that follow from a person's changes, which the person may take over or not.

    Raises: RefusedError (`payload_invalid`).
    """
    complete = getattr(modules()[event_type], "complete", None)
    after = corrected_payload(event_type, payload, changes)
    found = {} if complete is None else complete(dict(payload), after, frozenset(changes))
    return {name: value for name, value in found.items() if value != payload.get(name) or name in changes}


def entered_payload(event_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of an event that a person enters, with what follows from it.

    Raises: RefusedError (`payload_invalid`).
    """
    return _derived(event_type, validate_payload(event_type, {**values, "source": "manual"}), frozenset(values))


def _derived(event_type: str, payload: dict[str, Any], changed: frozenset[str]) -> dict[str, Any]:
    derive = getattr(modules()[event_type], "derive", None)
    if derive is None:
        return payload
    made = derive(payload, changed)
    return validate_payload(event_type, {name: value for name, value in made.items() if value is not None})


_NOT_CORRECTABLE = frozenset({"provenance", "source", "payload_version", "image_metadata", "ocr_confidence"})
