"""Reading uploads again, without touching what stands.

Results become proposals beside the events; an upload that has yielded nothing so far gets its first events.
"""

from __future__ import annotations

from uuid import UUID

from capture.errors import ConflictError, NotFoundError
from capture.job import FINAL
from storage.db import Actor
from storage.queries import operations, runs, tenants, uploads
from worker.intake import enqueue
from worker.services import Services

MAX_SELECTED = 10_000

YIELDED_NOTHING = FINAL - {"recorded"}
"""Final states of uploads that may be tried again without anything to compare the result with."""


def select(
    services: Services,
    tenant_id: UUID,
    actor: Actor,
    *,
    ids: list[UUID] | None = None,
    states: list[str] | None = None,
    vehicle_id: UUID | None = None,
) -> list[uploads.UploadRow]:
    """Return the uploads that a re-run with these criteria would read, final ones alone."""
    with services.db.tenant_tx(tenant_id, actor) as tx:
        rows = uploads.find(tx, ids=ids, states=states, vehicle_id=vehicle_id, limit=MAX_SELECTED)
    return [row for row in rows if row.state in FINAL]


def start(services: Services, tenant_id: UUID, actor: Actor, rows: list[uploads.UploadRow]) -> list[UUID]:
    """Queue the selected uploads again; return their ids.

    Raises: ConflictError (`not_rerunnable`) if none of them is final any more.
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        queued = uploads.requeue_final(tx, [row.id for row in rows])
        tenants.log_action(tx, "rerun.started", details={"uploads": len(queued)})
    if not queued:
        raise ConflictError("not_rerunnable", "None of these uploads is final")
    enqueue(services, tenant_id, queued)
    return queued


def retry(services: Services, tenant_id: UUID, actor: Actor, upload_id: UUID) -> None:
    """Queue an upload again that has yielded nothing.

    Raises: NotFoundError (`upload_unknown`), ConflictError (`not_rerunnable`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        row = uploads.get(tx, upload_id)
    if row is None:
        raise NotFoundError("upload_unknown", "There is no such upload")
    if row.state not in YIELDED_NOTHING:
        raise ConflictError("not_rerunnable", f"The upload is {row.state}, which is not tried again")
    start(services, tenant_id, actor, [row])


def retry_all(services: Services, tenant_id: UUID, actor: Actor, code: str) -> int:
    """Queue the uploads again that yielded nothing for one reason; return how many, at most MAX_SELECTED.

    `code`: of their error; '' for those that nothing was recognised on.
    Raises: ConflictError (`not_rerunnable`) if there are none.
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        ids = operations.to_retry(tx, code, MAX_SELECTED)
        rows = uploads.find(tx, ids=ids, limit=MAX_SELECTED)
    return len(start(services, tenant_id, actor, rows))


def results(services: Services, tenant_id: UUID, actor: Actor, ids: list[UUID]) -> list[runs.ProposalRow]:
    """Return the last proposals for these uploads, beside what stands."""
    with services.db.tenant_tx(tenant_id, actor) as tx:
        return runs.proposals(tx, ids)
