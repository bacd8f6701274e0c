"""Processes that `capture up` runs end with it, even when it is killed and cannot stop them."""

from __future__ import annotations

import os
import threading
import time

import psutil

VARIABLE = "SUPERVISED_BY"
"""Set by `supervise` for its processes; not a setting."""

LOOK_EVERY_S = 1.0


def end_with_supervisor() -> None:
    """Watch the supervising process, if there is one, and end this one at once when it is gone."""
    pid = os.environ.get(VARIABLE)
    if pid is not None:
        threading.Thread(target=_watch, args=(int(pid),), name="supervisor-watch", daemon=True).start()


def _watch(pid: int) -> None:
    try:
        supervisor = psutil.Process(pid)
        while supervisor.is_running() and supervisor.status() != psutil.STATUS_ZOMBIE:
            time.sleep(LOOK_EVERY_S)
    except psutil.NoSuchProcess:
        pass
    os._exit(1)
