"""Vehicles: looked up, and each with its odometer, its consumption, its costs and its next service."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from capture.documents.fuel.grades import FuelType
from capture.errors import NotFoundError
from capture.events.base import KM_PER_MILE
from capture.history.consumption import Due, Leg, Seen, due, legs
from capture.history.meter import in_order, lifetime_km
from capture.history.model import Cut
from capture.history.units import in_unit
from capture.vehicle_hint import Distance
from storage.queries import audit, blind, history, lookup, stories
from storage.queries import vehicles as facts_queries
from web.auth import ServicesDep, actor_of
from web.pages import charts, showing
from web.pages.listing import LONGEST, read_name_cursor, write_name_cursor
from web.pages.rendering import page
from web.sessions import VisitorDep

router = APIRouter(include_in_schema=False)

PAGE = 100
RECENT = 20
MONTHS = 12
FUELS = tuple((fuel, fuel.replace("_", " ").capitalize()) for fuel in get_args(FuelType) if fuel != "def")

CUT_WORDS: dict[str, str] = {
    "replacement": "Another meter was fitted", "rollover": "It passed its last digit",
    "unit_change": "It counts another unit", "offset": "Its number was set",
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A chart with what it says in words; `picture` None where there is too little to draw."""

    picture: Markup | None
    words: str


@dataclass(frozen=True)
class Service:
    """When the vehicle should be serviced. `words`: by the interval; `advised`: by what the last workshop wrote."""

    due: Due | None
    words: str
    advised: str


@router.get("/vehicles")
def list_vehicles(request: Request, services: ServicesDep, visitor: VisitorDep) -> HTMLResponse:
    """Show vehicles by label."""
    text = request.query_params.get("q", "").replace("\0", " ").strip()[:LONGEST]
    after = read_name_cursor(request.query_params.get("after", ""))
    caller = visitor.principal
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        rows = lookup.vehicles(tx, text or None, after, PAGE + 1)
    shown = rows[:PAGE]
    more = None
    if len(rows) > PAGE:
        last = write_name_cursor(shown[-1].label, shown[-1].id)
        more = f"/vehicles?{urlencode({name: value for name, value in (('q', text), ('after', last)) if value})}"
    return page(request, visitor, "vehicles.html", rows=shown, text=text, more=more, after=after, in_unit=in_unit)


@router.get("/vehicles/{vehicle_id}")
def show_vehicle(request: Request, services: ServicesDep, visitor: VisitorDep, vehicle_id: UUID) -> HTMLResponse:
    """Show a vehicle: its history drawn, its last readings, its services, its record and its meters."""
    caller = visitor.principal
    now = datetime.now(UTC)
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        record = stories.record_of(tx, vehicle_id)
        if record is None:
            raise NotFoundError("vehicle_unknown", "There is no such vehicle")
        readings = history.readings(tx, vehicle_id)
        cuts = facts_queries.cuts(tx, vehicle_id)
        costs = stories.costs_of(tx, vehicle_id, _first_month(now))
        serviced = stories.services_of(tx, vehicle_id, 10)
        events = stories.briefly(tx, [row.event_id for row in readings[-RECENT:]])
        audit.log_views(tx, "vehicle", [vehicle_id])
        blind.note_views(tx, [*(row.event_id for row in readings), *(one.id for one in serviced)])
    unit: Distance = record.odometer_unit or "km"
    standing = in_order(row.cut for row in cuts if row.voided_at is None)
    fitting = [row for row in readings if row.fits and row.km is not None]
    seen = [Seen(row.occurred_at, row.km if row.fits else None, row.litres) for row in readings]
    ways = legs(seen, standing)
    latest = fitting[-1] if fitting else None
    month_km = None
    if latest is not None and latest.km is not None:
        early = [row for row in fitting if row.occurred_at >= latest.occurred_at - timedelta(days=30)]
        first = early[0]
        if len(early) > 1 and first.km is not None:
            driven = lifetime_km(standing, latest.occurred_at, latest.km)
            month_km = driven - lifetime_km(standing, first.occurred_at, first.km)
    return page(
        request, visitor, "vehicle.html", vehicle=record, unit=unit, latest=latest, month_km=month_km, cuts=cuts,
        odometer=_odometer(readings, standing, unit), consumption=_consumption(ways, unit), costs=_costs(costs, now),
        average=_average(ways, unit), service=_service(record, serviced, latest), serviced=serviced,
        recent=list(reversed(readings[-RECENT:])), count=len(readings), events=events, show=showing, in_unit=in_unit,
        cut_words=CUT_WORDS, fuels=FUELS, writes=caller.role != "viewer",
    )  # fmt: skip


def _odometer(rows: list[history.ReadingRow], cuts: tuple[Cut, ...], unit: Distance) -> Drawn:
    known = [row for row in rows if row.km is not None]
    if not known:
        return Drawn(None, "No odometer reading yet.")
    dots, windows = [], []
    for row in known:
        assert row.km is not None
        value = in_unit(row.km, unit)
        said = f"{value:,.0f} {unit}, {row.occurred_at.astimezone(UTC):%Y-%m-%d}"
        dots.append(charts.Dot(row.occurred_at, value, said, "" if row.fits else "bad"))
        if row.expected_low_km is not None and row.expected_high_km is not None:
            low, high = in_unit(row.expected_low_km, unit), in_unit(row.expected_high_km, unit)
            windows.append(charts.Window(row.occurred_at, low, high))
    against = sum(not row.fits for row in known)
    words = f"{len(known):,} {_plural(len(known), 'reading')}, the last {dots[-1].words}. "
    words += f"{against:,} of them {'does' if against == 1 else 'do'} not fit the others." if against else "All fit."
    marks = [(cut.at, CUT_WORDS[cut.kind]) for cut in cuts]
    return Drawn(charts.over_time("Odometer", words, dots, windows=windows, marks=marks), words)


def _consumption(ways: list[Leg], unit: Distance) -> Drawn:
    if not ways:
        return Drawn(None, "Two fills with a known odometer are needed, at least 20 km apart.")
    dots = []
    for leg in ways:
        said = f"{_rate(leg, unit):.1f} {_rate_unit(unit)}, {leg.at.astimezone(UTC):%Y-%m-%d}"
        dots.append(charts.Dot(leg.at, _rate(leg, unit), said))
    words = f"{len(ways):,} {_plural(len(ways), 'way')} from fill to fill, the last {dots[-1].words}."
    return Drawn(charts.over_time("Consumption", words, dots, number=lambda value: f"{value:,.4g}"), words)


def _average(ways: list[Leg], unit: Distance) -> str:
    if not ways:
        return "–"
    whole = Leg(ways[0].since, ways[-1].at, sum(leg.km for leg in ways), sum(leg.litres for leg in ways))
    return f"{_rate(whole, unit):.1f} {_rate_unit(unit)}"


def _rate(leg: Leg, unit: Distance) -> float:
    return leg.miles_per_gallon if unit == "mi" else leg.litres_per_100_km


def _rate_unit(unit: Distance) -> str:
    return "mpg" if unit == "mi" else "L/100 km"


def _costs(rows: list[stories.CostRow], now: datetime) -> Drawn:
    """Draw what was paid in the currency in which most was; name the others."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.currency or ""] += row.cents
    if not sums or max(sums.values()) <= 0:
        return Drawn(None, "Nothing was paid in the last twelve months.")
    currency = max(sums, key=lambda name: (sums[name], name))
    paid: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if (row.currency or "") == currency:
            paid[row.month.year, row.month.month][row.event_type] += max(0, row.cents)
    columns = []
    for year, month in _months(now):
        name = f"{datetime(year, month, 1, tzinfo=UTC):%b}"
        parts = []
        for event_type, kind, word in (("fuel_purchase", "", "fuel"), ("maintenance", "second", "maintenance")):
            amount = paid[year, month][event_type] / 100
            parts.append((kind, amount, f"{name} {year}, {word}: {amount:,.2f} {currency}"))
        columns.append(charts.Bar(name, tuple(parts)))
    words = f"{sums[currency] / 100:,.2f} {currency}".strip() + " in the last twelve months"
    rest = [(name or "in an unknown currency", cents) for name, cents in sums.items() if name != currency]
    others = [f"{cents / 100:,.2f} {name}" for name, cents in rest]
    words += f", and {', '.join(sorted(others))}, which is not drawn." if others else "."
    return Drawn(charts.bars("Costs by month", words, columns), words)


def _service(
    record: stories.RecordRow, serviced: list[stories.ServiceRow], latest: history.ReadingRow | None
) -> Service:
    """Count the interval from the last maintenance of any kind; say beside it what the workshop wrote."""
    unit: Distance = record.odometer_unit or "km"
    miles = record.baseline_service_interval_miles
    last = next((one for one in serviced if one.km is not None), None)
    found = due(
        None if last is None else last.km,
        None if latest is None else latest.km,
        None if miles is None else miles * KM_PER_MILE,
    )
    if found is None:
        words = "No maintenance with a known odometer yet, so nothing can be counted."
    else:
        left = in_unit(abs(found.left_km), unit)
        words = f"at {in_unit(found.at_km, unit):,.0f} {unit}: "
        words += f"{left:,.0f} {unit} overdue" if found.left_km < 0 else f"in {left:,.0f} {unit}"
    advice: dict[str, Any] = next(
        (one.payload["next_service"] for one in serviced if one.payload.get("next_service")), {}
    )
    parts = []
    if advice.get("recommended_odometer"):
        parts.append(f"at {advice['recommended_odometer']:,}")
    if advice.get("recommended_date"):
        parts.append(f"on {advice['recommended_date']}")
    if advice.get("after_distance"):
        parts.append(f"{advice['after_distance']:,} after the last")
    if advice.get("after_months"):
        parts.append(f"{advice['after_months']} months after the last")
    return Service(found, words, " or ".join(parts))


def _first_month(now: datetime) -> datetime:
    year, month = _months(now)[0]
    return datetime(year, month, 1, tzinfo=UTC)


def _months(now: datetime) -> list[tuple[int, int]]:
    """Return the last MONTHS months, this one last, as year and month."""
    count = now.year * 12 + now.month - 1
    return [_year_and_month(count - back) for back in range(MONTHS - 1, -1, -1)]


def _year_and_month(count: int) -> tuple[int, int]:
    year, month = divmod(count, 12)
    return year, month + 1


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
