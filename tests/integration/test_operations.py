"""How photos get on, told by the API; trying again by reason; promises by the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from capture.settings import Settings
from storage.db import SYSTEM
from storage.ids import new_id
from storage.queries import tenants, trust
from tests.integration import judged
from tests.integration.conftest import Fleet, photo
from tests.integration.test_people import bearer, member, told
from tests.integration.test_sweep import age
from web.app import create_app
from worker.operating import operations_of
from worker.pulse import WORKERS, Look, Pulse
from worker.sweep import sweep


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as made:
        yield made


def failed(fleet: Fleet, code: str | None, state: str = "failed") -> UUID:
    """Write an upload that yielded nothing."""
    upload_id = new_id()
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute(
            "insert into capture.uploads (id, tenant_id, vehicle_id, bucket, object_key, source, state, error_code) "
            "values (%s, %s, %s, 'bucket', %s, 'drop', %s, %s)",
            (upload_id, fleet.tenant_id, fleet.vehicle_id, f"made-up/{upload_id}", state, code),
        )
    return upload_id


def pulse(fleet: Fleet) -> Pulse:
    return fleet.services.queue.pulse


def test_the_api_tells_the_tenant_s_own_uploads_alone(fleet: Fleet, other_fleet: Fleet, client: TestClient) -> None:
    fleet.send(photo("fuel_000.jpg"))
    failed(fleet, "engine_timeout")
    failed(fleet, "engine_timeout")
    failed(fleet, None, "unrecognised")
    failed(other_fleet, "image_unreadable", "rejected")
    said = client.get("/v1/operations", headers=bearer(fleet)).json()
    assert {one["state"]: one["uploads"] for one in said["states"]} == {"queued": 1, "failed": 2, "unrecognised": 1}
    assert {(one["code"], one["uploads"]) for one in said["troubles"]} == {("engine_timeout", 2), ("", 1)}
    assert len(said["hours"]) == 24
    assert said["hours"][-1] | {"hour": ""} == {"hour": "", "came": 4, "recorded": 0, "unrecognised": 1, "failed": 2}
    theirs = client.get("/v1/operations", headers=bearer(other_fleet)).json()
    assert {one["state"]: one["uploads"] for one in theirs["states"]} == {"rejected": 1}


def test_one_reason_is_tried_again_and_no_other(fleet: Fleet, other_fleet: Fleet, client: TestClient) -> None:
    again = {failed(fleet, "engine_timeout"), failed(fleet, "engine_timeout")}
    other, blank = failed(fleet, "image_unreadable", "rejected"), failed(fleet, None, "unrecognised")
    theirs = failed(other_fleet, "engine_timeout")
    viewer = bearer(fleet, member(fleet, "viewer"))
    answer = client.post("/v1/operations/retry", json={"code": "engine_timeout"}, headers=viewer)
    assert told(answer) == (403, "role_insufficient")
    answer = client.post("/v1/operations/retry", json={"code": "engine_timeout"}, headers=bearer(fleet))
    assert (answer.status_code, answer.json()) == (202, {"queued": 2})
    assert {fleet.upload(one).state for one in again} == {"queued"}
    assert (fleet.upload(other).state, fleet.upload(blank).state) == ("rejected", "unrecognised")
    assert other_fleet.upload(theirs).state == "failed"
    answer = client.post("/v1/operations/retry", json={"code": "engine_timeout"}, headers=bearer(fleet))
    assert told(answer) == (409, "not_rerunnable")
    client.post("/v1/operations/retry", json={"code": ""}, headers=bearer(fleet))
    assert fleet.upload(blank).state == "queued"


def test_what_is_silent_stuck_or_used_up_is_an_alarm(fleet: Fleet) -> None:
    def alarms() -> str:
        return " ".join(operations_of(fleet.services, fleet.tenant_id, fleet.person).alarms)

    assert "No worker is alive. New photos will wait" in alarms()
    assert "The sweep gives no sign of life" in alarms()
    pulse(fleet).beat("here:1")
    pulse(fleet).beat("here:2")
    sweep(fleet.services, listing=False)
    found = operations_of(fleet.services, fleet.tenant_id, fleet.person)
    assert (found.workers, found.alarms) == (2, [])
    fleet.send(photo("fuel_000.jpg"))
    age(fleet)
    assert "1 upload has not moved on in time" in alarms()
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tenants.set_policy(tx, daily_budget_micros=0)
    assert "Today's budget is used up" in alarms()


def test_signs_of_life_grow_old(fleet: Fleet) -> None:
    pulse(fleet).beat("here:1")
    fleet.services.queue._broker.client.zadd(WORKERS, {"here:1": 1.0})
    pulse(fleet).beat("here:2")
    assert pulse(fleet).workers() == 1
    pulse(fleet).swept(Look(at=datetime.now(UTC) - timedelta(hours=1), requeued=3))
    found = operations_of(fleet.services, fleet.tenant_id, fleet.person)
    assert found.look is not None
    assert found.look.requeued == 3
    assert any("The sweep gives no sign" in alarm for alarm in found.alarms)


@pytest.mark.usefixtures("undrawn")
def test_a_promise_is_previewed_kept_and_taken_back_by_the_api(fleet: Fleet, client: TestClient) -> None:
    judged.trusted(fleet, 0.02)
    judged.write(fleet, [3.0, 4.0, 5.0, 8.0])
    owner, manager = bearer(fleet), bearer(fleet, member(fleet, "manager"))
    strict = {"event_type": judged.KIND, "error": 0.0025}

    def promised() -> dict[str, float]:
        with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
            return trust.promises(tx)

    preview = client.post("/v1/promises/preview", json=strict, headers=manager).json()
    assert preview["looked_at"] == 4
    assert preview["flagged"] > 0
    assert promised() == {"": 0.02}
    assert told(client.put("/v1/promises", json=strict, headers=manager)) == (403, "role_insufficient")
    assert client.put("/v1/promises", json={**strict, "apply": True}, headers=owner).json() == preview
    assert promised() == {"": 0.02, judged.KIND: 0.0025}
    assert client.post("/v1/promises/preview", json=strict, headers=owner).json()["flagged"] == 0
    items = client.get("/v1/promises", headers=manager).json()["items"]
    assert items == [{"event_type": None, "error": 0.02}, {"event_type": judged.KIND, "error": 0.0025}]
    back = client.put("/v1/promises", json={**strict, "error": None, "apply": True}, headers=owner).json()
    assert back["accepted"] == preview["flagged"]
    assert promised() == {"": 0.02}
    assert told(client.put("/v1/promises", json={"error": 0.5}, headers=owner)) == (422, "request_invalid")


def test_thresholds_side_by_side(fleet: Fleet, client: TestClient) -> None:
    made = judged.trusted(fleet, 0.02)
    costs = {"wrong_cost": 25, "review_cost": 0.25}
    items = client.get("/v1/thresholds", params=costs, headers=bearer(fleet)).json()["items"]
    (own,) = [one for one in items if one["engine"] == judged.ENGINE]
    assert (own["calibration"], own["fitted_on"], own["promised"]) == (made.version, "own decisions", 0.02)
    automation = [rung["cut"]["automation"] for rung in own["promises"] if rung["cut"]]
    assert automation == sorted(automation)
    (here,) = [rung for rung in own["promises"] if rung["error"] == 0.02]
    assert here["cut"] == own["cut"]
    assert own["least_cost"]["bound"] <= 0.05
    assert all(one["least_cost"] is None for one in client.get("/v1/thresholds", headers=bearer(fleet)).json()["items"])
