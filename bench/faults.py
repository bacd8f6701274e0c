"""Planted faults caught, true readings flagged in a simulated year, and the bill that misprints its odometer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

from bench.figures import print_table, share_row
from capture.duplicates import Told, compare, needs_look
from capture.history.model import Cut, Finding, History, Observation, Opinion, VehicleFacts, Way
from capture.plausibility import consider, expected_at, other_vehicles
from fixtures.fleet_facts import Fleet, Upload, Vehicle
from fixtures.fleet_faults import PlantedFault
from fixtures.fleet_year import faults, year
from worker.examine import TIME_GAP

HEAD = ("what", "count", "share", "95 % (Wilson)")
PAPER_DAY = timedelta(days=1)
"""A slip or bill counts at its own day where that is further from the photo than this, as the worker does it."""


def measure_faults(seed: int) -> None:
    """Print how many of the planted faults are flagged, by kind and by what flags them."""
    fleet = year(seed, "calibrated")
    caught: Counter[str] = Counter()
    total: Counter[str] = Counter()
    looks = 0
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    for fault in faults(seed, "calibrated"):
        found = _flags(fault, fleet)
        total[fault.kind] += 1
        caught[fault.kind] += bool(found - {"picture"})
        looks += found == {"picture"}
        codes[fault.kind].update(found)
    rows = [share_row(kind.replace("_", " "), caught[kind], total[kind]) for kind in total]
    rows.append(share_row("all", sum(caught.values()), sum(total.values())))
    print_table(f"Planted faults flagged (seed {seed})", HEAD, rows)
    print(
        f"\n{looks} more duplicates can be told by laying the pictures over each other alone, which is not simulated."
    )
    for kind, counts in codes.items():
        print(f"{kind.replace('_', ' ')}: {', '.join(f'{code} {n}' for code, n in counts.most_common())}")


def measure_year(seed: int) -> None:
    """Print how many true readings of an honest year are flagged by the vehicle's history, when all has come."""
    fleet = year(seed, "calibrated")
    flagged = total = misread = told = 0
    why: Counter[str] = Counter()
    for vehicle in fleet.vehicles:
        uploads = fleet.uploads[vehicle.id]
        opinions = consider(_history(vehicle, uploads, [event.cut for event in vehicle.announced]))
        for upload in uploads:
            if not upload.observation.ways:
                continue
            raised = _raised(opinions[upload.id].findings)
            if upload.truth.best_is_true:
                total += 1
                flagged += bool(raised)
                why.update(raised)
            else:
                misread += 1
                told += bool(raised) or opinions[upload.id].by_history
    rows = [
        share_row("true readings flagged", flagged, total),
        share_row("misread ones flagged or read anew", told, misread),
        share_row("honest photos proposed as duplicates", _proposed(fleet), sum(map(len, fleet.uploads.values()))),
    ]
    print_table(f"A year of {len(fleet.vehicles)} vehicles, {fleet.missing} uploads missing (seed {seed})", HEAD, rows)
    print(f"\ntrue readings flagged by: {', '.join(f'{code} {n}' for code, n in why.most_common())}")


def measure_invoice() -> None:
    """Print what is said of a bill that prints 252832 km for a vehicle at 352,100 km."""
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    before = [_plain(n + 1, start + timedelta(days=10 * n), 350_900 + 600 * n, "odometer_reading") for n in range(3)]
    bill = _plain(9, start + timedelta(days=31), 252_832, "maintenance")
    opinion = consider(History(vehicle=VehicleFacts(odometer_unit="km"), observations=(*before, bill)))[bill.event_id]
    print("\nA bill that prints 252832 km for a vehicle at 352,100 km:\n")
    for finding in opinion.findings:
        print(f"- {finding.code} ({finding.level}): {finding.sentence}")


def _flags(fault: PlantedFault, fleet: Fleet) -> set[str]:
    """Return what flags a fault; "picture" alone: only the pictures could tell."""
    upload = fault.upload
    opinion = consider(_history(fault.vehicle, [*fault.others, upload], fault.cuts))[upload.id]
    found = _raised(opinion.findings)
    facts, received = upload.facts, upload.observation.received_at
    times = [time for time in (facts.exif_taken_at, facts.phone_captured_at) if time is not None]
    if any(abs(received - time) > TIME_GAP for time in times):
        found.add("time_gap")
    around = fault.around(fleet)
    if _is_outside(upload.observation, opinion):
        beside = other_vehicles(upload.observation, opinion, _windows(fault, around, fleet))
        found |= set() if beside is None else {beside.code}
    mine = _told(upload)
    for other in (*fault.others, *around):
        theirs = _told(other)
        if compare(mine, theirs) is not None:
            found.add("duplicate_suspected")
        elif needs_look(mine, theirs):
            found.add("picture")
    return found


def _proposed(fleet: Fleet) -> int:
    """Return how many honest photos would be flagged as duplicates, by what is told without laying pictures over."""
    sharing: dict[Hashable, list[Told]] = defaultdict(list)
    for vehicle in fleet.vehicles:
        for upload in fleet.uploads[vehicle.id]:
            told = _told(upload)
            for fact in (told.reading, told.amount_cents, *told.numbers):
                if fact is not None:
                    sharing[vehicle.group, fact].append(told)
    pairs = (compare(*pair) for alike in sharing.values() for pair in combinations(alike, 2))
    return len({pair.goes.event_id for pair in pairs if pair is not None})


def _is_outside(observation: Observation, opinion: Opinion) -> bool:
    km, window = observation.ways[0].km if observation.ways else None, opinion.window_km
    return km is not None and window is not None and not window[0] <= km <= window[1]


def _windows(fault: PlantedFault, around: Sequence[Upload], fleet: Fleet) -> dict[UUID, tuple[float, float] | None]:
    of_vehicle: dict[UUID, list[Upload]] = defaultdict(list)
    for upload in around:
        of_vehicle[upload.vehicle].append(upload)
    vehicles = {vehicle.id: vehicle for vehicle in fleet.vehicles}
    windows = {}
    for vehicle_id, uploads in of_vehicle.items():
        vehicle = vehicles[vehicle_id]
        cuts = [event.cut for event in vehicle.announced if event.announced_at <= fault.judged_at]
        windows[vehicle_id] = expected_at(_history(vehicle, uploads, cuts), fault.upload.observation.at)
    return windows


def _history(vehicle: Vehicle, uploads: Iterable[Upload], cuts: Iterable[Cut]) -> History:
    return History(vehicle=vehicle.record, observations=tuple(_observed(u) for u in uploads), cuts=tuple(cuts))


def _observed(upload: Upload) -> Observation:
    """Return the observation as the worker keeps it: paper at its own day where the photo came much later."""
    observation, day = upload.observation, upload.facts.document_date
    if day is None or observation.event_type == "odometer_reading":
        return observation
    printed = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return observation if abs(printed - observation.at) <= PAPER_DAY else observation.model_copy(update={"at": printed})


def _raised(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.level != "note"}


def _told(upload: Upload) -> Told:
    facts, ways = upload.facts, upload.observation.ways
    return Told(
        event_id=upload.id,
        created_at=upload.observation.received_at,
        upload_id=upload.id,
        vehicle_id=upload.vehicle,
        vehicle=str(upload.vehicle),
        event_type=upload.observation.event_type,
        occurred_at=upload.observation.at,
        sha256=facts.sha256,
        perceptual_hash=f"{facts.picture_hash:016x}",
        reading=ways[0].digits.lstrip("0") if ways and upload.observation.event_type == "odometer_reading" else None,
        merchant=facts.merchant,
        numbers=frozenset({facts.number} if facts.number else ()),
        amount_cents=None if facts.amount is None else round(facts.amount * 100),
        currency=facts.currency,
        day=None if facts.document_date is None else facts.document_date.isoformat(),
    )


def _plain(number: int, at: datetime, km: int, event_type: str) -> Observation:
    way = Way(digits=str(km), shown=km, unit="km", unit_printed=True, km=km, probability=0.99)
    return Observation(event_id=UUID(int=number), event_type=event_type, at=at, received_at=at, ways=(way,))
