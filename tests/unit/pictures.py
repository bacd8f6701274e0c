"""Small pictures for the tests, made in memory."""

from __future__ import annotations

from io import BytesIO

from PIL import ExifTags, Image


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return the file's bytes."""
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def marked(width: int = 48, height: int = 32) -> Image.Image:
    """A blue picture whose top left quarter is red: it shows how it was turned."""
    image = Image.new("RGB", (width, height), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    return image


def quarters(image: Image.Image) -> str:
    """Return which quarter is red: two letters of top/bottom, left/right; "?" if none or several are."""
    width, height = image.size
    found = []
    for y, vertical in ((height // 4, "t"), (height * 3 // 4, "b")):
        for x, horizontal in ((width // 4, "l"), (width * 3 // 4, "r")):
            red, _, blue = image.getpixel((x, y))  # type: ignore[misc]
            if red > 150 > blue:
                found.append(vertical + horizontal)
    return found[0] if len(found) == 1 else "?"


def exif(
    *,
    orientation: int | None = None,
    taken: str | None = None,
    offset: str | None = None,
    changed: str | None = None,
    gps: dict[int, object] | None = None,
) -> bytes:
    """Return an EXIF block."""
    block = Image.Exif()
    if orientation is not None:
        block[ExifTags.Base.Orientation] = orientation
    if changed is not None:
        block[ExifTags.Base.DateTime] = changed
    details = block.get_ifd(ExifTags.IFD.Exif)
    if taken is not None:
        details[ExifTags.Base.DateTimeOriginal] = taken
    if offset is not None:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    block.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return block.tobytes()


def gps(
    latitude: tuple[float, float, float], ns: str, longitude: tuple[float, float, float], ew: str
) -> dict[int, object]:
    """Return the GPS part of an EXIF block."""
    names = ExifTags.GPS
    return {
        names.GPSLatitudeRef: ns,
        names.GPSLatitude: latitude,
        names.GPSLongitudeRef: ew,
        names.GPSLongitude: longitude,
    }
