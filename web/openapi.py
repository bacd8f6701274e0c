"""The API's description of itself: every status that an endpoint answers with, who may call it, examples.

What all endpoints have in common is said here once; an endpoint says with `answers` which errors are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from capture import __version__
from capture.errors import ADVICE, HTTP_STATUS
from web.answers import PROBLEM, Problem
from web.auth import caller, owner, services_of, writer
from web.examples import filled_in

Responses = dict[int | str, dict[str, Any]]

TAGS = {
    "uploads": "Photos and files: announce one, send it straight to the bucket, see what became of it.",
    "events": "What the photos say, and a person's word on it.",
    "review": "What waits for a person.",
    "duplicates": "Pairs of events that may be one.",
    "vehicles": "The tenant's vehicles and what their records say.",
    "history": "A vehicle's readings as one line through time, the cuts of its meter, and the rules.",
    "trust": "What was promised beside what was measured.",
    "policy": "What the tenant allows engines to see and to cost.",
    "people": "Who is calling, and who belongs to the tenant.",
    "credentials": "Tokens and sessions: what acts for a person.",
    "webhooks": "Where the tenant wants to be told of its events; docs/how-to/webhooks.md says how messages look.",
    "triggers": "Notifications of the object storage.",
    "health": "Is the process alive, and can it do its work.",
}
"""Tags in their order, each with what it is about; others follow by name."""

DESCRIPTION = """
A driver's photo of a dashboard or a receipt becomes a typed event with its provenance; what is doubtful waits for a
person.

**Who is calling.** A token (`Authorization: Bearer cap_…`), a JSON Web Token of the installation's issuer, or a
browser's session. A token does what its scopes name, within the role of its person. An issuer's token names its tenant
in a claim or in the header `X-Capture-Tenant`. A session's writing requests carry `X-CSRF-Token`. Each request sees one
tenant; what belongs to another does not exist (404).

**Lists** answer `{"items": […], "next": …}`. `next` is the `cursor` of the page that follows, null on the last one.
Rows that come meanwhile move none to another page.

**Repeating a request.** A request that creates something takes an `Idempotency-Key`: repeated with the same key within
a day, it gets the first answer, and nothing is made twice.

**Deciding on what you have seen.** An event's `ETag`, sent as `If-Match` with a decision, makes the decision fail with
`version_conflict` (412) where the event has changed since.

**Errors** are problem documents (RFC 9457) with a stable `code`.
"""


def answers(*codes: str) -> Responses:
    """Return the error answers with these codes, for `responses` of an endpoint: one for each HTTP status."""
    found: Responses = {}
    for code in codes:
        status = status_of(code)
        answer = found.setdefault(status, {"description": "", "content": {PROBLEM: {"schema": _REFERENCE}}})
        _add(answer, code)
    return found


def status_of(code: str) -> int:
    """Return the HTTP status of an error code as endpoints raise it."""
    if code in HTTP_STATUS:
        return HTTP_STATUS[code]
    if code == "internal":
        return 500
    if code.endswith("_unavailable"):
        return 503
    if code.endswith(("_unknown", "_gone")) and code not in _REFUSED:
        return 404
    if code.startswith("trigger_"):
        return 400
    return 403 if code in _REFUSED else 409


def describe(app: FastAPI) -> None:
    """Give the application its description."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI's documentation says


def operation_id(route: APIRoute) -> str:
    """Return a name for an endpoint that stays the same when its path changes: its tag and its function."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


_REFUSED = frozenset({
    "csrf_invalid", "role_insufficient", "scope_insufficient", "person_unknown", "email_unverified", "identity_differs",
    "tenant_ambiguous",
})  # fmt: skip

_CALLING = ("token_missing", "token_invalid", "session_expired", "tenant_unknown", *sorted(_REFUSED - {"csrf_invalid"}))
"""How a caller is refused, whatever it asks for."""

COMMON = frozenset({
    *_CALLING, "csrf_invalid", "internal", "database_unavailable", "request_invalid", "request_too_large",
})  # fmt: skip
"""What every endpoint may answer."""

_REFERENCE = {"$ref": "#/components/schemas/Problem"}

_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "Made with `capture token create`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "capture_session", "description": "Of a signed-in browser."},
    "trigger": {"type": "http", "scheme": "bearer", "description": "CAPTURE_TRIGGER_SECRET."},
}


def _description(app: FastAPI) -> dict[str, Any]:
    routes = [
        route
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and route.include_in_schema
    ]
    used = {str(tag) for route in routes for tag in route.tags}
    order = [tag for tag in TAGS if tag in used] + sorted(used - TAGS.keys())
    routes.sort(key=lambda route: order.index(str(route.tags[0])) if route.tags else len(order))
    made = get_openapi(
        title="MotoMind Capture",
        version=__version__,
        description=DESCRIPTION.strip(),
        routes=routes,
        tags=[{"name": tag, **({"description": TAGS[tag]} if tag in TAGS else {})} for tag in order],
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    made["components"]["securitySchemes"] = _SECURITY
    for route in routes:
        for method in route.methods or ():
            _complete(made["paths"][route.path_format][method.lower()], route, method)
    return filled_in(made)


def _complete(operation: dict[str, Any], route: RouteContext, method: str) -> None:
    """Add to an endpoint what it has in common with others: who may call it, and how it refuses."""
    calls = set(_calls(route.dependant))
    operation["parameters"] = [one for one in operation.get("parameters", ()) if one["name"] != "authorization"]
    codes = ["internal"] + (["database_unavailable"] if services_of in calls else [])
    if caller in calls:
        operation["security"] = [{"token": []}, {"session": []}]
        codes += _CALLING
        codes += ["csrf_invalid"] if method != "GET" else []
        operation["description"] += "\n\nNot for viewers." if writer in calls else ""
        operation["description"] += "\n\nFor owners alone." if owner in calls else ""
    elif "triggers" in route.tags:
        operation["security"] = [{"trigger": []}]
    if operation["parameters"] or "requestBody" in operation or method != "GET":
        codes += ["request_invalid"]
    if method != "GET":
        codes += ["trigger_too_large" if "triggers" in route.tags else "request_too_large"]
    responses = operation["responses"]
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]  # FastAPI's own form, which is not ours
    for status, answer in responses.items():
        if status >= "400" and PROBLEM not in answer.get("content", {}):
            answer["content"] = {PROBLEM: {"schema": _REFERENCE}}  # whatever was said of it, this is its form
    for code in codes:
        status = str(status_of(code))
        answer = responses.setdefault(status, {"description": "", "content": {PROBLEM: {"schema": _REFERENCE}}})
        _add(answer, code)
    operation["responses"] = dict(sorted(responses.items()))


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for inner in dependant.dependencies:
        if inner.call is not None:
            yield inner.call
        yield from _calls(inner)


def _add(answer: dict[str, Any], code: str) -> None:
    """Add an error code to an answer: to its description, and as an example."""
    status, advice = status_of(code), ADVICE[code]
    examples = answer["content"][PROBLEM].setdefault("examples", {})
    title = code.replace("_", " ").capitalize()
    value = {"type": f"urn:motomind:error:{code}", "title": title, "status": status, "detail": advice, "code": code}
    examples[code] = {"summary": title, "value": value}
    answer["description"] = ", ".join(f"`{name}`" for name in examples)
