"""`capture bucket`: tell a real bucket what the pages need of it."""

from __future__ import annotations

from typing import Annotated

import typer

from worker import bucket
from worker.commands.common import console, opened

app = typer.Typer(no_args_is_help=True, help="The bucket of the photos.")


def register(root: typer.Typer) -> None:
    """Add the command group."""
    root.add_typer(app, name="bucket")


@app.callback()
def _group() -> None:
    """Keep `setup` a command of its own, though it is the only one."""


@app.command("setup")
def setup(
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Where people open the pages; may be repeated. Default: CAPTURE_PUBLIC_URL."),
    ] = None,
    notify: Annotated[str, typer.Option(help="ARN of a queue, topic or function that is told of new photos.")] = "",
    notify_url: Annotated[
        str, typer.Option(help="Address that is told of new photos, where the server sends by itself (Ceph).")
    ] = "",
    versioning: Annotated[bool, typer.Option("--versioning", help="Keep what is overwritten or deleted.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Let pages use the bucket, clear given-up uploads away, have new photos announced. Others' rules stay.

    What would change is shown first. Exit code 3 where the server does not keep such settings.
    """
    with opened(("s3",)) as services:
        public = services.settings.public_url
        origins = [bucket.origin_of(url) for url in origin or ([public] if public else [])]
        if not origins:
            raise typer.BadParameter("say where people open the pages: --origin, or CAPTURE_PUBLIC_URL")
        if notify and notify_url:
            raise typer.BadParameter("say one of --notify and --notify-url")
        if notify_url:
            if dry_run:
                typer.echo("A topic that sends to --notify-url would be made; its name is not known before.", err=True)
            elif not yes and not typer.confirm("Make a topic of the server that sends to --notify-url?", err=True):
                raise typer.Abort
            else:
                notify = bucket.make_topic(services, notify_url)
        found = bucket.plans(services, origins, arn=notify, versioning=versioning)
        for plan in found:
            console.print(plan.diff() if plan.changes else f"{plan.part}: {plan.note}")
        if dry_run or not any(plan.changes for plan in found):
            return
        if not yes and not typer.confirm("Change the bucket's settings like this?", err=True):
            raise typer.Abort
        bucket.apply(services, found)
        for one in origins:
            through = bucket.passes(services, one)
            console.print(f"{one}: " + ("its pages get through." if through else "its pages do NOT get through yet."))
