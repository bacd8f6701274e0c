"""For all tests: no sockets in `tests/unit`, one way to say that a program is missing, calm property tests."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_socket

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""

UNIT = ROOT / "tests" / "unit"
WITHOUT_SERVICES = (UNIT, ROOT / "tests" / "contract", ROOT / "tests" / "architecture")

# Two busy cores make any deadline a coin toss. In CI the examples are the same each time. Sixty: most properties say
# that any text is taken, and the parts are met again by the properties of the whole receipt and the whole bill.
hypothesis.settings.register_profile("home", deadline=None, max_examples=60)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "home")


# Modules are compiled once, not again by each run and each process that a test starts.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_finish() -> None:
    """Take what stays to the end, modules and tests, out of what the garbage collector looks through each time."""
    gc.freeze()


def needs(found: object, what: str, hint: str) -> None:
    """Go on if `found`; else skip with a line that says what to install.

    In CI a missing thing is a failure, where `.ci/run` could have installed it: as root, with apt-get.
    """
    if found:
        return
    line = f"{what} is missing: {hint}"
    if os.environ.get("CI") == "true" and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        pytest.fail(f"{line} (.ci/run should have installed it)")
    pytest.skip(line)


@pytest.fixture(autouse=True)
def _closed_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close sockets in `tests/unit`, except Unix ones: the reading process is spoken to over a socket pair."""
    if UNIT not in request.path.parents:
        yield
        return
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True, scope="module")
def _no_settings_from_outside(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take away the `CAPTURE_*` of whoever runs the tests; a test sets what it needs."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent in WITHOUT_SERVICES:
            for name in [name for name in os.environ if name.startswith("CAPTURE_")]:
                patch.delenv(name)
        yield
