"""The API against its own description: whatever is sent, by whomever, the answer is one that the description names.

Schemathesis makes requests that fit the description and requests that do not, always the same ones.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from capture.settings import Settings
from capture.webhooks import PING, TYPES, secret_of
from extractors.reader import Reader
from storage.db import SYSTEM
from storage.queries import events, related, tenants, vehicles, webhooks
from tests.integration import judged
from tests.integration.conftest import SECRET, Fleet, photo
from tests.integration.test_isolation import CUT
from web.app import create_app
from worker import tokens
from worker.pipeline import read_upload

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # other threads of this process, such as the pools' own, may draw a random number while a case is made
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
    pytest.mark.parametrize("server", ["embedded"], indirect=True),
]

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

EXAMPLES = 3
"""Requests of each kind to each endpoint by each caller: so few that all take less than a minute."""

THEIRS = "Unmentionable van"
"""What another tenant calls its vehicle; no answer may hold it."""


OF_PEOPLE = ("/v1/members", "/v1/tokens", "/v1/sessions")
"""Where roles have other rights; tests of people and credentials look at them."""

OF_OWNERS = ("PUT /v1/promises",)
"""Where a manager may not write either."""


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    made = create_app(settings)
    yield made
    made.state.services.close()


@pytest.fixture
def ids(fleet: Fleet, reader: Reader) -> dict[str, UUID]:
    return filled(fleet, reader)


@pytest.fixture
def their_ids(other_fleet: Fleet, reader: Reader) -> dict[str, UUID]:
    found = filled(other_fleet, reader)
    with other_fleet.services.db.tenant_tx(other_fleet.tenant_id, other_fleet.person) as tx:
        vehicles.set_names(tx, other_fleet.vehicle_id, THEIRS, None, None)
    return found


def filled(fleet: Fleet, reader: Reader) -> dict[str, UUID]:
    """Give a tenant one of everything; return the ids by the names that paths give them."""
    upload_id = fleet.send(photo("fuel_000.jpg"))
    for sent in (upload_id, fleet.send(photo("fuel_000.jpg"))):
        read_upload(fleet.services, reader, fleet.tenant_id, sent)
    judged.trusted(fleet, 0.02)
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        cut_id = vehicles.add_cut(tx, fleet.vehicle_id, CUT)
        webhook_id = webhooks.add(
            tx, "https://hooks.invalid/", "", list(TYPES), secret_of(bytes(32)), include_payload=False
        )
        delivery_id = webhooks.add_message(tx, webhook_id, PING, {})
        (event,) = events.find(tx, upload_ids=[upload_id])
        (pair,) = related.find_pairs(tx)
    return {
        "upload_id": upload_id,
        "event_id": event.id,
        "vehicle_id": fleet.vehicle_id,
        "pair_id": pair.id,
        "cut_id": cut_id,
        "webhook_id": webhook_id,
        "delivery_id": delivery_id,
    }


def bearer(
    fleet: Fleet, role: tenants.Role, scopes: tuple[tenants.Scope, ...] = ("read", "upload", "write", "people")
) -> dict[str, str]:
    with fleet.services.db.ops_tx() as tx:
        user_id = tenants.ensure_member(tx, fleet.tenant_id, f"{role}-{uuid4().hex}@example.com", role, role)
    token = tokens.create(fleet.services, fleet.tenant_id, user_id, "test", scopes=scopes)
    return {"Authorization": f"Bearer {token}"}


def ask_everything(
    app: FastAPI, headers: dict[str, str], known: dict[str, UUID], hidden: set[str], examples: int = EXAMPLES
) -> dict[str, set[int]]:
    """Send what fits and what does not to every endpoint; return the statuses by operation.

    `known`: ids for paths, by name; some requests name them, the others make ids up. `hidden`: what no answer may say.
    """
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    seen: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        names = [part.name for part in operation.path_parameters]
        fixed: dict[str, Any] = {name: str(known[name]) for name in names if name in known}
        statuses = seen.setdefault(operation.label, set())
        for path in ([fixed] if fixed else []) + [{}]:
            statuses |= _ask(operation, GenerationMode.POSITIVE, path, headers, hidden, examples)
        with contextlib.suppress(Unsatisfiable):  # where nothing is asked for, nothing can be wrong
            statuses |= _ask(operation, GenerationMode.NEGATIVE, fixed, headers, hidden, examples)
    return seen


def _ask(
    operation: Any,
    mode: GenerationMode,
    path: dict[str, Any],
    headers: dict[str, str],
    hidden: set[str],
    examples: int,
) -> set[int]:
    statuses = set()

    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=path or None))
    @hypothesis_settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)
        said = answer.content.decode()
        assert not any(word in said for word in hidden), f"{operation.label} tells of another tenant"

    ask()
    return statuses


@pytest.mark.parametrize("role", ["owner", "manager", "viewer"])
def test_every_role_gets_what_the_description_says(
    app: FastAPI, fleet: Fleet, ids: dict[str, UUID], their_ids: dict[str, UUID], role: tenants.Role
) -> None:
    hidden = {THEIRS, *map(str, their_ids.values())}
    seen = ask_everything(app, bearer(fleet, role), ids, hidden)
    assert len(seen) > 30
    for label, statuses in seen.items():
        if not any(place in label for place in OF_PEOPLE):
            writes = not label.startswith("GET") and "triggers" not in label
            closed = role == "viewer" or (role == "manager" and label in OF_OWNERS)
            assert (403 in statuses) == (writes and closed), label


def test_a_token_for_uploads_alone_sees_nothing_that_others_sent(
    app: FastAPI, fleet: Fleet, ids: dict[str, UUID]
) -> None:
    hidden = {str(ids[name]) for name in ("event_id", "pair_id", "cut_id")}
    seen = ask_everything(app, bearer(fleet, "manager", ("upload",)), ids, hidden)
    open_to_it = {label for label, statuses in seen.items() if statuses & {200, 201, 202, 204}}
    asked_of_anybody = {"GET /healthz", "GET /readyz"}
    assert open_to_it - asked_of_anybody <= {
        "GET /v1/me",
        "GET /v1/vehicles",
        "POST /v1/uploads",
        "POST /v1/uploads/batch",
        "POST /v1/uploads/{upload_id}/complete",
    }


def test_another_tenants_ids_are_of_things_that_do_not_exist(
    app: FastAPI, fleet: Fleet, other_fleet: Fleet, their_ids: dict[str, UUID]
) -> None:
    before = {table: other_fleet.count(table) for table in ("manual_events", "event_stream", "meter_cuts", "uploads")}
    seen = ask_everything(app, bearer(fleet, "owner"), their_ids, {THEIRS})
    for label, statuses in seen.items():
        if any("{" + name + "}" in label for name in their_ids):
            assert statuses <= {404, 422}, label
    assert {table: other_fleet.count(table) for table in before} == before


def test_without_a_token_nothing_but_health_is_answered(app: FastAPI, ids: dict[str, UUID]) -> None:
    for label, statuses in ask_everything(app, {}, ids, set(map(str, ids.values()))).items():
        if not label.endswith(("healthz", "readyz")):
            assert statuses & {401, 422}, label
            assert all(status in {401, 422} for status in statuses), label


def test_a_storage_with_the_secret_gets_what_the_description_says(app: FastAPI, fleet: Fleet) -> None:
    assert fleet.count("uploads") == 0
    seen = ask_everything(app, {"Authorization": f"Bearer {SECRET}"}, {}, {str(fleet.vehicle_id)})
    assert 202 in seen["POST /v1/triggers/s3"]
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert events.find(tx) == []
