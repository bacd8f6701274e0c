"""S3 notifications: every recorded sender, every way to carry the secret, and bodies of an enemy."""

from __future__ import annotations

import base64
import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.errors import CaptureError, RefusedError, TriggerError
from capture.trigger import Upload, place_of
from tests.conftest import ROOT
from worker.triggers import s3

FIXTURES = sorted((ROOT / "fixtures" / "triggers").glob("*.json"))
PLACE = "tenants/00000000-0000-4000-8000-00000000000a/vehicles/00000000-0000-4000-8000-0000000000b1/"
SECRET = "correct horse battery"


def _fixture(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _parse(message: object) -> list[Upload]:
    return s3.parse(json.dumps(message).encode())


def _record(key: str = PLACE + "a.jpg", **changes: object) -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-11-20T08:15:42.117Z",
        "s3": {"bucket": {"name": "capture-photos"}, "object": {"key": key, "size": 10}},
        **changes,
    }


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_every_recorded_notification_is_understood(path: Path) -> None:
    fixture = _fixture(path)
    expected = fixture.get("expected_keys") or [fixture[name] for name in ("expected_key",) if name in fixture]
    uploads = _parse(fixture["body"])
    assert [upload.keys[0] for upload in uploads] == expected
    for upload in uploads:
        assert upload.bucket == "capture-photos"
        assert str(place_of(upload.keys[0]).tenant_id).endswith("00a")
        assert upload.size_bytes is not None
        assert upload.size_bytes > 0
        assert upload.happened_at is not None
        assert upload.happened_at.tzinfo is not None


def test_the_fixtures_hold_each_sender_and_each_kind_of_notification() -> None:
    names = {path.stem for path in FIXTURES}
    for sender in ("aws", "minio", "ceph"):
        assert {f"{sender}_put", f"{sender}_object_removed"} <= names
    silent = {path.stem for path in FIXTURES if not {"expected_key", "expected_keys"} & set(_fixture(path))}
    assert silent == {"aws_test_event", "aws_object_removed", "minio_object_removed", "ceph_object_removed"}


@pytest.mark.parametrize("source", ["aws:s3", "minio:s3", "ceph:s3", None])
def test_both_forms_of_a_key_are_kept_the_senders_own_first(source: str | None) -> None:
    [upload] = _parse({"Records": [_record(PLACE + "a+b%20c.jpg", eventSource=source)]})
    decoded, raw = PLACE + "a b c.jpg", PLACE + "a+b%20c.jpg"
    assert upload.keys == ((raw, decoded) if source == "ceph:s3" else (decoded, raw))


def test_a_key_with_one_form_is_said_once() -> None:
    [upload] = _parse({"Records": [_record()]})
    assert upload.keys == (PLACE + "a.jpg",)


def test_a_key_that_does_not_decode_is_taken_as_it_is() -> None:
    [upload] = _parse({"Records": [_record(PLACE + "%ff.jpg")]})
    assert upload.keys == (PLACE + "%ff.jpg",)


@pytest.mark.parametrize(("said", "version"), [("", None), ("null", None), (None, None), ("v1", "v1")])
def test_versions(said: str | None, version: str | None) -> None:
    record = _record()
    record["s3"]["object"]["versionId"] = said
    assert _parse({"Records": [record]})[0].version == version


def test_what_is_not_said_is_none() -> None:
    record = _record(eventTime="yesterday")
    del record["s3"]["object"]["size"]
    [upload] = _parse({"Records": [record]})
    assert (upload.size_bytes, upload.happened_at) == (None, None)


@pytest.mark.parametrize(
    "name", ["ObjectRemoved:Delete", "ObjectRestore:Post", "s3:ObjectAccessed:Get", "", "ObjectCreated"]
)
def test_only_created_objects_count(name: str) -> None:
    assert _parse({"Records": [_record(eventName=name)]}) == []


def test_no_records_are_no_uploads() -> None:
    assert _parse({"Records": []}) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "trigger_not_json"),
        (b"{", "trigger_not_json"),
        (b"\xff\xfe\xfd", "trigger_not_json"),
        (b"[" * 100_000, "trigger_not_json"),
        (b'{"Records":' + b"9" * 5_000 + b"}", "trigger_not_json"),
        (b"[]", "trigger_malformed"),
        (b"null", "trigger_malformed"),
        (b"{}", "trigger_malformed"),
        (b'{"Records": {}}', "trigger_malformed"),
        (b'{"Records": [1]}', "trigger_malformed"),
        (b'{"Records": [{"eventName": "ObjectCreated:Put"}]}', "trigger_malformed"),
        (b'{"Event": "s3:TestEvents"}', "trigger_malformed"),
        (b" " * (s3.MAX_BODY_BYTES + 1), "trigger_too_large"),
        (b'{"Records": [' + b"0," * s3.MAX_RECORDS + b"0]}", "trigger_too_large"),
    ],
)
def test_what_is_no_notification_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(TriggerError) as caught:
        s3.parse(body)
    assert caught.value.code == code


def test_a_record_that_makes_no_sense_does_not_hold_up_the_others(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = _parse({"Records": [None, _record(), {"eventName": "ObjectCreated:Put"}, _record(key="")]})
    assert [upload.keys for upload in found] == [(PLACE + "a.jpg",)]
    assert "3 of 4 records" in caplog.text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "Event", "eventName", "eventSource", "s3", "bucket", "name", "object", "key", "size"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def _survives(body: bytes) -> None:
    try:
        found = s3.parse(body)
    except TriggerError as error:
        codes = {"trigger_not_json", "trigger_malformed", "trigger_too_large"}
        assert error.code in codes  # noqa: PT017 (either outcome is right)
        return
    for upload in found:
        assert upload.keys
        assert all(upload.keys)
        assert upload == Upload.model_validate_json(upload.model_dump_json())


@given(st.binary())
def test_any_bytes_are_taken_or_refused(body: bytes) -> None:
    _survives(body)


@given(_JSON)
def test_any_json_is_taken_or_refused(message: object) -> None:
    _survives(json.dumps(message).encode())


@pytest.mark.parametrize("place", [("bucket", "name"), ("object", "key"), ("object", "versionId")])
def test_a_lone_surrogate_is_no_text(place: tuple[str, str]) -> None:
    body = copy.deepcopy(_fixture(FIXTURES[0])["body"])
    for record in body["Records"]:
        record["s3"][place[0]][place[1]] = "\ud800"
    with pytest.raises(TriggerError) as caught:
        s3.parse(json.dumps(body).encode())
    assert caught.value.code == "trigger_malformed"


@given(st.sampled_from(FIXTURES), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_real_notification_with_one_thing_changed_is_taken_or_refused(path: Path, data: st.DataObject) -> None:
    body = copy.deepcopy(_fixture(path)["body"])
    place: Any = body
    while True:
        name = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[name], dict | list) or not place[name] or data.draw(st.integers(0, 4)) == 0:
            break
        place = place[name]
    place[name] = data.draw(
        _JSON | st.sampled_from(["ObjectCreated:Put", "\ud800", "%", "%ff", "a\0b", "+", -1, 10**30])
    )
    _survives(json.dumps(body).encode())


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "path_secret", "query_secret"),
    [
        (f"Bearer {SECRET}", None, None),
        (f"bearer  {SECRET} ", None, None),
        (_basic("capture", SECRET), None, None),
        (_basic(SECRET, ""), None, None),
        (None, SECRET, None),
        (None, None, SECRET),
        ("Bearer wrong", "wrong", SECRET),
        (_basic("a", "b"), SECRET, "wrong"),
    ],
)
def test_the_secret_may_come_in_four_ways(
    authorization: str | None, path_secret: str | None, query_secret: str | None
) -> None:
    s3.authenticate(SECRET, authorization, path_secret, query_secret)


@pytest.mark.parametrize(
    ("authorization", "path_secret", "query_secret"),
    [
        (None, None, None),
        ("", "", ""),
        (SECRET, None, None),
        (f"Token {SECRET}", None, None),
        (f"Bearer {SECRET}x", None, None),
        (f"Bearer {SECRET[:-1]}", None, None),
        ("Bearer", None, None),
        ("Basic", None, None),
        ("Basic !!!", None, None),
        ("Basic \xe9", None, None),
        ("Basic " + base64.b64encode(b"\xff\xfe").decode(), None, None),
        (_basic("", ""), None, None),
        (None, SECRET.upper(), None),
        (None, None, SECRET + "\0"),
        ("Bearer \xe9", "\xe9", "\N{CAMERA}"),
    ],
)
def test_anything_else_is_refused_without_repeating_it(
    authorization: str | None, path_secret: str | None, query_secret: str | None
) -> None:
    with pytest.raises(RefusedError) as caught:
        s3.authenticate(SECRET, authorization, path_secret, query_secret)
    assert caught.value.code == "secret_wrong"
    assert caught.value.http_status == 401
    assert SECRET.casefold() not in caught.value.message.casefold()


@pytest.mark.parametrize("offered", ["", "x", SECRET])
def test_without_a_secret_everything_is_refused(offered: str) -> None:
    with pytest.raises(RefusedError):
        s3.authenticate("", f"Bearer {offered}", offered, offered)


_HEADER = st.text(st.characters(max_codepoint=0xFF))  # as a server decodes a header: Latin-1
_OFFERED = st.none() | st.text(st.characters(exclude_categories=["Cs"]))


@given(st.none() | _HEADER | _HEADER.map("Basic ".__add__) | _HEADER.map("Bearer ".__add__), _OFFERED, _OFFERED)
def test_no_request_breaks_the_check(
    authorization: str | None, path_secret: str | None, query_secret: str | None
) -> None:
    with pytest.raises(CaptureError) as caught:
        s3.authenticate(SECRET, authorization, path_secret, query_secret)
    assert caught.value.code == "secret_wrong"
