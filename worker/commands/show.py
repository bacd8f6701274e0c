"""`capture show`: one event, and why it stands as it does."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.commands.common import (
    JsonOption,
    TenantOption,
    UserOption,
    console,
    desk,
    parse_id,
    print_json,
    print_table,
)
from worker.explaining import explained
from worker.prose import in_prose


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(show)


def show(
    event: Annotated[str, typer.Argument(help="The event's id.")],
    prose: Annotated[
        bool, typer.Option("--prose", help="Have the vision model put it into prose, where the tenant allows it.")
    ] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Show an event: why it was accepted or flagged, in words, and every reason that was ever given."""
    event_id = parse_id(event, "event_unknown")
    with desk(tenant, user, needs=("database",)) as where:
        why_none = None
        if prose:
            found, why_none = in_prose(where.services, where.tenant.id, where.actor, event_id)
        else:
            found = explained(where.services, where.tenant.id, where.actor, event_id)
    if json:
        shown = {**vars(found.event), **vars(found.facts), "explanation": found.paragraph, "prose": found.prose}
        print_json({**shown, "reasons": [vars(reason) for reason in found.reasons]})
        return
    row = found.event
    console.print(f"{row.event_type} {row.id}: {row.review_state}, {row.vehicle}, {row.occurred_at:%Y-%m-%d %H:%M %Z}")
    console.print(f"\n{found.paragraph}\n")
    if found.prose is not None:
        console.print(f"In the words of a model: {found.prose}\n")
    if why_none is not None:
        console.print(f"There is no prose: {why_none}\n")
    table = [[f"{one.created_at:%Y-%m-%d %H:%M}", one.kind, one.code, one.sentence] for one in found.reasons]
    print_table(["said", "kind", "code", "reason"], table, empty="No reasons: a person entered it.")
