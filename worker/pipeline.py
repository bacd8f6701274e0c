"""THE FLOW, top to bottom: a claimed upload becomes events, once, or an error that says what to do."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from capture.duplicates import Look
from capture.errors import (
    CaptureError,
    ConfigError,
    ConflictError,
    ExtractorError,
    ImageError,
    NotFoundError,
    UnavailableError,
)
from capture.events.base import Hint
from capture.job import OUTAGE_PAUSE_S, UploadState, retry_delay_s
from extractors.reader import Reader
from storage.db import WORKER
from storage.objects import ObjectHead
from storage.queries import tenants, uploads
from worker import history, recording, related
from worker.comparing import compare_photos
from worker.examine import Examined, ReadingFailedError, examine
from worker.lease import kept_alive
from worker.policies import engine_policy
from worker.services import Services
from worker.trusting import load_trust

log = logging.getLogger(__name__)

EASTERNMOST = timedelta(hours=14)
"""The offset of the zone where a day begins first."""


def read_upload(services: Services, reader: Reader, tenant_id: UUID, upload_id: UUID) -> None:
    """Read one upload and write what it says. Does nothing if the job is done, or in other hands."""
    with services.db.tenant_tx(tenant_id, WORKER) as tx:
        job = uploads.claim(tx, upload_id, services.settings.lease_s)
        if job is None:
            return
        vehicle = tenants.vehicle(tx, job.vehicle_id)
        vision, policy = engine_policy(tx, services.settings)
        trust = load_trust(tx, services.settings)
    hint = Hint(
        kind=job.hint_kind,
        vehicle_unit=None if vehicle is None else vehicle.odometer_unit,
        trip_unit=services.settings.trip_unit,
        received_on=(job.created_at.astimezone(UTC) + EASTERNMOST).date(),
    )
    try:
        if job.tries > services.settings.max_attempts:
            raise ExtractorError("attempts_exhausted", f"Reading was begun {job.tries - 1} times and never ended")
        with kept_alive(services, job):
            data = fetch(services, job)
            first = job.tries == 1  # a search that ended the reading process must not cost the display's reading again
            examined = examine(
                data,
                hint,
                reader,
                trust,
                job.created_at,
                job.phone_captured_at,
                expect=history.expectation(services, job) if trust.judges_with_history else None,
                vision=vision,
                warnings=first,
                policy=policy,
            )
        record(services, reader, job, examined, data)
    except CaptureError as error:
        give_up(services, job, error)


def fetch(services: Services, job: uploads.Job) -> bytes:
    """Get the photo, and check that it is the one that was announced.

    Raises: NotFoundError (`object_gone`), ConflictError (`object_mismatch`), ImageError, UnavailableError.
    """
    head = ObjectHead(job.object_key, job.size_bytes or 0, job.etag or "", job.object_version)
    data = services.objects.get(head, services.settings.max_bytes, job.bucket)
    if job.declared_size_bytes is not None and job.declared_size_bytes != len(data):
        raise ConflictError("object_mismatch", f"{job.declared_size_bytes:,} bytes were announced, {len(data):,} came")
    if job.declared_sha256 is not None and job.declared_sha256 != hashlib.sha256(data).hexdigest():
        raise ConflictError("object_mismatch", "The photo's SHA-256 is not the announced one")
    return data


def record(services: Services, reader: Reader, job: uploads.Job, examined: Examined, data: bytes) -> None:
    """Write what was found; pictures that could be the same one are compared before."""
    looks: dict[UUID, Look] = {}
    while True:
        try:
            return _write(services, job, examined, looks)
        except related.LooksNeededError as needed:
            with kept_alive(services, job):
                looks |= compare_photos(services, reader, data, needed.photos)


def _write(services: Services, job: uploads.Job, examined: Examined, looks: dict[UUID, Look]) -> None:
    """Write runs, events, reasons, stream entries and the upload's state: together, and only if the job is ours.

    Raises: LooksNeededError, having written nothing.
    """
    with services.db.tenant_tx(job.tenant_id, WORKER) as tx:
        if not uploads.lock_attempt(tx, job):
            log.info("taken over meanwhile: upload %s", job.id)
            return
        run_ids = recording.write_runs(tx, job, examined.attempts, examined, _said(services, job))
        written = recording.write_events(tx, job, examined, run_ids)
        state: UploadState = "recorded" if examined.events or written.had_events else "unrecognised"
        remark = None if state == "recorded" else examined.remark
        seen = None if remark is None else (remark.code, remark.sentence)
        uploads.finish(tx, job, state, examined.facts, seen)
        affected = related.relate(tx, services.settings, list(written.event_ids), looks, effects=written.effects)
        history.log_effects(tx, job.vehicle_id, "recorded", affected)
    log.info("upload %s: %s", job.id, state)


def give_up(services: Services, job: uploads.Job, error: CaptureError) -> None:
    """Note a failed attempt: rejected if the photo is at fault, again later if it may pass, else failed.

    An outage, or a setting that is wrong, is nobody's try: the photo waits until it is over.
    """
    with services.db.tenant_tx(job.tenant_id, WORKER) as tx:
        if not uploads.lock_attempt(tx, job):
            return
        facts = error.facts if isinstance(error, ReadingFailedError) else None
        if isinstance(error, ReadingFailedError):
            recording.write_runs(tx, job, error.attempts, None, _said(services, job))
        said = (error.code, error.message)
        if isinstance(error, ImageError | NotFoundError | ConflictError):
            uploads.finish(tx, job, recording.final_state(tx, job, "rejected"), facts, said)
        elif isinstance(error, UnavailableError | ConfigError):
            uploads.release(tx, job, OUTAGE_PAUSE_S, said, counts=False)
        elif error.may_pass and job.tries < services.settings.max_attempts:
            uploads.release(tx, job, retry_delay_s(job.tries), said)
        else:
            uploads.finish(tx, job, recording.final_state(tx, job, "failed"), facts, said)
    log.warning("upload %s: %s on try %d", job.id, error.code, job.tries)


def _said(services: Services, job: uploads.Job) -> dict[str, Any]:
    """Return what a run was asked to do, as it is kept beside what it found."""
    settings = services.settings
    return {"kind": job.hint_kind, "max_pages": settings.max_pages}
