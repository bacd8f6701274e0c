"""An event -> what its vehicle's history keeps of it, and one of its ways to be read -> the event again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from capture.display import BELIEVED, distances
from capture.display import Distance as Ranked
from capture.documents.fuel.grades import NO_FUEL
from capture.events.base import KM_PER_MILE
from capture.events.fuel_purchase import LITRES_PER_UNIT
from capture.history.model import Fill, Way
from capture.reading import Frozen, Reading
from capture.vehicle_hint import Distance

ODOMETER, FUEL, SERVICE = "odometer_reading", "fuel_purchase", "maintenance"

IN_HISTORY = frozenset({ODOMETER, FUEL, SERVICE})
"""The types of events that a vehicle's history is made of."""

FAR = timedelta(hours=24)
"""A printed moment this far from the photo is when it happened; a nearer one says less than the photo's own time,
because it has no zone."""

EASTERNMOST = timedelta(hours=14)
"""The offset of the zone where a day begins first."""

TYPED = 0.95
PRINTED = 0.8
UNMEASURED = 0.5
"""How probable a number is by itself where nobody has measured it: typed by a person, read from paper (where somebody
keyed it in), read from a display. They only weigh it against the vehicle's other readings; no event's confidence is
made of them."""

LARGEST = 10_000_000
LONGEST = 9
"""What the payload of an odometer reading takes: numbers up to this, of so many digits."""


class Entry(Frozen):
    """What a vehicle's history keeps of one event.

    `ways`: likeliest by the pixels first. `said`: which of them the event says, as it was read.
    """

    event_type: str
    at: datetime
    received_at: datetime
    verified: bool
    unit: Distance | None = None
    unit_printed: bool = False
    ways: tuple[Way, ...] = ()
    said: int = 0
    fill: Fill | None = None


class Told(Frozen):
    """An event as it stands. `probability`: that it is right, None where nobody has measured it.

    `readings`: what engines saw, where they were asked just now; one that ranked ways to read a display has them.
    """

    event_type: str
    payload: Mapping[str, Any]
    codes: tuple[str, ...] = ()
    """Of its flags."""
    occurred_at: datetime
    received_at: datetime
    verified: bool = False
    probability: float | None = None
    readings: tuple[Reading, ...] = ()


def entry_of(told: Told) -> Entry | None:
    """Return what history keeps of an event; None of one that is no part of a history."""
    if told.event_type not in IN_HISTORY:
        return None
    name = "unit" if told.event_type == ODOMETER else "odometer_unit"
    unit: Distance | None = told.payload.get(name)
    printed = unit is not None and "unit_from_vehicle" not in told.codes and told.event_type != FUEL  # no slip tells
    ways, said = _ways(told, unit, printed=printed)
    return Entry(
        event_type=told.event_type,
        at=happened_at(told),
        received_at=told.received_at,
        verified=told.verified,
        unit=unit,
        unit_printed=printed,
        ways=ways,
        said=said,
        fill=_fill(told) if told.event_type == FUEL else None,
    )


def happened_at(told: Told) -> datetime:
    """Return when the event happened: the time of the photo, or what is printed, if that is more than a day from it.

    Somebody sent an old slip, then. A printed moment without a time is noon; without a zone it is taken for UTC, which
    is at most 14 hours off. One that lies after the document came is not believed.
    """
    day = told.payload.get("purchased_on") or told.payload.get("service_date")
    if day is None:
        return told.occurred_at
    try:
        printed = datetime.fromisoformat(f"{day}T{told.payload.get('purchased_at') or '12:00'}").replace(tzinfo=UTC)
    except ValueError:
        return told.occurred_at
    believed = printed <= told.received_at + EASTERNMOST and abs(printed - told.occurred_at) > FAR
    return printed if believed else told.occurred_at


def way(
    digits: str, unit: Distance | None, probability: float, *, tenths: bool, given: bool = True, printed: bool
) -> Way:
    """Return one way to read an odometer. `given`: tenths, where the last digit counts them, are sure enough to say."""
    shown: float = int(digits)
    if tenths:
        shown = shown / 10 if given else shown // 10
    km = None if unit is None else round(shown if unit == "km" else shown * KM_PER_MILE, 3)
    return Way(
        digits=digits,
        tenths=tenths,
        shown=shown,
        unit=unit,
        unit_printed=printed,
        km=km,
        probability=min(1.0, max(0.0, probability)),
    )


def said_by(chosen: Way) -> dict[str, Any]:
    """Return the fields of an odometer reading that says this way."""
    return {
        "reading": int(chosen.shown) if chosen.shown == int(chosen.shown) else chosen.shown,
        "parsed_digits": chosen.digits,
        "ocr_confidence": round(chosen.probability * 100),
    }


def _ways(told: Told, unit: Distance | None, *, printed: bool) -> tuple[tuple[Way, ...], int]:
    """Return the ways to read the odometer, and which of them the event says."""
    shown = told.payload.get("reading" if told.event_type == ODOMETER else "odometer")
    if shown is None:
        return (), 0
    ranked = _ranked(told)
    said = next((place for place, (one, _) in enumerate(ranked) if _says(told, one)), None)
    if said is not None:
        ways = []
        for place, (one, probability) in enumerate(ranked):
            given = one.gives_tenths and (place != said or shown == one.value)
            ways.append(way(one.best.digits, unit, probability, tenths=one.best.tenths, given=given, printed=printed))
        return tuple(ways), said
    tenths = given = shown != int(shown)
    digits = str(round(shown * 10)) if tenths else str(int(shown))
    as_displayed = str(told.payload.get("parsed_digits") or "")
    if as_displayed.isdigit() and int(as_displayed) == int(digits):
        digits = as_displayed
    elif as_displayed.isdigit() and not tenths and int(as_displayed) // 10 == int(digits):
        digits, tenths = as_displayed, True
    return (way(digits, unit, _probability(told), tenths=tenths, given=given, printed=printed),), 0


def _ranked(told: Told) -> list[tuple[Ranked, float]]:
    """Return the distances that the display could show, with their probability, if the event's engine ranked any.

    First those of the line that the reader takes for the odometer; one of another line counts less.
    """
    if told.verified or told.event_type != ODOMETER:
        return []
    reading = next((reading for reading in told.readings if reading.engine == told.payload["source"]), None)
    lines = [] if reading is None else [span for span in reading.spans if span.role in BELIEVED and span.hypotheses]
    found = [(one, one.probability * BELIEVED[one.line.role]) for one in distances(lines)]
    possible = [(one, share) for one, share in found if len(one.best.digits) <= LONGEST and one.value <= LARGEST]
    return sorted(possible, key=lambda pair: (pair[0].line.role != "odometer", -pair[1]))


def _says(told: Told, one: Ranked) -> bool:
    """Tell if the event says this distance, with its tenths or without."""
    return bool(told.payload.get("parsed_digits") == one.best.digits and int(told.payload["reading"]) == int(one.whole))


def _probability(told: Told) -> float:
    if told.verified:
        return 1.0
    if told.payload.get("source") == "manual":
        return TYPED
    if told.event_type != ODOMETER:
        return PRINTED
    return UNMEASURED if told.probability is None else told.probability


def _fill(told: Told) -> Fill | None:
    """Return what was filled in; None of what is no fuel. Numbers that do not add up are as good as not read."""
    payload = told.payload
    if payload.get("fuel_type") in NO_FUEL:
        return None
    litres = price = None
    in_litres = LITRES_PER_UNIT.get(str(payload.get("volume_unit")))
    if in_litres is not None and (told.verified or "arithmetic_disagrees" not in told.codes):
        volume, unit_price = payload.get("volume"), payload.get("unit_price")
        litres = round(volume * float(in_litres), 3) if volume else None
        price = round(unit_price / float(in_litres), 4) if unit_price else None
    return Fill(
        litres=litres or None,
        price_per_litre=price or None,
        currency=payload.get("currency") if price else None,
        fuel_type=payload.get("fuel_type"),
    )
