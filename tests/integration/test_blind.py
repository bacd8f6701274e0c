"""Accepted events that are looked at unannounced: drawn, listed without what was read, answered once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi.testclient import TestClient

from capture.errors import CaptureError, ConflictError, NotFoundError, RefusedError
from capture.review import Decision
from capture.sampling import drawn
from capture.settings import Settings, variables_of
from extractors.reader import Reader
from storage.db import SYSTEM, WORKER, Actor
from storage.queries import blind, events, tenants, trust
from tests.integration import judged
from tests.integration.conftest import Fleet, photo
from web.app import create_app
from web.sessions import COOKIE
from worker import cli, tokens
from worker.answering import answer_event, waiting
from worker.deciding import decide_event
from worker.pipeline import read_upload
from worker.rescoring import rescore
from worker.sessions import open_session

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")

SURE, DOUBTFUL = 8.0, 1.0


def look_at(fleet: Fleet, share: float) -> None:
    """Set the share of accepted events that is looked at."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tenants.set_policy(tx, blind_share=share)


@pytest.fixture
def sampled(fleet: Fleet) -> UUID:
    """Return an accepted event in the sample; it reads 100000 km."""
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    (event_id,) = judged.write(fleet, [SURE])
    return event_id


def colleague(fleet: Fleet) -> Actor:
    with fleet.services.db.ops_tx() as tx:
        user_id = tenants.ensure_member(tx, fleet.tenant_id, "second@example.com", "Second", "manager")
    return Actor("person", user_id)


def sample(fleet: Fleet, event_id: UUID) -> blind.Sample | None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return blind.sample(tx, event_id)


def outcome(fleet: Fleet, event_id: UUID) -> str | None:
    found = sample(fleet, event_id)
    assert found is not None
    return found.outcome


def shown(fleet: Fleet, event_id: UUID) -> events.EventRow:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event_id)
    assert row is not None
    return row


def answer(fleet: Fleet, event_id: UUID, values: dict[str, Any] | None, actor: Actor | None = None) -> events.EventRow:
    return answer_event(fleet.services, fleet.tenant_id, actor or fleet.person, event_id, values).event


def test_accepted_events_are_drawn_by_their_ids_with_the_chance_they_had(fleet: Fleet, other_fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 0.5)
    accepted, flagged = judged.write(fleet, [SURE] * 24), judged.write(fleet, [DOUBTFUL] * 4)
    picked = {event_id for event_id in accepted if sample(fleet, event_id)}
    assert picked == {event_id for event_id in accepted if drawn(event_id, 0.5)}
    assert not any(sample(fleet, event_id) for event_id in flagged)
    assert {found.chance for event_id in picked if (found := sample(fleet, event_id))} <= {0.5}
    assert other_fleet.count("blind_samples") == 0


def test_the_share_is_two_in_a_hundred_until_the_tenant_says_another(fleet: Fleet) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert tenants.policy(tx).blind_share == pytest.approx(0.02)
    look_at(fleet, 0.0)
    judged.trusted(fleet, 0.02)
    judged.write(fleet, [SURE] * 3)
    assert fleet.count("blind_samples") == 0


def test_an_event_that_is_accepted_later_is_drawn_then(fleet: Fleet) -> None:
    made = judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    (event_id,) = judged.write(fleet, [DOUBTFUL])
    assert sample(fleet, event_id) is None
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        trust.set_promise(tx, "", 0.4)
    assert rescore(fleet.services, fleet.tenant_id, fleet.person, apply=False).accepted == 1
    assert sample(fleet, event_id) is None
    rescore(fleet.services, fleet.tenant_id, fleet.person, apply=True)
    assert made.probability({"score": DOUBTFUL}) < 0.9
    assert outcome(fleet, event_id) is None


def test_the_list_mixes_samples_in_and_withholds_what_was_read(fleet: Fleet, sampled: UUID) -> None:
    (flagged,) = judged.write(fleet, [DOUBTFUL])
    first, second = waiting(fleet.services, fleet.tenant_id, fleet.person, 10)
    assert (first.id, first.blind, second.id, second.blind) == (sampled, True, flagged, False)
    assert (first.payload, first.confidence, first.flag_reasons) == (None, None, [])
    assert str(judged.FIRST_READING) not in str(first)
    assert second.payload is not None
    assert second.payload["reading"] == judged.FIRST_READING
    assert second.flag_reasons[0]["code"] == "confidence_low"
    assert len(waiting(fleet.services, fleet.tenant_id, fleet.person, 1)) == 1


@pytest.mark.parametrize(
    ("values", "said", "state"),
    [
        ({"reading": "100000"}, "same", "verified"),
        ({"reading": "100900"}, "different", "corrected"),
        (None, "no_event", "rejected"),
    ],
)
def test_an_answer_decides(fleet: Fleet, sampled: UUID, values: dict[str, Any] | None, said: str, state: str) -> None:
    before = shown(fleet, sampled)
    after = answer(fleet, sampled, values)
    assert (after.review_state, after.reviewed_by, after.version) == (state, fleet.user_id, 2)
    assert outcome(fleet, sampled) == said
    assert after.payload["reading"] == (100900 if said == "different" else 100000)
    assert after.payload["provenance"] == before.payload["provenance"]
    assert waiting(fleet.services, fleet.tenant_id, fleet.person, 10) == []
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        stream = tx.execute(
            "select event_type, event_data ->> 'before', event_data -> 'unseen' from capture.event_stream "
            "where aggregate_id = %s and version = 2",
            (sampled,),
        ).fetchone()
        trail = tx.execute(
            "select changed_by, actor_kind, new_values ->> 'outcome' from capture.audit_trail "
            "where table_name = 'blind_samples' and operation = 'UPDATE'"
        ).fetchall()
        logged = tx.execute(
            "select action, details -> 'unseen' from capture.audit_logs where subject_id = %s", (sampled,)
        )
        assert logged.fetchall() == [(f"event.{state}", True)]
        (decided,) = trust.decisions(tx)
    assert stream == (state, "accepted", True)
    assert trail == [(fleet.user_id, "person", said)]
    assert (decided.chance, decided.outcome) == (1.0, said)


def test_of_two_who_answer_at_once_the_first_counts(fleet: Fleet, sampled: UUID) -> None:
    people = [(fleet.person, {"reading": 100000}), (colleague(fleet), {"reading": 100900})]

    def attempt(one: tuple[Actor, dict[str, Any]]) -> str:
        try:
            return answer(fleet, sampled, one[1], one[0]).review_state
        except ConflictError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(attempt, people))
    assert len(set(ends)) == 2
    (winner,) = [end for end in ends if end != "already_decided"]
    assert shown(fleet, sampled).review_state == winner
    assert outcome(fleet, sampled) == {"verified": "same", "corrected": "different"}[winner]
    assert shown(fleet, sampled).version == 2


def test_only_a_person_answers_and_only_what_was_drawn(fleet: Fleet, other_fleet: Fleet, sampled: UUID) -> None:
    (flagged,) = judged.write(fleet, [DOUBTFUL])

    def refusal(event_id: UUID, actor: Actor, tenant_id: UUID = fleet.tenant_id) -> CaptureError:
        with pytest.raises(CaptureError) as refused:
            answer_event(fleet.services, tenant_id, actor, event_id, {"reading": 100000})
        return refused.value

    assert isinstance(refused := refusal(sampled, WORKER), RefusedError), refused
    assert refusal(flagged, fleet.person).code == "sample_unknown"
    assert isinstance(refused := refusal(sampled, other_fleet.person, other_fleet.tenant_id), NotFoundError), refused
    assert refused.code == "event_unknown"
    assert outcome(fleet, sampled) is None


def test_an_answer_that_is_none_changes_nothing(fleet: Fleet, sampled: UUID) -> None:
    before = shown(fleet, sampled)
    for wrong in ({}, {"unit": "km"}, {"reading": "many"}, {"reading": 1, "provenance": {}}):
        with pytest.raises(RefusedError) as refused:
            answer(fleet, sampled, wrong)
        assert refused.value.code == "payload_invalid"
    assert shown(fleet, sampled) == before
    assert outcome(fleet, sampled) is None


def test_nobody_says_that_it_is_right_who_has_seen_it(fleet: Fleet, sampled: UUID) -> None:
    with pytest.raises(ConflictError) as refused:
        decide_event(fleet.services, fleet.tenant_id, fleet.person, sampled, "confirm")
    assert refused.value.code == "answer_unseen"
    assert shown(fleet, sampled).review_state == "accepted"


@pytest.mark.parametrize(("decision", "said"), [("correct", "different"), ("reject", "no_event"), ("void", "no_event")])
def test_a_mistake_that_somebody_knows_of_is_put_right_at_once_and_counts(
    fleet: Fleet, sampled: UUID, decision: Decision, said: str
) -> None:
    changes = {"reading": 100900} if decision == "correct" else None
    decide_event(fleet.services, fleet.tenant_id, fleet.person, sampled, decision, changes)
    assert outcome(fleet, sampled) == said
    with pytest.raises(ConflictError) as refused:
        answer(fleet, sampled, {"reading": 100000})
    assert refused.value.code == "already_decided"


def test_an_event_that_is_doubted_meanwhile_is_reviewed_as_any_other(fleet: Fleet, sampled: UUID) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        trust.set_promise(tx, "", 0.0001)
    rescore(fleet.services, fleet.tenant_id, fleet.person, apply=True)
    (row,) = waiting(fleet.services, fleet.tenant_id, fleet.person, 10)
    assert (row.id, row.blind) == (sampled, False)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, sampled, "confirm")
    assert outcome(fleet, sampled) is None, "it was not answered blindly, and did not count then"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as made:
        yield made


def bearer(fleet: Fleet, user_id: UUID) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.create(fleet.services, fleet.tenant_id, user_id, 'test')}"}


def test_through_the_api_who_opened_it_cannot_answer_and_others_can(
    client: TestClient, fleet: Fleet, sampled: UUID
) -> None:
    second = colleague(fleet)
    assert second.user_id is not None
    mine, theirs = bearer(fleet, fleet.user_id), bearer(fleet, second.user_id)
    (listed,) = client.get("/v1/review", headers=mine).json()["items"]
    assert (listed["id"], listed["blind"], listed["asked"]) == (str(sampled), True, ["reading"])
    assert (listed["payload"], listed["confidence"]) == (None, None)
    assert listed["photo_url"].startswith("http")
    assert client.get(f"/v1/events/{sampled}", headers=mine).json()["payload"]["reading"] == judged.FIRST_READING
    path, said = f"/v1/review/{sampled}/answer", {"values": {"reading": 100000}}
    refused = client.post(path, headers=mine, json=said)
    assert (refused.status_code, refused.json()["code"]) == (409, "answer_seen")
    done = client.post(path, headers=theirs, json=said)
    assert (done.status_code, done.json()["review_state"]) == (200, "verified")
    assert client.post(path, headers=theirs, json={}).json()["code"] == "request_invalid"
    assert client.get("/v1/review", headers=mine).json()["items"] == []


def test_the_photo_of_what_waits_can_be_seen(client: TestClient, fleet: Fleet, reader: Reader) -> None:
    read_upload(fleet.services, reader, fleet.tenant_id, fleet.send(photo("fuel_000.jpg")))
    (listed,) = client.get("/v1/review", headers=bearer(fleet, fleet.user_id)).json()["items"]
    assert (listed["blind"], listed["asked"]) == (False, [])
    assert httpx2.get(listed["photo_url"]).content == photo("fuel_000.jpg")


def test_by_command(
    fleet: Fleet,
    settings: Settings,
    sampled: UUID,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables_of(settings).items():
        monkeypatch.setenv(name, value)
    where = ["--tenant", str(fleet.tenant_id)]
    assert cli.run(["review", "list", *where]) == 0
    listed = capsys.readouterr().out
    assert "answer reading" in listed
    assert str(judged.FIRST_READING) not in listed
    assert cli.run(["review", "next", *where]) == 0
    shown_next = capsys.readouterr().out
    assert f"id: {sampled}" in shown_next
    assert "photo_url: http" in shown_next
    assert str(judged.FIRST_READING) not in shown_next
    assert cli.run(["review", "answer", str(sampled), *where]) != 0
    assert "payload_invalid" in capsys.readouterr().err
    assert cli.run(["review", "answer", str(sampled), "--set", "reading=100000", *where]) == 0
    assert "verified" in capsys.readouterr().out
    assert cli.run(["review", "list", *where]) == 0
    assert "Nothing waits" in capsys.readouterr().out


PLACES = [
    "/v1/events", "/v1/events?text=100001", "/v1/uploads", "/v1/uploads/{upload}", "/v1/vehicles",
    "/v1/vehicles/{vehicle}/history", "/v1/duplicates", "/v1/review", "/v1/review/{event}", "/events",
    "/events?q=100001", "/events/{event}", "/events/{flagged}", "/events.csv", "/events.csv?q=100001", "/uploads",
    "/uploads?q=100001", "/uploads/{upload}", "/uploads.csv", "/uploads.csv?q=100001", "/vehicles",
    "/vehicles/{vehicle}",
]  # fmt: skip
"""Wherever something of an event can be looked up."""


@pytest.mark.parametrize("place", PLACES)
def test_who_was_told_what_was_read_cannot_answer_wherever_it_was(
    client: TestClient, fleet: Fleet, sampled: UUID, place: str
) -> None:
    _, drawn_too = judged.write(fleet, [SURE, SURE])
    (flagged,) = judged.write(fleet, [DOUBTFUL])
    path = place.format(
        event=drawn_too, flagged=flagged, upload=shown(fleet, drawn_too).source_upload_id, vehicle=fleet.vehicle_id
    )
    client.cookies.set(COOKIE, open_session(fleet.services, fleet.tenant_id, fleet.user_id, "link", SYSTEM))
    said = client.get(path, headers={"Accept": "text/html"})
    assert said.status_code == 200
    found_by_it = "100001" in place and str(drawn_too) in said.text
    told = found_by_it or bool(re.search("100,?001", said.text))
    found = sample(fleet, drawn_too)
    assert found is not None
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        assert told <= blind.viewed(tx, drawn_too, found.sampled_at)


def test_the_desk_keeps_back_what_a_neighbour_says_that_waits_for_a_blind_answer(
    client: TestClient, fleet: Fleet, sampled: UUID
) -> None:
    flagged, other = judged.write(fleet, [DOUBTFUL, DOUBTFUL])
    client.cookies.set(COOKIE, open_session(fleet.services, fleet.tenant_id, fleet.user_id, "link", SYSTEM))
    item = client.get(f"/v1/review/{flagged}").json()
    assert {point["event_id"] for point in item["chart"]["points"]} == {str(flagged), str(other)}
