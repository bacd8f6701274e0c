"""A fault that a driver reports: entered by a person; photos of warning lights come later."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from capture.events.base import EventPayload

TYPE = "issue_report"


class Payload(EventPayload):
    """What is wrong with the vehicle, in the reporter's words."""

    description: str = Field(min_length=1, max_length=4_000)
    severity: Literal["info", "warning", "critical"]
    codes: list[str] = Field(default=[], max_length=50)
    """Diagnostic trouble codes such as P0420 (SAE J2012)."""
    odometer_miles: int | None = Field(default=None, ge=0, le=10_000_000)
