"""`capture promise`, `capture calibrate` and `capture rescore`: how sure is sure enough, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import track

from capture.calibration import expected_error
from capture.confidence import Trust
from capture.errors import RefusedError
from capture.events.base import Hint
from capture.fitting import Sample
from capture.promise import Cost, Threshold, thresholds
from extractors.reader import Reader
from worker.calibrating import ENOUGH_DECISIONS, calibrate, labelled_samples
from worker.commands.common import (
    JsonOption,
    TenantOption,
    UserOption,
    console,
    desk,
    print_json,
    print_table,
    settings,
)
from worker.labelled import labelled_photos
from worker.local import Service
from worker.promising import EVENT_TYPES, keep, offers
from worker.rescoring import Rescored, rescore
from worker.trusting import load_trust

DATABASE: tuple[Service, ...] = ("database",)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("promise")(promise)
    app.command("calibrate")(calibrate_command)
    app.command("rescore")(rescore_command)


def promise(
    event_type: Annotated[str, typer.Option("--type", help="For events of this type; else for all others.")] = "",
    error: Annotated[
        float | None, typer.Option("--set", help="Accepted share of wrong events, such as 0.01; 0 takes it back.")
    ] = None,
    wrong_cost: Annotated[float | None, typer.Option(help="What one accepted wrong event costs.")] = None,
    review_cost: Annotated[float | None, typer.Option(help="What one review costs, in the same currency.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Judge stored events by it too, not only new ones.")] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Show or set the share of wrong events that is accepted, and what follows: thresholds and what they save.

    Setting it asks no engine. Without --apply it is told what would move; new events are judged by it at once.
    """
    if event_type and event_type not in EVENT_TYPES:
        raise RefusedError("payload_invalid", f"There is no event type {event_type!r}")
    with desk(tenant, user, needs=DATABASE) as where:
        moved = None
        if error is not None:
            moved = keep(where.services, where.tenant.id, where.actor, event_type, error or None, apply=apply)
        with where.services.db.tenant_tx(where.tenant.id, where.actor) as tx:
            judge = load_trust(tx, where.services.settings)
    rows = _rows(
        judge, None if wrong_cost is None or review_cost is None else Cost(wrong=wrong_cost, review=review_cost)
    )
    if json:
        print_json({"promises": judge.errors, "thresholds": rows, "moved": _moved_json(moved)})
        return
    print_table(
        ["engine", "event type", "at most wrong", "accepted from", "accepted", "of all photos", "wrong", "95 % bound"],
        [_cells(row) for row in rows],
    )
    for row in rows:
        if row["recommended_error"] is not None:
            console.print(
                f"{row['engine']}, {_kind(row)}: at these costs a promise of {row['recommended_error']:.2%} "
                f"costs least, and accepts {row['recommended_automation']:.1%} of all photos."
            )
    if moved is not None:
        console.print(_moved_words(moved, apply=apply))


def calibrate_command(
    labelled: Annotated[Path | None, typer.Option(help="A folder of labelled photos that count as decisions.")] = None,
    unit: Annotated[Literal["km", "mi"] | None, typer.Option(help="What their odometers count.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it gives, and keep the calibrations.")] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Fit the tenant's confidence on what its people decided, on top of the general calibration.

    Counted are decisions on flagged events and on blind samples. `capture rescore` judges stored events by the result.
    """
    samples: list[tuple[str, str, Sample]] = []
    if labelled is not None:
        photos = list(labelled_photos(labelled))
        with Reader(settings()) as reader:
            reading = track(photos, "reading", len(photos), console=console, disable=json, transient=True)
            samples = list(labelled_samples(reading, reader, Hint(vehicle_unit=unit)))
    with desk(tenant, user, needs=DATABASE) as where:
        fitted = calibrate(where.services, where.tenant.id, where.actor, samples, keep=not dry_run)
    rows = [
        {
            "engine": one.engine,
            "event_type": one.event_type,
            "decisions": one.decisions,
            "right": one.right,
            "version": None if one.calibration is None else one.calibration.version,
            "expected_calibration_error": None if one.calibration is None else expected_error(one.calibration.bins),
        }
        for one in fitted
    ]
    if json:
        print_json(rows)
        return
    if not rows:
        console.print("Nobody has decided anything yet that could be counted.")
        return
    print_table(
        ["engine", "event type", "decisions", "right", "calibration", "calibration error"],
        [
            [
                str(row["engine"]),
                str(row["event_type"]),
                str(row["decisions"]),
                str(row["right"]),
                str(row["version"] or f"none: {ENOUGH_DECISIONS} decisions on two vehicles are needed"),
                "-" if row["expected_calibration_error"] is None else f"{row['expected_calibration_error']:.3f}",
            ]
            for row in rows
        ],
    )


def rescore_command(
    apply: Annotated[bool, typer.Option("--apply", help="Write it; otherwise it is only counted.")] = False,
    tenant: TenantOption = "",
    user: UserOption = "",
    json: JsonOption = False,
) -> None:
    """Judge stored readings again by today's calibrations and promises. No engine is asked, no decision is touched."""
    with desk(tenant, user, needs=DATABASE) as where:
        done = rescore(where.services, where.tenant.id, where.actor, apply=apply)
    if json:
        print_json(_moved_json(done))
    else:
        console.print(_moved_words(done, apply=apply))


def _rows(judge: Trust, cost: Cost | None) -> list[dict[str, object]]:
    return [
        {
            "engine": one.engine,
            "event_type": one.event_type,
            "with_history": one.with_history,
            "error": one.promised,
            "calibration": one.calibration.version,
            "source": one.calibration.source,
            **_cut(one.cut),
            "recommended_error": None if one.best is None else one.best.bound,
            "recommended_automation": None if one.best is None else one.best.automation,
            "curve": [_cut(cut) for cut in thresholds(one.calibration)],
        }
        for one in offers(judge, cost)
    ]


def _cut(cut: Threshold | None) -> dict[str, object]:
    return {
        "accept_from": None if cut is None else cut.probability,
        "accepted": None if cut is None else cut.accepted,
        "automation": None if cut is None else round(cut.automation, 4),
        "wrong": None if cut is None else cut.wrong,
        "bound": None if cut is None else cut.bound,
    }


def _kind(row: dict[str, object]) -> str:
    return f"{row['event_type']}{', with history' if row['with_history'] else ''}"


def _cells(row: dict[str, object]) -> list[str]:
    head = [str(row["engine"]), _kind(row), f"{row['error']:.2%}"]
    if row["accept_from"] is None:
        return [*head, "none: too little was counted", "-", "-", "-", "-"]
    return [
        *head, f"{row['accept_from']:.4f}", f"{row['accepted']:,.0f}", f"{row['automation']:.1%}",
        f"{row['wrong']:.0f}", f"{row['bound']:.2%}",
    ]  # fmt: skip


def _moved_json(moved: Rescored | None) -> dict[str, int] | None:
    if moved is None:
        return None
    return {
        "looked_at": moved.looked_at, "changed": moved.changed, "accepted": moved.accepted, "flagged": moved.flagged,
    }  # fmt: skip


def _moved_words(moved: Rescored, *, apply: bool) -> str:
    would = "" if apply else "would be "
    last = "" if apply else " Nothing was written; --apply does it."
    return (
        f"{moved.looked_at:,} undecided events judged again: {moved.accepted:,} {would}accepted that were flagged, "
        f"{moved.flagged:,} {would}flagged that were accepted.{last}"
    )
