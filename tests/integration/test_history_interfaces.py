"""A vehicle's history by command and over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from capture.plausibility import RULES
from capture.settings import Settings
from tests.integration.conftest import Fleet
from tests.integration.histories import day, said_by_history, shot, take
from tests.integration.test_api import bearer, code
from web.app import create_app
from worker import cli

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")

READINGS = [(0, "50000"), (2, "50120"), (4, "50240"), (6, "50360"), (8, "000030"), (9, "000090")]
"""A new meter was fitted on the seventh day."""


@pytest.fixture
def driven(fleet: Fleet) -> Fleet:
    """Return a fleet whose first vehicle has been driven."""
    for on, digits in READINGS:
        take(fleet, shot(on, digits))
    return fleet


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as made:
        yield made


Command = Callable[..., Any]


@pytest.fixture
def command(
    fleet: Fleet, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return a function that runs a command for the fleet: JSON where it was asked for, else the text."""
    monkeypatch.setenv("CAPTURE_DATABASE_APP_URL", settings.database_app_url.get_secret_value())
    monkeypatch.setenv("CAPTURE_DATABASE_OPS_URL", settings.database_ops_url.get_secret_value())
    monkeypatch.setenv("CAPTURE_TENANT", str(fleet.tenant_id))

    def run(*words: object, status: int = 0) -> Any:
        capsys.readouterr()
        assert cli.run([str(word) for word in words]) == status
        out, err = capsys.readouterr()
        return err if status else json.loads(out) if "--json" in words else out

    return run


def test_commands_on_a_new_meter(driven: Fleet, command: Command) -> None:
    before = command("history", "Van 1", "--json")
    assert [reading["km"] for reading in before["readings"]] == [50_000, 50_120, 50_240, 50_360, 30, 90]
    assert before["cuts"] == []
    doubted = [reading["event_id"] for reading in before["readings"] if reading["findings"]]
    assert before["readings"][4]["event_id"] in doubted
    made = command("meter", "replace", "Van 1", "--at", day(7).isoformat(), "--before", 50_400, "--after", 0, "--json")
    assert (made["kind"], made["before_km"], made["after_km"]) == ("replacement", 50_400, 0)
    assert {effect["event_id"] for effect in made["affected"]} == set(doubted)
    shown = command("history", "Van 1")
    assert "meter: replacement" in shown
    assert shown.count("yes") == 6
    assert [cut["id"] for cut in command("meter", "list", "Van 1", "--json")] == [made["id"]]
    taken_back = command("meter", "void", made["id"])
    assert "taken back" in taken_back
    assert doubted[0] in taken_back.replace("\n", "")
    assert "cut_unknown" in command("meter", "void", uuid4(), status=7)
    assert "cut_unknown" in command("meter", "void", "x", status=7)


@pytest.mark.parametrize(
    ("words", "before_km", "after_km", "unit"),
    [
        (["rollover", "--digits", "5"], 100_000, 0, None),
        (["rollover", "--digits", "5", "--unit", "mi"], 160_934.4, 0, None),
        (["unit-change", "--reading", "1000", "--to", "km"], 1_609.344, 1_609.344, "km"),
        (["offset", "--before", "100", "--after", "250.5"], 100, 250.5, None),
        (["replace", "--before", "100", "--unit", "mi"], 160.934, 0, None),
    ],
)
def test_each_kind_of_cut(
    fleet: Fleet, command: Command, words: list[str], before_km: float, after_km: float, unit: str | None
) -> None:
    kind, *options = words
    made = command("meter", kind, "Van 1", "--at", "2026-03-02T08:00+01:00", *options, "--json")
    assert (made["before_km"], made["after_km"], made["unit"], made["affected"]) == (before_km, after_km, unit, [])


def test_a_cut_needs_a_time_with_an_offset(fleet: Fleet, command: Command) -> None:
    words = ("meter", "offset", "Van 1", "--before", 1, "--after", 2, "--at")
    assert "request_invalid" in command(*words, "2026-03-02T08:00", status=9)
    assert "request_invalid" in command(*words, "yesterday", status=9)


def test_facts_and_rules_by_command(driven: Fleet, command: Command) -> None:
    said = command("vehicle", "set", "Van 1", "--set", "tank_litres=45.5", "--set", "fuel_type=diesel", "--json")
    assert (said["tank_litres"], said["fuel_type"], said["odometer_unit"]) == (45.5, "diesel", "km")
    assert command("vehicle", "set", "Van 1", "--set", "tank_litres=", "--json")["tank_litres"] is None
    assert "facts_invalid" in command("vehicle", "set", "Van 1", "--set", "wheels=4", status=9)
    rules = command("rules", "list", "--json")
    assert {rule["code"]: rule["usual"] for rule in rules} == RULES
    failed = sorted({finding["code"] for row in command("history", "Van 1", "--json")["readings"]
                     for finding in row["findings"] if finding["level"] == "flag"})  # fmt: skip
    for rule in failed:
        assert f"{rule}: note" in command("rules", "set", rule, "note")
    left = [row["findings"] for row in command("history", "Van 1", "--json")["readings"]]
    assert {finding["level"] for findings in left for finding in findings} == {"note"}
    assert "rule_unknown" in command("rules", "set", "no_such_rule", "note", status=9)


def test_a_review_by_command_lists_what_it_did(driven: Fleet, command: Command) -> None:
    wrong = take(driven, shot(5, "20300"))
    assert said_by_history(wrong)
    right = command("review", "correct", wrong.id, "--set", "reading=50700", "--json")
    other = [effect for effect in right["affected"] if effect["raised"]]
    assert other
    assert {"event_id", "state_before", "state_after", "raised", "cleared"} <= set(other[0])
    text = command("review", "void", wrong.id)
    assert other[0]["event_id"] in text.replace("\n", "")


def test_history_over_http(driven: Fleet, client: TestClient) -> None:
    headers, viewer = bearer(driven), bearer(driven, "viewer")
    path = f"/v1/vehicles/{driven.vehicle_id}"
    said = client.get(f"{path}/history", headers=viewer).json()
    assert [reading["km"] for reading in said["readings"]] == [50_000, 50_120, 50_240, 50_360, 30, 90]
    odd = said["readings"][4]
    assert odd["ways"][0] == {
        "digits": "000030", "tenths": False, "shown": 30, "unit": "km", "unit_printed": True, "km": 30,
        "probability": 0.9, "posterior": odd["ways"][0]["posterior"],
    }  # fmt: skip
    assert {"code", "sentence", "level", "facts"} == set(odd["findings"][0])
    cut = {"at": day(7).isoformat(), "kind": "replacement", "before": 50_400, "after": 0}
    refused = client.post(f"{path}/cuts", json=cut, headers=viewer)
    assert (refused.status_code, code(refused)) == (403, "role_insufficient")
    made = client.post(f"{path}/cuts", json=cut, headers=headers)
    assert made.status_code == 201
    affected = {effect["event_id"]: effect for effect in made.json()["affected"]}
    assert affected[odd["event_id"]]["cleared"]
    assert client.get(f"/v1/events/{odd['event_id']}", headers=headers).json()["flag_reasons"] == []
    twice = client.post(f"{path}/cuts", json=cut, headers=headers)
    assert (twice.status_code, code(twice)) == (409, "cut_exists")
    void = f"/v1/cuts/{made.json()['id']}/void"
    undone = client.post(void, headers=headers).json()
    assert undone["voided_at"]
    assert odd["event_id"] in [effect["event_id"] for effect in undone["affected"]]
    (flag, *_) = client.get(f"/v1/events/{odd['event_id']}", headers=headers).json()["flag_reasons"]
    assert (flag["origin"], flag["level"]) == ("history", "flag")
    assert code(client.post(void, headers=headers)) == "already_decided"


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"at": "2026-03-02T08:00:00"}, 422, "request_invalid"),
        ({"at": "1066-10-14T08:00:00Z"}, 422, "cut_invalid"),
        ({"kind": "theft"}, 422, "request_invalid"),
        ({"before": -1}, 422, "request_invalid"),
        ({"surprise": 1}, 422, "request_invalid"),
    ],
)
def test_a_wrong_cut_says_what_is_wrong(
    fleet: Fleet, client: TestClient, change: dict[str, object], status: int, expected: str
) -> None:
    cut = {"at": day(7).isoformat(), "kind": "offset", "before": 1, "after": 2, **change}
    answer = client.post(f"/v1/vehicles/{fleet.vehicle_id}/cuts", json=cut, headers=bearer(fleet))
    assert (answer.status_code, code(answer)) == (status, expected)


def test_rules_over_http(driven: Fleet, client: TestClient) -> None:
    headers = bearer(driven)
    rules = client.get("/v1/rules", headers=headers).json()["items"]
    assert {rule["code"]: rule["level"] for rule in rules} == RULES
    answer = client.put("/v1/rules/volume_over_tank", json={"level": "block"}, headers=headers)
    assert answer.json() == {"changed": 0}
    changed = {rule["code"]: rule for rule in client.get("/v1/rules", headers=headers).json()["items"]}
    assert changed["volume_over_tank"] == {"code": "volume_over_tank", "level": "block", "usual": "flag"}
    client.put("/v1/rules/volume_over_tank", json={"level": None}, headers=headers)
    assert client.get("/v1/rules", headers=headers).json()["items"] == rules
    assert code(client.put("/v1/rules/none", json={"level": "note"}, headers=headers)) == "rule_unknown"
    refused = client.put("/v1/rules/volume_over_tank", json={"level": "note"}, headers=bearer(driven, "viewer"))
    assert code(refused) == "role_insufficient"


def test_another_tenants_history_looks_as_if_it_did_not_exist(
    driven: Fleet, other_fleet: Fleet, client: TestClient
) -> None:
    mine, theirs = bearer(other_fleet), f"/v1/vehicles/{driven.vehicle_id}"
    cut = {"at": day(7).isoformat(), "kind": "offset", "before": 1, "after": 2}
    made = client.post(f"{theirs}/cuts", json=cut, headers=bearer(driven)).json()["id"]
    for answer in (
        client.get(f"{theirs}/history", headers=mine),
        client.post(f"{theirs}/cuts", json=cut, headers=mine),
    ):
        assert (answer.status_code, code(answer)) == (404, "vehicle_unknown")
    answer = client.post(f"/v1/cuts/{made}/void", headers=mine)
    assert (answer.status_code, code(answer)) == (404, "cut_unknown")
    client.put("/v1/rules/reading_out_of_order", json={"level": "note"}, headers=mine)
    rules = {rule["code"]: rule["level"] for rule in client.get("/v1/rules", headers=bearer(driven)).json()["items"]}
    assert rules["reading_out_of_order"] == "flag"
