"""Lists, a page at a time. A cursor says after which row the next page begins: rows that come meanwhile move none."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from capture.errors import RefusedError
from capture.exif import plausible_time
from storage.queries import NEVER, Place

MOST = 1_000

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before; left out for the first.")]


T = TypeVar("T")
Row = TypeVar("Row")


class Page(BaseModel, Generic[T]):
    """Part of a list. `next`: the `cursor` of the page that follows; null on the last."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    items: list[T]
    next: str | None = Field(default=None, examples=["WyJldmVudHMiLCIyMDI2LTExLTIwVDA5OjMwOjAwWiIsIjAxOTk…"])

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Name the model by what it is a page of."""
        return f"{params[0].__name__.removesuffix('Out')}Page"


def place(of: str, cursor: str | None) -> Place | None:
    """Return after which row of a list a page begins; None: at its first. `of`: the list and its order.

    A cursor is no secret and gives no right: it says where in the caller's own list to go on.
    Raises: RefusedError (`cursor_invalid`).
    """
    if cursor is None:
        return None
    try:
        said, at, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        found = Place(datetime.fromisoformat(at), UUID(row_id))
        if said == of and (found.at == NEVER or plausible_time(found.at)):
            return found
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        pass  # whatever is wrong with it, it is none of ours
    raise RefusedError("cursor_invalid", "The cursor is none that this list has given")


def page(
    of: str,
    rows: list[Row],
    limit: int,
    key: Callable[[Row], Place],
    out: Callable[[list[Row]], list[T]],
) -> Page[T]:
    """Return a page of rows, of which one more than `limit` was asked for. `key`: by what they are ordered."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=out(shown), next=cursor_of(of, key(shown[-1])) if more else None)


def cursor_of(of: str, last: Place) -> str:
    """Return the cursor of the page that follows a row."""
    said = json.dumps([of, last.at.isoformat(), str(last.id)], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode()
