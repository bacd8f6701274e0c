"""The processes of `capture up`: one web server, the workers, and the sweep; restarted when they die."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx2
import psutil

from capture.errors import ConfigError
from capture.settings import Settings, variables_of
from storage.db import owner_connection
from storage.migrate import migrate
from storage.queries import sweep as queries
from worker.broker import QUEUE
from worker.local import Stack, usable_data_dir
from worker.parent import VARIABLE
from worker.servers import STOP_TIMEOUT_S
from worker.services import Services
from worker.sweep import run_forever

log = logging.getLogger(__name__)

RESTART_PAUSE_S = 1.0
MEMORY_FOR_ONE = 1_500_000_000
"""Bytes for one worker with its reading process. Measured: 0.76 to 1.03 GB for the reading process alone."""

START_TIMEOUT_S = 30.0

POLL_MS = 100
"""An idle worker looks for jobs at least this often. Dramatiq's own default, 1,000, is half a second of waiting."""


def web_command(settings: Settings) -> list[str]:
    """Return the command of a web process. Access logs are off, since URLs may carry the trigger secret."""
    tls = ["--ssl-certfile", settings.tls_certificate, "--ssl-keyfile", settings.tls_key]
    return [
        sys.executable, "-m", "uvicorn", "web.app:create_app", "--factory", "--no-access-log", "--no-server-header",
        "--host", settings.host, "--port", str(settings.port), "--log-level", "warning",
        *(tls if settings.tls_certificate else []),
    ]  # fmt: skip


def worker_command(settings: Settings) -> list[str]:
    """Return the command of the workers: one thread each, since each has one reading process."""
    processes = settings.worker_processes or default_processes()
    return [
        sys.executable, "-m", "dramatiq", "worker.actors:setup", "--processes", str(processes), "--threads", "1",
        "--queues", QUEUE,
    ]  # fmt: skip


def default_processes() -> int:
    """Return how many reading processes this machine carries: one for each CPU we may use, if memory allows."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cpus, psutil.virtual_memory().total // MEMORY_FOR_ONE))


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a child process: ours, with the settings as they are in force."""
    return {
        **os.environ,
        **variables_of(settings),
        "dramatiq_queue_prefetch": "1",
        "dramatiq_worker_timeout": str(POLL_MS),
    }


def prepare(stack: Stack, *, bucket: bool = True) -> Services:
    """Bring the schema, and the bucket if asked, up to date; return the services."""
    url = stack.settings.database_url.get_secret_value()
    if url:
        with owner_connection(url) as connection:
            migrate(connection)
    services = Services(stack.settings)
    with services.db.ops_tx() as tx:
        queries.create_partitions(tx)
    if bucket:
        services.objects.ensure_bucket()
    return services


@contextlib.contextmanager
def running(services: Services) -> Iterator[str]:
    """Run web, workers and sweep until the block ends; yield the base URL once the web process answers.

    Raises: ConfigError (`service_missing`) if the web process does not start.
    """
    settings = services.settings
    _check_port(settings)
    logs = usable_data_dir(settings) / "logs"
    logs.mkdir(exist_ok=True)
    stopped = threading.Event()
    threads = [
        threading.Thread(target=_keep, args=(name, command, settings, logs / f"{name}.log", stopped), name=name)
        for name, command in (("web", web_command(settings)), ("worker", worker_command(settings)))
    ]
    threads.append(threading.Thread(target=run_forever, args=(services, stopped), name="sweep"))
    for thread in threads:
        thread.start()
    try:
        base = base_of(settings)
        _wait_for(base, settings, logs / "web.log")
        yield base
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def base_of(settings: Settings) -> str:
    """Return where this machine itself reaches the web process."""
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 (all addresses, this one included)
    return f"{'https' if settings.tls_certificate else 'http'}://{host}:{settings.port}"


def _check_port(settings: Settings) -> None:
    """Raise ConfigError (`port_taken`) if somebody listens on our port: their answers would pass for ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            fact = f"Port {settings.port} of {settings.host} cannot be used ({error.strerror})"
            raise ConfigError("port_taken", fact) from None


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


def _wait_for(base: str, settings: Settings, log_path: Path) -> None:
    ours = settings.tls_certificate
    trusted = ssl.create_default_context(cafile=ours) if ours else ssl.create_default_context()
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{base}/healthz", timeout=2, verify=trusted).status_code == httpx2.codes.OK:
                return
        time.sleep(0.1)
    raise ConfigError("service_missing", f"The web process does not answer on {base}; see {log_path}")
