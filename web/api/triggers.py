"""Notifications from the object storage. They are answered at once; the work is done afterwards."""

from __future__ import annotations

import logging
from typing import Annotated, NamedTuple

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Query, Request

from capture.errors import CaptureError, frames
from capture.trigger import Upload
from web.auth import ServicesDep
from worker.intake import take_in
from worker.services import Services
from worker.triggers import s3

log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/triggers", tags=["triggers"])


async def whole_body(request: Request) -> bytes:
    """Return the body; `web.limits` has bounded it."""
    return await request.body()


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


@router.post("/s3", status_code=202)
@router.post("/s3/{path_secret}", status_code=202, include_in_schema=False)
def s3_event(
    services: ServicesDep,
    tasks: BackgroundTasks,
    body: Annotated[bytes, Depends(whole_body)],
    secrets: Annotated[Offered, Depends(offered)],
) -> dict[str, int]:
    """Take S3 event records of AWS, MinIO or Ceph; answer how many created objects they name."""
    s3.authenticate(services.settings.trigger_secret.get_secret_value(), *secrets)
    found = s3.parse(body)
    tasks.add_task(_take_in_all, services, found)
    return {"objects": len(found)}


def _take_in_all(services: Services, found: list[Upload]) -> None:
    """Take in each object; what fails now is found by the sweep."""
    for upload in found:
        try:
            take_in(services, upload)
        except CaptureError as error:
            log.warning("left to the sweep: %s", error.code)
        except Exception as error:  # noqa: BLE001 (a listener: one record must not hold up the others)
            log.error("left to the sweep: %s%s", type(error).__name__, frames(error))
