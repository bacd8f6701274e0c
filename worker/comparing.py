"""Pictures laid over one another, in the reading process: whether two photos that say the same are one picture."""

from __future__ import annotations

import logging
from uuid import UUID

from capture.duplicates import Look, Unseen
from capture.errors import ConflictError, ExtractorError, ImageError, NotFoundError
from extractors.reader import Reader
from storage.objects import ObjectHead
from storage.queries.related import Photo
from worker.services import Services

log = logging.getLogger(__name__)


def compare_photos(services: Services, reader: Reader, data: bytes, photos: list[Photo]) -> dict[UUID, Look]:
    """Compare a photo with others; return what came of it, by upload.

    A photo that is gone, or could not be compared, is `Unseen`: the event is written all the same.
    Raises: UnavailableError.
    """
    return {photo.id: _compare(services, reader, data, photo) for photo in photos}


def _compare(services: Services, reader: Reader, data: bytes, photo: Photo) -> Look:
    head = ObjectHead(photo.object_key, photo.size_bytes or 0, photo.etag or "", photo.object_version)
    try:
        other = services.objects.get(head, services.settings.max_bytes, photo.bucket)
        return reader.compare(data, other)
    except (ConflictError, ExtractorError, ImageError, NotFoundError) as error:
        log.warning("upload %s: not compared: %s", photo.id, error.code)
        return Unseen(code=error.code)
