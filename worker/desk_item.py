"""An event as it lies on the review desk: its photo, its fields with other ways to read them, and its company."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from capture.errors import NotFoundError
from capture.events.base import Flag
from capture.explaining import summary
from capture.form import FormField, form
from capture.history.units import in_unit
from capture.review import counts
from capture.sampling import asked
from storage.db import Connection
from storage.queries import audit, blind, history, related, review
from worker.desk_parts import Beside, Box, Chart, DeskField, DeskItem, Elsewhere, Hypothesis, Picture, Point, Reason
from worker.services import Services

SHOWN_BY_BROWSERS = frozenset({"image/jpeg", "image/png", "image/webp"})

MOST_HYPOTHESES = 5
MOST_BESIDE = 4
"""So many events stand beside one, at most."""


def desk_item(tx: Connection, services: Services, event_id: UUID) -> DeskItem:
    """Return an event as the desk shows it.

    Raises: NotFoundError (`event_unknown`).
    """
    row = review.items(tx, [event_id]).get(event_id)
    if row is None:
        raise NotFoundError("event_unknown", "There is no such event")
    if row.upload_id is not None:
        audit.log_views(tx, "photo", [row.upload_id])
    return _blind(services, row) if row.blind else _open(tx, services, row)


def _blind(services: Services, row: review.ItemRow) -> DeskItem:
    fields = [
        DeskField(one, None, None, None, None, []) for one in form(row.event_type) if one.name in asked(row.event_type)
    ]
    return _item(services, row, fields=fields)


def _open(tx: Connection, services: Services, row: review.ItemRow) -> DeskItem:
    around = history.readings_around(tx, row.vehicle_id, row.occurred_at)
    kept_back = blind.open_among(tx, [reading.event_id for reading in around]) - {row.id}
    readings = [reading for reading in around if reading.event_id not in kept_back]
    own = next((reading for reading in readings if reading.event_id == row.id), None)
    flags = [Flag.model_validate(flag) for flag in row.flag_reasons]
    elsewhere = None
    if any(flag.code == "other_vehicle_fits" for flag in flags):
        found = review.fitting_vehicle(tx, row.id)
        elsewhere = None if found is None else Elsewhere(*found)
    partners, duplicates = _company(tx, services, row.id)
    return _item(
        services,
        row,
        says=summary(row.event_type, row.payload),
        engine=row.engine,
        confidence=row.confidence,
        fields=[_field(row, one, own) for one in form(row.event_type)],
        reasons=[Reason(flag.code, flag.sentence, counts(flag.code, flag.level)) for flag in flags],
        chart=_chart(row, readings, own),
        partners=partners,
        duplicates=duplicates,
        elsewhere=elsewhere,
    )


def _item(services: Services, row: review.ItemRow, *, fields: list[DeskField], **shown: Any) -> DeskItem:
    withheld: dict[str, Any] = {
        "says": "", "engine": None, "confidence": None, "reasons": [], "chart": None, "partners": [], "duplicates": [],
        "elsewhere": None,
    }  # fmt: skip
    return DeskItem(
        id=row.id,
        version=row.version,
        event_type=row.event_type,
        vehicle_id=row.vehicle_id,
        vehicle=row.vehicle,
        upload_id=row.upload_id,
        source=row.source,
        blind=row.blind,
        review_state=row.review_state,
        occurred_at=row.occurred_at,
        occurred_at_source=row.occurred_at_source,
        picture=_picture(services, row),
        fields=fields,
        **{**withheld, **shown},
    )


def _picture(services: Services, row: review.ItemRow | review.BesideRow) -> Picture | None:
    if row.object_key is None or row.source == "manual":
        return None
    url = services.objects.presign_get(row.object_key, row.object_version, row.bucket)
    return Picture(url, row.content_type in SHOWN_BY_BROWSERS)


def _field(row: review.ItemRow, one: FormField, own: history.ReadingRow | None) -> DeskField:
    read = (row.fields or {}).get(one.read_as)
    size = _page_size(row.payload)
    value = row.payload.get(one.name)
    hypotheses = []
    if own is not None and one.name in {"reading", "odometer"}:
        hypotheses = _ways(own, value)
    elif read is not None:
        hypotheses = [
            Hypothesis(other["value"], other["value"], None, _box(other.get("page", 0), other.get("polygon"), size))
            for other in read["hypotheses"]
            if not _same(other["value"], value)
        ]
    return DeskField(
        form=one,
        value=value,
        raw=None if read is None else read["raw"],
        probability=next((row.field_confidence[n] for n in (one.name, one.read_as) if n in row.field_confidence), None),
        box=None if read is None else _box(read["page"], read["polygon"], size),
        hypotheses=hypotheses[:MOST_HYPOTHESES],
    )


def _same(said: str, value: Any) -> bool:
    """Tell if a hypothesis says what the payload does: 3.490 is 3.49."""
    try:
        return float(said) == float(value)
    except (TypeError, ValueError):
        return said == str(value)


def _ways(own: history.ReadingRow, value: Any) -> list[Hypothesis]:
    """Return the other ways to read the odometer, with what history leaves of each, else what the pixels say."""
    ways = []
    for way in own.shown["ways"]:
        shown = way["shown"]
        if shown != value:
            told = f"{shown:,.10g}"
            left = way["probability"] if way["posterior"] is None else way["posterior"]
            ways.append(Hypothesis(f"{shown:.10g}", told, left, None))
    return sorted(ways, key=lambda one: -(one.probability or 0.0))


def _page_size(payload: dict[str, Any]) -> tuple[float, float] | None:
    """Return the width and height of the upright photo, in which polygons are given."""
    resolution = (payload.get("image_metadata") or {}).get("resolution")
    if resolution is None:
        return None
    width, _, height = resolution.partition("x")
    return float(width), float(height)


def _box(page: int, polygon: list[list[float]] | None, size: tuple[float, float] | None) -> Box | None:
    if polygon is None or size is None:
        return None
    return Box(page, [(round(x / size[0], 5), round(y / size[1], 5)) for x, y in polygon])


def _chart(row: review.ItemRow, readings: list[history.ReadingRow], own: history.ReadingRow | None) -> Chart | None:
    unit = row.odometer_unit or (own.unit if own is not None else None) or "km"
    points = [
        Point(one.event_id, one.occurred_at, round(in_unit(one.km, unit), 1), one.fits, one.verified)
        for one in readings
        if one.km is not None
    ]
    if own is None or (len(points) < 2 and own.expected_low_km is None):
        return None
    low, high = own.expected_low_km, own.expected_high_km
    return Chart(
        unit=unit,
        points=points,
        at=own.occurred_at,
        low=None if low is None else round(in_unit(low, unit), 1),
        high=None if high is None else round(in_unit(high, unit), 1),
    )


def _company(tx: Connection, services: Services, event_id: UUID) -> tuple[list[Beside], list[Beside]]:
    """Return the events of the same stop, and those that may be the same event."""
    partner_ids = [one.partner_id for one in related.partners_of(tx, [event_id])][:MOST_BESIDE]
    pairs = [pair for pair in related.pairs_of(tx, [event_id]) if pair.state == "proposed"][:MOST_BESIDE]
    others = {next(iter(pair.ends - {event_id})): pair for pair in pairs}
    if not partner_ids and not others:
        return [], []
    rows = review.beside(tx, [*partner_ids, *others])
    kept_back = blind.open_among(tx, rows)
    partners = [
        _beside(services, rows[one], told=one not in kept_back)
        for one in partner_ids
        if one in rows and one not in others
    ]
    duplicates = [
        _beside(
            services,
            rows[one],
            told=one not in kept_back,
            pair_id=pair.id,
            sentence=None if one in kept_back else pair.sentence,
            goes=pair.event_id == event_id,
        )
        for one, pair in others.items()
        if one in rows
    ]
    return partners, duplicates


def _beside(services: Services, row: review.BesideRow, *, told: bool, **pair: Any) -> Beside:
    """Return an event beside another. `told`: what it says, which of one that waits for a blind answer is kept back."""
    return Beside(
        event_id=row.id,
        event_type=row.event_type,
        vehicle=row.vehicle,
        says=summary(row.event_type, row.payload) if told else "",
        occurred_at=row.occurred_at,
        review_state=row.review_state,
        picture=_picture(services, row),
        **pair,
    )
