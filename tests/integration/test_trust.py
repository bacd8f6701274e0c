"""Promises, calibrations and judging again, on PostgreSQL and without any engine."""

from __future__ import annotations

import random
import sys
from uuid import UUID

import pytest

from capture.calibration import squash
from capture.confidence import Trust
from capture.duplicates import same_fill
from capture.events.base import Flag
from capture.promise import threshold
from capture.review import Decision, ReviewState
from capture.settings import Settings, variables_of
from storage.db import SYSTEM
from storage.queries import events, related, trust
from tests.integration import judged
from tests.integration.conftest import Fleet
from worker import cli
from worker.calibrating import ENOUGH_DECISIONS, calibrate
from worker.deciding import decide_event
from worker.duplicates import decide_pair
from worker.rescoring import Rescored, rescore
from worker.trusting import load_trust

pytestmark = pytest.mark.usefixtures("undrawn")

SCORES = [0.5 + 0.25 * n for n in range(32)]
"""Log-odds from 0.5 to 8.25: from doubtful to sure."""


def states(fleet: Fleet) -> dict[object, tuple[str, int | None, int]]:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return {row.id: (row.review_state, row.confidence, row.version) for row in events.find(tx, limit=1_000)}


def promise(fleet: Fleet, error: float | None, event_type: str = "") -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        trust.set_promise(tx, event_type, error)


def again(fleet: Fleet, *, apply: bool) -> Rescored:
    return rescore(fleet.services, fleet.tenant_id, fleet.person, apply=apply)


def judge(fleet: Fleet) -> Trust:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return load_trust(tx, fleet.services.settings)


def test_a_stricter_promise_moves_threshold_and_automation_as_the_curve_says(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = judged.trusted(fleet, 0.02)
    ids = judged.write(fleet, SCORES)
    loose, strict = threshold(made, 0.02), threshold(made, 0.01)
    assert loose is not None
    assert strict is not None
    assert strict.probability > loose.probability
    assert strict.automation < loose.automation
    assert judge(fleet).cut(judged.ENGINE, judged.KIND) == loose
    said = dict(zip(ids, (made.probability({"score": score, "is_plain": 1.0}) for score in SCORES), strict=True))
    assert {i for i, (state, _, _) in states(fleet).items() if state == "accepted"} == {
        i for i, p in said.items() if p >= loose.probability
    }
    # no engine can be asked from here on: neither a reader nor any engine's module can be had
    for name in ("extractors.reader", "extractors.odometer", "extractors.rapid_ocr", "extractors.tesseract"):
        monkeypatch.setitem(sys.modules, name, None)
    runs = fleet.count("extraction_runs")
    promise(fleet, 0.01)
    assert judge(fleet).cut(judged.ENGINE, judged.KIND) == strict
    moving = {i for i, p in said.items() if loose.probability <= p < strict.probability}
    assert moving

    before = states(fleet)
    told = again(fleet, apply=False)
    assert (told.looked_at, told.flagged, told.accepted) == (len(SCORES), len(moving), 0)
    assert states(fleet) == before, "telling writes nothing"

    done = again(fleet, apply=True)
    assert done.moves == told.moves
    after = states(fleet)
    assert {i for i in ids if after[i][0] != before[i][0]} == moving
    assert {i for i, (state, _, _) in after.items() if state == "accepted"} == {
        i for i, p in said.items() if p >= strict.probability
    }
    assert {i: c for i, (_, c, _) in after.items()} == {i: c for i, (_, c, _) in before.items()}, "as sure as before"
    assert fleet.count("extraction_runs") == runs

    promise(fleet, 0.02)
    assert again(fleet, apply=True).accepted == len(moving)
    assert {i: state for i, (state, _, _) in states(fleet).items()} == {i: state for i, (state, _, _) in before.items()}
    assert again(fleet, apply=True).changed == 0, "there is nothing left to change"


def test_what_is_judged_again_says_why_in_stream_and_explanation(fleet: Fleet) -> None:
    made = judged.trusted(fleet, 0.02)
    loose, strict = threshold(made, 0.02), threshold(made, 0.01)
    assert loose is not None
    assert strict is not None
    (score,) = [
        s
        for s in [n / 100 for n in range(900)]
        if loose.probability <= made.probability({"score": s, "is_plain": 1.0}) < strict.probability
    ][:1]
    (event_id,) = judged.write(fleet, [score])
    promise(fleet, 0.01)
    again(fleet, apply=True)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event_id)
        stream = tx.execute(
            "select event_type, version, event_data ->> 'before' from capture.event_stream where aggregate_id = %s "
            "order by version",
            (event_id,),
        ).fetchall()
        reasons = tx.execute(
            "select kind, code, sentence from capture.explanations where event_id = %s order by created_at", (event_id,)
        ).fetchall()
    assert row is not None
    assert [flag["code"] for flag in row.flag_reasons] == ["confidence_low"]
    assert stream == [("recorded", 1, None), ("rescored", 2, "accepted")]
    assert [(kind, code) for kind, code, _ in reasons] == [
        ("accepted", "confidence_enough"),
        ("flagged", "confidence_low"),
    ]
    assert "at most 2.00% is promised" in reasons[0][2]
    assert "at most 1.00% is promised" in reasons[1][2]


def test_rules_that_failed_flag_whatever_the_promise(fleet: Fleet) -> None:
    judged.trusted(fleet, 0.02)
    (event_id,) = judged.write(fleet, [8.0], flags=(Flag(code="rival_readings", sentence="Two numbers."),))
    promise(fleet, 0.4)
    assert again(fleet, apply=True).moves == {}
    assert states(fleet)[event_id][0] == "flagged"


@pytest.mark.parametrize("decision", ["confirm", "reject", "void"])
def test_what_a_person_decided_is_never_judged_again(fleet: Fleet, decision: Decision) -> None:
    judged.trusted(fleet, 0.02)
    accepted, other = judged.write(fleet, [8.0, 8.0])
    decide_event(fleet.services, fleet.tenant_id, fleet.person, accepted, decision)
    before = states(fleet)[accepted]
    promise(fleet, 0.0001)
    done = again(fleet, apply=True)
    assert (done.looked_at, done.flagged) == (1, 1)
    assert states(fleet)[accepted] == before
    assert states(fleet)[other][0] == "flagged"


def test_a_person_who_decides_meanwhile_is_not_overruled(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    judged.trusted(fleet, 0.02)
    (event_id,) = judged.write(fleet, [8.0])
    promise(fleet, 0.0001)
    plain = trust.undecided

    def then_a_person_decides(*arguments: object) -> list[trust.Undecided]:
        found = plain(*arguments)  # type: ignore[arg-type]
        if states(fleet)[event_id][0] == "accepted":
            decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "confirm")
        return found

    monkeypatch.setattr("storage.queries.trust.undecided", then_a_person_decides)
    again(fleet, apply=True)
    assert states(fleet)[event_id][0] == "verified"


def test_promises_by_type_go_before_the_general_one_and_can_be_taken_back(fleet: Fleet, other_fleet: Fleet) -> None:
    promise(fleet, 0.02)
    promise(fleet, 0.005, judged.KIND)
    assert (judge(fleet).error(judged.KIND), judge(fleet).error("fuel_purchase")) == (0.005, 0.02)
    assert judge(other_fleet).error(judged.KIND) == other_fleet.services.settings.promised_error
    promise(fleet, None, judged.KIND)
    assert judge(fleet).error(judged.KIND) == 0.02


def test_calibrations_are_the_tenant_s_own_and_the_ones_before_are_kept(fleet: Fleet, other_fleet: Fleet) -> None:
    first = judged.trusted(fleet, 0.02)
    second = judged.trusted(fleet, 0.02, judged.calibration(seed=2))
    assert first.version != second.version
    assert judge(fleet).own[judged.ENGINE, judged.KIND, ""] == second
    assert judge(other_fleet).own == {}
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        rows = tx.execute(
            "select version, retired_at is null, decisions, created_by from capture.calibrations order by created_at"
        ).fetchall()
    assert rows == [(first.version, False, 4_000, fleet.user_id), (second.version, True, 4_000, fleet.user_id)]
    assert other_fleet.count("calibrations") == other_fleet.count("promises") == 0
    (event_id,) = judged.write(other_fleet, [8.0])
    with other_fleet.services.db.tenant_tx(other_fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event_id)
    assert row is not None
    assert [flag["code"] for flag in row.flag_reasons] == ["confidence_unknown"]


def decided_fleet(fleet: Fleet, count: int) -> list[bool]:
    """Write flagged events and decide each by whether it is right; return which are."""
    chance = random.Random(3)  # noqa: S311 (no secret)
    scores = [chance.uniform(-1, 5) for _ in range(count)]
    half = count // 2
    ids = judged.write(fleet, scores[:half]) + judged.write(fleet, scores[half:], vehicle_id=fleet.other_vehicle_id)
    right = [chance.random() < squash(score) for score in scores]
    for event_id, is_right in zip(ids, right, strict=True):
        decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "confirm" if is_right else "reject")
    return right


def test_decisions_become_a_calibration(fleet: Fleet) -> None:
    right = decided_fleet(fleet, ENOUGH_DECISIONS + 20)
    (told,) = calibrate(fleet.services, fleet.tenant_id, fleet.person, keep=False)
    assert (told.engine, told.event_type, told.decisions, told.right) == (
        judged.ENGINE,
        judged.KIND,
        len(right),
        sum(right),
    )
    assert fleet.count("calibrations") == 0, "a dry run keeps nothing"
    (kept,) = calibrate(fleet.services, fleet.tenant_id, fleet.person, keep=True)
    assert kept.calibration is not None
    assert judge(fleet).own[judged.ENGINE, judged.KIND, ""] == kept.calibration
    sure, doubtful = (kept.calibration.probability({"score": score, "is_plain": 1.0}) for score in (5.0, -1.0))
    assert sure > 0.9
    assert doubtful < 0.6
    (event_id,) = judged.write(fleet, [5.0])
    assert states(fleet)[event_id][1] == round(100 * sure)


def test_too_few_decisions_give_no_calibration(fleet: Fleet) -> None:
    decided_fleet(fleet, 6)
    (told,) = calibrate(fleet.services, fleet.tenant_id, fleet.person, keep=True)
    assert (told.decisions, told.calibration) == (6, None)
    assert fleet.count("calibrations") == 0


def test_a_duplicate_that_was_voided_was_not_misread(fleet: Fleet) -> None:
    stays, goes, misread = judged.write(fleet, [1.0, 1.0, 1.0])
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        told = {row.event_id: row.told for row in related.told(tx, [stays, goes])}
        related.propose(tx, same_fill(told[goes], told[stays], 1.0))
        (pair,) = related.find_pairs(tx)
    decide_pair(fleet.services, fleet.tenant_id, fleet.person, pair.id, "confirm")
    decide_event(fleet.services, fleet.tenant_id, fleet.person, misread, "void")
    assert states(fleet)[goes][0] == "voided"
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert {row.id for row in trust.decisions(tx)} == {misread}


def test_what_counted_when_a_person_looked_is_left_out(fleet: Fleet) -> None:
    """People look at accepted events when they are wrong: counting those would make the engine look worse."""
    judged.trusted(fleet, 0.02)
    flagged, accepted, later_flagged, later_accepted = judged.write(fleet, [1.0, 8.0, 6.0, 1.1])
    assert [states(fleet)[i][0] for i in (flagged, accepted, later_flagged, later_accepted)] == [
        "flagged",
        "accepted",
        "accepted",
        "flagged",
    ]
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        for undecided in trust.undecided(tx, UUID(int=0), 10):
            if undecided.id in (later_flagged, later_accepted):
                state: ReviewState = "flagged" if undecided.id == later_flagged else "accepted"
                version = trust.rescore(
                    tx, undecided, state, [], confidence=undecided.confidence, probability=undecided.probability,
                    field_confidence={},
                )  # fmt: skip
                assert version == 2
                tx.execute(
                    "select capture.append_stream('manual_event', %s, 1, 'rescored', '{}', null, '{}')", (undecided.id,)
                )
    for event_id in (flagged, accepted, later_flagged, later_accepted):
        decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "reject")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert {row.id for row in trust.decisions(tx)} == {flagged, later_flagged}


@pytest.mark.usefixtures("settings")
def test_the_commands_set_and_tell(
    fleet: Fleet, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables_of(settings).items():
        monkeypatch.setenv(name, value)
    judged.trusted(fleet, 0.02)
    judged.write(fleet, SCORES)
    before = states(fleet)
    where = ["--tenant", str(fleet.tenant_id)]
    assert cli.run(["promise", "--set", "0.01", *where]) == 0
    told = capsys.readouterr().out
    assert "would be flagged that were accepted" in told
    assert states(fleet) == before
    assert cli.run(["rescore", "--apply", *where]) == 0
    assert "32 undecided events judged again" in capsys.readouterr().out
    assert states(fleet) != before
    assert cli.run(["promise", "--set", "0.7", *where]) != 0
    assert "payload_invalid" in capsys.readouterr().err
