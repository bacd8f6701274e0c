"""What is written in a file needs no engine: it becomes a reading as it is."""

from __future__ import annotations

from capture.files import FileContent
from capture.reading import Reading, Span
from extractors.cascade import Attempt

ENGINE = "file"
"""Stands where an engine's name stands."""

VERSION = 1
"""Of the rules by which files are taken apart; raised when they read the same file otherwise."""


def written_attempt(content: FileContent) -> Attempt:
    """Return the one attempt on a file of trips or a note; it cannot fail, since the file has been taken apart."""
    model = f"{content.format} {VERSION}"
    if content.table is not None:
        reading = Reading(engine=ENGINE, model=model, subject="trips", table=content.table)
    else:
        lines = (content.note or "").splitlines()
        spans = tuple(Span(text=line, polygon=()) for line in lines)
        reading = Reading(engine=ENGINE, model=model, subject="note", spans=spans)
    return Attempt(engine=ENGINE, model=model, reading=reading)
