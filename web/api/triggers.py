"""Notifications from the object storage. They are answered at once; the work is done afterwards."""

from __future__ import annotations

import logging
from typing import Annotated, NamedTuple

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Query, Request
from pydantic import BaseModel

from capture.errors import CaptureError, frames
from capture.trigger import Upload
from web.auth import ServicesDep
from web.openapi import answers
from worker.intake import take_in
from worker.services import Services
from worker.triggers import s3

log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/triggers", tags=["triggers"])


async def whole_body(request: Request) -> bytes:
    """Return the body; `web.limits` has bounded it."""
    return await request.body()


class Taken(BaseModel):
    """How many created objects a notification names."""

    objects: int


NOTIFICATION = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "description": "S3 event records, as the storage makes them.",
                "properties": {"Records": {"type": "array", "items": {"type": "object"}}},
                "required": ["Records"],
            },
            "example": {
                "Records": [
                    {
                        "eventSource": "aws:s3",
                        "eventName": "ObjectCreated:Put",
                        "s3": {
                            "bucket": {"name": "photos"},
                            "object": {"key": "tenants/T/vehicles/V/photo.jpg", "size": 2_431_907},
                        },
                    }
                ]
            },
        }
    },
}


class Offered(NamedTuple):
    """The secrets that a notification carries."""

    authorization: str | None
    path: str | None
    query: str | None


def offered(
    request: Request,
    secret: Annotated[str | None, Query(description="The trigger secret, if no header carries it.")] = None,
    authorization: Annotated[str | None, Header()] = None,
) -> Offered:
    """Return the secrets of a request: of the header, the path and the query."""
    return Offered(authorization, request.path_params.get("path_secret"), secret)


@router.post(
    "/s3",
    status_code=202,
    responses=answers("secret_wrong", "trigger_not_json", "trigger_malformed"),
    openapi_extra={"requestBody": NOTIFICATION},
)
@router.post("/s3/{path_secret}", status_code=202, include_in_schema=False)
def s3_event(
    services: ServicesDep,
    tasks: BackgroundTasks,
    body: Annotated[bytes, Depends(whole_body)],
    secrets: Annotated[Offered, Depends(offered)],
) -> Taken:
    """Take S3 event records of AWS, MinIO or Ceph; answer how many created objects they name.

    The trigger secret is carried by a bearer header, by basic credentials in the URL, as the last part of the path
    (`/v1/triggers/s3/SECRET`) or in the query, whatever the storage can send. A notification is a hint: it may come
    never, twice or late, and is answered before the work is done.
    """
    s3.authenticate(services.settings.trigger_secret.get_secret_value(), *secrets)
    found = s3.parse(body)
    tasks.add_task(_take_in_all, services, found)
    return Taken(objects=len(found))


def _take_in_all(services: Services, found: list[Upload]) -> None:
    """Take in each object; what fails now is found by the sweep."""
    for upload in found:
        try:
            take_in(services, upload)
        except CaptureError as error:
            log.warning("left to the sweep: %s", error.code)
        except Exception as error:  # noqa: BLE001 (a listener: one record must not hold up the others)
            log.error("left to the sweep: %s%s", type(error).__name__, frames(error))
