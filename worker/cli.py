"""The `capture` command. Each command's module says what it does; here they meet, and errors become exit codes."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import Annotated

import typer

from capture import __version__
from capture.errors import ADVICE, CaptureError
from worker.commands import (
    access,
    bucket,
    data,
    duplicates,
    evaluate,
    history,
    operate,
    read,
    review,
    serve,
    show,
    signin,
    standing,
    trust,
    webhooks,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From a phone's photo of a dashboard or a receipt to a typed event.",
)
for module in (
    read,
    evaluate,
    serve,
    signin,
    data,
    review,
    duplicates,
    history,
    trust,
    operate,
    access,
    bucket,
    standing,
    show,
    webhooks,
):
    module.register(app)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"capture {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on standard error.")] = False,
    version: Annotated[  # noqa: ARG001 (its callback has done the work)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("psycopg.pool", "httpx2"):
        logging.getLogger(noisy).setLevel(logging.ERROR if not verbose else logging.WARNING)


_command = typer.main.get_command(app)


def main() -> None:
    """Run the command line; exit with the error tree's codes (1 unforeseen, 2 usage, 130 interrupted)."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what a command has started is stopped
    # what runs on this machine is never reached through a proxy
    os.environ["NO_PROXY"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"]))
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    try:
        code = _command(arguments, prog_name="capture", standalone_mode=False)
    except CaptureError as error:
        typer.echo(f"capture: {error.code}: {error.message}", err=True)
        return error.exit_code
    except typer.TyperException as error:
        if error.format_message():  # a group without a command has printed its help
            typer.echo(f"capture: {error.format_message()}", err=True)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("capture: interrupted", err=True)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # the edge: an operator gets a line, the log the trace
        logging.getLogger(__name__).info("unforeseen", exc_info=error)
        typer.echo(f"capture: internal: {type(error).__name__}. {ADVICE['internal']} (-v shows more)", err=True)
        return 1
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
