"""`capture trust`: what was promised beside what was measured."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.commands.common import JsonOption, TenantOption, UserOption, console, desk, print_json, print_table
from worker.measuring import DAYS, Standing, standings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trust")(show)


def show(
    days: Annotated[int, typer.Option(min=1, max=3_650, help="Count events of the last so many days.")] = DAYS,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Show how often accepted events are wrong, by those who looked unseen, beside what was promised; and alarms."""
    with desk(tenant, user, needs=("database",)) as where:
        rows = standings(where.services, where.tenant.id, where.actor, days)
    if json:
        print_json([row.model_dump() for row in rows])
        return
    print_table(
        [
            "engine",
            "event type",
            "at most wrong",
            "accepted from",
            "accepted",
            "wrong, by blind answers",
            "95 %",
            "wait",
        ],
        [_cells(row) for row in rows],
        empty="No events yet.",
    )
    for row in rows:
        for alarm in row.alarms:
            console.print(f"ALARM: {alarm}")


def _cells(row: Standing) -> list[str]:
    measured = row.measured
    found = measured.error is not None
    return [
        row.engine,
        row.event_type,
        f"{row.promised:.2%}",
        "none" if row.accept_from is None else f"{row.accept_from:.4f}",
        f"{row.accepted:,} of {row.events:,} ({row.automation:.1%})",
        f"{measured.wrong} of {measured.answers} ({measured.error:.2%})" if found else "nobody has answered",
        f"{measured.low:.2%} to {measured.high:.2%}" if found else "-",
        str(row.waiting),
    ]
