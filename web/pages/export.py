"""Lists as CSV files: what the page shows, all of it, sent as it is read. Who took what is in the audit log."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from storage.db import Actor, Connection
from storage.queries import Place, blind, lookup, tenants
from web.auth import ServicesDep, actor_of
from web.pages import showing
from web.pages.events import STATES as EVENT_STATES
from web.pages.listing import Asked, asked, with_terms
from web.pages.uploads import STATES as UPLOAD_STATES
from web.sessions import VisitorDep
from worker.services import Services
from worker.sessions import Session

router = APIRouter(include_in_schema=False)

AT_ONCE = 500
"""Rows of one transaction: a slow reader holds none open."""

EVENT_COLUMNS = (
    "event_id", "occurred_at", "event_type", "vehicle", "state", "says", "odometer", "odometer_unit", "volume",
    "volume_unit", "unit_price", "total", "currency", "confidence", "read_by", "flags", "upload_id", "recorded_at",
    "version",
)  # fmt: skip
UPLOAD_COLUMNS = (
    "upload_id", "received_at", "taken_at", "vehicle", "state", "kind", "content_type", "size_bytes", "sender",
    "event_types", "read_by", "error_code", "error_message",
)  # fmt: skip

Cell = str | int | float | None


@router.get("/events.csv")
def export_events(request: Request, services: ServicesDep, visitor: VisitorDep) -> StreamingResponse:
    """Send the events of a list; of one that waits for a blind answer, what was read is left out."""
    wanted = asked("events", request.query_params, EVENT_STATES)

    def read(tx: Connection, by: lookup.Filters, after: Place | None) -> tuple[list[list[Cell]], Any]:
        rows = lookup.events(tx, by, after, AT_ONCE)
        if by.terms:  # what is found by its words is known by them
            blind.note_views(tx, [row.id for row in rows if row.unseen])
        return [_event(row) for row in rows], Place(rows[-1].occurred_at, rows[-1].id) if rows else None

    return _sent(request, services, visitor, "events", wanted, EVENT_COLUMNS, read)


@router.get("/uploads.csv")
def export_uploads(request: Request, services: ServicesDep, visitor: VisitorDep) -> StreamingResponse:
    """Send the uploads of a list."""
    wanted = asked("uploads", request.query_params, UPLOAD_STATES)

    def read(tx: Connection, by: lookup.Filters, after: Place | None) -> tuple[list[list[Cell]], Any]:
        rows = lookup.uploads(tx, by, after, AT_ONCE)
        if by.terms:
            blind.note_views(tx, [UUID(event["id"]) for row in rows for event in row.events])
        return [_upload(row) for row in rows], Place(rows[-1].created_at, rows[-1].id) if rows else None

    return _sent(request, services, visitor, "uploads", wanted, UPLOAD_COLUMNS, read)


Read = Callable[[Connection, lookup.Filters, Place | None], tuple[list[list[Cell]], Place | None]]


def _sent(
    request: Request,
    services: Services,
    visitor: Session,
    what: str,
    wanted: Asked,
    columns: Sequence[str],
    read: Read,
) -> StreamingResponse:
    caller, actor = visitor.principal, actor_of(request, visitor.principal)
    filters = {name: value for name, value in wanted.said.items() if value and name != "q"}
    details = {"what": what, "filters": filters, "searched": bool(wanted.said["q"])}
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        by, wordless = with_terms(tx, wanted)
        tenants.log_action(tx, "export.started", "tenant", caller.tenant_id, details)
    pages = _pages(services, visitor, actor, by, read, details) if not wordless else iter(())
    name = f"{what}-{datetime.now(UTC):%Y-%m-%d}.csv"
    return StreamingResponse(
        _lines(columns, pages),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _pages(
    services: Services, visitor: Session, actor: Actor, by: lookup.Filters, read: Read, details: dict[str, Any]
) -> Iterator[list[list[Cell]]]:
    """Yield the rows, AT_ONCE at a time; when it ends, also half-way, write how many there were into the audit log."""
    tenant_id, sent, whole, after = visitor.principal.tenant_id, 0, False, None
    try:
        while True:
            with services.db.tenant_tx(tenant_id, actor) as tx:
                rows, after = read(tx, by, after)
            if rows:
                yield rows
                sent += len(rows)
            if len(rows) < AT_ONCE:
                whole = True
                return
    finally:
        with services.db.tenant_tx(tenant_id, actor) as tx:
            ended = {**details, "rows": sent, "whole": whole}
            tenants.log_action(tx, "export.ended", "tenant", tenant_id, ended)


def _lines(columns: Sequence[str], pages: Iterator[list[list[Cell]]]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _csv([list(columns)])  # by the mark, spreadsheets know that it is UTF-8
    for rows in pages:
        yield _csv(rows)


def _csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe before it.

    Source: OWASP, CSV Injection.
    """
    if isinstance(cell, str) and cell.lstrip(" ").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    ):
        return f"'{cell}"
    return cell


def _event(row: lookup.EventItem) -> list[Cell]:
    said = {} if row.unseen else row.payload
    odometer = "reading" if row.event_type == "odometer_reading" else "odometer"
    unit = "unit" if row.event_type == "odometer_reading" else "odometer_unit"
    return [
        str(row.id), _time(row.occurred_at), row.event_type, row.vehicle, row.review_state,
        "" if row.unseen else showing.line(row.event_type, row.payload),
        said.get(odometer), said.get(unit), said.get("volume"), said.get("volume_unit"), said.get("unit_price"),
        said.get("total_cost", said.get("cost")), said.get("currency"), None if row.unseen else row.confidence,
        row.payload.get("source"), "" if row.unseen else " ".join(flag["code"] for flag in row.flag_reasons),
        None if row.upload_id is None else str(row.upload_id), _time(row.created_at), row.version,
    ]  # fmt: skip


def _upload(row: lookup.UploadItem) -> list[Cell]:
    return [
        str(row.id), _time(row.created_at), _time(row.captured_at), row.vehicle, row.state, row.hint_kind,
        row.content_type, row.size_bytes, row.sender, " ".join(event["event_type"] for event in row.events),
        " ".join(row.engines), row.error_code, row.error_message,
    ]  # fmt: skip


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds")
