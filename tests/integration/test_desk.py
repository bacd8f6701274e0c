"""The review desk: leases, decisions on what was seen, undoing, moving, and what is kept from blind answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from capture.errors import ConflictError, RefusedError
from storage.db import SYSTEM, Actor
from storage.queries import events, review
from tests.integration import judged
from tests.integration.conftest import Fleet
from tests.integration.histories import again, found, new_vehicle, queued, rows, said_by_history, shot, take
from tests.integration.test_blind import colleague, look_at, outcome
from web.app import create_app
from worker import desk, tokens
from worker.answering import answer_event
from worker.deciding import decide_event
from worker.explaining import explained
from worker.moving import move_event
from worker.undoing import undo

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")

DOUBTFUL, SURE = 1.0, 8.0


@pytest.fixture
def waiting(fleet: Fleet) -> list[UUID]:
    """Return events that wait, the least sure last."""
    judged.trusted(fleet, 0.02)
    look_at(fleet, 0.0)
    return judged.write(fleet, [1.6, 1.4, 1.2, 1.0])


def deal(fleet: Fleet, actor: Actor, desk_id: UUID, **asked: object) -> list[UUID]:
    chosen = {"order": "risk", "count": 1, **asked}
    return [item.id for item in desk.deal(fleet.services, fleet.tenant_id, actor, desk_id, **chosen).items]  # type: ignore[arg-type]


def queue(fleet: Fleet) -> dict[UUID, bool]:
    """Return what waits, and whether blindly."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return dict(tx.execute("select event_id, blind from capture.review_queue").fetchall())


def version(fleet: Fleet, event_id: UUID) -> int:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event_id)
    assert row is not None
    return row.version


def shown(fleet: Fleet, event_id: UUID) -> events.EventRow:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event_id)
    assert row is not None
    return row


def test_likeliest_wrong_comes_first_and_nobody_gets_what_another_holds(fleet: Fleet, waiting: list[UUID]) -> None:
    mine, theirs, other = uuid4(), uuid4(), colleague(fleet)
    first = deal(fleet, fleet.person, mine, count=2)
    assert first == waiting[:1:-1]
    assert deal(fleet, other, theirs, count=5) == waiting[1::-1]
    assert deal(fleet, fleet.person, uuid4()) == []
    assert deal(fleet, fleet.person, mine, count=5) == first, "the desk has them again after it was loaded again"
    assert deal(fleet, fleet.person, mine, held=first) == []
    desk.give_back(fleet.services, fleet.tenant_id, other, theirs, waiting[:2], later=False)
    assert deal(fleet, fleet.person, mine, held=first, count=5) == waiting[1::-1]


def test_where_a_decision_holds_all_that_waits_it_is_waited_for(fleet: Fleet, waiting: list[UUID]) -> None:
    with ThreadPoolExecutor(1) as pool:
        with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
            tx.execute("update capture.review_queue set risk = risk")
            asked = pool.submit(deal, fleet, fleet.person, uuid4())
            assert not wait([asked], timeout=0.5).done, "nothing can be told before the decision ends"
        assert asked.result(10) == waiting[-1:]


def test_a_lease_runs_out_and_is_not_renewed_over_anothers(fleet: Fleet, waiting: list[UUID]) -> None:
    mine, theirs, other = uuid4(), uuid4(), colleague(fleet)
    (event_id,) = deal(fleet, fleet.person, mine)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute(
            "update capture.review_queue set leased_until = now() - interval '1 s' where event_id = %s", (event_id,)
        )
    assert deal(fleet, other, theirs) == [event_id]
    assert desk.keep(fleet.services, fleet.tenant_id, fleet.person, mine, [event_id]) == set()
    assert desk.keep(fleet.services, fleet.tenant_id, other, theirs, [event_id]) == {event_id}


def test_what_is_left_for_later_comes_to_others_first(fleet: Fleet, waiting: list[UUID]) -> None:
    mine = uuid4()
    (event_id,) = deal(fleet, fleet.person, mine)
    desk.give_back(fleet.services, fleet.tenant_id, fleet.person, mine, [event_id], later=True)
    assert event_id not in deal(fleet, fleet.person, mine, count=5)
    assert deal(fleet, colleague(fleet), uuid4()) == [event_id]


def test_orders_and_one_vehicle(fleet: Fleet, waiting: list[UUID]) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        second = new_vehicle(tx, "Second")
    (last,) = judged.write(fleet, [1.3], vehicle_id=second)
    assert deal(fleet, fleet.person, uuid4(), vehicle_id=second) == [last]
    one = uuid4()
    assert deal(fleet, fleet.person, one, order="age", count=5, held=[last]) == waiting
    by_vehicle = deal(fleet, fleet.person, one, order="vehicle", count=5)
    assert [by_vehicle.index(one) for one in waiting] in ([0, 1, 2, 3], [1, 2, 3, 4])


@pytest.mark.parametrize("decision", ["confirm", "reject", "void", "correct"])
def test_undoing_gives_the_event_back_as_it_was(fleet: Fleet, waiting: list[UUID], decision: str) -> None:
    event_id = waiting[0]
    before, history = shown(fleet, event_id), {row.event_id: row for row in rows(fleet)}
    changes = {"reading": 123_456} if decision == "correct" else None
    desk.settle(fleet.services, fleet.tenant_id, fleet.person, event_id, decision, version=1, values=changes)  # type: ignore[arg-type]
    assert event_id not in queue(fleet)
    after = undo(fleet.services, fleet.tenant_id, fleet.person, event_id).event
    same = ("review_state", "payload", "flag_reasons", "confidence", "reviewed_by", "reviewed_at", "vehicle_id")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert after.version == 3
    assert {row.event_id: row for row in rows(fleet)} == history
    assert event_id in queue(fleet)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        stream = tx.execute(
            "select event_type from capture.event_stream where aggregate_id = %s order by version", (event_id,)
        ).fetchall()
    assert stream[-1] == ("undone",)
    with pytest.raises(ConflictError) as refused:
        undo(fleet.services, fleet.tenant_id, fleet.person, event_id)
    assert refused.value.code == "nothing_to_undo"


def test_only_ones_own_decision_is_undone_while_nothing_newer_stands(fleet: Fleet, waiting: list[UUID]) -> None:
    event_id = waiting[0]
    decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "confirm")
    with pytest.raises(ConflictError, match="not yours"):
        undo(fleet.services, fleet.tenant_id, colleague(fleet), event_id)
    decide_event(fleet.services, fleet.tenant_id, colleague(fleet), event_id, "correct", {"reading": 5})
    with pytest.raises(ConflictError, match="not yours"):
        undo(fleet.services, fleet.tenant_id, fleet.person, event_id)
    undo(fleet.services, fleet.tenant_id, colleague(fleet), event_id)
    assert shown(fleet, event_id).review_state == "verified"
    undo(fleet.services, fleet.tenant_id, fleet.person, event_id)
    assert shown(fleet, event_id).review_state == "flagged"


def test_a_decision_on_what_has_changed_meanwhile_is_a_conflict(fleet: Fleet, waiting: list[UUID]) -> None:
    decide_event(fleet.services, fleet.tenant_id, colleague(fleet), waiting[0], "correct", {"reading": 5})
    with pytest.raises(ConflictError) as refused:
        desk.settle(fleet.services, fleet.tenant_id, fleet.person, waiting[0], "confirm", version=1)
    assert refused.value.code == "version_conflict"
    assert shown(fleet, waiting[0]).payload["reading"] == 5


def test_a_blind_item_withholds_and_its_answer_can_be_given_again(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    (event_id,) = judged.write(fleet, [SURE])
    assert queue(fleet) == {event_id: True}
    (item,) = desk.deal(fleet.services, fleet.tenant_id, fleet.person, uuid4(), order="risk").items
    assert item.blind
    assert str(judged.FIRST_READING) not in str(item)
    assert [one.form.name for one in item.fields] == ["reading"]
    with pytest.raises(ConflictError):
        desk.settle(fleet.services, fleet.tenant_id, fleet.person, event_id, "confirm", version=1)
    desk.settle(fleet.services, fleet.tenant_id, fleet.person, event_id, "answer", version=1, values={"reading": 1})
    assert (outcome(fleet, event_id), queue(fleet)) == ("different", {})
    undo(fleet.services, fleet.tenant_id, fleet.person, event_id)
    assert (outcome(fleet, event_id), queue(fleet)) == (None, {event_id: True})
    answer_event(fleet.services, fleet.tenant_id, fleet.person, event_id, {"reading": judged.FIRST_READING})
    assert outcome(fleet, event_id) == "same"


def test_who_looked_after_answering_cannot_answer_again(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    (event_id,) = judged.write(fleet, [SURE])
    answer_event(fleet.services, fleet.tenant_id, fleet.person, event_id, {"reading": 1})
    explained(fleet.services, fleet.tenant_id, fleet.person, event_id)
    undo(fleet.services, fleet.tenant_id, fleet.person, event_id)
    with pytest.raises(ConflictError) as refused:
        answer_event(fleet.services, fleet.tenant_id, fleet.person, event_id, {"reading": 2})
    assert refused.value.code == "answer_seen"
    assert deal(fleet, fleet.person, uuid4()) == []
    assert deal(fleet, colleague(fleet), uuid4()) == [event_id]


def test_undoing_an_open_decision_on_a_sample_leaves_it_to_others(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    (event_id,) = judged.write(fleet, [SURE])
    decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "reject")
    undo(fleet.services, fleet.tenant_id, fleet.person, event_id)
    assert outcome(fleet, event_id) is None
    assert deal(fleet, fleet.person, uuid4()) == []


def test_a_moved_event_is_weighed_with_the_other_vehicles_readings_and_back(fleet: Fleet) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        other = new_vehicle(tx, "Second")
    for number in range(4):
        take(fleet, shot(number * 7, str(120_000 + number * 300)))
        take(fleet, shot(number * 7, str(45_000 + number * 300)), queued(fleet, other))
    stray = take(fleet, shot(30, "46300"))
    assert said_by_history(stray)
    after = move_event(fleet.services, fleet.tenant_id, fleet.person, stray.id, other, version=stray.version).event
    assert (after.vehicle_id, said_by_history(after)) == (other, set())
    assert after.payload["provenance"]["moved_from"] == str(fleet.vehicle_id)
    assert after.review_state == "accepted"
    assert stray.id in {row.event_id for row in rows(fleet, other)}
    assert stray.id not in {row.event_id for row in rows(fleet)}
    with pytest.raises(ConflictError) as refused:
        move_event(fleet.services, fleet.tenant_id, fleet.person, stray.id, other)
    assert refused.value.code == "vehicle_same"
    back = undo(fleet.services, fleet.tenant_id, fleet.person, stray.id).event
    assert (back.vehicle_id, back.review_state) == (fleet.vehicle_id, "flagged")
    assert said_by_history(again(fleet, back)) == said_by_history(stray)
    assert "moved_from" not in back.payload["provenance"]
    assert len(found(fleet, vehicle_id=other)) == 4


def test_what_follows_from_a_correction_is_told_and_not_written(fleet: Fleet, waiting: list[UUID]) -> None:
    follows = desk.follow(fleet.services, fleet.tenant_id, fleet.person, waiting[0], {"reading": 160_934, "unit": "km"})
    assert (follows.sums, follows.derived) == ({}, {"miles": 100_000})
    assert version(fleet, waiting[0]) == 1
    with pytest.raises(RefusedError):
        desk.follow(fleet.services, fleet.tenant_id, fleet.person, waiting[0], {"reading": "many"})


def test_the_desk_is_each_persons_own(fleet: Fleet) -> None:
    chosen = review.Preferences("age", keys_on=False, keys={"confirm": "c"})
    desk.set_preferences(fleet.services, fleet.tenant_id, fleet.person, chosen)
    assert desk.preferences(fleet.services, fleet.tenant_id, fleet.person) == chosen
    assert desk.preferences(fleet.services, fleet.tenant_id, colleague(fleet)) == review.Preferences()


def test_over_http(fleet: Fleet, other_fleet: Fleet, waiting: list[UUID]) -> None:
    made = tokens.create(fleet.services, fleet.tenant_id, fleet.user_id, "desk")
    theirs = tokens.create(other_fleet.services, other_fleet.tenant_id, other_fleet.user_id, "desk")
    client = TestClient(create_app(fleet.services.settings))
    mine = {"Authorization": f"Bearer {made}"}
    mine_desk = str(uuid4())
    dealt = client.post("/v1/review/next", json={"desk": mine_desk, "count": 2}, headers=mine).json()
    assert ([item["id"] for item in dealt["items"]], dealt["waiting"], dealt["more"]) == (
        [str(one) for one in waiting[:1:-1]], 4, False,
    )  # fmt: skip
    path = f"/v1/review/{waiting[3]}"
    said = client.post(f"{path}/decide", json={"decision": "confirm", "version": 1}, headers=mine)
    assert (said.status_code, said.json()["review_state"]) == (200, "verified")
    stale = client.post(f"{path}/decide", json={"decision": "reject", "version": 1}, headers=mine)
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    assert client.post(f"{path}/undo", headers=mine).json()["review_state"] == "flagged"
    for way in (path, f"{path}/undo", f"{path}/decide"):
        body = {"decision": "confirm", "version": 1} if way.endswith("decide") else None
        method = "GET" if way == path else "POST"
        answer = client.request(method, way, json=body, headers={"Authorization": f"Bearer {theirs}"})
        assert (answer.status_code, answer.json()["code"]) == (404, "event_unknown")
