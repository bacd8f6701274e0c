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


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(show)


def show(
    event: Annotated[str, typer.Argument(help="The event's id.")],
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Show an event: why it was accepted or flagged, in words, and every reason that was ever given."""
    event_id = parse_id(event, "event_unknown")
    with desk(tenant, user, needs=("database",)) as where:
        found = explained(where.services, where.tenant.id, where.actor, event_id)
    if json:
        shown = {**vars(found.event), **vars(found.facts), "explanation": found.paragraph}
        print_json({**shown, "reasons": [vars(reason) for reason in found.reasons]})
        return
    row = found.event
    console.print(f"{row.event_type} {row.id}: {row.review_state}, {row.vehicle}, {row.occurred_at:%Y-%m-%d %H:%M %Z}")
    console.print(f"\n{found.paragraph}\n")
    table = [[f"{one.created_at:%Y-%m-%d %H:%M}", one.kind, one.code, one.sentence] for one in found.reasons]
    print_table(["said", "kind", "code", "reason"], table, empty="No reasons: a person entered it.")
