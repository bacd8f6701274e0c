"""`capture signin`: an address that signs somebody in, once; and how `capture up` greets."""

from __future__ import annotations

import typer

from capture.errors import NotFoundError, RefusedError
from worker.commands.common import TenantOption, UserOption, console, desk, find_actor, find_tenant
from worker.services import Services
from worker.sessions import LINK_TTL_S
from worker.welcome import signin_address


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("signin")(signin)


def signin(tenant: TenantOption = "", user: UserOption = "") -> None:
    """Print an address that signs a person in with a browser, once, within a quarter of an hour."""
    with desk(tenant, user, needs=("database",)) as where:
        assert where.actor.user_id is not None
        typer.echo(signin_address(where.services, where.tenant.id, where.actor.user_id))


def greet(services: Services) -> None:
    """Print an address that signs in who has started the product; why not, where it is not clear who that is."""
    try:
        tenant = find_tenant(services, services.settings.tenant)
        actor = find_actor(services, tenant, services.settings.user)
    except (RefusedError, NotFoundError) as error:
        console.print(f"To sign in: `capture signin --tenant NAME` prints a link. ({error.fact})")
        return
    assert actor.user_id is not None
    console.print(
        f"Sign in to {tenant.name}, once within {LINK_TTL_S // 60} minutes (`capture signin` prints another):"
    )
    typer.echo(f"  {signin_address(services, tenant.id, actor.user_id)}")  # never folded: it would not be a link
