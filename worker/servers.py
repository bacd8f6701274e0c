"""The embedded servers: how each is started, and how we know that it answers."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
import redis

from capture.errors import ConfigError
from worker import binaries
from worker.lan import Lan

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


Started = Callable[[Child], None]
"""Called with each process as soon as it runs, before it answers."""


def start_postgres(started: Started, folder: Path, programs: Path | None = None) -> dict[str, str]:
    """Start PostgreSQL, from the wheel's programs if none are given; return its settings.

    It listens on a Unix socket in a folder of its own user alone. Raises: ConfigError (`service_missing`).
    """
    user = "nobody" if os.geteuid() == 0 else None
    programs = programs or binaries.postgres(folder, user)
    data = folder / "postgresql"
    sockets = folder / "sockets"
    if len(str(sockets)) > MAX_SOCKET_PATH:
        sockets = Path(tempfile.gettempdir(), f"motomind-capture-{os.geteuid()}-{zlib.crc32(str(folder).encode()):08x}")
    log_path = folder / "logs" / "postgresql.log"
    env = {**os.environ, "LC_ALL": "C"}
    if not data.exists():
        _make_data(data, programs, user, log_path, env)
    _own_folder(sockets, user)
    child = _spawn(
        started,
        "postgresql",
        [str(programs / "postgres"), "-D", str(data), "-k", str(sockets), "-h", "", "-c", "log_min_messages=warning"],
        log_path,
        user=user,
        env=env,
        stop_signal=signal.SIGINT,
    )
    url = f"postgresql://{OWNER}@/postgres?host={quote(str(sockets), safe='')}"
    _wait(child, lambda: _answers_sql(url), log_path)
    return {"database_url": url}


def _make_data(data: Path, programs: Path, user: str | None, log_path: Path, env: dict[str, str]) -> None:
    """Make the data folder aside and move it into place, so that a broken-off start leaves no half of it."""
    new = data.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    _own_folder(new, user)
    command = [str(programs / "initdb"), "-D", str(new), "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--no-locale"]
    with log_path.open("ab") as log:
        done = subprocess.run(command, stdout=log, stderr=log, env=env, cwd="/", check=False, **_as_user(user))
    if done.returncode != 0:
        raise ConfigError("service_missing", f"PostgreSQL's data cannot be made; see {log_path}")
    new.rename(data)


def _own_folder(path: Path, user: str | None) -> None:
    """Make a folder that `user` alone can enter; one that somebody else made is not used."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is not None:
        binaries.give(path, user)
    found = path.stat()
    wanted = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    if found.st_uid != wanted or found.st_mode & 0o077:
        raise ConfigError("data_dir_unusable", f"{path} belongs to another user, or others can enter it")


def _as_user(user: str | None) -> dict[str, Any]:
    """Return how a process is started as `user`, with none of our groups."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def start_redis(started: Started, folder: Path) -> dict[str, str]:
    """Start Redis on a free port of the loopback address, with a password; return its settings."""
    port, password = free_port(), secrets.token_urlsafe(24)
    log_path = folder / "logs" / "redis.log"
    # by standard input, so that the password stands on no command line; it keeps nothing: the database does
    place = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    config = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir "{place}"\n'
    child = _spawn(started, "redis", [binaries.redis_server(), "-"], log_path, stdin=config.encode())
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    _wait(child, lambda: bool(redis.Redis.from_url(url, socket_timeout=1).ping()), log_path)
    return {"redis_url": url}


def start_s3(started: Started, folder: Path, reach: Lan | None = None) -> dict[str, str]:
    """Start the S3 server on a free port of the loopback address; return its settings.

    `reach`: phones in the local network may use it too, over TLS, so that photos go straight to it.
    Pages of any origin may use it, for no browser adds a credential by itself: the signature stands in the address.
    """
    port = free_port()
    key, secret = _s3_credentials(folder)
    photos = folder / "photos"
    photos.mkdir(mode=0o700, exist_ok=True)
    log_path = folder / "logs" / "s3.log"
    env = {**os.environ, "RCLONE_AUTH_KEY": f'"{key},{secret}"', "RCLONE_CONFIG": str(folder / "rclone.conf")}
    command = [
        binaries.rclone(), "serve", "s3", str(photos), "--addr", f"http://127.0.0.1:{port}", "--log-level", "NOTICE",
        "--allow-origin", "*",
    ]  # fmt: skip
    public = {}
    if reach is not None:
        open_port = free_port()
        command += ["--addr", f"tls://0.0.0.0:{open_port}", "--min-tls-version", "tls1.2"]
        command += ["--cert", str(reach.certificate), "--key", str(reach.key)]
        public = {"s3_public_endpoint_url": f"https://{reach.address}:{open_port}"}
    child = _spawn(started, "s3", command, log_path, env=env)
    _wait(child, lambda: _listens(port), log_path)
    return {
        "s3_endpoint_url": f"http://127.0.0.1:{port}",
        "s3_access_key_id": key,
        "s3_secret_access_key": secret,
        **public,
    }


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
        with private_file(path) as file:
            json.dump([secrets.token_hex(10), secrets.token_urlsafe(30)], file)
    key, secret = json.loads(path.read_text())
    return str(key), str(secret)


def private_file(path: Path) -> IO[str]:
    """Open a file for writing that its owner alone can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")


def _spawn(
    started: Started,
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
            cwd="/",
            **_as_user(user),
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the services in order
        )
    if stdin is not None:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended; whoever waits for it says so
            process.stdin.write(stdin)
            process.stdin.close()
    child = Child(name, process, stop_signal)
    started(child)
    return child


def _wait(child: Child, answers: Callable[[], bool], log_path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.process.poll() is not None:
            raise ConfigError("service_missing", f"The embedded {child.name} ended at once; see {log_path}")
        with contextlib.suppress(psycopg.Error, redis.RedisError, OSError):
            if answers():
                return
        time.sleep(0.05)
    raise ConfigError("service_missing", f"The embedded {child.name} does not answer; see {log_path}")
