"""Files that are no pictures: tables of trips (CSV, GPX, JSON) and notes in plain text -> what is written in them.

The kind of file is found in its content, as with pictures. Plain text has no mark of its own: it is a note about
a fault if it speaks of one, or if the driver says that it is. Nothing here decides what a row means; that is
`capture.events.trip_batch`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from capture.errors import ImageError
from capture.files import trips_csv, trips_gpx, trips_json
from capture.files.rows import Row, Table
from capture.files.text import decode, decode_head, storable
from capture.files.words import speaks_of_a_fault

FileType = Literal["text/csv", "application/gpx+xml", "application/json", "text/plain"]

FORMATS: dict[FileType, Literal["csv", "gpx", "json", "note"]] = {
    "text/csv": "csv",
    "application/gpx+xml": "gpx",
    "application/json": "json",
    "text/plain": "note",
}

MAX_NOTE_CHARACTERS = 4_000
"""What a person writes of a fault; the description of an `issue_report` holds as much."""

_GPX = re.compile(r"<(?:[A-Za-z_][\w.\-]{0,20}:)?gpx[\s/>]")

__all__ = ["FORMATS", "FileContent", "FileType", "Row", "Table", "read_file", "sniff_file"]


@dataclass(frozen=True)
class FileContent:
    """What is written in a file: rows of trips, or a note."""

    format: Literal["csv", "gpx", "json", "note"]
    table: Table | None = None
    note: str | None = None


def sniff_file(data: bytes, kind: str | None = None) -> FileType | None:
    """Tell what kind of file the bytes are; None if none of ours. `kind`: what the driver says it is."""
    head = decode_head(data)
    if head is None:
        return None
    start = head.lstrip()[:1]
    if start == "<":
        return "application/gpx+xml" if _GPX.search(head) else None
    if start in ("{", "["):
        return "application/json"
    if kind == "trip_batch" or trips_csv.has_trip_columns(head):
        return "text/csv"
    return "text/plain" if head.strip() and (kind == "issue_report" or speaks_of_a_fault(head)) else None


def read_file(data: bytes, content_type: FileType, max_bytes: int, max_rows: int) -> FileContent:
    """Return what is written in a file of that type.

    Raises: ImageError (`text_too_large`, `file_malformed`, `xml_unsafe`, `trips_too_many`,
    `trip_columns_missing`, `note_too_long`, `image_unsupported`).
    """
    if len(data) > max_bytes:
        raise ImageError("text_too_large", f"The file has {len(data):,} bytes; the limit is {max_bytes:,}")
    if content_type == "application/gpx+xml":
        return FileContent("gpx", table=trips_gpx.read(data, max_rows))
    text = decode(data)
    if text is None:
        raise ImageError("file_malformed", "The file is not text throughout")
    if content_type == "text/csv":
        return FileContent("csv", table=trips_csv.read(text, max_rows))
    if content_type == "application/json":
        return FileContent("json", table=trips_json.read(text, max_rows))
    note = text.strip()
    if len(note) > MAX_NOTE_CHARACTERS:
        fact = f"The note has {len(note):,} characters; the limit is {MAX_NOTE_CHARACTERS:,}"
        raise ImageError("note_too_long", fact)
    return FileContent("note", note=storable(note))
