"""Reading a photo tells nobody: engines keep no diary of their use in the user's home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("engine", ["odometer", "rapid_ocr"])
def test_reading_leaves_nothing_in_the_home_folder(tmp_path: Path, engine: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CAPTURE_", "ORT_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", "read", "fixtures/images/dash_012.jpg"],
        cwd=ROOT,
        env={**clean, "HOME": str(tmp_path), "CAPTURE_ENGINES": engine},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "odometer_reading" in done.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
