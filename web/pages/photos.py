"""A photo with what was read on it drawn where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from storage.db import Connection
from storage.queries import audit, stories
from web.pages.showing import name_of
from worker.services import Services

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Kinds of files that every browser shows; others are opened by themselves."""


@dataclass(frozen=True)
class Shape:
    """Where one value was read. `points`: as an SVG polygon has them."""

    key: str
    name: str
    points: str
    spot: tuple[float, float]


@dataclass(frozen=True)
class Photo:
    """A photo for a page. `url`: for a short while; `shown`: a browser can show it. `size`: of the page, pixels."""

    url: str
    shown: bool
    size: tuple[int, int] | None
    shapes: tuple[Shape, ...]


def photo(
    services: Services,
    tx: Connection,
    upload_id: UUID,
    content_type: str | None,
    runs: Sequence[stories.RunRow],
    payloads: Iterable[Mapping[str, Any]],
) -> Photo | None:
    """Return the photo of an upload, with its events' evidence, for a caller who may see it; None if there is none.

    That it was seen is noted in the audit log.
    """
    place = stories.place(tx, upload_id)
    if place is None or content_type is None:
        return None
    audit.log_views(tx, "photo", [upload_id])
    url = services.objects.presign_get(place.object_key, place.object_version, place.bucket)
    provenances = [payload.get("provenance") or {} for payload in payloads]
    size = _size(runs, provenances)
    boxes = {name: box for one in provenances for name, box in (one.get("boxes") or {}).items()}
    shapes = tuple(shape for name, box in boxes.items() if size and (shape := _shape(name, box)) is not None)
    return Photo(url, content_type in SHOWN, size, shapes)


def _size(runs: Sequence[stories.RunRow], provenances: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    """Return the size of the first page as the engine saw it, in whose pixels the boxes are."""
    wanted = {one.get("run_id") for one in provenances}
    readings = [(run.content or {}).get("reading") or {} for run in runs if str(run.id) in wanted]
    sizes = next((reading["page_sizes"] for reading in readings if reading.get("page_sizes")), None)
    return (int(sizes[0][0]), int(sizes[0][1])) if sizes else None


def _shape(name: str, box: Mapping[str, Any]) -> Shape | None:
    polygon = box.get("polygon")
    if not polygon or box.get("page", 0) != 0:
        return None
    left, top = min(x for x, _ in polygon), min(y for _, y in polygon)
    return Shape(name, name_of(name), " ".join(f"{x:.1f},{y:.1f}" for x, y in polygon), (left, top))
