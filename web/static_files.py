"""Our own scripts, styles and pictures."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.headers import LONG_S


class Assets(StaticFiles):
    """Kept for ever where the address has the file's digest, asked for again where it has none."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file."""
        response = await super().get_response(path, scope)
        named = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = f"public, max-age={LONG_S}, immutable" if named else "no-cache"
        return response
