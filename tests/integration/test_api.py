"""The HTTP API against real services: tokens, presigned uploads, triggers, errors."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient

from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM
from storage.queries import tenants
from tests.integration.conftest import FIXTURES, SECRET, Fleet, photo
from web.app import create_app
from worker import tokens
from worker.pipeline import read_upload

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as made:
        yield made


def bearer(fleet: Fleet, role: tenants.Role = "owner", expires_at: datetime | None = None) -> dict[str, str]:
    user_id = fleet.user_id
    if role != "owner":
        with fleet.services.db.ops_tx() as tx:
            user_id = tenants.ensure_member(tx, fleet.tenant_id, f"{role}-{uuid4().hex}@example.com", role, role)
    token = tokens.create(fleet.services, fleet.tenant_id, user_id, "test", expires_at)
    return {"Authorization": f"Bearer {token}"}


def announcement(fleet: Fleet, data: bytes, **more: object) -> dict[str, object]:
    return {
        "vehicle_id": str(fleet.vehicle_id),
        "size_bytes": len(data),
        "content_type": "image/jpeg",
        "sha256": hashlib.sha256(data).hexdigest(),
        **more,
    }


def code(response: httpx2.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert set(said) == {"type", "title", "status", "detail", "code"}
    assert said["status"] == response.status_code
    assert len(said["detail"]) > 20
    return str(said["code"])


def test_from_announcement_to_event(client: TestClient, fleet: Fleet, reader: Reader) -> None:
    data, headers = photo("dash_012.jpg"), bearer(fleet)
    said = announcement(
        fleet,
        data,
        kind="odometer",
        device={"platform": "iOS", "app_version": "1.2.3"},
        captured_at="2026-11-20T10:30:00+01:00",
        location={"latitude": 37.7749, "longitude": -122.4194, "accuracy_meters": 5},
    )
    asked = client.post("/v1/uploads", json=said, headers=headers)
    assert asked.status_code == 201
    ticket = asked.json()
    early = client.post(f"/v1/uploads/{ticket['upload_id']}/complete", headers=headers)
    assert (early.status_code, code(early)) == (409, "object_not_landed")
    assert httpx2.put(
        ticket["url"], content=data[:-1], headers=ticket["headers"] | {"Content-Length": str(len(data) - 1)}
    ).is_error
    httpx2.put(ticket["url"], content=data, headers=ticket["headers"]).raise_for_status()
    for _ in range(2):
        done = client.post(f"/v1/uploads/{ticket['upload_id']}/complete", headers=headers)
        assert (done.status_code, done.json()["state"]) == (202, "queued")
    (upload_id,) = [row["id"] for row in client.get("/v1/uploads", headers=headers).json()["items"]]
    assert upload_id == ticket["upload_id"]

    read_upload(fleet.services, reader, fleet.tenant_id, fleet.upload(upload_id).id)
    shown = client.get(f"/v1/uploads/{upload_id}", headers=headers).json()
    (event,) = shown["events"]
    assert (shown["state"], shown["kind"], event["event_type"]) == ("recorded", "odometer", "odometer_reading")
    assert event["payload"]["device_info"] == {"platform": "iOS", "app_version": "1.2.3"}
    assert event["flagged"] is True
    explained = client.get(f"/v1/events/{event['id']}", headers=headers).json()
    assert event.items() <= explained.items()
    assert "Nobody has measured" in explained["explanation"]
    assert client.get("/v1/events", params={"review_state": "flagged"}, headers=headers).json()["items"] == [event]
    assert client.get("/v1/events", params={"review_state": "accepted"}, headers=headers).json()["items"] == []


def test_a_file_of_trips_from_announcement_to_event(client: TestClient, fleet: Fleet, reader: Reader) -> None:
    data, headers = (FIXTURES / "files" / "trips_log.csv").read_bytes(), bearer(fleet)
    said = announcement(fleet, data, content_type="text/csv", kind="trip_batch")
    ticket = client.post("/v1/uploads", json=said, headers=headers).json()
    httpx2.put(ticket["url"], content=data, headers=ticket["headers"]).raise_for_status()
    client.post(f"/v1/uploads/{ticket['upload_id']}/complete", headers=headers)
    read_upload(fleet.services, reader, fleet.tenant_id, fleet.upload(ticket["upload_id"]).id)
    shown = client.get(f"/v1/uploads/{ticket['upload_id']}", headers=headers).json()
    (event,) = shown["events"]
    assert (shown["state"], shown["kind"], shown["content_type"]) == ("recorded", "trip_batch", "text/csv")
    assert (event["event_type"], event["source"], event["flagged"]) == ("trip_batch", "file", True)
    assert [row["line"] for row in event["payload"]["rejected_rows"]] == [4, 6]
    assert "kind_differs" not in [reason["code"] for reason in event["flag_reasons"]]


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"vehicle_id": str(uuid4())}, 404, "vehicle_unknown"),
        ({"vehicle_id": "x"}, 422, "request_invalid"),
        ({"size_bytes": 10**12}, 413, "image_too_large"),
        ({"size_bytes": 0}, 422, "request_invalid"),
        ({"content_type": "text/html"}, 415, "image_unsupported"),
        ({"content_type": "text/csv", "size_bytes": 11 * 1024 * 1024}, 413, "text_too_large"),
        ({"kind": "selfie"}, 422, "request_invalid"),
        ({"sha256": "abc"}, 422, "request_invalid"),
        ({"device": {"platform": "a\x00b"}}, 422, "request_invalid"),
        ({"captured_at": "2026-01-01T00:00:00"}, 422, "request_invalid"),
        ({"captured_at": "9999-12-31T23:59:59-12:00"}, 422, "request_invalid"),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, 422, "request_invalid"),
        ({"location": {"latitude": 91, "longitude": 0}}, 422, "request_invalid"),
        ({"surprise": 1}, 422, "request_invalid"),
    ],
)
def test_a_wrong_announcement_says_what_is_wrong(
    client: TestClient, fleet: Fleet, change: dict[str, object], status: int, expected: str
) -> None:
    said = announcement(fleet, b"abc") | change
    answer = client.post("/v1/uploads", json=said, headers=bearer(fleet))
    assert (answer.status_code, code(answer)) == (status, expected)
    assert fleet.count("uploads") == 0


def test_without_a_valid_token_nothing_is_answered(client: TestClient, fleet: Fleet) -> None:
    token = bearer(fleet)["Authorization"]
    other_tenants = f"Bearer cap_{uuid4().hex}_{token.rsplit('_', 1)[-1]}"
    assert code(client.get("/v1/events")) == "token_missing"
    expired = bearer(fleet, expires_at=datetime.now(UTC) - timedelta(seconds=1))["Authorization"]
    for wrong in (other_tenants, token[:-1], token + "x", "Bearer x", "Bearer \x7f", expired):
        answer = client.get("/v1/events", headers={"Authorization": wrong})
        assert (answer.status_code, code(answer)) == (401, "token_invalid")
    assert client.get("/v1/events", headers={"Authorization": token}).status_code == 200
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        for row in tenants.tokens(tx):
            tenants.revoke_token(tx, row.id)
        hashes = tx.execute("select token_hash from capture.api_tokens").fetchall()
    assert hashlib.sha256(token.removeprefix("Bearer ").encode()).digest() in {row[0] for row in hashes}
    assert code(client.get("/v1/events", headers={"Authorization": token})) == "token_invalid"


def test_a_viewer_looks_and_does_not_send(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet, "viewer")
    assert client.get("/v1/vehicles", headers=headers).status_code == 200
    answer = client.post("/v1/uploads", json=announcement(fleet, b"abc"), headers=headers)
    assert (answer.status_code, code(answer)) == (403, "role_insufficient")


def test_another_tenants_things_look_as_if_they_did_not_exist(
    client: TestClient, fleet: Fleet, other_fleet: Fleet, reader: Reader
) -> None:
    upload_id = other_fleet.send(photo("fuel_000.jpg"))
    read_upload(other_fleet.services, reader, other_fleet.tenant_id, upload_id)
    theirs = client.get("/v1/events", headers=bearer(other_fleet)).json()["items"][0]["id"]
    headers = bearer(fleet)
    for path in ("/v1/uploads/{}", "/v1/events/{}"):
        real = client.get(path.format(upload_id if "uploads" in path else theirs), headers=headers)
        invented = client.get(path.format(uuid4()), headers=headers)
        assert (real.status_code, real.json()) == (404, invented.json())
    assert client.post(f"/v1/uploads/{upload_id}/complete", headers=headers).status_code == 404
    said = announcement(fleet, b"abc") | {"vehicle_id": str(other_fleet.vehicle_id)}
    assert code(client.post("/v1/uploads", json=said, headers=headers)) == "vehicle_unknown"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def record(fleet: Fleet, key: str) -> dict[str, object]:
    return {
        "eventSource": "ceph:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": fleet.services.objects.bucket}, "object": {"key": key, "size": 3, "versionId": ""}},
    }


@pytest.mark.parametrize("form", ["bearer", "basic", "path", "query"])
def test_a_notification_with_the_secret_queues_the_photo(client: TestClient, fleet: Fleet, form: str) -> None:
    key = fleet.put("a b+c%41.jpg", photo("fuel_000.jpg"))
    body = {"Records": [record(fleet, key), record(fleet, "elsewhere/x.jpg")]}
    path = f"/v1/triggers/s3/{SECRET}" if form == "path" else "/v1/triggers/s3"
    headers = {"bearer": {"Authorization": f"Bearer {SECRET}"}, "basic": basic("capture", SECRET)}.get(form, {})
    answer = client.post(path, json=body, headers=headers, params={"secret": SECRET} if form == "query" else {})
    assert (answer.status_code, answer.json()) == (202, {"objects": 2})
    assert fleet.count("uploads") == 1
    assert fleet.services.queue.depth() == 1


def test_a_wrong_secret_is_refused_and_never_repeated(client: TestClient, fleet: Fleet) -> None:
    for answer in (
        client.post("/v1/triggers/s3", json={"Records": []}),
        client.post("/v1/triggers/s3/wrong-secret-wrong", json={"Records": []}),
        client.post("/v1/triggers/s3", json={"Records": []}, params={"secret": "wrong-secret-wrong"}),
        client.post("/v1/triggers/s3", json={"Records": []}, headers=basic("x", "é")),
    ):
        assert (answer.status_code, code(answer)) == (401, "secret_wrong")
        assert "wrong-secret" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"not json", 400, "trigger_not_json"),
        (b"\xff\xfe", 400, "trigger_not_json"),
        (b"[]", 400, "trigger_malformed"),
        (b"{}", 400, "trigger_malformed"),
        (b"[" * 100_000, 400, "trigger_not_json"),
        (b'{"Records": [{"eventName": "ObjectCreated:Put", "s3": 1}]}', 400, "trigger_malformed"),
        (b" " * (4 * 1024 * 1024 + 1), 413, "trigger_too_large"),
    ],
)
def test_a_broken_notification_says_what_is_wrong(
    client: TestClient, fleet: Fleet, body: bytes, status: int, expected: str
) -> None:
    answer = client.post("/v1/triggers/s3", content=body, headers={"Authorization": f"Bearer {SECRET}"})
    assert (answer.status_code, code(answer)) == (status, expected)


def test_a_body_that_is_too_long_is_refused_before_anything_else(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    for content in (b"x" * 70_000, endless()):
        answer = client.post("/v1/uploads", content=content)
        assert (answer.status_code, code(answer)) == (413, "request_too_large")


def test_health_says_what_is_away(client: TestClient, settings: Settings, fleet: Fleet) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ok"}
    broken = settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})
    with TestClient(create_app(broken)) as other:
        answer = other.get("/readyz")
        assert (answer.status_code, code(answer)) == (503, "storage_unavailable")
        assert other.get("/healthz").status_code == 200


def test_an_unknown_path_has_the_same_form_of_error(client: TestClient) -> None:
    assert code(client.get("/nowhere")) == "path_unknown"
    assert code(client.delete("/healthz")) == "method_wrong"
    assert client.get("/v1/openapi.json").json()["info"]["title"] == "MotoMind Capture"
    assert json.loads(client.get("/healthz").text)
