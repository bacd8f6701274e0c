"""A dashboard and a slip of one stop on PostgreSQL: each moves the other's probability, and lets it go again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import pytest
from psycopg.sql import SQL

from capture.calibration import squash
from capture.events.base import Flag
from capture.review import ReviewState
from storage.db import SYSTEM, WORKER, Connection
from storage.ids import new_id
from storage.queries import events, explanations, vehicles
from tests.integration.conftest import Fleet
from tests.integration.judged import FIRST_READING, calibration, trusted, write
from worker import related
from worker.deciding import decide_event
from worker.explaining import explained
from worker.rescoring import rescore

MADE = calibration()
MIDDLING = 2.0
"""Log-odds by which a display is right more often than not, and too seldom to be accepted."""


def relate(fleet: Fleet, event_id: UUID) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        related.relate(tx, fleet.services.settings, [event_id], {})


def dashboard(fleet: Fleet, score: float = MIDDLING) -> UUID:
    (event_id,) = write(fleet, [score])
    relate(fleet, event_id)
    return event_id


def slip(fleet: Fleet, beside: UUID, km: int = FIRST_READING, minutes: float = 2) -> UUID:
    """Write a slip on which the odometer was keyed in, so long after the display was photographed."""
    payload: dict[str, Any] = {
        "source": "rapid_ocr", "total_cost": 86.0, "currency": "EUR", "volume": 42.1, "volume_unit": "L",
        "station_name": "Shell Harbour Road", "purchased_on": "2026-11-03", "odometer": km, "odometer_unit": "km",
    }  # fmt: skip
    shown = event_of(fleet, beside)
    event = events.NewEvent(
        id=new_id(), vehicle_id=shown.vehicle_id, upload_id=None, event_type="fuel_purchase", source="photo",
        payload=payload, confidence=None, occurred_at=shown.occurred_at + timedelta(minutes=minutes),
        occurred_at_source="exif", review_state="flagged",
    )  # fmt: skip
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        events.insert_event(tx, event, None)
        related.relate(tx, fleet.services.settings, [event.id], {})
    return event.id


def event_of(fleet: Fleet, event_id: UUID) -> events.EventRow:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        row = events.get(tx, event_id)
    assert row is not None
    return row


def standing(fleet: Fleet, event_id: UUID) -> tuple[ReviewState, float | None, list[str]]:
    row = event_of(fleet, event_id)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        facts = explanations.facts(tx, event_id)
    assert facts is not None
    return row.review_state, facts.probability, [flag["code"] for flag in row.flag_reasons]


def test_a_keyed_odometer_raises_a_middling_display_and_lets_it_fall_when_the_slip_is_voided(fleet: Fleet) -> None:
    trusted(fleet, 0.02, MADE)
    shown = dashboard(fleet)
    before = standing(fleet, shown)
    state, alone, codes = before
    assert (state, codes) == ("flagged", ["confidence_low"])
    assert alone is not None
    assert 0.8 < alone < 0.92

    bought = slip(fleet, shown)
    state, raised, codes = standing(fleet, shown)
    assert (state, codes) == ("accepted", ["moved_by_bundle"])
    assert raised is not None
    assert raised == pytest.approx(9 * alone / (9 * alone + 1 - alone), abs=1e-4)
    told = explained(fleet.services, fleet.tenant_id, SYSTEM, shown)
    assert f"raises the probability from {alone:.4f} to {raised:.4f}" in told.paragraph
    assert "The slip says 100,000 km, the display 100,000 km." in told.paragraph
    assert "It counts without a person." in told.paragraph
    assert event_of(fleet, shown).confidence == round(raised * 100)

    affected = decide_event(fleet.services, fleet.tenant_id, fleet.person, bought, "void").affected
    assert standing(fleet, shown) == before
    (effect,) = affected
    assert (effect.state_before, effect.state_after) == ("accepted", "flagged")
    assert (effect.raised, effect.cleared) == (("confidence_low",), ("moved_by_bundle",))
    reasons = explained(fleet.services, fleet.tenant_id, SYSTEM, shown).reasons
    assert [one.kind for one in reasons if one.code == "moved_by_bundle"] == ["note", "note"]


def test_the_slip_may_come_first(fleet: Fleet) -> None:
    trusted(fleet, 0.02, MADE)
    first = dashboard(fleet)
    slip(fleet, first)
    (late,) = write(fleet, [MIDDLING], vehicle_id=fleet.other_vehicle_id)
    slip(fleet, late, minutes=3)  # of the other vehicle, and there before its display has been compared
    relate(fleet, late)
    assert standing(fleet, first)[:2] == standing(fleet, late)[:2]
    assert standing(fleet, first)[0] == "accepted"


def test_another_keyed_odometer_lowers_a_sure_display_until_it_is_put_right(fleet: Fleet) -> None:
    trusted(fleet, 0.02, MADE)
    shown = dashboard(fleet, 6.0)
    before = standing(fleet, shown)
    assert before[0] == "accepted"
    bought = slip(fleet, shown, km=FIRST_READING - 7_000)
    state, lowered, codes = standing(fleet, shown)
    assert before[1] is not None
    assert lowered is not None
    assert lowered < before[1]
    assert state == "flagged"
    assert {"bundle_disagrees", "moved_by_bundle"} <= set(codes)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, bought, "correct", {"odometer": FIRST_READING})
    state, raised, codes = standing(fleet, shown)
    assert (state, codes) == ("accepted", ["moved_by_bundle"])
    assert raised is not None
    assert raised > before[1]


def test_no_stop_accepts_what_nobody_has_measured_or_what_is_doubtful_alone(fleet: Fleet) -> None:
    unmeasured = dashboard(fleet)
    slip(fleet, unmeasured)
    assert standing(fleet, unmeasured) == ("flagged", None, ["confidence_unknown"])
    trusted(fleet, 0.02, MADE)
    (doubtful,) = write(fleet, [0.5])
    slip(fleet, doubtful)
    relate(fleet, doubtful)
    state, probability, codes = standing(fleet, doubtful)
    assert (state, codes) == ("flagged", ["confidence_low"])
    assert probability == pytest.approx(MADE.probability({"score": 0.5, "plain": 1.0}), abs=0.2)


def test_judging_again_keeps_what_the_stop_moved(fleet: Fleet) -> None:
    trusted(fleet, 0.02, MADE)
    shown = dashboard(fleet)
    slip(fleet, shown)
    before = standing(fleet, shown)
    assert rescore(fleet.services, fleet.tenant_id, fleet.person, apply=True).changed == 0
    assert standing(fleet, shown) == before
    trusted(fleet, 0.0001, MADE)  # nothing supports it: a stop accepts nothing either
    assert rescore(fleet.services, fleet.tenant_id, fleet.person, apply=True).flagged == 1
    state, probability, codes = standing(fleet, shown)
    assert (state, probability, set(codes)) == ("flagged", before[1], {"promise_unsupported", "moved_by_bundle"})


def test_what_is_flagged_for_another_reason_is_raised_and_stays_flagged(fleet: Fleet) -> None:
    trusted(fleet, 0.02, MADE)
    other = Flag(code="unit_unknown", sentence="Neither the display nor the vehicle's record says km or mi.")
    (shown,) = write(fleet, [MIDDLING], flags=(other,))
    slip(fleet, shown)
    relate(fleet, shown)
    state, probability, codes = standing(fleet, shown)
    assert (state, codes) == ("flagged", ["unit_unknown", "moved_by_bundle"])
    assert probability is not None
    assert probability > squash(MIDDLING)


def test_what_a_vehicle_consumes_is_told_in_one_way_or_the_other(fleet: Fleet) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert vehicles.consumption(tx, fleet.vehicle_id) is None
        _record(tx, fleet, "baseline_fuel_mpg = 30")
        assert vehicles.consumption(tx, fleet.vehicle_id) == pytest.approx(7.84)
        _record(tx, fleet, "litres_per_100_km = 6.5")
        assert vehicles.consumption(tx, fleet.vehicle_id) == 6.5


def _record(tx: Connection, fleet: Fleet, said: LiteralString) -> None:
    tx.execute(SQL("update capture.vehicles set {} where id = %s").format(SQL(said)), (fleet.vehicle_id,))
