"""Signs of life of the workers and the sweep, in Redis: losing them loses nothing."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import dramatiq
import redis

from capture.errors import UnavailableError

log = logging.getLogger(__name__)

WORKERS = "motomind:workers"
SWEEP = "motomind:sweep"

BEAT_S = 5.0
SILENT_S = 15.0
"""Who has given no sign for so long counts as gone: three beats."""

KEEP_S = 7 * 86_400


@dataclass(frozen=True)
class Look:
    """The sweep's last look through all tenants' uploads, and what it mended."""

    at: datetime
    requeued: int = 0
    closed: int = 0
    announced: int = 0


class Pulse:
    """Gives and counts signs of life."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def beat(self, name: str) -> None:
        """Give a worker's sign of life.

        Raises: UnavailableError (`redis_unavailable`).
        """
        now = time.time()
        self._ask(lambda: self._client.zadd(WORKERS, {name: now}))
        self._ask(lambda: self._client.zremrangebyscore(WORKERS, 0, now - KEEP_S))

    def workers(self) -> int:
        """Return how many workers have given a sign of life lately.

        Raises: UnavailableError (`redis_unavailable`).
        """
        return int(self._ask(lambda: self._client.zcount(WORKERS, time.time() - SILENT_S, "+inf")))

    def swept(self, look: Look) -> None:
        """Note the sweep's look.

        Raises: UnavailableError (`redis_unavailable`).
        """
        said = json.dumps({**asdict(look), "at": look.at.isoformat()})
        self._ask(lambda: self._client.set(SWEEP, said, ex=KEEP_S))

    def last_look(self) -> Look | None:
        """Return the sweep's last look; None where there was none within a week.

        Raises: UnavailableError (`redis_unavailable`).
        """
        said = self._ask(lambda: self._client.get(SWEEP))
        if said is None:
            return None
        found = json.loads(said)
        return Look(**{**found, "at": datetime.fromisoformat(found["at"]).astimezone(UTC)})

    @staticmethod
    def _ask(question: Any) -> Any:
        try:
            return question()
        except (redis.RedisError, OSError) as error:
            raise UnavailableError("redis_unavailable", "The queue's server does not answer") from error


class Beating(dramatiq.Middleware):
    """Lets a worker process give signs of life for as long as it takes messages."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._stopped = threading.Event()

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:  # noqa: ARG002 (their form)
        """Begin."""
        threading.Thread(target=self._go_on, name="pulse", daemon=True).start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:  # noqa: ARG002
        """End."""
        self._stopped.set()

    def _go_on(self) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}"
        while not self._stopped.is_set():
            try:
                self._pulse.beat(name)
            except UnavailableError as error:
                log.warning("pulse: %s", error.message)
            self._stopped.wait(BEAT_S)
