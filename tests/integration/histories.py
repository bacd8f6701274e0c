"""Photos of one vehicle's dashboard, as a driver sends them: read, judged and recorded, without pixels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from capture.calibration import WITH_HISTORY
from capture.confidence import Trust
from capture.events.base import Hint
from capture.reading import Hypothesis, Reading, Span
from extractors.cascade import Attempt
from storage.db import SYSTEM, Connection
from storage.ids import new_id
from storage.queries import events, history, tenants, uploads
from tests.integration.conftest import Fleet
from tests.unit.judging import BOX, facts, reader
from worker.deciding import add_event
from worker.examine import examine
from worker.history import expectation
from worker.pipeline import record

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SURE = 0.9


def _lenient() -> Trust:
    usual = Trust()
    plain = usual.general["odometer", "odometer_reading", ""]
    return Trust(errors={"": 0.4}, own={("odometer", "odometer_reading", WITH_HISTORY): plain})


LENIENT = _lenient()
"""So that events are flagged for what history says alone."""


def day(number: float) -> datetime:
    """Return a moment so many days after the first."""
    return START + timedelta(days=number)


@dataclass(frozen=True)
class Shot:
    """A photo of a display, taken `on` a day, with the ways to read it: digits and their probability."""

    on: float
    ways: tuple[tuple[str, float], ...]

    @property
    def attempt(self) -> Attempt:
        """What our own reader says of it."""
        hypotheses = tuple(
            Hypothesis(
                digits=digits,
                tenths=False,
                probability=probability,
                digit_probabilities=(probability,) * len(digits),
                polygon=BOX,
                digit_polygons=(BOX,) * len(digits),
            )
            for digits, probability in self.ways
        )
        span = Span(text=hypotheses[0].text, polygon=BOX, role="odometer", hypotheses=hypotheses, unit="km",
                    score=hypotheses[0].probability, grain="field")  # fmt: skip
        reading = Reading(engine="odometer", model="odometer 1", subject="display", spans=(span,))
        return Attempt(engine="odometer", model="odometer 1", subject="display", reading=reading)


def shot(on: float, *digits: str, sure: float = SURE) -> Shot:
    """Return a photo whose first way is sure and whose others share the rest."""
    rest = (1 - sure) / max(1, len(digits))
    return Shot(on, tuple((one, sure if place == 0 else rest) for place, one in enumerate(digits)))


def queued(fleet: Fleet, vehicle_id: UUID | None = None, driver: UUID | None = None) -> uploads.Job:
    """Return an upload that a worker has just taken, as sent by a driver."""
    upload_id = new_id()
    vehicle = vehicle_id or fleet.vehicle_id
    key = f"tenants/{fleet.tenant_id}/vehicles/{vehicle}/{upload_id}.jpg"
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        uploads.insert_dropped(tx, upload_id, vehicle, "bucket", key)
        tx.execute("update capture.uploads set state = 'queued', created_by = %s where id = %s", (driver, upload_id))
        job = uploads.claim(tx, upload_id, 60)
    assert job is not None
    return job


def take(fleet: Fleet, photo: Shot, job: uploads.Job | None = None, *, with_history: bool = False) -> events.EventRow:
    """Record a photo; return its event. `with_history`: the vehicle's other readings help to read it."""
    job = job or queued(fleet)
    known = facts(captured_at=day(photo.on), captured_at_has_offset=True, sha256=job.id.hex * 2)
    examined = examine(b"photo", Hint(kind="odometer"), reader(known, photo.attempt), LENIENT, day(photo.on),
                       expect=expectation(fleet.services, job) if with_history else None)  # fmt: skip
    record(fleet.services, reader(known, photo.attempt), job, examined, b"photo")
    (event,) = found(fleet, upload_ids=[job.id])
    return event


def type_in(fleet: Fleet, event_type: str, on: float, **payload: Any) -> events.EventRow:
    """Enter an event by hand."""
    made = add_event(fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id, event_type, payload, day(on))
    return made.event


def found(fleet: Fleet, **which: Any) -> list[events.EventRow]:
    """Return events."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return events.find(tx, **which)


def again(fleet: Fleet, event: events.EventRow) -> events.EventRow:
    """Return an event as it stands now."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event.id)
    assert row is not None
    return row


def rows(fleet: Fleet, vehicle_id: UUID | None = None) -> list[history.ReadingRow]:
    """Return a vehicle's history."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return history.readings(tx, vehicle_id or fleet.vehicle_id)


def new_vehicle(tx: Connection, label: str) -> UUID:
    """Add a vehicle whose odometer counts kilometres."""
    return tenants.add_vehicle(tx, label, odometer_unit="km")


def new_person(fleet: Fleet) -> UUID:
    """Let another driver into the tenant."""
    with fleet.services.db.ops_tx() as tx:
        return tenants.ensure_member(tx, fleet.tenant_id, f"{new_id()}@example.com", "Driver", "manager")


def said_by_history(event: events.EventRow) -> set[str]:
    """Return the codes of the flags that history has put on an event."""
    return {flag["code"] for flag in event.flag_reasons if flag.get("origin") == "history"}
