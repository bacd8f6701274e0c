"""Killed workers, a killed supervisor and a wiped queue cost time and nothing else."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

from tests.acceptance.conftest import ROOT, Machine, eventually, processes_of

PHOTOS = sorted((ROOT / "fixtures" / "images").glob("dash_0*.jpg"))[:30]
FINAL = {"recorded", "unrecognised", "rejected", "failed"}


def send_thirty(machine: Machine) -> None:
    machine.run("vehicle", "add", "Van", "--unit", "km")  # of the tenant that `capture up` made
    sent = machine.json("ingest", *(str(photo) for photo in PHOTOS), "--vehicle", "Van")
    assert [row["error"] for row in sent] == [None] * 30


def final_count(machine: Machine) -> int:
    return sum(upload["state"] in FINAL for upload in machine.json("uploads"))


def in_the_middle(machine: Machine) -> None:
    """Wait until some photos are final and others are not."""
    assert eventually(lambda: final_count(machine) >= 3)
    assert final_count(machine) < 30, "too late to disturb anything"


def all_final_and_none_twice(machine: Machine) -> None:
    assert eventually(lambda: final_count(machine) == 30)
    uploads, events = machine.json("uploads"), machine.json("events")
    recorded = [upload["id"] for upload in uploads if upload["state"] == "recorded"]
    assert sorted(event["source_upload_id"] for event in events) == sorted(recorded)
    assert not [upload for upload in uploads if upload["state"] in ("failed", "rejected")]
    assert len(recorded) >= 20


def kill_workers(machine: Machine) -> int:
    """Kill -9 every process of the workers; return how many."""
    killed = 0
    for line in processes_of(machine):
        if "dramatiq" in line or "multiprocessing" in line:
            psutil.Process(int(line.split()[0])).kill()
            killed += 1
    return killed


def test_killed_workers(machine: Machine) -> None:
    machine.start("up")
    send_thirty(machine)
    in_the_middle(machine)
    assert kill_workers(machine) >= 2
    all_final_and_none_twice(machine)


def test_a_wiped_queue(machine: Machine) -> None:
    machine.start("up")
    send_thirty(machine)
    in_the_middle(machine)
    machine.redis().flushall()
    all_final_and_none_twice(machine)


def test_a_killed_supervisor_and_everything_with_it(machine: Machine) -> None:
    process = machine.start("up")
    send_thirty(machine)
    in_the_middle(machine)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert eventually(lambda: not [p for p in processes_of(machine) if "uvicorn" in p or "dramatiq" in p], 20)
    machine.start("up")
    all_final_and_none_twice(machine)


def test_photos_that_were_sent_while_nothing_ran_are_read_later(machine: Machine) -> None:
    machine.run("tenant", "create", "Early", "--email", "owner@example.com")
    machine.run("vehicle", "add", "Van")
    photo: Path = PHOTOS[0]
    (row,) = machine.json("ingest", str(photo), "--vehicle", "Van")
    assert row["state"] == "queued"
    machine.start("up")
    assert eventually(lambda: final_count(machine) == 1)
