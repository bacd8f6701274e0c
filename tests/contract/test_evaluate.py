"""`capture evaluate` on a small folder of labels, with recorded engine answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from worker.cli import run

LABELS: list[dict[str, Any]] = [
    {"file": "dash_012.jpg", "kind": "odometer", "display_type": "seven_segment", "truth": {"reading": "25693"}},
    {"file": "dash_021.jpg", "kind": "odometer", "display_type": "dot_matrix", "truth": {"reading": "178365"}},
    {"file": "dash_038.jpg", "kind": "trip_only", "truth": {}},
    {"file": "gone.jpg", "kind": "odometer", "truth": {"reading": "1"}},
    {
        "file": "fuel_010.jpg",
        "kind": "fuel_purchase",
        "truth": {"total": "30,03", "volume": "15,98", "date": "1999-01-01"},
    },
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAPTURE_ENGINES", "recorded")
    monkeypatch.setenv("CAPTURE_RECORDED_DIR", str(ROOT / "fixtures" / "recorded"))
    for label in LABELS:
        source = ROOT / "fixtures" / "images" / label["file"]
        if source.exists():
            shutil.copy(source, tmp_path)
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in LABELS))
    return tmp_path


def test_what_is_right_and_wrong_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    shares = {row["name"]: (row["count"], row["of"]) for row in found["shares"]}
    assert shares["odometer: exact"] == (1, 3)
    assert shares["odometer, seven_segment: exact"] == (1, 1)
    assert shares["odometer, dot_matrix: exact"] == (0, 1)
    assert shares["trip_only: no reading given"] == (1, 1)
    assert shares["field total"] == shares["field volume"] == (1, 1)
    assert shares["field date"] == (0, 1)
    assert shares["fuel_purchase: exact"] == (0, 1)
    assert found["confusions"] == [["3", "4", 1]]


def test_the_report_shows_what_was_wrong(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "out.html"
    assert run(["evaluate", str(folder), "--report", str(report)]) == 0
    text = report.read_text()
    assert text.count("<figure>") == 3
    assert "dash_021.jpg (odometer): reading 178365; read: <b>178465</b>" in text
    assert "gone.jpg" in text
    assert "file_unknown" in text
    assert "dash_012.jpg" not in text


@pytest.mark.parametrize(("text", "code"), [(None, 7), ("nonsense\n", 9), ('{"file": "x"}\n', 9)])
def test_labels_that_are_none_are_said(folder: Path, text: str | None, code: int) -> None:
    labels = folder / "labels.jsonl"
    labels.unlink()
    if text is not None:
        labels.write_text(text)
    assert run(["evaluate", str(folder)]) == code
