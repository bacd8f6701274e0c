"""Evaluated photos beside the calibrations in force: sections of the report."""

from __future__ import annotations

import html

import numpy as np

from capture.confidence import Trust, whole
from capture.fitting import bins, curve
from capture.promise import Threshold, thresholds
from worker.charts import reliability, risk_coverage, thresholds_table
from worker.evaluation import DASHBOARDS, Outcome

MOST_BINS = 10
LEAST_IN_BIN = 20
"""Evaluated photos in a bin: with fewer, its interval says nothing."""


def sections(outcomes: list[Outcome], trust: Trust) -> str:
    """Return for each engine and event type how sure its readings were, how right, and what a promise gives."""
    keys = sorted({one.judged[:2] for one in outcomes if one.judged is not None})
    return "".join(_section(number, engine, kind, outcomes, trust) for number, (engine, kind) in enumerate(keys))


def _section(number: int, engine: str, event_type: str, outcomes: list[Outcome], trust: Trust) -> str:
    judged = [one for one in outcomes if one.judged is not None and one.judged[:2] == (engine, event_type)]
    said = np.array([one.judged[2] for one in judged if one.judged is not None])
    right, counts = np.array([float(one.exact) for one in judged]), np.ones(len(judged))
    display = event_type == "odometer_reading"
    photos = sum((one.photo.kind in DASHBOARDS) == display for one in outcomes)
    here = [
        Threshold(
            probability=step.probability, accepted=step.accepted, wrong=step.wrong, photos=photos, bound=step.bound
        )
        for step in curve(said, right, counts)
    ]
    key = whole(engine, event_type, "")
    used = trust.own.get(key) or trust.general[key]
    known = thresholds(used)
    chosen, promised = trust.cut(engine, event_type), trust.error(event_type)
    table = bins(said, right, counts, max(1, min(MOST_BINS, len(judged) // LEAST_IN_BIN)))
    title = html.escape(f"{engine}: {event_type.replace('_', ' ')}")
    source = html.escape(f"{len(judged):,} readings here; calibrated on {used.source} (version {used.version}).")
    return (
        f"<section><h2>How sure, and how right: {title}</h2><p>{source}</p>"
        f'<div class="pictures">{reliability(f"reliability-{number}", table, used.bins)}'
        f"{risk_coverage(f'risk-{number}', here, known, promised, chosen)}</div>"
        f"<details><summary>Thresholds of the calibration in force, at most {promised:.2%} wrong promised</summary>"
        f"{thresholds_table(known, chosen)}</details></section>"
    )
