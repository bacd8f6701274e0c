"""What a trigger says: an object is in the bucket. Where it belongs follows from its key alone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from capture.errors import TriggerError
from capture.reading import Frozen

MAX_KEY_BYTES = 1_024
"""Source: Amazon S3 object key limit."""

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEY = re.compile(rf"tenants/({_UUID})/vehicles/({_UUID})/(.+)", re.DOTALL)


class Upload(Frozen):
    """A hint that an object landed: delivered zero, one or many times, in any order.

    `keys`: the forms the key may have, likeliest first; a HEAD decides where there are two.
    `version`: None where the bucket keeps no versions. `size_bytes` None if not said.
    """

    bucket: str
    keys: tuple[str, ...]
    version: str | None = None
    size_bytes: int | None = None
    happened_at: datetime | None = None


class Place(NamedTuple):
    """Whose photo it is."""

    tenant_id: UUID
    vehicle_id: UUID


def place_of(key: str) -> Place:
    """Read tenant and vehicle from an object key.

    Raises: TriggerError (`key_invalid`); the key is not repeated, since names may be personal.
    """
    match = _KEY.fullmatch(key)
    if match is None:
        raise TriggerError("key_invalid", "The object's key does not say whose photo it is")
    if len(key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        raise TriggerError("key_invalid", f"The object's key is longer than {MAX_KEY_BYTES} bytes")
    if any(part in ("", ".", "..") for part in key.split("/")):
        raise TriggerError("key_invalid", "The object's key has an empty, `.` or `..` part")
    if any(ord(char) < 32 or ord(char) == 127 or 0xD800 <= ord(char) < 0xE000 for char in key):
        raise TriggerError("key_invalid", "The object's key has a control character")
    return Place(UUID(match[1]), UUID(match[2]))


def photo_key(tenant_id: UUID, vehicle_id: UUID, upload_id: UUID, taken: datetime, suffix: str) -> str:
    """Return the key under which a phone stores an upload; never used twice, since the upload's id is in it."""
    return f"tenants/{tenant_id}/vehicles/{vehicle_id}/{taken:%Y/%m}/{upload_id}{suffix}"
