"""One row of a table of trips, as it is written."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from capture.errors import ImageError


class Row(BaseModel):
    """One trip as its file gives it: text by column, nothing decided.

    `line`: where it begins in the file, from 1. `number`: its place among the rows, from 1.
    `start`, `end`: date and time. `zone`: a time zone from a column of its own. `unit`: of the distance, from the
    column's name or a column of its own. `measured`: the distance was computed from the points of a track, in metres.
    `problem`: why the row cannot be taken apart; then the rest is empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: int = Field(ge=1)
    number: int = Field(ge=1)
    start: str = ""
    end: str = ""
    zone: str = ""
    distance: str = ""
    unit: str = ""
    purpose: str = ""
    measured: bool = False
    problem: str | None = None


class Table(BaseModel):
    """The rows of a file, in its order. `language`: of its column names, ISO 639-1, None where they do not tell it.

    `mark`: the decimal mark that the file's form implies: a comma where cells are parted by semicolons, as
    spreadsheets do it then; a point in JSON's numbers; None where it implies none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[Row, ...]
    language: str | None = None
    mark: Literal[".", ","] | None = None


def check_count(count: int, limit: int) -> None:
    """Refuse a file with more rows than are read.

    Raises: ImageError (`trips_too_many`).
    """
    if count > limit:
        raise ImageError("trips_too_many", f"The file has more than {limit:,} rows")
