"""`capture evaluate`: how right readings are on a folder of labelled photos."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path
from typing import Annotated, Literal

import typer
from PIL import Image
from rich.progress import track

from capture.confidence import Trust
from capture.errors import CaptureError
from capture.events.base import Hint
from capture.image import Limits, open_document
from extractors.reader import Reader
from worker.charts import STYLE
from worker.commands.common import JsonOption, console, print_json, print_table, settings
from worker.evaluation import Outcome, Share, confusions, evaluate, latency_s, summary
from worker.labelled import labelled_photos
from worker.sureness import sections
from worker.trusting import general_trust

THUMBNAIL_PX = 480
MOST_CONFUSIONS = 12

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Readings that were wrong</title>
<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">
<style>:root{{--ink:#1b1b1f;--paper:#fff;--line:#d5d5da;--here:#0b62c4;--known:#6a6a72;--promise:#b00020}}
@media(prefers-color-scheme:dark){{:root{{--ink:#ececf0;--paper:#17171a;--line:#44444c;--here:#78b4ff;--known:#a9a9b4;
--promise:#ff8a94}}}}
body{{font:15px/1.5 system-ui;margin:2rem;max-width:75rem;color:var(--ink);background:var(--paper)}}
table{{border-collapse:collapse}}td,th{{padding:.2rem .8rem;text-align:left;border-bottom:1px solid var(--line)}}
figure{{display:inline-block;margin:.7rem;width:30rem;max-width:100%;vertical-align:top}}img{{max-width:100%}}
figure.picture{{margin:.7rem 1.4rem .7rem 0}}.accepted{{color:var(--promise);font-weight:600}}
tr.chosen{{font-weight:700}}{style}</style>
<h1>{title}</h1><table><tr><th>what</th><th>count</th><th>share</th><th>95 %</th></tr>{rows}</table>{sure}
<h2>{count} readings that were wrong</h2>{figures}</html>
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(run)


def run(
    folder: Annotated[Path, typer.Argument(help="Folder with labels.jsonl and the photos that it names.")],
    report: Annotated[
        Path | None, typer.Option(help="Write how sure and how right, and what was wrong, to this HTML file.")
    ] = None,
    unit: Annotated[Literal["km", "mi"] | None, typer.Option(help="What the vehicles' odometers count.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first so many photos alone.")] = None,
    json: JsonOption = False,
) -> None:
    """Read labelled photos and print how many were right, with 95 % intervals; needs no service."""
    chosen = settings()
    photos = list(labelled_photos(folder))[:limit]
    with Reader(chosen) as reader:
        trust = general_trust(chosen)
        reading = evaluate(photos, reader, trust, Hint(vehicle_unit=unit))
        outcomes = list(track(reading, "reading", len(photos), console=console, disable=json, transient=True))
    shares = summary(outcomes)
    if report is not None:
        report.write_text(_page(folder, shares, outcomes, trust), encoding="utf-8")
    middle, late = latency_s(outcomes)
    if json:
        rows = [{"name": row.name, "count": row.count, "of": row.of, "interval": row.interval} for row in shares]
        print_json({"shares": rows, "confusions": confusions(outcomes), "median_s": middle, "p95_s": late})
        return
    print_table(["what", "count", "share", "95 %"], [_cells(row) for row in shares])
    wrong = ", ".join(f"{truth} as {read} ({n})" for truth, read, n in confusions(outcomes)[:MOST_CONFUSIONS])
    console.print(f"\nDigits read wrongly: {wrong or 'none'}. Seconds a photo: {middle:.2f}, 95 % below {late:.2f}.")


def _cells(row: Share) -> list[str]:
    low, high = row.interval
    share = f"{100 * row.count / row.of:.1f} %" if row.of else "-"
    return [row.name, f"{row.count} of {row.of}", share, f"{100 * low:.1f} - {100 * high:.1f} %"]


def _page(folder: Path, shares: list[Share], outcomes: list[Outcome], trust: Trust) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in _cells(row))}</tr>" for row in shares)
    wrong = [one for one in outcomes if not one.exact]
    return PAGE.format(
        style=STYLE,
        title=html.escape(folder.name),
        rows=rows,
        sure=sections(outcomes, trust),
        count=len(wrong),
        figures="".join(_figure(one) for one in wrong),
    )


def _figure(one: Outcome) -> str:
    truth = ", ".join(f"{name} {value}" for name, value in one.photo.truth.items() if name in (*one.wrong, "reading"))
    said = one.error or one.said or "nothing"
    mark = ' class="accepted"' if one.accepted else ""
    words = f"{one.photo.file} ({one.photo.kind}): {truth or 'no reading'}; read: "
    return (
        f'<figure><img alt="" src="{_thumbnail(one.photo.path)}"><figcaption>{html.escape(words)}'
        f"<b{mark}>{html.escape(said)}{' (accepted)' if one.accepted else ''}</b></figcaption></figure>"
    )


def _thumbnail(path: Path) -> str:
    """Return the photo, small, as a data address; a photo that cannot be decoded gives an empty one."""
    try:
        image = open_document(path.read_bytes(), Limits()).pages[0].image
    except (CaptureError, OSError):
        return "data:,"
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
