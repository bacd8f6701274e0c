"""Commands on a vehicle's history: `history`, `meter ...`, `rules ...`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from capture.history.model import Cut, CutKind
from capture.review import Level
from capture.vehicle_hint import Distance
from storage.queries import history as queries
from storage.queries import vehicles as said
from worker import vehicles
from worker.commands.common import (
    JsonOption,
    TenantOption,
    UserOption,
    console,
    desk,
    find_vehicle,
    parse_id,
    parse_time,
    print_affected,
    print_json,
    print_table,
    when_local,
)

meter_app = typer.Typer(
    no_args_is_help=True, help="Where a vehicle's meter stopped counting on; readings are compared between cuts alone."
)
rules_app = typer.Typer(no_args_is_help=True, help="What a failed rule of a vehicle's history does.")

VehicleArgument = Annotated[str, typer.Argument(help="Vehicle, by id or label.")]
AtOption = Annotated[str, typer.Option("--at", help="When, ISO 8601 with offset.")]
BeforeOption = Annotated[float, typer.Option("--before", min=0, help="The last number that the old meter showed.")]
AfterOption = Annotated[float, typer.Option("--after", min=0, help="The first number that the new one showed.")]
UnitOption = Annotated[
    Distance | None, typer.Option("--unit", help="What the numbers count. Default: as the vehicle's record says.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("history")(show)
    app.add_typer(meter_app, name="meter")
    app.add_typer(rules_app, name="rules")


def show(vehicle: VehicleArgument, tenant: TenantOption = "", json: JsonOption = False) -> None:
    """Show a vehicle's readings by the time of the photo, where the others expect each, and what speaks against it."""
    with desk(tenant, needs=("database",)) as where:
        chosen = find_vehicle(where, vehicle)
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            rows = queries.readings(tx, chosen.id)
            cuts = said.cuts(tx, chosen.id)
    standing = [cut for cut in cuts if cut.voided_at is None]
    if json:
        print_json({"vehicle": vars(chosen), "readings": [row.shown for row in rows], "cuts": [vars(c) for c in cuts]})
        return
    lines = [(row.occurred_at, 1, _reading(row)) for row in rows]
    lines += [(cut.at, 0, _cut(cut)) for cut in standing]
    columns = ["occurred", "event", "type", "km", "expected", "fits", "against it"]
    print_table(columns, [line for *_, line in sorted(lines, key=lambda line: line[:2])], empty="No readings.")


@meter_app.command()
def replace(
    vehicle: VehicleArgument,
    at: AtOption,
    before: BeforeOption,
    after: AfterOption = 0,
    unit: UnitOption = None,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Say that another meter was fitted."""
    _add(vehicle, at, "replacement", (before, after), unit, None, tenant, user, json=json)


@meter_app.command()
def rollover(
    vehicle: VehicleArgument,
    at: AtOption,
    digits: Annotated[int, typer.Option(min=4, max=7, help="How many digits the meter has, tenths not counted.")],
    unit: UnitOption = None,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Say that the meter passed its last digit and began again at nought."""
    _add(vehicle, at, "rollover", (10.0**digits, 0.0), unit, None, tenant, user, json=json)


@meter_app.command("unit-change")
def unit_change(
    vehicle: VehicleArgument,
    at: AtOption,
    reading: Annotated[float, typer.Option(min=0, help="What it showed then, in the old unit.")],
    to: Annotated[Distance, typer.Option("--to", help="What it counts from then on.")],
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Say that the meter counts another unit from then on, and shows the same distance.

    The record (`capture vehicle set --set odometer_unit=...`) says what photos without a unit are taken for.
    """
    old: Distance = "mi" if to == "km" else "km"
    _add(vehicle, at, "unit_change", (reading, reading), old, to, tenant, user, json=json)


@meter_app.command()
def offset(
    vehicle: VehicleArgument,
    at: AtOption,
    before: BeforeOption,
    after: AfterOption,
    unit: UnitOption = None,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Say that the meter's number was set to another."""
    _add(vehicle, at, "offset", (before, after), unit, None, tenant, user, json=json)


@meter_app.command()
def void(
    cut: Annotated[str, typer.Argument(help="The cut's id.")],
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Take a cut back; readings are compared across it again."""
    cut_id = parse_id(cut, "cut_unknown")
    with desk(tenant, user, needs=("database",)) as where:
        made = vehicles.void_cut(where.services, where.tenant.id, where.actor, cut_id)
    _print_made(made, "taken back", json=json)


@meter_app.command("list")
def list_cuts(vehicle: VehicleArgument, tenant: TenantOption = "", json: JsonOption = False) -> None:
    """List the cuts of a vehicle's meter, those that were taken back too."""
    with desk(tenant, needs=("database",)) as where:
        chosen = find_vehicle(where, vehicle)
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            cuts = said.cuts(tx, chosen.id)
    if json:
        print_json([vars(cut) for cut in cuts])
        return
    rows = [
        [cut.id, cut.kind, when_local(cut.at), f"{cut.before_km:,.0f}", f"{cut.after_km:,.0f}", cut.unit, _voided(cut)]
        for cut in cuts
    ]
    print_table(["cut", "kind", "at", "km before", "km after", "unit", "taken back"], rows, empty="No cuts.")


@rules_app.command("list")
def list_rules(tenant: TenantOption = "", json: JsonOption = False) -> None:
    """List the rules, and what each does when an event fails it."""
    with desk(tenant, needs=("database",)) as where:
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            rules = vehicles.rules(tx)
    if json:
        print_json([rule._asdict() for rule in rules])
    else:
        print_table(["rule", "level", "usual"], rules)


@rules_app.command("set")
def set_rule(
    code: Annotated[str, typer.Argument(help="The rule's code.")],
    level: Annotated[
        Literal["block", "flag", "note", "usual"],
        typer.Argument(
            help="note: it is told. flag: a person decides. block: until then no other reading is compared with it. "
            "usual: as the rule does by itself."
        ),
    ],
    tenant: TenantOption = "",
    user: UserOption = "",
) -> None:
    """Set what a failed rule does; all vehicles are looked at again."""
    chosen: Level | None = None if level == "usual" else level
    with desk(tenant, user, needs=("database",)) as where:
        changed = vehicles.set_rule(where.services, where.tenant.id, where.actor, code, chosen)
    console.print(f"{code}: {level}. {changed} events changed.")


def _add(
    vehicle: str,
    at: str,
    kind: CutKind,
    shown: tuple[float, float],
    unit: Distance | None,
    new_unit: Distance | None,
    tenant: str,
    user: str,
    *,
    json: bool,
) -> None:
    when = parse_time(at)
    with desk(tenant, user, needs=("database",)) as where:
        chosen = find_vehicle(where, vehicle)
        counted = unit or chosen.odometer_unit
        before_km, after_km = (vehicles.in_km(number, counted) for number in shown)
        cut = Cut(at=when, kind=kind, before_km=before_km, after_km=after_km, unit=new_unit)
        made = vehicles.add_cut(where.services, where.tenant.id, where.actor, chosen.id, cut)
    _print_made(made, "cut", json=json)


def _print_made(made: vehicles.CutMade, word: str, *, json: bool) -> None:
    if json:
        print_json({**vars(made.cut), "affected": [vars(effect) for effect in made.affected]})
    else:
        console.print(f"{made.cut.kind} {made.cut.id}: {word}")
        print_affected(made.affected)


def _reading(row: queries.ReadingRow) -> list[object]:
    low, high = row.expected_low_km, row.expected_high_km
    expected = "" if low is None or high is None else f"{low:,.0f} to {high:,.0f}"
    fits = "" if row.km is None else "verified" if row.verified else "by history" if row.by_history else _yes(row.fits)
    against = ", ".join(str(finding["code"]) for finding in row.findings)
    km = "" if row.km is None else f"{row.km:,.0f}"
    return [when_local(row.occurred_at), row.event_id, row.event_type, km, expected, fits, against]


def _yes(fits: bool) -> str:
    return "yes" if fits else "no"


def _cut(cut: said.CutRow) -> list[Any]:
    change = f"{cut.before_km:,.0f} -> {cut.after_km:,.0f}"
    return [when_local(cut.at), cut.id, f"meter: {cut.kind}", change, "", "", ""]


def _voided(cut: said.CutRow) -> str:
    return "" if cut.voided_at is None else when_local(cut.voided_at)
