"""Uploads: looked up, and each with its whole story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from capture.errors import NotFoundError
from capture.job import MEANING, UploadState
from storage.queries import Place, blind, events, lookup, runs, stories
from storage.queries import uploads as queries
from web.auth import ServicesDep, actor_of
from web.pages import showing
from web.pages.events import of_upload
from web.pages.listing import PAGE, asked, choices, with_terms
from web.pages.photos import photo
from web.pages.rendering import page
from web.paging import cursor_of
from web.sessions import VisitorDep

router = APIRouter(include_in_schema=False)

STATES: tuple[str, ...] = get_args(UploadState)

VERDICTS: dict[str, str] = {
    "unchanged": "says the same", "changed": "says something else", "new": "sees one more event",
    "gone": "does not see the event any more",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What one attempt of an engine said. `lines`: its text, with scores; `cost`: empty where none is known."""

    run: stories.RunRow
    lines: list[tuple[str, float | None]]
    document: str
    cost: str
    tokens: str


@router.get("/uploads")
def list_uploads(request: Request, services: ServicesDep, visitor: VisitorDep) -> HTMLResponse:
    """Show uploads, newest first, as narrowed."""
    wanted = asked("uploads", request.query_params, STATES)
    caller = visitor.principal
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        by, wordless = with_terms(tx, wanted)
        rows = [] if wordless else lookup.uploads(tx, by, wanted.after, PAGE + 1)
        offered = choices(tx)
        if by.terms:  # what is found by its words is known by them
            blind.note_views(tx, [UUID(event["id"]) for row in rows[:PAGE] for event in row.events])
    shown = rows[:PAGE]
    older = cursor_of("uploads", Place(shown[-1].created_at, shown[-1].id)) if len(rows) > PAGE else None
    return page(
        request, visitor, "uploads.html", rows=shown, asked=wanted, choices=offered, wordless=wordless, older=older,
        show=showing, states=STATES, flags={},
    )  # fmt: skip


@router.get("/uploads/{upload_id}")
def show_upload(request: Request, services: ServicesDep, visitor: VisitorDep, upload_id: UUID) -> HTMLResponse:
    """Show an upload: its photo, every run of every engine, its events and all that happened to them."""
    caller = visitor.principal
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        upload = queries.get(tx, upload_id)
        place = stories.place(tx, upload_id)
        if upload is None or place is None:
            raise NotFoundError("upload_unknown", "There is no such upload")
        asked_runs = stories.runs_of(tx, upload_id)
        yielded = events.find(tx, upload_ids=[upload_id])
        blind.note_views(tx, [event.id for event in yielded])
        landed = upload.content_type if upload.state != "expected" else None
        seen = photo(services, tx, upload_id, landed, asked_runs, [event.payload for event in yielded])
        streams = stories.streams_of(tx, [event.id for event in yielded])
        trail = stories.trail_of(tx, upload_id)
        proposals = runs.proposals(tx, [upload_id])
    return page(
        request, visitor, "upload.html", upload=upload, place=place, photo=seen, events=yielded, trail=trail,
        said=[_said(run) for run in asked_runs], proposals=proposals, verdicts=VERDICTS, show=showing,
        entries={event.id: of_upload(streams, event.id) for event in yielded},
        proposed={one.id: showing.changes(one.present_payload or {}, one.payload) for one in proposals if one.payload},
        meaning=MEANING[upload.state],
        writes=caller.role != "viewer",
    )  # fmt: skip


def _said(run: stories.RunRow) -> Said:
    content: dict[str, Any] = run.content or {}
    spans = (content.get("reading") or {}).get("spans") or []
    sorting = content.get("document") or {}
    cost = "" if run.cost_micros is None else f"${run.cost_micros / 1_000_000:.4f}"
    counted = [count for count in (run.input_tokens, run.output_tokens) if count is not None]
    return Said(
        run=run,
        lines=[(_line(span), span.get("score")) for span in spans],
        document=showing.name_of(str(sorting.get("kind") or "")),
        cost=cost,
        tokens=f"{sum(counted):,} tokens" if counted else "",
    )


def _line(span: dict[str, Any]) -> str:
    name = span.get("name")
    return f"{showing.name_of(name.rsplit('.', 1)[-1])}: {span['text']}" if name else str(span["text"])
