"""What callers may rely on: pages of lists, versions, keys against repetition, and what each resource takes."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient

from capture.errors import ConflictError
from extractors.reader import Reader
from storage.db import SYSTEM
from tests.integration.conftest import Fleet, photo
from tests.integration.test_api import announcement, bearer, client, code
from worker import once
from worker.pipeline import read_upload
from worker.sweep import sweep

__all__ = ["client"]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(fleet: Fleet, reading: int, day: int = 0, **more: object) -> dict[str, object]:
    at = (START + timedelta(days=day)).isoformat()
    payload = {"reading": reading, "unit": "km"}
    said = {"vehicle_id": str(fleet.vehicle_id), "event_type": "odometer_reading", "occurred_at": at}
    return {**said, "payload": payload, **more}


def enter(client: TestClient, headers: dict[str, str], said: dict[str, object]) -> dict[str, Any]:
    answer = client.post("/v1/events", json=said, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["etag"] == f'"{made["version"]}"'
    assert answer.headers["location"] == f"/v1/events/{made['id']}"
    return made


def walk(client: TestClient, headers: dict[str, str], path: str, **asked: Any) -> list[dict[str, Any]]:
    """Return all rows of a list, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = client.get(path, params=asked, headers=headers).json()
        assert set(page) == {"items", "next"}
        assert len(page["items"]) <= asked.get("limit", 100)
        found += page["items"]
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


def test_pages_show_each_row_once_whatever_comes_meanwhile(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet)
    made = [enter(client, headers, entry(fleet, 1_000 + day, day))["id"] for day in range(7)]
    newest_first = made[::-1]
    assert [row["id"] for row in walk(client, headers, "/v1/events", limit=3)] == newest_first
    first = client.get("/v1/events", params={"limit": 3}, headers=headers).json()
    enter(client, headers, entry(fleet, 2_000, 90))
    enter(client, headers, entry(fleet, 1_000, -1))
    rest = client.get("/v1/events", params={"limit": 100, "cursor": first["next"]}, headers=headers).json()["items"]
    assert [row["id"] for row in first["items"] + rest][:7] == newest_first
    assert len(rest) == 5


def test_what_is_searched_is_found(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet)
    first, second = (enter(client, headers, entry(fleet, 1_000 + day, day)) for day in (0, 10))
    fault = entry(fleet, 0, 5, event_type="issue_report", payload={"description": "Grüne 100%", "severity": "info"})
    third = enter(client, headers, fault)

    def found(**asked: Any) -> set[str]:
        return {row["id"] for row in walk(client, headers, "/v1/events", **asked)}

    assert found(event_type="issue_report") == {third["id"]}
    assert found(since=(START + timedelta(days=5)).isoformat()) == {second["id"], third["id"]}
    assert found(until=(START + timedelta(days=5)).isoformat()) == {first["id"]}
    assert found(text="grüne 100%") == {third["id"]}
    assert found(text="1010") == {second["id"]}
    assert found(text="VAN 1") == {first["id"], second["id"], third["id"]}
    assert found(text="%") == {third["id"]}
    assert found(review_state=["verified", "flagged"]) == {first["id"], second["id"], third["id"]}
    assert found(review_state="flagged") == found(vehicle_id=str(fleet.other_vehicle_id)) == set()


@pytest.mark.parametrize("path", ["/v1/events", "/v1/uploads", "/v1/duplicates", "/v1/review", "/v1/vehicles"])
@pytest.mark.parametrize("cursor", ["x", "WyJ1cCJd", "é", "bnVsbA==", "W1sxXV0=", "A" * 199])
def test_a_cursor_that_is_none_of_ours_is_refused(client: TestClient, fleet: Fleet, path: str, cursor: str) -> None:
    answer = client.get(path, params={"cursor": cursor}, headers=bearer(fleet))
    assert (answer.status_code, code(answer)) == (422, "cursor_invalid")


def test_a_cursor_of_another_list_is_refused(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet)
    page = client.get("/v1/vehicles", params={"limit": 1}, headers=headers).json()
    asked = {"cursor": page["next"], "order": "last_used"}
    assert code(client.get("/v1/vehicles", params=asked, headers=headers)) == "cursor_invalid"


def test_an_event_by_hand_is_its_persons_word_and_plausibility_is_told(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet)
    first = enter(client, headers, entry(fleet, 50_000, 0))
    assert (first["source"], first["review_state"], first["confidence"]) == ("manual", "verified", None)
    assert (first["occurred_at_source"], first["payload"]["source"]) == ("person", "manual")
    odd = enter(client, headers, entry(fleet, 40_000, 3))
    assert odd["review_state"] == "verified"
    assert "reading_out_of_order" in {flag["code"] for flag in odd["flag_reasons"]}
    viewer = client.post("/v1/events", json=entry(fleet, 1), headers=bearer(fleet, "viewer"))
    assert (viewer.status_code, code(viewer)) == (403, "role_insufficient")


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"vehicle_id": str(uuid4())}, 404, "vehicle_unknown"),
        ({"occurred_at": "2026-03-01T12:00:00"}, 422, "request_invalid"),
        ({"occurred_at": "9999-12-31T23:59:59-12:00"}, 422, "request_invalid"),
        ({"payload": {"reading": -1}}, 422, "payload_invalid"),
        ({"payload": {"reading": 10**4000}}, 422, "request_invalid"),
        ({"payload": {"nobody_knows": 1}}, 422, "payload_invalid"),
        ({"payload": {"parsed_digits": "1\0"}}, 422, "request_invalid"),
        ({"payload": {"a\ud800": 1}}, 422, "request_invalid"),
        ({"event_type": "issue_report", "payload": {"description": "\udfff"}}, 422, "request_invalid"),
        ({"payload": {"source": "odometer", "reading": 5}, "surprise": 1}, 422, "request_invalid"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(
    client: TestClient, fleet: Fleet, change: dict[str, object], status: int, expected: str
) -> None:
    body = json.dumps(entry(fleet, 1_000) | change)  # halves of characters too, escaped
    headers = bearer(fleet) | {"Content-Type": "application/json"}
    answer = client.post("/v1/events", content=body, headers=headers)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert fleet.count("manual_events") == 0


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b"[" * 5_000 + b"]" * 5_000, b'{"payload": NaN}', b'{"a": 1e999}', b"9" * 5_000]
)
def test_what_is_no_json_is_refused(client: TestClient, fleet: Fleet, body: bytes) -> None:
    headers = bearer(fleet) | {"Content-Type": "application/json"}
    answer = client.post("/v1/events", content=body, headers=headers)
    assert (answer.status_code, code(answer)) == (422, "request_invalid")


def test_a_decision_on_what_has_changed_meanwhile_is_refused(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet)
    event = enter(client, headers, entry(fleet, 50_000))
    path = f"/v1/events/{event['id']}"
    seen = client.get(path, headers=headers).headers["etag"]
    said = {"values": {"reading": 50_001}}
    corrected = client.post(f"{path}/correct", json=said, headers=headers | {"If-Match": seen})
    assert (corrected.status_code, corrected.json()["payload"]["reading"]) == (200, 50_001)
    assert corrected.headers["etag"] == client.get(path, headers=headers).headers["etag"] != seen
    for verb in ("correct", "void"):
        body = said if verb == "correct" else None
        stale = client.post(f"{path}/{verb}", json=body, headers=headers | {"If-Match": seen})
        assert (stale.status_code, code(stale)) == (412, "version_conflict")
    for wrong in (b"3", b'"x"', b'W/"3"', b'"', b'"\xb3"', b'"' + b"9" * 90 + b'"'):
        sent = [(name.encode(), value.encode()) for name, value in headers.items()] + [(b"If-Match", wrong)]
        refused = client.post(f"{path}/void", headers=sent)
        assert (refused.status_code, code(refused)) == (422, "request_invalid")
    assert client.post(f"{path}/void", headers=headers | {"If-Match": "*"}).json()["review_state"] == "voided"
    assert code(client.post(f"{path}/confirm", headers=headers)) == "already_decided"
    assert code(client.post(f"/v1/events/{uuid4()}/reject", headers=headers)) == "event_unknown"


def test_what_a_decision_does_to_others_is_told(
    client: TestClient, fleet: Fleet, reader: Reader, undrawn: None
) -> None:
    headers = bearer(fleet)
    upload_id = fleet.send(photo("dash_012.jpg"), kind="odometer")
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    (read,) = client.get(f"/v1/uploads/{upload_id}", headers=headers).json()["events"]
    at = datetime.fromisoformat(read["occurred_at"]) - timedelta(days=1)
    more = read["payload"]["reading"] + 200_000
    before = enter(client, headers, entry(fleet, more, occurred_at=at.isoformat()))
    (effect,) = before["affected"]
    assert (effect["event_id"], effect["cleared"]) == (read["id"], [])
    assert effect["raised"]
    taken_back = client.post(f"/v1/events/{before['id']}/void", headers=headers).json()
    assert {flag for one in taken_back["affected"] for flag in one["cleared"]} == set(effect["raised"])
    assert client.post(f"/v1/events/{read['id']}/confirm", headers=headers).json()["review_state"] == "verified"


def test_a_repeated_request_is_answered_once(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet)
    keyed = headers | {"Idempotency-Key": "one-and-the-same"}
    first = client.post("/v1/events", json=entry(fleet, 50_000), headers=keyed)
    again = client.post("/v1/events", json=entry(fleet, 50_000), headers=keyed)
    assert (again.status_code, again.json()) == (201, first.json())
    assert fleet.count("manual_events") == 1
    other = client.post("/v1/events", json=entry(fleet, 50_001), headers=keyed)
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    elsewhere = client.post("/v1/vehicles", json={"label": "Van 3"}, headers=keyed)
    assert code(elsewhere) == "idempotency_key_reused"
    theirs = bearer(fleet, "manager") | {"Idempotency-Key": "one-and-the-same"}
    assert client.post("/v1/events", json=entry(fleet, 50_001), headers=theirs).status_code == 201
    for wrong in ("", "a b", "x" * 201):
        assert code(client.post("/v1/vehicles", json={"label": "V"}, headers=headers | {"Idempotency-Key": wrong}))


def test_a_refused_request_may_be_repeated_mended(client: TestClient, fleet: Fleet) -> None:
    keyed = bearer(fleet) | {"Idempotency-Key": "k"}
    wrong = client.post("/v1/events", json=entry(fleet, 1, payload={"reading": -1}), headers=keyed)
    assert code(wrong) == "payload_invalid"
    assert client.post("/v1/events", json=entry(fleet, 1), headers=keyed).status_code == 201


def test_one_of_several_at_once_does_the_work(fleet: Fleet) -> None:
    begun, go = threading.Event(), threading.Event()
    request = once.Once(fleet.services, fleet.tenant_id, fleet.person, "k", b"a")

    def make() -> dict[str, int]:
        begun.set()
        assert go.wait(10)
        return {"made": 1}

    with ThreadPoolExecutor() as pool:
        first = pool.submit(request.do, make)
        assert begun.wait(10)
        with pytest.raises(ConflictError) as refused:
            request.do(lambda: {"made": 2})
        go.set()
        assert (refused.value.code, first.result()) == ("idempotency_key_busy", {"made": 1})
    assert request.do(lambda: {"made": 3}) == {"made": 1}


def test_keys_are_forgotten_after_a_day_and_begun_anew_where_a_process_died(fleet: Fleet) -> None:
    request = once.Once(fleet.services, fleet.tenant_id, fleet.person, "k", b"a")
    request.do(lambda: {"made": 1})
    set_back = "update capture.idempotency_keys set claimed_at = now() - interval '2 minutes', "
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute(set_back + "answer = null")
    assert request.do(lambda: {"made": 2}) == {"made": 2}
    sweep(fleet.services)
    assert fleet.count("idempotency_keys") == 1
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute(set_back + "created_at = now() - interval '25 hours'")
    sweep(fleet.services)
    assert fleet.count("idempotency_keys") == 0


def test_a_repeated_announcement_gets_the_same_upload_and_no_url_is_kept(client: TestClient, fleet: Fleet) -> None:
    said = announcement(fleet, b"abc")
    del said["sha256"]
    keyed = bearer(fleet) | {"Idempotency-Key": "k"}
    first, again = (client.post("/v1/uploads", json=said, headers=keyed).json() for _ in range(2))
    assert first["upload_id"] == again["upload_id"]
    assert first["headers"] == again["headers"]
    assert fleet.count("uploads") == 1
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        ((kept,),) = tx.execute("select answer::text from capture.idempotency_keys").fetchall()
    assert "Signature" not in kept


def test_a_batch_announces_what_is_right_and_tells_what_is_wrong(client: TestClient, fleet: Fleet) -> None:
    headers, data = bearer(fleet), photo("fuel_000.jpg")
    good, wrong = announcement(fleet, data), announcement(fleet, b"x", content_type="text/html")
    unknown = announcement(fleet, b"x", vehicle_id=str(uuid4()))
    answer = client.post("/v1/uploads/batch", json={"uploads": [wrong, good, unknown, good]}, headers=headers)
    items = answer.json()["items"]
    assert answer.status_code == 200
    assert [item["problem"] and item["problem"]["code"] for item in items] == [
        "image_unsupported",
        None,
        "vehicle_unknown",
        None,
    ]
    ticket = items[1]["ticket"]
    assert items[3]["ticket"]["upload_id"] == ticket["upload_id"]
    httpx2.put(ticket["url"], content=data, headers=ticket["headers"]).raise_for_status()
    assert client.post(f"/v1/uploads/{ticket['upload_id']}/complete", headers=headers).status_code == 202
    device = {"user_agent": "x" * 500, "platform": "y" * 100}
    many = [announcement(fleet, b"%d" % number, device=device) for number in range(100)]
    assert len(client.post("/v1/uploads/batch", json={"uploads": many}, headers=headers).json()["items"]) == 100
    for refused in ([], [good] * 101):
        answer = client.post("/v1/uploads/batch", json={"uploads": refused}, headers=headers)
        assert answer.status_code in {413, 422}


def test_what_failed_is_tried_again_and_what_was_read_is_not(
    client: TestClient, fleet: Fleet, other_fleet: Fleet, reader: Reader
) -> None:
    headers = bearer(fleet)
    broken, read = fleet.send(b"no photo"), fleet.send(photo("fuel_000.jpg"))
    path = f"/v1/uploads/{broken}/retry"
    assert code(client.post(path, headers=headers)) == "not_rerunnable"
    for upload_id in (broken, read):
        read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert fleet.upload(broken).state == "rejected"
    answer = client.post(path, headers=headers)
    assert (answer.status_code, answer.json()["state"], answer.json()["error_code"]) == (202, "queued", None)
    assert code(client.post(f"/v1/uploads/{read}/retry", headers=headers)) == "not_rerunnable"
    assert code(client.post(path, headers=bearer(other_fleet))) == "upload_unknown"
    assert code(client.post(path, headers=bearer(fleet, "viewer"))) == "role_insufficient"
    digest = hashlib.sha256(photo("fuel_000.jpg")).hexdigest()
    assert [row["id"] for row in walk(client, headers, "/v1/uploads", sha256=digest)] == [str(read)]


def test_a_photo_is_seen_by_whoever_may_for_a_while(client: TestClient, fleet: Fleet, other_fleet: Fleet) -> None:
    data = photo("fuel_000.jpg")
    path = f"/v1/uploads/{fleet.send(data)}/photo"
    seen = client.get(path, headers=bearer(fleet, "viewer")).json()
    assert httpx2.get(seen["url"]).content == data
    assert f"X-Amz-Expires={seen['expires_in_s']}" in seen["url"]
    assert seen["expires_in_s"] <= 300
    assert code(client.get(path, headers=bearer(other_fleet))) == "upload_unknown"
    announced = client.post("/v1/uploads", json=announcement(fleet, b"abc"), headers=bearer(fleet)).json()["upload_id"]
    assert code(client.get(f"/v1/uploads/{announced}/photo", headers=bearer(fleet))) == "object_not_landed"
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        viewed = tx.execute("select count(*) from capture.audit_logs where action = 'photo.viewed'").fetchone()
    assert viewed == (1,)


def test_vehicles_are_added_changed_and_offered_last_used_first(
    client: TestClient, fleet: Fleet, other_fleet: Fleet
) -> None:
    headers = bearer(fleet)
    said = {"label": "  Truck 9 ", "make": "Ford", "odometer_unit": "mi", "tank_litres": 120, "fuel_type": "diesel"}
    added = client.post("/v1/vehicles", json=said, headers=headers)
    assert added.status_code == 201
    truck = added.json()
    assert (truck["label"], truck["tank_litres"], truck["last_used_at"]) == ("Truck 9", 120, None)
    path = f"/v1/vehicles/{truck['id']}"
    assert added.headers["location"] == path
    assert client.get(path, headers=headers).json() == truck
    changed = client.patch(path, json={"label": "Truck 10", "make": None, "tank_litres": None}, headers=headers).json()
    assert (changed["label"], changed["make"], changed["tank_litres"]) == ("Truck 10", None, None)
    assert (changed["fuel_type"], changed["affected"]) == ("diesel", [])
    for vehicle_id in (fleet.vehicle_id, truck["id"]):
        client.post("/v1/uploads", json=announcement(fleet, b"a", vehicle_id=str(vehicle_id)), headers=headers)
    last_used = walk(client, headers, "/v1/vehicles", order="last_used", limit=1)
    assert [row["id"] for row in last_used] == [truck["id"], str(fleet.vehicle_id), str(fleet.other_vehicle_id)]
    assert [row["label"] for row in walk(client, headers, "/v1/vehicles", limit=2)] == ["Van 1", "Van 2", "Truck 10"]
    assert [row["label"] for row in walk(client, headers, "/v1/vehicles", text="truck")] == ["Truck 10"]
    for wrong in ({"label": " "}, {"label": None}, {"tank_litres": 0}, {"fuel_type": "def"}, {"colour": "red"}):
        assert client.patch(path, json=wrong, headers=headers).status_code == 422
    assert client.patch(path, json={"label": "x"}, headers=bearer(fleet, "viewer")).status_code == 403
    assert code(client.patch(path, json={"label": "x"}, headers=bearer(other_fleet))) == "vehicle_unknown"
    assert code(client.get(path, headers=bearer(other_fleet))) == "vehicle_unknown"
