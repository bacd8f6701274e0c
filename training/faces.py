"""How drawn lines are written: seven segments, dots, typefaces, each in many shapes."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from importlib.metadata import files
from pathlib import Path

import matplotlib as mpl
from PIL import ImageDraw, ImageFont

from fixtures.faces import Color, SegmentShape, dot_matrix, sans, seven_segment

Cells = list[tuple[str, float, float]]
"""Character, its centre along the line and its width; pixels of the drawing, from the line's left end."""

Face = Callable[[ImageDraw.ImageDraw, tuple[float, float], str, float, Color], Cells]
"""Writes text of a height at its top left, in a colour."""

KINDS = ("segments", "dots", "screen", "drums", "words")
SHARES = (0.4, 0.13, 0.25, 0.12, 0.1)

_TYPEFACES = ("fontpkg-ibm-plex-mono", "fontpkg-ibm-plex-sans", "font-source-sans-pro", "font-hanken-grotesk")


@cache
def typefaces() -> tuple[Path, ...]:
    """Return the typefaces with ordinary digits that Matplotlib and the packages of the extra `training` carry."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    found = [path for path in folder.glob("*.ttf") if path.name.startswith(("DejaVu", "STIXGeneral"))]
    for package in _TYPEFACES:
        found += [Path(str(file.locate())) for file in files(package) or () if file.suffix in {".ttf", ".otf"}]
    wanted = [path for path in found if not any(word in path.name for word in ("Display", "Thin", "ExtraLight"))]
    return tuple(sorted(wanted, key=lambda path: path.name))


@cache
def font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """Return a typeface `size` pixels high."""
    return ImageFont.truetype(str(path), size)


def make_face(kind: str, rng: random.Random, ghost: Color | None) -> Face:
    """Return a way to write text of `kind`; `ghost`: colour of the segments that are off, None if they do not show."""
    if kind == "segments":
        return _segments(rng, ghost)
    if kind == "drums":
        pitch = rng.uniform(0.75, 1.3)
        return lambda _draw, _xy, text, height, _ink: [
            (char, (index + 0.5) * pitch * height, pitch * height) for index, char in enumerate(text)
        ]
    if kind == "dots" or (kind == "words" and rng.random() < 0.2):
        return _dots
    path = rng.choice(typefaces())
    plain, space = rng.random() < 0.1, rng.choice((0.0, 0.0, rng.uniform(0, 0.25)))

    def write(draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, height: float, ink: Color) -> Cells:
        size = round(height / 0.72)
        return _type(draw, xy, text, height, ink, sans(size) if plain else font(path, size), space)

    return write


def _segments(rng: random.Random, ghost: Color | None) -> Face:
    wide = rng.uniform(0.36, 0.56)
    shape = SegmentShape(
        bar=rng.uniform(0.075, 0.17),
        lean=rng.choice((0.0, rng.uniform(0.0, 0.2), rng.uniform(0.05, 0.15))),
        wide=wide,
        pitch=wide + rng.uniform(0.2, 0.34),
    )
    dot = 0.28

    def write(draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, height: float, ink: Color) -> Cells:
        seven_segment(draw, xy, text.replace(",", "."), height, lit=ink, ghost=ghost, shape=shape)
        cells: Cells = []
        x = 0.0
        full = shape.wide + shape.bar
        for char in text:
            small = char in ".,:"
            off = (full - shape.bar * 1.5) * height if char == "1" else 0.0
            middle = (0.1 if small else (full + shape.lean) / 2) * height
            cells.append((char, x + middle + off / 2, (0.12 if small else full) * height - off))
            x += (dot if small else shape.pitch) * height
        return cells

    return write


def _dots(draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, height: float, ink: Color) -> Cells:
    pitch = height / 7
    dot_matrix(draw, xy, text, pitch, ink)
    return [(char, (index * 6 + 2.5) * pitch, 5 * pitch) for index, char in enumerate(text)]


def _type(
    draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, height: float, ink: Color,
    face: ImageFont.FreeTypeFont, space: float,
) -> Cells:  # fmt: skip
    cells: Cells = []
    x = 0.0
    for char in text:
        width = face.getlength(char)
        draw.text((xy[0] + x, xy[1] + height), char, font=face, fill=ink, anchor="ls")
        cells.append((char, x + width / 2, width * 0.9))
        x += width + space * height
    return cells
