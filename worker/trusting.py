"""What a tenant's events are judged by, put together: general calibrations, its own, and its promises."""

from __future__ import annotations

from capture.confidence import Trust
from capture.settings import Settings
from storage.db import Connection
from storage.queries import trust


def load_trust(tx: Connection, settings: Settings) -> Trust:
    """Return what the tenant of this transaction is judged by."""
    own = {(one.engine, one.event_type, one.field): one for one in trust.calibrations(tx)}
    return Trust(own=own, errors={"": settings.promised_error, **trust.promises(tx)})


def general_trust(settings: Settings) -> Trust:
    """Return what is judged by where there is no tenant: `capture read` and `capture evaluate`."""
    return Trust(errors={"": settings.promised_error})
