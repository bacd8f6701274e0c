"""What a bucket is to be told: what is missing is added, what others said stays, and nothing deletes a photo."""

from __future__ import annotations

from typing import Any

import pytest

from capture import bucket

PAGES = "https://capture.example.com"
THEIRS = {"ID": "theirs", "AllowedOrigins": ["https://www.example.com"], "AllowedMethods": ["GET"]}
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:photos"
TOPIC = "arn:aws:sns:default::motomind-capture"


def test_pages_get_a_rule_of_their_own_before_those_of_others() -> None:
    made = bucket.with_cors([THEIRS], [PAGES])
    assert made[1:] == [THEIRS]
    assert bucket.allows(made, PAGES)
    assert not bucket.allows(made, "https://evil.example.com")
    assert bucket.with_cors(made, [PAGES]) == made


def test_a_second_place_of_the_pages_takes_nothing_from_the_first() -> None:
    made = bucket.with_cors(bucket.with_cors([THEIRS], [PAGES]), ["https://lan.example.com:8443"])
    assert len(made) == 2
    assert all(bucket.allows(made, origin) for origin in (PAGES, "https://lan.example.com:8443"))


@pytest.mark.parametrize(
    ("change", "enough"),
    [
        ({}, True),
        ({"AllowedOrigins": ["*"]}, True),
        ({"AllowedOrigins": ["https://*.example.com"]}, True),
        ({"AllowedHeaders": ["*"]}, True),
        ({"AllowedOrigins": ["https://*.example.org"]}, False),
        ({"AllowedMethods": ["GET", "HEAD"]}, False),
        ({"AllowedHeaders": []}, False),
        ({"ExposeHeaders": ["x-amz-request-id"]}, False),
    ],
)
def test_a_rule_of_others_is_enough_if_it_allows_all_that_a_page_does(change: dict[str, Any], *, enough: bool) -> None:
    rule = {
        "AllowedOrigins": [PAGES],
        "AllowedMethods": ["GET", "PUT", "HEAD"],
        "AllowedHeaders": ["Content-Type"],
        "ExposeHeaders": ["etag"],
        **change,
    }
    assert bucket.allows([rule], PAGES) == enough
    assert (bucket.with_cors([rule], [PAGES]) == [rule]) == enough


def test_the_first_rule_that_fits_counts_as_it_does_for_the_storage() -> None:
    narrow = {**THEIRS, "AllowedOrigins": ["*"]}
    wide = bucket.with_cors([], [PAGES])[0]
    assert not bucket.allows([narrow, wide], PAGES)
    assert bucket.with_cors([narrow, wide], [PAGES]) == [wide, narrow]


ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}, "Status": "Enabled"}


@pytest.mark.parametrize(
    ("rule", "enough"),
    [
        ({**ABORT, "Filter": {"Prefix": ""}}, True),
        ({**ABORT, "Prefix": ""}, True),
        ({**ABORT, "Filter": {}}, True),
        ({**ABORT, "Filter": {"Prefix": "tenants/"}}, True),
        ({**ABORT, "Filter": {"Prefix": "tmp/"}}, False),
        ({**ABORT, "Filter": {"Tag": {"Key": "a", "Value": "b"}}}, False),
        ({**ABORT, "Status": "Disabled", "Filter": {"Prefix": ""}}, False),
    ],
)
def test_parts_of_given_up_uploads_are_cleared_away(rule: bucket.Rule, *, enough: bool) -> None:
    made = bucket.with_lifecycle([rule])
    assert made[0] == rule
    assert (len(made) == 1) == enough
    assert bucket.aborts(made)
    assert bucket.deleting(made) == []


def test_rules_that_delete_photos_are_found() -> None:
    rules = [
        {"ID": "all", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 30}},
        {"ID": "one tenant", "Status": "Enabled", "Filter": {"Prefix": "tenants/x/"}, "Expiration": {"Date": "2026"}},
        {"ID": "old", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"ID": "off", "Status": "Disabled", "Prefix": "", "Expiration": {"Days": 30}},
        {"ID": "elsewhere", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}},
        {"ID": "markers", "Status": "Enabled", "Prefix": "", "Expiration": {"ExpiredObjectDeleteMarker": True}},
    ]
    assert bucket.deleting(rules) == ["all", "one tenant", "old"]


def test_a_notification_is_put_beside_those_of_others() -> None:
    others = {
        "TopicConfigurations": [{"Id": "theirs", "TopicArn": "arn:aws:sns:x::y", "Events": ["s3:ObjectRemoved:*"]}]
    }
    made = bucket.with_notification(others, QUEUE)
    assert made["TopicConfigurations"] == others["TopicConfigurations"]
    assert made["QueueConfigurations"][0]["QueueArn"] == QUEUE
    assert bucket.announces(made)
    assert not bucket.announces(others)
    assert bucket.with_notification(made, QUEUE) == made


def test_a_notification_of_ours_moves_to_another_place() -> None:
    made = bucket.with_notification(bucket.with_notification({}, QUEUE), TOPIC)
    assert made.keys() == {"TopicConfigurations"}


@pytest.mark.parametrize("arn", ["", "photos", "arn:aws:s3:::bucket", "arn:aws:iam::1:role:x", "https://example.com"])
def test_what_cannot_be_told_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="not the ARN"):
        bucket.with_notification({}, arn)


def filtered(name: str, value: str) -> dict[str, Any]:
    return {"Key": {"FilterRules": [{"Name": name, "Value": value}]}}


@pytest.mark.parametrize(
    ("entry", "enough"),
    [
        ({"Events": ["s3:ObjectCreated:*"]}, True),
        ({"Events": ["s3:ObjectCreated:Put"]}, False),
        ({"Events": ["s3:ObjectCreated:*"], "Filter": filtered("Prefix", "ten")}, True),
        ({"Events": ["s3:ObjectCreated:*"], "Filter": filtered("Prefix", "x/")}, False),
        ({"Events": ["s3:ObjectCreated:*"], "Filter": filtered("suffix", "jpg")}, False),
    ],
)
def test_who_hears_of_some_photos_alone_is_not_enough(entry: bucket.Rule, *, enough: bool) -> None:
    assert bucket.announces({"QueueConfigurations": [entry]}) == enough
