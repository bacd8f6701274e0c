"""The page of webhooks: one is added, its secret shown once, tried, switched off and removed; a viewer only looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from capture.webhooks import PING, TYPES, secret_of
from storage.db import SYSTEM
from storage.queries import webhooks
from tests.browser.conftest import Crew, Site
from tests.browser.looks import check

Opener = Callable[..., Page]
ADDRESS = "https://hooks.invalid/motomind?key=a-secret-of-theirs"
"""A name that never resolves. Source: RFC 2606."""


@pytest.fixture
def crew(site: Site) -> Crew:
    return site.tenant("North depot")


def add(crew: Crew, description: str, *, types: list[str] | None = None) -> UUID:
    """Add a webhook that has a message given up, one that waits and one that arrived."""
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        made = webhooks.add(tx, ADDRESS, description, types or list(TYPES), secret_of(bytes(32)), include_payload=False)
        outcomes: list[tuple[webhooks.State, int | None, str | None]] = [
            ("delivered", 204, None),
            ("pending", 503, "It answered HTTP 503."),
            ("dead", None, "Its name is not known."),
        ]
        for state, status, error in outcomes:
            delivery_id = webhooks.add_message(tx, made, PING, {})
            claimed = webhooks.claim(tx, made, 60, delivery_id)
            assert claimed is not None
            webhooks.settle(tx, claimed, state, status=status, error=error, pause_s=7_200)
    return made


def test_a_webhook_from_its_secret_to_its_end(crew: Crew, open_page: Opener) -> None:
    page = open_page(crew)
    page.goto("/account")
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_text("No server of yours is told of events yet.")).to_be_visible()
    check(page, "webhooks-empty")
    page.get_by_label("Address").fill("http://127.0.0.1/hooks")
    page.get_by_label("What it is for").fill("Fleet accounting")
    page.get_by_role("checkbox", name="Moved").uncheck()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("The address is not https://")).to_be_visible()
    page.get_by_label("Address").fill(ADDRESS)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_label("Secret", exact=True)).to_have_value(re.compile("^whsec_"))
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_role("heading", name="Fleet accounting")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("It did not arrive. Its name is not known.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Waiting", exact=True)).to_be_visible()
    page.get_by_role("button", name="Switch off").click()
    page.locator("#sure-yes").click()
    expect(page.get_by_text("Off", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.locator("#sure-yes").click()
    expect(page.get_by_text("No server of yours is told of events yet.")).to_be_visible()


def test_what_was_sent_is_shown_and_what_was_given_up_is_sent_again(crew: Crew, open_page: Opener) -> None:
    add(crew, "Fleet accounting")
    add(crew, "", types=["event.recorded", "event.flagged"])
    page = open_page(crew)
    page.goto("/webhooks")
    check(page, "webhooks")
    page.get_by_role("button", name="Send again what was given up for Fleet accounting").click()
    expect(page.get_by_role("button", name="Send again what was given up for Fleet accounting")).to_have_count(0)


def test_a_viewer_looks_and_sees_no_secret(crew: Crew, open_page: Opener) -> None:
    add(crew, "Fleet accounting")
    page = open_page(crew, crew.member("Vera Viewer", "viewer"))
    page.goto("/webhooks")
    expect(page.get_by_text("https://hooks.invalid/…")).to_be_visible()
    assert "a-secret-of-theirs" not in page.content()
    expect(page.locator("main button:visible")).to_have_count(0)
