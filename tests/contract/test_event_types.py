"""What every event type keeps to. A new module in `capture/events/` is tested here without editing this file."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from capture.documents.handwriting import handwritten
from capture.errors import RefusedError
from capture.events import EventType, corrected_payload, modules, understand, understand_file, validate_payload
from capture.events.base import Candidate, EventPayload, Hint, Kind
from capture.events.sorting import EVENT_OF
from capture.image import Limits, open_document
from capture.reading import MAX_SPANS, Reading, Span
from capture.review import FLAGS
from capture.sampling import asked
from extractors.written import written_attempt
from storage.migrate import migrations
from tests.conftest import ROOT
from tests.contract.recordings import Labelled, labelled, labels, of_kind

TYPES = sorted(modules())
READ_FROM_PHOTOS = sorted(name for name, module in modules().items() if hasattr(module, "from_reading"))
HELD_IN_FILES = sorted(name for name, module in modules().items() if hasattr(module, "from_file"))
KINDS = {"odometer_reading": "odometer", "fuel_purchase": "fuel_purchase", "maintenance": "maintenance"}
"""The kind of fixture that shows an event of each type; the type's own name where it is not here."""

MINIMAL: dict[str, dict[str, Any]] = {
    "issue_report": {"description": "It rattles.", "severity": "info"},
    "trip_batch": {"trips": [{"start": "2026-01-02T03:04:05Z", "end": "2026-01-02T04:04:05+00:00", "miles": 3}]},
}
"""What types need that can be without nothing."""

FILES = list(labels())
HINTS = [Hint(), *(Hint(kind=kind, vehicle_unit="km") for kind in get_args(Kind))]


def _minimal(name: str) -> dict[str, Any]:
    return {"source": "manual", **MINIMAL.get(name, {})}


def _shown(name: str) -> list[Labelled]:
    return of_kind(KINDS.get(name, name))


def test_the_list_of_types_is_that_of_the_modules() -> None:
    assert set(TYPES) == set(get_args(EventType))


@pytest.mark.parametrize("name", TYPES)
def test_the_database_takes_it(name: str) -> None:
    assert any(f"'{name}'" in migration.sql for migration in migrations())


@pytest.mark.parametrize("name", TYPES)
def test_its_module_is_called_as_the_type(name: str) -> None:
    module = modules()[name]
    assert module.__name__ == f"capture.events.{name}"
    assert module.__doc__
    assert issubclass(module.Payload, EventPayload)
    assert module.Payload.__doc__


@pytest.mark.parametrize("name", READ_FROM_PHOTOS)
def test_a_person_who_does_not_see_the_reading_is_asked_for_some_of_its_fields(name: str) -> None:
    assert asked(name)
    assert set(asked(name)) <= modules()[name].Payload.model_fields.keys()


@pytest.mark.parametrize("name", TYPES)
def test_its_payload_and_all_in_it_forbid_other_fields(name: str) -> None:
    todo: list[type[BaseModel]] = [modules()[name].Payload]
    seen: set[type[BaseModel]] = set()
    while todo:
        model = todo.pop()
        seen.add(model)
        if model.__module__ != "capture.image":  # Location: EXIF's, and shared
            assert model.model_config.get("extra") == "forbid", f"{model.__name__} takes any field"
        text = " ".join(str(field.annotation) for field in model.model_fields.values())
        inner = [below for below in _models_below() if f"{below.__module__}.{below.__qualname__}" in text]
        todo += [below for below in inner if below not in seen]


def _models_below() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    todo = [BaseModel]
    while todo:
        below = todo.pop().__subclasses__()
        found += below
        todo += below
    return [model for model in found if model.__module__.startswith("capture.")]


@pytest.mark.parametrize("name", TYPES)
def test_an_unknown_field_is_refused_by_name_but_not_by_value(name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        validate_payload(name, {**_minimal(name), "no_such_field": "hunter2"})
    assert caught.value.code == "payload_invalid"
    assert "no_such_field" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("name", TYPES)
def test_a_payload_without_a_source_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="source"):
        validate_payload(name, MINIMAL.get(name, {}))


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(RefusedError):
        validate_payload("no_such_type", {"source": "manual"})


@pytest.mark.parametrize("name", TYPES)
def test_the_smallest_payload_goes_through_json_and_back(name: str) -> None:
    stored = validate_payload(name, _minimal(name))
    assert validate_payload(name, json.loads(json.dumps(stored))) == stored
    assert stored["payload_version"] == 1


@pytest.mark.parametrize("name", TYPES)
def test_numbers_that_are_none_are_refused(name: str) -> None:
    for field, info in modules()[name].Payload.model_fields.items():
        if "float" in str(info.annotation):
            for value in (float("nan"), float("inf")):
                with pytest.raises(ValidationError):
                    modules()[name].Payload.model_validate({**_minimal(name), field: value})


@pytest.mark.parametrize("name", TYPES)
def test_a_correction_does_not_touch_where_it_came_from(name: str) -> None:
    stored = validate_payload(name, _minimal(name))
    assert corrected_payload(name, stored, {}) == stored
    for field in ("provenance", "source", "payload_version", "image_metadata"):
        with pytest.raises(RefusedError, match=field):
            corrected_payload(name, stored, {field: "x"})


@pytest.mark.parametrize("name", TYPES)
def test_the_docs_name_it(name: str) -> None:
    page = ROOT / "docs" / "reference" / "events.md"
    assert f"## {name}\n" in page.read_text(encoding="utf-8")


# --- those that a file can hold


def _from_files(name: str) -> list[Candidate]:
    found = []
    for path in sorted((ROOT / "fixtures" / "files").iterdir()):
        content = open_document(path.read_bytes(), Limits()).content
        assert content is not None, path.name
        reading = written_attempt(content).reading
        assert reading is not None
        said = understand_file(reading, Hint())
        assert len(said.candidates) == 1, path.name
        found += [(candidate, reading) for candidate in said.candidates if candidate.event_type == name]
    for candidate, reading in found:
        _check(name, candidate, reading)
    return [candidate for candidate, _ in found]


@pytest.mark.parametrize("name", HELD_IN_FILES)
def test_there_are_files_that_hold_it(name: str) -> None:
    assert _from_files(name)


@pytest.mark.parametrize("name", HELD_IN_FILES)
def test_a_reading_of_a_photo_is_no_file(name: str) -> None:
    assert modules()[name].from_file(labelled(FILES[0]).reading, Hint()) is None


# --- those that a photo can show


@pytest.mark.parametrize("name", READ_FROM_PHOTOS)
def test_a_kind_of_document_yields_it(name: str) -> None:
    assert name in EVENT_OF.values(), "capture/events/sorting.py does not weigh it"


@pytest.mark.parametrize("name", READ_FROM_PHOTOS)
def test_there_are_fixtures_that_show_it(name: str) -> None:
    assert len(_shown(name)) >= 5


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", READ_FROM_PHOTOS)
def test_no_fixture_breaks_it(name: str, file: str) -> None:
    reading = labelled(file).reading
    for hint in HINTS:
        found = modules()[name].from_reading(reading, hint)
        if found is not None:
            _check(name, found, reading)


def _check(name: str, found: Candidate, reading: Reading) -> None:
    assert found.event_type == name
    assert 0 <= found.evidence <= 1
    assert found.signal
    assert found.printed_at is None or found.printed_at.tzinfo is None
    assert found.payload["source"] == reading.engine
    assert {flag.code for flag in found.flags} <= set(FLAGS)
    assert all(flag.sentence.endswith(".") for flag in found.flags)
    stored = validate_payload(name, found.payload)
    assert validate_payload(name, json.loads(json.dumps(stored))) == stored
    assert corrected_payload(name, stored, {}) == stored
    for field in found.fields.values():
        assert field.value
        assert field.engine == reading.engine
        assert 0 <= field.page < max(1, len(reading.page_sizes))
        assert field.polygon is None or len(field.polygon) >= 4


@pytest.mark.parametrize("spans", [0, 1, MAX_SPANS])
@pytest.mark.parametrize("name", READ_FROM_PHOTOS)
def test_empty_pages_and_floods_of_text_do_not_break_it(name: str, spans: int) -> None:
    span = Span(text="1", polygon=((0, 0), (5, 0), (5, 5), (0, 5)), score=0.5)
    for text in ("1", "TOTAL 1,00", "\N{CAMERA}"):
        said = tuple(span.model_copy(update={"text": text}) for _ in range(min(spans, 300)))
        reading = Reading(engine="e", model="m", spans=said, page_sizes=((10, 10),))
        found = modules()[name].from_reading(reading, Hint())
        assert spans or found is None
        assert found is None or found.event_type == name


@pytest.mark.parametrize("name", READ_FROM_PHOTOS)
def test_its_fixtures_yield_it(name: str) -> None:
    shown = _shown(name)
    right = [photo for photo in shown if photo.understood(name) is not None]
    assert len(right) >= 0.9 * len(shown), f"only {len(right)} of {len(shown)}"


def _same(read: object, field: str, printed: str) -> bool:
    plain = printed.replace(",", "").replace(".", "") if field == "odometer" else printed.replace(",", ".")
    return read is not None and float(str(read)) == float(plain)


@pytest.mark.parametrize(
    ("kind", "field", "label", "least"),
    [
        # Measured: 26 of 26, 25 of 25, 25 of 25, 13 of 13, 13 of 13, 34 of 38; a little below each.
        ("fuel_purchase", "total_cost", "total", 25),
        ("fuel_purchase", "volume", "volume", 24),
        ("fuel_purchase", "unit_price", "unit_price", 24),
        ("maintenance", "cost", "total", 12),
        ("maintenance", "odometer", "odometer", 12),
        ("odometer", "reading", "reading", 33),
    ],
)
def test_what_is_read_is_what_is_there(kind: str, field: str, label: str, least: int) -> None:
    right = []
    for photo in of_kind(kind):
        event = photo.understood()
        if event is not None and photo.truth.get(label) and _same(event.payload.get(field), field, photo.truth[label]):
            right.append(photo.file)
    assert len(right) >= least, f"{len(right)} of {len(of_kind(kind))}"


@pytest.mark.parametrize("file", FILES)
def test_what_is_written_by_hand_is_told_from_print(file: str) -> None:
    written = handwritten(labelled(file).reading)
    assert (written is not None) == ("handwritten" in labels()[file]["condition"])


@pytest.mark.parametrize("hint", [Hint(), Hint(kind="odometer")])
def test_receipts_for_other_things_never_become_fuel(hint: Hint) -> None:
    for photo in of_kind("receipt"):
        for candidate in understand(photo.reading, hint).candidates:
            assert candidate.event_type != "fuel_purchase", photo.file


@pytest.mark.parametrize("kind", ["trip_only", "unreadable"])
def test_a_display_without_an_odometer_yields_none(kind: str) -> None:
    for photo in of_kind(kind):
        assert photo.understood() is None, photo.file
