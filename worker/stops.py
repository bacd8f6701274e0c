"""The bundles of a vehicle, as the events around a moment say; and the pump's photo beside the slip of one fill."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from capture.agreement import Agreement, Earlier, agreement
from capture.bundles import PURCHASE, Member, Stop, group, member, told_twice
from capture.duplicates import Pair, same_fill
from storage.db import Connection
from storage.ids import new_id
from storage.queries import related as queries
from storage.queries.related import StopRow
from storage.queries.vehicles import consumption, cuts

REACH = 4
"""An event moves no stop that lies further from it than this many windows: displays between it and the next fill."""


def regroup(tx: Connection, vehicle_id: UUID, at: datetime, window: timedelta) -> set[UUID]:
    """Group again what was photographed around a moment; return the events whose flags may change.

    The next bundle after that is judged again too: its distance is counted from what may have changed here.
    """
    touched = _regroup(tx, vehicle_id, at, window)
    later = queries.next_stop(tx, vehicle_id, at + REACH * window)
    return touched if later is None else touched | _regroup(tx, vehicle_id, later, window)


def _regroup(tx: Connection, vehicle_id: UUID, at: datetime, window: timedelta) -> set[UUID]:
    reach = REACH * window
    rows = {row.event_id: row for row in queries.around(tx, vehicle_id, at - 2 * reach, at + 2 * reach)}
    inside = {event_id for event_id, row in rows.items() if abs(row.occurred_at - at) <= reach}
    grouped = group([_member(row) for row in rows.values() if row.stands], window)
    stops = [stop for stop in grouped if inside & _ids(stop)]
    old: dict[UUID, set[UUID]] = {}
    for row in queries.bundles_of(tx, sorted(inside.union(*map(_ids, stops)))):
        old.setdefault(row.id, set()).add(row.event_id)
    touched = set().union(*map(_ids, stops), *old.values())
    for bundle_id, stop in _join(tx, vehicle_id, stops, old, rows).items():
        queries.write_bundle(tx, bundle_id, vehicle_id, _agreed(tx, vehicle_id, stop))
    _pump_and_slip(tx, stops, touched)
    return touched


def _join(
    tx: Connection, vehicle_id: UUID, stops: list[Stop], old: dict[UUID, set[UUID]], rows: dict[UUID, StopRow]
) -> dict[UUID, Stop]:
    """Make bundles and members what the stops are; a stop keeps the bundle with which it shares most."""
    free = dict(old)
    kept: dict[UUID, Stop] = {}
    for stop in stops:
        best = max(free, key=lambda bundle_id: (len(free[bundle_id] & _ids(stop)), bundle_id), default=None)
        if best is None or not free[best] & _ids(stop):
            best = new_id()
            queries.write_bundle(tx, best, vehicle_id)
        free.pop(best, None)
        kept[best] = stop
    before = {event_id: bundle_id for bundle_id, ids in old.items() for event_id in ids}
    after = {event_id: bundle_id for bundle_id, stop in kept.items() for event_id in _ids(stop)}
    queries.leave_bundles(tx, sorted(event_id for event_id in before if before[event_id] != after.get(event_id)))
    queries.drop_bundles(tx, sorted(free))
    for event_id in sorted(event_id for event_id in after if before.get(event_id) != after[event_id]):
        queries.join_bundle(tx, after[event_id], event_id, rows[event_id].event_created_at)
    return kept


def _pump_and_slip(tx: Connection, stops: list[Stop], touched: set[UUID]) -> None:
    """Propose one of two photos of a fill as told twice, unless the two are a pair for another reason already."""
    if not touched:
        return
    known = {pair.ends: pair for pair in queries.pairs_of(tx, sorted(touched))}
    told = {row.event_id: row.told for row in queries.told(tx, sorted(touched))}
    found: dict[frozenset[UUID], Pair] = {}
    for stop in stops:
        for bare in told_twice(stop):
            one, other = told[bare.goes.event_id], told[bare.stays.event_id]
            found[frozenset({one.event_id, other.event_id})] = same_fill(one, other, bare.minutes)
    for ends, pair in found.items():
        if ends not in known or known[ends].kind == "same_fill" or known[ends].state == "withdrawn":
            queries.propose(tx, pair)
    stale = [pair.id for ends, pair in known.items() if pair.kind == "same_fill" and ends not in found]
    queries.withdraw(tx, stale)


def _agreed(tx: Connection, vehicle_id: UUID, stop: Stop) -> Agreement:
    first = min(one.at for one in stop.purchases)
    fill = [_member(row) for row in queries.fill_before(tx, vehicle_id, first)]
    known = [one for one in fill if one.km is not None]
    shown = [one for one in known if one.event_type != PURCHASE] or known
    before = None if not shown or shown[-1].km is None else Earlier(at=shown[-1].at, km=shown[-1].km)
    if before is not None and any(
        cut.voided_at is None and before.at < cut.at <= first for cut in cuts(tx, vehicle_id)
    ):
        before = None  # the meter did not count on between the two
    return agreement(stop, before, consumption(tx, vehicle_id))


def _member(row: StopRow) -> Member:
    return member(row.event_id, row.event_type, row.occurred_at, row.payload)


def _ids(stop: Stop) -> set[UUID]:
    return {one.event_id for one in stop.members}
