"""A bucket that pages use: what it must be told, telling it, and whether a page would get through."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from capture import bucket
from capture.bucket import Part
from capture.errors import CaptureError, ConfigError, RefusedError
from storage.bucket_settings import BucketSettings
from worker.services import Services

TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Plan:
    """What a part of the bucket's settings is and should be. `note`: why nothing can or need be done, in words."""

    part: Part
    present: Any
    wanted: Any
    note: str = ""

    @property
    def changes(self) -> bool:
        """Whether there is something to write."""
        return bool(self.present != self.wanted)

    def diff(self) -> str:
        """Return what changes, line by line."""
        before, after = (
            json.dumps(value, indent=2, sort_keys=True).splitlines() for value in (self.present, self.wanted)
        )
        lines = difflib.unified_diff(
            before, after, f"{self.part}, as it is", f"{self.part}, as it would be", lineterm=""
        )
        return "\n".join(lines)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address as a browser sends them.

    Raises: RefusedError (`request_invalid`).
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RefusedError("request_invalid", f"{url!r} is no address of pages, such as https://capture.example.com")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def plans(services: Services, origins: Sequence[str], *, arn: str = "", versioning: bool = False) -> list[Plan]:
    """Return for each part what there is and what should be; what a server does not keep has a note and no change.

    Raises: RefusedError (`request_invalid`), UnavailableError, ConfigError.
    """
    there = BucketSettings(services.objects, services.settings)
    services.objects.check()
    found = [
        _plan("cors", there.cors, lambda rules: bucket.with_cors(rules, origins)),
        _plan("lifecycle", there.lifecycle, bucket.with_lifecycle),
    ]
    if found[0].present is None and all(passes(services, origin) for origin in origins):
        found[0] = Plan("cors", None, None, "The server lets these pages through as it is.")
    if arn:
        found.append(_plan("notification", there.notification, lambda present: _notify(present, arn)))
    if versioning:
        found.append(_plan("versioning", there.versioning, lambda _: True))
    return found


def apply(services: Services, found: Sequence[Plan]) -> None:
    """Write what changes, and see to it that the server kept it.

    Raises: ConfigError (`bucket_unsupported`, `setting_invalid`), UnavailableError.
    """
    there = BucketSettings(services.objects, services.settings)
    kept: dict[Part, Callable[[Any], bool]] = {
        "cors": lambda wanted: all(bucket.allows(there.cors(), origin) for origin in wanted[0]["AllowedOrigins"]),
        "lifecycle": lambda _: bucket.aborts(there.lifecycle()),
        "notification": lambda _: bucket.announces(there.notification()),
        "versioning": lambda _: there.versioning(),
    }
    for plan in found:
        if plan.changes:
            there.write(plan.part, plan.wanted)
            if not kept[plan.part](plan.wanted):
                raise ConfigError("bucket_unsupported", f"The storage took this and did not keep it: {plan.part}")


def make_topic(services: Services, url: str) -> str:
    """Have the server itself send notifications to `url`; return the name under which it does.

    Raises: ConfigError (`bucket_unsupported`).
    """
    return BucketSettings(services.objects, services.settings).make_topic(url)


def passes(services: Services, origin: str) -> bool:
    """Return whether a browser would let a page of this origin send a photo: the question that it asks itself.

    Raises: UnavailableError (`storage_unavailable`).
    """
    url = services.objects.presign_put("tenants/preflight", 1, "image/jpeg")
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": bucket.HEADER,
    }
    try:
        answer = httpx2.options(url, headers=headers, timeout=TIMEOUT_S)
    except httpx2.HTTPError:
        return False
    words = {
        name: [word.strip().lower() for word in answer.headers.get(f"access-control-allow-{name}", "").split(",")]
        for name in ("origin", "methods", "headers")
    }
    return (
        answer.is_success
        and bool({origin, "*"} & set(words["origin"]))
        and bool({"put", "*"} & set(words["methods"]))
        and bool({bucket.HEADER, "*"} & set(words["headers"]))
    )


def weaknesses(services: Services) -> list[tuple[str, str, str]]:
    """Return what the bucket lacks: name, what was found, what to type. For `capture doctor`."""
    found = []
    public = services.settings.public_url
    if not public:
        found.append(
            ("bucket for pages", "not known: CAPTURE_PUBLIC_URL is not set", "Set it to where people open pages.")
        )
    elif not passes(services, origin_of(public)):
        fact = f"a page of {origin_of(public)} could not send photos to it"
        found.append(("bucket for pages", fact, "`capture bucket setup` tells the bucket to let it."))
    there = BucketSettings(services.objects, services.settings)
    looks: list[tuple[str, Any]] = [
        ("lifecycle", lambda: _lifecycle(there)),
        ("versions", lambda: _versions(there)),
        ("notification", lambda: _notification(there)),
    ]
    for name, look in looks:
        try:
            found += [(f"bucket {name}", fact, mend) for fact, mend in look()]
        except CaptureError as error:
            if error.code != "bucket_unsupported":
                raise
            found.append((f"bucket {name}", "the storage does not tell", "See docs/how-to/bucket.md."))
    return found


def _lifecycle(there: BucketSettings) -> list[tuple[str, str]]:
    rules = there.lifecycle()
    found = [
        (f"the rule {name!r} deletes photos by their age", "Narrow it to a prefix other than `tenants/`.")
        for name in bucket.deleting(rules)
    ]
    if not bucket.aborts(rules):
        found.append(("parts of uploads that were given up stay for ever", "Run `capture bucket setup`."))
    return found


def _versions(there: BucketSettings) -> list[tuple[str, str]]:
    if there.versioning():
        return []
    return [("off: a photo that is overwritten is lost", "Run `capture bucket setup --versioning`.")]


def _notification(there: BucketSettings) -> list[tuple[str, str]]:
    if bucket.announces(there.notification()):
        return []
    mend = "Run `capture bucket setup --notify ARN`; docs/how-to/connect-s3-notifications.md says of what."
    return [("nobody is told of new photos; the sweep finds them", mend)]


def _plan(part: Part, ask: Any, change: Any) -> Plan:
    try:
        present = ask()
    except ConfigError as error:
        if error.code != "bucket_unsupported":
            raise
        return Plan(part, None, None, error.message)
    wanted = change(present)
    return Plan(part, present, wanted, "" if wanted != present else "It is as it should be.")


def _notify(present: dict[str, Any], arn: str) -> dict[str, Any]:
    try:
        return bucket.with_notification(present, arn)
    except ValueError as error:
        raise RefusedError("request_invalid", f"{arn!r}: {error}") from None
