"""`capture demo`: a demo tenant with its vehicles, and photos sent as a phone sends them.

The fixtures' odometers know nothing of one another, so each is of a vehicle of its own.
"""

from __future__ import annotations

import hashlib
import mimetypes
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx2
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from capture.errors import CaptureError, NotFoundError
from capture.explaining import summary
from capture.image import sniff
from capture.job import FINAL
from capture.review import NOTES
from storage.db import SYSTEM
from storage.queries import tenants
from worker import tokens
from worker.commands.common import console, print_table
from worker.labelled import labelled_photos
from worker.services import Services

TENANT = "Demo fleet"
EMAIL = "demo@example.com"
Unit = Literal["km", "mi"]
VEHICLES: tuple[tuple[str, str, str, Unit], ...] = (
    ("Van 1", "Northwind", "Cargo", "km"),
    ("Truck 2", "Ridgeline", "Hauler", "mi"),
    ("Scooter 3", "Piccolo", "125", "km"),
)
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "images"
POLL_S = 0.5


@dataclass(frozen=True)
class Sent:
    """A photo and its upload."""

    file: Path
    upload_id: str


@dataclass(frozen=True)
class Fleet:
    """The demo's vehicles by label."""

    vehicles: dict[str, tenants.Vehicle]

    def vehicle_of(self, file: Path, number: int) -> str:
        """Return the vehicle whose driver sends a photo: its own, else one of the three in turn."""
        shared = VEHICLES[number % len(VEHICLES)][0]
        return str(self.vehicles.get(_own_label(file.name), self.vehicles[shared]).id)


def run(services: Services, base: str, photos: Path | None, stopped: threading.Event) -> bool:
    """Send all photos of a folder, wait until each is final, print a table. Return whether all are final.

    Photos that an earlier run has sent are not sent again. Raises: NotFoundError (`file_unknown`).
    """
    files = _photos(photos or FIXTURES)
    tenant_id, user_id, vehicles = sign_in(services, {} if photos else _units())
    token = tokens.create(services, tenant_id, user_id, "demo", datetime.now(UTC) + timedelta(days=1))
    with httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60) as phone:
        known = _known(phone)
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        ) as progress:
            sent = _send_all(phone, files, Fleet(vehicles), known, progress, stopped)
            rows = _wait(phone, sent, progress, stopped)
        _print(sent, rows, len(known))
    return all(rows.get(photo.upload_id, {}).get("state") in FINAL for photo in sent)


def sign_in(services: Services, units: Mapping[str, Unit]) -> tuple[UUID, UUID, dict[str, tenants.Vehicle]]:
    """Make sure that the demo tenant is there; return its id, its owner's, and its vehicles by label.

    `units`: what the odometers on photos count that have a vehicle of their own, by file name.
    """
    with services.db.ops_tx() as tx:
        found = tenants.find_tenants(tx, TENANT)
        tenant_id = found[0].id if found else tenants.create_tenant(tx, TENANT, "org")
        user_id = tenants.ensure_member(tx, tenant_id, EMAIL, "Demo driver", "owner")
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        there = {vehicle.label for vehicle in tenants.vehicles(tx)}
        for label, make, model, unit in VEHICLES:
            if label not in there:
                tenants.add_vehicle(tx, label, make=make, model=model, odometer_unit=unit)
        for name, unit in units.items():
            if _own_label(name) not in there:
                tenants.add_vehicle(tx, _own_label(name), odometer_unit=unit)
        return tenant_id, user_id, {vehicle.label: vehicle for vehicle in tenants.vehicles(tx)}


def _own_label(name: str) -> str:
    return f"Vehicle of {name}"


def send(phone: httpx2.Client, file: Path, data: bytes, vehicle_id: str) -> str:
    """Send one photo as a phone does: ask, PUT straight to the bucket, say so. Return the upload's id.

    Raises: httpx2.HTTPStatusError.
    """
    asked = phone.post(
        "/v1/uploads",
        json={
            "vehicle_id": vehicle_id,
            "size_bytes": len(data),
            "content_type": _content_type(file, data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "device": {"platform": "demo", "user_agent": "capture demo"},
        },
    ).raise_for_status()
    ticket = asked.json()
    httpx2.put(ticket["url"], content=data, headers=ticket["headers"], timeout=60).raise_for_status()
    phone.post(f"/v1/uploads/{ticket['upload_id']}/complete").raise_for_status()
    return str(ticket["upload_id"])


def _photos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise NotFoundError("file_unknown", f"There is no folder {folder}")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        raise NotFoundError("file_unknown", f"There are no photos in {folder}")
    return files


def _units() -> dict[str, Unit]:
    """Return the units of the fixtures' odometers, on displays and on paper, by file name."""
    found: dict[str, Unit] = {}
    for photo in labelled_photos(FIXTURES.parent):
        said = photo.truth.get("unit") or photo.truth.get("odometer_unit")
        if said or photo.truth.get("odometer"):
            found[photo.path.name] = "mi" if said == "mi" else "km"
    return found


def _known(phone: httpx2.Client) -> dict[str, str]:
    """Return the uploads of earlier runs by the SHA-256 of their photo."""
    known: dict[str, str] = {}
    asked: dict[str, str | int] = {"limit": 1000}
    while True:
        page = phone.get("/v1/uploads", params=asked).raise_for_status().json()
        known.update({upload["sha256"]: upload["id"] for upload in page["items"] if upload["sha256"]})
        if page["next"] is None:
            return known
        asked["cursor"] = page["next"]


def _content_type(file: Path, data: bytes) -> str:
    """Return what a phone would say the file is: by its content, else by its name."""
    try:
        return sniff(data)
    except CaptureError:
        guess = mimetypes.guess_type(file.name)[0]
        return guess if guess in ("image/png", "image/webp", "application/pdf") else "image/jpeg"


def _send_all(
    phone: httpx2.Client,
    files: list[Path],
    fleet: Fleet,
    known: dict[str, str],
    progress: Progress,
    stopped: threading.Event,
) -> list[Sent]:
    task = progress.add_task("sending", total=len(files))
    sent = []
    for number, file in enumerate(files):
        if stopped.is_set():
            break
        data = file.read_bytes()
        upload_id = known.get(hashlib.sha256(data).hexdigest())
        if upload_id is None and data:
            try:
                upload_id = send(phone, file, data, fleet.vehicle_of(file, number))
            except httpx2.HTTPStatusError as error:
                console.print(f"{file.name}: {_refusal(error.response)}")
        elif not data:
            console.print(f"{file.name}: an empty file is not sent")
        if upload_id is not None:
            sent.append(Sent(file, upload_id))
        progress.advance(task)
    return sent


def _refusal(response: httpx2.Response) -> str:
    try:
        said = response.json()
        return f"{said['code']}: {said['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"refused with HTTP {response.status_code}"


def _wait(
    phone: httpx2.Client, sent: list[Sent], progress: Progress, stopped: threading.Event
) -> dict[str, dict[str, Any]]:
    """Return the uploads by id, final ones with their events, once all are final or the run is stopped."""
    task = progress.add_task("reading", total=len(sent))
    final: dict[str, dict[str, Any]] = {}
    while len(final) < len({photo.upload_id for photo in sent}) and not stopped.is_set():
        for photo in sent:
            if photo.upload_id in final:
                continue
            upload = phone.get(f"/v1/uploads/{photo.upload_id}").raise_for_status().json()
            if upload["state"] not in FINAL:
                break  # they are read in the order in which they were sent, or nearly so
            final[photo.upload_id] = upload
            progress.update(task, completed=sum(p.upload_id in final for p in sent))
        else:
            continue
        stopped.wait(POLL_S)
    return final


def _print(sent: list[Sent], rows: dict[str, dict[str, Any]], known: int) -> None:
    table = []
    for photo in sent:
        upload = rows.get(photo.upload_id)
        if upload is None:
            table.append([photo.file.name, "not final yet", "", "", "", ""])
            continue
        seconds = "" if upload["read_ms"] is None else f"{upload['read_ms'] / 1000:.1f}"
        for event in upload["events"]:
            confidence = "unknown" if event["confidence"] is None else event["confidence"]
            codes = [flag["code"] for flag in event["flag_reasons"] if flag["code"] not in NOTES]
            why = ", ".join(dict.fromkeys(codes)) if event["flagged"] else ""
            said = summary(event["event_type"], event["payload"])
            table.append([photo.file.name, event["event_type"], said, confidence, why, seconds])
        if not upload["events"]:
            table.append([photo.file.name, upload["state"], "", "", upload["error_code"] or "for a person", seconds])
    print_table(["photo", "event type", "reading", "confidence", "flagged and why", "seconds"], table)
    states: dict[str, int] = {}
    for upload in rows.values():
        states[upload["state"]] = states.get(upload["state"], 0) + 1
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    console.print(f"\n{len(sent)} photos: {told}." + (f" {known} were known from an earlier run." if known else ""))
