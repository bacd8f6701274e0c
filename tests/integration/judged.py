"""Events as the flow writes them, of readings that were made up: so many, so sure, without an engine."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from uuid import UUID

from capture.calibration import Calibration, squash
from capture.confidence import Trust, confidence_flags
from capture.events.base import Candidate, Flag
from capture.fitting import Sample, fit
from capture.image import DocumentFacts
from capture.reading import Reading
from capture.review import first_state
from extractors.cascade import Attempt
from storage.db import WORKER
from storage.ids import new_id
from storage.queries import trust, uploads
from tests.integration.conftest import Fleet
from worker import recording
from worker.examine import Examined, Judged
from worker.trusting import load_trust

ENGINE = "engine_a"
KIND = "odometer_reading"
FIRST_READING = 100_000
"""Of the first event; the next reads one more."""


def calibration(count: int = 4_000, seed: int = 1) -> Calibration:
    """Return a calibration by which the one feature of readings is their log-odds of being right."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    samples = []
    for _ in range(count):
        logit = chance.uniform(-1, 9)
        samples.append(Sample({"score": logit}, "plain", chance.random() < squash(logit), str(chance.randrange(40))))
    return fit(samples, ENGINE, KIND, "made-up readings")


def trusted(fleet: Fleet, error: float, made: Calibration | None = None) -> Calibration:
    """Give a tenant a calibration of the made-up engine and a promise; return the calibration."""
    found = made or calibration()
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        trust.keep_calibration(tx, found)
        trust.set_promise(tx, "", error)
    return found


def write(
    fleet: Fleet, scores: Sequence[float], *, flags: tuple[Flag, ...] = (), vehicle_id: UUID | None = None
) -> list[UUID]:
    """Write an event for each score, judged by what the tenant trusts, by the flow's own last step.

    Return the events' ids.
    """
    made = []
    for number, score in enumerate(scores):
        upload_id = new_id()
        vehicle = vehicle_id or fleet.vehicle_id
        with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
            said = uploads.Announcement(vehicle, 1_000, "image/jpeg", None)
            uploads.insert_expected(tx, upload_id, "bucket", f"made-up/{upload_id}.jpg", said)
            examined = _examined(load_trust(tx, fleet.services.settings), FIRST_READING + number, score, flags)
            row = uploads.get(tx, upload_id)
            assert row is not None
            job = uploads.Job(
                tenant_id=fleet.tenant_id, id=upload_id, vehicle_id=vehicle, bucket="bucket",
                object_key=row.object_key, object_version=None, etag=None, size_bytes=1_000, attempt=1, tries=1,
                hint_kind=None, declared_size_bytes=None, declared_sha256=None, device={}, phone_captured_at=None,
                phone_location=None, created_at=row.created_at, created_by=fleet.user_id,
            )  # fmt: skip
            runs = recording.write_runs(tx, job, examined.attempts, examined, {})
            recording.write_events(tx, job, examined, runs)
            found = tx.execute("select event_id from capture.upload_events where upload_id = %s", (upload_id,))
            made += [event_id for (event_id,) in found.fetchall()]
    return made


def _examined(trust: Trust, number: int, score: float, flags: tuple[Flag, ...]) -> Examined:
    """Return what an engine that read `number` would have given. `score`: log-odds of being right."""
    payload = {"source": ENGINE, "reading": number, "unit": "km", "parsed_digits": str(number)}
    candidate = Candidate(
        event_type=KIND, engine=ENGINE, evidence=0.9, payload=payload, fields={}, flags=flags, signal="plain",
        features={"score": score},
    )  # fmt: skip
    facts = DocumentFacts(
        content_type="image/jpeg", size_bytes=1_000, sha256=secrets.token_hex(32), page_count=1, pages_read=1,
        width_px=10, height_px=10,
    )  # fmt: skip
    reading = Reading(engine=ENGINE, model=f"{ENGINE} 1.0", subject="display")
    attempt = Attempt(engine=ENGINE, model=reading.model, subject="display", reading=reading, duration_ms=5)
    sure = trust.assess(candidate)
    raised = (*flags, *confidence_flags(sure))
    judged = Judged(
        candidate=candidate, probability=sure.probability, percent=sure.percent, fields=sure.fields,
        confidence_parts=sure.parts, confidence_sentence=sure.said, flags=raised,
        review_state=first_state([flag.code for flag in raised], sure.probability, sure.accept_from),
    )  # fmt: skip
    return Examined(facts=facts, attempts=(attempt,), fields={}, events=(judged,))
