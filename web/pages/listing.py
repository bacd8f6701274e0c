"""What a list is narrowed to, as its address says it, and the way to the next page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import UUID

from capture.errors import RefusedError
from capture.events import EventType
from capture.exif import plausible_time
from capture.review import FLAGS
from storage.db import Connection
from storage.queries import Place, lookup, tenants
from web.paging import place

PAGE = 50
LONGEST = 200
"""Characters of a search; more says nothing more."""


@dataclass(frozen=True)
class Asked:
    """What the address of a list says. `said`: its parameters as they stand, for the form and for links."""

    said: dict[str, str]
    by: lookup.Filters
    after: Place | None

    @property
    def narrowed(self) -> bool:
        """Whether the list is narrowed to something."""
        return any(self.said.values())

    @property
    def more(self) -> bool:
        """Whether it is narrowed by more than the search."""
        return any(value for name, value in self.said.items() if name != "q")

    def link(self, path: str, **changes: str) -> str:
        """Return the address of this list with other parameters."""
        said = {name: value for name, value in {**self.said, **changes}.items() if value}
        return f"{path}?{urlencode(said)}" if said else path


@dataclass(frozen=True)
class Choices:
    """What the form offers."""

    vehicles: list[tenants.Vehicle]
    engines: list[str]


def asked(of: str, params: Mapping[str, str], states: tuple[str, ...]) -> Asked:
    """Return what an address asks for. `of`: the list; `states`: those that there are.

    Raises: RefusedError (`request_invalid`, naming the parameter, never its value; `cursor_invalid`).
    """
    names = ("q", "type", "state", "vehicle", "engine", "flag", "from", "to")
    said = {name: params.get(name, "").replace("\0", " ").strip() for name in names}
    since, until = _day(said, "from"), _day(said, "to")
    by = lookup.Filters(
        id=_id(said["q"]),
        event_type=_one_of(said, "type", get_args(EventType)),
        states=[said["state"]] if _one_of(said, "state", states) else None,
        vehicle_id=_vehicle(said["vehicle"]),
        engine=said["engine"][:LONGEST] or None,
        flag=_one_of(said, "flag", tuple(FLAGS)),
        since=since,
        until=None if until is None else until + timedelta(days=1),
    )
    return Asked({**said, "q": said["q"][:LONGEST]}, by, place(of, params.get("after") or None))


def with_terms(tx: Connection, found: Asked) -> tuple[lookup.Filters, bool]:
    """Return the filters with the words to look for, and whether the search has none that can be looked for."""
    text = found.said["q"]
    if not text or found.by.id is not None:
        return found.by, False
    terms = lookup.terms(tx, text)
    return replace(found.by, terms=terms or None), not terms


def choices(tx: Connection) -> Choices:
    """Return what the form offers."""
    return Choices(tenants.vehicles(tx), lookup.engines(tx))


def write_name_cursor(name: str, row_id: UUID) -> str:
    """Return a place in a list that is ordered by a text and an id."""
    return base64.urlsafe_b64encode(f"{row_id} {name}".encode()).decode().rstrip("=")


def read_name_cursor(text: str) -> tuple[str, UUID] | None:
    """Return the place that an address names; None for the beginning.

    Raises: RefusedError (`request_invalid`).
    """
    if not text:
        return None
    try:
        said = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
        row_id, _, name = said.partition(" ")
        return name.replace("\0", " "), UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise _wrong("after") from error


def _one_of(said: Mapping[str, str], name: str, known: tuple[str, ...]) -> Any:
    if said[name] and said[name] not in known:
        raise _wrong(name)
    return said[name] or None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _vehicle(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise _wrong("vehicle") from error


def _day(said: Mapping[str, str], name: str) -> datetime | None:
    if not said[name]:
        return None
    try:
        moment = datetime.combine(date.fromisoformat(said[name]), time(), UTC)
    except ValueError as error:
        raise _wrong(name) from error
    if not plausible_time(moment):
        raise _wrong(name)
    return moment


def _wrong(name: str) -> RefusedError:
    return RefusedError("request_invalid", f"The address is wrong in: {name}")
