"""The trust page: nothing yet, a promise kept, one that is broken, and an owner who changes it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from storage.db import SYSTEM
from storage.queries import tenants, trust
from tests.browser.conftest import Crew
from tests.browser.looks import check
from tests.integration import judged
from tests.integration.conftest import Fleet

Opener = Callable[..., Page]


def fleet_of(crew: Crew, blind_share: float) -> Fleet:
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        first, second, *_ = tenants.vehicles(tx)
        tenants.set_policy(tx, blind_share=blind_share)
    return Fleet(crew.site.services, crew.tenant_id, crew.owner_id, first.id, second.id)


def answered(crew: Crew, *, right: Callable[[float], bool], count: int = 240) -> Fleet:
    """Give a tenant events of a made-up engine, each accepted one answered unseen."""
    fleet = fleet_of(crew, 1.0)
    judged.trusted(fleet, 0.02)
    chance = random.Random(5)  # noqa: S311 (no secret)
    judged.write(fleet, [chance.uniform(2, 9) for _ in range(count)])
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        rows = tx.execute(
            "select b.event_id, e.probability::float8 from capture.blind_samples as b join capture.manual_events as e "
            "on e.id = b.event_id and e.tenant_id = b.tenant_id order by e.created_at, e.id"
        ).fetchall()
        assert len(rows) > 100
        for event_id, probability in rows[:-3]:
            tx.execute(
                "update capture.blind_samples set answered_at = clock_timestamp(), outcome = %s where event_id = %s",
                ("same" if right(probability) else "different", event_id),
            )
    return fleet


def test_before_the_first_event(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    page.goto("/trust")
    expect(page.get_by_text("No events from photos yet.")).to_be_visible()
    expect(page.get_by_text("Nobody has looked yet")).to_be_visible()
    page.locator("details.rest summary").first.click()
    check(page, "trust-empty")


def test_a_promise_that_is_kept(open_page: Opener, crew: Crew) -> None:
    chance = random.Random(8)  # noqa: S311 (no secret)
    answered(crew, right=lambda _: chance.random() < 0.995)
    page = open_page(crew)
    page.goto("/trust")
    expect(page.get_by_text("Promise kept")).to_be_visible()
    expect(page.get_by_role("img", name="Reliability").first).to_be_visible()
    expect(page.get_by_role("img", name="measured")).to_have_accessible_name(
        re.compile("measured.*at most 2.00 % promised")
    )
    check(page, "trust")


def test_a_promise_that_is_broken_is_told_with_what_to_do(open_page: Opener, crew: Crew) -> None:
    chance = random.Random(9)  # noqa: S311 (no secret)
    answered(crew, right=lambda _: chance.random() < 0.7)
    page = open_page(crew)
    page.goto("/trust")
    expect(page.get_by_text("2 alarms")).to_be_visible()
    expect(page.get_by_text("Too sure", exact=True)).to_be_visible()
    expect(page.locator(".note.bad code").first).to_have_text("capture calibrate")
    check(page, "trust-alarm")


def test_an_owner_sees_what_a_promise_changes_and_keeps_it(open_page: Opener, crew: Crew) -> None:
    fleet = fleet_of(crew, 0.0)
    judged.trusted(fleet, 0.02)
    judged.write(fleet, [4.0, 5.0, 6.0, 8.0])
    page = open_page(crew)
    page.goto("/trust")
    page.get_by_label("For", exact=True).select_option("odometer_reading")
    page.get_by_label("At most wrong among the accepted").fill("0.25")
    page.get_by_role("button", name="See what it changes").click()
    expect(page.locator("#preview")).to_contain_text("would go to a person")
    check(page, "trust-preview")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert trust.promises(tx) == {"": 0.02}, "a preview writes nothing"
    with page.expect_navigation():
        page.get_by_role("button", name="Promise at most 0.25 % wrong").click()
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert trust.promises(tx) == {"": 0.02, "odometer_reading": 0.0025}
    page.get_by_label("For", exact=True).select_option("odometer_reading")
    expect(page.get_by_label("At most wrong among the accepted")).to_have_value("0.25")
    page.get_by_role("button", name="Take back its own promise").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Take the promise back").click()
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert trust.promises(tx) == {"": 0.02}
    page.get_by_label("Share of accepted events").fill("5")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("5.00 % of accepted events")).to_be_visible()


def test_costs_give_a_recommendation(open_page: Opener, crew: Crew) -> None:
    judged.trusted(fleet_of(crew, 0.0), 0.02, judged.calibration(count=1_000))
    page = open_page(crew)
    page.goto("/trust")
    page.get_by_label("A wrong event that was accepted costs").fill("plenty")
    page.get_by_role("button", name="Recommend a promise").click()
    expect(page.get_by_text("Write both costs as amounts")).to_be_visible()
    page.get_by_label("A wrong event that was accepted costs").fill("25")
    page.get_by_role("button", name="Recommend a promise").click()
    expect(page.get_by_text("costs least").first).to_be_visible()
    check(page, "trust-costs")


def test_others_look_and_change_nothing(open_page: Opener, crew: Crew) -> None:
    judged.trusted(fleet_of(crew, 0.0), 0.02)
    page = open_page(crew, crew.member("Vic Viewer", "viewer"))
    page.goto("/trust")
    expect(page.get_by_text("An owner can change it.")).to_be_visible()
    expect(page.get_by_role("button", name="See what it changes")).to_have_count(0)
    answer = page.request.put(
        "/v1/promises",
        data={"error": 0.4},
        headers={"X-CSRF-Token": page.locator('meta[name="csrf"]').get_attribute("content") or ""},
    )
    assert (answer.status, answer.json()["code"]) == (403, "role_insufficient")
