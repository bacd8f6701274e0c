"""What the camera wrote beside the pixels: when and where the photo was taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags, Image
from pydantic import BaseModel, ConfigDict

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Times outside were never a phone's: broken clocks, and values that databases and drivers choke on."""

EARTH_M = 20_040_000.0
"""Half the way around the Earth: no place is known worse than that. Source: WGS 84."""


class Location(BaseModel):
    """Where the photo was taken, WGS 84 degrees."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latitude: float
    longitude: float
    accuracy_meters: float | None = None


def plausible_time(value: datetime) -> bool:
    """Tell whether a time with offset lies between `EARLIEST` and `LATEST`; the database holds no others."""
    return EARLIEST <= value <= LATEST


def exif_facts(image: Image.Image) -> dict[str, Any]:
    """Return `captured_at`, `captured_at_has_offset` and `location`; a broken EXIF block is as good as none."""
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, AttributeError, OverflowError):
        return {}
    stamp = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = details.get(ExifTags.Base.OffsetTimeOriginal) or details.get(ExifTags.Base.OffsetTime)
    captured_at, has_offset = parse_exif_time(stamp, offset)
    return {
        "captured_at": captured_at,
        "captured_at_has_offset": has_offset,
        "location": _location(gps),
    }


def parse_exif_time(stamp: object, offset: object) -> tuple[datetime | None, bool]:
    """Read "2024:01:15 10:30:00" and "+02:00"; return the time (UTC where no offset) and if it had one."""
    try:
        local = datetime.strptime(str(stamp).strip("\x00 ") + "+0000", "%Y:%m:%d %H:%M:%S%z")
    except ValueError:
        return None, False
    try:
        zone = datetime.strptime(str(offset).strip("\x00 "), "%z").tzinfo
    except ValueError:
        zone = None
    if not plausible_time(local):
        return None, False
    if zone is None:
        return local, False
    shift = zone.utcoffset(None) or timedelta()
    taken = local.replace(tzinfo=timezone(shift))
    return (taken, True) if plausible_time(taken) else (None, False)


def _location(gps: dict[int, Any]) -> Location | None:
    try:
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
        error = gps.get(ExifTags.GPS.GPSHPositioningError)
        accuracy = None if error is None else float(error)
        if accuracy is not None and not 0 <= accuracy < EARTH_M:
            accuracy = None
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Location(latitude=latitude, longitude=longitude, accuracy_meters=accuracy)


def _degrees(parts: Any, side: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if str(side).strip("\x00 ").upper().startswith(negative) else value, 6)
