"""A call that ends in time. A client's own time-outs run between two bytes; a server that drips them outlasts all."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from httpx2 import Request

Result = TypeVar("Result")

LEAVE_S = 1.0
"""How long a call whose connection was cut is given to notice it."""

_NEW_CONNECTION = (".connect_tcp.complete", ".start_tls.complete")
"""Events whose result is a connection. Source: httpx2, extensions, "trace"."""


class Line:
    """The connections of one client, which can be cut while another thread waits for them. For one call at a time."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._is_cut = False
        self._lock = Lock()

    def watch(self, request: Request) -> None:
        """Note the connections that a request makes: the client's hook on requests."""
        request.extensions["trace"] = self._note

    def call(self, ask: Callable[[], Result], timeout_s: float) -> Result:
        """Return what `ask` returns, or raise what it raises; after `timeout_s` its connections are cut for good.

        A call that waits for no connection yet (names, addresses) is left behind, and ends at its own time-out.
        Raises: TimeoutError.
        """
        executor = ThreadPoolExecutor(1)
        try:
            asked = executor.submit(ask)
            if not wait([asked], timeout_s).done:
                self._cut()
                wait([asked], LEAVE_S)
                raise TimeoutError
            return asked.result()
        finally:
            executor.shutdown(wait=False)

    def _note(self, event: str, facts: dict[str, Any]) -> None:
        if not event.endswith(_NEW_CONNECTION):
            return
        with self._lock:
            self._sockets.append(facts["return_value"].get_extra_info("socket"))
            if self._is_cut:
                self._shut()

    def _cut(self) -> None:
        with self._lock:
            self._is_cut = True
            self._shut()

    def _shut(self) -> None:
        for connection in self._sockets:
            with contextlib.suppress(OSError):  # it is closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # not TLS's own, which takes its state away
