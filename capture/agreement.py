"""What the members of a bundle say of one another: facts with numbers, and how strongly each speaks.

The ratios rest on the assumptions named here until decisions of people have measured them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from capture.bundles import Member, Stop, equal_amount, equal_litres, place, told_twice
from capture.reading import Frozen

KEYED_WITHIN_KM = 2.0
"""What a driver keys in at the pump leaves tenths out, and may be read off a moment earlier."""

KEYED_RIGHT = 0.9
"""Part of drivers who key in what the display shows. Assumed, not measured."""

BY_CHANCE = 0.01
"""How often a wrong number equals another one all the same, such as a digit that both engines misread. Assumed."""

USUAL_LITRES_PER_100_KM = 9.0
USUAL_SPREAD = 0.8
"""Of vehicles of whom nothing is known, scooter to lorry: median, and deviation of its logarithm. Assumed."""

KNOWN_SPREAD = 0.5
"""Deviation of the logarithm of one fill's consumption from the vehicle's own, upwards. Assumed."""

PARTIAL_SPREAD = 1.2
"""The same downwards: a tank that was filled in part took less than was driven for. Assumed."""

WIDE = math.log(10_000)
"""Of a wrong reading, any distance is as likely as another: its logarithm lies anywhere in four decades. Assumed."""

FAR_OFF = 3.0
"""Deviations beyond which a consumption is told as a contradiction."""

LEAST = -6.0
"""No single fact speaks more strongly against a reading than this, natural logarithm."""


class Earlier(Frozen):
    """The vehicle's last fill before: when, and what the odometer said then."""

    at: datetime
    km: float


class Fact(Frozen):
    """One thing that members say of one another.

    `log_ratio`: how strongly it speaks for (above 0) or against what `about` names, natural logarithm. `of`: the events
    whose probability it moves; none of what a slip says of an odometer that no display shows, and of facts that were
    kept before it was noted.
    """

    about: Literal["odometer", "sale"]
    code: Literal["keyed_odometer", "distance_and_volume", "pump_and_slip"]
    of: tuple[UUID, ...] = ()
    log_ratio: float
    disagrees: bool
    sentence: str
    numbers: dict[str, float | None]


class Agreement(Frozen):
    """What the members of a stop say of one another; a sum is None where nothing can be compared.

    `odometer`: log-likelihood ratio of "the reading is right" to "it is wrong"; `sale`: the same of volume and amount.
    """

    facts: tuple[Fact, ...]
    odometer: float | None
    sale: float | None

    @property
    def contradictions(self) -> tuple[Fact, ...]:
        """The facts in which the members contradict one another."""
        return tuple(fact for fact in self.facts if fact.disagrees)


def agreement(stop: Stop, before: Earlier | None = None, litres_per_100_km: float | None = None) -> Agreement:
    """Return how far the members of a stop speak for one another.

    `before`: the last fill, None if it is not known. `litres_per_100_km`: what the vehicle consumes, None if unknown.
    """
    facts = [*_keyed(stop), *_driven(stop, before, litres_per_100_km), *_sold(stop)]
    return Agreement(facts=tuple(facts), odometer=_sum(facts, "odometer"), sale=_sum(facts, "sale"))


def _keyed(stop: Stop) -> list[Fact]:
    """Compare what was keyed in at the pump with the display."""
    facts = []
    shown = _shown(stop)
    for bought in stop.purchases:
        if shown is None or shown.km is None or bought.km is None:
            continue
        apart = abs(bought.km - shown.km)
        same = apart <= KEYED_WITHIN_KM
        ratio = math.log(KEYED_RIGHT / BY_CHANCE) if same else math.log((1 - KEYED_RIGHT) / (1 - BY_CHANCE))
        words = f"The slip says {bought.km:,.0f} km, the display {shown.km:,.0f} km"
        facts.append(
            Fact(
                about="odometer",
                code="keyed_odometer",
                of=_showing(stop, shown.km),
                log_ratio=round(ratio, 4),
                disagrees=not same,
                sentence=f"{words}." if same else f"{words}: {apart:,.0f} km apart.",
                numbers={"slip_km": round(bought.km, 1), "display_km": round(shown.km, 1)},
            )
        )
    return facts


def _driven(stop: Stop, before: Earlier | None, litres_per_100_km: float | None) -> list[Fact]:
    """Compare the distance since the last fill with what was filled in.

    A number that went back says nothing here: the vehicle's history knows whether its meter was replaced.
    """
    shown = _shown(stop)
    km = shown.km if shown is not None else next((one.km for one in stop.purchases if one.km is not None), None)
    litres = next((one.litres for one in stop.purchases if one.litres is not None), None)
    if before is None or km is None or litres is None:
        return []
    distance = km - before.km
    if distance <= KEYED_WITHIN_KM:
        return []
    expected = litres_per_100_km or USUAL_LITRES_PER_100_KM
    spread = USUAL_SPREAD if litres_per_100_km is None else KNOWN_SPREAD
    used = litres / distance * 100
    gap = math.log(used / expected)
    deviations = gap / (spread if gap > 0 else PARTIAL_SPREAD)
    height = math.log(2 / (spread + PARTIAL_SPREAD) / math.sqrt(2 * math.pi))
    ratio = max(LEAST, height - deviations * deviations / 2 + math.log(WIDE))
    usual = "usual" if litres_per_100_km is None else "the vehicle's own"
    words = f"{distance:,.0f} km since the fill of {before.at:%Y-%m-%d} and {litres:.1f} litres now"
    sentence = f"{words} make {used:,.1f} litres for 100 km; {expected:.1f} are {usual}."
    numbers: dict[str, float | None] = {
        "distance_km": round(distance, 1), "litres": round(litres, 2), "litres_per_100_km": round(used, 2),
        "expected_litres_per_100_km": litres_per_100_km,
    }  # fmt: skip
    return [
        Fact(
            about="odometer",
            code="distance_and_volume",
            of=() if shown is None else _showing(stop, km),
            log_ratio=round(ratio, 4),
            disagrees=abs(deviations) > FAR_OFF,
            sentence=sentence,
            numbers=numbers,
        )
    ]


def _sold(stop: Stop) -> list[Fact]:
    """Compare what pump and slip say of the same fill."""
    facts = []
    for pair in told_twice(stop):
        checks = [equal_litres(*pair), equal_amount(*pair)]
        same = all(check is not False for check in checks)
        ratio = math.log(KEYED_RIGHT / BY_CHANCE) if same else math.log((1 - KEYED_RIGHT) / (1 - BY_CHANCE))
        goes, stays = pair
        words = f"Two photos of one fill say {_bought(goes)} and {_bought(stays)}."
        facts.append(
            Fact(
                about="sale",
                code="pump_and_slip",
                of=(goes.event_id, stays.event_id),
                log_ratio=round(ratio, 4),
                disagrees=not same,
                sentence=words,
                numbers={
                    "litres": goes.litres, "other_litres": stays.litres,
                    "amount_cents": goes.amount_cents, "other_amount_cents": stays.amount_cents,
                },
            )
        )  # fmt: skip
    return facts


def _bought(one: Member) -> str:
    volume = None if one.litres is None else f"{one.litres:.2f} litres"
    amount = None if one.amount_cents is None else f"{one.amount_cents / 100:,.2f}"
    return " for ".join(text for text in (volume, amount) if text)


def _shown(stop: Stop) -> Member | None:
    """Return the display nearest to a purchase of which a distance is known."""
    known = [one for one in stop.displays if one.km is not None]
    return min(known, key=lambda one: (min(abs(one.at - p.at) for p in stop.purchases), place(one)), default=None)


def _showing(stop: Stop, km: float) -> tuple[UUID, ...]:
    """Return the displays of a stop that show this distance: more than one of a dashboard photographed twice."""
    return tuple(one.event_id for one in stop.displays if one.km is not None and abs(one.km - km) <= KEYED_WITHIN_KM)


def _sum(facts: Iterable[Fact], about: str) -> float | None:
    ratios = [fact.log_ratio for fact in facts if fact.about == about]
    return round(sum(ratios), 4) if ratios else None
