"""The database is the truth: what is stuck is queued again, and what was never announced is taken in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from capture.errors import ADVICE, CaptureError, TriggerError, frames
from capture.reading import Frozen
from capture.trigger import Upload, place_of
from storage.db import SYSTEM
from storage.objects import ObjectHead
from storage.queries import sweep as queries
from storage.queries import uploads
from worker import delivering, once
from worker.intake import enqueue, take_in
from worker.pulse import Look
from worker.services import Services

log = logging.getLogger(__name__)


class Swept(Frozen):
    """What one look found."""

    requeued: int = 0
    closed: int = 0
    announced: int = 0
    strays: int = 0
    told: int = 0


def sweep(services: Services, *, listing: bool = True) -> Swept:
    """Look once at everything; safe to run at any time, and several at once.

    `listing`: look through the bucket and send what webhooks wait for too; `run_forever` does both beside it.
    Raises: UnavailableError.
    """
    requeued = requeue_stuck(services)
    closed = close_never_landed(services)
    announced, strays = announce_unknown(services) if listing else (0, 0)
    with services.db.ops_tx() as tx:
        queries.create_partitions(tx)
    once.forget(services)
    delivering.forget(services)
    told = delivering.deliver_due(services) if listing else 0
    look = Look(at=datetime.now(UTC), requeued=requeued, closed=closed, announced=announced)
    services.queue.pulse.swept(look)
    return Swept(requeued=requeued, closed=closed, announced=announced, strays=strays, told=told)


def requeue_stuck(services: Services) -> int:
    """Queue what was received but never queued, queued but lost, or given up by a dead worker."""
    depth = services.queue.depth()
    after_s = services.settings.requeue_after_s
    with services.db.ops_tx() as tx:
        messages_lost = depth < queries.unfinished(tx)
        found = queries.stuck(tx, messages_lost=messages_lost, requeue_after_s=after_s)
    count = 0
    for tenant_id, upload_ids in found.items():
        with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
            taken = uploads.requeue_lost(tx, upload_ids, after_s)
        enqueue(services, tenant_id, taken)
        count += len(taken)
    return count


def close_never_landed(services: Services) -> int:
    """Close announced uploads that did not come within their time; take in those that did, unnoticed."""
    with services.db.ops_tx() as tx:
        found = queries.never_landed(tx, services.settings.expected_ttl_s)
    if found:
        services.objects.check()  # in a bucket that is not there, nothing has landed
    count = 0
    for tenant_id, upload_ids in found.items():
        with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
            rows = uploads.find(tx, ids=upload_ids, limit=len(upload_ids))
        absent = [row.id for row in rows if _take_in_key(services, row.object_key) == "absent"]
        with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
            uploads.close_expected(tx, absent, f"The photo never came. {ADVICE['object_not_landed']}")
        count += len(absent)
    return count


def announce_unknown(services: Services, stopped: threading.Event | None = None) -> tuple[int, int]:
    """Take in every object of the bucket that is not known; return how many, and how many strays."""
    announced = strays = 0
    for page in services.objects.list():
        if stopped is not None and stopped.is_set():
            break
        for tenant_id, heads in _by_tenant(page).items():
            unknown = heads if tenant_id is None else _unknown(services, tenant_id, heads)
            for head in unknown:
                outcome = _take_in_key(services, head.key)
                announced += outcome == "queued"
                strays += outcome == "stray"
    return announced, strays


def run_forever(services: Services, stopped: threading.Event) -> None:
    """Sweep again and again until `stopped`; what may take long has a thread of its own: the bucket, and webhooks."""
    settings = services.settings
    looks: tuple[tuple[str, Callable[[], object], float], ...] = (
        ("listing", lambda: announce_unknown(services, stopped), settings.bucket_listing_interval_s),
        ("webhooks", lambda: delivering.deliver_due(services, stopped), delivering.PAUSE_S),
    )
    beside = [
        threading.Thread(target=_again_and_again, args=(look, pause_s, stopped), name=name)
        for name, look, pause_s in looks
    ]
    for thread in beside:
        thread.start()
    _again_and_again(lambda: sweep(services, listing=False), settings.sweep_interval_s, stopped)
    for thread in beside:
        thread.join()


def _again_and_again(look: Callable[[], object], pause_s: float, stopped: threading.Event) -> None:
    """Look until `stopped`; whatever goes wrong, the next look is taken."""
    while not stopped.is_set():
        try:
            log.info("sweep: %s", look())
        except CaptureError as error:
            log.warning("sweep: %s", error.message)
        except Exception as error:  # noqa: BLE001 (a listener: it must outlive everything)
            log.error("sweep: %s%s", type(error).__name__, frames(error))
        stopped.wait(pause_s)


def _take_in_key(services: Services, key: str) -> str:
    return take_in(services, Upload(bucket=services.settings.s3_bucket, keys=(key,))).outcome


def _by_tenant(heads: list[ObjectHead]) -> dict[UUID | None, list[ObjectHead]]:
    """Group objects by the tenant in their keys; None for keys that name no tenant."""
    found: dict[UUID | None, list[ObjectHead]] = {}
    for head in heads:
        try:
            tenant_id: UUID | None = place_of(head.key).tenant_id
        except TriggerError:
            tenant_id = None
        found.setdefault(tenant_id, []).append(head)
    return found


def _unknown(services: Services, tenant_id: UUID, heads: list[ObjectHead]) -> list[ObjectHead]:
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        known = uploads.known(tx, services.settings.s3_bucket, [head.key for head in heads])
    return [head for head in heads if known.get(head.key, "") not in (None, head.etag)]
