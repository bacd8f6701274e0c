"""The review desk: by keyboard alone, two at once, conflicts, undoing, blind items, keys, and what it looks like."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
from playwright.sync_api import Page, expect

from storage.db import SYSTEM, Actor
from storage.queries import blind, events, related, tenants, uploads
from tests.browser.conftest import FIXTURES, Crew
from tests.browser.looks import check
from worker.deciding import decide_event
from worker.intake import complete
from worker.intake import expect as announce

Opener = Callable[..., Page]

DISPLAYS = [f"dash_{number:03}.jpg" for number in range(22) if number != 18]
"""Each shows an odometer."""


def person(crew: Crew) -> Actor:
    return Actor("person", crew.owner_id)


def vehicle_of(crew: Crew, label: str = "Van 1") -> UUID:
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        return next(one.id for one in tenants.vehicles(tx) if one.label == label)


def send(crew: Crew, *names: str, vehicle: UUID | None = None) -> list[UUID]:
    """Send photos as a phone does; return their events when all have been read."""
    services = crew.site.services
    with services.db.tenant_tx(crew.tenant_id, person(crew)) as tx:
        tenants.set_policy(tx, blind_share=0.0)
    sent = []
    for name in names:
        data = (FIXTURES / "images" / name).read_bytes()
        said = uploads.Announcement(vehicle or vehicle_of(crew), len(data), "image/jpeg", None)
        expected = announce(services, crew.tenant_id, person(crew), said)
        httpx2.put(expected.url, content=data, headers=expected.headers).raise_for_status()
        complete(services, crew.tenant_id, person(crew), expected.upload_id)
        sent.append(expected.upload_id)
    for _ in range(600):
        with services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
            found = events.find(tx, upload_ids=sent)
        if {row.source_upload_id for row in found} == set(sent):
            return [next(row.id for row in found if row.source_upload_id == upload_id) for upload_id in sent]
        time.sleep(0.1)
    raise AssertionError("the photos were not read")


def event(crew: Crew, event_id: UUID) -> events.EventRow:
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event_id)
    assert row is not None
    return row


def settled(crew: Crew, event_id: UUID, state: str) -> events.EventRow:
    """Return an event when it has come to a state: decisions are sent while the next item is shown."""
    for _ in range(200):
        row = event(crew, event_id)
        if row.review_state == state:
            return row
        time.sleep(0.05)
    raise AssertionError(f"the event is {row.review_state}")


def on_screen(page: Page) -> str:
    page.locator("#item:not([hidden])").wait_for()
    found = page.locator("#item").get_attribute("data-id")
    assert found is not None
    return found


def next_of(page: Page, before: str) -> None:
    """Wait until something else than an item is on the screen."""
    gone = "id => document.getElementById('item').hidden || document.getElementById('item').dataset.id !== id"
    page.wait_for_function(gone, arg=before)


def test_a_session_of_twenty_by_keyboard_alone(open_page: Opener, crew: Crew) -> None:
    sent = [event_id for name in DISPLAYS[:20] for event_id in send(crew, name, vehicle=crew.vehicle(name))]
    page = open_page(crew)
    page.goto("/review")
    corrected: list[str] = []
    rejected: list[str] = []
    for number in range(20):
        item = on_screen(page)
        if number % 7 == 3:
            for digit in "123456":
                page.keyboard.press(digit)
            expect(page.locator("#field-reading")).to_have_value("123456")
            miles = "123456" if page.locator("#field-unit").input_value() == "mi" else "76712"
            expect(page.locator("#field-miles")).to_have_value(miles)
            page.keyboard.press("Enter")
            corrected.append(item)
        elif number % 7 == 5:
            page.keyboard.press("r")
            rejected.append(item)
        else:
            page.keyboard.press("Enter")
        next_of(page, item)
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    expect(page.locator("#pace")).to_contain_text("20 done")
    for event_id in sent:
        state = "corrected" if str(event_id) in corrected else "rejected" if str(event_id) in rejected else "verified"
        row = settled(crew, event_id, state)
        assert state != "corrected" or row.payload["reading"] == 123456
    check(page, "review-empty", ready="#none")


def test_what_an_item_shows(open_page: Opener, crew: Crew) -> None:
    van = vehicle_of(crew)
    send(crew, *DISPLAYS[:6], vehicle=van)
    (slip,) = send(crew, "fuel_000.jpg", vehicle=van)
    page = open_page(crew)
    page.goto(f"/review?event={slip}")
    assert on_screen(page) == str(slip)
    page.locator(".stage svg.photo polygon").first.wait_for()
    assert page.locator(".stage polygon[data-field=total_cost]").count() == 2
    expect(page.locator("#reasons")).to_contain_text("Nobody has measured")
    check(page, "review", ready="#item")
    page.goto(f"/review?event={event_of(crew, slip)}")
    page.locator("#chart svg").wait_for()
    check(page, "review-odometer", ready="#item")


def event_of(crew: Crew, other: UUID) -> UUID:
    """Return an event of a display."""
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        return next(row.id for row in events.find(tx, event_type="odometer_reading") if row.id != other)


def test_other_ways_to_read_and_what_follows(open_page: Opener, crew: Crew) -> None:
    (slip,) = send(crew, "fuel_000.jpg")
    page = open_page(crew)
    page.goto("/review")
    on_screen(page)
    page.locator("#field-volume").fill("10")
    expect(page.locator("#field-total_cost")).to_have_value("33.49")
    expect(page.locator("#field-total_cost-about")).to_contain_text("follows from what you changed (was 45.63)")
    check(page, "review-follows", ready="#item")
    for way in page.locator("button[data-value]:not([aria-pressed=true])").all():  # it says what pressing it sets
        assert (way.get_attribute("data-value") or "").replace(",", "") in way.inner_text().replace(",", "")
    price = page.locator("#field-unit_price")
    before = price.input_value()
    page.locator("#field-unit_price").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(price).to_have_value(before)
    expect(page.locator("#field-total_cost")).to_have_value("33.49")
    page.keyboard.press("Enter")
    after = settled(crew, slip, "corrected").payload
    assert (after["volume"], after["total_cost"], after["gallons"]) == (10, 33.49, 10)


def test_two_reviewers_get_different_items(open_page: Opener, crew: Crew) -> None:
    for name in DISPLAYS[:8]:
        send(crew, name, vehicle=crew.vehicle(name))
    mate = crew.member("Mia Manager", "manager")
    one, other = open_page(crew), open_page(crew, mate)
    one.goto("/review")
    other.goto("/review")
    seen: dict[Page, set[str]] = {one: set(), other: set()}
    for page in (one, other) * 8:
        page.locator("#item:not([hidden]), #none:not([hidden])").first.wait_for()
        if page.locator("#item").is_visible():
            item = on_screen(page)
            seen[page].add(item)
            page.keyboard.press("Enter")
            next_of(page, item)
    assert not seen[one] & seen[other]
    assert len(seen[one] | seen[other]) == 8
    assert seen[one], "both were given some"
    assert seen[other], "both were given some"


def test_a_stale_decision_is_a_conflict_and_nothing_typed_is_lost(open_page: Opener, crew: Crew) -> None:
    (display,) = send(crew, DISPLAYS[0])
    page = open_page(crew)
    page.goto("/review")
    on_screen(page)
    page.locator("#field-reading").fill("111222")
    page.reload()
    on_screen(page)
    expect(page.locator("#notice")).to_contain_text("What you typed before is here again")
    expect(page.locator("#field-reading")).to_have_value("111222")
    decide_event(crew.site.services, crew.tenant_id, person(crew), display, "correct", {"reading": 333_444})
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Somebody changed this meanwhile")
    expect(page.locator("#notice")).to_contain_text("Odometer: now 333444, yours 111222")
    expect(page.locator("#field-reading")).to_have_value("111222")
    check(page, "review-conflict", ready="#item")
    page.locator("#act-confirm").click()
    page.get_by_role("heading", name="Nothing waits for you").wait_for()
    for _ in range(100):
        if event(crew, display).payload["reading"] == 111222:
            break
        time.sleep(0.05)
    assert event(crew, display).payload["reading"] == 111222


def test_undo_brings_the_item_back(open_page: Opener, crew: Crew) -> None:
    (display,) = send(crew, DISPLAYS[1])
    page = open_page(crew)
    page.goto("/review")
    on_screen(page)
    page.keyboard.press("r")
    page.get_by_role("heading", name="Nothing waits for you").wait_for()
    settled(crew, display, "rejected")
    page.keyboard.press("u")
    assert on_screen(page) == str(display)
    expect(page.locator("#notice")).to_contain_text("Undone")
    assert event(crew, display).review_state == "flagged"


def test_a_blind_item_keeps_the_reading_back(open_page: Opener, crew: Crew) -> None:
    (display,) = send(crew, DISPLAYS[2])
    read = str(event(crew, display).payload["reading"])
    accept_and_draw(crew, display)
    page = open_page(crew)
    page.goto("/review")
    on_screen(page)
    expect(page.get_by_role("heading", name="Blind check: odometer reading")).to_be_visible()
    assert read not in page.locator("#item").inner_text()
    expect(page.locator("#field-reading")).to_have_value("")
    page.locator(".stage svg.photo image").wait_for()
    assert page.locator(".stage polygon").count() == 0
    check(page, "review-blind", ready="#item")
    for digit in read:
        page.keyboard.press(digit)
    page.keyboard.press("Enter")
    settled(crew, display, "verified")


def accept_and_draw(crew: Crew, event_id: UUID) -> None:
    """Accept an event as a program that is sure of it does, and put it into the sample."""
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        row = events.lock_event(tx, event_id)
        assert row is not None
        sure: dict[str, Any] = {"confidence": 99, "probability": 0.99, "field_confidence": {}}
        events.reconsider(tx, row, "accepted", row.payload, [], **sure)
        events.append_stream(tx, event_id, row.version, "reconsidered", {"review_state": "accepted"}, None, {})
        blind.insert(tx, event_id, row.created_at, "odometer_reading", "recorded", 1.0)


def test_keys_can_be_changed_and_switched_off(open_page: Opener, crew: Crew) -> None:
    first, second = send(crew, *DISPLAYS[3:5])
    page = open_page(crew)
    page.goto("/review")
    on_screen(page)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    check(page, "review-keys", ready="dialog[open]")
    page.locator("#key-reject").press("x")
    page.locator("#key-confirm").press("x")
    page.locator("#keys-save").click()
    expect(page.locator("#keys-wrong")).to_contain_text("stands for two things")
    page.locator("#key-confirm").press("Enter")
    page.locator("#keys-save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    item = on_screen(page)
    page.keyboard.press("r")
    page.keyboard.press("x")
    next_of(page, item)
    settled(crew, UUID(item), "rejected")
    last = on_screen(page)
    assert {item, last} == {str(first), str(second)}
    page.locator("#show-keys").click()
    page.locator("#keys-on").uncheck()
    page.locator("#keys-save").click()
    page.locator("h1").click()
    page.keyboard.press("x")
    page.keyboard.press("7")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert on_screen(page) == last
    assert event(crew, UUID(last)).review_state == "flagged"
    page.locator("#act-confirm").click()
    settled(crew, UUID(last), "verified")


def test_a_server_that_is_away_loses_nothing(open_page: Opener, crew: Crew) -> None:
    (display,) = send(crew, DISPLAYS[5])
    page = open_page(crew)
    page.goto("/review")
    on_screen(page)
    page.locator("#field-reading").fill("777888")
    page.route("**/v1/review/*/decide", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("the server does not answer")
    expect(page.locator("#field-reading")).to_have_value("777888")
    page.unroute("**/v1/review/*/decide")
    page.keyboard.press("Enter")
    assert settled(crew, display, "corrected").payload["reading"] == 777888


def test_a_duplicate_stands_beside_and_can_be_taken_back(open_page: Opener, crew: Crew) -> None:
    kept, again = send(crew, DISPLAYS[6]) + send(crew, DISPLAYS[6])
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        (pair,) = related.pairs_of(tx, [again])
    goes = pair.event_id
    assert goes in {kept, again}
    page = open_page(crew)
    page.goto(f"/review?event={goes}")
    on_screen(page)
    page.locator(".other img").first.wait_for()
    check(page, "review-duplicate", ready="#item")
    page.get_by_role("button", name="The same: take this one back").click()
    settled(crew, goes, "voided")


def test_a_viewer_looks_elsewhere(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew, crew.member("Vera Viewer", "viewer"))
    page.goto("/review")
    expect(page.get_by_role("heading", name="You may look here, not decide")).to_be_visible()
    check(page, "review-viewer")
