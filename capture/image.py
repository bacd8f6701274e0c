"""Bytes -> upright, bounded RGB pages with what the camera wrote about them; or what is written in a file.

The kind of file is sniffed from its content, never from its name. Nothing is decoded before its size
in pixels is known and allowed.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from PIL import Image, ImageFile, ImageOps
from pillow_heif import register_heif_opener
from pydantic import BaseModel, ConfigDict

from capture.errors import ImageError
from capture.exif import Location, exif_facts
from capture.files import FileContent, FileType, read_file, sniff_file
from capture.pdf import PdfPage, PrintedText, open_pdf

register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # our own bound, `Limits.pixels`, is checked before any decoding

ContentType = Literal["image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"] | FileType

HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
"""Source: ISO/IEC 23008-12, annex B, and the brands phones write."""

MOSTLY_GREY = 0.5
"""A truncated picture of which more than this part of the rows never arrived is of no use."""


class Limits(BaseModel):
    """Bounds on what is decoded."""

    model_config = ConfigDict(frozen=True)

    bytes: int = 40 * 1024 * 1024
    pixels: int = 80_000_000
    pages: int = 5
    document_pages: int = 50
    text_bytes: int = 10 * 1024 * 1024
    trips: int = 10_000


class DocumentFacts(BaseModel):
    """What is known of a file besides its pixels. A file that is no picture has no pages and no size in pixels."""

    model_config = ConfigDict(frozen=True)

    content_type: ContentType
    size_bytes: int
    sha256: str
    page_count: int
    pages_read: int
    width_px: int | None = None
    height_px: int | None = None
    truncated: bool = False
    captured_at: datetime | None = None
    """EXIF time with its offset; None if the camera wrote no time."""
    captured_at_has_offset: bool = False
    """False: the camera wrote wall-clock time alone and `captured_at` reads it as UTC."""
    location: Location | None = None
    perceptual_hash: str | None = None
    """Difference hash of the first page, 64 bits, 16 hex digits."""


@dataclass(frozen=True)
class PageImage:
    """One page: upright, RGB, within the pixel bound."""

    index: int
    image: Image.Image
    sha256: str
    """Of the whole file: which document this page belongs to."""
    text: tuple[PrintedText, ...] | None = None
    """What a PDF's page prints, in words of its own; None where the pixels alone tell."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.image.size


@dataclass(frozen=True)
class Document:
    """A decoded file: pages, or what is written in it."""

    facts: DocumentFacts
    pages: tuple[PageImage, ...]
    content: FileContent | None = None


def sniff(data: bytes, kind: str | None = None) -> ContentType:
    """Tell what the bytes are. `kind`: what the driver says it is; plain text alone needs it.

    Raises: ImageError (`image_empty`, `image_unsupported`).
    """
    if not data:
        raise ImageError("image_empty", "The file has 0 bytes")
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "image/heic"
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    written = sniff_file(data, kind)
    if written is not None:
        return written
    raise ImageError("image_unsupported", "The file is none of the kinds we read")


def open_document(data: bytes, limits: Limits, kind: str | None = None) -> Document:
    """Decode the first pages of a photo or PDF, or read a file. `kind`: what the driver says it is.

    Raises: ImageError.
    """
    content_type = sniff(data, kind)
    if len(data) > limits.bytes:
        raise ImageError("image_too_large", f"The file has {len(data):,} bytes; the limit is {limits.bytes:,}")
    digest = hashlib.sha256(data).hexdigest()
    if content_type in get_args(FileType):
        known = DocumentFacts(
            content_type=content_type, size_bytes=len(data), sha256=digest, page_count=0, pages_read=0
        )
        content = read_file(data, cast("FileType", content_type), limits.text_bytes, limits.trips)
        return Document(known, (), content)
    facts: dict[str, Any] = {}
    if content_type == "application/pdf":
        page_count, drawn = open_pdf(data, limits.pages, limits.document_pages, limits.pixels)
    else:
        page_count = 1
        image, facts = _open_image(data, limits)
        drawn = [PdfPage(image, None)]
    pages = tuple(PageImage(i, page.image, digest, page.text) for i, page in enumerate(drawn))
    width, height = pages[0].size
    return Document(
        DocumentFacts(
            content_type=content_type,
            size_bytes=len(data),
            sha256=digest,
            page_count=page_count,
            pages_read=len(pages),
            width_px=width,
            height_px=height,
            perceptual_hash=difference_hash(pages[0].image),
            **facts,
        ),
        pages,
    )


def difference_hash(image: Image.Image) -> str:
    """Return the 64-bit difference hash, 16 hex digits: near-equal pictures differ in few bits.

    Source: N. Krawetz, "Kind of Like That" (2013).
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            left, right = small[row * 9 + column], small[row * 9 + column + 1]
            bits = bits << 1 | (left > right)
    return f"{bits:016x}"


def _open_image(data: bytes, limits: Limits) -> tuple[Image.Image, dict[str, Any]]:
    try:
        image: Image.Image = Image.open(io.BytesIO(data))
    except (OSError, ValueError, SyntaxError, RuntimeError) as error:
        raise ImageError("image_undecodable", "The picture's header cannot be read") from error
    _check_pixels(image.width, image.height, limits)
    truncated = _load(image, data)
    if truncated is not None:
        image = truncated
    facts: dict[str, Any] = {"truncated": truncated is not None, **exif_facts(image)}
    image.info.pop("exif", None)  # it has been read; exif_transpose would write it anew, and fail on a broken one
    upright = ImageOps.exif_transpose(image)
    return _to_rgb(upright), facts


def _load(image: Image.Image, data: bytes) -> Image.Image | None:
    """Decode `image` in place. Return a leniently decoded copy where the strict decoder fails."""
    try:
        image.load()
        return None
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError) as strict:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            lenient = Image.open(io.BytesIO(data))
            lenient.load()
        except (OSError, ValueError, SyntaxError, RuntimeError, EOFError):
            raise ImageError("image_undecodable", "The picture's data cannot be decoded") from strict
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before
    if _missing_part(lenient) > MOSTLY_GREY:
        raise ImageError("image_truncated", "The file ends long before its picture does")
    return lenient


def _missing_part(image: Image.Image) -> float:
    """Return the part (0 to 1) of rows at the bottom that are of one single colour: never decoded."""
    strip = image.convert("L").resize((64, image.height), Image.Resampling.NEAREST)
    raw = strip.tobytes()
    rows = [raw[i * 64 : (i + 1) * 64] for i in range(strip.height)]
    missing = 0
    for row in reversed(rows):
        if row != rows[-1] or len(set(row)) > 1:
            break
        missing += 1
    return missing / max(1, len(rows))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        # 16-bit and float pictures: scale their own range, since Pillow would clip at 255
        low, high = image.getextrema()
        span = max(1.0, float(high) - float(low))  # type: ignore[arg-type]
        image = image.convert("F").point(lambda v: (v - float(low)) * (255.0 / span)).convert("L")  # type: ignore[arg-type]
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    return image.convert("RGB")


def _check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        raise ImageError(
            "image_too_many_pixels",
            f"The picture has {width} x {height} pixels; the limit is {limits.pixels:,}",
        )
