"""What a vehicle's history says of each of its events: the rules, and how much each matters.

All of it is a function of the set of events: by the time at which photos were taken, whatever order they came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from capture.history.failed import Failed
from capture.history.fit import Fit, expected, meters
from capture.history.fuel_rules import Fills
from capture.history.model import Finding, History, Observation, Opinion
from capture.history.odometer_rules import Odometer, by_pixels
from capture.history.units import in_one_unit, in_unit, unit_of
from capture.history.words import Words, day
from capture.review import Level

RULES: dict[str, Level] = {
    "reading_out_of_order": "flag",
    "distance_beyond_day": "flag",
    "distance_beyond_rate": "flag",
    "reading_unlikely": "flag",
    "service_odometer_differs": "flag",
    "unit_mixed_up": "flag",
    "trip_for_odometer": "flag",
    "reading_repeated": "flag",
    "meter_reset_likely": "flag",
    "history_against_pixels": "flag",
    "chosen_by_history": "note",
    "other_vehicle_fits": "flag",
    "distance_since_fill": "flag",
    "volume_over_tank": "flag",
    "fuel_differs": "flag",
    "price_unlike_others": "flag",
    "time_after_receipt": "block",
    "time_before_vehicle": "flag",
}
"""The rules by code, with the level that each has where the tenant sets no other."""

AGAINST_READING = frozenset(
    {
        "reading_out_of_order", "distance_beyond_day", "distance_beyond_rate", "reading_unlikely",
        "service_odometer_differs",
    }
)  # fmt: skip
"""The rules that say that a reading does not go with the vehicle's others."""

_CLOCKS_AHEAD = timedelta(days=1)
"""A phone's clock without a zone may be this far ahead."""


def consider(history: History) -> dict[UUID, Opinion]:
    """Return what all other observations of the vehicle say of each, by its event.

    An unconfirmed event with a finding of level `block` is compared with the others, and they are not compared with it.
    """
    history = in_one_unit(history)
    blocked: frozenset[UUID] = frozenset()
    settled: dict[UUID, Opinion] = {}
    while True:
        opinions = _round(history, blocked)
        now = {
            one.event_id
            for one in history.observations
            if one.event_id in opinions and not one.verified and _blocks(opinions[one.event_id])
        }
        if not now:
            return opinions | settled
        settled |= {event_id: opinions[event_id] for event_id in now}
        blocked |= now


def other_vehicles(
    observation: Observation,
    opinion: Opinion,
    windows: Mapping[UUID, tuple[float, float] | None],
    levels: Mapping[str, Level] | None = None,
) -> Finding | None:
    """Return the finding that a reading is of another vehicle: it fits not its own, and exactly one of the others.

    `opinion`: what its own vehicle's history says; `windows`: where other vehicles of the same driver or group expect
    a reading at that moment, by vehicle: see `expected_at`.
    """
    if observation.verified or not observation.ways:
        return None
    way = observation.ways[by_pixels(observation.ways)]
    own = opinion.window_km
    outside = own is not None and way.km is not None and not own[0] <= way.km <= own[1]
    if not outside and not any(finding.code in AGAINST_READING for finding in opinion.findings):
        return None
    fitting = [
        vehicle
        for vehicle, window in windows.items()
        if window is not None and way.km is not None and window[0] <= way.km <= window[1]
    ]
    if len(fitting) != 1:
        return None
    low, high = windows[fitting[0]] or (0.0, 0.0)
    expects = f"{in_unit(low, way.unit):,.0f} to {in_unit(high, way.unit):,.0f} {way.unit}"
    sentence = (
        f"{way.shown:,.10g} does not go with this vehicle's readings, and fits one other vehicle of the same driver or "
        f"group, which expects {expects} on {day(observation.at)}: is the photo of that one?"
    )
    facts = {"vehicle_id": str(fitting[0]), "reading_km": way.km, "expected_from_km": low, "expected_to_km": high}
    return _finding(Failed("other_vehicle_fits", sentence, facts), levels or {})


def expected_at(history: History, at: datetime) -> tuple[float, float] | None:
    """Return where a vehicle's readings expect another one at a moment (95 of 100), in km; None without readings."""
    history = in_one_unit(history)
    blocked = frozenset(event_id for event_id, opinion in consider(history).items() if _blocks(opinion))
    return expected(history, at, blocked)


def _round(history: History, blocked: frozenset[UUID]) -> dict[UUID, Opinion]:
    """Return opinions on all that is not blocked, by each other alone."""
    words = Words(history)
    fits: dict[UUID, Fit] = {}
    failed: dict[UUID, list[Failed]] = {}
    for meter in meters(history, blocked):
        odometer = Odometer(meter, words)
        for fit in meter.fits():
            fits[fit.observation.event_id] = fit
            failed[fit.observation.event_id] = list(odometer.failed(fit.place))
    fills = Fills(history, fits, blocked, words)
    opinions: dict[UUID, Opinion] = {}
    in_km = unit_of(history) is not None
    for one in history.observations:
        if one.event_id not in blocked:
            found = [*failed.get(one.event_id, ()), *_time(one, history)]
            if one.fill is not None:
                found += fills.failed(one)
            opinions[one.event_id] = _opinion(one, fits.get(one.event_id), found, history.levels, in_km=in_km)
    return opinions


def _opinion(
    one: Observation, fit: Fit | None, failed: Iterable[Failed], levels: Mapping[str, Level], *, in_km: bool
) -> Opinion:
    findings = tuple(_finding(each, levels) for each in failed)
    if fit is None:
        return Opinion(findings=findings)
    return Opinion(
        chosen=fit.chosen,
        posterior=fit.posterior,
        by_history=fit.chosen is not None and fit.chosen != by_pixels(one.ways) and not one.verified,
        window_km=fit.window_km if in_km else None,
        findings=findings,
    )


def _finding(failed: Failed, levels: Mapping[str, Level]) -> Finding:
    level = levels.get(failed.code, RULES[failed.code])
    return Finding(code=failed.code, sentence=failed.sentence, level=level, facts=failed.facts)


def _blocks(opinion: Opinion) -> bool:
    return any(finding.level == "block" for finding in opinion.findings)


def _time(one: Observation, history: History) -> Iterable[Failed]:
    """Yield what is wrong with the time itself."""
    if one.at - one.received_at > _CLOCKS_AHEAD:
        sentence = f"It was taken on {day(one.at)}, which is after it was received, on {day(one.received_at)}."
        yield Failed("time_after_receipt", sentence, {"at": day(one.at), "received": day(one.received_at)})
    registered = history.vehicle.first_registered_on
    if registered is not None and one.at.date() < registered:
        sentence = f"It was taken on {day(one.at)}; the vehicle was first registered on {registered.isoformat()}."
        yield Failed("time_before_vehicle", sentence, {"at": day(one.at), "registered": registered.isoformat()})
