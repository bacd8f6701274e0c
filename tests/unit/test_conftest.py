"""The tests' own ground rules hold."""

from __future__ import annotations

import os
import shutil
import socket

import pytest
import pytest_socket

from tests.conftest import needs


def test_no_socket_opens_here() -> None:
    with pytest.warns(UserWarning, match=r"socket\.socket"), pytest.raises(pytest_socket.SocketBlockedError):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def test_a_socket_pair_does_open() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"


def test_needs_lets_pass_what_is_there() -> None:
    needs("/usr/bin/thing", "thing", "apt-get install thing")


def test_needs_skips_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="thing is missing: apt-get install thing"):
        needs(None, "thing", "apt-get install thing")


@pytest.mark.parametrize(
    ("user", "apt", "fails"), [(0, "/usr/bin/apt-get", True), (0, None, False), (1000, "/usr/bin/apt-get", False)]
)
def test_needs_fails_in_ci_where_it_could_be_installed(
    monkeypatch: pytest.MonkeyPatch, *, user: int, apt: str | None, fails: bool
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda _: apt)
    with pytest.raises(pytest.fail.Exception if fails else pytest.skip.Exception, match="thing is missing"):
        needs(None, "thing", "apt-get install thing")
