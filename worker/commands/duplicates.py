"""`capture duplicates`: pairs of events that may be one."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from storage.queries import related as queries
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
from worker.duplicates import PairDecision, decide_pair

duplicates_app = typer.Typer(no_args_is_help=True, help="Decide whether two events are one.")

PairArgument = Annotated[str, typer.Argument(help="The pair's id.")]

State = Literal["proposed", "confirmed", "dismissed", "withdrawn", "all"]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(duplicates_app, name="duplicates")


@duplicates_app.command("list")
def list_pairs(
    state: Annotated[State, typer.Option(help="Only in this state.")] = "proposed",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    tenant: TenantOption = "",
    json: JsonOption = False,
) -> None:
    """List pairs of events that may be one, newest first."""
    with desk(tenant, needs=("database",)) as where, where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
        rows = queries.find_pairs(tx, None if state == "all" else state, limit)
    if json:
        print_json([vars(row) for row in rows])
        return
    table = [[row.id, row.event_id, row.kind, f"{row.score:.2f}", row.state, row.sentence] for row in rows]
    print_table(["pair", "event", "kind", "alike", "state", "why"], table, empty="No pairs.")


@duplicates_app.command()
def confirm(pair: PairArgument, tenant: TenantOption = "", user: UserOption = "", json: JsonOption = False) -> None:
    """Say that the two are one: the event that the pair is about is voided."""
    _decide(pair, "confirm", tenant, user, json=json)


@duplicates_app.command()
def dismiss(pair: PairArgument, tenant: TenantOption = "", user: UserOption = "", json: JsonOption = False) -> None:
    """Say that they are two: the flag is taken back, and the pair is not proposed again."""
    _decide(pair, "dismiss", tenant, user, json=json)


def _decide(pair: str, decision: PairDecision, tenant: str, user: str, *, json: bool) -> None:
    pair_id = parse_id(pair, "duplicate_unknown")
    with desk(tenant, user, needs=("database",)) as where:
        row = decide_pair(where.services, where.tenant.id, where.actor, pair_id, decision)
    if json:
        print_json(vars(row))
    else:
        console.print(f"pair {row.id}: {row.state}")
