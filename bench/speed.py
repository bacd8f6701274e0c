"""How long a receipt takes: `python -m bench.speed [--data DIR] [--count N] [--rounds N]`.

Stock RapidOCR with its default settings, in one process on all cores, against `rapid_ocr` as workers run it: as many
processes as cores, each on one thread. Both read the same files of `receipts_sroie` in turn, round after round, so that
other work on the machine falls on both. Seconds a receipt are the wall time of a round, files in, by how many there
were, and the processors' time that its processes took, which other work troubles less; one round before, in which
networks are loaded, does not count. Then come the fields that the product's rules find in the lines of each.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from bench.figures import print_table
from bench.labels import DATA_VARIABLE, data_folder, photos
from bench.readings import READ_TIMEOUT_S
from bench.receipts import measure_receipts
from capture.image import Limits, open_document
from capture.reading import Extractor, Reading, Span
from extractors import EngineOptions, make_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rapidocr import RapidOCR

SET_NAME = "receipts_sroie"
STOCK, OURS = "stock RapidOCR", "rapid_ocr"


def main() -> None:
    """Print seconds a receipt of both, their ratio round by round, and which fields are right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--count", type=int, default=16, help="how many receipts, spread over the set (default: 16)")
    parser.add_argument("--rounds", type=int, default=5, help="how often both read them (default: 5)")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    labelled = list(photos(folder, SET_NAME)) if folder else []
    if not labelled:
        print(f"No labelled photos of {SET_NAME} here: give --data or set {DATA_VARIABLE}.")
        return
    chosen = labelled[:: max(1, len(labelled) // arguments.count)][: arguments.count]
    files = [photo.path for photo in chosen]
    stock, ours = Team(read_stock, 1), Team(read_ours, psutil.cpu_count() or 1)
    readings = {STOCK: stock.read(files)[0], OURS: ours.read(files)[0]}
    rounds = [(stock.read(files)[1], ours.read(files)[1]) for _ in range(arguments.rounds)]
    _print_seconds(rounds, len(files), stock, ours)
    for name, of_name in readings.items():
        measure_receipts(f"{len(files)} of {SET_NAME} ({name})", zip(chosen, of_name, strict=True))


@dataclass(frozen=True)
class Spent:
    """Seconds a receipt: on the clock, and of processors."""

    wall_s: float
    processor_s: float


class Team:
    """Processes that read files side by side with one function, ended with this one."""

    def __init__(self, read: Callable[[Path], Reading], processes: int) -> None:
        self._read = read
        self.processes = processes
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))

    def read(self, files: Sequence[Path]) -> tuple[list[Reading], Spent]:
        """Return the readings, in the order of the files, and what they took."""
        started, before = time.perf_counter(), self._processor_s()
        readings = list(self._pool.map(self._read, files))
        wall = time.perf_counter() - started
        return readings, Spent(wall / len(files), (self._processor_s() - before) / len(files))

    def memory_mb(self) -> float:
        """Return the most memory that one of the processes holds now, MB."""
        return max(member.memory_info().rss for member in self._members()) / 2**20

    def _processor_s(self) -> float:
        return sum(member.cpu_times().user + member.cpu_times().system for member in self._members())

    def _members(self) -> list[psutil.Process]:
        pids = set(self._pool._processes or {})  # noqa: SLF001 (there is no public way to them)
        return [child for child in psutil.Process().children() if child.pid in pids]


def read_stock(file: Path) -> Reading:
    """Read one file with RapidOCR as it comes."""
    document = open_document(file.read_bytes(), Limits())
    answer: Any = _stock()(np.ascontiguousarray(np.asarray(document.pages[0].image)[:, :, ::-1]))
    lines = () if answer.boxes is None else zip(answer.boxes, answer.txts, answer.scores, strict=True)
    spans = tuple(
        Span(text=text, polygon=tuple((float(x), float(y)) for x, y in box), score=min(1.0, float(score)), grain="line")
        for box, text, score in lines
    )
    return Reading(engine="rapid_ocr", model="stock", spans=spans, page_sizes=(document.pages[0].size,))


def read_ours(file: Path) -> Reading:
    """Read one file with the product's engine."""
    document = open_document(file.read_bytes(), Limits())
    spans = _ours().read(document.pages[0], READ_TIMEOUT_S)
    return Reading(engine="rapid_ocr", model=_ours().model(), spans=spans, page_sizes=(document.pages[0].size,))


@cache
def _stock() -> RapidOCR:
    from rapidocr import RapidOCR  # noqa: PLC0415 (only in the process that asks it)

    return RapidOCR(params={"Global.log_level": "error"})


@cache
def _ours() -> Extractor:
    return make_engine(OURS, EngineOptions())


def _print_seconds(rounds: Sequence[tuple[Spent, Spent]], count: int, stock: Team, ours: Team) -> None:
    print(_ours().model())
    print(f"{count} receipts, {len(rounds)} rounds, {psutil.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.")
    rows = []
    for name, team, spent in zip((STOCK, OURS), (stock, ours), zip(*rounds, strict=True), strict=True):
        seconds = sorted(one.wall_s for one in spent)
        rows.append((
            name, str(team.processes), f"{median(seconds):.3f}", f"{seconds[0]:.3f} - {seconds[-1]:.3f}",
            f"{median(one.processor_s for one in spent):.3f}", f"{team.memory_mb():,.0f}",
        ))  # fmt: skip
    head = ("engine", "processes", "seconds", "all rounds", "processor s", "MB a process")
    print_table("a receipt, median of rounds", head, rows)
    for what in ("wall_s", "processor_s"):
        ratios = sorted(getattr(second, what) / getattr(first, what) for first, second in rounds)
        print(f"\n{what}: {median(ratios):.2f} of stock's (rounds: {ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
