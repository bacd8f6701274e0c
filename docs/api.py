"""`docs/reference/api.md`: the HTTP API from the application's own OpenAPI description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from capture.settings import Settings
from docs.markdown import code, page, table
from docs.schema import fields, kind, sentence
from web.answers import PROBLEM
from web.app import create_app
from web.openapi import COMMON


def render() -> str:
    """Return the page."""
    described = create_app(Settings()).openapi()
    endpoints = list(_endpoints(described))
    parts = [_INTRODUCTION]
    for tag in described["tags"]:
        of_it = [one for one in endpoints if one[2]["tags"] == [tag["name"]]]
        rows = [(_link(method, path), _first(operation)) for method, path, operation in of_it]
        about = f"**{tag['name'].capitalize()}.** {tag.get('description', '')}".rstrip()
        parts += [about, table(("endpoint", "what it does"), rows)]
    for method, path, operation in endpoints:
        parts += [f"## {method} {path}", _text(operation), _io(operation), _parameters(operation), _example(operation)]
    parts.append("## Bodies and answers")
    for name, schema in described["components"]["schemas"].items():
        parts += [f"### {name}", sentence(schema), fields(schema, {})]
    return page("HTTP API", *parts)


_INTRODUCTION = """
The same description for machines is served at `/v1/openapi.json`. Bodies and answers are JSON. Where a token is needed,
the request carries `Authorization: Bearer TOKEN`. `capture token create` makes one for one person in one tenant, and
everything is seen and done in that tenant alone. A viewer may look, not change.

Errors are problem documents (RFC 9457, `application/problem+json`): `type`, `title`, `status`, `detail`, and `code`,
which is stable; see [errors](errors.md) for the codes, their HTTP status and what to do. Beside those that are named
below, every endpoint may answer 401, 403 and 422, 413 to a body that is too long, 500 and 503. Wrong requests are
answered with `request_invalid` and the names of the wrong fields, never their values.

A list answers `{"items": [...], "next": ...}`: `next` is the `cursor` of the page that follows, null on the last one.
Rows that come meanwhile move none to another page. A request that creates something takes an `Idempotency-Key`: who
repeats it with the same key within a day gets the first answer, and nothing is made twice; with another request, the
key is refused (`idempotency_key_reused`). An event's `ETag`, sent back as `If-Match` with a decision, makes it fail
with 412 (`version_conflict`) where the event has changed since.

The photo itself never passes through the API: the phone PUTs it to the presigned URL, with exactly the given headers.
The size and the type are signed: a file of another size or type is refused by the storage.
"""


def _endpoints(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _text(operation: dict[str, Any]) -> str:
    return " ".join(str(operation.get("description", operation.get("summary", ""))).split())


def _io(operation: dict[str, Any]) -> str:
    """Return what is sent and what is answered, one line each."""
    lines = []
    if "security" in operation:
        secret = operation["security"] == [{"trigger": []}]
        lines.append("- Needs the trigger secret." if secret else "- Needs a token or a session.")
    body = _schema(operation.get("requestBody", {}))
    if body:
        lines.append(f"- Body: {kind(body)}.")
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            schema = _schema(answer)
            lines.append(f"- Answer {status}: {kind(schema) if schema else 'nothing'}.")
    own = {status: _codes(answer) for status, answer in operation["responses"].items() if status >= "400"}
    refusals = [f"{status} {', '.join(code(name) for name in names)}" for status, names in own.items() if names]
    if refusals:
        lines.append(f"- Refusals of its own: {'; '.join(refusals)}.")
    return "\n".join(lines)


def _codes(answer: dict[str, Any]) -> list[str]:
    """Return the error codes of an answer, but those that every endpoint may give."""
    return [name for name in answer["content"][PROBLEM].get("examples", {}) if name not in COMMON]


def _first(operation: dict[str, Any]) -> str:
    """Return the first paragraph of what an endpoint does."""
    return " ".join(operation["description"].partition("\n\n")[0].split())


def _example(operation: dict[str, Any]) -> str:
    """Return an example of the body that an endpoint takes."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    found = body.get("example")
    return "" if found is None else f"```json\n{json.dumps(found, indent=2, ensure_ascii=False)}\n```"


def _parameters(operation: dict[str, Any]) -> str:
    rows = [
        (code(parameter["name"]), parameter["in"], kind(parameter["schema"]), _given(parameter))
        for parameter in operation.get("parameters", ())
        if parameter["in"] in ("query", "path", "header")
    ]
    return table(("parameter", "in", "what", "given"), rows) if rows else ""


def _given(parameter: dict[str, Any]) -> str:
    if parameter.get("required"):
        return "always"
    default = parameter["schema"].get("default")
    return "if wanted" if default is None else f"default {code(default)}"


def _schema(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _link(method: str, path: str) -> str:
    anchor = f"{method} {path}".lower().replace(" ", "-")
    return f"[`{method} {path}`](#{''.join(c for c in anchor if c.isalnum() or c in '-_')})"
