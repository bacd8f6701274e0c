"""Named queries: the SQL lies in `*.sql`, its types in the module beside it.

A query begins with `-- name: x`, then a line that says why.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(file: str) -> dict[str, LiteralString]:
    """Return the queries of `file` (without `.sql`) by name."""
    text = (resources.files("storage.queries") / f"{file}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {name: cast(LiteralString, body.strip()) for name, body in zip(parts[::2], parts[1::2], strict=True)}
