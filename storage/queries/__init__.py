"""Named queries: the SQL lies in `*.sql`, its types in the module beside it.

A query begins with `-- name: x`, then a line that says why.
"""

from __future__ import annotations

import re
from datetime import datetime
from importlib import resources
from typing import LiteralString, NamedTuple, cast
from uuid import UUID

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
"""Where something that never happened stands in a list that is ordered by it."""


class Place(NamedTuple):
    """A row's place in a list: when, and which of those at that moment."""

    at: datetime
    id: UUID


def after(place: Place | None) -> dict[str, datetime | UUID | None]:
    """Return the parameters of a query that begins after a place; None: at the beginning."""
    return {"after_at": None if place is None else place.at, "after_id": None if place is None else place.id}


def load(file: str) -> dict[str, LiteralString]:
    """Return the queries of `file` (without `.sql`) by name."""
    text = (resources.files("storage.queries") / f"{file}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {name: cast(LiteralString, body.strip()) for name, body in zip(parts[::2], parts[1::2], strict=True)}
