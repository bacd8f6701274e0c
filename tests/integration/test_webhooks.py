"""Webhooks: written with what they tell, sent after it, signed, repeated, replayed; and who may have them."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from psycopg import errors as pg

from capture.errors import ConflictError, NotFoundError, RefusedError
from capture.settings import Settings
from capture.webhooks import verified
from extractors.reader import Reader
from storage.db import SYSTEM
from storage.queries import tenants
from storage.queries import webhooks as queries
from tests.integration.conftest import Fleet, photo
from web.app import create_app
from worker import delivering, webhooks
from worker.deciding import add_event, decide_event
from worker.delivering import KEPT_S, deliver_due, forget
from worker.pipeline import read_upload
from worker.services import Services
from worker.sweep import sweep
from worker.tokens import create as make_token

NOW = datetime.now(UTC)
ODOMETER = {"miles": 10_000, "source": "manual"}


class Receiver:
    """A server of the tenant's own: keeps what it gets, and answers with what the test says."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.answer)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?x=1"

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    @property
    def types(self) -> list[str]:
        return [one["type"] for one in self.said]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_private": True})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def hook(fleet: Fleet, receiver: Receiver, **options: Any) -> tuple[UUID, str]:
    made, secret = webhooks.create(fleet.services, fleet.tenant_id, fleet.person, receiver.url, **options)
    return made.id, secret


def enter(fleet: Fleet, miles: int = 10_000, ago: timedelta = timedelta(days=1)) -> UUID:
    payload = {**ODOMETER, "miles": miles}
    made = add_event(
        fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id, "odometer_reading", payload, NOW - ago
    )
    return made.event.id


def told(fleet: Fleet, endpoint_id: UUID, **which: Any) -> list[queries.Delivery]:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return queries.deliveries(tx, endpoint_id, **which)


def make_due(fleet: Fleet) -> None:
    """Let the pause before the next try pass."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute("update capture.webhook_deliveries set next_attempt_at = now() where state = 'pending'")


def test_an_event_is_told_signed_with_ids_and_states_alone(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, secret = hook(fleet, receiver)
    event_id = enter(fleet)
    assert receiver.got == []
    assert deliver_due(fleet.services) == 1
    ((headers, body),) = receiver.got
    assert verified(headers, body, secret, datetime.now(UTC))
    assert not verified(headers, body + b" ", secret, datetime.now(UTC))
    assert headers["content-type"] == "application/json"
    said = json.loads(body)
    assert said["type"] == "event.recorded"
    assert said["data"]["event_id"] == str(event_id)
    assert said["data"]["review_state"] == "accepted"
    assert said["data"].keys() == {
        "event_id", "event_type", "vehicle_id", "upload_id", "source", "review_state", "version", "confidence",
        "occurred_at", "flags",
    }  # fmt: skip
    (delivery,) = told(fleet, endpoint_id)
    assert (delivery.state, delivery.last_status, delivery.attempts) == ("delivered", 204, 1)
    assert headers["webhook-id"] == f"msg_{delivery.message_id.hex}"
    assert deliver_due(fleet.services) == 0


def test_a_photo_is_told_once_as_it_stands_at_the_end_and_then_its_decision(
    fleet: Fleet, receiver: Receiver, reader: Reader
) -> None:
    hook(fleet, receiver)
    upload_id = fleet.send(photo("fuel_000.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    deliver_due(fleet.services)
    assert receiver.types == ["event.recorded", "event.flagged"]
    flagged = receiver.said[1]["data"]
    assert flagged["upload_id"] == str(upload_id)
    assert "confidence_unknown" in flagged["flags"]
    decide_event(fleet.services, fleet.tenant_id, fleet.person, UUID(flagged["event_id"]), "confirm")
    deliver_due(fleet.services)
    assert receiver.types[2:] == ["event.verified"]


@pytest.mark.usefixtures("undrawn")
def test_corrections_and_withdrawals_are_told(fleet: Fleet, receiver: Receiver) -> None:
    hook(fleet, receiver)
    event_id = enter(fleet)
    place = (fleet.services, fleet.tenant_id, fleet.person, event_id)
    decide_event(*place, "correct", {"miles": 10_001})
    decide_event(*place, "correct", {"miles": 10_002})
    decide_event(*place, "void")
    deliver_due(fleet.services)
    assert receiver.types == ["event.recorded", "event.corrected", "event.corrected", "event.voided"]
    versions = [one["data"]["version"] for one in receiver.said]
    assert versions == sorted(set(versions))


def test_what_is_rolled_back_is_not_told(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    with pytest.raises(NotFoundError):
        add_event(
            fleet.services, fleet.tenant_id, fleet.person, endpoint_id, "odometer_reading", ODOMETER, NOW
        )  # no vehicle has this id
    event_id = enter(fleet)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "void")
    with pytest.raises(ConflictError):
        decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "confirm")
    assert [one.type for one in told(fleet, endpoint_id)] == ["event.voided", "event.recorded"]


def test_who_gives_an_event_to_another_vehicle_is_heard(fleet: Fleet, receiver: Receiver) -> None:
    hook(fleet, receiver, types=["event.moved"])
    event_id = enter(fleet)
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tx.execute("update capture.manual_events set vehicle_id = %s where id = %s", (fleet.other_vehicle_id, event_id))
    deliver_due(fleet.services)
    assert [one["data"]["vehicle_id"] for one in receiver.said] == [str(fleet.other_vehicle_id)]


def test_a_payload_goes_along_where_it_is_asked_for(fleet: Fleet, receiver: Receiver) -> None:
    hook(fleet, receiver, include_payload=True)
    enter(fleet, 12_345)
    deliver_due(fleet.services)
    (said,) = receiver.said
    assert said["data"]["payload"]["miles"] == 12_345
    assert said["data"]["payload_of_version"] == said["data"]["version"]


def test_an_endpoint_hears_what_it_asked_for_and_from_then_on(fleet: Fleet, receiver: Receiver) -> None:
    enter(fleet, 9_000, timedelta(days=30))
    hook(fleet, receiver, types=["event.voided"])
    event_id = enter(fleet)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "void")
    deliver_due(fleet.services)
    assert receiver.types == ["event.voided"]


def test_what_fails_is_tried_again_in_order_and_given_up_in_the_end(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    receiver.answer = 500
    event_id = enter(fleet)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "void")
    assert deliver_due(fleet.services) == 1
    assert deliver_due(fleet.services) == 0, "the event's second message waits for its first"
    first = told(fleet, endpoint_id)[-1]
    assert (first.state, first.attempts, first.last_error) == ("pending", 1, "It answered HTTP 500.")
    assert first.next_attempt_at is not None
    assert first.next_attempt_at > datetime.now(UTC)
    for _ in range(9):
        make_due(fleet)
        assert deliver_due(fleet.services) == 1
    assert told(fleet, endpoint_id)[-1].state == "dead"
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {f"msg_{first.message_id.hex}"}
    receiver.answer = 200
    make_due(fleet)
    deliver_due(fleet.services)
    assert receiver.types[10:] == ["event.voided"]


def test_an_endpoint_that_fails_does_not_keep_others_from_their_turn(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "ENDPOINTS", 1)
    failing = [hook(fleet, receiver, types=["event.recorded", "event.voided"])[0] for _ in range(4)]
    receiver.answer = 500
    event_id = enter(fleet)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "void")
    for _ in range(200):
        if all(told(fleet, endpoint_id)[-1].attempts for endpoint_id in failing):
            break
        deliver_due(fleet.services)
    assert [told(fleet, endpoint_id)[-1].attempts for endpoint_id in failing] == [1] * 4


def test_the_next_message_is_found_without_sorting_all_that_wait(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    enter(fleet)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute("set local enable_seqscan = off")
        values = {"endpoint_id": endpoint_id, "id": None, "lease_s": 1.0}
        plan = [row[0] for row in tx.execute(f"explain {queries.SQL['claim']}", values)]
    assert any("idx_webhook_deliveries_next" in line for line in plan), plan
    assert not any("Sort" in line for line in plan), plan


def test_a_redirect_is_not_followed(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    receiver.answer = 307
    enter(fleet)
    deliver_due(fleet.services)
    assert len(receiver.got) == 1
    assert told(fleet, endpoint_id)[0].last_error == "It answered HTTP 307."


def test_who_is_gone_is_switched_off(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    receiver.answer = 410
    enter(fleet)
    enter(fleet, 10_050, timedelta(hours=1))
    deliver_due(fleet.services)
    assert len(receiver.got) == 1
    assert {one.state for one in told(fleet, endpoint_id)} == {"dead"}
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        found = queries.get(tx, endpoint_id)
    assert found is not None
    assert found.disabled_reason == "gone"
    with pytest.raises(RefusedError, match="switched off"):
        webhooks.ping(fleet.services, fleet.tenant_id, fleet.person, endpoint_id)


def test_a_time_can_be_replayed_also_what_was_missed_while_off(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    place = (fleet.services, fleet.tenant_id, fleet.person, endpoint_id)
    enter(fleet)
    deliver_due(fleet.services)
    webhooks.change(*place, {"enabled": False})
    enter(fleet, 10_050, timedelta(hours=1))
    assert deliver_due(fleet.services) == 0
    webhooks.change(*place, {"enabled": True})
    assert deliver_due(fleet.services) == 0
    since, until = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    assert webhooks.replay_range(*place, since, until) == 1
    deliver_due(fleet.services)
    assert len(receiver.got) == 2
    assert webhooks.replay_range(*place, since, until, everything=True) == 2
    assert webhooks.replay_range(*place, since - timedelta(days=1), since) == 0
    deliver_due(fleet.services)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 2
    assert len(receiver.got) == 4
    webhooks.replay(*place, told(fleet, endpoint_id)[0].id)
    deliver_due(fleet.services)
    assert len(receiver.got) == 5


def test_two_secrets_are_valid_while_one_is_replaced(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, old = hook(fleet, receiver)
    place = (fleet.services, fleet.tenant_id, fleet.person, endpoint_id)
    new = webhooks.rotate(*place)
    enter(fleet)
    deliver_due(fleet.services)
    headers, body = receiver.got[0]
    assert all(verified(headers, body, secret, datetime.now(UTC)) for secret in (old, new))
    newest = webhooks.rotate(*place, 0)
    webhooks.ping(*place)
    headers, body = receiver.got[1]
    valid = [verified(headers, body, secret, datetime.now(UTC)) for secret in (old, new, newest)]
    assert valid == [False, False, True]


def test_messages_go_when_nobody_replays_them_any_more(fleet: Fleet, receiver: Receiver) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    enter(fleet)
    assert forget(fleet.services) == 0
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        # the application may not change a message: it would be told differently a second time
        with pytest.raises(pg.InsufficientPrivilege), tx.transaction():
            tx.execute("update capture.webhook_messages set created_at = now()")
        tx.execute(
            "insert into capture.webhook_messages (tenant_id, type, data, created_at) "
            "values (capture.current_tenant(), 'webhook.ping', '{}', now() - make_interval(secs => %s))",
            (KEPT_S + 60,),
        )
    assert forget(fleet.services) == 1
    assert len(told(fleet, endpoint_id)) == 1


def test_one_look_of_the_sweep_sends_too(fleet: Fleet, receiver: Receiver) -> None:
    hook(fleet, receiver)
    enter(fleet)
    assert sweep(fleet.services, listing=False).told == 0
    assert sweep(fleet.services).told == 1


# --- the API


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as made:
        yield made


def bearer(fleet: Fleet, user_id: UUID | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(fleet.services, fleet.tenant_id, user_id or fleet.user_id, 'test')}"}


def test_a_webhook_by_the_api(client: TestClient, fleet: Fleet, receiver: Receiver) -> None:
    client.headers.update(bearer(fleet))
    made = client.post("/v1/webhooks", json={"url": receiver.url, "types": ["event.recorded"], "description": "ERP"})
    assert made.status_code == 201
    said = made.json()
    path = f"/v1/webhooks/{said['id']}"
    assert made.headers["location"] == path
    assert said["secret"].startswith("whsec_")
    (listed,) = client.get("/v1/webhooks").json()["items"]
    assert "secret" not in listed
    assert listed == client.get(path).json()
    pinged = client.post(f"{path}/ping").json()
    assert (pinged["state"], pinged["type"], receiver.types) == ("delivered", "webhook.ping", ["webhook.ping"])
    changed = client.patch(path, json={"types": [], "enabled": True}).json()
    assert "event.voided" in changed["types"]
    assert changed["description"] == "ERP"
    assert client.post(f"{path}/rotate", json={"overlap_s": 0}).json()["secret"] != said["secret"]
    enter(fleet)
    deliver_due(fleet.services)
    first = client.get(f"{path}/deliveries", params={"limit": 1}).json()
    assert first["items"][0]["type"] == "event.recorded"
    rest = client.get(f"{path}/deliveries", params={"cursor": first["next"], "state": "delivered"}).json()
    assert [one["type"] for one in rest["items"]] == ["webhook.ping"]
    again = client.post(f"{path}/deliveries/{first['items'][0]['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    span = {"since": "2026-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z", "everything": True}
    assert client.post(f"{path}/replay", json=span).json() == {"messages": 2}
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["code"] == "webhook_unknown"
    assert fleet.count("webhook_secrets") == 0


@pytest.mark.parametrize("url", ["ftp://example.com/", "https://", "https://a:b@example.com/", "https://exa mple.com/"])
def test_an_address_that_is_none_is_refused(client: TestClient, fleet: Fleet, url: str) -> None:
    answer = client.post("/v1/webhooks", json={"url": url}, headers=bearer(fleet))
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook_url_invalid")


def test_nobody_reaches_our_own_network(fleet: Fleet, receiver: Receiver, settings: Settings) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    enter(fleet)
    strict = Services(settings.model_copy(update={"webhook_private": False}))
    assert deliver_due(strict) == 1
    strict.close()
    assert receiver.got == []
    assert told(fleet, endpoint_id)[0].last_error == "The address is not https://."


def test_webhooks_are_the_tenants_and_not_the_viewers(
    client: TestClient, fleet: Fleet, other_fleet: Fleet, receiver: Receiver
) -> None:
    endpoint_id, _ = hook(fleet, receiver)
    path = f"/v1/webhooks/{endpoint_id}"
    for method, end in (("GET", ""), ("DELETE", ""), ("POST", "/ping"), ("GET", "/deliveries")):
        assert client.request(method, path + end, headers=bearer(other_fleet)).json()["code"] == "webhook_unknown"
    assert client.get("/v1/webhooks", headers=bearer(other_fleet)).json() == {"items": [], "next": None}
    with fleet.services.db.ops_tx() as tx:
        viewer = tenants.ensure_member(tx, fleet.tenant_id, "viewer@example.com", "Viewer", "viewer")
    (seen,) = client.get("/v1/webhooks", headers=bearer(fleet, viewer)).json()["items"]
    assert seen["url"] == "http://127.0.0.1/…"
    assert client.post(f"{path}/ping", headers=bearer(fleet, viewer)).json()["code"] == "role_insufficient"
    enter(other_fleet)
    deliver_due(fleet.services)
    assert receiver.got == []
