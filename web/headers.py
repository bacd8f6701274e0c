"""What every answer says to the browser: which sources it may use, and that nobody frames it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from capture.settings import Settings

LONG_S = 365 * 86_400


def content_policy(settings: Settings) -> str:
    """Return the Content-Security-Policy: our own files, and the bucket for photos; nothing inline."""
    bucket = origin(settings.s3_public_endpoint_url or settings.s3_endpoint_url)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            f"img-src 'self' blob: {bucket}".rstrip(),
            f"connect-src 'self' {bucket}".rstrip(),
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def origin(url: str) -> str:
    """Return scheme, host and port of an address, empty for an empty one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


class SecurityHeaders:
    """Puts the headers on every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._tls_in_front = settings.public_url.startswith("https://")
        self._fixed = {
            "Content-Security-Policy": content_policy(settings),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._fixed.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1/"):  # tenants' data, secrets told once, addresses of photos
                    headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https" or self._tls_in_front:
                    headers.setdefault("Strict-Transport-Security", f"max-age={LONG_S}")
            await send(message)

        await self._app(scope, receive, with_headers)
