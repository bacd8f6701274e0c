"""What a tenant can be told of, how a message is signed, and when it is sent again.

Source: the Standard Webhooks specification: ids, headers, `v1` signatures, `whsec_` secrets, times of retries.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

TYPES: dict[str, str] = {
    "event.recorded": "A new event is there: read from a photo or file, or entered by hand.",
    "event.flagged": "The event is doubtful and waits for a person.",
    "event.accepted": "A doubt was withdrawn, or a decision taken back: the event counts again without a person.",
    "event.verified": "A person said that the event is right.",
    "event.corrected": "A person put the event right.",
    "event.rejected": "A person said that it is not an event.",
    "event.voided": "A person took the event back later.",
    "event.moved": "A person gave the event to another vehicle.",
}
"""Types of messages that an endpoint can ask for: a public contract, added to, never renamed."""

PING = "webhook.ping"
"""Type of the message with which an endpoint is tried; nobody needs to ask for it."""

RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Pauses between tries: ten tries in three days and some hours. Source: Standard Webhooks, "Retry schedule"."""

TOLERANCE = timedelta(minutes=5)
"""How far the time of a message may be from now, for whoever receives it."""

PREFIX = "whsec_"
SECRET_BYTES = 32
"""Within the specification's 24 to 64."""


def secret_of(key: bytes) -> str:
    """Return a key in the form in which it is handed over."""
    return PREFIX + base64.b64encode(key).decode()


def message_name(message_id: str) -> str:
    """Return the `webhook-id` of a message: the same at every try, so that a receiver can tell a repetition."""
    return f"msg_{message_id.replace('-', '')}"


def headers_of(name: str, secrets: Sequence[str], at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a message, with one signature for each secret that is valid."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, name, timestamp, body) for secret in secrets),
    }


def verified(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Return whether a message was signed with this secret, just now. `headers`: with names in lower case."""
    try:
        name, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        signatures = headers["webhook-signature"].split(" ")
        expected = _signature(secret, name, timestamp, body)
        age = abs(now.timestamp() - int(timestamp))
    except (KeyError, ValueError, binascii.Error):
        return False
    return age <= TOLERANCE.total_seconds() and any(hmac.compare_digest(one, expected) for one in signatures)


def next_try_in(attempts: int, spread: float) -> timedelta | None:
    """Return the pause before the next try after so many, None where it is given up.

    `spread`: 0 to 1, by chance; up to a tenth is added, so that what failed together does not come back together.
    """
    if attempts > len(RETRY_AFTER):
        return None
    return RETRY_AFTER[attempts - 1] * (1 + spread / 10)


def _signature(secret: str, name: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{name}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
