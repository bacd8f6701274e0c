"""How often fields of generated slips are right: photographs made for the moment, read, measured and thrown away.

Styles: `known` are those that the rules were written on; `held-out` those that no rule was written on.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.readings import Readings
from bench.receipts import measure_receipts
from fixtures import (
    abroad_styles,
    border_styles,
    forecourt_styles,
    fuel_styles,
    further_styles,
    held_out_forecourts,
    highway_styles,
    junction_styles,
    market_styles,
    other_receipts,
    road_styles,
    terminal_styles,
    wayside_styles,
    world_styles,
)
from fixtures.fuel_styles import Style
from fixtures.slip_photos import photograph_slips
from worker.labelled import labelled_photos

STYLES: dict[str, tuple[Style, ...]] = {
    "known": (
        *fuel_styles.FUEL_STYLES,
        *world_styles.FUEL_STYLES,
        *further_styles.FUEL_STYLES,
        *road_styles.FUEL_STYLES,
        *forecourt_styles.FUEL_STYLES,
        *highway_styles.FUEL_STYLES,
        *border_styles.FUEL_STYLES,
        *terminal_styles.FUEL_STYLES,
        *junction_styles.FUEL_STYLES,
        *wayside_styles.FUEL_STYLES,
        *market_styles.FUEL_STYLES,
        *abroad_styles.FUEL_STYLES,
        *fuel_styles.OTHER_STYLES,
        *other_receipts.OTHER_STYLES,
        *further_styles.OTHER_STYLES,
        *road_styles.OTHER_STYLES,
        *terminal_styles.OTHER_STYLES,
        *market_styles.OTHER_STYLES,
    ),
    "held-out": (*held_out_forecourts.FUEL_STYLES, *held_out_forecourts.OTHER_STYLES),
}


def measure_styles(which: str, count: int, seed: int, engine: str) -> None:
    """Make `count` photographs of slips in the styles `which`, and print what was read of them."""
    readings = Readings(engine, None)
    with tempfile.TemporaryDirectory() as folder:
        photograph_slips(Path(folder), STYLES[which], count, seed)
        photos = list(labelled_photos(Path(folder)))
        title = f"{len(photos)} generated slips, {which} styles, seed {seed} ({engine})"
        measure_receipts(title, readings.of(which, photos))
