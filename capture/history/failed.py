"""A rule that an event fails, before anybody has said how much that matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Facts = Mapping[str, float | str | None]
"""The numbers of a finding by name: distances in kilometres, volumes in litres, dates ISO."""


class Failed(NamedTuple):
    """A rule's code, a sentence with the numbers, and the same as facts."""

    code: str
    sentence: str
    facts: Facts
