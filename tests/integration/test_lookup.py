"""What people look up: by words that were read or typed, by filters, page after page; and nothing of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM, owner_connection
from storage.queries import Place, events, lookup, stories
from storage.queries.lookup import Filters
from tests.integration.conftest import Fleet, photo
from tests.integration.histories import day, shot, take, type_in
from worker.deciding import decide_event
from worker.pipeline import read_upload


def found(fleet: Fleet, text: str = "", by: Filters | None = None) -> list[lookup.EventItem]:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        terms = lookup.terms(tx, text) if text else None
        return lookup.events(tx, replace(by or Filters(), terms=terms), None, 100)


def found_uploads(fleet: Fleet, text: str = "", by: Filters | None = None) -> list[lookup.UploadItem]:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        terms = lookup.terms(tx, text) if text else None
        return lookup.uploads(tx, replace(by or Filters(), terms=terms), None, 100)


@pytest.fixture
def slip(fleet: Fleet, other_fleet: Fleet, reader: Reader) -> Fleet:
    """Both tenants have the same slip of PRAIRIE STAR TRAVEL CENTER, on which TID 0030 is printed."""
    for tenant in (fleet, other_fleet):
        upload_id = tenant.send(photo("fuel_000.jpg"))
        read_upload(tenant.services, reader, tenant.tenant_id, upload_id)
    return fleet


@pytest.mark.parametrize("text", ["prairie", "PRAIR", "0030", "star travel", "45.63", "tid  000707"])
def test_words_that_were_read_find_upload_and_event(slip: Fleet, text: str) -> None:
    (upload,) = found_uploads(slip, text)
    (event,) = found(slip, text)
    assert event.upload_id == upload.id
    assert (upload.engines, [one["event_type"] for one in upload.events]) == (["recorded"], ["fuel_purchase"])


@pytest.mark.parametrize("text", ["airie", "prairie nowhere", "%", "_rairie", "'", "\\"])
def test_what_begins_no_word_finds_nothing(slip: Fleet, text: str) -> None:
    with slip.services.db.tenant_tx(slip.tenant_id, SYSTEM) as tx:
        terms = lookup.terms(tx, text)
        assert not terms or lookup.uploads(tx, Filters(terms=terms), None, 10) == []


def test_another_tenants_words_are_not_seen(slip: Fleet, other_fleet: Fleet) -> None:
    (mine,), (theirs,) = found(slip, "prairie"), found(other_fleet, "prairie")
    assert mine.id != theirs.id
    assert found(slip, by=Filters(id=theirs.id)) == []
    assert found_uploads(slip, by=Filters(vehicle_id=other_fleet.vehicle_id)) == []
    with slip.services.db.tenant_tx(slip.tenant_id, SYSTEM) as tx:
        assert theirs.upload_id is not None
        assert stories.place(tx, theirs.upload_id) is None
        assert stories.runs_of(tx, theirs.upload_id) == []
        assert stories.streams_of(tx, [theirs.id]) == []
        assert stories.briefly(tx, [theirs.id]) == {}
        assert stories.record_of(tx, other_fleet.vehicle_id) is None


def test_a_text_that_is_erased_is_not_found_any_more(slip: Fleet, settings: Settings) -> None:
    upload_id = found_uploads(slip, "000707")[0].id
    with owner_connection(settings.database_url.get_secret_value()) as owner:
        owner.execute("set role capture_admin")
        owner.execute(
            "delete from capture.private_values where tenant_id = %s and id in "
            "(select content_id from capture.extraction_runs where upload_id = %s)",
            (slip.tenant_id, upload_id),
        )
    assert found_uploads(slip, "000707") == []
    with slip.services.db.tenant_tx(slip.tenant_id, SYSTEM) as tx:
        (run,) = stories.runs_of(tx, upload_id)
    assert run.kept
    assert run.content is None


@pytest.mark.usefixtures("undrawn")
def test_what_a_person_corrects_is_found_and_what_was_wrong_is_not(fleet: Fleet) -> None:
    made = type_in(fleet, "issue_report", 1, description="Rattling exhaust", severity="info")
    assert [row.id for row in found(fleet, "rattl")] == [made.id]
    decide_event(fleet.services, fleet.tenant_id, fleet.person, made.id, "correct", {"description": "Worn bearing"})
    assert found(fleet, "rattl") == []
    (row,) = found(fleet, "worn bear")
    assert row.review_state == "corrected"


def test_thousands_are_found_with_and_without_separators(fleet: Fleet) -> None:
    type_in(fleet, "odometer_reading", 1, reading=123_456, unit="km")
    for text in ("123456", "123,456", "123.456", "1234"):
        assert len(found(fleet, text)) == 1, text


def test_filters_narrow(fleet: Fleet) -> None:
    first = take(fleet, shot(1, "100000"))
    take(fleet, shot(2, "900000"))
    typed = type_in(fleet, "issue_report", 3, description="Flat tyre", severity="warning")
    assert found(fleet)[0].id == typed.id
    assert [row.id for row in found(fleet, by=Filters(event_type="issue_report"))] == [typed.id]
    assert [row.id for row in found(fleet, by=Filters(engine="manual"))] == [typed.id]
    assert len(found(fleet, by=Filters(engine="odometer"))) == 2
    assert [row.id for row in found(fleet, by=Filters(until=day(1.5)))] == [first.id]
    assert len(found(fleet, by=Filters(since=day(1.5)))) == 2
    assert found(fleet, by=Filters(states=["voided"])) == []
    for row in found(fleet, by=Filters(states=["flagged"])):
        for code in {flag["code"] for flag in row.flag_reasons}:
            assert row.id in {one.id for one in found(fleet, by=Filters(flag=code))}
    assert found(fleet, by=Filters(flag="trip_only")) == []
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert lookup.engines(tx) == ["manual", "odometer"]


def test_the_narrow_row_follows_flags_and_states(fleet: Fleet) -> None:
    take(fleet, shot(1, "100000"))
    take(fleet, shot(2, "900000"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        rows = tx.execute(
            "select f.review_state, f.flags, e.review_state, "
            "array(select x ->> 'code' from jsonb_array_elements(e.flag_reasons) as x) "
            "from capture.event_facts as f join capture.manual_events as e on e.id = f.event_id"
        ).fetchall()
    assert len(rows) == 2
    for kept_state, kept_flags, state, flags in rows:
        assert (kept_state, kept_flags) == (state, flags)


def test_pages_follow_without_a_gap_while_events_come_in(fleet: Fleet) -> None:
    made = [type_in(fleet, "issue_report", number // 3, description="x", severity="info").id for number in range(10)]
    seen: list[object] = []
    after: Place | None = None
    for _ in range(5):
        with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
            rows = lookup.events(tx, Filters(), after, 3)
        if not rows:
            break
        seen += [row.id for row in rows]
        after = Place(rows[-1].occurred_at, rows[-1].id)
        type_in(fleet, "issue_report", 100, description="newer", severity="info")
    assert sorted(seen, key=str) == sorted(made, key=str)


def test_vehicles_are_listed_with_their_last_reading(fleet: Fleet) -> None:
    type_in(fleet, "odometer_reading", 1, reading=1_000, unit="km")
    type_in(fleet, "odometer_reading", 3, reading=1_200, unit="km")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        first, second = lookup.vehicles(tx, None, None, 10)
        assert [row.label for row in lookup.vehicles(tx, "VAN 2", None, 10)] == ["Van 2"]
        assert [row.label for row in lookup.vehicles(tx, None, (first.label, first.id), 10)] == ["Van 2"]
    assert (first.km, first.read_at, first.flagged) == (1_200, day(3), 0)
    assert second.km is None


def test_a_vehicle_is_told_by_what_stands(fleet: Fleet) -> None:
    type_in(fleet, "fuel_purchase", 1, total_cost=50.0, currency="EUR", volume=30.0, volume_unit="L")
    wrong = type_in(fleet, "fuel_purchase", 2, total_cost=70.0, currency="EUR", volume=30.0, volume_unit="L")
    decide_event(fleet.services, fleet.tenant_id, fleet.person, wrong.id, "void")
    done = type_in(fleet, "maintenance", 3, cost=100.0, currency="EUR", odometer=5_000, odometer_unit="km")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        costs = stories.costs_of(tx, fleet.vehicle_id, day(0) - timedelta(days=1))
        (service,) = stories.services_of(tx, fleet.vehicle_id, 5)
        actions = stories.actions_on(tx, [wrong.id])
        said = [row.what for row in stories.streams_of(tx, [wrong.id])]
        assert events.get(tx, done.id) is not None
    assert [(row.event_type, row.cents, row.currency) for row in costs] == [
        ("fuel_purchase", 5_000, "EUR"), ("maintenance", 10_000, "EUR"),
    ]  # fmt: skip
    assert (service.id, service.km) == (done.id, 5_000)
    assert [row.action for row in actions] == ["event.entered", "event.voided"]
    assert said[0] == "entered"
    assert said[-1] == "voided"
