"""How a phone in the same network finds the capture page: a code in the terminal that opens it, signed in."""

from __future__ import annotations

import sys

import segno
import typer

from capture.errors import NotFoundError, RefusedError
from worker.commands.common import console, find_actor, find_tenant
from worker.services import Services
from worker.sessions import LINK_TTL_S, make_link
from worker.welcome import web_address


def invite(services: Services) -> None:
    """Print the code and what to know; why not, where it is not clear who is to be signed in."""
    base = web_address(services.settings)
    try:
        tenant = find_tenant(services, services.settings.tenant)
        actor = find_actor(services, tenant, services.settings.user)
    except (RefusedError, NotFoundError) as error:
        console.print(f"No code for a phone yet: {error.message} Phones find the pages at {base}.")
        return
    assert actor.user_id is not None
    address = f"{base}/signin?next=%2Fcapture#{make_link(services, tenant.id, actor.user_id)}"
    console.print(
        f"Scan this with a phone in the same network: it opens the capture page, signed in to {tenant.name}. "
        f"It works once, within {LINK_TTL_S // 60} minutes."
    )
    segno.make(address, error="l").terminal(out=sys.stdout, compact=True, border=2)
    typer.echo(f"  {address}")  # never folded: it would not be a link
    console.print(
        "The phone warns of a certificate that it does not know: it is this machine's own. Photos go all the same; to "
        f"open the page without network too, install {base}/certificate.crt (docs/how-to/capture-on-a-phone.md)."
    )
