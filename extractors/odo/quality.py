"""How good the picture is where a line of digits lies: sharp or blurred, clear or pale, washed out by glare."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from capture.reading import Point

STRIP_PX = 32
"""Height at which lines are compared, whatever their size on the photo."""

WIDEST_PX = 512
GLARE = 250
"""Grey values from this on, of 255, are washed out."""


def measure(image: Image.Image, polygon: tuple[Point, ...]) -> dict[str, float]:
    """Return `sharpness` (logarithm of the edges' mean square), `contrast` (0 to 1) and `glare` (share of pixels).

    Empty where the polygon has no area on the photo.
    """
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    box = (max(0, math.floor(min(xs))), max(0, math.floor(min(ys))),
           min(image.width, math.ceil(max(xs))), min(image.height, math.ceil(max(ys))))  # fmt: skip
    if box[2] - box[0] < 2 or box[3] - box[1] < 2:
        return {}
    width = max(4, min(WIDEST_PX, round((box[2] - box[0]) * STRIP_PX / (box[3] - box[1]))))
    strip = image.crop(box).convert("L").resize((width, STRIP_PX), Image.Resampling.BILINEAR)
    grey = np.asarray(strip, dtype=np.float64)
    edges = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]  # Laplacian
    low, high = np.percentile(grey, (5, 95))
    return {
        "sharpness": round(math.log1p(float((edges**2).mean())), 3),
        "contrast": round(float(high - low) / 255, 3),
        "glare": round(float((grey >= GLARE).mean()), 3),
    }
