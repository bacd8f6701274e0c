"""The operations page: what waits, what is stuck, what failed and why, what engines cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from capture.errors import ADVICE
from capture.job import MEANING, UploadState
from storage.queries.operations import EngineDay, Hour
from web.auth import ServicesDep, actor_of
from web.pages.rendering import page
from web.pages.showing import ENGINE_WORDS
from web.sessions import VisitorDep
from worker.operating import ENGINE_DAYS, TROUBLES_DAYS, operations_of

router = APIRouter(include_in_schema=False)

WIDTH, HEIGHT, FOOT = 720, 150, 22
"""Of the picture of the last day, pixels."""

LABELS: dict[UploadState, str] = {
    "expected": "On their way",
    "received": "Landed, not queued",
    "queued": "Waiting",
    "processing": "Being read",
    "recorded": "Recorded",
    "unrecognised": "Nothing recognised",
    "rejected": "Rejected",
    "failed": "Failed",
}
TONES: dict[UploadState, str] = {"recorded": "good", "unrecognised": "warn", "rejected": "bad", "failed": "bad"}

HOPELESS = frozenset({"object_not_landed"})
"""Trying again cannot help: there is no photo to read."""


@dataclass(frozen=True)
class Bar:
    """A part of an hour's column, in pixels."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Day:
    """What all engines did on a day (UTC)."""

    day: date
    engines: list[EngineDay]


@router.get("/operations")
def show(request: Request, services: ServicesDep, visitor: VisitorDep) -> HTMLResponse:
    """Show the page; its script asks for it again and again and puts what has changed in place."""
    caller = visitor.principal
    found = operations_of(services, caller.tenant_id, actor_of(request, caller))
    states = {one.state: one for one in found.states}
    days: dict[date, list[EngineDay]] = {}
    for one in found.engines:
        days.setdefault(one.day, []).append(one)
    top = max([1, *(max(one.came, one.recorded + one.unrecognised + one.failed) for one in found.hours)])
    return page(
        request,
        visitor,
        "operations.html",
        writer=caller.role != "viewer",
        found=found,
        states=states,
        labels=LABELS,
        meaning=MEANING,
        tones=TONES,
        advice_of=ADVICE,
        hopeless=HOPELESS,
        bars=bars(found.hours, top),
        came=[(round(x, 1), round(y, 1)) for x, y in _came(found.hours, top)],
        ticks=_ticks(found.hours),
        top=top,
        frame=(WIDTH, HEIGHT, FOOT),
        totals={
            "came": sum(one.came for one in found.hours),
            "recorded": sum(one.recorded for one in found.hours),
            "unrecognised": sum(one.unrecognised for one in found.hours),
            "failed": sum(one.failed for one in found.hours),
        },
        days=[Day(day, some) for day, some in days.items()],
        engines=ENGINE_WORDS,
        engine_days=ENGINE_DAYS,
        troubles_days=TROUBLES_DAYS,
        age=lambda moment: age(found.at, moment),
    )


def age(now: datetime, then: datetime) -> str:
    """Return how long ago a moment was, as people say it: `40 s`, `12 min`, `3 h`, `2 days`."""
    seconds = max(0, int((now - then).total_seconds()))
    for size, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:,} {name}"
    return f"{seconds} s"


def bars(hours: list[Hour], top: int) -> list[Bar]:
    """Return the columns of what ended in each hour, the recorded at the bottom."""
    made = []
    step, room = WIDTH / max(1, len(hours)), HEIGHT - FOOT - 4
    for place, one in enumerate(hours):
        floor = float(HEIGHT - FOOT)
        for kind, count in (("good", one.recorded), ("warn", one.unrecognised), ("bad", one.failed)):
            if count:
                height = max(2.0, room * count / top)
                floor -= height
                made.append(
                    Bar(kind, round(place * step + 3, 1), round(floor, 1), round(step - 6, 1), round(height, 1))
                )
    return made


def _came(hours: list[Hour], top: int) -> list[tuple[float, float]]:
    step, room = WIDTH / max(1, len(hours)), HEIGHT - FOOT - 4
    return [((place + 0.5) * step, HEIGHT - FOOT - room * one.came / top) for place, one in enumerate(hours)]


def _ticks(hours: list[Hour]) -> list[tuple[float, str]]:
    """Return place and words of the marks below: hours ago, since the server does not know the reader's zone."""
    step = WIDTH / max(1, len(hours))
    last = len(hours) - 1
    return [
        (round((place + 0.5) * step, 1), "now" if place == last else f"{last - place} h ago")
        for place in range(len(hours))
        if (last - place) % 6 == 0
    ]
