"""The capture page on an emulated phone: photos are kept, sent once, read, answered; without network, and bad ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from storage.db import Actor
from storage.queries import events, uploads
from tests.browser.conftest import FIXTURES, Crew
from tests.browser.looks import check
from worker.deciding import decide_event

Opener = Callable[..., Page]


def photo(name: str) -> Path:
    return FIXTURES / "images" / name


def at_capture(open_page: Opener, crew: Crew, user_id: UUID | None = None) -> Page:
    """Open the page as a driver's phone does, with its vehicles there."""
    page = open_page(crew, user_id, phone=True)
    page.goto("/capture")
    expect(page.get_by_label("Vehicle", exact=True).locator("option")).to_have_count(2)
    return page


def take(page: Page, *names: str) -> None:
    """Take photos: one with the camera, several from the library."""
    files = [photo(name) for name in names]
    if len(files) == 1:
        page.locator("#camera").set_input_files(files[0])
    else:
        page.locator("#library").set_input_files(files)


def cards(page: Page, state: str = "") -> Locator:
    return page.locator(f'.photo[data-state="{state}"]' if state else ".photo")


def written(crew: Crew) -> tuple[list[uploads.UploadRow], list[events.EventRow]]:
    """Return the tenant's uploads and events as the database has them."""
    with crew.site.services.db.tenant_tx(crew.tenant_id, Actor("person", crew.owner_id)) as tx:
        return uploads.find(tx), events.find(tx)


def test_a_photo_is_read_and_confirmed(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    check(page, "capture-empty")
    take(page, "dash_005.jpg")
    answered = cards(page, "answered")
    expect(answered.locator(".says")).to_contain_text("right?")
    expect(answered.locator("canvas.crop")).to_be_visible()
    check(page, "capture-answered")
    answered.get_by_role("button", name="Right").click()
    expect(answered.locator(".badge")).to_have_text("Done")
    check(page, "capture-confirmed")
    (upload,), (event,) = written(crew)
    assert (upload.state, event.review_state) == ("recorded", "verified")


def test_a_wrong_reading_is_put_right(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    take(page, "dash_005.jpg")
    answer = cards(page, "answered")
    answer.get_by_role("button", name="Correct").click()
    field = answer.get_by_label("Odometer")
    expect(field).to_be_focused()
    field.fill("about 80 thousand")
    answer.get_by_role("button", name="Save").click()
    expect(answer.get_by_role("alert")).to_contain_text("type a number")
    check(page, "capture-correcting")
    field.fill("77,661")
    answer.get_by_role("button", name="Save").click()
    expect(answer.locator(".badge")).to_have_text("Done")
    expect(answer.locator(".says")).to_contain_text("77,661 mi")
    _, (event,) = written(crew)
    assert (event.review_state, event.payload["reading"], event.payload["unit"]) == ("corrected", 77661, "mi")


def test_what_somebody_else_decided_meanwhile_stands(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    take(page, "dash_005.jpg")
    answer = cards(page, "answered")
    expect(answer).to_be_visible()
    _, (event,) = written(crew)
    actor = Actor("person", crew.owner_id)
    decide_event(crew.site.services, crew.tenant_id, actor, event.id, "correct", {"reading": 77665})
    answer.get_by_role("button", name="Right").click()
    expect(page.get_by_text("Somebody changed it meanwhile")).to_be_visible()
    expect(answer.locator(".says")).to_contain_text("77,665 mi")
    assert written(crew)[1][0].review_state == "corrected"


def test_several_photos_are_read_each(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    page.get_by_label("Vehicle", exact=True).select_option(label="Van 2")
    take(page, "dash_005.jpg", "fuel_000.jpg", "invoice_000.jpg")
    expect(cards(page, "answered")).to_have_count(3)
    check(page, "capture-several")
    found, _ = written(crew)
    assert {(upload.state, upload.vehicle) for upload in found} == {("recorded", "Van 2")}
    page.reload()
    expect(page.get_by_label("Vehicle", exact=True).locator("option").first).to_have_text("Van 2")
    expect(cards(page, "answered")).to_have_count(3)
    expect(cards(page).locator("canvas.crop")).to_have_count(3)  # now from the bucket: the phone has no photo any more
    kept = page.evaluate(
        """async () => (await (await import("/static/capture-store.js")).all()).map((photo) => photo.blob)"""
    )
    assert kept == [None, None, None]


def test_without_network_photos_wait_on_the_phone_and_are_sent_once(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("async () => Boolean(await caches.match('/capture'))")
    context = page.context
    context.set_offline(True)
    take(page, "dash_005.jpg")
    expect(cards(page, "kept")).to_have_count(1)
    expect(page.get_by_text("No network")).to_be_visible()
    check(page, "capture-offline")
    page.close()

    back = context.new_page()
    back.goto("/capture")  # from the phone alone
    expect(cards(back, "kept")).to_have_count(1)
    expect(back.get_by_label("Vehicle", exact=True).locator("option")).to_have_count(2)
    assert written(crew) == ([], [])
    twin = context.new_page()
    twin.goto("/capture")
    expect(cards(twin, "kept")).to_have_count(1)
    context.set_offline(False)
    for one in (back, twin):
        expect(cards(one, "answered")).to_have_count(1)
    (upload,), (event,) = written(crew)
    assert (upload.state, event.source_upload_id) == ("recorded", upload.id)


UNTIL_GONE = """async (name) => {
  for (let tries = 0; tries < 300 && (await caches.keys()).includes(name); tries++)
    await new Promise((resolve) => { setTimeout(resolve, 100); });
}"""


def test_a_new_version_opens_without_network(open_page: Opener, crew: Crew) -> None:
    page = open_page(phone=True)
    page.goto("/healthz")
    page.evaluate("async () => (await caches.open('capture-older')).put('/capture', new Response('An older page'))")
    page.goto(crew.link())
    page.wait_for_url(lambda url: "/signin" not in url)
    page.goto("/capture")
    page.evaluate(UNTIL_GONE, "capture-older")
    assert "An older page" not in page.evaluate("async () => (await caches.match('/capture')).text()")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    page.context.set_offline(True)
    assert page.evaluate("async () => (await fetch('/static/capture.js?v=older')).status") == 200


def test_a_closed_page_is_sent_in_the_background(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    page.evaluate("() => navigator.serviceWorker.ready")
    page.context.set_offline(True)
    take(page, "dash_005.jpg")
    expect(cards(page, "kept")).to_have_count(1)
    page.close()
    page.context.set_offline(False)
    elsewhere = page.context.new_page()
    elsewhere.goto("/signin")
    devtools = page.context.new_cdp_session(elsewhere)
    found: list[dict[str, str]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(said["registrations"]))
    devtools.send("ServiceWorker.enable")
    for _ in range(100):
        if found:
            break
        elsewhere.wait_for_timeout(100)
    registration = found[0]["registrationId"]
    wake = {"origin": crew.site.base, "registrationId": registration, "tag": "send", "lastChance": True}
    devtools.send("ServiceWorker.dispatchSyncEvent", wake)  # as the browser does once there is network
    back = page.context.new_page()
    for _ in range(100):
        if any(upload.state != "expected" for upload in written(crew)[0]):
            break
        back.wait_for_timeout(100)
    (upload,) = written(crew)[0]
    assert upload.state != "expected"
    back.goto("/capture")
    expect(cards(back, "answered")).to_have_count(1)
    assert len(written(crew)[0]) == 1


def test_the_same_photo_twice_is_one_event(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    take(page, "dash_005.jpg")
    expect(cards(page, "answered")).to_have_count(1)
    take(page, "dash_005.jpg")
    expect(page.get_by_text("You have this photo here already.")).to_be_visible()
    other = at_capture(open_page, crew)  # another phone of the same person
    take(other, "dash_005.jpg")
    expect(cards(other, "answered")).to_have_count(1)
    found, stands = written(crew)
    assert (len(found), len(stands)) == (1, 1)


def test_what_cannot_be_read_says_what_to_do(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    files: list[FilePayload] = [
        {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"},
        {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3"},
    ]
    page.locator("#library").set_input_files(files)
    expect(cards(page, "answered").locator(".badge")).to_have_text("Cannot be read")
    expect(cards(page, "answered")).to_contain_text("Take the photo again.")
    expect(cards(page, "refused")).to_contain_text("Send JPEG, PNG, WebP, HEIC or PDF")
    check(page, "capture-refused")
    cards(page, "refused").get_by_role("button", name="Remove").click()
    expect(cards(page)).to_have_count(1)
    page.get_by_role("button", name="Clear the finished").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


def test_a_session_that_ends_keeps_the_photos(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    page.context.clear_cookies()
    take(page, "dash_005.jpg")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(cards(page, "kept")).to_have_count(1)
    check(page, "capture-signed-out")
    stranger = crew.member("Max Manager", "manager")
    page.goto(crew.link(stranger))
    page.wait_for_url("**/capture")
    expect(page.get_by_text("One photo of another sign-in waits")).to_be_visible()
    expect(cards(page)).to_have_count(0)
    page.goto(crew.link())
    page.wait_for_url("**/capture")
    expect(cards(page, "answered")).to_have_count(1)
    assert len(written(crew)[0]) == 1


def test_what_one_person_took_is_not_sent_by_another(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    other = crew.site.tenant("Somebody else's")
    tab = page.context.new_page()
    tab.goto(other.link())
    tab.wait_for_url(lambda url: "/signin" not in url)
    take(page, "dash_005.jpg")
    expect(page.locator("#session-ended")).to_be_visible()
    expect(cards(page, "kept")).to_have_count(1)
    assert (written(crew), written(other)) == (([], []), ([], []))

    tab.goto("/capture")
    expect(tab.locator("#others")).to_contain_text("One photo of another sign-in waits")
    tab.goto(crew.link())
    tab.wait_for_url(lambda url: "/signin" not in url)
    tab.goto("/capture")
    expect(cards(tab, "answered")).to_have_count(1)
    tab.goto(other.link())
    tab.wait_for_url(lambda url: "/signin" not in url)
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(cards(page, "answered")).to_have_count(1)
    assert [upload.state for upload in written(crew)[0]] == ["recorded"]


def test_a_store_that_fails_in_the_middle_is_asked_again(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    bucket = crew.site.services.settings.s3_endpoint_url
    failures = iter(["abort", "refuse"])

    def sometimes(route: Route) -> None:
        how = next(failures, None) if route.request.method == "PUT" else None
        if how == "abort":
            route.abort()
        elif how == "refuse":
            route.fulfill(status=403, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.continue_()

    page.context.route(f"{bucket}/**", sometimes)
    take(page, "dash_005.jpg")
    expect(cards(page, "kept")).to_contain_text("It is tried again.")
    check(page, "capture-waiting")
    expect(cards(page, "answered")).to_have_count(1)
    assert len(written(crew)[0]) == 1


def test_a_full_phone_is_told(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    page.evaluate(
        """() => { IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
    )
    take(page, "dash_005.jpg")
    expect(page.get_by_role("alert")).to_contain_text("no room for the photo")
    assert written(crew) == ([], [])


def test_poor_photos_are_hinted_at_and_sent(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    page.context.route("**/v1/uploads", lambda route: route.abort())
    take(page, "dash_044.jpg")
    expect(cards(page)).to_contain_text("This photo is dark.")
    check(page, "capture-hint")
    page.context.unroute("**/v1/uploads")
    expect(cards(page, "answered")).to_have_count(1)


def test_a_vehicle_is_found_by_its_code(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    page.get_by_role("button", name="Code").click()
    code = page.get_by_label("Vehicle's code or name")
    code.fill("Van 9")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("No vehicle has this code or name.")).to_be_visible()
    check(page, "capture-code")
    chosen = page.get_by_label("Vehicle", exact=True)
    van_2 = chosen.locator("option", has_text="Van 2").get_attribute("value")
    code.fill("van 2")
    page.get_by_role("button", name="Find").click()
    expect(chosen).to_have_value(van_2 or "")
    page.goto(f"/capture?vehicle={van_2}")  # what a sticker on the dashboard may say
    expect(chosen).to_have_value(van_2 or "")


def test_a_viewer_looks_and_sends_nothing(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew, crew.member("Vera Viewer", "viewer"), phone=True)
    page.goto("/capture")
    expect(page.get_by_text("you are a viewer of")).to_be_visible()
    expect(page.locator("#camera")).to_have_count(0)
    check(page, "capture-viewer")


@pytest.mark.parametrize("secure", [True, False], ids=["browser", "plain"])
def test_both_ways_give_the_same_digest(open_page: Opener, crew: Crew, secure: bool) -> None:
    page = at_capture(open_page, crew)
    found = page.evaluate(
        """async (secure) => {
          const { sha256, plain } = await import("/static/sha256.js");
          const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 37) % 256);
          const cut = [0, 1, 55, 56, 63, 64, 65, 200].map((end) => bytes.slice(0, end));
          return Promise.all(cut.map((one) => (secure ? sha256(one.buffer) : plain(one))));
        }""",
        secure,
    )
    data = bytes((i * 37) % 256 for i in range(200))
    assert found == [hashlib.sha256(data[:end]).hexdigest() for end in (0, 1, 55, 56, 63, 64, 65, 200)]


def test_it_can_be_installed(open_page: Opener, crew: Crew) -> None:
    page = at_capture(open_page, crew)
    manifest = page.evaluate("fetch('/manifest.webmanifest').then((answer) => answer.json())")
    assert (manifest["start_url"], manifest["display"]) == ("/capture", "standalone")
    for icon in manifest["icons"]:
        assert page.request.get(icon["src"]).headers["content-type"] == icon["type"]
    session = page.context.new_cdp_session(page)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in errors} <= {"in-incognito"}  # as the browsers of tests are
