"""Commands for set-up: `tenant create`, `vehicle add`, `token create` and their lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, get_args

import typer

from capture.errors import NotFoundError
from storage.db import SYSTEM
from storage.queries import tenants
from storage.queries.tenants import Scope
from worker import tokens, vehicles
from worker.commands import policy
from worker.commands.common import (
    JsonOption,
    TenantOption,
    UserOption,
    assignments,
    console,
    desk,
    find_vehicle,
    opened,
    parse_id,
    print_affected,
    print_json,
    print_table,
)

tenant_app = typer.Typer(no_args_is_help=True, help="Tenants and their people.")
vehicle_app = typer.Typer(no_args_is_help=True, help="Vehicles of a tenant.")
token_app = typer.Typer(no_args_is_help=True, help="Bearer tokens of the API.")


def register(app: typer.Typer) -> None:
    """Add the command groups."""
    policy.register(tenant_app)
    app.add_typer(tenant_app, name="tenant")
    app.add_typer(vehicle_app, name="vehicle")
    app.add_typer(token_app, name="token")


@tenant_app.command("create")
def create_tenant(
    name: Annotated[str, typer.Argument(help="The tenant's name.")],
    email: Annotated[str, typer.Option(help="The owner's e-mail address.")],
    owner: Annotated[str, typer.Option(help="The owner's name.")] = "Owner",
    kind: Annotated[Literal["solo", "org"], typer.Option(help="A single driver or an organisation.")] = "org",
    json: JsonOption = False,
) -> None:
    """Create a tenant with its owner."""
    with opened(("database",)) as services, services.db.ops_tx() as tx:
        tenant_id = tenants.create_tenant(tx, name, kind)
        tenants.ensure_member(tx, tenant_id, email, owner, "owner")
    if json:
        print_json({"id": tenant_id, "name": name, "kind": kind})
    else:
        console.print(str(tenant_id))


@tenant_app.command("list")
def list_tenants(json: JsonOption = False) -> None:
    """List the tenants."""
    with opened(("database",)) as services, services.db.ops_tx() as tx:
        found = tenants.find_tenants(tx)
    if json:
        print_json([vars(tenant) for tenant in found])
    else:
        print_table(["tenant", "name", "kind"], [[t.id, t.name, t.kind] for t in found], empty="No tenants.")


@tenant_app.command("add-member")
def add_member(
    email: Annotated[str, typer.Argument(help="The person's e-mail address.")],
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[Literal["owner", "manager", "viewer"], typer.Option(help="Viewers look, the others write.")] = (
        "manager"
    ),
    tenant: TenantOption = "",
) -> None:
    """Let a person into the tenant."""
    with desk(tenant, needs=("database",)) as where, where.services.db.ops_tx() as tx:
        tenants.ensure_member(tx, where.tenant.id, email, name, role)


@vehicle_app.command("add")
def add_vehicle(
    label: Annotated[str, typer.Argument(help="How people call the vehicle.")],
    make: Annotated[str | None, typer.Option(help="Who made it.")] = None,
    model: Annotated[str | None, typer.Option(help="Its model.")] = None,
    unit: Annotated[Literal["km", "mi"] | None, typer.Option(help="What its odometer counts.")] = None,
    tenant: TenantOption = "",
    user: UserOption = "",
) -> None:
    """Add a vehicle; print its id."""
    with desk(tenant, user, needs=("database",)) as where:
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            vehicle_id = tenants.add_vehicle(tx, label, make=make, model=model, odometer_unit=unit)
        console.print(str(vehicle_id))


@vehicle_app.command("set")
def set_vehicle(
    vehicle: Annotated[str, typer.Argument(help="Vehicle, by id or label.")],
    values: Annotated[
        list[str],
        typer.Option(
            "--set",
            help="Fact, name=value: odometer_unit, tank_litres, fuel_type, litres_per_100_km, first_registered_on; "
            "repeat it. An empty value takes it out.",
        ),
    ],
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Say what a vehicle is like; its events are compared with it again."""
    with desk(tenant, user, needs=("database",)) as where:
        vehicle_id = find_vehicle(where, vehicle).id
        changes = assignments(values)
        facts, affected = vehicles.set_facts(where.services, where.tenant.id, where.actor, vehicle_id, changes)
    if json:
        said = facts.model_dump(mode="json")
        print_json({"id": vehicle_id, **said, "affected": [vars(effect) for effect in affected]})
    else:
        print_table(["fact", "value"], list(facts))
        print_affected(affected)


@vehicle_app.command("list")
def list_vehicles(tenant: TenantOption = "", json: JsonOption = False) -> None:
    """List the vehicles."""
    with desk(tenant, needs=("database",)) as where:
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            found = tenants.vehicles(tx)
    if json:
        print_json([vars(vehicle) for vehicle in found])
    else:
        rows = [[v.id, v.label, v.odometer_unit] for v in found]
        print_table(["vehicle", "label", "unit"], rows, empty="No vehicles.")


@token_app.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    days: Annotated[int | None, typer.Option(min=1, help="Valid for so many days. Default: until revoked.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may be used for: read, upload (send photos, no more), write, people (members, tokens); "
            "repeat it. Default: read and write."
        ),
    ] = None,
    tenant: TenantOption = "",
    user: UserOption = "",
) -> None:
    """Make a token for a person; it is printed once and kept as a hash alone."""
    scopes = _scopes(scope) if scope else tokens.USUAL
    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with desk(tenant, user, needs=("database",)) as where:
        assert where.actor.user_id is not None
        token = tokens.create(where.services, where.tenant.id, where.actor.user_id, name, expires, scopes)
    typer.echo(token)


def _scopes(words: list[str]) -> list[Scope]:
    wrong = sorted(set(words) - set(get_args(Scope)))
    if wrong:
        raise typer.BadParameter(f"there is no scope {wrong[0]}; there are {', '.join(get_args(Scope))}")
    return [one for one in get_args(Scope) if one in words]


@token_app.command("list")
def list_tokens(tenant: TenantOption = "", json: JsonOption = False) -> None:
    """List the tokens, without their secrets."""
    with desk(tenant, needs=("database",)) as where:
        with where.services.db.tenant_tx(where.tenant.id, SYSTEM) as tx:
            found = tenants.tokens(tx)
    if json:
        print_json([vars(token) for token in found])
    else:
        rows = [
            [t.id, t.name, t.email, ", ".join(t.scopes), t.created_at, t.last_used_at, t.expires_at, t.revoked_at]
            for t in found
        ]
        head = ["token", "name", "user", "scopes", "created", "last used", "expires", "revoked"]
        print_table(head, rows, empty="No tokens.")


@token_app.command("revoke")
def revoke_token(token: Annotated[str, typer.Argument(help="The token's id.")], tenant: TenantOption = "") -> None:
    """Make a token invalid at once."""
    token_id = parse_id(token, "token_invalid")
    with desk(tenant, needs=("database",)) as where:
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            if not tenants.revoke_token(tx, token_id):
                raise NotFoundError("token_invalid", "There is no such valid token")
            tenants.log_action(tx, "token.revoked", "api_token", token_id)
