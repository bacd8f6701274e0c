"""What was promised beside what people measured who did not see the reading."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from capture.settings import Settings, variables_of
from storage.db import SYSTEM
from storage.queries import blind, trust
from tests.integration import judged
from tests.integration.conftest import Fleet
from tests.integration.test_blind import answer, bearer, look_at
from web.app import create_app
from worker import cli, doctor
from worker.calibrating import sample_of
from worker.measuring import Standing, standings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")


def standing(fleet: Fleet) -> Standing:
    (row,) = standings(fleet.services, fleet.tenant_id, fleet.person)
    return row


def test_automation_and_measured_error_are_counted(fleet: Fleet, other_fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    sure = judged.write(fleet, [8.0] * 6)
    judged.write(fleet, [1.0] * 2)
    row = standing(fleet)
    assert (row.engine, row.event_type, row.promised) == (judged.ENGINE, judged.KIND, 0.02)
    assert (row.events, row.accepted, row.automation, row.waiting) == (8, 6, 0.75, 6)
    assert (row.measured.error, row.alarms) == (None, ())
    for number, event_id in enumerate(sure[:4]):
        answer(fleet, event_id, {"reading": judged.FIRST_READING + number if number else 999_999})
    row = standing(fleet)
    assert (row.accepted, row.waiting) == (6, 2), "what was answered had counted without a person"
    assert (row.measured.answers, row.measured.wrong, row.measured.error) == (4, 1, 0.25)
    assert row.measured.low < 0.02 < row.measured.high
    assert row.alarms == (), "one of four proves nothing"
    assert standings(fleet.services, other_fleet.tenant_id, other_fleet.person) == []


def test_answers_stand_for_as_many_as_their_chance_says(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    ids = judged.write(fleet, [8.0] * 5)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute("update capture.blind_samples set chance = 0.1 where event_id = %s", (ids[0],))
    for number, event_id in enumerate(ids):
        answer(fleet, event_id, {"reading": judged.FIRST_READING + number} if number else None)
    assert standing(fleet).measured.error == pytest.approx(10 / 14)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        counted = {one.id: sample_of(one) for one in trust.decisions(tx)}
    for number, event_id in enumerate(ids):
        made = counted[event_id]
        assert made is not None, "a calibration counts them so too"
        assert made.weight == pytest.approx(1.0 if number else 10.0)
        assert made.right == (number > 0)


def test_a_new_calibration_begins_a_new_measurement(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    (event_id,) = judged.write(fleet, [8.0])
    answer(fleet, event_id, {"reading": judged.FIRST_READING})
    assert standing(fleet).measured.answers == 1
    judged.trusted(fleet, 0.02, judged.calibration(seed=2))
    assert standing(fleet).measured.answers == 0


def test_only_what_would_be_accepted_today_is_measured(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.4)
    look_at(fleet, 1.0)
    doubtful, sure = judged.write(fleet, [1.0, 8.0])
    answer(fleet, doubtful, None)
    answer(fleet, sure, {"reading": judged.FIRST_READING + 1})
    assert standing(fleet).measured.wrong == 1
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        trust.set_promise(tx, "", 0.01)
    measured = standing(fleet).measured
    assert (measured.answers, measured.wrong) == (1, 0)


def test_too_many_wrong_ones_raise_both_alarms_and_are_told_everywhere(
    fleet: Fleet, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judged.trusted(fleet, 0.02)
    look_at(fleet, 1.0)
    for number, event_id in enumerate(judged.write(fleet, [8.0] * 9)):
        answer(fleet, event_id, None if number < 8 else {"reading": judged.FIRST_READING + number})
    row = standing(fleet)
    assert row.measured.low > 0.02
    assert row.drift is not None
    assert row.drift.direction == "too_sure"
    promise, drifted = row.alarms
    assert "at most 2.00% wrong is promised, 88.89% was measured" in promise
    assert "11.11% are, less often than chance explains" in drifted
    for name, value in variables_of(settings).items():
        monkeypatch.setenv(name, value)
    assert cli.run(["trust", "--tenant", str(fleet.tenant_id)]) == 0
    told = capsys.readouterr().out
    assert told.count("ALARM: odometer reading by engine_a") == 2
    assert cli.run(["trust", "--json", "--tenant", str(fleet.tenant_id)]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert said["alarms"] == list(row.alarms)
    found = doctor.broken_promises(fleet.services)
    assert [finding.name for finding in found] == ["trust", "trust"]
    assert str(fleet.tenant_id) in found[0].found
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        (shown,) = client.get("/v1/trust", headers=bearer(fleet, fleet.user_id)).json()["items"]
        assert client.get("/v1/trust").status_code == 401
    assert shown["measured"]["wrong"] == 8
    assert shown["alarms"] == list(row.alarms)


def test_the_doctor_is_silent_where_all_is_well(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    judged.write(fleet, [8.0])
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert blind.unanswered(tx).keys() <= {(judged.ENGINE, judged.KIND)}
    assert doctor.broken_promises(fleet.services) == []


def test_an_event_is_shown_with_its_reasons_in_words(
    fleet: Fleet, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judged.trusted(fleet, 0.02)
    accepted, flagged = judged.write(fleet, [8.0, 1.0])
    for name, value in variables_of(settings).items():
        monkeypatch.setenv(name, value)
    where = ["--tenant", str(fleet.tenant_id)]
    assert cli.run(["show", str(accepted), *where]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Odometer reading: 100000 km, read by engine_a, with a probability of 0.99" in told
    assert "It counts without a person." in told
    assert "at most 2.00% is promised" in told
    assert "confidence_enough" in told
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        mine = bearer(fleet, fleet.user_id)
        shown = client.get(f"/v1/events/{flagged}", headers=mine).json()
        assert client.get(f"/v1/events/{fleet.tenant_id}", headers=mine).json()["code"] == "event_unknown"
    assert "A person is asked." in shown["explanation"]
    assert [reason["code"] for reason in shown["reasons"]] == ["confidence_low"]
    assert shown["reasons"][0]["sentence"] in shown["explanation"]
    assert round(100 * shown["probability"]) == shown["confidence"]
    assert cli.run(["show", "nothing", *where]) == 7
