"""What a vehicle's tank, its fuel and its other fills say against one fill."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from uuid import UUID

from capture.history.failed import Facts, Failed
from capture.history.fit import Fit
from capture.history.meter import epoch, in_order, lifetime_km
from capture.history.model import Fill, History, Observation, VehicleFacts
from capture.history.words import Words, day

TANK_MORE = 1.10
"""Tanks take up to a tenth more than is stated: filler neck and room for expansion."""

RANGES = 3.0
"""So many full tanks between two fills are too far, even with slips that nobody photographed."""

_PRICES, _PRICE_DAYS, _LEAST_PRICES = 12, 120.0, 4
_PRICE_APART = 0.35
"""Prices of one fuel within some months differ by less than this, as a logarithm (42 %), from station to station."""

_PRICE_DEVIATIONS = 6.0

_NORMAL_MAD = 1.4826
"""A median absolute deviation times this is a standard deviation, for a normal distribution."""

BESIDE = timedelta(minutes=30)
"""A dashboard photographed this long before or after a slip tells the odometer of that fill."""

_FAMILY = {
    "regular": "petrol", "midgrade": "petrol", "premium": "petrol", "e85": "petrol", "petrol": "petrol",
    "gasoline": "petrol", "gas": "petrol", "diesel": "diesel", "lpg": "lpg", "cng": "cng", "electric": "electric",
}  # fmt: skip
"""Names of fuels -> what a tank takes. Diesel exhaust fluid (`def`) goes into a tank of its own and is not compared."""

_ALSO_PETROL = frozenset({"lpg", "cng"})
"""Vehicles for gas have a tank of petrol too."""


class Fills:
    """The fills of one vehicle under the rules."""

    def __init__(self, history: History, fits: Mapping[UUID, Fit], left_out: frozenset[UUID], words: Words) -> None:
        """Put the fills in order, with the distance over all meters where one is known."""
        self.words = words
        self.vehicle = history.vehicle
        self.cuts = in_order(history.cuts)
        self.fits = sorted(fits.values(), key=lambda fit: (fit.at, fit.observation.event_id))
        kept = [one for one in history.observations if one.fill is not None and one.event_id not in left_out]
        self.fills = sorted(kept, key=lambda one: (one.at, one.event_id))
        self.legs = self._legs([self._odometer(one, fits.get(one.event_id)) for one in self.fills])

    def failed(self, observation: Observation) -> Iterator[Failed]:
        """Yield the rules that a fill fails."""
        assert observation.fill is not None
        yield from _over_tank(observation.fill, self.vehicle)
        yield from _other_fuel(observation.fill, self.vehicle)
        yield from _price(observation, self.fills)
        yield from self._too_far(observation)

    def _odometer(self, one: Observation, own: Fit | None) -> Fit | None:
        """Return the reading of a fill: its own, else that of a dashboard photographed at the same stop."""
        if own is not None:
            return own
        first = bisect_left(self.fits, one.at - BESIDE, key=lambda fit: fit.at)
        near: list[tuple[timedelta, UUID, Fit]] = []
        for fit in self.fits[first:]:
            if fit.at > one.at + BESIDE:
                break
            if epoch(self.cuts, fit.at) == epoch(self.cuts, one.at):
                near.append((abs(fit.at - one.at), fit.observation.event_id, fit))
        return min(near, key=lambda pair: pair[:2])[2] if near else None

    def _legs(self, readings: Sequence[Fit | None]) -> dict[UUID, tuple[Observation, float]]:
        """Return for each fill the one before it and the distance between them, from a reading that is believed."""
        found: dict[UUID, tuple[Observation, float]] = {}
        for (first, start), (second, end) in pairwise(zip(self.fills, readings, strict=True)):
            if start is not None and end is not None and start.believed:
                driven = lifetime_km(self.cuts, second.at, end.km) - lifetime_km(self.cuts, first.at, start.km)
                if driven >= 0:
                    found[second.event_id] = (first, driven)
        return found

    def _too_far(self, observation: Observation) -> Iterator[Failed]:
        """Compare with the tank's range, for vehicles whose fills are usually all there."""
        tank, consumption = self.vehicle.tank_litres, self.vehicle.litres_per_100_km
        leg = self.legs.get(observation.event_id)
        if tank is None or consumption is None or leg is None:
            return
        others = [km for event_id, (_, km) in self.legs.items() if event_id != observation.event_id]
        reach = tank / consumption * 100
        first, driven = leg
        if driven <= RANGES * reach or len(others) < _LEAST_PRICES or median(others) > reach:
            return
        at = observation.at
        sentence = (
            f"{self.words.distance(driven, at)} since the fill of {day(first.at)}: a tank of {tank:,.0f} L at "
            f"{consumption:,.1f} L per 100 km lasts for {self.words.distance(reach, at)}, so slips are missing or an "
            "odometer is wrong."
        )
        facts: Facts = {"distance_km": round(driven, 1), "since": day(first.at), "range_km": round(reach, 1)}
        yield Failed("distance_since_fill", sentence, facts)


def _over_tank(fill: Fill, vehicle: VehicleFacts) -> Iterator[Failed]:
    if fill.litres is None or vehicle.tank_litres is None or fill.litres <= vehicle.tank_litres * TANK_MORE:
        return
    sentence = (
        f"{fill.litres:,.2f} L is more than the tank takes: {vehicle.tank_litres:,.0f} L, at most "
        f"{vehicle.tank_litres * TANK_MORE:,.1f} L to the brim."
    )
    yield Failed("volume_over_tank", sentence, {"litres": fill.litres, "tank_litres": vehicle.tank_litres})


def family(fuel: str | None) -> str | None:
    """Return what kind of tank a fuel goes into; None for unknown words and for what is no fuel."""
    return None if fuel is None else _FAMILY.get(fuel.strip().lower())


def _other_fuel(fill: Fill, vehicle: VehicleFacts) -> Iterator[Failed]:
    bought, takes = family(fill.fuel_type), family(vehicle.fuel_type)
    if bought is None or takes is None or bought == takes or (bought == "petrol" and takes in _ALSO_PETROL):
        return
    sentence = f"{str(fill.fuel_type).capitalize()} was bought; the vehicle takes {vehicle.fuel_type}."
    yield Failed("fuel_differs", sentence, {"fuel_type": fill.fuel_type, "vehicle_fuel_type": vehicle.fuel_type})


def _price(observation: Observation, fills: Sequence[Observation]) -> Iterator[Failed]:
    """Compare with the vehicle's fills of that fuel and currency that are nearest in time."""
    fill = observation.fill
    assert fill is not None
    if fill.price_per_litre is None or fill.currency is None:
        return
    near: list[tuple[float, UUID, float]] = []
    for one in fills:
        other = one.fill
        assert other is not None
        days = abs((one.at - observation.at).total_seconds()) / 86400
        if one.event_id == observation.event_id or other.price_per_litre is None or days > _PRICE_DAYS:
            continue
        if other.currency == fill.currency and family(other.fuel_type) == family(fill.fuel_type):
            near.append((days, one.event_id, math.log(other.price_per_litre)))
    nearest = [price for _, _, price in sorted(near)[:_PRICES]]
    if len(nearest) < _LEAST_PRICES:
        return
    middle = median(nearest)
    scatter = _NORMAL_MAD * median(abs(price - middle) for price in nearest)
    if abs(math.log(fill.price_per_litre) - middle) <= max(_PRICE_APART, _PRICE_DEVIATIONS * scatter):
        return
    usual = math.exp(middle)
    sentence = (
        f"{fill.price_per_litre:,.3f} {fill.currency} per litre is far from the {usual:,.3f} {fill.currency} of this "
        f"vehicle's {len(nearest)} nearest fills."
    )
    facts: Facts = {
        "price_per_litre": fill.price_per_litre,
        "usual_per_litre": round(usual, 4),
        "currency": fill.currency,
    }
    yield Failed("price_unlike_others", sentence, facts)
