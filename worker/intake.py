"""Upload -> row -> after commit: a message that carries ids alone.

All triggers lead here. A notification is a hint, delivered zero, one or many times and in any order: the
object itself (by HEAD) and the row under its lock decide.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from capture.errors import ADVICE, ConflictError, NotFoundError, TriggerError, UnavailableError
from capture.trigger import Upload, photo_key, place_of
from storage.db import SYSTEM, Actor, Connection
from storage.ids import new_id
from storage.objects import ObjectHead
from storage.queries import sweep as sweep_queries
from storage.queries import tenants, uploads
from worker.services import Services

log = logging.getLogger(__name__)

SUFFIX = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "application/pdf": ".pdf",
    "text/csv": ".csv",
    "application/gpx+xml": ".gpx",
    "application/json": ".json",
    "text/plain": ".txt",
}
"""The types that may be announced; what the bytes really are is found out when they are read."""

Outcome = Literal["queued", "known", "overwritten", "absent", "stray"]


class Taken(NamedTuple):
    """What became of one announcement. `reason` is an error code where the object is a stray."""

    outcome: Outcome
    upload_id: UUID | None = None
    reason: str | None = None


class Expected(NamedTuple):
    """An announced upload and where to PUT it."""

    upload_id: UUID
    url: str
    headers: dict[str, str]


def expect(services: Services, tenant_id: UUID, actor: Actor, said: uploads.Announcement) -> Expected:
    """Write the row of an upload that a phone announces; return where the phone puts the photo.

    A phone that tries again, with the same SHA-256, gets the upload it announced before: sent twice, it is still one.
    Raises: NotFoundError (`vehicle_unknown`).
    """
    upload_id = new_id()
    key = photo_key(tenant_id, said.vehicle_id, upload_id, datetime.now(UTC), SUFFIX[said.content_type])
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if tenants.vehicle(tx, said.vehicle_id) is None:
            raise NotFoundError("vehicle_unknown", "There is no such vehicle")
        before = uploads.announced_before(tx, said)
        if before is None:
            uploads.insert_expected(tx, upload_id, services.settings.s3_bucket, key, said)
        else:
            upload_id, key = before
    return _expected(services, upload_id, key, said.size_bytes, said.content_type)


def expected_again(services: Services, tenant_id: UUID, actor: Actor, upload_id: UUID) -> Expected:
    """Return anew where the phone puts the photo of an upload that it has announced.

    Raises: NotFoundError (`upload_unknown`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        said = uploads.announced(tx, upload_id)
    if said is None:
        raise NotFoundError("upload_unknown", "Nobody has announced such an upload")
    return _expected(services, upload_id, *said)


def _expected(services: Services, upload_id: UUID, key: str, size_bytes: int, content_type: str) -> Expected:
    url = services.objects.presign_put(key, size_bytes, content_type)
    return Expected(upload_id, url, {"Content-Type": content_type, "Content-Length": str(size_bytes)})


def complete(services: Services, tenant_id: UUID, actor: Actor, upload_id: UUID, *, own: bool = False) -> Taken:
    """Take in an upload of which the phone says that it has been sent. `own`: others' look as if there were none.

    Raises: NotFoundError (`upload_unknown`), ConflictError (`object_not_landed`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        row = uploads.get(tx, upload_id)
        place = uploads.photo(tx, upload_id)
    if row is None or place is None or (own and place.created_by != actor.user_id):
        raise NotFoundError("upload_unknown", "There is no such upload")
    taken = take_in(services, Upload(bucket=services.settings.s3_bucket, keys=(row.object_key,)))
    if taken.outcome == "absent" and row.size_bytes is None:
        raise ConflictError("object_not_landed", "The photo is not in the bucket yet")
    return taken


def take_in(services: Services, upload: Upload) -> Taken:
    """Make sure that an object has its row and its job; safe to repeat and to run in parallel.

    Objects of nobody we know are reported as strays, never guessed at.
    Raises: UnavailableError; the sweep finds the object later.
    """
    if upload.bucket != services.settings.s3_bucket:
        return _stray(services, upload.bucket, upload.keys[0], "bucket_wrong")
    refusals = []
    for key in upload.keys:
        try:
            place = place_of(key)
        except TriggerError as error:
            refusals.append(error.code)
            continue
        head = services.objects.head(key, upload.version)
        if head is not None:
            return _take_in_object(services, place.tenant_id, place.vehicle_id, head)
    if len(refusals) == len(upload.keys):
        return _stray(services, upload.bucket, upload.keys[0], refusals[0])
    return Taken("absent")


def _take_in_object(services: Services, tenant_id: UUID, vehicle_id: UUID, head: ObjectHead) -> Taken:
    bucket = services.settings.s3_bucket
    dropped = False
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        known = uploads.lock_by_key(tx, bucket, head.key)
        if known is None:
            reason = _unknown(tx, vehicle_id)
            dropped = reason is None
            if dropped:
                uploads.insert_dropped(tx, new_id(), vehicle_id, bucket, head.key)
                known = uploads.lock_by_key(tx, bucket, head.key)
        if known is not None:
            if known.etag is not None:
                if known.etag == head.etag:
                    return Taken("known", known.id)
                uploads.mark_overwritten(tx, known.id)
                return Taken("overwritten", known.id)
            uploads.land(tx, known.id, head)
    if known is None:
        assert reason is not None
        return _stray(services, bucket, head.key, reason)
    if dropped:
        with services.db.ops_tx() as tx:
            sweep_queries.forget_stray(tx, bucket, head.key)
    enqueue(services, tenant_id, [known.id])
    return Taken("queued", known.id)


def enqueue(services: Services, tenant_id: UUID, upload_ids: list[UUID]) -> None:
    """Send the jobs of uploads whose rows say `queued`; if the queue is away, note it for the sweep."""
    try:
        for upload_id in upload_ids:
            services.queue.send(tenant_id, upload_id)
    except UnavailableError as error:
        log.warning("not queued yet: %s", error.code)
        with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
            uploads.mark_unqueued(tx, upload_ids)


def _unknown(tx: Connection, vehicle_id: UUID) -> str | None:
    """Return why an object belongs to nobody we know, or None."""
    if not tenants.tenant_known(tx):
        return "tenant_unknown"
    return None if tenants.vehicle(tx, vehicle_id) else "vehicle_unknown"


def _storable(text: str) -> str:
    """Return text as PostgreSQL keeps it: without NUL and lone surrogates."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _stray(services: Services, bucket: str, key: str, reason: str) -> Taken:
    assert reason in ADVICE
    with services.db.ops_tx() as tx:
        sweep_queries.report_stray(tx, _storable(bucket)[:255], _storable(key)[:1024], reason)
    log.info("stray object: %s", reason)
    return Taken("stray", None, reason)
