"""Signing in with a link, once; signing out; a session that has ended; forms of other sites."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
from playwright.sync_api import Page, expect

from tests.browser.conftest import Crew, Site
from tests.browser.looks import check

Opener = Callable[..., Page]


def test_a_link_signs_in_once(open_page: Opener, crew: Crew) -> None:
    link = crew.link()
    first, second = open_page(), open_page()
    first.goto(link)
    first.wait_for_url(lambda url: "/signin" not in url)
    expect(first.get_by_text("Olga Owner")).to_be_attached()
    second.goto(link)
    expect(second.get_by_role("alert")).to_contain_text("capture signin")
    check(second, "signin")


def test_signing_out_ends_the_session(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "capture_session")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signin")
    answer = httpx2.get(f"{crew.site.base}/v1/vehicles", cookies={"capture_session": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")


def test_a_page_without_a_session_leads_to_signing_in_and_back(open_page: Opener, crew: Crew, site: Site) -> None:
    page = open_page()
    page.goto("/nowhere-yet?x=1")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_text("The address may be mistyped")).to_be_visible()
    expect(page.get_by_text("openapi")).to_have_count(0)
    page.goto("/")
    page.wait_for_url("**/signin?next=%2F")


def test_writing_needs_the_word_of_the_session(open_page: Opener, crew: Crew) -> None:
    page = open_page(crew)
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "capture_session")
    answer = httpx2.post(f"{crew.site.base}/signout", cookies={"capture_session": token})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_invalid")
    for said in ({"sec-fetch-site": "cross-site"}, {"origin": "http://elsewhere.example"}, {"origin": "null"}):
        other = httpx2.post(f"{crew.site.base}/signin", data={"link": crew.link()}, headers=said)
        assert (other.status_code, other.json()["code"]) == (403, "csrf_invalid"), said
    for said in ({"sec-fetch-site": "same-origin"}, {"origin": crew.site.base}, {}):
        assert httpx2.post(f"{crew.site.base}/signin", data={"link": crew.link()}, headers=said).status_code == 303, (
            said
        )


def test_a_link_that_is_opened_where_the_sign_in_page_is_shown_signs_in(open_page: Opener, crew: Crew) -> None:
    page = open_page()
    page.goto("/signin")
    page.goto(crew.link())  # differs behind `#` alone, so nothing is loaded
    page.wait_for_url(lambda url: "/signin" not in url)
