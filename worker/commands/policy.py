"""`capture tenant policy`: what a tenant allows, and at what cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from capture.errors import RefusedError
from capture.policy import dollars
from worker.commands.common import JsonOption, TenantOption, UserOption, console, desk, print_json
from worker.policies import change_policy

NO_BOUND = "none"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("policy")(policy)


def policy(
    vision: Annotated[
        bool | None,
        typer.Option("--allow-vision/--forbid-vision", help="Whether photos may be shown to the vision model."),
    ] = None,
    forbid: Annotated[list[str] | None, typer.Option(help="Engine that may not see photos; may be repeated.")] = None,
    permit: Annotated[list[str] | None, typer.Option(help="Engine that may see them again; may be repeated.")] = None,
    event_budget: Annotated[
        str | None, typer.Option(help="What engines may cost for one photo, US dollars; `none` for no bound.")
    ] = None,
    daily_budget: Annotated[
        str | None, typer.Option(help="What they may cost on one day (UTC), US dollars; `none` for no bound.")
    ] = None,
    blind_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of accepted events that are answered unseen.")
    ] = None,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Show or change what the tenant allows. A vision model sees its photos only once it is allowed."""
    changes: dict[str, Any] = {
        name: value for name, value in (("allow_vision", vision), ("blind_share", blind_share)) if value is not None
    }
    for name, text in (("event_budget_micros", event_budget), ("daily_budget_micros", daily_budget)):
        if text is not None:
            changes[name] = _micros(text)
    with desk(tenant, user, needs=("database",)) as where:
        said = change_policy(where.services, where.tenant.id, where.actor, {})
        if forbid or permit:
            changes["forbidden_engines"] = sorted({*said.forbidden_engines, *(forbid or ())} - {*(permit or ())})
        said = change_policy(where.services, where.tenant.id, where.actor, changes)
    if json:
        print_json({"tenant": where.tenant.id, **asdict(said)})
        return
    console.print(f"Showing photos to a vision model is {'allowed' if said.allow_vision else 'forbidden'}.")
    console.print(f"Engines that may not see photos: {', '.join(said.forbidden_engines) or 'none'}.")
    for words, micros in (("photo", said.event_budget_micros), ("day (UTC)", said.daily_budget_micros)):
        console.print(f"Budget for one {words}: {'no bound' if micros is None else dollars(micros)}.")
    console.print(f"Accepted events that are answered unseen: {said.blind_share:.1%}.")


def _micros(text: str) -> int | None:
    if text == NO_BOUND:
        return None
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= 1e6:
        raise RefusedError("request_invalid", f"{text!r} is no amount of US dollars and not {NO_BOUND!r}")
    return round(amount * 1e6)
