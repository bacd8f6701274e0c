"""Webhooks: signatures as the specification gives them, the times of tries, and where nothing is ever sent."""

from __future__ import annotations

import ipaddress
import re
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from capture.errors import RefusedError, UnavailableError
from capture.webhooks import RETRY_AFTER, TYPES, headers_of, message_name, next_try_in, secret_of, verified
from tests.conftest import ROOT
from worker import outbound

# Source: the examples of the Standard Webhooks specification and its reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1_614_265_330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signature_is_that_of_the_specification() -> None:
    headers = headers_of(NAME, [SECRET], AT, BODY)
    assert headers == {"webhook-id": NAME, "webhook-timestamp": "1614265330", "webhook-signature": SIGNATURE}


def test_each_valid_secret_signs() -> None:
    other = secret_of(b"k" * 32)
    headers = headers_of(NAME, [other, SECRET], AT, BODY)
    assert headers["webhook-signature"].split(" ")[1] == SIGNATURE
    assert verified(headers, BODY, SECRET, AT)
    assert verified(headers, BODY, other, AT)
    assert not verified(headers, BODY, secret_of(b"x" * 32), AT)


@pytest.mark.parametrize(
    ("change", "late_s"),
    [
        ({"webhook-id": "msg_other"}, 0),
        ({"webhook-timestamp": "1614265331"}, 0),
        ({"webhook-timestamp": "soon"}, 0),
        ({"webhook-signature": "v1,"}, 0),
        ({"webhook-signature": SIGNATURE.replace("v1,", "v1a,")}, 0),
        ({}, 301),
        ({}, -301),
    ],
)
def test_what_was_changed_or_is_old_is_not_believed(change: dict[str, str], late_s: int) -> None:
    headers = {**headers_of(NAME, [SECRET], AT, BODY), **change}
    assert not verified(headers, BODY, SECRET, AT + timedelta(seconds=late_s))
    assert not verified({}, BODY, SECRET, AT)


def test_a_message_is_named_without_what_a_signature_is_joined_with() -> None:
    assert message_name("01997b1e-5c1a-7d7a-9a51-2f4a3c1f0e77") == "msg_01997b1e5c1a7d7a9a512f4a3c1f0e77"


def test_tries_go_on_for_three_days_and_end() -> None:
    pauses = [next_try_in(attempts, 0.0) for attempts in range(1, len(RETRY_AFTER) + 1)]
    assert pauses == list(RETRY_AFTER)
    assert timedelta(days=3) < sum(RETRY_AFTER, timedelta()) < timedelta(days=4)
    assert next_try_in(len(RETRY_AFTER) + 1, 0.0) is None
    assert next_try_in(1, 1.0) == RETRY_AFTER[0] * 1.1


def test_the_example_in_the_docs_believes_what_we_sign_and_nothing_else() -> None:
    page = (ROOT / "docs" / "how-to" / "webhooks.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 (our own page)
    headers = headers_of(NAME, [secret_of(b"k" * 32), SECRET], datetime.now(UTC), BODY)
    assert names["is_ours"](headers, BODY, SECRET)
    assert not names["is_ours"](headers, BODY + b" ", SECRET)
    assert not names["is_ours"](headers, BODY, secret_of(b"x" * 32))
    assert not names["is_ours"](headers_of(NAME, [SECRET], AT, BODY), BODY, SECRET)


def test_the_docs_name_every_type() -> None:
    page = (ROOT / "docs" / "how-to" / "webhooks.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(event\.\w+)`", page, re.MULTILINE) == list(TYPES)


# --- where nothing is sent

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::", "::7f00:1", "::ffff:0:7f00:1", "fec0::1", "64:ff9b:1::a00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known_in_every_dress(address: str) -> None:
    assert not outbound.is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(RefusedError, match="private network"):
        outbound.check_url(f"https://{host}/hook", private=False)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_public_addresses_are(address: str) -> None:
    assert outbound.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://", "https:///x", "https://user@example.com/", "https://example.com/#x",
        "https://example.com:99999/", "https://localhost/", "https://localhost./", "https://db.internal/", "https://exämple.com/",
        "https://example.com/\r\nHost: x", "file:///etc/passwd", "https://[::1/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(RefusedError) as refused:
        outbound.check_url(url, private=False)
    assert refused.value.code == "webhook_url_invalid"


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[Any]:
    """Let every name resolve to these addresses; return to what a connection was tried."""
    tried: list[Any] = []

    def connect(address: Any, timeout_s: float) -> socket.socket:
        assert timeout_s > 0
        tried.append(address)
        raise ConnectionRefusedError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


def test_a_name_that_leads_to_a_private_address_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(RefusedError, match="private network"):
        outbound.post("https://rebind.example.com/", {}, b"", private=False)
    assert tried == []


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = resolving(monkeypatch, "93.184.215.14", "93.184.215.15")
    with pytest.raises(UnavailableError, match="takes no connection"):
        outbound.post("https://hooks.example.com:8443/", {}, b"", private=False)
    assert tried == [("93.184.215.14", 8443), ("93.184.215.15", 8443)]
