"""Events: looked up, and each with why it stands as it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from capture.events.base import Flag
from capture.review import ALLOWED, FLAGS, Decision, ReviewState, counts
from storage.queries import Place, audit, blind, lookup, related, stories, uploads
from web.auth import ServicesDep, actor_of
from web.pages import showing
from web.pages.listing import PAGE, asked, choices, with_terms
from web.pages.photos import photo
from web.pages.rendering import page
from web.paging import cursor_of
from web.sessions import VisitorDep
from worker.explaining import explained

router = APIRouter(include_in_schema=False)

STATES: tuple[str, ...] = get_args(ReviewState)

HAPPENED: dict[str, str] = {
    "recorded": "Read from the photo", "entered": "Entered by hand", "verified": "Confirmed", "corrected": "Corrected",
    "rejected": "Rejected", "voided": "Taken back", "reconsidered": "Compared again with other events",
    "rescored": "Judged again",
}  # fmt: skip
"""Entry of an event's stream -> what happened, for people."""

CAUSES: dict[str, str] = {
    "recorded": "another photo was read", "entered": "another event was entered", "verified": "an event was confirmed",
    "corrected": "an event was corrected", "rejected": "an event was rejected", "voided": "an event was taken back",
    "vehicle_changed": "the vehicle's record changed", "meter_cut": "a new meter was noted",
    "meter_cut_voided": "a new meter was taken back", "rule_changed": "a rule changed",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One entry of an event's history. `changed`: name, before, after."""

    at: datetime
    what: str
    who: str
    state: str
    cause: str
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    erased: bool = False


@router.get("/events")
def list_events(request: Request, services: ServicesDep, visitor: VisitorDep) -> HTMLResponse:
    """Show events, newest first, as narrowed."""
    wanted = asked("events", request.query_params, STATES)
    caller = visitor.principal
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        by, wordless = with_terms(tx, wanted)
        rows = [] if wordless else lookup.events(tx, by, wanted.after, PAGE + 1)
        offered = choices(tx)
        if by.terms:  # what is found by its words is known by them
            blind.note_views(tx, [row.id for row in rows[:PAGE] if row.unseen])
    shown = rows[:PAGE]
    older = cursor_of("events", Place(shown[-1].occurred_at, shown[-1].id)) if len(rows) > PAGE else None
    return page(
        request, visitor, "events.html", rows=shown, asked=wanted, choices=offered, wordless=wordless, older=older,
        show=showing, states=STATES, flags=FLAGS,
    )  # fmt: skip


@router.get("/events/{event_id}")
def show_event(request: Request, services: ServicesDep, visitor: VisitorDep, event_id: UUID) -> HTMLResponse:
    """Show an event with its photo, its values, its reasons, its history and its relatives."""
    caller = visitor.principal
    actor = actor_of(request, caller)
    found = explained(services, caller.tenant_id, actor, event_id)
    event = found.event
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        upload = None if event.source_upload_id is None else uploads.get(tx, event.source_upload_id)
        runs = [] if upload is None else stories.runs_of(tx, upload.id)
        seen = None if upload is None else photo(services, tx, upload.id, upload.content_type, runs, [event.payload])
        entries = history(stories.streams_of(tx, [event_id]))
        actions = [one for one in stories.actions_on(tx, [event_id]) if one.details.get("affected")]
        pairs = related.pairs_of(tx, [event_id])
        partners = related.partners_of(tx, [event_id])
        named = {UUID(one["event_id"]) for action in actions for one in action.details["affected"]}
        others = {*named, *(end for pair in pairs for end in pair.ends), *(one.partner_id for one in partners)}
        briefly = stories.briefly(tx, sorted(others - {event_id}))
        audit.log_views(tx, "event", [event_id])
        blind.note_views(tx, others)
        sample = blind.sample(tx, event_id)
    sure = {} if event.review_state == "corrected" else found.facts.field_confidence  # it was of what was read
    flags = [Flag.model_validate(flag) for flag in event.flag_reasons]
    may: list[Decision] = [] if caller.role == "viewer" else [d for d in ALLOWED if event.review_state in ALLOWED[d]]
    return page(
        request, visitor, "event.html", event=event, found=found, photo=seen, upload=upload, entries=entries,
        actions=actions, pairs=pairs, partners=partners, may=may, show=showing,
        briefly={str(one.id): one for one in briefly.values()},
        values=showing.fields(event.event_type, event.payload, sure),
        inputs=showing.inputs(event.event_type, event.payload),
        doubts=[flag for flag in flags if counts(flag.code, flag.level)],
        notes=[flag for flag in flags if not counts(flag.code, flag.level)],
        unseen=sample is not None and sample.outcome is None and event.review_state == "accepted",
    )  # fmt: skip


def history(rows: Sequence[stories.StreamRow]) -> list[Entry]:
    """Return what happened to one event, in order, with the values that changed."""
    entries: list[Entry] = []
    payload: dict[str, Any] | None = None
    for row in rows:
        kept = row.personal or {}
        changed: list[tuple[str, str, str]] = []
        if payload is not None and "payload" in kept:
            changed = showing.changes(payload, kept["payload"])
        payload = kept.get("payload", payload)
        before, after = row.data.get("before"), row.data.get("review_state")
        cause = CAUSES.get(str(row.metadata.get("cause") or ""), "")
        entries.append(
            Entry(
                at=row.at,
                what=HAPPENED.get(row.what, showing.name_of(row.what)),
                who=row.who or "the machine",
                state=str(after or "") if before != after else "",
                cause=cause if row.what == "reconsidered" else "",
                changed=changed,
                erased=row.personal is None and row.what in ("recorded", "entered", "corrected"),
            )
        )
    return entries


def of_upload(streams: Sequence[stories.StreamRow], event_id: UUID) -> list[Entry]:
    """Return what happened to one of several events."""
    return history([row for row in streams if row.event_id == event_id])
