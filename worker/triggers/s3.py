"""S3 event records, as AWS, MinIO and Ceph send them over HTTP.

The key's form depends on the sender: AWS and MinIO URL-encode it (`+` for a space), Ceph RGW sends it raw.
Both forms are handed on, the sender's own first; a HEAD decides which object there is.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from capture.errors import RefusedError, TriggerError
from capture.trigger import Upload

log = logging.getLogger(__name__)

NAME = "s3"

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_RECORDS = 10_000


def parse(body: bytes) -> list[Upload]:
    """Return the created objects of a notification; none for test events and deletions.

    Records that make no sense are passed over and counted in the log, so that they do not hold up the others.
    Raises: TriggerError (`trigger_not_json`, `trigger_malformed`, `trigger_too_large`).
    """
    if len(body) > MAX_BODY_BYTES:
        raise TriggerError("trigger_too_large", f"The notification has more than {MAX_BODY_BYTES:,} bytes")
    try:
        message: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TriggerError("trigger_not_json", "The notification is not JSON") from error
    if not isinstance(message, dict):
        raise TriggerError("trigger_malformed", "The notification is not an object")
    if message.get("Event") == "s3:TestEvent":
        return []
    records = message.get("Records")
    if not isinstance(records, list):
        raise TriggerError("trigger_malformed", "The notification has no list of records")
    if len(records) > MAX_RECORDS:
        raise TriggerError("trigger_too_large", f"The notification has more than {MAX_RECORDS:,} records")
    found = []
    odd = 0
    for record in records:
        try:
            upload = _upload(record)
        except (KeyError, TypeError, ValueError, AttributeError):
            odd += 1
            continue
        if upload is not None:
            found.append(upload)
    if odd and odd == len(records):
        raise TriggerError("trigger_malformed", "No record of the notification names a bucket and a key")
    if odd:
        log.warning("%d of %d records make no sense", odd, len(records))
    return found


def authenticate(secret: str, authorization: str | None, path_secret: str | None, query_secret: str | None) -> None:
    """Check the shared secret: a bearer header, the URL's credentials (Basic), a path segment or a query value.

    Every comparison takes the same time whatever it finds.
    Raises: RefusedError (`secret_wrong`).
    """
    offered = [value for value in (path_secret, query_secret, *_header_secrets(authorization)) if value]
    matches = [hmac.compare_digest(value.encode(errors="replace"), secret.encode()) for value in offered]
    if not secret or not any(matches):
        raise RefusedError("secret_wrong", "The notification does not carry the right secret")


def _header_secrets(authorization: str | None) -> list[str]:
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return [value.strip()]
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except ValueError:  # neither Base64 nor UTF-8
            return []
        return [user, password]
    return []


def _upload(record: Any) -> Upload | None:
    name = str(record["eventName"]).removeprefix("s3:")
    if not name.startswith("ObjectCreated:"):
        return None
    entity = record["s3"]
    bucket, thing = entity["bucket"]["name"], entity["object"]
    size = thing.get("size")
    if not isinstance(bucket, str) or not isinstance(thing["key"], str) or not thing["key"]:
        raise TypeError("bucket and key are text")
    for text in (bucket, thing["key"], thing.get("versionId") or ""):
        str(text).encode()  # a lone surrogate is no text
    return Upload(
        bucket=bucket,
        keys=_key_forms(thing["key"], encoded=record.get("eventSource") != "ceph:s3"),
        version=thing.get("versionId") if thing.get("versionId") not in ("", "null") else None,
        size_bytes=size if isinstance(size, int) else None,
        happened_at=_time(record.get("eventTime")),
    )


def _key_forms(key: str, *, encoded: bool) -> tuple[str, ...]:
    """Return the forms that the key may have, likeliest first, each once."""
    try:
        decoded = unquote_plus(key, errors="strict")
    except UnicodeDecodeError:
        decoded = key
    forms = (decoded, key) if encoded else (key, decoded)
    return tuple(dict.fromkeys(forms))


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
