"""What a bucket must be told so that pages can use it: what is there -> what should be there. Others' rules stay.

Source of the forms: the API reference of Amazon S3, PutBucketCors, PutBucketLifecycleConfiguration and
PutBucketNotificationConfiguration; other servers take the same.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from typing import Any, Literal

Rule = dict[str, Any]
Part = Literal["cors", "lifecycle", "notification", "versioning"]

OURS = "motomind-capture"
"""Id of our rule in each part; a rule with another id is somebody else's and never touched."""

PREFIX = "tenants/"
"""Under which all photos lie."""

METHODS = ("GET", "HEAD", "PUT")
HEADER = "content-type"
"""The one header of an upload that a page sets itself."""

EXPOSED = "ETag"
ABORT_DAYS = 7
"""Parts of an upload that was given up are kept for this long. No photo is made of them: nobody put them together."""

CREATED = "s3:ObjectCreated:*"
KINDS = {"sqs": "QueueConfigurations", "sns": "TopicConfigurations", "lambda": "LambdaFunctionConfigurations"}
NAMES = {"QueueConfigurations": "QueueArn", "TopicConfigurations": "TopicArn"}
NAMES["LambdaFunctionConfigurations"] = "LambdaFunctionArn"


def allows(rules: Iterable[Rule], origin: str) -> bool:
    """Return whether pages of an origin may send and read photos. For each request the first rule that fits counts."""
    for method in METHODS:
        fitting = [rule for rule in rules if _fits(rule, origin, method)]
        if not fitting or EXPOSED.lower() not in _lower(fitting[0].get("ExposeHeaders")):
            return False
    return True


def with_cors(rules: Sequence[Rule], origins: Sequence[str]) -> list[Rule]:
    """Return the rules with ours first, where these origins are not allowed yet."""
    if all(allows(rules, origin) for origin in origins):
        return list(rules)
    kept = {origin for rule in rules if _is_ours(rule) for origin in rule.get("AllowedOrigins", ())}
    ours = {
        "ID": OURS,
        "AllowedOrigins": sorted({*kept, *origins}),
        "AllowedMethods": list(METHODS),
        "AllowedHeaders": [HEADER],
        "ExposeHeaders": [EXPOSED],
        "MaxAgeSeconds": 3_600,
    }
    return [ours, *(rule for rule in rules if not _is_ours(rule))]


def aborts(rules: Iterable[Rule]) -> bool:
    """Return whether parts of uploads that were given up are cleared away."""
    return any(
        rule.get("Status") == "Enabled" and rule.get("AbortIncompleteMultipartUpload") and _covers(rule)
        for rule in rules
    )


def with_lifecycle(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules with ours, where none clears such parts away yet. Ours never deletes an object."""
    if aborts(rules):
        return list(rules)
    ours = {
        "ID": OURS,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_DAYS},
    }
    return [*(rule for rule in rules if not _is_ours(rule)), ours]


def deleting(rules: Iterable[Rule]) -> list[str]:
    """Return the ids of rules that delete photos by their age, or old versions of them."""
    return [
        str(rule.get("ID", "without id"))
        for rule in rules
        if rule.get("Status") == "Enabled"
        and ({"Days", "Date"} & set(rule.get("Expiration", ())) or "NoncurrentVersionExpiration" in rule)
        and (_prefix(rule).startswith(PREFIX) or PREFIX.startswith(_prefix(rule)))
    ]


def announces(present: dict[str, Any]) -> bool:
    """Return whether somebody is told of new photos."""
    if "EventBridgeConfiguration" in present:
        return True
    entries = [entry for kind in KINDS.values() for entry in present.get(kind, ())]
    return any(_created(entry) and PREFIX.startswith(_key_prefix(entry)) for entry in entries)


def with_notification(present: dict[str, Any], arn: str) -> dict[str, Any]:
    """Return the notifications with one of new photos to `arn`, where it is not there yet.

    Raises: ValueError if the name is none of a queue, topic or function.
    """
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn" or parts[2] not in KINDS:
        raise ValueError("that is not the ARN of a queue (sqs), topic (sns) or function (lambda)")
    kind = KINDS[parts[2]]
    name = NAMES[kind]
    there = [
        entry
        for entry in present.get(kind, ())
        if entry.get(name) == arn and _created(entry) and PREFIX.startswith(_key_prefix(entry))
    ]
    if there:
        return dict(present)
    ours = {
        "Id": OURS,
        name: arn,
        "Events": [CREATED],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": PREFIX}]}},
    }
    others = {each: [entry for entry in present.get(each, ()) if not _is_ours(entry)] for each in KINDS.values()}
    wanted = {**present, **{each: entries for each, entries in others.items() if entries}}
    for each, entries in others.items():
        if not entries:
            wanted.pop(each, None)
    wanted[kind] = [*others[kind], ours]
    return wanted


def _is_ours(rule: Rule) -> bool:
    return OURS in (rule.get("ID"), rule.get("Id"))


def _fits(rule: Rule, origin: str, method: str) -> bool:
    headers = _lower(rule.get("AllowedHeaders"))
    return (
        any(fnmatch.fnmatchcase(origin, pattern) for pattern in rule.get("AllowedOrigins", ()))
        and method in rule.get("AllowedMethods", ())
        and (method != "PUT" or any(fnmatch.fnmatchcase(HEADER, pattern) for pattern in headers))
    )


def _lower(words: Iterable[str] | None) -> list[str]:
    return [word.lower() for word in words or ()]


def _prefix(rule: Rule) -> str:
    found = rule.get("Filter", {})
    return str(rule.get("Prefix") or found.get("Prefix") or found.get("And", {}).get("Prefix") or "")


def _covers(rule: Rule) -> bool:
    """Return whether a rule holds for every photo: it is not narrowed down by prefix, tag or size."""
    narrowed = set(rule.get("Filter", {})) - {"Prefix"}
    return not narrowed and PREFIX.startswith(_prefix(rule))


def _created(entry: Rule) -> bool:
    """Return whether an entry tells of every new object, however it was sent."""
    return any(event.removeprefix("s3:") == "ObjectCreated:*" for event in entry.get("Events", ()))


def _key_prefix(entry: Rule) -> str:
    """Return under which prefix an entry tells of objects; one that also asks for a suffix tells of too few."""
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    found = {str(rule["Name"]).lower(): str(rule["Value"]) for rule in rules}
    return "\0" if found.get("suffix") else found.get("prefix", "")
