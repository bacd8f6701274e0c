"""What is written in lines of text.

Each line is read by itself, as narrow as it is: what it reads does not depend on its neighbours. One that was read with
doubt is read again, as wide as RapidOCR makes it and, where the classifier says so, turned by 180 degrees; one that has
a date that is in no calendar, narrower.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from rapidocr.utils.process_img import get_rotate_crop_image

from capture.documents.dates import find_dates
from extractors.ocr.detect import Pixels, to_network
from extractors.ocr.networks import Networks, Values

HEIGHT_PX = 48
"""Height in which the recogniser sees a line."""

STEP_PX = 32
"""Widths are multiples of this, so that a network prepares itself for few of them."""

WIDE_PX = 320
"""Width to which RapidOCR fills up shorter lines. Source: its `rec_img_shape`."""

CLASSIFIER_PX = 192
"""Width in which the classifier sees a line. Source: RapidOCR's `cls_image_shape`."""

DOUBTFUL = 0.97
"""A short line with a lower score is read again. On 159 receipts 1 line in 8 is."""

PERHAPS_TURNED = 0.9
"""The classifier is asked about lines with a lower score. On 159 receipts, all upright, 1 line in 27 is."""

UPSIDE_DOWN = 0.9
"""What the classifier must say. Source: RapidOCR's `cls_thresh`."""


NARROWER = 0.9
"""So much of its width is left of a doubtful line with an impossible date: in another width a digit reads anew."""

_LIKE_DATE = re.compile(r"(?<![\d./\-])\d{1,2}[/.\-]\d{1,2}[/.\-](?:20)?\d{2}(?![\d./\-])", re.ASCII)


@dataclass(frozen=True)
class Text:
    """What a line reads. `score`: the mean probability of its letters, 0 to 1; 0 where it has none."""

    text: str
    score: float


def cut_lines(page: Pixels, lines: Values) -> list[Pixels]:
    """Return the pixels of each line; those much higher than wide are turned by 90 degrees."""
    return [get_rotate_crop_image(page, line) for line in lines]


def read_lines(crops: Sequence[Pixels], networks: Networks) -> list[Text]:
    """Return what each line reads."""
    texts = [_read(crop, networks) for crop in crops]
    for place, crop in enumerate(crops):
        if texts[place].score < DOUBTFUL and _width(crop) < WIDE_PX:
            texts[place] = max(texts[place], _read(crop, networks, WIDE_PX), key=_score)
        if texts[place].score < DOUBTFUL and _has_impossible_date(texts[place].text):
            texts[place] = max(texts[place], _read(_narrowed(crop), networks), key=_score)
    turned = [place for place, text in enumerate(texts) if text.score < PERHAPS_TURNED]
    turned = [place for place in turned if _upside_down(crops[place], networks)]
    whole_page = 2 * len(turned) > len(crops)
    for place in range(len(crops)) if whole_page else turned:
        other = _read(np.rot90(crops[place], 2), networks, WIDE_PX)
        texts[place] = other if whole_page else max(texts[place], other, key=_score)
    return texts


def _has_impossible_date(text: str) -> bool:
    """Tell if a line has what looks like a date, such as 11/00/2017, and none that a calendar has."""
    return bool(_LIKE_DATE.search(text)) and not find_dates(text)


def _narrowed(crop: Pixels) -> Pixels:
    height, width = crop.shape[:2]
    narrow: Pixels = cv2.resize(crop, (max(1, int(NARROWER * width)), height), interpolation=cv2.INTER_AREA)
    return narrow


def _score(text: Text) -> float:
    return text.score


def _width(crop: Pixels) -> int:
    """Return how wide a line is at the recogniser's height."""
    height, width = crop.shape[:2]
    return max(1, math.ceil(HEIGHT_PX * int(width) / int(height)))


def _read(crop: Pixels, networks: Networks, at_least_px: int = STEP_PX) -> Text:
    width = max(at_least_px, STEP_PX * math.ceil(_width(crop) / STEP_PX))
    (probabilities,) = networks.recogniser(_filled(crop, width)[None])
    best = probabilities.argmax(axis=1)
    letters = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
    if letters.size == 0:
        return Text("", 0.0)
    text = "".join(networks.letters[best[place]] for place in letters)
    return Text(text, float(probabilities[letters, best[letters]].mean()))


def _upside_down(crop: Pixels, networks: Networks) -> bool:
    ((_, turned),) = networks.classifier(_filled(crop, CLASSIFIER_PX)[None])
    return bool(turned > UPSIDE_DOWN)


def _filled(crop: Pixels, width_px: int) -> Values:
    """Return a line at the recogniser's height, filled up with grey on its right, or squeezed, to a width."""
    own = min(width_px, _width(crop))
    way = cv2.INTER_AREA if crop.shape[0] > 2 * HEIGHT_PX else cv2.INTER_LINEAR
    filled = np.zeros((3, HEIGHT_PX, width_px), np.float32)
    filled[:, :, :own] = to_network(cv2.resize(crop, (own, HEIGHT_PX), interpolation=way))
    return filled
