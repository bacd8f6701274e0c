"""Uploads: announce a photo, say that it was sent, see what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from capture.errors import ImageError, NotFoundError
from capture.events.base import Kind
from capture.exif import Location
from capture.files import FileType
from capture.job import UploadState
from storage.db import Actor
from storage.objects import PHOTO_TTL_S
from storage.queries import Place as ListPlace
from storage.queries import audit
from storage.queries import events as event_queries
from storage.queries import uploads as queries
from web.answers import Problem, said_of
from web.api.events import EventOut, events_out
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from web.once import OnceDep
from web.openapi import answers
from web.paging import Cursor, Limit, Page, page, place
from web.values import Moment, Short, Since, Until
from worker.intake import SUFFIX, complete, expect, expected_again
from worker.photos import photo_url
from worker.rerun import retry
from worker.services import Services

router = APIRouter(prefix="/v1", tags=["uploads"])

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

CREATES = ("vehicle_unknown", "image_too_large", "text_too_large", "image_unsupported")
ONCE = ("idempotency_key_busy", "idempotency_key_reused")


class Device(BaseModel):
    """What the phone says of itself."""

    model_config = ConfigDict(extra="forbid")

    user_agent: Short | None = None
    platform: Short | None = None
    app_version: Short | None = None


class Place(BaseModel):
    """Where the phone is, WGS 84 degrees."""

    model_config = ConfigDict(extra="forbid")

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy_meters: float | None = Field(default=None, ge=0, le=1e8)


class NewUpload(BaseModel):
    """What a phone says before it sends a photo."""

    model_config = ConfigDict(extra="forbid")

    vehicle_id: UUID
    size_bytes: int = Field(ge=1)
    content_type: Short
    kind: Kind | None = None
    sha256: Digest | None = None
    device: Device | None = None
    captured_at: Moment | None = None
    location: Place | None = None


class UploadTicket(BaseModel):
    """Where to PUT the photo: exactly so many bytes, with exactly these headers."""

    upload_id: UUID
    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_in_s: int


class UploadOut(BaseModel):
    """An upload. `error_code` and `error_message` say what to do where it was rejected or failed."""

    id: UUID
    vehicle_id: UUID
    vehicle: str
    state: UploadState
    kind: Kind | None
    source: str
    size_bytes: int | None
    content_type: str | None
    sha256: str | None
    captured_at: datetime | None
    error_code: str | None
    error_message: str | None
    overwritten_at: datetime | None
    created_at: datetime
    state_changed_at: datetime
    read_ms: int | None


class UploadWithEvents(UploadOut):
    """An upload and what it has yielded."""

    events: list[EventOut]


class NewUploads(BaseModel):
    """What a phone says before it sends several photos."""

    model_config = ConfigDict(extra="forbid")

    uploads: list[NewUpload] = Field(min_length=1, max_length=100)


class Announced(BaseModel):
    """What came of one announcement of several: a ticket, or the problem with it."""

    ticket: UploadTicket | None = None
    problem: Problem | None = None


class AnnouncedAll(BaseModel):
    """What came of each announcement, in their order."""

    items: list[Announced]


class PhotoOut(BaseModel):
    """Where a photo can be seen, for `expires_in_s` seconds. `content_type`: null until the bytes were looked at."""

    url: str
    expires_in_s: int
    content_type: str | None


@router.post("/uploads", status_code=201, responses=answers(*CREATES, *ONCE))
def announce(
    request: Request, services: ServicesDep, caller: WriterDep, said: NewUpload, once: OnceDep
) -> UploadTicket:
    """Announce a photo; answer where to PUT it. The photo itself never passes through here.

    Who announces the same `sha256` for the same vehicle again gets the same upload; so does who repeats the request
    with its `Idempotency-Key`, with a fresh URL.
    """
    actor = actor_of(request, caller)
    made = once.do(lambda: {"upload_id": str(_announce(services, caller.tenant_id, actor, said))})
    return _ticket(services, caller.tenant_id, actor, UUID(made["upload_id"]))


@router.post("/uploads/batch", responses=answers(*ONCE))
def announce_all(
    request: Request, services: ServicesDep, caller: WriterDep, said: NewUploads, once: OnceDep
) -> AnnouncedAll:
    """Announce up to 100 photos at once, as a phone does that was offline; one that is refused holds up no other."""
    actor = actor_of(request, caller)

    def one(announced: NewUpload) -> dict[str, Any]:
        try:
            return {"upload_id": str(_announce(services, caller.tenant_id, actor, announced))}
        except (ImageError, NotFoundError) as error:
            return {"problem": said_of(error.http_status, error.code, error.message).model_dump()}

    made = once.do(lambda: {"items": [one(announced) for announced in said.uploads]})
    found = [
        Announced(ticket=_ticket(services, caller.tenant_id, actor, UUID(item["upload_id"])))
        if "upload_id" in item
        else Announced.model_validate(item)
        for item in made["items"]
    ]
    return AnnouncedAll(items=found)


@router.post("/uploads/{upload_id}/complete", status_code=202, responses=answers("upload_unknown", "object_not_landed"))
def say_complete(request: Request, services: ServicesDep, caller: WriterDep, upload_id: UUID) -> UploadOut:
    """Say that the photo has been sent. Saying it again changes nothing."""
    actor = actor_of(request, caller)
    complete(services, caller.tenant_id, actor, upload_id, own="read" not in caller.scopes)
    return _upload(services, caller.tenant_id, actor, upload_id)


@router.post("/uploads/{upload_id}/retry", status_code=202, responses=answers("upload_unknown", "not_rerunnable"))
def try_again(request: Request, services: ServicesDep, caller: WriterDep, upload_id: UUID) -> UploadOut:
    """Read an upload again that failed, was rejected or showed nothing; one that has yielded events is left alone."""
    actor = actor_of(request, caller)
    retry(services, caller.tenant_id, actor, upload_id)
    return _upload(services, caller.tenant_id, actor, upload_id)


@router.get(
    "/uploads/{upload_id}/photo", responses=answers("upload_unknown", "object_not_landed", "storage_unavailable")
)
def show_photo(request: Request, services: ServicesDep, caller: CallerDep, upload_id: UUID) -> PhotoOut:
    """Answer where the photo can be seen for a while. Who looked is kept in the audit log."""
    url, content_type = photo_url(services, caller.tenant_id, actor_of(request, caller), upload_id)
    return PhotoOut(url=url, expires_in_s=PHOTO_TTL_S, content_type=content_type)


@router.get("/uploads/{upload_id}", responses=answers("upload_unknown"))
def show(request: Request, services: ServicesDep, caller: CallerDep, upload_id: UUID) -> UploadWithEvents:
    """Show an upload and what it has yielded."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        row = queries.get(tx, upload_id)
        if row is None:
            raise NotFoundError("upload_unknown", "There is no such upload")
        found = events_out(tx, event_queries.find(tx, upload_ids=[upload_id]))
        audit.log_views(tx, "upload", [upload_id])
    return UploadWithEvents.model_validate({**_shown(row), "events": found})


@router.get("/uploads", responses=answers("cursor_invalid"))
def list_uploads(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    state: Annotated[list[UploadState] | None, Query(max_length=8)] = None,
    vehicle_id: UUID | None = None,
    kind: Kind | None = None,
    sha256: Digest | None = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[UploadOut]:
    """List uploads, newest first. `since` and `until` bound `created_at`; `kind` is what the driver said."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = queries.find(
            tx,
            states=None if state is None else list(state),
            vehicle_id=vehicle_id,
            kind=kind,
            sha256=sha256,
            since=since,
            until=until,
            place=place("uploads", cursor),
            limit=limit + 1,
        )
    return page("uploads", rows, limit, lambda row: ListPlace(row.created_at, row.id), _all_out)


def _announce(services: Services, tenant_id: UUID, actor: Actor, said: NewUpload) -> UUID:
    """Write the row of an upload; return its id.

    Raises: ImageError (`image_too_large`, `text_too_large`, `image_unsupported`), NotFoundError (`vehicle_unknown`).
    """
    limit = services.settings.max_bytes
    if said.size_bytes > limit:
        raise ImageError("image_too_large", f"{said.size_bytes:,} bytes are announced; the limit is {limit:,}")
    if said.content_type not in SUFFIX:
        raise ImageError("image_unsupported", "The announced type is none of the kinds we read")
    if said.content_type in get_args(FileType) and said.size_bytes > services.settings.max_text_bytes:
        fact = f"{said.size_bytes:,} bytes are announced; the limit is {services.settings.max_text_bytes:,}"
        raise ImageError("text_too_large", fact)
    announcement = queries.Announcement(
        vehicle_id=said.vehicle_id,
        size_bytes=said.size_bytes,
        content_type=said.content_type,
        hint_kind=said.kind,
        sha256=said.sha256,
        device=None if said.device is None else said.device.model_dump(exclude_none=True),
        captured_at=said.captured_at,
        location=None if said.location is None else Location(**said.location.model_dump()),
    )
    return expect(services, tenant_id, actor, announcement).upload_id


def _ticket(services: Services, tenant_id: UUID, actor: Actor, upload_id: UUID) -> UploadTicket:
    expected = expected_again(services, tenant_id, actor, upload_id)
    ttl_s = services.settings.presign_ttl_s
    return UploadTicket(upload_id=upload_id, url=expected.url, headers=expected.headers, expires_in_s=ttl_s)


def _upload(services: Services, tenant_id: UUID, actor: Actor, upload_id: UUID) -> UploadOut:
    with services.db.tenant_tx(tenant_id, actor) as tx:
        row = queries.get(tx, upload_id)
    assert row is not None, "uploads are not deleted"
    return UploadOut.model_validate(_shown(row))


def _all_out(rows: list[queries.UploadRow]) -> list[UploadOut]:
    return [UploadOut.model_validate(_shown(row)) for row in rows]


def _shown(row: queries.UploadRow) -> dict[str, Any]:
    hidden = {"object_key", "hint_kind", "tries"}
    return {**{name: value for name, value in vars(row).items() if name not in hidden}, "kind": row.hint_kind}
