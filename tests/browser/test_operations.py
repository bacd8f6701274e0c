"""The operations page: quiet, in trouble, refreshed while somebody reads it, and uploads tried again from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from playwright.sync_api import Page, expect

from storage.db import SYSTEM
from storage.ids import new_id
from storage.queries import tenants
from tests.browser.conftest import PATIENCE_MS, Crew
from tests.browser.looks import check

Opener = Callable[..., Page]

LONG = (
    "Reading took longer than 60 s and was stopped. The photo is kept; try it again, and if it fails once more, send "
    "it in a smaller size."
)


def uploads(
    crew: Crew, state: str, count: int = 1, *, code: str | None = None, message: str = "", ago: str = "2 h"
) -> None:
    """Write uploads in a state, as the flow leaves them."""
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        vehicle = tenants.vehicles(tx)[0]
        for _ in range(count):
            tx.execute(
                "insert into capture.uploads (id, tenant_id, vehicle_id, bucket, object_key, source, state, "
                "error_code, error_message, state_changed_at, created_at, lease_until, not_before) "
                "values (%s, %s, %s, 'bucket', %s, 'presign', %s, %s, %s, now() - %s::interval, now() - %s::interval, "
                "case when %s = 'processing' then now() + interval '1 hour' end, "
                "case when %s = 'queued' then now() + interval '1 hour' end)",
                (
                    upload_id := new_id(), crew.tenant_id, vehicle.id, f"made-up/{upload_id}.jpg", state, code,
                    message or None, ago, ago, state, state,
                ),
            )  # fmt: skip


def runs(crew: Crew) -> None:
    """Write what engines did, one of them with a price."""
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        (upload_id,) = tx.execute("select id from capture.uploads limit 1").fetchone() or (None,)
        assert isinstance(upload_id, UUID)
        for day in range(3):
            for number in range(6):
                for engine, cost in (("odometer", None), ("openai_vision", 4_200)):
                    tx.execute(
                        "insert into capture.extraction_runs (tenant_id, upload_id, attempt, engine, model_version, "
                        "duration_ms, cost_micros, error_code, created_at) values (%s, %s, 1, %s, '1', %s, %s, %s, "
                        "now() - make_interval(days => %s))",
                        (
                            crew.tenant_id, upload_id, engine, 300 + 150 * number, cost,
                            "vision_timeout" if cost and number == 5 else None, day,
                        ),
                    )  # fmt: skip
        tenants.set_policy(tx, daily_budget_micros=50_000)


def test_before_the_first_photo(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    page.goto("/operations")
    expect(page.get_by_text("All is well: 1 worker reads")).to_be_visible()
    expect(page.get_by_text("Every photo yielded something.")).to_be_visible()
    check(page, "operations-empty")
    page.set_viewport_size({"width": 360, "height": 740})
    last = page.get_by_role("navigation", name="Main").get_by_role("link", name="Operations")
    expect(last).to_be_in_viewport(ratio=1)


def test_a_day_with_troubles(open_page: Opener, crew: Crew) -> None:
    for hours in range(1, 22):
        uploads(crew, "recorded", 1 + (hours * 7) % 5, ago=f"{hours} h")
    uploads(crew, "unrecognised", 3, ago="5 h")
    uploads(crew, "failed", 4, code="engine_timeout", message=LONG)
    uploads(crew, "failed", 1, code="object_not_landed", message="The photo never came.", ago="8 h")
    uploads(crew, "rejected", 2, code="image_unsupported", message="This is no photo: the file is a ZIP archive.")
    uploads(crew, "expected", 2, ago="3 min")
    uploads(crew, "processing", 1, ago="20 s")
    uploads(crew, "queued", 2, ago="1 min")
    runs(crew)
    page = open_page(crew)
    page.goto("/operations")
    expect(page.get_by_role("heading", name="4 failed Engine timeout")).to_be_visible()
    expect(page.get_by_role("img", name="Uploads by the hour")).to_be_visible()
    expect(page.get_by_text("2 between tries")).to_be_visible()
    expect(page.get_by_text("of 0.05 US dollars spent today")).to_be_visible()
    expect(page.get_by_text("the phone sends it again")).to_be_visible()
    check(page, "operations")


def test_alarms_say_what_to_do(open_page: Opener, crew: Crew) -> None:
    uploads(crew, "queued", 2)
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        tx.execute("update capture.uploads set not_before = now() - interval '1 hour'")
        tenants.set_policy(tx, daily_budget_micros=0)
    page = open_page(crew, crew.member("Vic Viewer", "viewer"))
    page.goto("/operations")
    expect(page.get_by_text("Today's budget is used up")).to_be_visible()
    check(page, "operations-alarm")


def test_all_of_one_reason_are_tried_again(open_page: Opener, crew: Crew) -> None:
    uploads(crew, "failed", 3, code="engine_timeout", message=LONG)
    page = open_page(crew)
    page.goto("/operations")
    page.get_by_role("button", name="Try all 3 again").click()
    expect(page.get_by_text("3 are read again.")).to_be_visible()
    expect(page.get_by_role("heading", name="3 failed Engine timeout")).to_have_count(0)


def test_one_is_tried_again(open_page: Opener, crew: Crew) -> None:
    uploads(crew, "failed", 1, code="engine_timeout", message=LONG)
    page = open_page(crew)
    page.goto("/operations")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It is read again.")).to_be_visible()


def test_the_page_refreshes_itself_and_leaves_what_is_in_use(open_page: Opener, crew: Crew) -> None:
    uploads(crew, "failed", 2, code="engine_timeout", message=LONG)
    page = open_page(crew)
    page.goto("/operations")
    retry = page.get_by_role("button", name="Try all 2 again")
    retry.focus()
    uploads(crew, "failed", 1, code="engine_timeout", message=LONG)
    uploads(crew, "expected", 4, ago="1 min")
    expect(page.locator("#tiles")).to_contain_text(re.compile(r"On their way\s*4"), timeout=PATIENCE_MS)
    expect(retry).to_be_focused()
    page.get_by_role("heading", name="Operations").click()
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(5, 5)
    expect(page.get_by_role("button", name="Try all 3 again")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_label("Refresh by itself").uncheck()
    page.reload()
    expect(page.get_by_label("Refresh by itself")).not_to_be_checked()


def test_a_viewer_looks_and_tries_nothing(open_page: Opener, crew: Crew) -> None:
    uploads(crew, "failed", 2, code="engine_timeout", message=LONG)
    page = open_page(crew, crew.member("Vic Viewer", "viewer"))
    page.goto("/operations")
    expect(page.get_by_role("heading", name="2 failed Engine timeout")).to_be_visible()
    expect(page.get_by_role("button", name="Try")).to_have_count(0)
    word = page.locator('meta[name="csrf"]').get_attribute("content") or ""
    answer = page.request.post("/v1/operations/retry", data={"code": "engine_timeout"}, headers={"X-CSRF-Token": word})
    assert (answer.status, answer.json()["code"]) == (403, "role_insufficient")


def test_nothing_of_another_tenant(open_page: Opener, crew: Crew) -> None:
    uploads(crew.site.tenant("Another fleet"), "failed", 5, code="engine_timeout", message=LONG)
    page = open_page(crew)
    page.goto("/operations")
    expect(page.get_by_text("Every photo yielded something.")).to_be_visible()
    assert all(one["uploads"] == 0 for one in page.request.get("/v1/operations").json()["states"])
