"""The queue. Messages carry ids alone; losing them all costs time and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerError
from dramatiq.message import Message

from capture.errors import UnavailableError
from worker.pulse import Pulse

QUEUE = "reading"
ACTOR = "read_upload"

HEARTBEAT_TIMEOUT_MS = 15_000
"""A worker that is silent for this long gives its messages back. Dramatiq's own default is 60 s."""

MAINTENANCE_CHANCE = 50_000
"""Of a million commands, so many look for silent workers. Dramatiq's own default is 1,000: minutes may pass."""


def make_broker(redis_url: str) -> RedisBroker:
    """Return the broker, and make it Dramatiq's global one. Connects at first use."""
    broker: RedisBroker = RedisBroker(  # type: ignore[no-untyped-call]
        url=redis_url,
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
        socket_connect_timeout=5.0,
        socket_timeout=30.0,
    )
    dramatiq.set_broker(broker)
    return broker


class Queue:
    """Sends jobs, without knowing the code that does them: so a web process needs no engine."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker
        self._broker.declare_queue(QUEUE)

    def send(self, tenant_id: UUID, upload_id: UUID) -> None:
        """Queue the job of an upload.

        Raises: UnavailableError (`redis_unavailable`).
        """
        message: Message[Any] = Message(
            queue_name=QUEUE, actor_name=ACTOR, args=(str(tenant_id), str(upload_id)), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except (BrokerError, redis.RedisError, OSError) as error:
            raise UnavailableError("redis_unavailable", "The queue does not take the job") from error

    def server_version(self) -> tuple[int, ...]:
        """Return the server's version; of a Valkey server, the Redis version that it is compatible with.

        Raises: UnavailableError (`redis_unavailable`).
        """
        try:
            told = self._broker.client.info("server")["redis_version"]
        except (redis.RedisError, OSError) as error:
            raise UnavailableError("redis_unavailable", "The queue does not answer") from error
        return tuple(int(part) for part in str(told).split(".") if part.isdigit())

    @property
    def pulse(self) -> Pulse:
        """Signs of life of those who work on the queue."""
        return Pulse(self._broker.client)

    def depth(self) -> int:
        """Return how many messages wait, not counting those that workers hold.

        Raises: UnavailableError (`redis_unavailable`).
        """
        try:
            return int(self._broker.client.llen(f"{self._broker.namespace}:{QUEUE}"))
        except (redis.RedisError, OSError) as error:
            raise UnavailableError("redis_unavailable", "The queue does not answer") from error
