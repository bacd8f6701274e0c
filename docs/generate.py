"""Write the pages of `docs/reference` that follow from the code, and the README's settings: `python -m docs.generate`.

A test compares what `render` returns with what lies there, so a setting, an error code or an event type that is not
documented does not pass.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from capture import job, review
from capture.settings import Settings, variable
from docs import api, commands, errors, events
from docs.markdown import code, page, table
from docs.schema import bounds

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- settings:begin -->", "<!-- settings:end -->"


def main() -> None:
    """Write every generated page; say which ones changed."""
    for name, text in render().items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}\n")


def render() -> dict[str, str]:
    """Return every generated file's text by its path below the repository's root."""
    return {
        "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8")),
        "docs/reference/api.md": api.render(),
        "docs/reference/commands.md": commands.render(),
        "docs/reference/errors.md": errors.render(),
        "docs/reference/events.md": events.render(),
        "docs/reference/flags.md": flags(),
        "docs/reference/settings.md": settings(),
        "docs/reference/states.md": states(),
    }


def readme(text: str) -> str:
    """Return the README with its table of settings, between the two markers, made again."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise SystemExit(f"README.md lacks the lines {BEGIN} and {END}")
    rows = [(code(variable(name)), _default(name), field.description or "") for name, field in _fields().items()]
    return f"{before}{BEGIN}\n\n{table(('variable', 'default', 'meaning'), rows)}\n\n{END}{after}"


def settings() -> str:
    """Return the page of the settings."""
    schema: Mapping[str, Any] = Settings.model_json_schema()["properties"]
    rows = [
        (code(variable(name)), _default(name), _form(name, schema[name]), field.description or "")
        for name, field in _fields().items()
    ]
    return page("Settings", _ABOUT_SETTINGS, table(("variable", "default", "form", "meaning"), rows))


_ABOUT_SETTINGS = """
All settings are environment variables. There is no settings file. A variable that begins with `CAPTURE_` and is not in
this list is an error (`setting_unknown`), so that a slip of the pen does not go unnoticed.

A *secret* has no default and is not shown by any command.

An empty URL means: use the embedded server of that kind, and start it if none runs.
"""


def flags() -> str:
    """Return the page of the flags."""
    rows = [(code(name), "told" if name in review.NOTES else "flags", text) for name, text in review.FLAGS.items()]
    return page(
        "Flags",
        _ABOUT_FLAGS,
        table(("code", "effect", "meaning"), rows),
        f"The reason of an event whose flags of history were taken back has the code {code(review.HISTORY_AGREES)}; "
        f"where a pair or a stop no longer speaks against it, {code(review.RELATIVES_AGREE)}. "
        f"The reason of an event that was accepted without a person has the code {code(review.ACCEPTED_BECAUSE)}: its "
        "probability is known and not below the threshold that follows from the promise, and nothing flags it.",
    )


_ABOUT_FLAGS = """
A flag is a reason to look at an event. It has a code, which is a public contract, and a sentence with the numbers of
the case. They are in `flag_reasons` of the event and, with the facts they rest on, in the table `explanations`.

*flags*: one such flag sends the event to a person. *told*: the flag is a note; it is kept with the event, but does not
send it to a person by itself.

A flag whose `origin` is `history` comes from the vehicle's other readings. It is raised and taken back as more of them
are known, until a person decides, and its `level` says what it does for the tenant: `capture rules list` shows what is
set.
"""


def states() -> str:
    """Return the page of the states of uploads and events."""
    uploads = [
        (code(name), "yes" if name in job.FINAL else "", _codes(job.FOLLOWS[name], job.MEANING), meaning)
        for name, meaning in job.MEANING.items()
    ]
    decided = [
        (code(name), _codes([d for d in review.NEXT if name in review.ALLOWED[d]], review.NEXT), meaning)
        for name, meaning in review.MEANING.items()
    ]
    decisions = [
        (code(name), _codes(review.ALLOWED[name], review.MEANING), code(after)) for name, after in review.NEXT.items()
    ]
    return page(
        "States",
        "## Uploads",
        _ABOUT_UPLOADS,
        _diagram(["expected"], [(a, b, "") for a in job.MEANING for b in job.MEANING if b in job.FOLLOWS[a]]),
        table(("state", "final", "may become", "meaning"), uploads),
        "## Events under review",
        _ABOUT_REVIEW,
        _diagram(
            ["accepted", "flagged"],
            [(a, review.NEXT[d], d) for a in review.MEANING for d in review.NEXT if a in review.ALLOWED[d]],
        ),
        table(("review state", "decisions", "meaning"), decided),
        table(("decision", "allowed from", "leads to"), decisions),
    )


_ABOUT_UPLOADS = """
An upload is one object in the bucket, or the announcement of one. Its state is in `uploads.state`. A final state is
left by a re-run, or by a photo that came late after all.
"""

_ABOUT_REVIEW = """
An event begins as `accepted` or `flagged`, and may change between the two with what is known of its vehicle; only a
person moves it on. `verified_by_user` is true for `verified` and `corrected`, and the database refuses a program that
changes such an event.
"""


def _diagram(first: list[str], arrows: list[tuple[str, str, str]]) -> str:
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {name}" for name in first]
    lines += [f"    {a} --> {b}{f': {word}' if word else ''}" for a, b, word in arrows]
    return "```mermaid\n" + "\n".join(lines) + "\n```"


def _codes(names: Collection[str], order: Collection[str]) -> str:
    return ", ".join(code(name) for name in order if name in names)


def _fields() -> Mapping[str, Any]:
    return Settings.model_fields


def _default(name: str) -> str:
    value = _fields()[name].default
    if isinstance(value, SecretStr):
        return "*secret*"
    return code(",".join(value) if isinstance(value, tuple) else value)


def _form(name: str, schema: Mapping[str, Any]) -> str:
    value = _fields()[name].default
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        word = "integer" if isinstance(value, int) else "number"
        return ", ".join([word, *bounds(schema)])
    return "list, comma-separated" if isinstance(value, tuple) else "text"


if __name__ == "__main__":
    main()
