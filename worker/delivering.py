"""Messages of webhooks on their way: what is due is sent, signed, by a thread of the sweep; what fails waits.

A message was written in the transaction that made it true, so none is lost and none is sent for what never was. It
may arrive twice: a receiver knows it by its id. To one endpoint, the messages of one event go one after the other.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

from capture import __version__
from capture.errors import CaptureError
from capture.webhooks import headers_of, message_name, next_try_in
from storage.db import SYSTEM, Connection
from storage.queries import tenants
from storage.queries import webhooks as queries
from worker import outbound
from worker.services import Services

log = logging.getLogger(__name__)

PAUSE_S = 1.0
"""Between two looks at what is due."""

THREADS = 4
"""Endpoints that are served at once; each transaction is short, so the pool of connections is not exhausted."""

ENDPOINTS = 100
"""How many one look takes, by chance, so that none keeps the others out."""

TURN_S = 10.0
"""An endpoint that is served this long lets the others have their turn."""

LEASE_S = 60.0
"""Longer than a try may take; after it, another process takes the delivery over."""

KEPT_S = 30 * 86_400
"""How long messages can be replayed."""

GONE = 410


def deliver_due(services: Services, stopped: threading.Event | None = None) -> int:
    """Send what is due, the endpoints side by side; return how many tries were made."""
    with services.db.ops_tx() as tx:
        found = queries.due(tx, ENDPOINTS)
    if not found:
        return 0
    with ThreadPoolExecutor(min(THREADS, len(found)), "webhook") as pool:
        turns = [pool.submit(_serve, services, tenant_id, endpoint_id, stopped) for tenant_id, endpoint_id in found]
        return sum(turn.result() for turn in turns)


def deliver_one(services: Services, tenant_id: UUID, endpoint_id: UUID, delivery_id: UUID | None = None) -> bool | None:
    """Send the next message of an endpoint, or this one; return whether it arrived, None where nothing is due."""
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        claimed = queries.claim(tx, endpoint_id, LEASE_S, delivery_id)
        if claimed is None:
            return None
        body = _body(claimed, _payload(tx, claimed))
        secrets = queries.secrets_of(tx, endpoint_id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"MotoMind-Capture/{__version__}",
        **headers_of(message_name(str(claimed.message_id)), secrets, datetime.now(UTC), body),
    }
    status, error = None, None
    try:
        status = outbound.post(claimed.url, headers, body, private=services.settings.webhook_private)
        error = None if 200 <= status < 300 else f"It answered HTTP {status}."
    except CaptureError as failure:
        error = f"{failure.fact}."
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        _settle(tx, claimed, status, error)
    return error is None


def forget(services: Services) -> int:
    """Forget messages that nobody can replay any more; return how many."""
    with services.db.ops_tx() as tx:
        return queries.forget(tx, KEPT_S)


def _serve(services: Services, tenant_id: UUID, endpoint_id: UUID, stopped: threading.Event | None) -> int:
    """Send to one endpoint until nothing is due, a try fails or its turn is over; return how many tries were made."""
    end = time.monotonic() + TURN_S
    tries = 0
    try:
        while time.monotonic() < end and not (stopped is not None and stopped.is_set()):
            arrived = deliver_one(services, tenant_id, endpoint_id)
            tries += arrived is not None
            if not arrived:
                break
    except CaptureError as error:
        log.warning("webhooks: %s", error.message)
    return tries


def _settle(tx: Connection, claimed: queries.Claimed, status: int | None, error: str | None) -> None:
    if error is None:
        queries.settle(tx, claimed, "delivered", status=status, error=None)
        return
    pause = next_try_in(claimed.attempts, random.random())  # noqa: S311 (spreads retries; no secret)
    if status == GONE or pause is None:
        queries.settle(tx, claimed, "dead", status=status, error=error)
    else:
        queries.settle(tx, claimed, "pending", status=status, error=error, pause_s=pause.total_seconds())
    if status == GONE and queries.disable_gone(tx, claimed.endpoint_id):
        queries.give_up_waiting(tx, claimed.endpoint_id, "The webhook was switched off, since it answered HTTP 410.")
        tenants.log_action(tx, "webhook.gone", "webhook", claimed.endpoint_id)


def _payload(tx: Connection, claimed: queries.Claimed) -> dict[str, object]:
    """Return what the event says as it stands now, for endpoints that ask for it."""
    if not claimed.include_payload or claimed.event_id is None or claimed.event_created_at is None:
        return {}
    found = queries.event_payload(tx, claimed.event_id, claimed.event_created_at)
    return {} if found is None else {"payload": found[0], "payload_of_version": found[1]}


def _body(claimed: queries.Claimed, more: dict[str, object]) -> bytes:
    said = {
        "type": claimed.type,
        "timestamp": claimed.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {**claimed.data, **more},
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
