"""`capture review`: what waits for a person, and a person's decision on an event."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from capture.errors import RefusedError
from capture.explaining import summary
from capture.review import Decision
from capture.sampling import asked
from storage.queries import blind
from worker.answering import answer_event, photo_url, waiting
from worker.commands.common import (
    JsonOption,
    TenantOption,
    UserOption,
    assignments,
    console,
    desk,
    parse_id,
    print_affected,
    print_json,
    print_table,
)
from worker.deciding import Decided, decide_event

review_app = typer.Typer(
    no_args_is_help=True, help="Decide on an event, as a person; no program changes it afterwards."
)

EventArgument = Annotated[str, typer.Argument(help="The event's id.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(review_app, name="review")


@review_app.command()
def confirm(event: EventArgument, tenant: TenantOption = "", user: UserOption = "", json: JsonOption = False) -> None:
    """Say that the event is right."""
    _decide(event, "confirm", None, tenant, user, json=json)


@review_app.command()
def correct(
    event: EventArgument,
    values: Annotated[list[str], typer.Option("--set", help="Payload field, name=value; repeat it.")],
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Put the event right; what follows from the corrected fields is computed again."""
    _decide(event, "correct", assignments(values), tenant, user, json=json)


@review_app.command()
def reject(event: EventArgument, tenant: TenantOption = "", user: UserOption = "", json: JsonOption = False) -> None:
    """Say that the photo shows no such event."""
    _decide(event, "reject", None, tenant, user, json=json)


@review_app.command()
def void(event: EventArgument, tenant: TenantOption = "", user: UserOption = "", json: JsonOption = False) -> None:
    """Take an event back that counted so far."""
    _decide(event, "void", None, tenant, user, json=json)


@review_app.command("list")
def list_waiting(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """List what waits for a person, oldest first: flagged events and, without what was read, blind samples."""
    with desk(tenant, user, needs=("database",)) as where:
        rows = waiting(where.services, where.tenant.id, where.actor, limit)
    if json:
        print_json([_shown(row) for row in rows])
        return
    table = [
        [
            row.id,
            row.event_type,
            row.vehicle,
            f"answer {', '.join(asked(row.event_type))}"
            if row.payload is None
            else summary(row.event_type, row.payload),
            ", ".join(str(flag["code"]) for flag in row.flag_reasons),
        ]
        for row in rows
    ]
    print_table(["event", "type", "vehicle", "reading", "why"], table, empty="Nothing waits for a person.")


@review_app.command("next")
def show_next(tenant: TenantOption = "", user: UserOption = "", json: JsonOption = False) -> None:
    """Show what has waited longest, with a URL at which its photo can be seen for a while."""
    with desk(tenant, user, needs=("database", "s3")) as where:
        rows = waiting(where.services, where.tenant.id, where.actor, 1)
        found = [{**_shown(row), "photo_url": photo_url(where.services, row)} for row in rows]
    if json:
        print_json(found[0] if found else None)
        return
    for name, value in found[0].items() if found else ():
        if value not in (None, []):
            console.print(f"{name}: {value}", soft_wrap=True)
    if not found:
        console.print("Nothing waits for a person.")


@review_app.command()
def answer(
    event: EventArgument,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="What the photo shows, name=value; empty if it does not.")
    ] = None,
    no_event: Annotated[bool, typer.Option("--no-event", help="The photo shows no such event.")] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Answer a blind sample: say what the photo shows, without having seen what was read."""
    if no_event == bool(values):
        raise RefusedError("payload_invalid", "An answer has either values (--set) or --no-event")
    event_id = parse_id(event, "event_unknown")
    with desk(tenant, user, needs=("database",)) as where:
        said = None if no_event else assignments(values or [])
        done = answer_event(where.services, where.tenant.id, where.actor, event_id, said)
    _print(done, json=json)


def _shown(row: blind.Waiting) -> dict[str, Any]:
    """Return what a person may see of it."""
    hidden = {"bucket", "object_key", "object_version"}
    shown = {name: value for name, value in vars(row).items() if name not in hidden}
    return {**shown, "asked": list(asked(row.event_type)) if row.blind else []}


def _decide(
    event: str, decision: Decision, changes: dict[str, Any] | None, tenant: str, user: str, *, json: bool
) -> None:
    event_id = parse_id(event, "event_unknown")
    with desk(tenant, user, needs=("database",)) as where:
        done = decide_event(where.services, where.tenant.id, where.actor, event_id, decision, changes)
    _print(done, json=json)


def _print(done: Decided, *, json: bool) -> None:
    row, affected = done
    if json:
        print_json({**vars(row), "affected": [vars(effect) for effect in affected]})
    else:
        console.print(f"{row.event_type} {row.id}: {row.review_state}, {summary(row.event_type, row.payload)}")
        print_affected(affected)
