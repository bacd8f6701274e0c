"""Signing in at a provider, the account page, another tenant, a session that ends while a page is open, colours."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import httpx2
import pytest
from playwright.sync_api import Page, expect

from storage.db import SYSTEM, Actor
from storage.queries import people, tenants
from tests.browser.conftest import Crew, Site
from tests.browser.looks import check
from tests.oidc_server import OidcServer
from worker import tokens
from worker.sessions import open_session

Opener = Callable[..., Page]


@pytest.fixture
def crew(site: Site) -> Crew:
    """Return a tenant of the test's own, called as people call theirs."""
    return site.tenant("North depot")


def cookie(page: Page) -> str:
    return next(one["value"] for one in page.context.cookies() if one["name"] == "capture_session")


def end_sessions(crew: Crew, user_id: UUID | None = None) -> None:
    """End a person's sessions behind the back of the pages."""
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        assert people.end_others(tx, user_id or crew.owner_id, None)


def email_of(crew: Crew) -> str:
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        return people.members(tx)[0].email


# --- the provider


def test_the_provider_signs_in_and_leads_on(open_page: Opener, crew: Crew, provider: OidcServer) -> None:
    provider.clear()
    provider.person = {"sub": str(crew.owner_id), "email": email_of(crew), "email_verified": True}
    page = open_page()
    page.goto("/account")
    page.wait_for_url("**/signin?next=%2Faccount")
    check(page, "signin-provider")
    page.get_by_role("link", name="Sign in with North depot's account").click()
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", name="Olga Owner")).to_be_visible()
    expect(page.get_by_text("Signed in with the identity provider")).to_be_visible()


def test_a_stranger_from_the_provider_is_told_whom_to_ask(open_page: Opener, crew: Crew, provider: OidcServer) -> None:
    provider.clear()
    page = open_page()
    page.goto("/signin")
    page.get_by_role("link", name="Sign in with").click()
    expect(page.get_by_role("alert")).to_contain_text("Ask an owner to add your e-mail address")
    check(page, "signin-stranger")


# --- the account


def test_the_account_of_an_owner(open_page: Opener, crew: Crew) -> None:
    services = crew.site.services
    crew.member("Maximiliane von Hohenstein-Wittgenstein zu Berleburg", "manager")
    crew.member("Vic Viewer", "viewer")
    phone = Actor("person", crew.owner_id, "192.0.2.7", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari/605.1")
    open_session(services, crew.tenant_id, crew.owner_id, "link", phone)
    tokens.create(services, crew.tenant_id, crew.owner_id, "Scanner at the gate", scopes=("upload",))
    page = open_page(crew)
    page.goto("/account")
    expect(page.get_by_text("Safari on iPhone", exact=True)).to_be_visible()
    expect(page.get_by_text("from 192.0.2.7")).to_be_visible()
    check(page, "account")


def test_an_owner_adds_changes_and_removes_people(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    page.goto("/account")
    expect(page.get_by_label("Role of Olga Owner")).to_have_count(0)
    page.get_by_text("Add a person").click()
    page.get_by_label("E-mail address").fill("anna@north.example")
    page.get_by_label("Name", exact=True).fill("Anna Larsen")
    page.get_by_label("Role", exact=True).select_option("viewer")
    check(page, "account-add")
    page.get_by_role("button", name="Add", exact=True).click()
    role = page.get_by_label("Role of Anna Larsen")
    expect(role).to_have_value("viewer")
    with page.expect_navigation():
        role.select_option("owner")
    expect(page.get_by_label("Role of Anna Larsen")).to_have_value("owner")
    page.get_by_role("button", name="Remove Anna Larsen").click()
    expect(page.get_by_role("heading", name="Remove Anna Larsen?")).to_be_visible()
    check(page, "account-remove")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Remove Anna Larsen").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Anna Larsen")).to_have_count(0)


def test_a_viewer_sees_people_and_changes_none(open_page: Opener, site: Site) -> None:
    crew = site.tenant("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft")
    page = open_page(crew, crew.member("Vic Viewer", "viewer"))
    page.goto("/account")
    expect(page.get_by_text("Olga Owner")).to_be_visible()
    expect(page.get_by_text("Add a person")).to_have_count(0)
    expect(page.get_by_text("No program acts for you yet.")).to_be_visible()
    check(page, "account-viewer")


def test_a_token_is_made_shown_once_and_revoked(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    page.goto("/account")
    page.get_by_text("Make a token").click()
    page.get_by_label("What it is for").fill("Night report")
    page.get_by_label("Look").uncheck()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Choose at least one thing")).to_be_visible()
    page.get_by_label("Look").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Your token")).to_be_visible()
    made = page.get_by_label("Token", exact=True).input_value()
    check(page, "account-token", ready="#made")
    headers = {"Authorization": f"Bearer {made}"}
    assert httpx2.get(f"{crew.site.base}/v1/me", headers=headers).json()["scopes"] == ["read"]
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_text("Night report").first).to_be_visible()
    assert made not in page.content()
    page.get_by_role("button", name="Revoke Night report").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("1 has expired or was revoked.")).to_be_visible()
    assert httpx2.get(f"{crew.site.base}/v1/me", headers=headers).status_code == 401


def test_other_browsers_are_signed_out_from_here(open_page: Opener, crew: Crew) -> None:
    here, there = open_page(crew), open_page(crew)
    here.goto("/account")
    with here.expect_navigation():
        here.get_by_role("button", name="End the session of").click()
    there.goto("/account")
    there.wait_for_url("**/signin?next=%2Faccount")


def test_another_tenant_is_a_click_away_and_shows_nothing_of_the_first(
    open_page: Opener, crew: Crew, site: Site
) -> None:
    other = site.tenant("South depot")
    with site.services.db.ops_tx() as tx:
        tenants.ensure_member(tx, other.tenant_id, email_of(crew), "Olga Owner", "viewer")
    page = open_page(crew)
    page.goto("/account")
    before = cookie(page)
    page.get_by_role("button", name="Go there to South depot").click()
    page.wait_for_url(lambda url: not url.endswith("/account"))
    page.goto("/account")
    expect(page.get_by_text("Viewer at South depot")).to_be_visible()
    expect(page.get_by_label("Role of")).to_have_count(0)
    assert httpx2.get(f"{site.base}/v1/me", cookies={"capture_session": before}).status_code == 401
    theirs = httpx2.get(f"{site.base}/v1/vehicles", cookies={"capture_session": cookie(page)}).text
    with site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        assert not any(str(vehicle.id) in theirs for vehicle in tenants.vehicles(tx))


# --- a session that ends


def test_what_was_typed_outlives_the_session(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    page.goto("/account")
    page.get_by_text("Add a person").click()
    page.get_by_label("E-mail address").fill("anna@north.example")
    page.get_by_label("Name", exact=True).fill("Anna Larsen")
    end_sessions(crew)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    check(page, "session-ended", ready="dialog.session")
    page.get_by_role("button", name="I have signed in").click()
    expect(page.get_by_text("Nobody is signed in yet")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    tab = opened.value
    tab.get_by_label("Sign-in link").fill(crew.link())
    tab.get_by_role("button", name="Sign in with the link").click()
    expect(tab.get_by_role("heading", name="You are signed in again")).to_be_visible()
    check(tab, "signed-in-again")
    expect(page.get_by_label("Role of Anna Larsen")).to_be_visible()


def test_another_person_does_not_send_what_one_has_typed(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    page.goto("/account")
    page.get_by_text("Add a person").click()
    page.get_by_label("E-mail address").fill("anna@north.example")
    page.get_by_label("Name", exact=True).fill("Anna Larsen")
    second = page.context.new_page()
    second.goto(crew.link(crew.member("Max Manager", "manager")))
    second.wait_for_url(lambda url: "/signin" not in url)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="I have signed in").click()
    expect(page.get_by_text("Somebody else is signed in now")).to_be_visible()
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_label("E-mail address")).to_have_value("anna@north.example")
    with crew.site.services.db.tenant_tx(crew.tenant_id, SYSTEM) as tx:
        assert "Anna Larsen" not in [row.name for row in people.members(tx)]


def test_a_page_that_was_left_open_says_so_when_somebody_returns(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    page.goto("/account")
    end_sessions(crew)
    page.evaluate("""() => {
        document.querySelector('meta[name="session"]').dataset.expires = "2020-01-01T00:00:00Z";
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()


# --- colours


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chosen_colours_stay_whatever_the_device_says(open_page: Opener, crew: Crew, theme: str) -> None:
    page = open_page(crew)
    page.goto("/account")
    page.emulate_media(color_scheme="dark" if theme == "light" else "light")
    page.locator("details.menu summary").click()
    page.get_by_label(theme.title(), exact=True).check()
    page.reload()
    ground = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert ground == theme
    page.locator("details.menu summary").click()
    expect(page.get_by_label(theme.title(), exact=True)).to_be_checked()
    page.get_by_label("As the device").check()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") is None
