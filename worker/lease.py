"""Signs of life while a photo is read, so that the sweep takes over the jobs of the dead alone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from capture.errors import CaptureError
from storage.db import WORKER
from storage.queries import uploads
from worker.services import Services

log = logging.getLogger(__name__)


@contextmanager
def kept_alive(services: Services, job: uploads.Job) -> Iterator[None]:
    """Renew the job's lease, three times within its length, until the block ends.

    Losing the lease stops nothing here: the last step checks the attempt number under the row's lock.
    """
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(services.settings.lease_s / 3):
            try:
                with services.db.tenant_tx(job.tenant_id, WORKER) as tx:
                    if not uploads.renew_lease(tx, job, services.settings.lease_s):
                        return
            except CaptureError as error:
                log.warning("no sign of life for upload %s: %s", job.id, error.code)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
