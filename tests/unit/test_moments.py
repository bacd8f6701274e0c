"""Cells that hold a date with a time, and zones in columns of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.documents.dates import Clues
from capture.documents.moments import read_moment, read_zone, settle_moment

CET = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-02T08:05:00+01:00", "2026-03-02T08:05:00+01:00"),
        ("2026-03-02T08:05:00.250Z", "2026-03-02T08:05:00.250000+00:00"),
        ("2026-03-02 08:05", "2026-03-02T08:05:00"),
        ("2026-03-02 08:05 +0530", "2026-03-02T08:05:00+05:30"),
        ("2026-03-02 08:05 UTC-5", "2026-03-02T08:05:00-05:00"),
        ("2026-03-02 08:05 UTC", "2026-03-02T08:05:00+00:00"),
        ("1.3.2026 08:05", "2026-03-01T08:05:00"),
        ("14/03/2026, 8:05 PM", "2026-03-14T20:05:00"),
        ("3/14/2026 12:05 am", "2026-03-14T00:05:00"),
        ("14. März 2026 um 08:05 Uhr", "2026-03-14T08:05:00"),
        ("14 mars 2026 08h05", "2026-03-14T08:05:00"),
        ("Mon 2026-03-02 08:05:09", "2026-03-02T08:05:09"),
        ("08:05 2026-03-02", "2026-03-02T08:05:00"),
        ("2026-03-02", None),
        ("08:05", None),
        ("2026-03-02 13:05 PM", None),
        ("2026-03-02 0:05 AM", None),
        ("2026-03-02 25:05", None),
        ("2026-03-02 08:05 +15:00", None),
        ("2026-03-02 08:05 or so", None),
        ("about 2026-03-02 08:05 perhaps", None),
        ("2026-03-02 2026-03-03 08:05", None),
        ("2026-03-02 08:05" + " " * 100 + "x", None),
        ("", None),
    ],
)
def test_cells(text: str, iso: str | None) -> None:
    moment = read_moment(text)
    settled = None if moment is None else settle_moment(moment, Clues(), [])
    assert (None if settled is None else settled.isoformat()) == iso


def test_a_cell_that_can_be_read_in_two_ways_stays_open() -> None:
    moment = read_moment("03/04/2026 08:05 +01:00")
    assert moment is not None
    assert settle_moment(moment, Clues(), []) is None
    settled = settle_moment(moment, Clues(language="de"), [])
    assert settled == datetime(2026, 4, 3, 8, 5, tzinfo=CET)
    assert moment.on(date(2026, 3, 4)).utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("Z", 0), ("utc", 0), ("+02:00", 2), ("-0930", -9.5), ("UTC+2", 2), ("GMT -5", -5), ("Europe/Berlin", None)],
)
def test_zones(text: str, hours: float | None) -> None:
    zone = read_zone(text)
    assert zone is not None
    assert zone.name == text
    assert (None if zone.offset is None else zone.offset.utcoffset(None)) == (
        None if hours is None else timedelta(hours=hours)
    )


@pytest.mark.parametrize("text", ["", "+15:00", "somewhere", "Europe/Berlin/x/y", "5", "berlin time"])
def test_what_is_no_zone(text: str) -> None:
    assert read_zone(text) is None


LOCAL = st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1))  # noqa: DTZ001 (local wall-clock times)


@given(
    LOCAL.map(lambda t: t.replace(microsecond=0)),
    st.sampled_from([None, UTC, CET, timezone(timedelta(hours=-9, minutes=-30))]),
    st.sampled_from(["iso", "space", "named", "points"]),
)
def test_what_was_written_comes_back(when: datetime, zone: timezone | None, form: str) -> None:
    exact = when.replace(tzinfo=zone)
    text = {
        "iso": exact.isoformat(),
        "space": exact.isoformat(" "),
        "named": f"{when.day} {when:%B %Y} {exact.isoformat()[11:]}",
        "points": f"{when:%d.%m.%Y} {exact.isoformat()[11:]}",
    }[form]
    moment = read_moment(text)
    assert moment is not None
    settled = settle_moment(moment, Clues(), [])
    assert settled == exact
    assert settled is not None
    assert settled.utcoffset() == exact.utcoffset()


@given(st.text(max_size=60) | st.text(alphabet="0123456789/-.: TZ+apmUTC", max_size=60))
def test_any_text_is_taken(text: str) -> None:
    moment = read_moment(text)
    assert moment is None or moment.printed.raw in text
    zone = read_zone(text)
    assert zone is None or zone.name in text
