"""What commands share: settings, services, tenant and actor, tables and JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table

from capture.errors import ImageError, NotFoundError, RefusedError
from capture.exif import plausible_time
from capture.job import FINAL, MEANING
from capture.settings import Settings, load
from storage.db import SYSTEM, Actor
from storage.queries import tenants, uploads
from worker.effects import Effect
from worker.local import ALL, Service, stack
from worker.services import Services
from worker.supervise import prepare

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TenantOption = Annotated[
    str, typer.Option("--tenant", help="Tenant, by id or name. Default: CAPTURE_TENANT, or the only one.")
]
UserOption = Annotated[
    str, typer.Option("--user", help="Who acts, by e-mail. Default: CAPTURE_USER, or the tenant's owner.")
]

POLL_S = 0.5

WIDE = 200
"""Columns of a table that goes to a file or a pipe, where nothing is gained by folding it."""

console = Console(width=None if sys.stdout.isatty() else WIDE, markup=False, emoji=False, highlight=False)
"""Standard output; plain where it is no terminal."""


@dataclass(frozen=True)
class Desk:
    """Where a command works: services, one tenant, one acting person."""

    services: Services
    tenant: tenants.Tenant
    actor: Actor
    alone: bool = False
    """No workers run: the services were started for this command."""


def settings() -> Settings:
    """Return the settings of the environment."""
    return load(os.environ)


@contextmanager
def opened(needs: tuple[Service, ...] = ALL) -> Iterator[Services]:
    """Provide services: configured, running, or started for this command alone."""
    with _opened(needs) as (services, _):
        yield services


@contextmanager
def _opened(needs: tuple[Service, ...]) -> Iterator[tuple[Services, bool]]:
    with stack(settings(), needs) as running:
        services = prepare(running, bucket="s3" in needs) if running.owned else Services(running.settings)
        try:
            yield services, running.owned
        finally:
            services.close()


@contextmanager
def desk(tenant: str = "", user: str = "", needs: tuple[Service, ...] = ALL) -> Iterator[Desk]:
    """Provide services with tenant and actor resolved.

    Raises: NotFoundError (`tenant_unknown`, `user_unknown`), RefusedError (`tenant_ambiguous`).
    """
    with _opened(needs) as (services, alone):
        found = find_tenant(services, tenant or services.settings.tenant)
        yield Desk(services, found, find_actor(services, found, user or services.settings.user), alone)


def find_tenant(services: Services, needle: str) -> tenants.Tenant:
    """Return the tenant of that id or name, or the only one."""
    with services.db.ops_tx() as tx:
        found = tenants.find_tenants(tx, needle)
    if not found:
        fact = f"There is no tenant {needle!r}" if needle else "There is no tenant yet (`capture tenant create`)"
        raise NotFoundError("tenant_unknown", fact)
    if len(found) > 1:
        raise RefusedError("tenant_ambiguous", f"{len(found)} tenants could be meant")
    return found[0]


def find_actor(services: Services, tenant: tenants.Tenant, email: str) -> Actor:
    """Return a member of the tenant as actor; its first owner if none is named."""
    with services.db.tenant_tx(tenant.id, SYSTEM) as tx:
        members = tenants.members(tx)
    chosen = [m for m in members if (m.email == email.strip().lower() if email else m.role == "owner")]
    if not chosen:
        raise NotFoundError("user_unknown", "The tenant has no such member")
    return Actor("person", chosen[0].id)


def find_vehicle(where: Desk, needle: str) -> tenants.Vehicle:
    """Return the vehicle of that id or label.

    Raises: NotFoundError (`vehicle_unknown`).
    """
    with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
        found = [v for v in tenants.vehicles(tx) if needle in (str(v.id), v.label)]
    if len(found) != 1:
        raise NotFoundError("vehicle_unknown", f"The tenant has {len(found) or 'no'} such vehicle")
    return found[0]


def await_final(where: Desk, ids: list[UUID]) -> dict[object, str]:
    """Wait until all uploads are final; return their states."""
    while True:
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            rows = uploads.find(tx, ids=ids, limit=len(ids))
        if all(row.state in FINAL for row in rows):
            return {row.id: row.state for row in rows}
        time.sleep(POLL_S)


def read_bytes(file: Path, max_bytes: int) -> bytes:
    """Return a file's bytes; one that is too large is not even read.

    Raises: NotFoundError (`file_unknown`), ImageError (`image_too_large`).
    """
    try:
        size = file.stat().st_size
        if size > max_bytes:
            raise ImageError("image_too_large", f"{file} has {size:,} bytes; the limit is {max_bytes:,}")
        return file.read_bytes()
    except OSError as error:
        raise NotFoundError("file_unknown", f"{file} cannot be read ({error.strerror})") from None


def parse_id(text: str, code: str) -> UUID:
    """Return an identifier; one that is none is as unknown as any other.

    Raises: NotFoundError with `code`.
    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError(code, "That is not an id") from None


def parse_time(text: str) -> datetime:
    """Return a time with an offset; now for no text.

    Raises: RefusedError (`request_invalid`).
    """
    if not text:
        return datetime.now().astimezone()
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None or not plausible_time(when):
        raise RefusedError("request_invalid", f"{text!r} is not a time with an offset, such as 2026-01-31T08:00+01:00")
    return when


def when_local(value: datetime) -> str:
    """Return a time as people here read it."""
    return f"{value.astimezone():%Y-%m-%d %H:%M}"


def print_affected(effects: Sequence[Effect]) -> None:
    """List what a change did to other events of a vehicle; nothing where it did nothing."""
    if not effects:
        return
    rows = [
        [
            effect.event_id,
            effect.event_type,
            when_local(effect.occurred_at),
            effect.state_after
            if effect.state_before == effect.state_after
            else f"{effect.state_before} -> {effect.state_after}",
            ", ".join(effect.raised),
            ", ".join(effect.cleared),
            "" if effect.reading_after is None else f"{effect.reading_before} -> {effect.reading_after}",
        ]
        for effect in effects
    ]
    print_table(["other event", "type", "occurred", "state", "raised", "cleared", "reading"], rows)


def print_json(value: Any) -> None:
    """Print as JSON, UTF-8, two spaces deep."""
    sys.stdout.write(json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str = "Nothing.") -> None:
    """Print a table, or `empty`."""
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number < 2)
    for row in rows:
        table.add_row(*["" if cell is None else str(cell) for cell in row])
    console.print(table)


def assignments(pairs: Sequence[str]) -> dict[str, Any]:
    """Read `name=value` words; an empty value takes the field out.

    Lists, objects and quoted text are read as JSON, all else as text, which the payload's model turns into what
    the field is.
    Raises: RefusedError (`payload_invalid`).
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise RefusedError("payload_invalid", f"{pair!r} is not name=value")
        found[name] = text or None
        if text[:1] in ("[", "{", '"'):
            try:
                found[name] = json.loads(text)
            except ValueError:
                raise RefusedError("payload_invalid", f"The value of {name} is not JSON") from None
    return found


def upload_states(words: Sequence[str] | None) -> list[str] | None:
    """Return the named states of uploads, None for no names."""
    wrong = sorted(set(words or ()) - MEANING.keys())
    if wrong:
        raise typer.BadParameter(f"there is no state {wrong[0]}; there are {', '.join(MEANING)}")
    return list(words) if words else None
