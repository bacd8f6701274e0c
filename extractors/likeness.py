"""Whether two photos are one picture: the same photo cropped, turned, sent again by another way, or photographed again.

Local features of both are matched and fitted to one plane; the second picture is laid over the first by it, and what
is seen in both is compared block by block. A second look at the same dashboard fits such a plane too, but lies in
another light, with other reflections, another needle and another background, so that fewer blocks are alike.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from capture.duplicates import Likeness

LONG_SIDE_PX = 640
FEATURES = 1_500
CLEAR_MATCH = 0.8
"""A match counts if its distance is under this part of the next best one's. Source: D. Lowe (2004), section 7.1."""

FIT_PX = 4.0
"""A match lies on the plane within this, pixels of the first picture."""

FEWEST_MATCHES = 12
"""Fewer matches on one plane are chance."""

BLOCK_PX = 32
PLAIN = 4.0
"""Blocks whose deviation is less show nothing that could be compared, grey levels of 255."""

ALIKE = 0.75
"""Blocks whose correlation is above this show the same."""

SCALES = (0.2, 5.0)
"""How much smaller or larger the second picture's content may be than the first's."""

Grey = NDArray[np.uint8]


def likeness(first: Image.Image, second: Image.Image) -> Likeness:
    """Compare two upright pages."""
    one, other = _grey(first), _grey(second)
    plane, matches = _plane(one, other)
    if plane is None:
        return Likeness(matches=matches, overlap=0.0, alike=0.0)
    overlap, alike = _laid_over(one, other, plane)
    return Likeness(matches=matches, overlap=overlap, alike=alike)


def _grey(image: Image.Image) -> Grey:
    scale = LONG_SIDE_PX / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return np.asarray(image.convert("L").resize(size, Image.Resampling.BILINEAR if scale > 1 else Image.Resampling.BOX))


def _plane(one: Grey, other: Grey) -> tuple[NDArray[np.float64] | None, int]:
    """Return the homography from the second picture to the first, with the number of matches that lie on it."""
    finder = cv2.SIFT.create(nfeatures=FEATURES)
    spots, words = finder.detectAndCompute(one, None)
    other_spots, other_words = finder.detectAndCompute(other, None)
    if words is None or other_words is None or len(words) < 2 or len(other_words) < 2:
        return None, 0
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(other_words, words, k=2)
    clear = [best for best, *rest in pairs if rest and best.distance < CLEAR_MATCH * rest[0].distance]
    if len(clear) < FEWEST_MATCHES:
        return None, len(clear)
    source = np.array([other_spots[match.queryIdx].pt for match in clear], np.float64)
    target = np.array([spots[match.trainIdx].pt for match in clear], np.float64)
    cv2.setRNGSeed(1)
    plane, fits = cv2.findHomography(source, target, cv2.USAC_MAGSAC, FIT_PX, maxIters=2_000, confidence=0.999)
    count = 0 if fits is None else int(fits.sum())
    if plane is None or count < FEWEST_MATCHES or not _sensible(plane, other.shape):
        return None, count
    return plane, count


def _sensible(plane: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Tell if the second picture's corners stay a convex four-sided figure of a size that a photo can have."""
    height, width = shape[:2]
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64)
    moved = cv2.perspectiveTransform(corners, plane)
    if not np.isfinite(moved).all() or not cv2.isContourConvex(moved.astype(np.float32)):
        return False
    area = cv2.contourArea(moved.astype(np.float32))
    return SCALES[0] <= math.sqrt(area / (width * height)) <= SCALES[1]


def _laid_over(one: Grey, other: Grey, plane: NDArray[np.float64]) -> tuple[float, float]:
    """Return how much of the smaller picture both show, and which part of that is alike, each 0 to 1."""
    height, width = one.shape
    moved = cv2.warpPerspective(cv2.GaussianBlur(other, (0, 0), 1.5), plane, (width, height))
    seen = cv2.warpPerspective(np.full(other.shape, 255, np.uint8), plane, (width, height)) > 254
    base = cv2.GaussianBlur(one, (0, 0), 1.5)
    moved_area = abs(float(np.linalg.det(plane[:2, :2]))) * other.size
    overlap = min(1.0, float(seen.sum()) / max(1.0, min(float(one.size), moved_area)))
    compared = alike = 0
    for top in range(0, height - BLOCK_PX + 1, BLOCK_PX):
        for left in range(0, width - BLOCK_PX + 1, BLOCK_PX):
            place = np.s_[top : top + BLOCK_PX, left : left + BLOCK_PX]
            if not seen[place].all():
                continue
            a, b = base[place].astype(np.float32), moved[place].astype(np.float32)
            if max(a.std(), b.std()) < PLAIN:
                continue
            compared += 1
            alike += _correlation(a, b) > ALIKE
    return overlap, alike / compared if compared else 0.0


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    a, b = a - a.mean(), b - b.mean()
    length = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return 0.0 if length == 0 else float((a * b).sum()) / length
