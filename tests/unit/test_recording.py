"""What is written of an event: payload, provenance, its time, and what a second look says beside the first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from capture.errors import RefusedError
from capture.exif import Location
from capture.image import DocumentFacts
from storage.queries import events, uploads
from tests.unit.judging import candidate, facts, good
from worker import recording
from worker.examine import Examined, Judged

CAME = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TAKEN = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
SAID = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
RUN = UUID(int=7)
EVENT = UUID(int=8)


def _judged(**payload: Any) -> Judged:
    return Judged(
        candidate=candidate(**payload),
        probability=0.97,
        percent=97,
        fields={},
        confidence_parts={},
        confidence_sentence="x",
        flags=(),
        review_state="accepted",
    )


def _examined(known: DocumentFacts) -> Examined:
    attempt = good()
    assert attempt.reading is not None
    return Examined(facts=known, attempts=(attempt,), fields={}, events=())


def _job(**changes: Any) -> uploads.Job:
    plain: dict[str, Any] = {
        "tenant_id": UUID(int=1), "id": UUID(int=2), "vehicle_id": UUID(int=3), "bucket": "b", "object_key": "k.jpg",
        "object_version": None, "etag": "e", "size_bytes": 1, "attempt": 1, "tries": 1, "hint_kind": None,
        "declared_size_bytes": None,
        "declared_sha256": None, "device": {}, "phone_captured_at": None, "phone_location": None, "created_at": CAME,
        "created_by": None,
    }  # fmt: skip
    return uploads.Job(**{**plain, **changes})


def _payload(known: DocumentFacts, job: uploads.Job | None, **payload: Any) -> dict[str, Any]:
    found = recording.full_payload(_examined(known), _judged(**payload), job, None if job is None else RUN)
    assert json.loads(json.dumps(found)) == found
    return found


def test_without_a_job_there_is_no_provenance() -> None:
    found = _payload(facts(), None)
    assert "provenance" not in found
    assert "device_info" not in found
    assert "location" not in found
    assert (found["reading"], found["unit"], found["source"]) == (48213, "km", "rapid_ocr")
    assert found["image_metadata"] == {"resolution": "800x600", "file_size_bytes": 1234, "truncated": False}


def test_provenance_says_from_which_bytes_and_run_and_where_on_the_photo() -> None:
    found = _payload(facts(), _job(object_version="v1"))
    boxes = found["provenance"].pop("boxes")
    assert found["provenance"] == {
        "object_key": "k.jpg",
        "object_version": "v1",
        "sha256": "ab" * 32,
        "engine": "rapid_ocr",
        "model_version": "rapid_ocr 1",
        "run_id": str(RUN),
    }
    assert boxes == {"reading": {"page": 0, "polygon": [[0.0, 0.0], [90.0, 0.0], [90.0, 20.0], [0.0, 20.0]]}}


def test_an_unversioned_object_has_no_version() -> None:
    assert "object_version" not in _payload(facts(), _job())["provenance"]


def test_the_photo_s_own_facts_are_kept() -> None:
    known = facts(captured_at=TAKEN, captured_at_has_offset=True, truncated=True)
    said = _payload(known, None)["image_metadata"]
    assert datetime.fromisoformat(said["capture_timestamp"]) == TAKEN
    assert said["truncated"] is True


def test_the_camera_knows_better_than_the_phone_where_it_was() -> None:
    phone = {"latitude": 1.0, "longitude": 2.0}
    exif = Location(latitude=10.0, longitude=20.0)
    assert _payload(facts(location=exif), _job(phone_location=phone))["location"]["latitude"] == 10.0
    assert _payload(facts(), _job(phone_location=phone))["location"] == phone
    assert _payload(facts(location=exif), None)["location"]["longitude"] == 20.0


def test_the_device_is_kept() -> None:
    assert _payload(facts(), _job(device={"platform": "iOS"}))["device_info"] == {"platform": "iOS"}


def test_the_candidate_s_payload_stays_as_it_is() -> None:
    judged = _judged()
    before = dict(judged.candidate.payload)
    recording.full_payload(_examined(facts()), judged, _job(), RUN)
    assert judged.candidate.payload == before


def test_a_payload_that_its_own_model_refuses_is_refused_without_its_values() -> None:
    with pytest.raises(RefusedError) as caught:
        _payload(facts(), None, reading="hunter2", nonsense="hunter2")
    assert caught.value.code == "payload_invalid"
    assert "nonsense, reading" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("known", "phone", "expected"),
    [
        (facts(captured_at=TAKEN, captured_at_has_offset=True), SAID, (TAKEN, "exif")),
        (facts(captured_at=TAKEN, captured_at_has_offset=False), SAID, (SAID, "phone")),
        (facts(captured_at=TAKEN, captured_at_has_offset=False), None, (CAME, "upload")),
        (facts(), SAID, (SAID, "phone")),
        (facts(), None, (CAME, "upload")),
    ],
)
def test_when_it_happened(known: DocumentFacts, phone: datetime | None, expected: tuple[datetime, str]) -> None:
    assert recording._occurred(_job(phone_captured_at=phone), _examined(known)) == expected


def _linked(payload: dict[str, Any]) -> events.LinkedEvent:
    return events.LinkedEvent("odometer_reading", 0, EVENT, CAME, payload, 97, "verified")


def _new(payload: dict[str, Any]) -> events.NewEvent:
    return events.NewEvent(
        id=EVENT, vehicle_id=UUID(int=3), upload_id=UUID(int=2), event_type="odometer_reading", source="photo",
        payload=payload, confidence=None, occurred_at=CAME, occurred_at_source="upload", review_state="flagged",
    )  # fmt: skip


SAME = {
    "reading": 5,
    "unit": "km",
    "source": "rapid_ocr",
    "extracted_fields": {"merchant_name": "M", "ocr_confidence": 9},
}


@pytest.mark.parametrize(
    "after",
    [
        SAME,
        {**SAME, "source": "tesseract", "ocr_confidence": 3, "provenance": {"run_id": "x"}, "payload_version": 1},
        {**SAME, "image_metadata": {}, "device_info": {}, "location": {}},
        {**SAME, "reading": 5.0},
        {**SAME, "extracted_fields": {"merchant_name": "M", "ocr_confidence": 1}},
        {**SAME, "extracted_fields": {"merchant_name": "M"}},
    ],
)
def test_how_it_was_read_does_not_change_what_an_event_says(after: dict[str, Any]) -> None:
    assert recording._verdict(_linked(SAME), _new(after)) == "unchanged"


@pytest.mark.parametrize(
    "after",
    [
        {**SAME, "reading": 6},
        {**SAME, "unit": "mi"},
        {name: value for name, value in SAME.items() if name != "unit"},
        {**SAME, "parsed_digits": "5"},
        {**SAME, "extracted_fields": {"merchant_name": "N", "ocr_confidence": 9}},
    ],
)
def test_another_fact_is_a_change(after: dict[str, Any]) -> None:
    assert recording._verdict(_linked(SAME), _new(after)) == "changed"


def test_one_side_alone_is_new_or_gone() -> None:
    assert recording._verdict(None, _new(SAME)) == "new"
    assert recording._verdict(_linked(SAME), None) == "gone"


def test_events_of_one_type_are_counted_from_zero() -> None:
    made = [_new({}), _new({}), _new({})]
    assert [recording._ordinal(made, index) for index in range(3)] == [0, 1, 2]


def test_facts_are_compared_without_touching_the_payload() -> None:
    payload: dict[str, Any] = json.loads(json.dumps(SAME))
    recording._facts(payload)
    assert payload == SAME
