"""A POST to an address that a tenant named: never to our own network, never along a redirect, never for long.

The name is resolved once, its addresses are checked, and the connection goes to what was checked: a name that
answers differently the second time gains nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from capture.errors import RefusedError, UnavailableError

TIMEOUT_S = 10.0
"""For the whole request, from the connection to the status line."""

LONGEST_URL = 2_000

_WORLD = ipaddress.IPv6Network("2000::/3")
"""All that is assigned as global unicast. Source: RFC 4291, 2.4, and IANA's registry of IPv6 address space."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses behind a translator. Source: RFC 6052."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_url(url: str, *, private: bool) -> None:
    """Refuse an address to which nothing can be sent. `private`: plain HTTP and our own network are allowed.

    Raises: RefusedError (`webhook_url_invalid`).
    """
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise RefusedError("webhook_url_invalid", "The address is no URL") from None
    if not url.isascii() or any(character <= " " for character in url) or len(url) > LONGEST_URL:
        raise RefusedError("webhook_url_invalid", "The address has characters that a URL does not have, or is too long")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise RefusedError("webhook_url_invalid", "The address is not https://")
    if not parts.hostname or not port_fits or parts.username is not None or parts.fragment:
        raise RefusedError("webhook_url_invalid", "The address needs a host, and no user or fragment")
    literal = _literal(parts.hostname)
    name = parts.hostname.removesuffix(".")
    local = name == "localhost" or name.endswith((".localhost", ".local", ".internal"))
    if not private and (local or (literal is not None and not is_public(literal))):
        raise RefusedError("webhook_url_invalid", "The address lies in a private network")


def post(url: str, headers: Mapping[str, str], body: bytes, *, private: bool, timeout_s: float = TIMEOUT_S) -> int:
    """Send a body; return the answer's status. Its text is not read, and a redirect is an answer like any other.

    Raises: RefusedError (`webhook_url_invalid`), UnavailableError (`webhook_unreachable`), without the address in it.
    """
    check_url(url, private=private)
    parts = urlsplit(url)
    end = time.monotonic() + timeout_s
    connection = _connect(parts, _addresses(parts, private=private), end)
    # A time-out of the socket is one for each piece that arrives; the watch ends the whole.
    watch = threading.Timer(max(0.0, end - time.monotonic()), _cut, (connection,))
    watch.daemon = True
    watch.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        late = time.monotonic() >= end
        fact = f"It did not answer within {timeout_s:g} s" if late else "It broke off, or does not speak HTTP"
        raise UnavailableError("webhook_unreachable", fact) from error
    finally:
        watch.cancel()
        connection.close()


def is_public(address: Address) -> bool:
    """Return whether an address belongs to somebody in the wide world, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address not in _WORLD:  # such as ::127.0.0.1, fec0::1, or a translator of our own network
            return False
    return address.is_global and not address.is_multicast


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _addresses(parts: SplitResult, *, private: bool) -> list[str]:
    """Return the addresses of the host; if one of them is private, none is used."""
    assert parts.hostname is not None
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnavailableError("webhook_unreachable", "Its name is not known") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not private and not all(is_public(ipaddress.ip_address(one.partition("%")[0])) for one in addresses):
        raise RefusedError("webhook_url_invalid", "The address lies in a private network")
    return addresses


def _connect(parts: SplitResult, addresses: list[str], end: float) -> http.client.HTTPConnection:
    """Connect to one of the addresses, by the name of the host."""
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, _port(parts))
    if parts.port is None and parts.scheme == "https":
        connection.default_port = 443  # so that the Host header names no port
    for place, address in enumerate(addresses):
        left = end - time.monotonic()
        try:
            sock = socket.create_connection((address, _port(parts)), max(0.1, left / (len(addresses) - place)))
            sock.settimeout(max(0.1, end - time.monotonic()))
            if parts.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=parts.hostname)
        except ssl.SSLCertVerificationError as error:
            raise UnavailableError("webhook_unreachable", "Its certificate is not valid for its name") from error
        except OSError:
            continue
        connection.sock = sock
        return connection
    raise UnavailableError("webhook_unreachable", "It takes no connection")


def _cut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):  # it may have ended by itself
            sock.shutdown(socket.SHUT_RDWR)
