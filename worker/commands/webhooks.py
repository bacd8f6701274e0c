"""`capture webhooks`: where a tenant wants to be told of its events, and how each telling went."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import typer

from capture.webhooks import TYPES
from storage.queries import webhooks as queries
from worker import webhooks
from worker.commands.common import (
    JsonOption,
    TenantOption,
    UserOption,
    console,
    desk,
    parse_id,
    parse_time,
    print_json,
    print_table,
)

app = typer.Typer(no_args_is_help=True, help="Where to be told of events, and how each telling went.")

WebhookArgument = Annotated[str, typer.Argument(help="The webhook's id.")]
TypeOption = Annotated[list[str] | None, typer.Option("--type", help="What to be told of; repeat it. Default: all.")]


def register(root: typer.Typer) -> None:
    """Add the command group."""
    root.add_typer(app, name="webhooks")


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where to send messages, https://.")],
    types: TypeOption = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    payload: Annotated[bool, typer.Option(help="Send what the photo says along, not ids and states alone.")] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Add a webhook; its secret is printed once."""
    with desk(tenant, user, needs=("database",)) as where:
        made, secret = webhooks.create(
            where.services,
            where.tenant.id,
            where.actor,
            url,
            types=types or (),
            description=description,
            include_payload=payload,
        )
    if json:
        print_json({"id": made.id, "secret": secret})
    else:
        console.print(f"webhook {made.id}\nsecret  {secret}")


@app.command("list")
def list_all(tenant: TenantOption = "", user: UserOption = "", json: JsonOption = False) -> None:
    """List the webhooks."""
    with desk(tenant, user, needs=("database",)) as where:
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            found = queries.find(tx, limit=1_000)
    if json:
        print_json([vars(one) for one in found])
        return
    rows = [[one.id, _state(one), one.waiting, one.dead, one.last_delivered_at, one.url, _types(one)] for one in found]
    columns = ["webhook", "state", "waiting", "given up", "last arrived", "address", "told of"]
    print_table(columns, rows, empty="No webhooks.")


@app.command("set")
def change(
    webhook: WebhookArgument,
    url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    types: TypeOption = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    payload: Annotated[bool | None, typer.Option(help="Send what the photo says along, or ids and states alone.")] = (
        None
    ),
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="Switch it on or off.")] = None,
    tenant: TenantOption = "",
    user: UserOption = "",
) -> None:
    """Change a webhook, switch it off or on again."""
    said = {"url": url, "types": types, "description": description, "include_payload": payload, "enabled": enabled}
    changes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    with desk(tenant, user, needs=("database",)) as where:
        made = webhooks.change(where.services, where.tenant.id, where.actor, _id(webhook), changes)
    console.print(f"{made.url}: {_state(made)}, told of {_types(made)}")


@app.command("remove")
def remove(webhook: WebhookArgument, tenant: TenantOption = "", user: UserOption = "") -> None:
    """Remove a webhook with its secrets and deliveries."""
    with desk(tenant, user, needs=("database",)) as where:
        webhooks.remove(where.services, where.tenant.id, where.actor, _id(webhook))


@app.command("rotate")
def rotate(
    webhook: WebhookArgument,
    overlap_h: Annotated[
        float, typer.Option(min=0, max=168, help="Hours for which the secret before signs as well.")
    ] = 24.0,
    tenant: TenantOption = "",
    user: UserOption = "",
) -> None:
    """Put a new secret in force; it is printed once."""
    with desk(tenant, user, needs=("database",)) as where:
        secret = webhooks.rotate(where.services, where.tenant.id, where.actor, _id(webhook), overlap_h * 3_600)
    typer.echo(secret)


@app.command("ping")
def ping(webhook: WebhookArgument, tenant: TenantOption = "", user: UserOption = "") -> None:
    """Send a message to try a webhook, and say how it went. Exit code 1 if it did not arrive."""
    with desk(tenant, user, needs=("database",)) as where:
        told = webhooks.ping(where.services, where.tenant.id, where.actor, _id(webhook))
    console.print(f"It arrived (HTTP {told.last_status})." if told.state == "delivered" else str(told.last_error))
    raise typer.Exit(0 if told.state == "delivered" else 1)


@app.command("deliveries")
def deliveries(
    webhook: WebhookArgument,
    state: Annotated[Literal["pending", "delivered", "dead"] | None, typer.Option(help="Those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 50,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """List what was sent to a webhook, or is to be, newest first."""
    with desk(tenant, user, needs=("database",)) as where:
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            if queries.get(tx, _id(webhook)) is None:
                raise webhooks.unknown()
            found = queries.deliveries(tx, _id(webhook), state=state, limit=limit)
    if json:
        print_json([vars(one) for one in found])
        return
    rows = [
        [one.id, one.state, one.type, one.event_id, one.attempts, one.last_error, one.next_attempt_at] for one in found
    ]
    columns = ["delivery", "state", "type", "event", "tries", "last error", "next try"]
    print_table(columns, rows, empty="Nothing was sent yet.")


@app.command("replay")
def replay(
    webhook: WebhookArgument,
    delivery: Annotated[str, typer.Option(help="This delivery alone.")] = "",
    since: Annotated[str, typer.Option(help="Messages from this time on, such as 2026-01-31T08:00+01:00.")] = "",
    until: Annotated[str, typer.Option(help="Messages before this time. Default: now.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also those that arrived.")] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
) -> None:
    """Send messages again: one, or those of a time that were given up or missed."""
    if bool(delivery) == bool(since):
        raise typer.BadParameter("say which messages: --delivery or --since")
    with desk(tenant, user, needs=("database",)) as where:
        place = (where.services, where.tenant.id, where.actor, _id(webhook))
        if delivery:
            webhooks.replay(*place, parse_id(delivery, "delivery_unknown"))
            count = 1
        else:
            count = webhooks.replay_range(*place, parse_time(since), parse_time(until), everything=everything)
    console.print(f"{count} messages are sent again by `capture up`, or by `capture sweep`.")


def _id(text: str) -> UUID:
    return parse_id(text, "webhook_unknown")


def _state(one: queries.Endpoint) -> str:
    if one.disabled_at is None:
        return "on"
    return "off" if one.disabled_reason == "person" else "off: it said that it is gone"


def _types(one: queries.Endpoint) -> str:
    return "all" if len(one.types) == len(TYPES) else ", ".join(one.types)
