"""A fault on a dashboard or scan tool as a vision model names it."""

from __future__ import annotations

from typing import Any

from capture.events.base import Candidate, Hint
from capture.events.issue_report import TYPE
from capture.files.words import CODE
from capture.stated.statement import EVIDENCE, Statement

FIELDS = {"fault": "description", "severity": "severity", "fault_codes": "codes"}

BELOW_THE_DRIVER = 0.2
"""What the driver's word takes from the evidence where it says that the photo is of something else."""


def state(said: Statement, hint: Hint) -> Candidate | None:
    """Return the report; None if no fault was named. Codes that are none are left out."""
    words, severity, codes = said.text("fault"), said.choice("severity"), said.text("fault_codes")
    if words is None or severity is None:
        return None
    values: dict[str, Any] = {"source": said.engine, "description": words, "severity": severity}
    found = list(dict.fromkeys(CODE.findall((codes or "").upper())))
    if found:
        values["codes"] = found
    return Candidate(
        event_type=TYPE,
        engine=said.engine,
        evidence=EVIDENCE if hint.kind in (None, "odometer") else EVIDENCE - BELOW_THE_DRIVER,
        payload=values,
        fields=said.fields,
        flags=tuple(said.flags),
        signal="codes" if found else "words",
    )
