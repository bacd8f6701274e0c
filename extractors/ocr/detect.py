"""Where a page has lines of text: their four corners.

The page is looked at in a size in which most print is found. Where its lines turn out to be small, or none is found,
it is looked at once more, larger.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr.ch_ppocr_det.utils import DBPostProcess

from extractors.ocr.networks import Network, Values

Pixels = NDArray[np.uint8]
"""Height x width x 3, blue first."""

SIDE_PX = 1280
"""The longer side in which a page is looked at first. Receipts read the same at 1024 to 2000; see decision 0016."""

LARGE_SIDE_PX = 2000
"""The same for the second look. Source: RapidOCR's `max_side_len`."""

SHORT_SIDE_PX = 736
"""A smaller page is enlarged, as far as `SIDE_PX` allows. Source: RapidOCR's `limit_side_len`."""

SMALL_LINE_PX = 16.0
"""A line that is lower than this, as looked at, is small. On 159 receipts 1 line in 20 is."""

STRIDE_PX = 32
"""What the detector wants both sides to be multiples of."""

SAME_ROW_PX = 10
"""Lines whose top left corners follow within this height are ordered from left to right. Source: RapidOCR."""

_outline = DBPostProcess(
    thresh=0.3, box_thresh=0.5, max_candidates=1000, unclip_ratio=1.6, use_dilation=True, score_mode="fast"
)
"""Source: RapidOCR's defaults for this model."""


def find_lines(page: Pixels, detector: Network) -> Values:
    """Return the corners of lines (count x 4 x 2, pixels of `page`), clockwise from the top left, top to bottom."""
    lines, scale = _look(page, detector, SIDE_PX)
    if scale >= 1:
        return lines
    heights = np.sort(_heights(lines)) * scale
    small = heights[len(heights) // 4] if len(heights) else 0.0
    if small >= SMALL_LINE_PX:
        return lines
    larger, _ = _look(page, detector, LARGE_SIDE_PX)
    return larger


def _look(page: Pixels, detector: Network, side_px: int) -> tuple[Values, float]:
    """Return the lines that the detector sees on the page of this size, and the scale of what it saw."""
    height, width = page.shape[:2]
    scale = min(max(1.0, SHORT_SIDE_PX / min(height, width)), side_px / max(height, width))
    rows, columns = (max(STRIDE_PX, round(side * scale / STRIDE_PX) * STRIDE_PX) for side in (height, width))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    seen = cv2.resize(page, (columns, rows), interpolation=way)
    probabilities = detector(to_network(seen)[None])
    found, _ = _outline(probabilities, (height, width))
    if len(found) == 0:
        return np.zeros((0, 4, 2), np.float32), scale
    return _in_order(np.asarray(found, np.float32), scale), scale


def to_network(pixels: Pixels) -> Values:
    """Return colours from -1 to 1, 3 x height x width."""
    values = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32)
    values *= np.float32(2 / 255)
    values -= 1
    return values


def _heights(lines: Values) -> Values:
    """Return the shorter side of each line, pixels of the page: print that runs upwards is as high as it is wide."""
    across = np.linalg.norm(lines[:, 0] - lines[:, 1], axis=1)
    down = np.linalg.norm(lines[:, 0] - lines[:, 3], axis=1)
    return np.asarray(np.minimum(across, down), np.float32)


def _in_order(lines: Values, scale: float) -> Values:
    """Return the lines from top to bottom; those of one row from left to right."""
    lines = lines[np.argsort(lines[:, 0, 1], kind="stable")]
    steps = np.diff(lines[:, 0, 1], prepend=lines[0, 0, 1]) * scale >= SAME_ROW_PX
    return lines[np.lexsort((lines[:, 0, 0], np.cumsum(steps)))]
