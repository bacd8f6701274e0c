"""The trust page: what was promised against what was measured, and what another promise would give."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from capture.calibration import Calibration, expected_error
from capture.measuring import Answer
from capture.promise import Cost, fewest, thresholds
from storage.queries import blind, tenants, trust
from web.auth import ServicesDep, actor_of
from web.pages.rendering import page
from web.pages.showing import ENGINE_WORDS, TYPE_WORDS
from web.sessions import VisitorDep
from worker.charts import reliability, risk_coverage
from worker.measuring import DAYS, Standing, standings
from worker.promising import EVENT_TYPES, Offer, answered_bins, answered_curve, offers
from worker.trusting import load_trust

router = APIRouter(include_in_schema=False)

ASKED = "answers given unseen"
SCALE = 2.5
"""How far the scale of the measured error goes, in promises."""

Money = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True)
class Class:
    """One engine's events of one type. `standing`: None where there are no events yet."""

    name: str
    standing: Standing | None
    offer: Offer | None
    pictures: Markup
    error: float
    needed: int

    @property
    def calibration_error(self) -> float | None:
        """How far what is said lies from what is right, 0 to 1."""
        return None if self.offer is None else expected_error(self.offer.calibration.bins)


@router.get("/trust")
def show(
    request: Request, services: ServicesDep, visitor: VisitorDep, wrong: Money = "", review: Money = ""
) -> HTMLResponse:
    """Show the page. `wrong`, `review`: what an accepted error and a review cost, for the recommendation."""
    caller = visitor.principal
    actor = actor_of(request, caller)
    since = datetime.now(UTC) - timedelta(days=DAYS)
    standing = standings(services, caller.tenant_id, actor)
    with services.db.tenant_tx(caller.tenant_id, actor) as tx:
        judge = load_trust(tx, services.settings)
        answers = blind.answers(tx, since)
        own = trust.promises(tx)
        kept = trust.kept(tx)
        blind_share = tenants.policy(tx).blind_share
    costs = _costs(wrong, review)
    known = {(one.engine, one.event_type): one for one in offers(judge, costs) if not one.with_history}
    seen = {(one.engine, one.event_type) for one in standing}
    classes = [
        _class(number, one, known.get((one.engine, one.event_type)), answers.get((one.engine, one.event_type), []))
        for number, one in enumerate(standing)
    ]
    rest = [_class(100 + number, None, one, []) for number, (key, one) in enumerate(known.items()) if key not in seen]
    events = sum(one.events for one in standing)
    return page(
        request,
        visitor,
        "trust.html",
        owner=caller.role == "owner",
        classes=classes,
        rest=rest,
        alarms=[alarm for one in standing for alarm in one.alarms],
        events=events,
        automation=sum(one.accepted for one in standing) / events if events else None,
        waiting=sum(one.waiting for one in standing),
        answered=sum(one.measured.answers for one in standing),
        days=DAYS,
        types={kind: TYPE_WORDS[kind] for kind in EVENT_TYPES},
        engines=ENGINE_WORDS,
        own=own,
        general=own.get("", services.settings.promised_error),
        promises=json.dumps({"": services.settings.promised_error, **own}),
        kept=kept,
        blind_share=blind_share,
        wrong=wrong,
        review=review or f"{services.settings.review_cost:g}",
        costs=costs,
        costs_wrong=bool(wrong) and costs is None,
    )


def _class(number: int, standing: Standing | None, offer: Offer | None, answers: list[Answer]) -> Class:
    key = standing or offer
    assert key is not None
    error = key.promised
    return Class(
        name=f"{TYPE_WORDS[key.event_type]}: {ENGINE_WORDS.get(key.engine, key.engine.replace('_', ' '))}",
        standing=standing,
        offer=offer,
        pictures=Markup() if offer is None else _pictures(number, offer, offer.calibration, standing, answers),
        error=error,
        needed=fewest(error),
    )


def _pictures(number: int, offer: Offer, used: Calibration, standing: Standing | None, answers: list[Answer]) -> Markup:
    automation = 0.0 if standing is None else standing.automation
    drawn = reliability(f"reliability-{number}", answered_bins(answers), used.bins, ASKED) + risk_coverage(
        f"risk-{number}", answered_curve(answers, automation), thresholds(used), offer.promised, offer.cut, ASKED
    )
    return Markup(drawn)  # noqa: S704 (made of numbers and of words that worker.charts escapes)


def _costs(wrong: str, review: str) -> Cost | None:
    """Return the costs as they were typed; None where one is no amount."""
    try:
        said = Cost(wrong=float(wrong.replace(",", ".")), review=float(review.replace(",", ".")))
    except ValueError:
        return None
    return said if 0 <= said.wrong < 1e6 and 0 <= said.review < 1e6 else None
