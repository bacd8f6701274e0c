"""`capture read`: read files here and now, with no service at all, and print what would be written."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from capture.errors import CaptureError
from capture.events.base import Hint, Kind
from capture.explaining import summary
from capture.settings import Settings
from extractors.reader import Reader
from worker.commands.common import JsonOption, print_json, print_table, read_bytes, settings
from worker.examine import Examined, Judged, examine
from worker.recording import full_payload
from worker.trusting import general_trust

CONTRACT = 1
"""Version of the form of `--json`; see docs/reference/read-json.md."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("read")(read)


def read(
    files: Annotated[list[Path], typer.Argument(help="Photos, PDFs, files of trips (CSV, GPX, JSON) or notes.")],
    kind: Annotated[Kind | None, typer.Option(help="What the driver says it is.")] = None,
    unit: Annotated[Literal["km", "mi"] | None, typer.Option(help="What the vehicle's odometer counts.")] = None,
    json: JsonOption = False,
) -> None:
    """Read files and print what would be written. Needs no service; one bad file does not stop the others.

    Where CAPTURE_OPENAI_API_KEY is set, files that the other engines leave in doubt are sent to the vision model.
    """
    results: list[dict[str, Any]] = []
    worst = 0
    chosen = settings()
    with Reader(chosen) as reader:
        for file in files:
            hint = Hint(kind=kind, vehicle_unit=unit, trip_unit=chosen.trip_unit)
            found, error = read_file(file, hint, reader, chosen)
            results.extend(found)
            worst = worst or (0 if error is None else error.exit_code)
    if json:
        print_json(results)
    else:
        _print(results)
    raise typer.Exit(worst)


def read_file(
    file: Path, hint: Hint, reader: Reader, chosen: Settings
) -> tuple[list[dict[str, Any]], CaptureError | None]:
    """Return a file's objects of the `--json` form (one for each event, one if there is none), and its error."""
    started = time.monotonic()
    try:
        data = read_bytes(file, chosen.max_bytes)
        return _said(file, started, examine(data, hint, reader, general_trust(chosen), None, vision=True)), None
    except CaptureError as error:
        failed = _nothing(file, started)
        return [{**failed, "error": {"code": error.code, "message": error.message}}], error


def _said(file: Path, started: float, examined: Examined) -> list[dict[str, Any]]:
    if not examined.events:
        reasons = [] if examined.remark is None else [examined.remark.stored()]
        said = {"flag_reasons": reasons, "document": _document(examined), "fields": _fields(examined)}
        return [{**_nothing(file, started), **said}]
    return [_event(file, started, examined, judged) for judged in examined.events]


def _nothing(file: Path, started: float) -> dict[str, Any]:
    return {
        "version": CONTRACT,
        "file": str(file),
        "event_type": None,
        "payload": None,
        "confidence": None,
        "flagged": True,
        "flag_reasons": [],
        "document": None,
        "fields": {},
        "duration_ms": round((time.monotonic() - started) * 1000),
    }


def _event(file: Path, started: float, examined: Examined, judged: Judged) -> dict[str, Any]:
    return {
        **_nothing(file, started),
        "event_type": judged.candidate.event_type,
        "payload": full_payload(examined, judged, None, None),
        "confidence": judged.percent,
        "flagged": judged.review_state == "flagged",
        "flag_reasons": [flag.stored() for flag in judged.flags],
        "document": _document(examined),
        "fields": {name: field.model_dump(mode="json") for name, field in judged.candidate.fields.items()},
    }


def _document(examined: Examined) -> dict[str, Any] | None:
    return None if examined.sorting is None else examined.sorting.model_dump(mode="json")


def _fields(examined: Examined) -> dict[str, Any]:
    return {name: field.model_dump(mode="json") for name, field in examined.fields.items()}


def _print(results: list[dict[str, Any]]) -> None:
    rows = []
    for result in results:
        name = Path(result["file"]).name
        if "error" in result:
            rows.append([name, "error", result["error"]["code"], "", result["error"]["message"], ""])
            continue
        said = summary(result["event_type"], result["payload"]) if result["event_type"] else ""
        confidence = "unknown" if result["confidence"] is None else result["confidence"]
        why = ", ".join(flag["code"] for flag in result["flag_reasons"])
        rows.append(
            [name, result["event_type"] or "unrecognised", said, confidence, why, f"{result['duration_ms'] / 1000:.1f}"]
        )
    print_table(["photo", "event type", "reading", "confidence", "flagged", "seconds"], rows)
