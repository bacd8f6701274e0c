"""What events have to do with one another: pairs that may be one, and bundles of one stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from capture.agreement import Agreement
from capture.bundles import BUNDLED
from capture.duplicates import Kind, Pair, Told, told_of
from capture.review import VERIFIED, ReviewState
from storage.db import Connection
from storage.ids import new_id
from storage.queries import Place, after, load
from storage.queries.events import LockedEvent

SQL = load("related")

PairState = Literal["proposed", "confirmed", "dismissed", "withdrawn"]

MOST = 50
"""Suspects that are looked at, of each kind, the latest first; a tenant's usual amounts may be shared by thousands."""


@dataclass(frozen=True)
class ToldRow:
    """What of an event is compared. `stands`: neither rejected nor voided."""

    event_id: UUID
    event_created_at: datetime
    upload_id: UUID | None
    vehicle_id: UUID
    vehicle: str
    event_type: str
    occurred_at: datetime
    stands: bool
    sha256: str | None
    reading: str | None
    amount_cents: int | None
    day: str | None
    payload: dict[str, Any]
    review_state: ReviewState
    perceptual_hash: str | None

    @property
    def told(self) -> Told:
        """The event as pairs are made of it."""
        return Told(
            event_id=self.event_id,
            created_at=self.event_created_at,
            upload_id=self.upload_id,
            vehicle_id=self.vehicle_id,
            vehicle=self.vehicle,
            event_type=self.event_type,
            occurred_at=self.occurred_at,
            decided=self.review_state in VERIFIED,
            sha256=self.sha256,
            perceptual_hash=self.perceptual_hash,
            reading=self.reading,
            amount_cents=self.amount_cents,
            day=self.day,
            **told_of(self.payload),
        )


@dataclass(frozen=True)
class PairRow:
    """Two events that may be one. `event_id` goes where a person confirms; `score`: how alike, no probability."""

    id: UUID
    event_id: UUID
    other_event_id: UUID
    kind: Kind
    score: float
    facts: dict[str, Any]
    sentence: str
    state: PairState
    decided_by: UUID | None
    decided_at: datetime | None
    created_at: datetime

    @property
    def ends(self) -> frozenset[UUID]:
        """Both events."""
        return frozenset({self.event_id, self.other_event_id})


@dataclass(frozen=True)
class Photo:
    """Where the photo of an upload lies."""

    id: UUID
    bucket: str
    object_key: str
    object_version: str | None
    etag: str | None
    size_bytes: int | None


@dataclass(frozen=True)
class StopRow:
    """An event that may belong to a stop."""

    event_id: UUID
    event_created_at: datetime
    event_type: str
    occurred_at: datetime
    stands: bool
    payload: dict[str, Any]


@dataclass(frozen=True)
class MemberRow:
    """A bundle as it stands, once for each member."""

    id: UUID
    vehicle_id: UUID
    odometer_log_ratio: float | None
    sale_log_ratio: float | None
    facts: list[dict[str, Any]]
    event_id: UUID


class Partner(NamedTuple):
    """An event of the same stop as another."""

    event_id: UUID
    partner_id: UUID
    event_type: str
    occurred_at: datetime
    bundle_id: UUID


def lock(tx: Connection, event_ids: list[UUID]) -> None:
    """Wait for whoever writes an event that could be a relative of one of these."""
    words: list[str] = []
    for event_id in event_ids:
        row = tx.execute(SQL["search_words"], {"event_id": event_id}).fetchone()
        assert row is not None, "every event has its facts"
        words += [f"{letter} {value}" for letter, value in zip("vbrna", row, strict=True) if value is not None]
    tx.execute(SQL["lock"], {"words": words})


def lock_vehicle(tx: Connection, vehicle_id: UUID) -> None:
    """Wait for whoever writes what may belong to a stop of the vehicle."""
    tx.execute(SQL["lock"], {"words": [f"v {vehicle_id}"]})


def suspects(tx: Connection, event_id: UUID) -> list[UUID]:
    """Return the events that share something with one."""
    return [row[0] for row in tx.execute(SQL["suspects"], {"event_id": event_id, "most": MOST}).fetchall()]


def told(tx: Connection, event_ids: list[UUID]) -> list[ToldRow]:
    """Return what of some events is compared."""
    with tx.cursor(row_factory=class_row(ToldRow)) as cursor:
        return cursor.execute(SQL["told"], {"event_ids": event_ids}).fetchall()


def photos(tx: Connection, upload_ids: list[UUID]) -> list[Photo]:
    """Return where the photos of some uploads lie."""
    with tx.cursor(row_factory=class_row(Photo)) as cursor:
        return cursor.execute(SQL["photos"], {"upload_ids": upload_ids}).fetchall()


def propose(tx: Connection, pair: Pair) -> None:
    """Write a pair, or why it holds now; one that a person has decided on stays as it is."""
    tx.execute(
        SQL["propose"],
        {
            "id": new_id(),
            "event_id": pair.goes.event_id,
            "event_created_at": pair.goes.created_at,
            "other_event_id": pair.stays.event_id,
            "other_event_created_at": pair.stays.created_at,
            "kind": pair.kind,
            "score": pair.score,
            "facts": Jsonb(pair.facts),
            "sentence": pair.sentence,
        },
    )


def withdraw(tx: Connection, pair_ids: list[UUID]) -> None:
    """Take back proposed pairs that do not hold any more."""
    if pair_ids:
        tx.execute(SQL["withdraw"], {"ids": pair_ids})


def pairs_of(tx: Connection, event_ids: list[UUID]) -> list[PairRow]:
    """Return all pairs of some events, whatever became of them."""
    with tx.cursor(row_factory=class_row(PairRow)) as cursor:
        return cursor.execute(SQL["pairs_of"], {"event_ids": event_ids}).fetchall()


def find_pairs(
    tx: Connection, state: PairState | None = None, limit: int = 100, place: Place | None = None
) -> list[PairRow]:
    """Return pairs, newest first. `place`: begin after it."""
    with tx.cursor(row_factory=class_row(PairRow)) as cursor:
        return cursor.execute(SQL["find_pairs"], {"state": state, "limit": limit, **after(place)}).fetchall()


def ends_of_pair(tx: Connection, pair_id: UUID) -> list[UUID]:
    """Return the two events of a pair; none of a pair that is not there."""
    return list(tx.execute(SQL["ends_of_pair"], {"id": pair_id}).fetchone() or ())


def lock_pair(tx: Connection, pair_id: UUID) -> PairRow | None:
    """Lock and return a pair."""
    with tx.cursor(row_factory=class_row(PairRow)) as cursor:
        return cursor.execute(SQL["lock_pair"], {"id": pair_id}).fetchone()


def settle_pair(tx: Connection, pair_id: UUID, state: Literal["confirmed", "dismissed"]) -> None:
    """Write a person's decision on a locked pair."""
    tx.execute(SQL["settle_pair"], {"id": pair_id, "state": state})


def open_pair(tx: Connection, pair_id: UUID) -> None:
    """Take a person's decision on a pair back."""
    tx.execute(SQL["open_pair"], {"id": pair_id})


def around(tx: Connection, vehicle_id: UUID, since: datetime, until: datetime) -> list[StopRow]:
    """Return a vehicle's events that may belong to a stop, by the time of their photos."""
    with tx.cursor(row_factory=class_row(StopRow)) as cursor:
        return cursor.execute(
            SQL["around"], {"vehicle_id": vehicle_id, "types": sorted(BUNDLED), "since": since, "until": until}
        ).fetchall()


def fill_before(tx: Connection, vehicle_id: UUID, before: datetime) -> list[StopRow]:
    """Return the vehicle's last purchase before a moment, with the events of its bundle."""
    with tx.cursor(row_factory=class_row(StopRow)) as cursor:
        return cursor.execute(SQL["fill_before"], {"vehicle_id": vehicle_id, "before": before}).fetchall()


def next_stop(tx: Connection, vehicle_id: UUID, after: datetime) -> datetime | None:
    """Return when the vehicle's next bundle after a moment begins."""
    row = tx.execute(SQL["next_stop"], {"vehicle_id": vehicle_id, "after": after}).fetchone()
    return None if row is None else row[0]


def bundles_of(tx: Connection, event_ids: list[UUID]) -> list[MemberRow]:
    """Return the bundles of some events, a row for each member."""
    with tx.cursor(row_factory=class_row(MemberRow)) as cursor:
        return cursor.execute(SQL["bundles_of"], {"event_ids": event_ids}).fetchall()


def partners_of(tx: Connection, event_ids: list[UUID]) -> list[Partner]:
    """Return what was photographed at the same stop as some events."""
    return [Partner(*row) for row in tx.execute(SQL["partners_of"], {"event_ids": event_ids}).fetchall()]


def drop_bundles(tx: Connection, bundle_ids: list[UUID]) -> None:
    """Remove bundles; their events stay."""
    if bundle_ids:
        tx.execute(SQL["drop_bundles"], {"ids": bundle_ids})


def leave_bundles(tx: Connection, event_ids: list[UUID]) -> None:
    """Take events out of their bundles."""
    if event_ids:
        tx.execute(SQL["leave_bundles"], {"event_ids": event_ids})


def write_bundle(tx: Connection, bundle_id: UUID, vehicle_id: UUID, agreed: Agreement | None = None) -> None:
    """Write a bundle, or what its members say of one another now."""
    tx.execute(
        SQL["write_bundle"],
        {
            "id": bundle_id,
            "vehicle_id": vehicle_id,
            "odometer_log_ratio": None if agreed is None else agreed.odometer,
            "sale_log_ratio": None if agreed is None else agreed.sale,
            "facts": Jsonb([] if agreed is None else [fact.model_dump(mode="json") for fact in agreed.facts]),
        },
    )


def join_bundle(tx: Connection, bundle_id: UUID, event_id: UUID, event_created_at: datetime) -> None:
    """Make an event a member."""
    tx.execute(SQL["join_bundle"], {"bundle_id": bundle_id, "event_id": event_id, "event_created_at": event_created_at})


def reflag(tx: Connection, event: LockedEvent, state: ReviewState, flag_reasons: list[dict[str, Any]]) -> int:
    """Write what other events say now of a locked event that is undecided; return its new version."""
    said = {"id": event.id, "created_at": event.created_at, "review_state": state, "flag_reasons": Jsonb(flag_reasons)}
    row = tx.execute(SQL["reflag"], said).fetchone()
    assert row is not None
    return int(row[0])
