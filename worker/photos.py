"""Where a photo can be seen: at a URL that is made after the caller was looked at, and is worth nothing soon."""

from __future__ import annotations

from uuid import UUID

from capture.errors import ConflictError, NotFoundError
from storage.db import Actor
from storage.queries import audit, uploads
from worker.services import Services


def photo_url(services: Services, tenant_id: UUID, actor: Actor, upload_id: UUID) -> tuple[str, str | None]:
    """Return a URL at which an upload's photo can be seen for `PHOTO_TTL_S`, and its type; note who looked.

    Raises: NotFoundError (`upload_unknown`), ConflictError (`object_not_landed`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        place = uploads.photo(tx, upload_id)
        if place is None:
            raise NotFoundError("upload_unknown", "There is no such upload")
        if not place.landed:
            raise ConflictError("object_not_landed", "The photo is not in the bucket yet")
        audit.log_views(tx, "photo", [upload_id])
    return services.objects.presign_get(place.object_key, place.object_version, place.bucket), place.content_type
