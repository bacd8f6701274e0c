"""How pages show numbers, moments and messages."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from web.headers import origin
from web.pages.rendering import advice, number, percent, when, words
from web.pages.signin import inside


def test_what_is_not_known_is_a_dash() -> None:
    assert (number(None), percent(None), when(None)) == ("–", "–", "–")
    assert (number(123456.4), number(0.5, 2), percent(0.123, 1)) == ("123,456", "0.50", "12.3 %")


def test_a_moment_reads_as_utc_and_names_its_instant() -> None:
    moment = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert when(moment) == '<time datetime="2026-02-28T23:30:00+00:00">2026-02-28 23:30 UTC</time>'


def test_commands_in_a_message_are_code_and_all_else_is_escaped() -> None:
    assert advice("No <b>. Run `capture <x>` now.") == "No &lt;b&gt;. Run <code>capture &lt;x&gt;</code> now."
    assert words("fuel_purchase") == "Fuel purchase"


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "", "x", "/a\r\nb"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(path: str) -> None:
    assert inside(path) == "/"


def test_a_path_of_ours_is_kept() -> None:
    assert inside("/events?state=flagged") == "/events?state=flagged"
    assert (origin("http://127.0.0.1:9000/x"), origin("")) == ("http://127.0.0.1:9000", "")
