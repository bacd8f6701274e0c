"""`capture review`: a person's decision on an event."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from capture.review import Decision
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
    summary,
)
from worker.deciding import decide_event

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


def _decide(
    event: str, decision: Decision, changes: dict[str, Any] | None, tenant: str, user: str, *, json: bool
) -> None:
    event_id = parse_id(event, "event_unknown")
    with desk(tenant, user, needs=("database",)) as where:
        row, affected = decide_event(where.services, where.tenant.id, where.actor, event_id, decision, changes)
    if json:
        print_json({**vars(row), "affected": [vars(effect) for effect in affected]})
    else:
        console.print(f"{row.event_type} {row.id}: {row.review_state}, {summary(row.event_type, row.payload)}")
        print_affected(affected)
