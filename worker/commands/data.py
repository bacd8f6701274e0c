"""Commands on what there is: `ingest`, `uploads`, `events`, `event add`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx2
import typer

from capture.errors import CaptureError, UnavailableError
from capture.events import EventType
from capture.events.base import Kind
from capture.explaining import summary
from capture.image import sniff
from capture.review import ReviewState
from storage.queries import events, related, uploads
from worker import deciding
from worker.commands.common import (
    Desk,
    JsonOption,
    TenantOption,
    UserOption,
    assignments,
    await_final,
    console,
    desk,
    find_vehicle,
    parse_time,
    print_affected,
    print_json,
    print_table,
    read_bytes,
    upload_states,
    when_local,
)
from worker.intake import complete, expect

event_app = typer.Typer(no_args_is_help=True, help="Enter events by hand.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ingest")(ingest)
    app.command("uploads")(list_uploads)
    app.command("events")(list_events)
    app.add_typer(event_app, name="event")


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Photos, PDFs, files of trips or notes, or folders of them.")],
    vehicle: Annotated[str, typer.Option(help="Vehicle, by id or label.")],
    kind: Annotated[Kind | None, typer.Option(help="What the photos are.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until each is final (workers must be running).")] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Send files into the bucket and queue them. Workers (`capture up`) read them; nothing is lost if none run yet."""
    rows = []
    worst = 0
    with desk(tenant, user) as where:
        chosen = find_vehicle(where, vehicle)
        for file in _files(paths):
            try:
                upload_id = _send(where, chosen.id, file, kind)
                rows.append({"file": str(file), "upload_id": upload_id, "state": "queued", "error": None})
            except CaptureError as error:
                worst = worst or error.exit_code
                said = {"code": error.code, "message": error.message}
                rows.append({"file": str(file), "upload_id": None, "state": "refused", "error": said})
        sent: list[UUID] = [row["upload_id"] for row in rows if isinstance(row["upload_id"], UUID)]
        if wait and sent and not where.alone:
            states = await_final(where, sent)
            for row in rows:
                row["state"] = states.get(row["upload_id"], row["state"])
    if json:
        print_json(rows)
    else:
        table = [[row["file"], row["upload_id"], row["state"], _code(row["error"])] for row in rows]
        print_table(["file", "upload", "state", "error"], table)
    raise typer.Exit(worst)


def list_uploads(
    state: Annotated[list[str] | None, typer.Option(help="Only in this state; may be repeated.")] = None,
    vehicle: Annotated[str, typer.Option(help="Only of this vehicle, by id or label.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    tenant: TenantOption = "",
    json: JsonOption = False,
) -> None:
    """List uploads, newest first, with their errors."""
    with desk(tenant, needs=("database",)) as where:
        vehicle_id = find_vehicle(where, vehicle).id if vehicle else None
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            rows = uploads.find(tx, states=upload_states(state), vehicle_id=vehicle_id, limit=limit)
    if json:
        print_json([vars(row) for row in rows])
        return
    table = [
        [row.id, row.state, row.vehicle, row.content_type, when_local(row.created_at), row.error_code] for row in rows
    ]
    print_table(["upload", "state", "vehicle", "type", "came", "error"], table, empty="No uploads.")


def list_events(
    event_type: Annotated[EventType | None, typer.Option("--type", help="Only of this type.")] = None,
    review_state: Annotated[ReviewState | None, typer.Option("--state", help="Only in this review state.")] = None,
    vehicle: Annotated[str, typer.Option(help="Only of this vehicle, by id or label.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    tenant: TenantOption = "",
    json: JsonOption = False,
) -> None:
    """List events by the time that they tell of, latest first."""
    with desk(tenant, needs=("database",)) as where:
        vehicle_id = find_vehicle(where, vehicle).id if vehicle else None
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            states: list[str] | None = None if review_state is None else [review_state]
            rows = events.find(tx, event_type=event_type, review_states=states, vehicle_id=vehicle_id, limit=limit)
            partners = related.partners_of(tx, [row.id for row in rows])
    if json:
        beside = {row.id: [one.partner_id for one in partners if one.event_id == row.id] for row in rows}
        print_json([{**vars(row), "partners": beside[row.id]} for row in rows])
        return
    table = [
        [
            row.id,
            row.event_type,
            row.vehicle,
            summary(row.event_type, row.payload),
            "unknown" if row.confidence is None else row.confidence,
            row.review_state,
            ", ".join(str(flag["code"]) for flag in row.flag_reasons),
            when_local(row.occurred_at),
        ]
        for row in rows
    ]
    columns = ["event", "type", "vehicle", "reading", "confidence", "state", "why", "occurred"]
    print_table(columns, table, empty="No events.")


@event_app.command("add")
def add_event(
    event_type: Annotated[EventType, typer.Argument(help="What kind of event.")],
    values: Annotated[list[str], typer.Option("--set", help="Payload field, name=value; lists as JSON.")],
    vehicle: Annotated[str, typer.Option(help="Vehicle, by id or label.")],
    occurred_at: Annotated[str, typer.Option("--at", help="When, ISO 8601 with offset. Default: now.")] = "",
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Enter an event by hand: no photo, no confidence, `source = manual`."""
    when = parse_time(occurred_at)
    with desk(tenant, user, needs=("database",)) as where:
        row, affected = deciding.add_event(
            where.services,
            where.tenant.id,
            where.actor,
            find_vehicle(where, vehicle).id,
            event_type,
            assignments(values),
            when,
        )
    if json:
        print_json({**vars(row), "affected": [vars(effect) for effect in affected]})
    else:
        console.print(f"{row.event_type} {row.id}: {row.review_state}, {summary(row.event_type, row.payload)}")
        print_affected(affected)


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")))
        else:
            found.append(path)
    return found


def _send(where: Desk, vehicle_id: UUID, file: Path, kind: Kind | None) -> UUID:
    data = read_bytes(file, where.services.settings.max_bytes)
    said = uploads.Announcement(
        vehicle_id=vehicle_id, size_bytes=len(data), content_type=sniff(data, kind), hint_kind=kind
    )
    expected = expect(where.services, where.tenant.id, where.actor, said)
    try:
        httpx2.put(expected.url, content=data, headers=expected.headers, timeout=60).raise_for_status()
    except httpx2.HTTPError as error:
        raise UnavailableError("storage_unavailable", f"The storage did not take {file.name}") from error
    complete(where.services, where.tenant.id, where.actor, expected.upload_id)
    return expected.upload_id


def _code(error: object) -> str:
    return str(error["code"]) if isinstance(error, dict) else ""
