"""What a bucket was told of itself: who may use it from pages, what it clears away, whom it tells of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from capture.bucket import Part, Rule
from capture.errors import ConfigError, NotFoundError
from capture.settings import Settings
from storage.objects import Objects, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOPIC = "motomind-capture"


class BucketSettings:
    """Reads and writes them. A part that a server does not keep is an error of its own, not an empty part."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects = objects
        self._bucket = objects.bucket
        self._access: dict[str, Any] = {
            "endpoint_url": settings.s3_endpoint_url,
            "region_name": settings.s3_region,
            "aws_access_key_id": settings.s3_access_key_id or None,
            "aws_secret_access_key": settings.s3_secret_access_key.get_secret_value() or None,
        }

    @property
    def _client(self) -> S3Client:
        return self._objects._client()  # noqa: SLF001 (the same bucket, the same client)

    def cors(self) -> list[Rule]:
        """Return the rules for pages of other origins."""
        found = self._read("cors", lambda: self._client.get_bucket_cors(Bucket=self._bucket))
        return list(found.get("CORSRules", ()))

    def lifecycle(self) -> list[Rule]:
        """Return the rules on what is cleared away."""
        ask = self._client.get_bucket_lifecycle_configuration
        return list(self._read("lifecycle", lambda: ask(Bucket=self._bucket)).get("Rules", ()))

    def notification(self) -> dict[str, Any]:
        """Return who is told of what."""
        ask = self._client.get_bucket_notification_configuration
        return self._read("notification", lambda: ask(Bucket=self._bucket))

    def versioning(self) -> bool:
        """Return whether a photo that is overwritten or deleted is kept as an older version."""
        found = self._read("versioning", lambda: self._client.get_bucket_versioning(Bucket=self._bucket))
        return found.get("Status") == "Enabled"

    def write(self, part: Part, wanted: Any) -> None:
        """Write a part as a whole.

        Raises: ConfigError (`bucket_unsupported`, `setting_invalid`), UnavailableError.
        """
        client: Any = self._client
        calls = {
            "cors": lambda: client.put_bucket_cors(Bucket=self._bucket, CORSConfiguration={"CORSRules": wanted}),
            "lifecycle": lambda: client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket, LifecycleConfiguration={"Rules": wanted}
            ),
            "notification": lambda: client.put_bucket_notification_configuration(
                Bucket=self._bucket, NotificationConfiguration=wanted
            ),
            "versioning": lambda: client.put_bucket_versioning(
                Bucket=self._bucket, VersioningConfiguration={"Status": "Enabled"}
            ),
        }
        self._call(part, calls[part])

    def make_topic(self, url: str) -> str:
        """Make, or change, a topic of the server's own (Ceph has them) that sends to `url`; return its ARN.

        Raises: ConfigError (`bucket_unsupported`).
        """
        try:
            topics: Any = boto3.client("sns", **self._access)
            made = topics.create_topic(Name=TOPIC, Attributes={"push-endpoint": url, "persistent": "true"})
        except (ClientError, BotoCoreError) as error:
            raise _unsupported("topics") from error
        return str(made["TopicArn"])

    def _read(self, part: str, ask: Any) -> dict[str, Any]:
        try:
            found: dict[str, Any] = dict(self._call(part, ask))
        except NotFoundError:
            return {}
        found.pop("ResponseMetadata", None)
        return found

    def _call(self, part: str, ask: Any) -> Any:
        """Ask; what a server does not know it answers in many ways, none of which is that it is not there."""
        with translated():
            try:
                return ask()
            except ClientError as error:
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                if status in (405, 409, 501):
                    raise _unsupported(part) from error
                raise


def _unsupported(part: str) -> ConfigError:
    return ConfigError("bucket_unsupported", f"The storage does not keep this of a bucket: {part}")
