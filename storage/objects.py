"""S3-compatible storage: bounded get, head, list, and presigned URLs for phones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from capture.errors import ConfigError, ConflictError, ImageError, NotFoundError, UnavailableError
from capture.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


PHOTO_TTL_S = 300
"""How long a photo can be seen at its URL: long enough to look, too short to pass on."""


@dataclass(frozen=True)
class ObjectHead:
    """What the storage says of an object. `etag` without quotes; `version` None where none are kept."""

    key: str
    size_bytes: int
    etag: str
    version: str | None = None
    modified_at: datetime | None = None


class Objects:
    """One bucket. Clients are made at first use; boto3 clients are safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.s3_bucket
        self._settings = settings
        self._clients: dict[str, S3Client] = {}

    def head(self, key: str, version: str | None = None) -> ObjectHead | None:
        """Return the object's size and version, or None if there is none.

        Raises: UnavailableError (`storage_unavailable`).
        """
        extra: Any = {"VersionId": version} if version else {}
        try:
            with translated():
                answer = self._client().head_object(Bucket=self.bucket, Key=key, **extra)
        except NotFoundError:
            return None
        return ObjectHead(
            key=key,
            size_bytes=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            version=_version(answer.get("VersionId")),
            modified_at=answer["LastModified"],
        )

    def get(self, head: ObjectHead, max_bytes: int, bucket: str = "") -> bytes:
        """Return the bytes of the object that `head` speaks of, at most `max_bytes`.

        Raises: NotFoundError (`object_gone`), ConflictError (`object_mismatch`) if another object lies there now,
        ImageError (`image_too_large`), UnavailableError.
        """
        extra: Any = {"VersionId": head.version} if head.version else {}
        with translated():
            answer = self._client().get_object(Bucket=bucket or self.bucket, Key=head.key, **extra)
            if head.etag and answer["ETag"].strip('"') != head.etag:
                raise ConflictError("object_mismatch", "The object was overwritten after it had landed")
            with answer["Body"] as body:
                if answer["ContentLength"] > max_bytes:
                    raise ImageError(
                        "image_too_large",
                        f"The object has {answer['ContentLength']:,} bytes; the limit is {max_bytes:,}",
                    )
                data = body.read(max_bytes + 1)
        if len(data) != answer["ContentLength"]:
            raise UnavailableError("storage_unavailable", "The storage sent fewer bytes than it announced")
        return data

    def list(self, prefix: str = "") -> Iterator[list[ObjectHead]]:
        """Yield the bucket's objects, a page of up to 1,000 at a time."""
        with translated():
            for page in self._client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                yield [
                    ObjectHead(
                        key=entry["Key"],
                        size_bytes=entry["Size"],
                        etag=entry["ETag"].strip('"'),
                        modified_at=entry["LastModified"],
                    )
                    for entry in page.get("Contents", [])
                ]

    def presign_put(self, key: str, size_bytes: int, content_type: str) -> str:
        """Return a URL to which a phone PUTs exactly `size_bytes` of `content_type`: both headers are signed."""
        return self._client(public=True).generate_presigned_url(
            "put_object",
            Params={"Bucket": self.bucket, "Key": key, "ContentLength": size_bytes, "ContentType": content_type},
            ExpiresIn=self._settings.presign_ttl_s,
        )

    def presign_get(self, key: str, version: str | None = None, bucket: str | None = None) -> str:
        """Return a URL at which a photo can be seen for `PHOTO_TTL_S`."""
        params = {"Bucket": bucket or self.bucket, "Key": key, **({"VersionId": version} if version else {})}
        return self._client(public=True).generate_presigned_url("get_object", Params=params, ExpiresIn=PHOTO_TTL_S)

    def check(self) -> None:
        """Ask if the bucket answers.

        Raises: ConfigError (`bucket_missing`, `setting_invalid`), UnavailableError.
        """
        try:
            with translated():
                self._client().head_bucket(Bucket=self.bucket)
        except NotFoundError:
            raise ConfigError("bucket_missing", f"There is no bucket {self.bucket!r}") from None

    def ensure_bucket(self) -> None:
        """Create the bucket if it is not there.

        Raises: UnavailableError, ConfigError (`setting_invalid`) where it may not be reached.
        """
        try:
            self.check()
        except ConfigError as error:
            if error.code != "bucket_missing":
                raise
            region = self._settings.s3_region
            elsewhere: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
            with translated():
                self._client().create_bucket(Bucket=self.bucket, **({} if region == "us-east-1" else elsewhere))

    def _client(self, *, public: bool = False) -> S3Client:
        settings = self._settings
        endpoint = (settings.s3_public_endpoint_url if public else "") or settings.s3_endpoint_url
        if endpoint not in self._clients:
            secret = settings.s3_secret_access_key.get_secret_value()
            self._clients[endpoint] = boto3.client(
                "s3",
                endpoint_url=endpoint or None,
                region_name=settings.s3_region,
                aws_access_key_id=settings.s3_access_key_id or None,
                aws_secret_access_key=secret or None,
                config=Config(
                    signature_version="s3v4",
                    connect_timeout=settings.s3_timeout_s,
                    read_timeout=settings.s3_timeout_s,
                    retries={"total_max_attempts": 2, "mode": "standard"},
                    s3={"addressing_style": "auto" if "amazonaws.com" in endpoint else "path"},
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
        return self._clients[endpoint]


def _version(value: str | None) -> str | None:
    return None if value in (None, "", "null") else value


@contextmanager
def translated() -> Iterator[None]:
    """Turn boto3's errors into ours, once."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = error.response.get("Error", {}).get("Code", "")
        if code == "NoSuchBucket":
            raise ConfigError("bucket_missing", "There is no such bucket") from error
        if status == 404:
            raise NotFoundError("object_gone", "The object is not in the bucket") from error
        if status in (400, 401, 403):
            raise ConfigError("setting_invalid", f"The storage refuses our request (HTTP {status})") from error
        raise UnavailableError("storage_unavailable", f"The storage answered HTTP {status}") from error
    except (BotoCoreError, HTTPClientError, ResponseParserError, OSError) as error:
        raise UnavailableError("storage_unavailable", "The storage does not answer") from error
