"""How much of a request is read: photos never pass through here, so little is enough."""

from __future__ import annotations

import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from capture.errors import CaptureError, RefusedError, TriggerError
from web.answers import problem
from worker.triggers import s3

MAX_BODY_BYTES = 64 * 1024

MAX_BATCH_BYTES = 256 * 1024
"""A hundred announcements, each with all that a phone says of itself."""


class BodyLimit:
    """Answers 413 as soon as a body is longer than it may be, before anything else is looked at."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its bytes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        error = _too_large(scope["path"])
        limit = _limit(scope["path"])
        refusal = problem(error.http_status, error.code, error.message)
        if _announced(scope) > limit:
            await refusal(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise error  # whatever is made of it inside, `unless_refused` drops
            return message

        async def unless_refused(message: Message) -> None:
            if read <= limit:
                await send(message)

        with contextlib.suppress(type(error)):
            await self._app(scope, counted, unless_refused)
        if read > limit:
            await refusal(scope, receive, send)


def _announced(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"")
    return int(value) if value.isdigit() else 0


def _limit(path: str) -> int:
    if path.startswith("/v1/triggers/"):
        return s3.MAX_BODY_BYTES
    return MAX_BATCH_BYTES if path == "/v1/uploads/batch" else MAX_BODY_BYTES


def _too_large(path: str) -> CaptureError:
    if path.startswith("/v1/triggers/"):
        return TriggerError("trigger_too_large", f"The notification has more than {_limit(path):,} bytes")
    return RefusedError("request_too_large", f"The request has more than {_limit(path):,} bytes")
