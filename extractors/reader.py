"""Reads documents in a child process that is kept warm, watched and, where it must be, ended and replaced.

Native decoders and engines cannot be stopped from within; so time and memory are bounded from outside and
no photo can take the worker along.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import psutil

from capture.confidence import Trust
from capture.duplicates import Likeness
from capture.errors import CaptureError, ExtractorError
from capture.events.base import Hint
from capture.policy import Policy
from capture.settings import Settings
from extractors import engines_in_use, options_of
from extractors.dialogue import Comparison, ReadOutcome, Request, Setup

START_TIMEOUT_S = 120.0
"""Importing the engines takes 1 to 3 s; a loaded machine may need far longer."""

POLL_S = 0.1
"""How often memory is looked at."""

GRACE_S = 5.0
"""The child keeps the time-out itself where it can; this much later it is ended."""


class Reader:
    """One warm child. Not for use from several threads at once."""

    def __init__(self, settings: Settings) -> None:
        self._setup = Setup(
            engines=engines_in_use(settings),
            options=options_of(settings),
            limits=settings.limits,
        )
        self._timeout_s = settings.read_timeout_s
        self._warnings = settings.read_warnings
        self._memory_bytes = settings.read_memory_mb * 1024 * 1024
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None
        self._lifeline: int | None = None

    def read(
        self,
        data: bytes,
        hint: Hint | None = None,
        *,
        vision: bool = False,
        warnings: bool = True,
        policy: Policy | None = None,
        trust: Trust | None = None,
    ) -> ReadOutcome:
        """Decode and read one document.

        `hint`: what the driver says it is. `vision`: whether a vision model may see it. `warnings`: whether a display
        that was read for sure is searched for written warnings, where the settings say so. `policy`: which engines may
        be asked, and at what cost. `trust`: by what the gain of a look that costs something is reckoned.

        Raises: ImageError; ExtractorError (`engine_timeout`, `engine_memory`, `engine_failed`).
        """
        answer = self._ask(
            Request(
                data=data, timeout_s=self._timeout_s, hint=hint or Hint(), vision=vision,
                warnings=warnings and self._warnings, policy=policy or Policy(), trust=trust if vision else None,
            )
        )  # fmt: skip
        assert isinstance(answer, ReadOutcome)
        assert answer.facts.sha256 == hashlib.sha256(data).hexdigest(), "an answer to another photo"
        return answer

    def compare(self, first: bytes, second: bytes) -> Likeness:
        """Lay the first page of one photo over that of another.

        Raises: ImageError; ExtractorError (`engine_timeout`, `engine_memory`, `engine_failed`).
        """
        answer = self._ask(Comparison(first=first, second=second))
        assert isinstance(answer, Likeness)
        return answer

    def _ask(self, request: Request | Comparison) -> Any:
        """Return the child's answer; raise it if it is an error."""
        connection = self._started()
        try:
            connection.send(request)
            answer = self._wait(connection, self._timeout_s + GRACE_S)
        except (OSError, EOFError) as error:
            self.close()
            raise ExtractorError("engine_failed", "The reading process ended in the middle of a photo") from error
        except BaseException:  # an interrupt must not leave this answer in the pipe for the next photo
            self.close()
            raise
        if isinstance(answer, CaptureError):
            raise answer
        return answer

    def command(self, connection: int, lifeline: int) -> list[str]:
        """Return the child's command, given the two descriptors that it inherits."""
        return [sys.executable, "-m", "extractors.child", str(connection), str(lifeline)]

    def close(self) -> None:
        """End the child, and whatever it started."""
        process, self._process = self._process, None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> Connection[Any, Any]:
        if self._connection is not None and self._process is not None and self._process.poll() is None:
            return self._connection
        self.close()
        ours, theirs = socket.socketpair()
        life_read, life_write = os.pipe()
        try:
            self._process = subprocess.Popen(
                self.command(theirs.fileno(), life_read),
                pass_fds=(theirs.fileno(), life_read),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"},
            )
        finally:
            theirs.close()
            os.close(life_read)
        self._lifeline = life_write
        connection = self._connection = Connection(ours.detach())
        try:
            connection.send(self._setup)
            answer = self._wait(connection, START_TIMEOUT_S)
        except (OSError, EOFError) as error:
            self.close()
            raise ExtractorError("engine_failed", "The reading process does not start") from error
        if isinstance(answer, CaptureError):
            self.close()
            raise answer
        return connection

    def _wait(self, connection: Connection[Any, Any], timeout_s: float) -> Any:
        """Return the child's next answer, watching its time and memory."""
        deadline = time.monotonic() + timeout_s
        while not connection.poll(POLL_S):
            if time.monotonic() > deadline:
                self.close()
                raise ExtractorError("engine_timeout", f"Reading took longer than {timeout_s:.0f} s")
            if self._memory_used() > self._memory_bytes:
                self.close()
                limit = self._memory_bytes >> 20
                raise ExtractorError("engine_memory", f"Reading needed more than {limit:,} MB of memory")
        return connection.recv()

    def _memory_used(self) -> int:
        """Return the resident bytes of the child and its own children."""
        if self._process is None:
            return 0
        try:
            child = psutil.Process(self._process.pid)
            return sum(_resident(p) for p in [child, *child.children(recursive=True)])
        except psutil.Error:
            return 0


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
