"""Real processes: `capture` as a user runs it, in a data folder of its own, on free ports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from tests.services import need_embedded_stack, short_folder

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
"""How long a test waits for something before it fails; never a measure of speed."""


@dataclass
class Machine:
    """A user's machine: one data folder, and the commands run in it."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CAPTURE_")}
        return {**clean, "CAPTURE_DATA_DIR": str(self.folder / "data folder"), "CAPTURE_PORT": "0", **self.variables}

    def run(self, *words: str, expected: int = 0) -> str:
        """Run a command to its end; return its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "worker.cli", *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command that keeps running; wait until it serves."""
        process = subprocess.Popen(
            [sys.executable, "-m", "worker.cli", *words],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Serving on "):
                return process
        raise AssertionError("it ended instead of serving:\n" + "".join(said))

    def redis(self) -> redis.Redis:
        run = json.loads((self.folder / "data folder" / "run.json").read_text())
        return redis.Redis.from_url(run["urls"]["redis_url"])

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def machine() -> Iterator[Machine]:
    need_embedded_stack()
    with short_folder() as folder:
        made = Machine(folder)
        yield made
        made.end()
        assert eventually(lambda: not processes_of(made)), processes_of(made)


def processes_of(machine: Machine) -> list[str]:
    """Return the living processes that belong to a machine's data folder, by environment or command line."""
    mark = str(machine.folder)
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if mark in " ".join(process.cmdline()) or mark in " ".join(process.environ().values()):
                found.append(f"{process.pid} {' '.join(process.cmdline())[:120]}")
        except psutil.Error:
            continue
    return found


def eventually(look: Callable[[], object], patience_s: float = PATIENCE_S) -> bool:
    """Look again and again until it is true."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.2)
    return False
