"""The processes of `capture up`: one web server, the workers, and the sweep; restarted when they die."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx2

from capture.errors import ConfigError
from capture.settings import Settings, variables_of
from storage.db import owner_connection
from storage.migrate import migrate
from worker.broker import QUEUE
from worker.local import Stack, data_dir
from worker.parent import VARIABLE
from worker.servers import STOP_TIMEOUT_S
from worker.services import Services
from worker.sweep import run_forever

log = logging.getLogger(__name__)

RESTART_PAUSE_S = 1.0
START_TIMEOUT_S = 30.0


def web_command(settings: Settings) -> list[str]:
    """Return the command of a web process. Access logs are off, since URLs may carry the trigger secret."""
    return [
        sys.executable, "-m", "uvicorn", "web.app:create_app", "--factory", "--no-access-log", "--no-server-header",
        "--host", settings.host, "--port", str(settings.port), "--log-level", "warning",
    ]  # fmt: skip


def worker_command(settings: Settings) -> list[str]:
    """Return the command of the workers: one thread each, since each has one reading process."""
    processes = settings.worker_processes or os.cpu_count() or 1
    return [
        sys.executable, "-m", "dramatiq", "worker.actors:setup", "--processes", str(processes), "--threads", "1",
        "--queues", QUEUE,
    ]  # fmt: skip


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a child process: ours, with the settings as they are in force."""
    return {
        **os.environ,
        **variables_of(settings),
        "dramatiq_queue_prefetch": "1",
    }


def prepare(stack: Stack, *, bucket: bool = True) -> Services:
    """Bring the schema, and the bucket if asked, up to date; return the services."""
    url = stack.settings.database_url.get_secret_value()
    if url:
        with owner_connection(url) as connection:
            migrate(connection)
    services = Services(stack.settings)
    if bucket:
        services.objects.ensure_bucket()
    return services


@contextlib.contextmanager
def running(services: Services) -> Iterator[str]:
    """Run web, workers and sweep until the block ends; yield the base URL once the web process answers.

    Raises: ConfigError (`service_missing`) if the web process does not start.
    """
    settings = services.settings
    logs = data_dir(settings) / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    stopped = threading.Event()
    threads = [
        threading.Thread(target=_keep, args=(name, command, settings, logs / f"{name}.log", stopped), name=name)
        for name, command in (("web", web_command(settings)), ("worker", worker_command(settings)))
    ]
    threads.append(threading.Thread(target=run_forever, args=(services, stopped), name="sweep"))
    for thread in threads:
        thread.start()
    try:
        base = f"http://{settings.host}:{settings.port}"
        _wait_for(base, logs / "web.log")
        yield base
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _keep(name: str, command: list[str], settings: Settings, log_path: Path, stopped: threading.Event) -> None:
    """Run a process, again whenever it ends, until `stopped`; then stop it."""
    with log_path.open("ab") as file:
        while not stopped.is_set():
            process = _start(command, settings, file)
            while process.poll() is None and not stopped.wait(0.2):
                pass
            if process.poll() is None:
                _stop(process)
            elif not stopped.wait(RESTART_PAUSE_S):
                log.warning("%s ended with status %s and is started again", name, process.returncode)


def _start(command: list[str], settings: Settings, file: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=file,
        stderr=file,
        env={**child_environment(settings), VARIABLE: str(os.getpid())},
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(base: str, log_path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{base}/healthz", timeout=2).status_code == httpx2.codes.OK:
                return
        time.sleep(0.1)
    raise ConfigError("service_missing", f"The web process does not answer on {base}; see {log_path}")
