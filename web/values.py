"""What several endpoints ask for, in one form each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from capture.exif import plausible_time


def _plausible(value: datetime) -> datetime:
    if not plausible_time(value):
        raise ValueError("no clock of ours says that")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""A moment with its offset from UTC, 1990 to 2099."""

Short = Annotated[str, StringConstraints(max_length=500)]

Since = Annotated[Moment | None, Query(description="From this moment on.", examples=["2026-11-01T00:00:00Z"])]
Until = Annotated[Moment | None, Query(description="Before this moment.", examples=["2026-12-01T00:00:00Z"])]
Text = Annotated[str | None, Query(min_length=1, max_length=200, description="Part of a text, in any case.")]
