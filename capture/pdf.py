"""A PDF's pages: drawn as pictures, and with their text where the file itself holds it.

A page's own text is taken only where it stands for what a reader of the page sees: a text that a scanner
laid invisibly behind its picture is another engine's guess, letters without a meaning are none, and words
that leave no ink on the page say what nobody can see.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from capture.errors import ImageError

PDF_DPI = 200
"""Resolution at which PDF pages are drawn. Small print of 6 pt is then 17 pixels high."""

FEWEST_LETTERS = 20
"""A page with fewer letters and digits of its own (a stamp, a page number) is read from its pixels."""

MOST_UNMAPPED = 0.02
"""Part of the characters that may lack a meaning: fonts without a table give letters that are not those printed."""

MOSTLY_PICTURE = 0.5
"""A page of which a picture covers more than this part is read from its pixels, whatever text it holds."""

FEWEST_SHADES = 40
"""A word whose box holds fewer grey levels (of 255) between its darkest and its lightest pixel is not visible."""

SAME_PHRASE = 0.9
"""Words on one base line belong together if the gap is less than this many heights: a space is about 0.3, and
columns stand further apart."""

MOST_CHARACTERS = 100_000
"""More than any invoice holds; a page with more is read from its pixels."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom: pixels of the drawn page."""


@dataclass(frozen=True)
class PrintedText:
    """Words that stand together in a page's own text, with their place on the drawn page."""

    text: str
    box: Box


@dataclass(frozen=True)
class PdfPage:
    """One page. `text`: what it prints, nothing for an empty page; None where it must be read from its pixels."""

    image: Image.Image
    text: tuple[PrintedText, ...] | None


def open_pdf(data: bytes, most_pages: int, most_document_pages: int, most_pixels: int) -> tuple[int, list[PdfPage]]:
    """Return how many pages the file has, and its first `most_pages`.

    Raises: ImageError (`pdf_encrypted`, `pdf_too_long`, `image_undecodable`, `image_too_many_pixels`).
    """
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise ImageError("pdf_encrypted", "The PDF needs a password") from error
        raise ImageError("image_undecodable", "The PDF cannot be opened") from error
    try:
        count = len(pdf)
        if count == 0:
            raise ImageError("image_undecodable", "The PDF has no pages")
        if count > most_document_pages:
            raise ImageError("pdf_too_long", f"The PDF has {count} pages; the limit is {most_document_pages}")
        return count, list(_pages(pdf, min(count, most_pages), most_pixels))
    finally:
        pdf.close()


def _pages(pdf: pdfium.PdfDocument, count: int, most_pixels: int) -> Iterator[PdfPage]:
    scale = PDF_DPI / 72
    for index in range(count):
        try:
            page = pdf[index]
            width, height = (round(side * scale) for side in page.get_size())
            if width * height > most_pixels:
                raise ImageError(
                    "image_too_many_pixels", f"A page has {width} x {height} pixels; the limit is {most_pixels:,}"
                )
            image = page.render(scale=scale).to_pil().convert("RGB")
            yield PdfPage(image, _printed_text(page, image))
        except pdfium.PdfiumError as error:
            raise ImageError("image_undecodable", f"Page {index + 1} of the PDF cannot be drawn") from error


def _printed_text(page: pdfium.PdfPage, image: Image.Image) -> tuple[PrintedText, ...] | None:
    grey = image.convert("L")
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count == 0 and not _has_ink(grey, (0, 0, *image.size)):
            return ()
        if not 0 < count <= MOST_CHARACTERS or _covered_by_picture(page) > MOSTLY_PICTURE:
            return None
        words = _words(page, text, count, image.size)
    finally:
        text.close()
    if words is None:
        return None
    seen = [word for word in words if _has_ink(grey, word.box)]
    if sum(char.isalnum() for word in seen for char in word.text) < FEWEST_LETTERS:
        return None
    return tuple(_phrases(seen))


def _covered_by_picture(page: pdfium.PdfPage) -> float:
    """Return the part of the page (0 to 1) that its largest picture covers."""
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    largest = 0.0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        x0, y0, x1, y1 = picture.get_bounds()
        shown = max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
        largest = max(largest, shown)
    return float(largest / area)


def _words(
    page: pdfium.PdfPage, text: pdfium.PdfTextPage, count: int, size: tuple[int, int]
) -> list[PrintedText] | None:
    """Return the words in the order of the file; None where the letters are invisible or without a meaning."""
    words: list[PrintedText] = []
    letters, boxes, unmapped = "", list[Box](), 0

    def end_word() -> None:
        nonlocal letters, boxes
        if letters:
            words.append(PrintedText(letters, _around(boxes)))
        letters, boxes = "", []

    for index in range(count):
        char = chr(raw.FPDFText_GetUnicode(text, index))
        if char.isspace() or raw.FPDFText_IsGenerated(text, index) == 1:
            end_word()
            continue
        thing = raw.FPDFText_GetTextObject(text, index)
        if thing and raw.FPDFTextObj_GetTextRenderMode(thing) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            return None
        unmapped += raw.FPDFText_HasUnicodeMapError(text, index) == 1 or not char.isprintable() or char == "\ufffd"
        box = _on_drawing(page, text.get_charbox(index, loose=True), size)
        if boxes and not _goes_on(boxes[-1], box):
            end_word()
        letters, boxes = letters + char, [*boxes, box]
    end_word()
    return None if unmapped > MOST_UNMAPPED * count else words


def _on_drawing(page: pdfium.PdfPage, box: tuple[float, float, float, float], size: tuple[int, int]) -> Box:
    """Turn a box of the page's own space (points, y upwards) into one on the drawn page."""
    corners = []
    for x, y in ((box[0], box[3]), (box[2], box[1])):
        column, row = ctypes.c_int(), ctypes.c_int()
        # ten times the size: the answer is in whole pixels
        raw.FPDF_PageToDevice(page, 0, 0, size[0] * 10, size[1] * 10, 0, x, y, column, row)
        corners.append((column.value / 10, row.value / 10))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _goes_on(last: Box, box: Box) -> bool:
    """Tell if a letter stands beside or below the last one, with no gap of a word's between them."""
    height = max(1.0, min(last[3] - last[1], box[3] - box[1]))
    beside = max(box[0] - last[2], last[0] - box[2])
    below = max(box[1] - last[3], last[1] - box[3])
    return max(beside, below) < 0.5 * height


def _around(boxes: list[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _has_ink(grey: Image.Image, box: Box) -> bool:
    """Tell if something can be seen in a box of the drawn page."""
    x0, y0 = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    x1, y1 = min(grey.width, math.ceil(box[2])), min(grey.height, math.ceil(box[3]))
    if x0 >= x1 or y0 >= y1:
        return False
    darkest, lightest = grey.crop((x0, y0, x1, y1)).getextrema()
    return float(lightest) - float(darkest) >= FEWEST_SHADES  # type: ignore[arg-type]


def _phrases(words: list[PrintedText]) -> Iterator[PrintedText]:
    """Join neighbours on one base line into phrases, as an engine's lines are: a column's gap stays a gap."""
    start = 0
    for index, (word, following) in enumerate(pairwise([*words, None])):
        if word is not None and (following is None or not _same_phrase(word.box, following.box)):
            parts = words[start : index + 1]
            yield PrintedText(" ".join(part.text for part in parts), _around([part.box for part in parts]))
            start = index + 1


def _same_phrase(last: Box, box: Box) -> bool:
    height = min(last[3] - last[1], box[3] - box[1])
    level = abs((last[1] + last[3]) - (box[1] + box[3])) / 2 < 0.3 * height
    return level and -0.2 * height < box[0] - last[2] < SAME_PHRASE * height
