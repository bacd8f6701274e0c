"""A POST to a server that behaves badly: it ends in time, and nothing but the status is taken."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from capture.errors import UnavailableError
from worker import outbound


@contextlib.contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that takes one connection; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook?a=b"
        thread.join(10)


def post(url: str, timeout_s: float = 5.0) -> int:
    return outbound.post(url, {"X": "y"}, b"{}", private=True, timeout_s=timeout_s)


def test_the_request_is_plain_and_its_answer_a_status() -> None:
    got = bytearray()

    def answer(connection: socket.socket) -> None:
        while not got.endswith(b"{}"):
            got.extend(connection.recv(4_096))
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 9999999\r\n\r\n")

    with serving(answer) as url:
        assert post(url) == 302
    head = bytes(got).split(b"\r\n")
    assert head[0] == b"POST /hook?a=b HTTP/1.1"
    assert b"Connection: close" in head
    assert b"Host: " + url.split("/")[2].encode() in head


def test_who_says_nothing_is_left() -> None:
    def answer(connection: socket.socket) -> None:
        while connection.recv(4_096):
            pass

    with serving(answer) as url, pytest.raises(UnavailableError, match=r"did not answer within 0\.3 s"):
        post(url, 0.3)


def test_who_drips_is_left_too() -> None:
    def answer(connection: socket.socket) -> None:
        while True:  # until the other side has had enough
            connection.sendall(b"H")
            time.sleep(0.05)

    with serving(answer) as url, pytest.raises(UnavailableError, match=r"did not answer within 0\.5 s"):
        post(url, 0.5)


def test_who_speaks_something_else_is_told_apart() -> None:
    with serving(lambda connection: connection.sendall(b"220 mail.example.com ESMTP\r\n")) as url:
        with pytest.raises(UnavailableError, match="broke off, or does not speak HTTP"):
            post(url)


def test_a_connection_over_tls_needs_a_certificate_for_the_name() -> None:
    with serving(lambda connection: connection.close()) as url, pytest.raises(UnavailableError) as failed:
        post(url.replace("http:", "https:"))
    assert failed.value.code == "webhook_unreachable"
