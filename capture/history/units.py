"""In which unit a vehicle's meter counts, and its readings all in one."""

from __future__ import annotations

from collections import Counter

from capture.events.base import KM_PER_MILE
from capture.history.meter import epoch, in_order
from capture.history.model import History, Observation, Way
from capture.vehicle_hint import Distance


def in_unit(km: float, unit: Distance | None) -> float:
    """Return kilometres in a unit; None counts as kilometres."""
    return km / KM_PER_MILE if unit == "mi" else km


def in_km(shown: float, unit: Distance | None) -> float:
    """Return a distance in kilometres; a number without unit stays as it is."""
    return shown * KM_PER_MILE if unit == "mi" else shown


def unit_of(history: History) -> Distance | None:
    """Return the unit of the vehicle's record, else what its displays say most often, else None."""
    if history.vehicle.odometer_unit is not None:
        return history.vehicle.odometer_unit
    counted: Counter[Distance] = Counter()
    for one in history.observations:
        counted.update(way.unit for way in one.ways[:1] if way.unit is not None)
    return max(counted, key=lambda unit: (counted[unit], unit), default=None)


def in_one_unit(history: History) -> History:
    """Return the history with kilometres for readings that have none, by what else is known of the vehicle's unit.

    Where nothing says it at all, all count the same, and are compared as if they were kilometres.
    """
    if all(way.km is not None for one in history.observations for way in one.ways):
        return history
    usual, cuts = unit_of(history), in_order(history.cuts)

    def known(one: Observation) -> Observation:
        units = [cut.unit for cut in cuts[: epoch(cuts, one.at)] if cut.unit is not None]
        unit = units[-1] if units else usual
        return one.model_copy(update={"ways": tuple(_in_km(way, unit) for way in one.ways)})

    return history.model_copy(update={"observations": tuple(known(one) for one in history.observations)})


def _in_km(way: Way, unit: Distance | None) -> Way:
    return way if way.km is not None else way.model_copy(update={"km": in_km(way.shown, unit), "unit": unit})
