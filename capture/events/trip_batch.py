"""Trips that were driven: entered by a person or a program; files of trips come later."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from capture.events.base import EventPayload

TYPE = "trip_batch"


class Trip(BaseModel):
    """One trip. Times carry their offset; the end is not before the start."""

    model_config = ConfigDict(extra="forbid")

    start: datetime
    end: datetime
    miles: float = Field(ge=0, le=10_000)
    purpose: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("times need an offset")
        if self.end < self.start:
            raise ValueError("a trip ends after it starts")
        return self


class Payload(EventPayload):
    """At least one trip."""

    trips: list[Trip] = Field(min_length=1, max_length=10_000)
