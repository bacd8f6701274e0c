"""A request that may come twice is done once: whoever repeats it, with the same key, gets the first one's answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from capture.errors import ConflictError, RefusedError
from storage.db import Actor
from storage.queries import once as queries
from worker.services import Services

KEPT_S = 86_400
"""How long an answer is kept."""

LEASE_S = 60.0
"""A request without an answer for so long was left by a process that died; its repetition begins anew."""


@dataclass(frozen=True)
class Once:
    """One request of one person. `key`: what the caller chose, None where it did not; `request`: what is asked."""

    services: Services
    tenant_id: UUID
    actor: Actor
    key: str | None
    request: bytes

    def do(self, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, a JSON object; of a repeated request, what the first one has made.

        What was refused is not kept: the request may be repeated. A key belongs to one person in one tenant.
        Raises: RefusedError (`idempotency_key_reused`), ConflictError (`idempotency_key_busy`), and what `make` raises.
        """
        if self.key is None:
            return make()
        key_hash = hashlib.sha256(self.key.encode()).digest()
        digest = hashlib.sha256(self.request).digest()
        with self.services.db.tenant_tx(self.tenant_id, self.actor) as tx:
            mine = queries.claim(tx, key_hash, digest, LEASE_S)
            kept = None if mine else queries.find(tx, key_hash)
        if not mine:
            return _first(kept, digest)
        made = None
        try:
            made = make()
        finally:
            with self.services.db.tenant_tx(self.tenant_id, self.actor) as tx:
                if made is None:
                    queries.give_back(tx, key_hash)
                else:
                    queries.keep(tx, key_hash, made)
        return made


def forget(services: Services) -> int:
    """Forget keys whose day is over; return how many."""
    with services.db.ops_tx() as tx:
        return queries.forget(tx, KEPT_S)


def _first(kept: queries.Kept | None, digest: bytes) -> Any:
    if kept is not None and kept.request_digest != digest:
        raise RefusedError("idempotency_key_reused", "The key was sent with another request before")
    if kept is None or kept.answer is None:
        raise ConflictError("idempotency_key_busy", "The same request is being worked on")
    return kept.answer
