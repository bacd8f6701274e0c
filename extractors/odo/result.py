"""What the odometer reader says of a photo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from capture.reading import Frozen, Hypothesis

Verdict = Literal["odometer", "trip_only", "unreadable", "no_display"]


class Way(Hypothesis):
    """One way to read one line. `line`: its number; ways to read one line differ in digits or tenths."""

    line: int = Field(ge=0)


class OdometerResult(Frozen):
    """Ranked hypotheses, best first, and whether the photo shows an odometer at all.

    `odometer_probability`: that the best line is an odometer's and not a trip meter's, clock's or scale's.
    """

    verdict: Verdict
    odometer_probability: float = Field(ge=0, le=1)
    hypotheses: tuple[Way, ...] = ()
    units: Mapping[int, Literal["km", "mi"]] = {}
    """Units written beside lines, by the lines' numbers."""
