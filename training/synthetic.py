"""Drawn lines of digits: displays of makes that no labelled photo shows, and words that are no numbers.

Seven segments, dot matrix, screens and drums, in many typefaces and colours, with trips, clocks, words, icons and
frames beside the line in the middle. They are drawn in the shape of the patches that `cache` cuts out of photos.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from tqdm import tqdm

from fixtures.faces import Color, drum, sans
from training import clutter
from training.cache import PATCH_HEIGHT_PX, PATCH_WIDEST_PX, PATCH_WIDTH_PX, Patch, Patches
from training.faces import KINDS, SHARES, make_face
from training.lines import Glyph

FINE = 2
"""Drawn so many times larger, then made smaller."""

_WIDE, _TALL = PATCH_WIDTH_PX * FINE, PATCH_HEIGHT_PX * FINE


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


class _Drawing:
    """One line to draw: everything is decided at once, so that the description needs no drawing."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.kind = rng.choices(KINDS, SHARES)[0]
        self.odometer = self.kind == "drums" or (self.kind != "words" and rng.random() < 0.72)
        self.text = clutter.words(rng) if self.kind == "words" else _number(rng, self.kind, odometer=self.odometer)
        self.tenths = self.kind == "drums" and rng.random() < 0.6
        self.height = rng.uniform(0.85, 1.05) * 32 * FINE
        self.ground, self.ink = _colours(rng, self.kind)
        self.ghost = _between(self.ground, self.ink, rng.uniform(0.08, 0.4)) if rng.random() < 0.35 else None
        self.face = make_face(self.kind, rng, self.ghost)
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
        image = Image.new("RGB", (_WIDE, _TALL), tuple(rng.randint(0, 90) for _ in range(3)))
        draw = ImageDraw.Draw(image)
        clutter.surroundings(draw, rng, _WIDE, _TALL)
        top = _TALL / 2 - self.height / 2
        pad_x, up, down = rng.uniform(0.15, 3.5), rng.uniform(0.1, 2.2), rng.uniform(0.1, 2.2)
        if self.kind == "drums":
            pad_x, up, down = rng.uniform(0.05, 0.25), 0.06, 0.06
        right = self.left + self.width
        draw.rectangle(
            (self.left - pad_x * self.height, top - up * self.height, right + pad_x * self.height,
             top + (1 + down) * self.height), fill=self.ground,
        )  # fmt: skip
        if self.kind == "drums":
            self._drums(image, top)
        else:
            self._beside(draw, top)
            self.face(draw, (self.left, top), self.text, self.height, self.ink)
        if rng.random() < 0.5:
            image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.2)))
        return np.asarray(image.reduce(FINE))

    def _beside(self, draw: ImageDraw.ImageDraw, top: float) -> None:
        """Draw units, words, icons and a frame around the line, and other lines above and below."""
        rng, h, ink = self.rng, self.height, self.ink
        box = (self.left, top, self.left + self.width, top + h)
        if rng.random() < 0.35:
            clutter.frame(draw, rng, box, h, ink)
        if self.kind != "words":
            self._labels(draw, box)
        for side in (-1, 1):
            if rng.random() < 0.25:
                size = rng.uniform(0.5, 1.3) * h
                gap = rng.uniform(0.1, 0.9) * h
                x = self.left - gap - size if side < 0 else self.left + self.width + gap
                clutter.icon(draw, rng, x, top + (h - size) * rng.random(), size, ink)
        for side in (-1, 1):
            if rng.random() < 0.55:
                continue
            share = rng.choice((1.0, 1.0, 0.7, 1.4))
            text = rng.choice((_other(rng), _other(rng), clutter.words(rng)))
            gap = rng.uniform(0.2, 0.6) * h
            y = top - gap - share * h if side < 0 else top + h + gap
            x = self.left + rng.uniform(-1.0, 1.5) * h
            if any(c.isalpha() or c in "/ " for c in text):
                draw.text((x, y), text, font=sans(round(share * h)), fill=ink)
            else:
                self.face(draw, (x, y), text, share * h, ink)

    def _labels(self, draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
        """Write the unit after the number, and what it counts before or above it."""
        rng, h, ink = self.rng, self.height, self.ink
        left, top, right, _ = box
        unit = rng.choice(("km", "km", "mi", "miles", "KM", "", ""))
        size = rng.uniform(0.3, 0.9) * h
        where = rng.choice((top + h, top + size))
        draw.text((right + rng.uniform(0.08, 0.5) * h, where), unit, font=sans(round(size)), fill=ink, anchor="ls")
        words = ("ODO", "TOTAL", "", "", "Total", "ODO") if self.odometer else ("TRIP", "A", "B", "", "TRIP A")
        word = rng.choice(words)
        if rng.random() < 0.5:
            draw.text((left - rng.uniform(0.1, 0.6) * h, top + h), word, font=sans(round(size)), fill=ink, anchor="rs")
        elif rng.random() < 0.5:
            x = rng.choice((left, left + self.width / 2))
            draw.text((x, top - 0.15 * h), word, font=sans(round(size)), fill=ink, anchor="ls")

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


def _number(rng: random.Random, kind: str, *, odometer: bool) -> str:
    """Return an odometer's digits (drums have five to seven with leading zeros) or another number."""
    if not odometer:
        return _other(rng)
    if kind == "drums":
        return str(rng.randrange(10 ** rng.choice((3, 4, 5, 6)))).zfill(rng.choice((5, 6, 6, 7)))[-7:]
    digits = str(rng.randrange(10 ** rng.choice((3, 4, 5, 5, 6, 6, 6))) + 100)
    roll = rng.random()
    if roll < 0.2:
        return digits.zfill(6)
    if roll < 0.26 and len(digits) > 3:
        return f"{digits[:-3]}{rng.choice(',.')}{digits[-3:]}"
    return digits


def _other(rng: random.Random) -> str:
    """Return a trip, a clock, a temperature or a consumption."""
    return rng.choice((
        f"{rng.randrange(1000)}.{rng.randrange(10)}", f"{rng.randrange(10000) / 10}",
        f"{rng.randrange(24)}:{rng.randrange(60):02}", f"{rng.randrange(1, 13)}:{rng.randrange(60):02}",
        f"{rng.randrange(100) / 10}", str(rng.randrange(10, 100)),
    ))  # fmt: skip


def _colours(rng: random.Random, kind: str) -> tuple[Color, Color]:
    """Return ground and ink: dark on pale, or glowing on dark; one in three pale against its ground."""

    def bright() -> Color:
        return tuple(rng.randint(150, 255) if rng.random() < 0.6 else rng.randint(20, 255) for _ in range(3))  # type: ignore[return-value]

    pale = kind == "segments" and rng.random() < 0.5
    dark: Color = (rng.randint(0, 45), rng.randint(0, 45), rng.randint(0, 45))
    ground, ink = (bright(), dark) if pale else (dark, bright())
    if rng.random() < 0.3:
        ink = _between(ground, ink, rng.uniform(0.35, 0.9))
    return ground, ink


def _between(ground: Color, ink: Color, share: float) -> Color:
    """Return the colour that lies `share` of the way from `ground` to `ink`."""
    mixed = [round(a + (b - a) * share) for a, b in zip(ground, ink, strict=True)]
    return mixed[0], mixed[1], mixed[2]
