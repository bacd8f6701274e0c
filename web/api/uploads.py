"""Uploads: announce a photo, say that it was sent, see what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from capture.errors import ImageError, NotFoundError
from capture.events.base import Kind
from capture.exif import Location, plausible_time
from capture.files import FileType
from capture.job import UploadState
from storage.queries import events as event_queries
from storage.queries import tenants
from storage.queries import uploads as queries
from web.api.events import EventOut, events_out
from web.auth import CallerDep, ServicesDep, WriterDep, actor_of
from worker.intake import SUFFIX, complete, expect

router = APIRouter(prefix="/v1", tags=["uploads"])

Short = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]


def _plausible(value: datetime) -> datetime:
    if not plausible_time(value):
        raise ValueError("no phone's clock says that")
    return value


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
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    device: Device | None = None
    captured_at: Annotated[AwareDatetime, AfterValidator(_plausible)] | None = None
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


class VehicleOut(BaseModel):
    """A vehicle of the tenant."""

    id: UUID
    label: str
    odometer_unit: str | None


@router.get("/vehicles")
def list_vehicles(request: Request, services: ServicesDep, caller: CallerDep) -> list[VehicleOut]:
    """List the tenant's vehicles."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        return [VehicleOut.model_validate(vars(vehicle)) for vehicle in tenants.vehicles(tx)]


@router.post("/uploads", status_code=201)
def announce(request: Request, services: ServicesDep, caller: WriterDep, said: NewUpload) -> UploadTicket:
    """Announce a photo; answer where to PUT it. The photo itself never passes through here.

    Who announces the same `sha256` for the same vehicle again gets the same upload.
    """
    limit = services.settings.max_bytes
    if said.size_bytes > limit:
        raise ImageError("image_too_large", f"{said.size_bytes:,} bytes are announced; the limit is {limit:,}")
    if said.content_type not in SUFFIX:
        raise ImageError("image_unsupported", "The announced type is none of the kinds we read")
    if said.content_type in get_args(FileType) and said.size_bytes > services.settings.max_text_bytes:
        fact = f"{said.size_bytes:,} bytes are announced; the limit is {services.settings.max_text_bytes:,}"
        raise ImageError("text_too_large", fact)
    expected = expect(
        services,
        caller.tenant_id,
        actor_of(request, caller),
        queries.Announcement(
            vehicle_id=said.vehicle_id,
            size_bytes=said.size_bytes,
            content_type=said.content_type,
            hint_kind=said.kind,
            sha256=said.sha256,
            device=None if said.device is None else said.device.model_dump(exclude_none=True),
            captured_at=said.captured_at,
            location=None if said.location is None else Location(**said.location.model_dump()),
        ),
    )
    return UploadTicket(
        upload_id=expected.upload_id,
        url=expected.url,
        headers=expected.headers,
        expires_in_s=services.settings.presign_ttl_s,
    )


@router.post("/uploads/{upload_id}/complete", status_code=202)
def say_complete(request: Request, services: ServicesDep, caller: WriterDep, upload_id: UUID) -> UploadOut:
    """Say that the photo has been sent. Saying it again changes nothing."""
    actor = actor_of(request, caller)
    complete(services, caller.tenant_id, actor, upload_id)
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        row = queries.get(tx, upload_id)
    assert row is not None
    return UploadOut.model_validate(_shown(row))


@router.get("/uploads/{upload_id}")
def show(request: Request, services: ServicesDep, caller: CallerDep, upload_id: UUID) -> UploadWithEvents:
    """Show an upload and what it has yielded."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        row = queries.get(tx, upload_id)
        if row is None:
            raise NotFoundError("upload_unknown", "There is no such upload")
        found = events_out(tx, event_queries.find(tx, upload_ids=[upload_id]))
    return UploadWithEvents.model_validate({**_shown(row), "events": found})


@router.get("/uploads")
def list_uploads(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    state: Annotated[list[UploadState] | None, Query()] = None,
    vehicle_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> list[UploadOut]:
    """List uploads, newest first."""
    states: list[str] | None = None if state is None else list(state)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = queries.find(tx, states=states, vehicle_id=vehicle_id, limit=limit)
    return [UploadOut.model_validate(_shown(row)) for row in rows]


def _shown(row: queries.UploadRow) -> dict[str, Any]:
    hidden = {"object_key", "hint_kind", "tries"}
    return {**{name: value for name, value in vars(row).items() if name not in hidden}, "kind": row.hint_kind}
