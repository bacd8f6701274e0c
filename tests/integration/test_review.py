"""A person's decision stands; re-runs leave proposals beside it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from capture.errors import ConflictError, NotFoundError, RefusedError
from capture.review import Decision
from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM, WORKER
from storage.ids import new_id
from storage.queries import events
from tests.integration.conftest import Fleet, photo
from worker import rerun
from worker.deciding import add_event, decide_event
from worker.pipeline import read_upload

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def event(fleet: Fleet, reader: Reader) -> events.EventRow:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (row,) = events.find(tx, upload_ids=[upload_id])
    return row


def decide(fleet: Fleet, event: events.EventRow, decision: Decision, **changes: object) -> events.EventRow:
    return decide_event(fleet.services, fleet.tenant_id, fleet.person, event.id, decision, changes or None).event


def stream(fleet: Fleet, event: events.EventRow) -> list[tuple[str, int]]:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return tx.execute(
            "select event_type, version from capture.event_stream where aggregate_id = %s order by version", (event.id,)
        ).fetchall()


def test_confirming_writes_state_stream_audit_and_log(fleet: Fleet, event: events.EventRow) -> None:
    after = decide(fleet, event, "confirm")
    assert (after.review_state, after.reviewed_by, after.version) == ("verified", fleet.user_id, 2)
    assert after.payload == event.payload
    assert stream(fleet, event) == [("recorded", 1), ("verified", 2)]
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (row,) = tx.execute(
            "select changed_by, actor_kind, old_values ->> 'review_state', new_values ->> 'review_state', "
            "new_values ? 'payload' from capture.audit_trail where table_name = 'manual_events' "
            "and operation = 'UPDATE'"
        ).fetchall()
        logged = tx.execute("select action, subject_id from capture.audit_logs where subject_id = %s", (event.id,))
        assert logged.fetchall() == [("event.verified", event.id)]
    assert row == (fleet.user_id, "person", "flagged", "verified", False)


def test_correcting_computes_what_follows(fleet: Fleet, event: events.EventRow) -> None:
    after = decide(fleet, event, "correct", volume=10.0, volume_unit="L")
    assert after.review_state == "corrected"
    assert after.payload["volume"] == 10.0
    assert after.payload["gallons"] == pytest.approx(2.642, abs=0.0006)
    assert after.payload["provenance"] == event.payload["provenance"]
    assert stream(fleet, event) == [("recorded", 1), ("corrected", 2)]


def test_a_reading_whose_unit_came_from_the_vehicle_can_be_corrected(fleet: Fleet, reader: Reader) -> None:
    read_upload(fleet.services, reader, fleet.tenant_id, fleet.send(photo("dash_000.jpg")))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (event,) = events.find(tx)
    assert "unit_from_vehicle" in [flag["code"] for flag in event.flag_reasons]
    after = decide(fleet, event, "correct", reading="123456", unit="mi")
    assert (after.payload["miles"], after.payload["parsed_digits"]) == (123456, "123456")


def test_what_a_person_typed_is_not_in_the_immutable_rows(fleet: Fleet, event: events.EventRow) -> None:
    decide(fleet, event, "correct", station_name="Zanzibar Fuels")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        for table in ("audit_trail", "event_stream", "audit_logs", "extraction_runs"):
            statement = sql.SQL("select count(*) from capture.{} as t where t::text like '%Zanzibar%'")
            assert tx.execute(statement.format(sql.Identifier(table))).fetchone() == (0,), table
        kept = tx.execute("select count(*) from capture.private_values as t where t::text like '%Zanzibar%'").fetchone()
    assert kept is not None
    assert kept[0] >= 2


def test_a_decision_is_not_taken_twice(fleet: Fleet, event: events.EventRow) -> None:
    decide(fleet, event, "confirm")
    for decision in ("confirm", "reject"):
        with pytest.raises(ConflictError) as refused:
            decide(fleet, event, decision)
        assert refused.value.code == "already_decided"
    assert decide(fleet, event, "void").review_state == "voided"


@pytest.mark.parametrize(
    "changes",
    [{"volume": "much"}, {"station_name": "a\0b"}, {"no_such_field": 1}, {"provenance": {}}, {"source": "me"}, {}],
)
def test_a_senseless_correction_is_refused_and_changes_nothing(
    fleet: Fleet, event: events.EventRow, changes: dict[str, object]
) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(fleet, event, "correct", **changes)
    assert refused.value.code == "payload_invalid"
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert events.get(tx, event.id) == event


def test_another_tenants_event_does_not_exist(fleet: Fleet, other_fleet: Fleet, event: events.EventRow) -> None:
    with pytest.raises(NotFoundError) as refused:
        decide_event(fleet.services, other_fleet.tenant_id, other_fleet.person, event.id, "confirm")
    assert refused.value.code == "event_unknown"


def test_no_program_changes_what_a_person_verified(fleet: Fleet, event: events.EventRow) -> None:
    decide(fleet, event, "confirm")
    with pytest.raises(ConflictError), fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        tx.execute("update capture.manual_events set payload = '{}' where id = %s", (event.id,))


def test_what_a_person_rejected_stays_rejected(fleet: Fleet, event: events.EventRow) -> None:
    decide(fleet, event, "reject")
    with pytest.raises(ConflictError), fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        tx.execute("update capture.manual_events set review_state = 'flagged' where id = %s", (event.id,))


def test_an_event_outlives_its_upload(fleet: Fleet, settings: Settings, event: events.EventRow) -> None:
    decide(fleet, event, "confirm")
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as admin:
        admin.execute("set role capture_admin")
        admin.execute("delete from capture.uploads where id = %s", (event.source_upload_id,))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event.id)
    assert row is not None
    assert (row.source_upload_id, row.version, row.review_state) == (None, 2, "verified")
    assert decide(fleet, event, "void").review_state == "voided"


def test_reasons_are_not_in_the_audit_trail(fleet: Fleet, event: events.EventRow) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        rows = tx.execute(
            "select new_values -> 'flag_reasons' from capture.audit_trail where table_name = 'manual_events'"
        ).fetchall()
    assert rows
    assert all(set(value) == {"digest", "private_id"} for (value,) in rows)


def test_a_rerun_leaves_the_event_and_proposes(fleet: Fleet, reader: Reader, event: events.EventRow) -> None:
    after = decide(fleet, event, "correct", volume=10.0)
    assert event.source_upload_id is not None
    chosen = rerun.select(fleet.services, fleet.tenant_id, fleet.person, ids=[event.source_upload_id])
    (queued,) = rerun.start(fleet.services, fleet.tenant_id, fleet.person, chosen)
    read_upload(fleet.services, reader, fleet.tenant_id, queued)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert events.get(tx, event.id) == after
    (proposal,) = rerun.results(fleet.services, fleet.tenant_id, fleet.person, [queued])
    assert (proposal.verdict, proposal.event_id) == ("changed", event.id)
    assert proposal.payload is not None
    assert proposal.payload["volume"] == event.payload["volume"]
    assert fleet.upload(queued).state == "recorded"
    assert fleet.count("manual_events") == 1
    assert fleet.count("extraction_runs") == 2


def test_a_rerun_that_says_the_same_says_so(fleet: Fleet, reader: Reader, event: events.EventRow) -> None:
    chosen = rerun.select(fleet.services, fleet.tenant_id, fleet.person, states=["recorded"])
    (queued,) = rerun.start(fleet.services, fleet.tenant_id, fleet.person, chosen)
    read_upload(fleet.services, reader, fleet.tenant_id, queued)
    (proposal,) = rerun.results(fleet.services, fleet.tenant_id, fleet.person, [queued])
    assert proposal.verdict == "unchanged"


def test_a_rerun_that_fails_takes_nothing_away(fleet: Fleet, reader: Reader, event: events.EventRow) -> None:
    assert event.source_upload_id is not None
    row = fleet.upload(event.source_upload_id)
    fleet.services.objects._client().delete_object(Bucket=fleet.services.objects.bucket, Key=row.object_key)
    rerun.start(fleet.services, fleet.tenant_id, fleet.person, [row])
    read_upload(fleet.services, reader, fleet.tenant_id, row.id)
    after = fleet.upload(row.id)
    assert (after.state, after.error_code) == ("recorded", "object_gone")
    assert fleet.count("manual_events") == 1


def test_a_rerun_gives_a_failed_upload_its_first_event(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_003.jpg"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute("update capture.uploads set state = 'failed', tries = 5 where id = %s", (upload_id,))
    rerun.start(fleet.services, fleet.tenant_id, fleet.person, [fleet.upload(upload_id)])
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert fleet.upload(upload_id).state == "recorded"
    assert fleet.count("manual_events") == 1
    assert fleet.count("event_proposals") == 0


def test_a_manual_entry_has_no_confidence(fleet: Fleet, event: events.EventRow) -> None:
    row = add_event(
        fleet.services,
        fleet.tenant_id,
        fleet.person,
        fleet.vehicle_id,
        "issue_report",
        {"description": "Brakes squeal", "severity": "warning"},
        event.occurred_at,
    ).event
    assert (row.source, row.confidence, row.review_state, row.occurred_at_source) == (
        "manual",
        None,
        "accepted",
        "person",
    )
    assert row.payload["source"] == "manual"


def test_a_manual_entry_is_checked(fleet: Fleet, other_fleet: Fleet, event: events.EventRow) -> None:
    with pytest.raises(RefusedError):
        add_event(
            fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id, "issue_report", {}, event.occurred_at
        )
    with pytest.raises(NotFoundError):
        add_event(
            fleet.services,
            fleet.tenant_id,
            fleet.person,
            other_fleet.vehicle_id,
            "issue_report",
            {"description": "x", "severity": "info"},
            event.occurred_at,
        )


def test_the_stream_refuses_a_writer_who_has_not_seen_the_last_entry(fleet: Fleet) -> None:
    aggregate = new_id()
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        events.append_stream(tx, aggregate, 0, "recorded", {}, None, {})
    for expected in (0, 2):
        with pytest.raises(ConflictError) as refused, fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
            events.append_stream(tx, aggregate, expected, "again", {}, None, {})
        assert refused.value.code == "version_conflict"
