"""Files that are no pictures: found by their content, taken apart row by row, refused where they attack."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import ImageError
from capture.events import understand_file, validate_payload
from capture.events.base import Candidate, Hint
from capture.files.columns import NAMES, column_of
from capture.image import Limits, open_document, sniff
from extractors.written import written_attempt
from tests.conftest import ROOT

FILES = ROOT / "fixtures" / "files"

CSV = "start,end,distance_km\n2026-03-02 08:00,2026-03-02 08:30,12.5\n"


def read(data: bytes | str, hint: Hint | None = None, limits: Limits | None = None) -> Candidate:
    """Return the event of a file, as the worker makes it."""
    hint = hint or Hint()
    raw = data.encode() if isinstance(data, str) else data
    content = open_document(raw, limits or Limits(), hint.kind).content
    assert content is not None
    reading = written_attempt(content).reading
    assert reading is not None
    [found] = understand_file(reading, hint).candidates
    assert validate_payload(found.event_type, found.payload)
    return found


def fixture(name: str) -> Candidate:
    return read((FILES / name).read_bytes())


def stored(found: Candidate) -> dict[str, Any]:
    return validate_payload(found.event_type, found.payload)


def codes(found: Candidate) -> list[str]:
    return [flag.code for flag in found.flags]


def reasons(found: Candidate) -> list[tuple[int, str]]:
    return [(row["line"], row["reason"]) for row in found.payload["rejected_rows"]]


def refused(data: bytes | str, hint: Hint | None = None, limits: Limits | None = None) -> str:
    with pytest.raises(ImageError) as caught:
        read(data, hint, limits)
    return caught.value.code


def test_a_spreadsheet_with_semicolons_commas_and_quoted_lines() -> None:
    found = fixture("trips_spreadsheet_de.csv")
    payload = stored(found)
    assert payload["file_format"] == "csv"
    assert [(t["start"], t["distance"], t["unit"], t["miles"]) for t in payload["trips"]] == [
        ("2026-03-02T08:05:00", 31.4, "km", 19.51),
        ("2026-03-02T16:10:00", 31.9, "km", 19.82),
        ("2026-03-05T07:30:00", 204.5, "km", 127.07),
    ]
    assert payload["trips"][0]["purpose"] == "Kundentermin Hamburg; Hafen"
    assert reasons(found) == [(6, "its end is before its start"), (7, "it is faster than 300 km/h")]
    assert codes(found) == ["rows_rejected", "zone_unknown"]
    assert "line 6 (row 3)" in found.flags[0].sentence


def test_a_log_whose_dates_settle_each_other() -> None:
    found = fixture("trips_log.csv")
    assert [str(t["start"]) for t in found.payload["trips"]] == [
        "2026-03-14 08:05:00",
        "2026-03-04 16:10:00",
        "2026-03-16 09:00:00",
    ]
    assert {t["unit"] for t in found.payload["trips"]} == {"mi"}
    assert reasons(found) == [(4, "its distance is missing"), (6, "it repeats row 4")]


def test_json_says_unit_and_zone_once_and_keeps_both_kinds_of_time() -> None:
    found = fixture("trips.json")
    first, second = stored(found)["trips"]
    assert (first["start"], first["zone"], first["distance"]) == ("2026-03-02T08:05:00", "Europe/Berlin", 31.405)
    assert (second["start"], second["end"]) == ("2026-03-02T16:10:00+01:00", "2026-03-02T17:02:30+01:00")
    assert [line for line, _ in reasons(found)] == [7, 8, 9]
    assert codes(found) == ["rows_rejected"]


def test_a_track_is_measured_along_its_points_but_not_across_gaps() -> None:
    found = fixture("track.gpx")
    [trip] = stored(found)["trips"]
    assert (trip["start"], trip["end"]) == ("2026-03-02T07:05:00Z", "2026-03-02T07:22:00Z")
    assert trip["distance"] == pytest.approx(3 * 1112, abs=2), "three hundredths of a degree along a meridian"
    assert (trip["unit"], trip["purpose"]) == ("m", "To the depot")
    assert reasons(found) == [(15, "its points carry no times")]
    assert codes(found) == ["rows_rejected", "distance_measured"]


def test_a_note_is_a_report_in_the_drivers_words() -> None:
    found = fixture("note.txt")
    assert found.event_type == "issue_report"
    assert found.payload["description"].startswith("The brakes grind when I stop")
    assert found.payload["codes"] == ["P0420"]
    assert found.payload["severity"] == "info", "it says that it is not urgent"
    assert codes(found) == []


@pytest.mark.parametrize(
    ("note", "severity", "flags"),
    [
        ("The brakes failed on the motorway!", "critical", []),
        ("Smoke from the engine, I stopped.", "critical", []),
        ("STOP ENGINE came up, oil leak", "critical", []),
        ("Check engine is on", "warning", []),
        ("A rattling noise from the left", "warning", ["severity_assumed"]),
        ("Scratch on the door, dent below it", "info", []),
        ("Bremse quietscht, nicht dringend", "info", []),
        ("Fren çalışmıyor, tehlikeli", "critical", []),
        ("Tayar bocor", "warning", ["severity_assumed"]),
        ("Fuga de aceite, urgente", "critical", []),
        ("Le voyant moteur est allumé", "warning", ["severity_assumed"]),
    ],
)
def test_how_bad_it_is(note: str, severity: str, flags: list[str]) -> None:
    found = read(note)
    assert (found.event_type, found.payload["severity"], codes(found)) == ("issue_report", severity, flags)


def test_what_the_driver_says_a_text_is_decides_where_nothing_else_does() -> None:
    text = "Der Wagen zieht nach links."
    assert refused(text) == "image_unsupported"
    found = read(text, Hint(kind="issue_report"))
    assert (found.event_type, found.payload["description"]) == ("issue_report", text)
    assert refused("nothing,of\nours,here\n") == "image_unsupported"
    assert refused("nothing,of\nours,here\n", Hint(kind="trip_batch")) == "trip_columns_missing"
    assert codes(read(CSV, Hint(kind="odometer"))) == ["zone_unknown", "kind_differs"]


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (CSV, "text/csv"),
        (CSV.replace(",", "\t"), "text/csv"),
        (CSV.replace(",", "|"), "text/csv"),
        ("sep=;\r\n" + CSV.replace(",", ";"), "text/csv"),
        ("\n\n" + CSV, "text/csv"),
        ("Inicio;Llegada;Distancia\n", "text/csv"),
        ("[]", "application/json"),
        ('  {"trips": []}', "application/json"),
        ("<gpx>", "application/gpx+xml"),
        ('<?xml version="1.0"?><x:gpx xmlns:x="y">', "application/gpx+xml"),
        ("P0420", "text/plain"),
    ],
)
def test_the_kind_is_found_in_the_content(data: str, content_type: str) -> None:
    for raw in (data.encode(), data.encode("utf-8-sig"), data.encode("utf-16")):
        assert sniff(raw) == content_type
    assert sniff(data.encode().replace(b"\n", b"\r\n")) == content_type
    assert sniff(data.encode().replace(b"\n", b"\r")) == content_type


@pytest.mark.parametrize(
    "data",
    [
        b"text",
        b"<html><body>brakes</body></html>",
        b"a,b,c\n1,2,3\n",
        b" \n ",
        b"\x00\x01\x02P0420",
        b"brake\x00",
        b"\xff\xfeP",
    ],
)
def test_what_is_none_of_ours_gets_the_one_clear_error(data: bytes) -> None:
    assert refused(data) == "image_unsupported"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("start,end,purpose,distance x\n", "image_unsupported"),
        ('sep="\nstart,end,km\n', "trips_invalid"),
        ("sep=\r\nstart,end,km\n", "trips_invalid"),
        ("start,distance\n2026-03-02 08:00,5\n", "trip_columns_missing"),
        ("start,end,distance\n", "trips_invalid"),
        ("start,end,distance\nx,y,z\n", "trips_invalid"),
        ("[]", "trips_invalid"),
        ("[1, 2]", "trip_columns_missing"),
        ('[{"start": 1}]', "trip_columns_missing"),
        ('{"name": "x"}', "image_unsupported"),
        ('{"trips": {}}', "image_unsupported"),
        ('{"trips": [', "file_malformed"),
        ("[{]", "file_malformed"),
        ("[] []", "file_malformed"),
        ("[NaN]", "file_malformed"),
        ("[" * 100_000, "file_malformed"),
        ('[{"a":' * 50_000, "file_malformed"),
        ("<gpx></gpx>", "trips_invalid"),
        ("<gpx><trk></gpx>", "file_malformed"),
        ("<gpx>", "file_malformed"),
        ('<?xml version="1.0" encoding="martian"?><gpx/>', "file_malformed"),
        ("<gpx>" + "<a>" * 5_000 + "</a>" * 5_000 + "</gpx>", "xml_unsafe"),
        ('<!DOCTYPE gpx SYSTEM "file:///etc/passwd"><gpx/>', "xml_unsafe"),
        (
            '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx><trk><name>&x;</name></trk></gpx>',
            "xml_unsafe",
        ),
        ("<gpx>&undeclared;</gpx>", "file_malformed"),
        ("brake " * 1_000, "note_too_long"),
    ],
)
def test_bad_files_are_refused_with_their_code(data: str, code: str) -> None:
    assert refused(data) == code


def test_a_billion_laughs_are_not_laughed() -> None:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY l0 "lol">{entities}]><gpx><trk><name>&l9;</name></trk></gpx>'
    assert refused(bomb) == "xml_unsafe"


def test_a_title_may_stand_above_the_names_of_the_columns() -> None:
    found = read("Mileage log;;\n\nDriver: J. Doe\nstart;end;km\n2026-03-02 08:00;2026-03-02 08:30;12,5\nx;y;z\n")
    assert [trip["distance"] for trip in found.payload["trips"]] == [12.5]
    assert reasons(found) == [(6, "its start is no date with a time")]


def test_limits_on_size_and_rows() -> None:
    assert refused(CSV, limits=Limits(text_bytes=len(CSV) - 1)) == "text_too_large"
    rows = "".join(f"2026-03-{day:02d} 08:00,2026-03-{day:02d} 09:00,5\n" for day in range(1, 6))
    assert len(read("start,end,km\n" + rows, limits=Limits(trips=5)).payload["trips"]) == 5
    assert refused("start,end,km\n" + rows, limits=Limits(trips=4)) == "trips_too_many"
    entries = [{"start": "2026-03-01 08:00", "end": "2026-03-01 09:00", "km": 1}] * 5
    assert refused(json.dumps(entries), limits=Limits(trips=4)) == "trips_too_many"
    assert refused("<gpx>" + "<trk/>" * 5 + "</gpx>", limits=Limits(trips=4)) == "trips_too_many"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2026-03-02 08:30,1", "its start is missing"),
        ("2026-03-02 08:00,,1", "its end is missing"),
        ("2026-03-02 08:00,2026-03-02 08:30,", "its distance is missing"),
        ("2026-03-02,2026-03-02 08:30,1", "its start is no date with a time"),
        ("2026-02-30 08:00,2026-03-02 08:30,1", "its start is no date with a time"),
        ("2026-03-02 24:00,2026-03-02 08:30,1", "its start is no date with a time"),
        ("2026-03-02 08:00+15:00,2026-03-02 08:30,1", "its start is no date with a time"),
        ("1772438400,2026-03-02 08:30,1", "its start is no date with a time"),
        ("03/02/2026 08:00,2026-03-02 08:30,1", "its start can be read day first or month first; write 2026-01-31"),
        ("2026-03-02 08:00Z,2026-03-02 08:30,1", "only one of its times has an offset"),
        ("2026-03-02 08:00,2026-03-02 07:59,1", "its end is before its start"),
        ("2026-03-02 08:00,2026-06-02 08:00,1", "it lasts longer than 60 days"),
        ("1989-03-02 08:00,1989-03-02 09:00,1", "its start lies outside 1990 to 2100"),
        ("2026-03-02 08:00,2026-03-02 08:30,far", "its distance is no number"),
        ("2026-03-02 08:00,2026-03-02 08:30,12 parsecs", "its distance is no number"),
        ("2026-03-02 08:00,2026-03-02 08:30,-1", "its distance is negative"),
        ("2026-03-02 08:00,2026-03-02 08:30,5 mi", "its distance and its column say different units"),
        ("2026-03-02 08:00,2026-03-02 08:30,500", "it is faster than 300 km/h"),
        ("2026-03-02 08:00,2026-04-30 08:30,10001", "it is longer than 10,000 km"),
        ("2026-03-02 08:00,2026-03-09 08:30,1.234", "the mark in its distance may be the decimal or group thousands"),
        ("2026-03-02 08:00,2026-03-02 08:30,1,2", "it has 4 cells under 3 columns"),
        ('2026-03-02 08:00,"2026-03-02" 08:30,1', "its quotes are not closed as they should be, or a cell is too long"),
        ('2026-03-02 08:00,"2026-03-02 08:30,1', "its quotes are not closed as they should be, or a cell is too long"),
    ],
)
def test_a_bad_row_says_why_and_the_good_ones_stay(row: str, reason: str) -> None:
    good = "2026-03-02 10:00,2026-03-02 10:30,1\n"
    found = read(f"start,end,distance (km)\n{good}{row}\n")
    assert reasons(found) == [(3, reason)]
    assert len(found.payload["trips"]) == 1
    assert row not in found.model_dump_json(), "the reason does not repeat what the row holds"


def test_a_distance_that_could_be_read_in_two_ways_is_taken_where_one_is_impossible() -> None:
    [trip] = read("start,end,km\n2026-03-02 08:00,2026-03-02 08:30,1.234\n").payload["trips"]
    assert trip["distance"] == 1.234, "1,234 km in half an hour is no trip"


@pytest.mark.parametrize(
    ("header", "setting", "unit", "miles"),
    [
        ("distance (km)", None, "km", 6.21),
        ("distance_km", "mi", "km", 6.21),
        ("miles", None, "mi", 10.0),
        ("Distance [mi]", "km", "mi", 10.0),
        ("Kilometer", None, "km", 6.21),
        ("distance_m", None, "m", 0.01),
        ("distance", "km", "km", 6.21),
        ("distance", "m", "m", 0.01),
        ("mileage", None, None, None),
    ],
)
def test_the_unit_is_said_by_the_file_or_the_setting_or_is_not_known(
    header: str, setting: Any, unit: str | None, miles: float | None
) -> None:
    data = f"start,end,{header}\n2026-03-02 08:00Z,2026-03-02 08:30Z,10\n"
    found = read(data, Hint(trip_unit=setting, vehicle_unit="km"))
    [trip] = stored(found)["trips"]
    assert (trip["distance"], trip.get("unit"), trip.get("miles")) == (10, unit, miles)
    assert codes(found) == ([] if unit else ["distance_unit_unknown"])


@pytest.mark.parametrize(
    ("zone", "start", "flags"),
    [
        ("+02:00", "2026-03-02T08:00:00+02:00", []),
        ("UTC", "2026-03-02T08:00:00Z", []),
        ("UTC-5", "2026-03-02T08:00:00-05:00", []),
        ("Europe/Berlin", "2026-03-02T08:00:00", []),
        ("", "2026-03-02T08:00:00", ["zone_unknown"]),
    ],
)
def test_no_time_is_shifted_by_a_zone(zone: str, start: str, flags: list[str]) -> None:
    found = read(f"start,end,km,timezone\n2026-03-02 08:00,2026-03-02 08:30,10,{zone}\n")
    [trip] = stored(found)["trips"]
    assert trip["start"] == start
    assert codes(found) == flags


@pytest.mark.parametrize(
    ("cell", "unit"), [("km", "km"), ("Miles", "mi"), ("", None), ("leagues", "its unit is none that we know")]
)
def test_a_unit_in_a_column_of_its_own(cell: str, unit: str | None) -> None:
    good = "2026-03-02 10:00,2026-03-02 10:30,1,km\n"
    found = read(f"start,end,distance,unit\n{good}2026-03-02 08:00,2026-03-02 08:30,10,{cell}\n")
    said = [trip.get("unit") for trip in found.payload["trips"][1:]] or [reason for _, reason in reasons(found)]
    assert said == [unit]


def test_what_lies_after_the_day_it_came_is_no_trip_and_settles_the_order() -> None:
    data = "start,end,km\n05/03/2026 08:00,05/03/2026 08:30,10\n12/12/2026 08:00,12/12/2026 08:30,9\n"
    found = read(data, Hint(received_on=date(2026, 4, 1)))
    assert [str(t["start"]) for t in found.payload["trips"]] == ["2026-03-05 08:00:00"]
    assert reasons(found) == [(3, "its end lies after the file came")]


def test_trips_that_overlap_are_flagged() -> None:
    data = "start,end,km\n2026-03-02 08:00Z,2026-03-02 09:00Z,10\n2026-03-02 08:30Z,2026-03-02 09:30Z,9\n"
    assert codes(read(data)) == ["trips_overlap"]


@pytest.mark.parametrize(
    ("name", "meaning", "unit"),
    [
        ("Start_Time", "start", None),
        ("startTime", "start", None),
        ("DÉPART", "start", None),
        ("Bitiş", "end", None),
        ("distance (KM)", "distance", "km"),
        ("Distance in km", "distance", "km"),
        ("distanceKm", "distance", "km"),
        ("distance_unit", "unit", None),
        ("Zweck", "purpose", None),
        ("odometer", None, None),
        ("", None, None),
        ("x" * 10_000, None, None),
    ],
)
def test_columns_by_their_names(name: str, meaning: str | None, unit: str | None) -> None:
    column = column_of(name)
    assert (None if column is None else (column.meaning, column.unit)) == (None if meaning is None else (meaning, unit))


def test_the_how_to_lists_every_name_of_a_column() -> None:
    page = (ROOT / "docs" / "how-to" / "trips.md").read_text(encoding="utf-8")
    names = [name for by_language in NAMES.values() for said in by_language.values() for name in said.split("|")]
    assert [name for name in names if f"`{name}`" not in page] == []
    assert [name for name in names if column_of(name) is None] == []


def test_a_thousand_rows_are_a_thousand_trips() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [(begin + timedelta(hours=i), begin + timedelta(hours=i, minutes=30)) for i in range(1_000)]
    data = "start,end,km\n" + "".join(f"{a.isoformat()},{b.isoformat()},12.5\n" for a, b in rows)
    assert len(read(data).payload["trips"]) == 1_000


# --- any input

TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001 (local wall-clock times)
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-9, minutes=-30))])
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), max_size=20)
TRIPS = st.lists(st.tuples(TIMES, st.integers(60, 5_000), st.integers(0, 30_000), ZONES, WORDS), min_size=1, max_size=5)


@given(
    TRIPS, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans()
)
def test_what_was_written_comes_back(
    trips: list[tuple[datetime, int, int, timezone | None, str]], delimiter: str, end: str, mark: bool, as_json: bool
) -> None:
    rows = []
    for start, minutes, hundredths, zone, purpose in trips:
        begin = start.replace(second=0, microsecond=0, tzinfo=zone)
        rows.append((begin, begin + timedelta(minutes=minutes), hundredths / 100, purpose))
    rows = list({row[:3]: row for row in rows}.values())
    if as_json:
        keys = ("start", "end", "km", "purpose")
        data = json.dumps([dict(zip(keys, (a.isoformat(), b.isoformat(), d, p), strict=True)) for a, b, d, p in rows])
    else:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
        writer.writerow(["start", "end", "km", "purpose"])
        for a, b, distance, purpose in rows:
            said = f"{distance:.2f}".replace(".", "," if delimiter == ";" else ".")
            writer.writerow([a.isoformat(), b.isoformat(), said, purpose])
        data = text.getvalue()
    found = read(data.encode("utf-8-sig" if mark else "utf-8"))
    assert found.payload["rejected_rows"] == []
    back = [(t["start"], t["end"], t["distance"], t.get("purpose", "")) for t in found.payload["trips"]]
    assert back == rows
    assert [t["start"].utcoffset() for t in found.payload["trips"]] == [row[0].utcoffset() for row in rows]
    again = validate_payload("trip_batch", json.loads(json.dumps(stored(found))))
    assert again == stored(found)


ALPHABET = "start,end;km\n\r\t\"'0123456789/-:. TZ{}[]<>&gpxtrk=\u00e9\ufeff\x00"


@given(
    st.binary(max_size=200)
    | st.text(ALPHABET, max_size=200).map(str.encode)
    | st.text(ALPHABET, max_size=200).map(lambda text: ("start,end,km\n" + text).encode())
    | st.text(ALPHABET, max_size=200).map(lambda text: ("<gpx>" + text).encode())
    | st.text(ALPHABET, max_size=200).map(lambda text: ('[{"start":"' + text).encode()),
    st.sampled_from([None, "trip_batch", "issue_report"]),
)
def test_no_file_raises_anything_but_our_error(data: bytes, kind: Any) -> None:
    try:
        found = read(data, Hint(kind=kind))
    except ImageError:
        return
    assert found.payload["source"] == "file"


def test_hostile_repetition_stays_linear() -> None:
    started = time.monotonic()
    for data in (
        "start,end,km\n" + '"' * 200_000,
        "start,end,km\n" + "1" * 200_000 + "," * 50_000,
        "start,end,km\n" + ("9/9/99 " * 20_000) + ",x,y\n",
        '[{"start": "' + "1:" * 100_000 + '", "end": "", "km": "' + "1.1" * 50_000 + '"}]',
    ):
        refused(data)
    assert time.monotonic() - started < 30, "a hang, not a slow machine"
