"""`capture demo`, as `make demo` runs it."""

from __future__ import annotations

import shutil
import signal
import socket
from pathlib import Path

from fixtures import bad
from tests.acceptance.conftest import ROOT, Machine, eventually, processes_of

IMAGES = ROOT / "fixtures" / "images"
PHOTOS = ("dash_012.jpg", "dash_021.jpg", "fuel_000.jpg", "invoice_006.pdf", "receipt_000.jpg")


def some_photos(folder: Path) -> Path:
    photos = folder / "some photos"
    photos.mkdir()
    for name in PHOTOS:
        shutil.copy(IMAGES / name, photos / name)
    (photos / "not a photo.jpg").write_bytes(bad.CASES["text_named_jpg"]())
    (photos / "odd [bold] :car:.jpg").write_bytes(bad.CASES["empty"]())
    return photos


def test_every_photo_ends_in_a_final_state_and_a_second_run_finds_them(machine: Machine) -> None:
    photos = some_photos(machine.folder)
    said = machine.run("demo", "--photos", str(photos), "--exit")
    assert "6 photos: 4 recorded, 1 rejected, 1 unrecognised." in said
    assert "image_unsupported" in said
    assert "odd [bold] :car:.jpg: an empty file is not sent" in said
    uploads = machine.json("uploads")
    events = machine.json("events")
    assert len(uploads) == 6
    assert sorted(event["event_type"] for event in events) == [
        "fuel_purchase",
        "maintenance",
        "odometer_reading",
        "odometer_reading",
    ]
    again = machine.run("demo", "--photos", str(photos), "--exit")
    assert "5 were known from an earlier run" in again
    assert len(machine.json("events")) == 4
    rerun = machine.json("rerun", "--state", "recorded", "--yes")
    assert (len(rerun["queued"]), rerun["proposals"]) == (4, []), "no workers run, so it does not wait for them"


def test_ctrl_c_stops_every_process_and_loses_nothing(machine: Machine) -> None:
    process = machine.start("demo", "--photos", str(some_photos(machine.folder)))
    assert len(processes_of(machine)) >= 6
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert eventually(lambda: not processes_of(machine), 10), processes_of(machine)
    assert len(machine.json("events")) == 4


def test_a_second_stack_in_the_same_folder_is_refused_and_commands_share_the_first(machine: Machine) -> None:
    machine.start("demo", "--photos", str(some_photos(machine.folder)))
    machine.run("up", expected=3)
    assert len(machine.json("events")) == 4
    (event,) = [event for event in machine.json("events") if event["event_type"] == "fuel_purchase"]
    assert machine.json("review", "confirm", event["id"])["review_state"] == "verified"
    rerun = machine.json("rerun", "--upload", event["source_upload_id"], "--yes")
    assert [row["verdict"] for row in rerun["proposals"]] == ["unchanged"]
    machine.run("review", "confirm", event["id"], expected=8)
    sent = machine.json("ingest", str(IMAGES / "fuel_001.jpg"), "--vehicle", "Van 1", "--wait")
    assert [row["state"] for row in sent] == ["recorded"]
    findings = {finding["name"]: finding["level"] for finding in machine.json("doctor")}
    assert findings["schema"] == findings["bucket"] == findings["Redis"] == "ok"


def test_a_port_that_is_taken_is_said_and_a_folder_that_cannot_be(machine: Machine) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        machine.variables["CAPTURE_PORT"] = str(busy.getsockname()[1])
        machine.run("up", expected=3)
    machine.variables["CAPTURE_DATA_DIR"] = "/dev/null/data"
    machine.run("events", expected=3)
