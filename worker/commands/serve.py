"""Commands that keep running: `up`, `demo`, `web`, `worker`."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from capture.settings import Settings
from worker import demo as demonstration
from worker.commands.common import console, settings
from worker.commands.phone import invite
from worker.commands.signin import greet
from worker.lan import Lan
from worker.lan import lan as lan_of
from worker.local import Stack, data_dir, stack, usable_data_dir
from worker.servers import free_port
from worker.services import Services
from worker.supervise import child_environment, prepare, running, web_command, worker_command
from worker.welcome import ensure_tenant


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    app.command("demo")(demo)
    app.command("web")(web)
    app.command("worker")(worker)


def up(
    lan: Annotated[
        bool, typer.Option("--lan", help="Let phones in the local network in, over TLS, and print a code for one.")
    ] = False,
) -> None:
    """Run everything on this machine: the embedded services that no setting names, web, workers and sweep."""
    chosen = _with_port(settings())
    reach = lan_of(usable_data_dir(chosen) / "lan") if lan else None
    if reach is not None:
        chosen = _for_phones(chosen, reach)
    with _until_stopped() as stopped, stack(chosen, own=True, reach=reach) as services_stack:
        services = prepare(services_stack)
        if ensure_tenant(services):
            console.print("Nothing was there yet, so a first tenant with one vehicle was made.")
        with running(services) as base:
            _serve(services, services_stack, base, stopped, reach=reach)
        services.close()


def demo(
    photos: Annotated[Path | None, typer.Option(help="Folder of photos to send instead of the fixtures.")] = None,
    exit_: Annotated[bool, typer.Option("--exit", help="End when all photos are final.")] = False,
) -> None:
    """Run everything, send every photo as a phone would, and show what became of each."""
    with _until_stopped() as stopped, stack(_with_port(settings()), own=True) as services_stack:
        console.print("PostgreSQL, Redis and S3 are there; starting web and workers.")
        services = prepare(services_stack)
        with running(services) as base:
            done = demonstration.run(services, base, photos, stopped)
            if not exit_ and not stopped.is_set():
                _serve(services, services_stack, base, stopped, demonstration.TENANT)
        services.close()
    raise typer.Exit(0 if done else 1)


def _serve(
    services: Services,
    running_stack: Stack,
    base: str,
    stopped: threading.Event,
    tenant: str = "",
    reach: Lan | None = None,
) -> None:
    """Say where it serves and how to sign in, let other commands know it, and wait to be stopped."""
    settings_now = services.settings
    address = settings_now.public_url or base
    running_stack.tell("public_url", address)
    console.print(f"Serving on {base}; data in {data_dir(settings_now)}. Ctrl-C stops it.")
    told = {"public_url": address, "tenant": settings_now.tenant or tenant}
    greet(Services(settings_now.model_copy(update=told)))
    if reach is not None:
        invite(services)
    stopped.wait()


def web() -> None:
    """Run one web process, for containers; all services are configured."""
    chosen = settings()
    _become(web_command(chosen), child_environment(chosen))


def worker() -> None:
    """Run the workers, for containers; all services are configured."""
    chosen = settings()
    _become(worker_command(chosen), child_environment(chosen))


def _for_phones(chosen: Settings, reach: Lan) -> Settings:
    """Serve on all addresses over TLS; with a certificate that is set already, with that one."""
    update = {"host": "0.0.0.0"}  # noqa: S104 (that is what --lan asks for)
    if not chosen.public_url:
        update["public_url"] = f"https://{reach.address}:{chosen.port}"
    if not chosen.tls_certificate:
        update |= {"tls_certificate": str(reach.certificate), "tls_key": str(reach.key)}
    return chosen.model_copy(update=update)


def _with_port(chosen: Settings) -> Settings:
    """Take a free port where 0 is asked for, so that its number is known."""
    return chosen if chosen.port else chosen.model_copy(update={"port": free_port()})


def _become(command: list[str], environment: dict[str, str]) -> None:
    os.execve(command[0], command, environment)  # noqa: S606 (the process itself, so that signals reach it)


class _until_stopped:  # noqa: N801 (reads as the function it is)
    """Turn Ctrl-C and SIGTERM into an event, so that everything is stopped in order."""

    def __enter__(self) -> threading.Event:
        self.stopped = threading.Event()
        self.before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        return self.stopped

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped.set()
