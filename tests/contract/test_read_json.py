"""`capture read --json` is a contract: its form, its errors, and that one bad file does not stop the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from capture.errors import ADVICE
from capture.events import validate_payload
from capture.review import FLAGS
from tests.conftest import ROOT
from worker import cli

IMAGES = ROOT / "fixtures" / "images"
KEYS = {
    "version", "file", "event_type", "payload", "confidence", "flagged", "flag_reasons", "document", "fields",
    "duration_ms",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPTURE_ENGINES", "recorded")
    monkeypatch.setenv("CAPTURE_RECORDED_DIR", str(ROOT / "fixtures" / "recorded"))


def _read(capsys: pytest.CaptureFixture[str], *arguments: str | Path, status: int = 0) -> list[dict[str, Any]]:
    assert cli.run(["read", "--json", *map(str, arguments)]) == status
    out, err = capsys.readouterr()
    assert err == ""
    found: list[dict[str, Any]] = json.loads(out)
    for entry in found:
        assert entry.keys() - {"error"} == KEYS
        assert entry["version"] == 1
        assert isinstance(entry["duration_ms"], int)
        assert entry["duration_ms"] >= 0
        for reason in entry["flag_reasons"]:
            assert reason.keys() == {"code", "sentence"}
            assert reason["code"] in FLAGS
    return found


def test_each_kind_of_photo(capsys: pytest.CaptureFixture[str]) -> None:
    files = [IMAGES / name for name in ("dash_022.jpg", "fuel_000.jpg", "invoice_006.pdf")]
    found = _read(capsys, *files)
    assert [entry["file"] for entry in found] == [str(file) for file in files]
    assert [entry["event_type"] for entry in found] == ["odometer_reading", "fuel_purchase", "maintenance"]
    for entry in found:
        document = entry["document"]
        assert document.keys() == {"kind", "score", "scores", "evidence"}
        assert document["kind"] == entry["event_type"]
        assert document["score"] == max(document["scores"].values())
        assert all(evidence["words"] and evidence["weights"] for evidence in document["evidence"])
    dash, fuel, invoice = (entry["payload"] for entry in found)
    assert (dash["reading"], dash["unit"], dash["miles"]) == (192778, "mi", 192778)
    assert (fuel["total_cost"], fuel["volume"], fuel["volume_unit"], fuel["currency"]) == (
        45.63,
        13.624,
        "gal_us",
        "USD",
    )
    assert invoice["cost"] == 247.21
    for entry in found:
        assert "error" not in entry
        assert "provenance" not in entry["payload"], "there is no object and no run"
        assert validate_payload(entry["event_type"], entry["payload"]) == entry["payload"]
        assert entry["confidence"] is None or 0 <= entry["confidence"] <= 100
        assert entry["fields"]
        for field in entry["fields"].values():
            assert field.keys() == {"value", "raw", "polygon", "page", "engine", "score", "derived", "hypotheses"}
            assert all(other.keys() == {"value", "raw", "polygon", "page"} for other in field["hypotheses"])
            assert field["engine"] == "recorded"


def test_an_unmeasured_reading_has_no_confidence_and_is_flagged(capsys: pytest.CaptureFixture[str]) -> None:
    [entry] = _read(capsys, IMAGES / "dash_022.jpg")
    assert entry["confidence"] is None
    assert entry["flagged"] is True
    assert "confidence_unknown" in [reason["code"] for reason in entry["flag_reasons"]]


def test_a_photo_of_nothing_we_know_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    [entry] = _read(capsys, IMAGES / "dash_042.jpg")
    assert (entry["event_type"], entry["payload"], entry["confidence"]) == (None, None, None)
    assert entry["flagged"] is True
    assert [reason["code"] for reason in entry["flag_reasons"]] == ["unrecognised"]
    assert "error" not in entry


def test_files_say_themselves_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    files = ROOT / "fixtures" / "files"
    found = _read(capsys, files / "trips.json", files / "note.txt")
    assert [entry["event_type"] for entry in found] == ["trip_batch", "issue_report"]
    assert [entry["document"] for entry in found] == [None, None]
    assert all(entry["flagged"] and entry["confidence"] is None for entry in found)


def test_one_bad_file_does_not_stop_the_others(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("no photo")
    empty = tmp_path / "empty.jpg"
    empty.touch()
    other = tmp_path / "unrecorded.png"
    other.write_bytes((IMAGES / "fuel_007.png").read_bytes() + b"\0")
    gone = tmp_path / "gone.jpg"
    found = _read(capsys, gone, text, empty, tmp_path, other, IMAGES / "dash_022.jpg", status=7)
    codes = ["file_unknown", "image_unsupported", "image_empty", "file_unknown", "recording_missing"]
    assert [entry["error"]["code"] for entry in found[:-1]] == codes
    for entry in found[:-1]:
        assert (entry["event_type"], entry["payload"], entry["confidence"]) == (None, None, None)
        assert (entry["flagged"], entry["flag_reasons"], entry["fields"]) == (True, [], {})
        assert entry["document"] is None
        assert entry["error"].keys() == {"code", "message"}
        assert entry["error"]["message"].endswith(ADVICE[entry["error"]["code"]])
    assert found[-1]["event_type"] == "odometer_reading"


@pytest.mark.parametrize(("first", "status"), [("gone.jpg", 7), ("text.jpg", 5)])
def test_the_exit_code_is_that_of_the_first_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, first: str, status: int
) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    names = [first, *({"gone.jpg", "text.jpg"} - {first})]
    _read(capsys, *(tmp_path / name for name in names), status=status)


def test_what_the_driver_and_the_vehicle_say_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    [entry] = _read(capsys, "--kind", "fuel_purchase", IMAGES / "dash_022.jpg")
    assert "kind_differs" in [reason["code"] for reason in entry["flag_reasons"]]


def test_without_json_it_is_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["read", str(IMAGES / "dash_022.jpg"), str(IMAGES / "gone.jpg")]) == 7
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[0] == "photo"
    assert "192778 mi" in lines[1]
    assert "unknown" in lines[1], "a missing confidence is no number"
    assert "file_unknown" in lines[2]
