"""Uploads: where each photo stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from capture.events.base import Kind
from capture.exif import Location
from capture.image import DocumentFacts
from capture.job import UploadState
from storage.db import Connection
from storage.objects import ObjectHead
from storage.queries import Place, after, load

SQL = load("uploads")


@dataclass(frozen=True)
class Known:
    """What intake needs of a row it has locked."""

    id: UUID
    state: UploadState
    etag: str | None


@dataclass(frozen=True)
class Job:
    """A claimed upload. `attempt` is the fencing number, `tries` counts since it was queued on purpose."""

    tenant_id: UUID
    id: UUID
    vehicle_id: UUID
    bucket: str
    object_key: str
    object_version: str | None
    etag: str | None
    size_bytes: int | None
    attempt: int
    tries: int
    hint_kind: Kind | None
    declared_size_bytes: int | None
    declared_sha256: str | None
    device: dict[str, Any]
    phone_captured_at: datetime | None
    phone_location: dict[str, Any] | None
    created_at: datetime
    created_by: UUID | None


@dataclass(frozen=True)
class UploadRow:
    """An upload as people see it."""

    id: UUID
    vehicle_id: UUID
    vehicle: str
    object_key: str
    source: str
    hint_kind: Kind | None
    state: UploadState
    size_bytes: int | None
    content_type: str | None
    sha256: str | None
    captured_at: datetime | None
    tries: int
    error_code: str | None
    error_message: str | None
    overwritten_at: datetime | None
    created_at: datetime
    state_changed_at: datetime
    read_ms: int | None
    """How long the last engine took, milliseconds."""


@dataclass(frozen=True)
class PhotoPlace:
    """Where an upload's photo lies. `landed`: it has been seen there."""

    bucket: str
    object_key: str
    object_version: str | None
    content_type: str | None
    landed: bool
    created_by: UUID | None


@dataclass(frozen=True)
class Announcement:
    """What the phone says before it sends."""

    vehicle_id: UUID
    size_bytes: int
    content_type: str
    hint_kind: Kind | None = None
    sha256: str | None = None
    device: dict[str, Any] | None = None
    captured_at: datetime | None = None
    location: Location | None = None


def insert_expected(tx: Connection, upload_id: UUID, bucket: str, key: str, said: Announcement) -> None:
    """Write the row of an upload that was announced."""
    tx.execute(
        SQL["insert_expected"],
        {
            "id": upload_id,
            "vehicle_id": said.vehicle_id,
            "bucket": bucket,
            "object_key": key,
            "hint_kind": said.hint_kind,
            "declared_size_bytes": said.size_bytes,
            "declared_sha256": said.sha256,
            "content_type": said.content_type,
            "device": Jsonb(said.device or {}),
            "phone_captured_at": said.captured_at,
            "phone_location": None if said.location is None else Jsonb(said.location.model_dump(exclude_none=True)),
        },
    )


def announced_before(tx: Connection, said: Announcement) -> tuple[UUID, str] | None:
    """Return upload and key of the same photo if the same person announced it for the same vehicle, and it is no loss.

    Who announces the same photo at this moment waits. None where the phone does not say its SHA-256.
    """
    if said.sha256 is None:
        return None
    announced = {
        "vehicle_id": said.vehicle_id,
        "sha256": said.sha256,
        "size_bytes": said.size_bytes,
        "hint_kind": said.hint_kind,
    }
    tx.execute(SQL["lock_announcement"], announced)
    row = tx.execute(SQL["announced_before"], announced).fetchone()
    return None if row is None else (row[0], row[1])


def insert_dropped(tx: Connection, upload_id: UUID, vehicle_id: UUID, bucket: str, key: str) -> None:
    """Write the row of an object that was not announced, unless it is there."""
    tx.execute(SQL["insert_dropped"], {"id": upload_id, "vehicle_id": vehicle_id, "bucket": bucket, "object_key": key})


def lock_by_key(tx: Connection, bucket: str, key: str) -> Known | None:
    """Lock and return the upload of an object."""
    with tx.cursor(row_factory=class_row(Known)) as cursor:
        return cursor.execute(SQL["lock_by_key"], {"bucket": bucket, "object_key": key}).fetchone()


def land(tx: Connection, upload_id: UUID, head: ObjectHead) -> None:
    """Note that the object is there, and that its job is queued."""
    tx.execute(
        SQL["land"],
        {"id": upload_id, "version": head.version, "etag": head.etag, "size_bytes": head.size_bytes},
    )


def mark_overwritten(tx: Connection, upload_id: UUID) -> None:
    """Note that another object lies under the upload's key now."""
    tx.execute(SQL["mark_overwritten"], {"id": upload_id})


def mark_unqueued(tx: Connection, ids: list[UUID]) -> None:
    """Note that the broker did not take the jobs."""
    tx.execute(SQL["mark_unqueued"], {"ids": ids})


def claim(tx: Connection, upload_id: UUID, lease_s: float) -> Job | None:
    """Take the job; None if it is final, or in somebody's hands."""
    with tx.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(SQL["claim"], {"id": upload_id, "lease_s": lease_s}).fetchone()


def renew_lease(tx: Connection, job: Job, lease_s: float) -> bool:
    """Give a sign of life; False if the job is not ours any more."""
    answer = tx.execute(SQL["renew_lease"], {"id": job.id, "attempt": job.attempt, "lease_s": lease_s})
    return answer.rowcount == 1


def lock_attempt(tx: Connection, job: Job) -> bool:
    """Lock the upload; False if the job is not ours any more."""
    return tx.execute(SQL["lock_attempt"], {"id": job.id, "attempt": job.attempt}).fetchone() is not None


def finish(
    tx: Connection,
    job: Job,
    state: UploadState,
    facts: DocumentFacts | None = None,
    error: tuple[str, str] | None = None,
) -> None:
    """Move a locked upload to a final state. `error`: code and message."""
    place = None if facts is None or facts.location is None else facts.location
    tx.execute(
        SQL["finish"],
        {
            "id": job.id,
            "state": state,
            "error_code": None if error is None else error[0],
            "error_message": None if error is None else error[1],
            "content_type": None if facts is None else facts.content_type,
            "sha256": None if facts is None else facts.sha256,
            "perceptual_hash": None if facts is None else facts.perceptual_hash,
            "captured_at": facts.captured_at if facts is not None and facts.captured_at_has_offset else None,
            "location": None if place is None else Jsonb(place.model_dump(exclude_none=True)),
        },
    )


def release(tx: Connection, job: Job, delay_s: float, error: tuple[str, str], *, counts: bool = True) -> None:
    """Give a locked job back, to be tried again after `delay_s`. `counts`: it is one of its tries."""
    tx.execute(
        SQL["release"],
        {
            "id": job.id,
            "delay_s": delay_s,
            "tries_back": 0 if counts else 1,
            "error_code": error[0],
            "error_message": error[1],
        },
    )


def requeue_lost(tx: Connection, ids: list[UUID], requeue_after_s: float) -> list[UUID]:
    """Queue what is still stuck; return it."""
    rows = tx.execute(SQL["requeue_lost"], {"ids": ids, "requeue_after_s": requeue_after_s}).fetchall()
    return [row[0] for row in rows]


def requeue_final(tx: Connection, ids: list[UUID]) -> list[UUID]:
    """Queue final uploads again; return those that were final."""
    return [row[0] for row in tx.execute(SQL["requeue_final"], {"ids": ids}).fetchall()]


def close_expected(tx: Connection, ids: list[UUID], message: str) -> None:
    """Close uploads that never landed."""
    tx.execute(SQL["close_expected"], {"ids": ids, "message": message})


def known(tx: Connection, bucket: str, keys: list[str]) -> dict[str, str | None]:
    """Return the ETags, by key, of the objects that have been taken in; None for overwritten ones."""
    return dict(tx.execute(SQL["known"], {"bucket": bucket, "keys": keys}).fetchall())


def get(tx: Connection, upload_id: UUID) -> UploadRow | None:
    """Return one upload."""
    with tx.cursor(row_factory=class_row(UploadRow)) as cursor:
        return cursor.execute(SQL["get"], {"id": upload_id}).fetchone()


def announced(tx: Connection, upload_id: UUID) -> tuple[str, int, str] | None:
    """Return key, size in bytes and type of an upload that was announced."""
    row = tx.execute(SQL["announced"], {"id": upload_id}).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def photo(tx: Connection, upload_id: UUID) -> PhotoPlace | None:
    """Return where an upload's photo lies, and who announced it."""
    with tx.cursor(row_factory=class_row(PhotoPlace)) as cursor:
        return cursor.execute(SQL["photo"], {"id": upload_id}).fetchone()


def find(
    tx: Connection,
    *,
    states: list[str] | None = None,
    vehicle_id: UUID | None = None,
    ids: list[UUID] | None = None,
    kind: str | None = None,
    sha256: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    place: Place | None = None,
    limit: int = 100,
) -> list[UploadRow]:
    """Return uploads, newest first. `since`, `until`: from and before when they came. `place`: begin after it."""
    with tx.cursor(row_factory=class_row(UploadRow)) as cursor:
        return cursor.execute(
            SQL["find"],
            {
                "states": states,
                "vehicle_id": vehicle_id,
                "ids": ids,
                "kind": kind,
                "sha256": sha256,
                "since": since,
                "until": until,
                **after(place),
                "limit": limit,
            },
        ).fetchall()
