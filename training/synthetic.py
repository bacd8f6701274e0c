"""Drawn lines of digits: displays of makes that no labelled photo shows.

Seven segments, dot matrix, screens and drums, in many typefaces and colours, with trips, clocks and words beside the
line in the middle. They are drawn in the shape of the patches that `cache` cuts out of photos.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from tqdm import tqdm

from fixtures.faces import Color, dot_matrix, drum, mono, sans, seven_segment
from training.cache import PATCH_HEIGHT_PX, PATCH_WIDEST_PX, PATCH_WIDTH_PX, Patch, Patches
from training.lines import Glyph

FINE = 2
"""Drawn so many times larger, then made smaller."""

_WIDE, _TALL = PATCH_WIDTH_PX * FINE, PATCH_HEIGHT_PX * FINE
_WORDS = ("ODO", "TOTAL", "TRIP", "TRIP A", "TRIP B", "km", "mi", "RANGE", "ECO", "AVG", "P", "D", "N", "km/h", "l/100")
Cells = list[tuple[str, float, float]]
"""Character, its centre along the line and its width; pixels of the large drawing, from the line's left end."""

Face = Callable[[ImageDraw.ImageDraw, tuple[float, float], str, float, Color], Cells]


def patches(count: int, seed: int, folder: Path) -> Patches:
    """Return `count` drawn lines, from `folder` if they were drawn before."""
    path = folder / f"drawn_{seed}_{count}.npy"
    described = [_Drawing(random.Random(f"{seed}.{index}")) for index in range(count)]
    if path.is_file():
        return Patches(np.load(path, mmap_mode="r"), [drawing.patch for drawing in described])
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((count, PATCH_HEIGHT_PX, PATCH_WIDTH_PX, 3), np.uint8)
    for index, drawing in enumerate(tqdm(described, desc="drawing", unit="line")):
        pixels[index] = drawing.draw()
    np.save(path, pixels)
    return Patches(pixels, [drawing.patch for drawing in described])


@cache
def _typefaces() -> tuple[Path, ...]:
    """Return the typefaces that Matplotlib carries and that have ordinary digits."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return tuple(sorted(path for path in folder.glob("*.ttf") if path.name.startswith(("DejaVu", "STIXGeneral"))
                        and "Display" not in path.name))  # fmt: skip


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


class _Drawing:
    """One line to draw: everything is decided at once, so that the description needs no drawing."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.kind = rng.choices(("segments", "dots", "screen", "drums"), (0.4, 0.15, 0.3, 0.15))[0]
        self.odometer = self.kind == "drums" or rng.random() < 0.68
        self.text = _reading(rng, drums=self.kind == "drums") if self.odometer else _other(rng)
        self.tenths = self.kind == "drums" and rng.random() < 0.6
        self.height = rng.uniform(0.85, 1.05) * 32 * FINE
        self.face = _face(self.kind, rng)
        probe = ImageDraw.Draw(Image.new("RGB", (8, 8)))
        cells = self.face(probe, (0, 0), self.text, self.height, (0, 0, 0))
        widest = PATCH_WIDEST_PX * FINE
        width = cells[-1][1] + cells[-1][2] / 2
        if width > widest:
            self.height *= widest / width
            cells = self.face(probe, (0, 0), self.text, self.height, (0, 0, 0))
        self.width = cells[-1][1] + cells[-1][2] / 2 - (cells[0][1] - cells[0][2] / 2)
        middle = (cells[-1][1] + cells[-1][2] / 2 + cells[0][1] - cells[0][2] / 2) / 2
        self.left = _WIDE / 2 - middle
        low = {",": 0.4, ".": 0.4}
        glyphs = tuple(
            Glyph(
                "," if char in ".," else char, (at - middle) / FINE, low.get(char, 0.0) * self.height / FINE, w / FINE
            )
            for char, at, w in cells
            if char.isdigit() or char in ".,"
        )
        tenths = self.tenths or (self.odometer and len(self.text) > 2 and self.text[-2] in ".,")
        self.patch = Patch("drawn", self.odometer, tenths, self.height / FINE, self.width / FINE, glyphs)

    def draw(self) -> NDArray[np.uint8]:
        """Return the pixels."""
        rng = self.rng
        ground, ink = _colours(rng, self.kind)
        image = Image.new("RGB", (_WIDE, _TALL), tuple(rng.randint(0, 90) for _ in range(3)))
        draw = ImageDraw.Draw(image)
        _surroundings(draw, rng)
        top = _TALL / 2 - self.height / 2
        pad_x, up, down = rng.uniform(0.3, 3.5), rng.uniform(0.15, 2.2), rng.uniform(0.15, 2.2)
        if self.kind == "drums":
            pad_x, up, down = rng.uniform(0.05, 0.25), 0.06, 0.06
        right = self.left + self.width
        draw.rectangle(
            (self.left - pad_x * self.height, top - up * self.height, right + pad_x * self.height,
             top + (1 + down) * self.height), fill=ground,
        )  # fmt: skip
        if self.kind == "drums":
            self._drums(image, top)
        else:
            self.face(draw, (self.left, top), self.text, self.height, ink)
            self._beside(draw, ink, top)
        if rng.random() < 0.5:
            image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.2)))
        return np.asarray(image.reduce(FINE))

    def _beside(self, draw: ImageDraw.ImageDraw, ink: Color, top: float) -> None:
        """Write units and words beside the line, and other lines above and below."""
        rng, h = self.rng, self.height
        unit = rng.choice(("km", "km", "mi", "miles", "KM", ""))
        size = rng.uniform(0.3, 0.7) * h
        where = rng.choice((top + h, top + size))
        draw.text((self.left + self.width + 0.15 * h, where), unit, font=sans(round(size)), fill=ink, anchor="ls")
        word = (
            rng.choice(("ODO", "TOTAL", "", "", "Total", "ODO"))
            if self.odometer
            else rng.choice(("TRIP", "A", "B", ""))
        )
        if rng.random() < 0.5:
            draw.text((self.left - 0.3 * h, top + h), word, font=sans(round(size)), fill=ink, anchor="rs")
        elif rng.random() < 0.5:
            x = rng.choice((self.left, self.left + self.width / 2))
            draw.text((x, top - 0.15 * h), word, font=sans(round(size)), fill=ink, anchor="ls")
        for side in (-1, 1):
            if rng.random() < 0.55:
                continue
            share = rng.choice((1.0, 1.0, 0.7, 1.4))
            text = rng.choice((_other(rng), _other(rng), rng.choice(_WORDS)))
            gap = rng.uniform(0.2, 0.6) * h
            y = top - gap - share * h if side < 0 else top + h + gap
            x = self.left + rng.uniform(-1.0, 1.5) * h
            if any(c.isalpha() for c in text):
                draw.text((x, y), text, font=sans(round(share * h)), fill=ink)
            else:
                self.face(draw, (x, y), text, share * h, ink)

    def _drums(self, image: Image.Image, top: float) -> None:
        rng = self.rng
        light, dark = (rng.randint(190, 255),) * 3, (rng.randint(0, 50),) * 3
        count = len(self.text)
        turn = rng.choice((0.0, 0.0, rng.uniform(-0.25, 0.3)))
        pitch = self.width / count
        red = rng.random() < 0.25
        for index, char in enumerate(self.text):
            last = self.tenths and index == count - 1
            ink, ground = ((190, 30, 30) if red else dark, light) if last else (light, dark)
            cell = drum(
                int(char), turn if index == count - 1 else 0.0, (round(pitch * 0.92), round(self.height)), ink, ground
            )
            image.paste(cell, (round(self.left + index * pitch + pitch * 0.04), round(top)))


def _reading(rng: random.Random, *, drums: bool) -> str:
    """Return an odometer's digits; drums have five to seven with leading zeros."""
    if drums:
        return str(rng.randrange(10 ** rng.choice((3, 4, 5, 6)))).zfill(rng.choice((5, 6, 6, 7)))[-7:]
    digits = str(rng.randrange(10 ** rng.choice((3, 4, 5, 5, 6, 6, 6))) + 100)
    roll = rng.random()
    if roll < 0.15:
        return digits.zfill(6)
    if roll < 0.22 and len(digits) > 3:
        return f"{digits[:-3]}{rng.choice(',.')}{digits[-3:]}"
    return digits


def _other(rng: random.Random) -> str:
    """Return a trip, a clock, a temperature or a consumption."""
    return rng.choice((
        f"{rng.randrange(1000)}.{rng.randrange(10)}", f"{rng.randrange(10000) / 10}",
        f"{rng.randrange(24)}:{rng.randrange(60):02}", f"{rng.randrange(1, 13)}:{rng.randrange(60):02}",
        f"{rng.randrange(100) / 10}", str(rng.randrange(10, 100)),
    ))  # fmt: skip


def _face(kind: str, rng: random.Random) -> Face:
    """Return how to write text in a face of `kind`."""
    if kind == "segments":
        squeeze = rng.uniform(0.8, 1.05)
        return lambda draw, xy, text, height, ink: _segments(draw, xy, text, height * squeeze, ink)
    if kind == "dots":
        return _dots
    if kind == "drums":
        pitch = rng.uniform(0.75, 1.3)
        return lambda _draw, _xy, text, height, _ink: [
            (c, (i + 0.5) * pitch * height, pitch * height) for i, c in enumerate(text)
        ]
    path = rng.choice(_typefaces())
    pick = rng.random()
    space = rng.choice((0.0, 0.0, rng.uniform(0, 0.25)))

    def font(size: int) -> ImageFont.FreeTypeFont:
        return sans(size) if pick < 0.25 else mono(size) if pick < 0.4 else _font(path, size)

    return lambda draw, xy, text, height, ink: _type(draw, xy, text, height, ink, font(round(height / 0.72)), space)


def _segments(draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, height: float, ink: Color) -> Cells:
    seven_segment(draw, xy, text.replace(",", "."), height, lit=ink, ghost=None)
    cells: Cells = []
    x = 0.0
    for char in text:
        dot = char in ".,:"
        off = 0.35 * height if char == "1" else 0.0
        cells.append((char, x + (0.1 if dot else 0.33) * height + off / 2, (0.12 if dot else 0.62) * height - off))
        x += (0.28 if dot else 0.72) * height
    return cells


def _dots(draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, height: float, ink: Color) -> Cells:
    pitch = height / 7
    dot_matrix(draw, xy, text, pitch, ink)
    return [(char, (index * 6 + 2.5) * pitch, 5 * pitch) for index, char in enumerate(text)]


def _type(
    draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, height: float, ink: Color,
    font: ImageFont.FreeTypeFont, space: float,
) -> Cells:  # fmt: skip
    cells: Cells = []
    x = 0.0
    for char in text:
        width = font.getlength(char)
        draw.text((xy[0] + x, xy[1] + height), char, font=font, fill=ink, anchor="ls")
        cells.append((char, x + width / 2, width * 0.9))
        x += width + space * height
    return cells


def _colours(rng: random.Random, kind: str) -> tuple[Color, Color]:
    """Return ground and ink: dark on pale, or glowing on dark."""

    def bright() -> Color:
        return tuple(rng.randint(150, 255) if rng.random() < 0.6 else rng.randint(20, 255) for _ in range(3))  # type: ignore[return-value]

    pale = kind == "segments" and rng.random() < 0.55
    dark: Color = (rng.randint(0, 45), rng.randint(0, 45), rng.randint(0, 45))
    return (bright(), dark) if pale else (dark, bright())


def _surroundings(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """Draw what stands around displays: scales, their numbers, edges."""
    for _ in range(rng.randint(0, 5)):
        colour = tuple(rng.randint(20, 230) for _ in range(3))
        x, y, r = rng.uniform(0, _WIDE), rng.uniform(0, _TALL), rng.uniform(30, 400)
        kind = rng.randrange(4)
        if kind == 0:
            draw.arc(
                (x - r, y - r, x + r, y + r),
                rng.uniform(0, 360),
                rng.uniform(0, 360),
                fill=colour,
                width=rng.randint(2, 14),
            )
        elif kind == 1:
            draw.line((x, y, x + r * math.cos(r), y + r * math.sin(r)), fill=colour, width=rng.randint(2, 16))
        elif kind == 2:
            draw.text((x, y), str(rng.randrange(0, 260, 10)), font=sans(rng.randint(20, 60)), fill=colour)
        else:
            draw.rectangle((x, y, x + r, y + r * rng.random()), fill=colour)
