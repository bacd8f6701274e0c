"""Labelled photos for training: their lines of digits, and which of them are held out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.lines import Line, find_lines, symbols_of

HELD_OUT = 0.15
"""Share of photos held out."""

NEAR_KM = {"digital": 300.0, "analog": 5.0}
"""Readings this near are taken for one vehicle within a day or two, and stay on one side of the split. The drums
are those of many scooters with low readings: a wider step would chain nearly all of them together."""


VEHICLE = 3.0
"""So many times as far apart, readings are taken for another vehicle's: 900 km, of drums 15 km. Wider steps chain most
scooters together; those within 15 km of each other look alike anyway."""


@dataclass(frozen=True)
class Labelled:
    """A labelled photo. `lines`: the odometer's (or the trip's) first; empty where no sequence spells it."""

    file: str
    kind: str
    display_type: str
    reading: str | None
    display: tuple[float, float, float, float]
    lines: tuple[Line, ...]
    tenths: bool | None = None


def load(folder: Path, tenths: Path | None = None) -> list[Labelled]:
    """Return the photos of a labelled folder; `tenths`: JSON lines that say which drums show tenths."""
    marks: dict[str, bool | None] = {}
    if tenths is not None and tenths.is_file():
        for line in tenths.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            marks[row["file"]] = row["tenths"] if isinstance(row["tenths"], bool) else None
    found = []
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        truth, kind = row["truth"], row["kind"]
        digits = truth.get("reading") or "".join(c for c in truth.get("trip") or "" if c.isdigit())
        if kind == "trip_only" and digits == "0":
            digits = "00"
        lines = find_lines(symbols_of(row.get("symbols", ())), digits, odometer=kind == "odometer")
        display_type = row.get("display_type", "digital")
        mark = marks.get(row["file"], None if display_type == "analog" else False)
        found.append(
            Labelled(row["file"], kind, display_type, truth.get("reading"), tuple(row["display"]), tuple(lines), mark)
        )
    return found


def split_by_reading(photos: Sequence[Labelled], seed: int, widen: float = 1.0) -> list[str]:
    """Return the files to hold out, whole clusters of near readings at a time; `widen` makes the clusters larger."""
    clusters = _clusters(photos, widen)
    random.Random(seed).shuffle(clusters)
    held: list[str] = []
    for group in sorted({_group(photo) for photo in photos}):
        wanted = round(HELD_OUT * sum(_group(photo) == group for photo in photos))
        taken = 0
        for cluster in clusters:
            if _group(cluster[0]) == group and len(cluster) <= 0.4 * wanted and taken + len(cluster) <= 1.03 * wanted:
                held += [photo.file for photo in cluster]
                taken += len(cluster)
    return sorted(held)


def fold_by_vehicle(photos: Sequence[Labelled], seed: int, folds: int) -> list[list[str]]:
    """Return the files to hold out in each fold: together all, and what may be one vehicle in one fold alone."""
    clusters = _clusters(photos, VEHICLE)
    random.Random(seed).shuffle(clusters)
    held: list[list[str]] = [[] for _ in range(folds)]
    for group in sorted({_group(photo) for photo in photos}):
        taken = [0] * folds
        own = [cluster for cluster in clusters if _group(cluster[0]) == group]
        for cluster in sorted(own, key=len, reverse=True):
            smallest = taken.index(min(taken))
            held[smallest] += [photo.file for photo in cluster]
            taken[smallest] += len(cluster)
    return [sorted(files) for files in held]


def _group(photo: Labelled) -> tuple[str, str]:
    return photo.kind, photo.display_type


def write_split(path: Path, held_out: Iterable[str], *, seed: int, rule: str) -> None:
    """Write a split."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rule": rule, "seed": seed, "held_out": sorted(held_out)}, indent=0) + "\n", "utf-8")


def read_split(path: Path) -> set[str]:
    """Return the files that a split holds out."""
    return set(json.loads(path.read_text(encoding="utf-8"))["held_out"])


def _clusters(photos: Sequence[Labelled], widen: float) -> list[list[Labelled]]:
    """Return chains of near readings, of equal trips where there is no reading."""
    clusters: list[list[Labelled]] = []
    for display_type in sorted({photo.display_type for photo in photos}):
        read = [photo for photo in photos if photo.reading is not None and photo.display_type == display_type]
        before = None
        for photo in sorted(read, key=_kilometres):
            if before is None or _kilometres(photo) - before > NEAR_KM[display_type] * widen:
                clusters.append([])
            clusters[-1].append(photo)
            before = _kilometres(photo)
    trips: dict[str, list[Labelled]] = {}
    for photo in photos:
        if photo.reading is None:
            key = photo.lines[0].text if photo.lines else photo.file
            # "0.0" is every vehicle's: those photos are told apart by their frame's shape
            trips.setdefault(key if key.strip("0,") else photo.file, []).append(photo)
    return clusters + list(trips.values())


def _kilometres(photo: Labelled) -> float:
    return int(photo.reading or "0") / (10.0 if photo.display_type == "analog" else 1.0)
