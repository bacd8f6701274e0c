"""Dramatiq's side of the flow: `dramatiq worker.actors:setup` runs it. Actors are plain functions."""

from __future__ import annotations

import atexit
import logging
import os
from uuid import UUID

import dramatiq

from capture.errors import CaptureError, ExtractorError, frames
from capture.settings import Settings, load
from extractors import check_engine
from extractors.reader import Reader
from worker.broker import ACTOR, QUEUE, make_broker
from worker.parent import end_with_supervisor
from worker.pipeline import read_upload
from worker.pulse import Beating, Pulse
from worker.services import Services

log = logging.getLogger(__name__)

MAX_RETRIES = 8
"""For failures that could not even be written down (the database is away); 1, 2, 4 ... 60 s apart."""


def setup() -> None:
    """Make the broker and declare the actor, from `CAPTURE_*` in the environment."""
    declare(load(os.environ))


def declare(settings: Settings) -> dramatiq.Actor[[str, str], None]:
    """Declare the actor that reads uploads; one reading process for each worker process."""
    end_with_supervisor()
    for name in settings.engines:
        check_engine(name)
    broker = make_broker(settings.redis_url.get_secret_value())
    broker.add_middleware(Beating(Pulse(broker.client)))
    services = Services(settings)
    reader = Reader(settings)
    atexit.register(reader.close)

    @dramatiq.actor(
        broker=broker,
        actor_name=ACTOR,
        queue_name=QUEUE,
        max_retries=MAX_RETRIES,
        min_backoff=1_000,
        max_backoff=60_000,
        time_limit=int(settings.read_timeout_s * 3_000) + 300_000,
    )
    def actor(tenant_id: str, upload_id: str) -> None:
        try:
            read_upload(services, reader, UUID(tenant_id), UUID(upload_id))
        except CaptureError:
            raise
        except Exception as error:  # noqa: BLE001 (the edge of the worker)
            log.error("unforeseen: %s%s", type(error).__name__, frames(error))
            raise ExtractorError("internal", f"Reading ended with {type(error).__name__}") from None

    return actor
