"""Made-up earlier readings of the vehicles on labelled photos: what a history of three says of each."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from capture.history.model import History, Observation, VehicleFacts, Way
from capture.plausibility import expected_at
from worker.labelled import LabelledPhoto

EARLIER = 3
TAKEN = datetime(2026, 6, 1, 8, tzinfo=UTC)
MIDDLE_KM_A_DAY, SPREAD = 4.2, 0.8
"""Of the logarithm of kilometres a day over vehicles: half of them between 39 and 114, one in a hundred over 430."""

DAYS_BETWEEN = 5.0
"""Mean of the days between two readings; they are as irregular as arrivals by chance."""

UNEVEN = 0.35
"""Deviation of one day's driving, as a share of the vehicle's mean."""


SINCE_NEW = 0.7
"""A new vehicle has driven no more than this part of its reading since the first of the three."""


def windows(
    labelled: Iterable[LabelledPhoto], marks: Mapping[str, bool], seed: int = 5
) -> dict[str, tuple[float, float]]:
    """Return for each photo where three true, made-up earlier readings expect its odometer, in kilometres.

    A photo without an odometer gets the history of some vehicle, between 2,000 and 300,000 km.
    """
    rng = random.Random(seed)
    found = {}
    for photo in labelled:
        reading = str(photo.truth.get("reading") or "")
        if photo.kind == "odometer":
            km = float(reading[:-1] or "0") if marks.get(photo.file) else float(reading)
        else:
            km = 10 ** rng.uniform(3.3, 5.5)
        window = expected_at(_history(rng, km), TAKEN)
        if window is not None:
            found[photo.file] = window
    return found


def _history(rng: random.Random, km: float) -> History:
    gaps = [rng.expovariate(1 / DAYS_BETWEEN) + 0.2 for _ in range(EARLIER)]
    a_day = min(700.0, max(4.0, rng.lognormvariate(MIDDLE_KM_A_DAY, SPREAD)))
    a_day = min(a_day, SINCE_NEW * km / sum(gaps))
    at, observations = TAKEN, []
    for number, days in enumerate(gaps):
        driven = max(0.0, rng.gauss(1, UNEVEN / max(0.5, days) ** 0.5) * a_day * days)
        at, km = at - timedelta(days=days), max(0.0, km - driven)
        way = Way(digits=str(int(km)), shown=int(km), unit="km", km=int(km), probability=0.99)
        observations.append(
            Observation(
                event_id=UUID(int=number + 1), event_type="odometer_reading", at=at, received_at=at, ways=(way,)
            )
        )
    return History(vehicle=VehicleFacts(odometer_unit="km"), observations=tuple(observations))
