"""What lists understand of an address, and what files and charts hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from capture.errors import RefusedError
from web.pages import charts, showing
from web.pages.export import harmless
from web.pages.listing import asked, read_name_cursor, write_name_cursor

STATES = ("accepted", "flagged")
ID = "019b2f5e-0000-7000-8000-000000000001"
MOMENT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_an_address_is_read_and_written_again() -> None:
    found = asked(
        "events", {"q": " shell ", "type": "fuel_purchase", "vehicle": ID, "to": "2026-03-02", "other": "x"}, STATES
    )
    assert (found.by.event_type, found.by.vehicle_id) == ("fuel_purchase", UUID(ID))
    assert found.by.until == datetime(2026, 3, 3, tzinfo=UTC)
    assert found.link("/events.csv") == f"/events.csv?q=shell&type=fuel_purchase&vehicle={ID}&to=2026-03-02"
    assert not asked("events", {}, STATES).narrowed
    assert asked("events", {"q": ID}, STATES).by.id == UUID(ID)


@pytest.mark.parametrize(
    "params",
    [{"type": "x"}, {"state": "x"}, {"vehicle": "x"}, {"flag": "x"}, {"from": "x"}, {"to": "9999-12-31"},
     {"after": "%"}, {"after": "AAAA"}],
)  # fmt: skip
def test_a_wrong_address_is_refused_without_its_value(params: dict[str, str]) -> None:
    with pytest.raises(RefusedError) as refused:
        asked("events", params, STATES)
    name = next(iter(params))
    assert refused.value.code == ("cursor_invalid" if name == "after" else "request_invalid")
    assert name in refused.value.message or name == "after"


def test_a_cursor_names_its_place_again() -> None:
    assert read_name_cursor(write_name_cursor("Van 1 of Köln", UUID(ID))) == ("Van 1 of Köln", UUID(ID))
    assert read_name_cursor("") is None
    with pytest.raises(RefusedError):
        read_name_cursor("AAAA")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n=1", "＝1", "＠x"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-1, -1.5, None, "Shell", "", "1-2"])
def test_numbers_and_words_stay_as_they_are(cell: str | float | None) -> None:
    assert harmless(cell) == cell


def test_a_chart_holds_every_doubt_and_escapes_words() -> None:
    dots = [charts.Dot(MOMENT + timedelta(hours=n), n, "<b>", "bad" if n == 777 else "") for n in range(2_000)]
    drawn = charts.over_time("A", "b & c", dots, windows=[charts.Window(MOMENT, 3, 5)], marks=[(MOMENT, "new")])
    assert drawn.count("<circle") <= 2 * charts.MOST_POINTS
    assert drawn.count('class="dot bad"') == 1
    assert "<b>" not in drawn
    assert "b &amp; c" in drawn
    for single in ([charts.Dot(MOMENT, 0, "x")], [charts.Dot(MOMENT, 5e6, "x")] * 3):
        assert "nan" not in charts.over_time("A", "b", single).lower()


def test_columns_stand_on_one_another() -> None:
    drawn = charts.bars("A", "b", [charts.Bar("Jan", (("", 3, "x"), ("second", 1, "y")))])
    assert drawn.count("<rect") == 2


def test_events_are_told_in_a_line() -> None:
    assert showing.line("odometer_reading", {"reading": 123456, "unit": "mi"}) == "123,456 mi"
    assert showing.line(
        "fuel_purchase", {"volume": 41.2, "volume_unit": "L", "total_cost": 70.5, "currency": "EUR"}
    ) == ("41.2 L · 70.50 EUR")
    assert showing.line("maintenance", {"service_type": "oil_change"}) == "Oil change"
    assert showing.line("trip_batch", {"trips": [{}]}) == "1 trip"


def test_values_name_their_evidence_and_changes_both_sides() -> None:
    payload = {"total_cost": 7.5, "currency": "EUR", "station_name": "Shell", "source": "x",
               "receipt_data": {"pump_number": "4"},
               "provenance": {"boxes": {"total": {"page": 0, "polygon": [[0, 0]]}}}}  # fmt: skip
    rows = {row.key: row for row in showing.fields("fuel_purchase", payload, {"total": 0.8})}
    assert (rows["total_cost"].value, rows["total_cost"].box, rows["total_cost"].confidence) == (
        "7.50 EUR",
        "total",
        0.8,
    )
    assert rows["receipt_data.pump_number"].name == "Pump number"
    assert "source" not in rows
    assert showing.changes(payload, {**payload, "total_cost": 8, "fuel_type": "diesel"}) == [
        ("Total cost", "7.50 EUR", "8.00 EUR"), ("Fuel type", "–", "diesel"),
    ]  # fmt: skip
