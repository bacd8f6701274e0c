"""`docs/reference/commands.md`: every command with its help, arguments and options, as the program knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from typer.main import get_command

from docs.markdown import code, page, table
from worker.cli import app


def render() -> str:
    """Return the page."""
    root: Any = get_command(app)
    commands = list(_commands(root, "capture"))
    overview = table(("command", "what it does"), [(_link(name), _first(command.help)) for name, command in commands])
    parts = [_INTRODUCTION, table(("option", "meaning"), [_option(option)[:2] for option in root.params]), overview]
    for name, command in commands:
        parts += [f"## {name}", "```sh\n" + _usage(name, command) + "\n```", str(command.help or "")]
        rows = [_option(parameter) for parameter in command.params]
        if rows:
            parts.append(table(("argument or option", "meaning", "values", "default"), rows))
    return page("Commands", *parts)


_INTRODUCTION = """
`capture` reads its settings from the environment: see [settings](settings.md). With no URL set, it uses the embedded
servers, starts them if none run, and stops what it started. Exit codes are those of the [errors](errors.md).
`--help` works behind every command.

Most commands take `--json`; the keys of `capture read --json` are a [contract](read-json.md).
"""


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for word, inner in command.commands.items():
            yield from _commands(inner, f"{name} {word}")
    else:
        yield name, command


def _usage(name: str, command: Any) -> str:
    words = [name]
    for parameter in command.params:
        if _is_argument(parameter):
            word = parameter.name.upper()
            words.append(f"{word}..." if parameter.nargs == -1 else word)
        elif parameter.required:
            words.append(f"{parameter.opts[0]} {parameter.name.upper()}")
    return " ".join([*words, "[OPTIONS]"] if any(not _is_argument(p) for p in command.params) else words)


def _option(parameter: Any) -> tuple[str, str, str, str]:
    """Return name, meaning, values and default."""
    if _is_argument(parameter):
        name = code(parameter.name.upper())
    else:
        name = ", ".join(code(word) for word in (*parameter.opts, *parameter.secondary_opts))
    required = "required" if parameter.required else _default(parameter)
    return name, str(parameter.help or ""), _values(parameter), required


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or value in ("", False, []):
        return ""
    return code(parameter.opts[0]) if value is True else code(value)


def _values(parameter: Any) -> str:
    """Return the words that the parameter takes, or its bounds."""
    descriptor = getattr(parameter, "type_descriptor", None)
    for annotation in _parts(getattr(descriptor, "annotation", None)):
        if get_origin(annotation) is Literal:
            return ", ".join(code(value) for value in get_args(annotation))
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    return f"{low:,} or more" if low is not None else ""


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    if get_origin(annotation) is not Literal:
        for inner in get_args(annotation):
            yield from _parts(inner)


def _is_argument(parameter: Any) -> bool:
    return not str(parameter.opts[0]).startswith("-")


def _link(name: str) -> str:
    return f"[`{name}`](#{name.replace(' ', '-')})"


def _first(text: str | None) -> str:
    return f"{(text or '').split('. ')[0].rstrip('.')}."
