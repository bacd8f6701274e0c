"""`docs/reference/api.md`: the HTTP API from the application's own OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from capture.settings import Settings
from docs.markdown import code, page, table
from docs.schema import fields, kind, sentence
from web.app import create_app

_SKIPPED = frozenset({"HTTPValidationError", "ValidationError"})
"""FastAPI's own error models; ours is `{"error": ...}`."""


def render() -> str:
    """Return the page."""
    described = create_app(Settings()).openapi()
    endpoints = list(_endpoints(described))
    rows = [(_link(method, path), _text(operation)) for method, path, operation in endpoints]
    parts = [_INTRODUCTION, table(("endpoint", "what it does"), rows)]
    for method, path, operation in endpoints:
        parts += [f"## {method} {path}", _text(operation), _io(operation), _parameters(operation)]
    parts.append("## Bodies and answers")
    for name, schema in described["components"]["schemas"].items():
        if name not in _SKIPPED:
            parts += [f"### {name}", sentence(schema), fields(schema, {})]
    return page("HTTP API", *parts)


_INTRODUCTION = """
The same description for machines is served at `/v1/openapi.json`. Bodies and answers are JSON. Where a token is needed,
the request carries `Authorization: Bearer TOKEN`. `capture token create` makes one for one person in one tenant, and
everything is seen and done in that tenant alone. A viewer may look, not change.

Errors are problem documents (RFC 9457, `application/problem+json`): `type`, `title`, `status`, `detail`, and `code`,
which is stable; see [errors](errors.md) for the codes, their HTTP status and what to do. Wrong requests are answered
with `request_invalid` and the names of the wrong fields, never their values.

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
    if any(parameter["name"] == "authorization" for parameter in operation.get("parameters", ())):
        secret = "triggers" in operation.get("tags", ())
        lines.append("- Needs the trigger secret." if secret else "- Needs a token.")
    body = _schema(operation.get("requestBody", {}))
    if body:
        lines.append(f"- Body: {kind(body)}.")
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            schema = _schema(answer)
            lines.append(f"- Answer {status}: {kind(schema) if schema else 'nothing'}.")
    return "\n".join(lines)


def _parameters(operation: dict[str, Any]) -> str:
    rows = [
        (code(parameter["name"]), parameter["in"], kind(parameter["schema"]), _given(parameter))
        for parameter in operation.get("parameters", ())
        if parameter["in"] in ("query", "path")
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
