"""What the flow's last step writes: runs, events or, where there are events already, proposals beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from capture.calibration import WITH_HISTORY
from capture.events import validate_payload
from capture.history.entry import IN_HISTORY
from capture.job import UploadState
from capture.reading import Reading
from capture.review import NOTES, counts, undecided_state
from extractors.cascade import Attempt
from storage.db import Connection
from storage.ids import new_id
from storage.queries import events, runs, uploads
from storage.queries.history import Alone
from worker import history, sampling
from worker.effects import Effect
from worker.examine import Examined, Judged


class Written(NamedTuple):
    """What was written of an upload. `effects`: what that did to events of the vehicle, the new ones included."""

    had_events: bool = False
    event_ids: tuple[UUID, ...] = ()
    effects: tuple[Effect, ...] = ()


def write_runs(
    tx: Connection,
    job: uploads.Job,
    attempts: tuple[Attempt, ...],
    examined: Examined | None,
    settings: dict[str, Any],
) -> dict[str, UUID]:
    """Write one run for each engine that was asked; return their ids by engine."""
    runs_by_engine: dict[str, UUID] = {}
    for attempt in attempts:
        run_id = runs_by_engine[attempt.engine] = new_id()
        said = [] if examined is None else [j for j in examined.events if j.candidate.engine == attempt.engine]
        first = said[0] if said and attempt.reading is not None else None
        runs.insert_run(
            tx,
            runs.NewRun(
                id=run_id,
                upload_id=job.id,
                attempt=job.attempt,
                engine=attempt.engine,
                model_version=attempt.model,
                settings=settings,
                span_count=0 if attempt.reading is None else len(attempt.reading.spans),
                content=None if examined is None or attempt.reading is None else _content(examined, attempt.reading),
                event_type=None if first is None else first.candidate.event_type,
                confidence=None if first is None else first.percent,
                confidence_parts={} if first is None else dict(first.confidence_parts),
                duration_ms=attempt.duration_ms,
                input_tokens=None if attempt.usage is None else attempt.usage.input_tokens,
                output_tokens=None if attempt.usage is None else attempt.usage.output_tokens,
                cost_micros=None if attempt.usage is None else attempt.usage.cost_micros,
                error_code=attempt.error_code,
                error_message=attempt.error_message,
            ),
        )
    return runs_by_engine


def write_events(tx: Connection, job: uploads.Job, examined: Examined, run_ids: dict[str, UUID]) -> Written:
    """Write the events, or proposals if the upload has events; history is asked, relatives are not yet."""
    present = events.events_of_upload(tx, job.id)
    new = [_event(job, examined, judged, run_ids[judged.candidate.engine]) for judged in examined.events]
    if present:
        _write_proposals(tx, job, present, new, run_ids)
        return Written(had_events=True)
    for ordinal, (event, judged) in enumerate(zip(new, examined.events, strict=True)):
        run_id = run_ids[judged.candidate.engine]
        created_at = events.insert_event(tx, event, run_id, _ordinal(new, ordinal))
        _explain(tx, event, created_at, judged, run_id)
        reading = examined.reading_of(judged.candidate.engine)
        history.keep_new(tx, event, created_at, job.created_at, _alone(judged), (reading,))
        if event.review_state == "accepted":
            sampling.draw(tx, event.id, created_at, event.event_type, judged.candidate.engine)
    written = tuple(event.id for event in new)
    effects: tuple[Effect, ...] = ()
    if any(event.event_type in IN_HISTORY for event in new):
        effects = history.reconsider(tx, job.vehicle_id, "recorded")
    return Written(event_ids=written, effects=effects)


def final_state(tx: Connection, job: uploads.Job, state: UploadState) -> UploadState:
    """Return `state`, or `recorded` for an upload whose events stand: a failed re-run takes nothing away."""
    return "recorded" if events.events_of_upload(tx, job.id) else state


def _alone(judged: Judged) -> Alone:
    """Return what is thought of an event before it is compared with any other."""
    accept_from = judged.confidence_parts.get("accept_from")
    return Alone(
        confidence=judged.percent,
        probability=judged.probability,
        field_confidence=dict(judged.fields),
        accept_from=accept_from if isinstance(accept_from, float) else None,
        said=judged.confidence_sentence,
        with_history=judged.candidate.signal == WITH_HISTORY,
    )


def _ordinal(new: list[events.NewEvent], index: int) -> int:
    """Return the place of an event among those of its type, from 0."""
    return sum(event.event_type == new[index].event_type for event in new[:index])


def _content(examined: Examined, reading: Reading) -> dict[str, Any]:
    candidates = [judged.candidate for judged in examined.events if judged.candidate.engine == reading.engine]
    return {
        "reading": reading.model_dump(mode="json"),
        "document": None if examined.sorting is None else examined.sorting.model_dump(mode="json"),
        "fields": {name: field.model_dump(mode="json") for name, field in examined.fields.items()},
        "candidates": [candidate.model_dump(mode="json") for candidate in candidates],
    }


def _event(job: uploads.Job, examined: Examined, judged: Judged, run_id: UUID) -> events.NewEvent:
    occurred_at, source = _occurred(job, examined)
    flags = tuple(flag for flag in judged.flags if flag.origin != "history")  # history says its own in a moment
    return events.NewEvent(
        id=new_id(),
        vehicle_id=job.vehicle_id,
        upload_id=job.id,
        event_type=judged.candidate.event_type,
        source="file" if examined.facts.page_count == 0 else "photo",
        payload=full_payload(examined, judged, job, run_id),
        confidence=judged.percent,
        probability=judged.probability,
        field_confidence=dict(judged.fields),
        occurred_at=occurred_at,
        occurred_at_source=source,
        review_state=undecided_state(counts(flag.code, flag.level) for flag in flags),
        flags=flags,
        created_by=job.created_by,
    )


def _occurred(job: uploads.Job, examined: Examined) -> tuple[datetime, str]:
    """EXIF time with offset, else the phone's time, else the upload's; the source is stored beside."""
    if examined.facts.captured_at is not None and examined.facts.captured_at_has_offset:
        return examined.facts.captured_at, "exif"
    if job.phone_captured_at is not None:
        return job.phone_captured_at, "phone"
    return job.created_at, "upload"


def full_payload(examined: Examined, judged: Judged, job: uploads.Job | None, run_id: UUID | None) -> dict[str, Any]:
    """Return the payload with the photo's facts (a file has none), the device and the provenance.

    Without a job (`capture read`) there is no object and no run, so there is no provenance.
    Raises: RefusedError (`payload_invalid`) if an event type made something that its own model refuses.
    """
    facts = examined.facts
    payload = dict(judged.candidate.payload)
    taken = facts.captured_at
    if facts.page_count > 0:
        payload["image_metadata"] = {
            "resolution": f"{facts.width_px}x{facts.height_px}",
            "file_size_bytes": facts.size_bytes,
            "capture_timestamp": taken if taken is None or facts.captured_at_has_offset else taken.replace(tzinfo=None),
            "truncated": facts.truncated,
        }
    if facts.location is not None:
        payload["location"] = facts.location.model_dump()
    if job is not None:
        if facts.location is None and job.phone_location is not None:
            payload["location"] = job.phone_location
        if job.device:
            payload["device_info"] = job.device
        payload["provenance"] = {
            "object_key": job.object_key,
            "object_version": job.object_version,
            "sha256": facts.sha256,
            "engine": judged.candidate.engine,
            "model_version": examined.reading_of(judged.candidate.engine).model,
            "run_id": str(run_id),
            "boxes": {
                name: {"page": field.page, "polygon": field.polygon} for name, field in judged.candidate.fields.items()
            },
        }
    return validate_payload(judged.candidate.event_type, payload)


def _explain(tx: Connection, event: events.NewEvent, created_at: datetime, judged: Judged, run_id: UUID) -> None:
    facts = dict(judged.confidence_parts)
    for flag in event.flags:
        kind = "note" if flag.code in NOTES else "flagged"
        events.insert_explanation(tx, event.id, created_at, run_id, kind, flag, facts)
    if event.review_state == "accepted":
        events.explain_acceptance(tx, event.id, created_at, run_id, judged.confidence_sentence, facts)


def _write_proposals(
    tx: Connection,
    job: uploads.Job,
    present: list[events.LinkedEvent],
    new: list[events.NewEvent],
    run_ids: dict[str, UUID],
) -> None:
    last_run = list(run_ids.values())[-1]  # which saw nothing more of an event that is gone
    places = {(event.event_type, event.ordinal): event for event in present}
    said = {(event.event_type, _ordinal(new, index)): event for index, event in enumerate(new)}
    for place in sorted(places.keys() | said.keys()):
        before, after = places.get(place), said.get(place)
        runs.insert_proposal(
            tx,
            runs.NewProposal(
                upload_id=job.id,
                run_id=last_run if after is None else run_ids[after.payload["source"]],
                event_type=place[0],
                ordinal=place[1],
                event_id=None if before is None else before.id,
                event_created_at=None if before is None else before.created_at,
                verdict=_verdict(before, after),
                payload=None if after is None else after.payload,
                confidence=None if after is None else after.confidence,
                flag_reasons=[] if after is None else after.flag_reasons,
            ),
        )


def _verdict(before: events.LinkedEvent | None, after: events.NewEvent | None) -> str:
    if before is None:
        return "new"
    if after is None:
        return "gone"
    return "unchanged" if _facts(before.payload) == _facts(after.payload) else "changed"


def _facts(payload: dict[str, Any]) -> dict[str, Any]:
    """What an event says, without how it was read."""
    how = {"provenance", "source", "ocr_confidence", "image_metadata", "device_info", "location", "payload_version"}
    facts = {name: value for name, value in payload.items() if name not in how}
    extracted = facts.get("extracted_fields")
    if isinstance(extracted, dict):
        facts["extracted_fields"] = {name: value for name, value in extracted.items() if name not in how}
    return facts
