"""Commands for operations: `migrate`, `sweep`, `rerun`, `doctor`."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from capture.errors import ConfigError
from capture.explaining import summary
from storage.db import owner_connection
from storage.migrate import migrate as apply_migrations
from storage.queries import runs
from worker import doctor as checks
from worker import rerun as reruns
from worker import sweep as sweeping
from worker.commands.common import (
    JsonOption,
    TenantOption,
    UserOption,
    await_final,
    console,
    desk,
    find_vehicle,
    opened,
    parse_id,
    print_json,
    print_table,
    settings,
    upload_states,
)
from worker.local import stack


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("migrate")(migrate)
    app.command("sweep")(sweep)
    app.command("rerun")(rerun)
    app.command("ready")(ready)
    app.command("doctor")(doctor)


def migrate(json: JsonOption = False) -> None:
    """Bring the database's schema up to date; safe to repeat, and from several places at once."""
    with stack(settings(), ("database",)) as running:
        url = running.settings.database_url.get_secret_value()
        if not url:
            raise ConfigError("service_missing", "Migrations need CAPTURE_DATABASE_URL, the schema's owner")
        with owner_connection(url) as connection:
            applied = apply_migrations(connection)
    if json:
        print_json({"applied": applied})
    else:
        console.print("\n".join(applied) if applied else "The schema is up to date.")


def sweep(
    watch: Annotated[bool, typer.Option(help="Go on until stopped, for containers.")] = False,
    json: JsonOption = False,
) -> None:
    """Find what is stuck, lost or was never announced, and queue it."""
    with opened() as services:
        if watch:
            stopped = threading.Event()
            signal.signal(signal.SIGTERM, lambda *_: stopped.set())
            sweeping.run_forever(services, stopped)
            return
        found = sweeping.sweep(services)
    if json:
        print_json(found)
    else:
        console.print(
            f"{found.requeued} queued again, {found.announced} taken in, {found.closed} never landed, "
            f"{found.strays} of nobody we know (`capture doctor` lists them), {found.told} webhook messages sent."
        )


def rerun(
    upload: Annotated[list[str] | None, typer.Option(help="This upload; may be repeated.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Uploads in this state; may be repeated.")] = None,
    vehicle: Annotated[str, typer.Option(help="Uploads of this vehicle, by id or label.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the results (workers must be running).")] = True,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Read uploads again. Events stand as they are: the results are proposals beside them."""
    if not (upload or state or vehicle):
        raise typer.BadParameter("say which uploads: --upload, --state or --vehicle")
    with desk(tenant, user) as where:
        chosen = reruns.select(
            where.services,
            where.tenant.id,
            where.actor,
            ids=[parse_id(text, "upload_unknown") for text in upload] if upload else None,
            states=upload_states(state),
            vehicle_id=find_vehicle(where, vehicle).id if vehicle else None,
        )
        if not yes and not typer.confirm(f"Read {len(chosen)} uploads again?", err=True):
            raise typer.Abort
        ids = reruns.start(where.services, where.tenant.id, where.actor, chosen)
        if where.alone:
            wait = False
            typer.echo("No workers run: `capture up` reads them.", err=True)
        if wait:
            await_final(where, ids)
        found = reruns.results(where.services, where.tenant.id, where.actor, ids) if wait else []
    if json:
        print_json({"queued": ids, "proposals": [vars(row) for row in found]})
        return
    more = " (there may be more: run it again)" if len(ids) == reruns.MAX_SELECTED else ""
    console.print(f"{len(ids)} uploads queued again{more}.")
    if wait:
        _print_proposals(found)


def ready() -> None:
    """Exit 0 if database, queue and bucket answer; for health checks of containers."""
    with opened() as services:
        services.check()


def doctor(json: JsonOption = False) -> None:
    """Check every dependency: its version, what is missing, and how to mend it. Exit code 3 if the path is broken."""
    findings = checks.examine(settings())
    if json:
        print_json(findings)
    else:
        rows = [[finding.level, finding.name, finding.found, finding.mend] for finding in findings]
        print_table(["", "what", "found", "how to mend it"], rows)
    raise typer.Exit(3 if any(finding.level == "broken" for finding in findings) else 0)


def _print_proposals(found: list[runs.ProposalRow]) -> None:
    rows = [
        [
            row.upload_id,
            row.event_type,
            row.verdict,
            "" if row.present_payload is None else summary(row.event_type, row.present_payload),
            "" if row.payload is None else summary(row.event_type, row.payload),
            row.review_state,
        ]
        for row in found
    ]
    columns = ["upload", "event type", "verdict", "stands", "proposed", "state"]
    print_table(columns, rows, empty="No proposals: these uploads had no events before.")
