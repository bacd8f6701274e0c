"""Views of a photo that the networks look at: the whole of it, letterboxed, and one line, turned upright."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
"""Height x width x 3, RGB."""

LOCATOR_PX = 640
"""Longest side of the photo that the locator sees."""

LOCATOR_STEP = 32
"""The locator's coarsest step: both sides are filled up to a multiple of it."""

LINE_WIDTH_PX, LINE_HEIGHT_PX = 256, 64
DIGIT_PX = 26.0
"""Height of a line's digits in the reader's view."""

WIDEST_PX = 190.0
"""Longer lines are shown smaller, so that their ends stay in view."""


@dataclass(frozen=True)
class Place:
    """Where a line lies: its centre, reading direction (radians, clockwise as y points down), width and height."""

    x: float
    y: float
    angle: float
    width: float
    height: float

    def scale(self, digit_px: float = DIGIT_PX, widest_px: float = WIDEST_PX) -> float:
        """Return the factor from photo to reader's view."""
        return min(digit_px / max(1.0, self.height), widest_px / max(1.0, self.width))


class Photo:
    """A photo and its halves, quarters and so on, each made at its first use: phones' photos are far too large."""

    def __init__(self, image: Image.Image) -> None:
        self.size = image.size
        self._levels = [image]

    def level(self, factor: float) -> tuple[Image.Image, int]:
        """Return the photo made smaller by the greatest power of two up to `factor`, and that power."""
        number = max(0, math.floor(math.log2(max(1.0, min(factor, *self.size)))))
        while len(self._levels) <= number:
            self._levels.append(self._levels[-1].reduce(2))
        return self._levels[number], 2**number


def whole(photo: Photo, longest: int = LOCATOR_PX) -> tuple[Pixels, float]:
    """Return the photo with its longest side `longest`, filled up with black at the right and below; and the factor."""
    factor = longest / max(photo.size)
    size = (max(1, round(photo.size[0] * factor)), max(1, round(photo.size[1] * factor)))
    image, _ = photo.level(1 / (2 * factor))
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    width, height = (-(-side // LOCATOR_STEP) * LOCATOR_STEP for side in size)
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[: size[1], : size[0]] = np.asarray(small)
    return canvas, factor


def rectify(photo: Photo, place: Place, scale: float, size: tuple[int, int]) -> Pixels:
    """Return the surroundings of `place`, turned so that it reads from left to right, `scale` times as large."""
    image, smaller = photo.level(0.4 / scale)
    place = Place(place.x / smaller, place.y / smaller, place.angle, place.width / smaller, place.height / smaller)
    scale *= smaller
    width, height = size
    reach = math.hypot(width, height) / 2 / scale + 2
    left, top = math.floor(place.x - reach), math.floor(place.y - reach)
    box = (
        max(0, min(left, image.width - 1)),
        max(0, min(top, image.height - 1)),
        max(1, min(math.ceil(place.x + reach), image.width)),
        max(1, min(math.ceil(place.y + reach), image.height)),
    )
    reduce = max(1, math.floor(0.8 / scale))
    part = image.reduce(reduce, box) if reduce > 1 else image.crop(box)
    c, s = math.cos(place.angle), math.sin(place.angle)
    step = 1.0 / (scale * reduce)
    x, y = (place.x - box[0]) / reduce, (place.y - box[1]) / reduce
    matrix = (
        c * step, -s * step, x - (c * width - s * height) * step / 2,
        s * step, c * step, y - (s * width + c * height) * step / 2,
    )  # fmt: skip
    return np.asarray(part.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))


def normalise(pixels: Pixels) -> NDArray[np.float32]:
    """Return channels x height x width with mean 0 and deviation 1 over the picture: night looks like day."""
    values = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32)
    spread = max(6.0, float(values.std()))
    return np.asarray((values - float(values.mean())) / spread, np.float32)
