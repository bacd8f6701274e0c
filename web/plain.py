"""What no request may hold, wherever it stands: text that cannot be kept, and numbers that are none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import Request

from capture.errors import RefusedError

MOST = 2**63
"""No number that we take is larger; beyond it, databases and other programs lose digits."""


async def plain(request: Request) -> None:
    """Refuse a request with NUL characters, halves of characters, or numbers beyond any that we take.

    Notifications of the storage are left to their parser, which has more to look at.
    Raises: RefusedError (`request_invalid`).
    """
    names = [*request.path_params.values(), *(text for pair in request.query_params.multi_items() for text in pair)]
    if any("\0" in name for name in names):
        raise RefusedError("request_invalid", "The address holds a NUL character")
    if "json" not in request.headers.get("content-type", "") or request.url.path.startswith("/v1/triggers/"):
        return
    try:
        said = json.loads(await request.body() or b"null")
    except (ValueError, RecursionError):
        raise RefusedError("request_invalid", "The body is no JSON in UTF-8, or is nested too deeply") from None
    if not all(_keepable(value) for value in _leaves(said)):
        raise RefusedError("request_invalid", "The body holds a NUL, half a character or a number beyond all bounds")


def _leaves(said: Any) -> Iterator[Any]:
    """Yield what stands in a JSON value, names of fields too."""
    rest = [said]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            rest += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            rest += value
        else:
            yield value


def _keepable(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, int | float):
        return abs(value) < MOST  # which neither infinity nor "not a number" is
    return True
