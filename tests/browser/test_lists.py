"""Uploads, events and vehicles: looked up, read from first to last, decided on, and taken along as CSV."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from playwright.sync_api import Page, expect

from capture.job import FINAL
from storage.db import SYSTEM, Actor
from storage.queries import events, tenants, uploads
from tests.browser.conftest import FIXTURES, PATIENCE_MS, Crew, Site
from tests.browser.looks import check
from worker import intake
from worker.deciding import add_event, decide_event

Opener = Callable[..., Page]
NOW = datetime.now(UTC).replace(microsecond=0)
LONG = "A very long name of a filling station at the motorway between two towns whose names nobody can spell or say"


def vehicles_of(crew: Crew) -> list[UUID]:
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        return [vehicle.id for vehicle in tenants.vehicles(tx)]


def send(crew: Crew, vehicle_id: UUID, name: str, content_type: str = "image/jpeg") -> UUID:
    """Send a photo as a phone does, and wait until it was read."""
    services, person = crew.site.services, Actor("person", crew.owner_id)
    data = (FIXTURES / "images" / name).read_bytes()
    said = uploads.Announcement(vehicle_id, len(data), content_type)
    expected = intake.expect(services, crew.tenant_id, person, said)
    httpx2.put(expected.url, content=data, headers=expected.headers).raise_for_status()
    intake.complete(services, crew.tenant_id, person, expected.upload_id)
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until:
        with services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
            row = uploads.get(tx, expected.upload_id)
        if row is not None and row.state in FINAL:
            return expected.upload_id
        time.sleep(0.1)
    raise AssertionError(f"{name} was not read")


def enter(crew: Crew, vehicle_id: UUID, event_type: str, days_ago: float, **values: Any) -> UUID:
    at = NOW - timedelta(days=days_ago)
    person = Actor("person", crew.owner_id)
    return add_event(crew.site.services, crew.tenant_id, person, vehicle_id, event_type, values, at).event.id


def year(crew: Crew, vehicle_id: UUID) -> None:
    """Enter what a van does in a year: readings, fills and a service."""
    for week in range(26):
        reading = 48_000 + week * 310 + (week % 3) * 25
        days = 180 - week * 7
        enter(crew, vehicle_id, "odometer_reading", days, reading=reading, unit="mi")
        if week % 2 == 0:
            litres = 26.0 + (week % 5) * 1.3
            enter(crew, vehicle_id, "fuel_purchase", days - 1, volume=round(litres, 3), volume_unit="gal_us",
                  unit_price=3.459, total_cost=round(litres * 3.459, 2), currency="USD", odometer=reading + 40,
                  odometer_unit="mi", station_name=LONG if week == 24 else "Shell Elm Street", fuel_type="regular",
                  purchased_on=f"{NOW - timedelta(days=days - 1):%Y-%m-%d}")  # fmt: skip
    enter(crew, vehicle_id, "maintenance", 60, service_type="oil_change", cost=189.9, currency="USD", odometer=53_350,
          odometer_unit="mi")  # fmt: skip
    enter(crew, vehicle_id, "odometer_reading", 2, reading=92_000, unit="mi")


def event_of(crew: Crew, upload_id: UUID) -> events.EventRow:
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        (row,) = events.find(tx, upload_ids=[upload_id])
    return row


@pytest.fixture(scope="module")
def fleet(site: Site) -> Crew:
    """Return a tenant with a van that has a year behind it, and photos of slips and dashboards."""
    crew = site.tenant("Elm Street Deliveries")
    van, other = vehicles_of(crew)
    year(crew, van)
    send(crew, other, "fuel_000.jpg")
    send(crew, other, "dash_022.jpg")
    send(crew, other, "receipt_000.jpg")
    return crew


def test_events_are_looked_up_and_the_address_says_how(open_page: Opener, fleet: Crew) -> None:
    page = open_page(fleet)
    page.goto("/events")
    expect(page.locator("tbody tr")).to_have_count(43)
    check(page, "events")
    page.get_by_label("Search", exact=True).fill("shell elm")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=shell+elm**")
    expect(page.locator("tbody tr")).to_have_count(12)
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Type").select_option("odometer_reading")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    expect(page.get_by_label("Type")).to_have_value("odometer_reading")
    check(page, "events-nothing")
    page.goto("/events?state=flagged&type=odometer_reading&flag=distance_beyond_day")
    expect(page.locator("tbody tr").first).to_contain_text("92,000")


def test_a_wrong_address_says_what_is_wrong(open_page: Opener, fleet: Crew) -> None:
    page = open_page(fleet)
    for path in ("/events?vehicle=no-id", "/events?from=2026-02-31", "/uploads?after=AAAA", "/vehicles?after=%C3%BC"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 422, path
        expect(page.get_by_role("heading", name="That did not work")).to_be_visible()
    check(page, "lists-wrong-address")


def test_lists_are_empty_at_first(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    for path in ("/events", "/uploads"):
        page.goto(path)
        expect(page.get_by_role("link", name="Take a photo")).to_be_visible()
        check(page, f"{path[1:]}-empty")
    van = vehicles_of(crew)[0]
    page.goto(f"/vehicles/{van}")
    expect(page.get_by_text("No reading yet.")).to_be_visible()
    check(page, "vehicle-empty")
    page.goto("/vehicles?q=zebra")
    expect(page.get_by_text("No vehicle matches.")).to_be_visible()
    check(page, "vehicles-nothing")


def test_older_pages_follow_without_a_gap(open_page: Opener, crew: Crew) -> None:
    van = vehicles_of(crew)[0]
    for number in range(53):
        enter(crew, van, "issue_report", number, description=f"Rattle number {number}", severity="info")
    page = open_page(crew)
    page.goto("/events?type=issue_report")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody")).to_contain_text("Rattle number 52")
    page.get_by_role("link", name="Newest").click()
    expect(page.locator("tbody tr")).to_have_count(50)


def test_uploads_are_found_by_a_word_that_was_read_and_tell_their_story(open_page: Opener, fleet: Crew) -> None:
    page = open_page(fleet)
    page.goto("/uploads")
    expect(page.locator("tbody tr")).to_have_count(3)
    check(page, "uploads")
    with fleet.site.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        fuel = next(row for row in events.find(tx, event_type="fuel_purchase") if row.source == "photo")
    station = str(fuel.payload["station_name"]).split()[0]
    page.goto(f"/uploads?q={station[:4]}")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody td.main a").click()
    picture = page.get_by_role("img", name="Photo sent for Van 2")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(page.locator(".evidence polygon").first).to_be_attached()
    page.locator(".run summary").first.click()
    expect(page.locator(".lines").first).to_contain_text(station)
    check(page, "upload")
    page.goto("/uploads?state=unrecognised")
    page.locator("tbody td.main a").click()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".toast")).to_contain_text("read again")


def test_an_event_is_corrected_with_the_version_that_was_seen(open_page: Opener, crew: Crew) -> None:
    upload_id = send(crew, vehicles_of(crew)[0], "fuel_000.jpg")
    event = event_of(crew, upload_id)
    page = open_page(crew)
    page.goto(f"/events/{event.id}")
    check(page, "event")
    page.get_by_role("button", name="Correct").click()
    check(page, "event-correct")
    page.get_by_label("Total cost").fill("seven")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("is no number")
    page.get_by_label("Total cost").fill("1,070.50")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Corrected.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1,070.50")
    expect(page.locator(".changes ins").first).to_contain_text("1,070.50")
    expect(page.get_by_text("A person put it right; what was read stands below")).to_be_visible()
    expect(page.get_by_text("not as recorded read it")).to_be_visible()
    expect(page.locator("table.plain .quiet, table.plain .weak")).to_have_count(0)  # no confidence in what was typed
    page.get_by_role("button", name="Take back").click()
    page.locator("#ask-yes").click()
    expect(page.get_by_text("Nothing more can be decided.")).to_be_visible()
    check(page, "event-taken-back")


def test_a_stale_decision_is_told_and_nothing_typed_is_lost(open_page: Opener, crew: Crew) -> None:
    event_id = enter(crew, vehicles_of(crew)[0], "issue_report", 1, description="Brakes squeal", severity="info")
    page = open_page(crew)
    page.goto(f"/events/{event_id}")
    page.get_by_role("button", name="Correct").click()
    page.get_by_label("Description").fill("Brakes grind")
    person = Actor("person", crew.owner_id)
    decide_event(crew.site.services, crew.tenant_id, person, event_id, "correct", {"description": "Brakes whistle"})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("load it again")
    expect(page.get_by_role("link", name="Open it as it stands now")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value("Brakes grind")
    check(page, "event-conflict")


def test_a_viewer_looks_and_another_tenant_sees_nothing(open_page: Opener, fleet: Crew, crew: Crew) -> None:
    with fleet.site.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        upload = uploads.find(tx)[0]
        event = events.find(tx)[0]
    viewer = open_page(fleet, fleet.member("Vic Viewer", "viewer"))
    viewer.goto(f"/events/{event.id}")
    expect(viewer.get_by_text("your role is viewer")).to_be_visible()
    expect(viewer.get_by_role("button", name="Confirm")).to_have_count(0)
    viewer.goto(f"/vehicles/{event.vehicle_id}")
    expect(viewer.get_by_role("button", name="Save")).to_have_count(0)
    stranger = open_page(crew)
    for path in (f"/events/{event.id}", f"/uploads/{upload.id}", f"/vehicles/{event.vehicle_id}"):
        answer = stranger.goto(path)
        assert answer is not None
        assert answer.status == 404
    stranger.goto(f"/events?vehicle={event.vehicle_id}")
    expect(stranger.get_by_text("Nothing matches.")).to_be_visible()


def test_a_vehicle_has_its_charts_its_services_and_its_meters(open_page: Opener, fleet: Crew) -> None:
    page = open_page(fleet)
    page.goto("/vehicles")
    check(page, "vehicles")
    page.get_by_role("link", name="Van 1").click()
    for name in ("Odometer.", "Consumption.", "Costs by month."):
        expect(page.get_by_role("img", name=re.compile(name))).to_be_visible()
    expect(page.locator(".tiles")).to_contain_text("mpg")
    check(page, "vehicle")
    page.get_by_label("Tank, litres").fill("80")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    expect(page.get_by_label("Tank, litres")).to_have_value("80.0")
    page.get_by_text("Note another meter").click()
    page.get_by_label("When").fill(f"{NOW - timedelta(days=200):%Y-%m-%dT%H:%M}")
    page.get_by_label("It showed last").fill("120000")
    page.get_by_label("It showed first then").fill("0")
    page.get_by_role("button", name="Note it").click()
    expect(page.locator(".toast")).to_contain_text("Noted.")
    page.get_by_role("button", name="Take back: Another meter was fitted").click()
    expect(page.get_by_text("Taken back", exact=False).first).to_be_visible()


def test_lists_are_taken_along_as_csv(open_page: Opener, crew: Crew) -> None:
    van = vehicles_of(crew)[0]
    enter(crew, van, "issue_report", 1, description='=HYPERLINK("http://evil")', severity="info")
    enter(crew, van, "odometer_reading", 1, reading=1000, unit="mi")
    page = open_page(crew)
    page.goto("/events?type=issue_report")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert [row["says"] for row in rows] == ['\'=HYPERLINK("http://evil")']
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        found = tx.execute(
            "select action, details from capture.audit_logs where action like 'export.%%' order by created_at"
        )
        logged = found.fetchall()
    assert [action for action, _ in logged] == ["export.started", "export.ended"]
    assert logged[1][1] == {
        "what": "events", "filters": {"type": "issue_report"}, "searched": False, "rows": 1, "whole": True,
    }  # fmt: skip
