"""A vehicle's history: the readings, where its meter was cut, what its record says, and the tenant's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from capture.history.entry import Entry, way
from capture.history.model import Fill, FleetRate, Observation, Way
from capture.vehicle_hint import Distance
from storage.db import Connection
from storage.queries import load

SQL = load("history")

LEAST_VEHICLES = 5
"""So many other vehicles make a fleet whose rate says something of one."""

MOST_OF_A_DRIVER = 10
"""Whoever sends photos of more other vehicles is an office, which tells nothing of who drove."""


AROUND = 30
"""Readings on either side of a moment that tell what a vehicle's odometer showed then."""


class Judged(TypedDict):
    """What is thought of an event as it was read, by its pixels or words alone."""

    confidence: int | None
    probability: float | None
    field_confidence: dict[str, float]


UNJUDGED = Judged(confidence=None, probability=None, field_confidence={})
"""Of a number that nobody has measured."""


class Alone(Judged):
    """The same with where it was accepted from, None where nothing supports accepting any, and both in words.

    `with_history`: whether the vehicle's other readings are in the probability already.
    """

    accept_from: float | None
    said: str
    with_history: bool


class Standing(NamedTuple):
    """What is thought of an event alone, None if it was judged before that was kept; it says what was read, or not."""

    alone: Alone | None
    as_read: bool


@dataclass(frozen=True)
class ReadingRow:
    """One event in a vehicle's history, with what the others say of it.

    `ways`: [digits, last one counts tenths, tenths are told, probability]. `way`: which of them the event says,
    `way_read`: which it said as it was read. `judged`: the event as it was read. `findings`: the failed rules that
    stand in the event.
    """

    event_id: UUID
    event_created_at: datetime
    event_type: str
    occurred_at: datetime
    received_at: datetime
    verified: bool
    unit: Distance | None
    unit_printed: bool
    ways: list[tuple[str, bool, bool, float]]
    way_read: int
    way: int
    km: float | None
    judged: Judged
    litres: float | None
    price_per_litre: float | None
    currency: str | None
    fuel_type: str | None
    fits: bool
    by_history: bool
    posterior: list[float]
    expected_low_km: float | None
    expected_high_km: float | None
    findings: list[dict[str, Any]]

    @property
    def as_read(self) -> Judged:
        """What was thought of the event as it was read, the numbers alone."""
        said = self.judged
        return Judged(
            confidence=said["confidence"], probability=said["probability"], field_confidence=said["field_confidence"]
        )

    @property
    def readings(self) -> tuple[Way, ...]:
        """The ways to read its odometer."""
        return tuple(
            way(digits, self.unit, probability, tenths=tenths, given=given, printed=self.unit_printed)
            for digits, tenths, given, probability in self.ways
        )

    @property
    def shown(self) -> dict[str, Any]:
        """The row as it is shown: the ways named, with what is left of each after history."""
        left: list[float | None] = [*self.posterior] or [None] * len(self.ways)
        ways = [{**one.model_dump(), "posterior": share} for one, share in zip(self.readings, left, strict=True)]
        return {**vars(self), "ways": ways}

    @property
    def observation(self) -> Observation:
        """The event as plausibility sees it."""
        filled = (self.litres, self.price_per_litre, self.currency, self.fuel_type)
        fill = Fill(litres=filled[0], price_per_litre=filled[1], currency=filled[2], fuel_type=filled[3])
        return Observation(
            event_id=self.event_id,
            event_type=self.event_type,
            at=self.occurred_at,
            received_at=self.received_at,
            ways=self.readings,
            verified=self.verified,
            fill=None if filled == (None, None, None, None) else fill,
        )


@dataclass(frozen=True)
class NewOpinion:
    """What the other readings say of one, as it is kept. Distances in kilometres."""

    event_id: UUID
    way: int
    km: float | None
    fits: bool
    by_history: bool
    posterior: list[float]
    expected_low_km: float | None
    expected_high_km: float | None
    findings: list[dict[str, Any]]


def lock_vehicles(tx: Connection, vehicle_ids: Sequence[UUID]) -> None:
    """Hold vehicles until the transaction ends. Before any of their events is locked, and all at once."""
    tx.execute(SQL["lock_vehicles"], {"ids": list(vehicle_ids)})


def lock_vehicles_of(tx: Connection, event_ids: Sequence[UUID], vehicle_ids: Sequence[UUID] = ()) -> set[UUID]:
    """Hold the vehicles of some events, and others, until the transaction ends, before any of the events is locked.

    Return the vehicles that are held.
    """
    asked = {"event_ids": list(event_ids), "vehicle_ids": list(vehicle_ids)}
    return {row[0] for row in tx.execute(SQL["lock_vehicles_of"], asked).fetchall()}


def received_at(tx: Connection, event_id: UUID) -> datetime | None:
    """Return when the document of an event came; None of an event that is no part of a history."""
    row = tx.execute(SQL["received_at"], {"event_id": event_id}).fetchone()
    return None if row is None else row[0]


def keep(
    tx: Connection,
    vehicle_id: UUID,
    event_id: UUID,
    event_created_at: datetime,
    entry: Entry,
    judged: Judged,
) -> None:
    """Write the row of an event, in the transaction that writes the event."""
    fill = entry.fill or Fill()
    tx.execute(
        SQL["keep"],
        {
            "event_id": event_id,
            "event_created_at": event_created_at,
            "vehicle_id": vehicle_id,
            "event_type": entry.event_type,
            "occurred_at": entry.at,
            "received_at": entry.received_at,
            "verified": entry.verified,
            "unit": entry.unit,
            "unit_printed": entry.unit_printed,
            "ways": Jsonb([_stored(one) for one in entry.ways]),
            "said": entry.said,
            "km": entry.ways[entry.said].km if entry.ways else None,
            "judged": Jsonb(judged),
            **fill.model_dump(),
        },
    )


def _stored(one: Way) -> list[str | bool | float]:
    given = one.tenths and one.shown == int(one.digits) / 10
    return [one.digits, one.tenths, given, round(one.probability, 6)]


def standing(tx: Connection, event_id: UUID) -> Standing | None:
    """Return what is thought of an event alone; None of one that is no part of a history."""
    row = tx.execute(SQL["standing"], {"event_id": event_id}).fetchone()
    if row is None:
        return None
    judged, as_read = row
    return Standing(judged if Alone.__required_keys__ <= judged.keys() else None, as_read)


def judge_again(tx: Connection, event_id: UUID, judged: Alone) -> None:
    """Write another judgement of an event as it was read."""
    tx.execute(SQL["judge_again"], {"event_id": event_id, "judged": Jsonb(judged)})


def drop(tx: Connection, event_id: UUID) -> None:
    """Take an event out of its vehicle's history."""
    tx.execute(SQL["drop"], {"event_id": event_id})


def readings(tx: Connection, vehicle_id: UUID) -> list[ReadingRow]:
    """Return a vehicle's history in order."""
    with tx.cursor(row_factory=class_row(ReadingRow)) as cursor:
        return cursor.execute(SQL["readings"], {"vehicle_id": vehicle_id}).fetchall()


def readings_around(tx: Connection, vehicle_id: UUID, at: datetime) -> list[ReadingRow]:
    """Return a vehicle's readings nearest to a moment, AROUND on either side, in order."""
    with tx.cursor(row_factory=class_row(ReadingRow)) as cursor:
        place = {"vehicle_id": vehicle_id, "at": at, "limit": AROUND}
        return cursor.execute(SQL["readings_around"], place).fetchall()


def note_opinions(tx: Connection, opinions: Sequence[NewOpinion]) -> None:
    """Write what the others say of some readings."""
    rows = [{**vars(opinion), "event_id": str(opinion.event_id)} for opinion in opinions]
    if rows:
        tx.execute(SQL["note_opinions"], {"rows": Jsonb(rows)})


def keep_rate(tx: Connection, vehicle_id: UUID) -> None:
    """Write how far a vehicle drives a day, after its readings or cuts have changed."""
    tx.execute(SQL["keep_rate"], {"vehicle_id": vehicle_id})


def fleet_rate(tx: Connection, vehicle_id: UUID) -> FleetRate | None:
    """Return how far the tenant's other vehicles drive a day; None where too few of them tell."""
    row = tx.execute(SQL["fleet_rate"], {"vehicle_id": vehicle_id}).fetchone()
    if row is None or row[2] < LEAST_VEHICLES or not row[1]:
        return None
    return FleetRate(mean_km=row[0], deviation_km=row[1], vehicles=row[2])


def vehicles_of_driver(tx: Connection, row: ReadingRow) -> list[UUID]:
    """Return the other vehicles of whoever sent an event; none for somebody who sends for a whole fleet."""
    place = {"event_id": row.event_id, "event_created_at": row.event_created_at, "limit": MOST_OF_A_DRIVER + 1}
    found = [vehicle_id for (vehicle_id,) in tx.execute(SQL["vehicles_of_driver"], place).fetchall()]
    return found if len(found) <= MOST_OF_A_DRIVER else []
