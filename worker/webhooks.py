"""Where a tenant wants to be told of its events: endpoints, their secrets, and what is sent again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from capture.errors import NotFoundError, RefusedError
from capture.webhooks import PING, SECRET_BYTES, TYPES, secret_of
from storage.db import Actor, Connection
from storage.queries import tenants
from storage.queries import webhooks as queries
from worker.delivering import deliver_one
from worker.outbound import check_url
from worker.services import Services

OVERLAP_S = 86_400
"""How long a secret that was replaced goes on signing, unless somebody says otherwise."""


def create(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    url: str,
    *,
    types: Sequence[str] = (),
    description: str = "",
    include_payload: bool = False,
) -> tuple[queries.Endpoint, str]:
    """Add an endpoint; return it with its secret, for this is the only time that it is told. No types: all.

    Raises: RefusedError (`webhook_url_invalid`, `request_invalid`).
    """
    check_url(url, private=services.settings.webhook_private)
    secret = _new_secret()
    chosen = _known(types) or tuple(TYPES)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        endpoint_id = queries.add(tx, url, description, chosen, secret, include_payload=include_payload)
        tenants.log_action(tx, "webhook.created", "webhook", endpoint_id)
        made = queries.get(tx, endpoint_id)
    assert made is not None
    return made, secret


def change(
    services: Services, tenant_id: UUID, actor: Actor, endpoint_id: UUID, changes: dict[str, Any]
) -> queries.Endpoint:
    """Change an endpoint. `changes`: of url, description, types, include_payload and enabled those that change.

    Raises: NotFoundError (`webhook_unknown`), RefusedError (`webhook_url_invalid`, `request_invalid`).
    """
    if changes.get("url") is not None:
        check_url(changes["url"], private=services.settings.webhook_private)
    if changes.get("types") is not None:
        changes = {**changes, "types": _known(changes["types"]) or tuple(TYPES)}
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if not queries.change(tx, endpoint_id, **changes):
            raise unknown()
        if changes.get("enabled") is False:
            queries.give_up_waiting(tx, endpoint_id, "The webhook was switched off.")
        tenants.log_action(tx, "webhook.changed", "webhook", endpoint_id, {"fields": sorted(changes)})
        made = queries.get(tx, endpoint_id)
    assert made is not None
    return made


def remove(services: Services, tenant_id: UUID, actor: Actor, endpoint_id: UUID) -> None:
    """Remove an endpoint, its secrets, and what waits for it. Raises: NotFoundError (`webhook_unknown`)."""
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if not queries.remove(tx, endpoint_id):
            raise unknown()
        tenants.log_action(tx, "webhook.removed", "webhook", endpoint_id)


def rotate(services: Services, tenant_id: UUID, actor: Actor, endpoint_id: UUID, overlap_s: float = OVERLAP_S) -> str:
    """Put a new secret in force and return it; the one before it signs as well for `overlap_s`.

    Raises: NotFoundError (`webhook_unknown`).
    """
    secret = _new_secret()
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if queries.get(tx, endpoint_id) is None:
            raise unknown()
        queries.rotate(tx, endpoint_id, secret, overlap_s)
        tenants.log_action(tx, "webhook.rotated", "webhook", endpoint_id)
    return secret


def ping(services: Services, tenant_id: UUID, actor: Actor, endpoint_id: UUID) -> queries.Delivery:
    """Send a message to try an endpoint, now; return how it went. One that fails is tried again like any other.

    Raises: NotFoundError (`webhook_unknown`), RefusedError (`webhook_disabled`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        _enabled(tx, endpoint_id)
        delivery_id = queries.add_message(tx, endpoint_id, PING, {"webhook_id": str(endpoint_id)})
    deliver_one(services, tenant_id, endpoint_id, delivery_id)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        (found,) = queries.deliveries(tx, endpoint_id, delivery_id=delivery_id)
    return found


def replay(services: Services, tenant_id: UUID, actor: Actor, endpoint_id: UUID, delivery_id: UUID) -> queries.Delivery:
    """Have one delivery sent again.

    Raises: NotFoundError (`webhook_unknown`, `delivery_unknown`), RefusedError (`webhook_disabled`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        _enabled(tx, endpoint_id)
        if not queries.replay_one(tx, endpoint_id, delivery_id):
            raise NotFoundError("delivery_unknown", "There is no such delivery")
        tenants.log_action(tx, "webhook.replayed", "webhook", endpoint_id, {"messages": 1})
        (found,) = queries.deliveries(tx, endpoint_id, delivery_id=delivery_id)
    return found


def replay_range(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    endpoint_id: UUID,
    since: datetime,
    until: datetime,
    *,
    everything: bool = False,
) -> int:
    """Have the messages of a time sent that were given up or missed; `everything`: those that arrived as well.

    Raises: NotFoundError (`webhook_unknown`), RefusedError (`webhook_disabled`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        _enabled(tx, endpoint_id)
        count = queries.replay_range(tx, endpoint_id, since, until, everything=everything)
        tenants.log_action(tx, "webhook.replayed", "webhook", endpoint_id, {"messages": count})
    return count


def shortened(url: str) -> str:
    """Return an address without what may be a secret in it: its path and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}/…"


def unknown() -> NotFoundError:
    """Return the one answer for an endpoint that is not there."""
    return NotFoundError("webhook_unknown", "There is no such webhook")


def _enabled(tx: Connection, endpoint_id: UUID) -> None:
    found = queries.get(tx, endpoint_id)
    if found is None:
        raise unknown()
    if found.disabled_at is not None:
        raise RefusedError("webhook_disabled", "The webhook is switched off")


def _known(types: Sequence[str]) -> tuple[str, ...]:
    """Return the types in their order. Raises: RefusedError (`request_invalid`) for one that there is not."""
    wrong = sorted(set(types) - TYPES.keys())
    if wrong:
        raise RefusedError("request_invalid", f"There is no type {wrong[0]!r}; there are {', '.join(TYPES)}")
    return tuple(one for one in TYPES if one in types)


def _new_secret() -> str:
    return secret_of(os.urandom(SECRET_BYTES))
