"""A second opinion: the strip around a line as PP-OCR's text recogniser reads it, words beside the digits included."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from extractors.odo.networks import Maps, session
from extractors.odo.view import Photo, Place, rectify

STRIP_PX, DIGIT_PX = 48, 31.0
"""Height of the recogniser's view, and of the line's digits in it."""

FRAME_PX = 8
"""Each step of the recogniser's answer is so wide."""

BESIDE = 2.6
"""So many digit heights are shown on both sides of the line: room for ODO and km."""

WIDEST_PX = 480
LIKE_DIGITS = {"O": 0, "o": 0, "D": 0, "I": 1, "l": 1, "|": 1, "i": 1}
"""Letters that digits of displays are taken for."""

FOREIGN = 0.25
"""How far a letter among the digits may be passed over."""

LEAST = 1e-3
"""Least probability of any digit at any step: the recogniser may be wrong too."""

CLEAR = 0.6
"""Characters are words' from this probability on."""

Label = Literal["total", "trip"]
Unit = Literal["km", "mi"]

_TOTAL = re.compile(r"[O0DQ]{3}|TOTAL|TOT\b|GES", re.IGNORECASE)
_TRIP = re.compile(r"TR[I1l]P|\b[AB]$", re.IGNORECASE)
_SPEED = re.compile(r"k?m.?/h|mph|rpm|min|[x×]\s*10", re.IGNORECASE)
_KM, _MILES = re.compile(r"^[\W_]*k(m|n|rn)?(?!.?/h)", re.IGNORECASE), re.compile(r"^[\W_]*mi(?!n)", re.IGNORECASE)


@dataclass(frozen=True)
class Strip:
    """What the recogniser made of a strip.

    `steps`: count x 12 probabilities of the ten digits, of nothing and of anything else; `along`: where each lies, in
    pixels of the photo from the line's centre. `before`, `inside`, `after`: the text left of, on and right of it.
    """

    steps: Maps
    along: NDArray[np.float64]
    before: str
    inside: str
    after: str

    @property
    def unit(self) -> Unit | None:
        """The distance's unit written after the number."""
        return "km" if _KM.match(self.after) else "mi" if _MILES.match(self.after) else None

    @property
    def label(self) -> Label | None:
        """What is written before the number."""
        return "total" if _TOTAL.search(self.before) else "trip" if _TRIP.search(self.before) else None

    @property
    def is_scale(self) -> bool:
        """Whether the words are those of a speed or of revolutions."""
        return _SPEED.search(self.before + self.inside + self.after) is not None

    def log_likelihood(self, digits: str, start: float, end: float) -> float:
        """Return the logarithm of the probability that the strip says `digits` between two places."""
        steps = self.steps[(self.along > start) & (self.along < end)]
        if not len(steps):
            return len(digits) * math.log(LEAST)
        return _log_forward(steps, [int(digit) for digit in digits])


class Recogniser:
    """PP-OCR's recogniser on one thread; `weights` are loaded at the first use."""

    def __init__(self, weights: Path) -> None:
        self._weights = weights

    def read(self, photo: Photo, place: Place) -> Strip:
        """Return what is written on and beside the line at `place`."""
        scale = min(DIGIT_PX / max(1.0, place.height), WIDEST_PX / (place.width + 2 * BESIDE * place.height))
        width = min(WIDEST_PX, math.ceil(scale * (place.width + 2 * BESIDE * place.height) / FRAME_PX) * FRAME_PX)
        pixels = rectify(photo, place, scale, (width, STRIP_PX))[:, :, ::-1]
        values = (pixels.transpose(2, 0, 1).astype(np.float32) / 255 - 0.5) / 0.5
        (steps,) = self._session.run(None, {"x": values[None]})
        along = ((np.arange(steps.shape[1]) + 0.5) * FRAME_PX - width / 2) / scale
        return self._strip(np.asarray(steps[0], np.float32), along, place.width / 2)

    def _strip(self, steps: Maps, along: NDArray[np.float64], half: float) -> Strip:
        best = steps.argmax(1)
        parts: list[list[str]] = [[], [], []]
        before = -1
        for step, char, at in zip(steps, best, along, strict=True):
            if char not in (0, before) and step[char] >= CLEAR:
                parts[0 if at < -half else 2 if at > half else 1].append(self._characters[char])
            before = int(char)
        shares = np.empty((len(steps), 12), np.float32)
        for digit, columns in enumerate(self._columns):
            shares[:, digit] = steps[:, columns].sum(1)
        shares[:, 10] = steps[:, 0] + steps[:, -1]
        shares[:, 11] = np.clip(1 - shares[:, :11].sum(1), 0, 1)
        texts = ["".join(part) for part in parts]
        return Strip(shares, along, *texts)

    @cached_property
    def _characters(self) -> list[str]:
        characters = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        return ["", *characters, " "]

    @cached_property
    def _columns(self) -> list[list[int]]:
        signs = self._characters
        return [
            [index for index, sign in enumerate(signs) if sign == str(digit) or LIKE_DIGITS.get(sign) == digit]
            for digit in range(10)
        ]

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return session(self._weights.read_bytes())


def _log_forward(steps: Maps, digits: list[int]) -> float:
    """Return the logarithm of the probability of `digits` over all alignments (Graves et al., CTC, 2006)."""
    chance = np.log(np.maximum(steps[:, :10], LEAST))
    nothing = np.log(np.maximum(steps[:, 10] + FOREIGN * steps[:, 11], LEAST))
    states = 2 * len(digits) + 1
    reached = np.full(states, -np.inf)
    reached[0], reached[1] = nothing[0], chance[0, digits[0]]
    for step in range(1, len(steps)):
        earlier = np.concatenate([[-np.inf], reached[:-1]])
        skipped = np.full(states, -np.inf)
        for index in range(1, len(digits)):
            if digits[index] != digits[index - 1]:
                skipped[2 * index + 1] = reached[2 * index - 1]
        reached = np.logaddexp(np.logaddexp(reached, earlier), skipped)
        reached[0::2] += nothing[step]
        reached[1::2] += chance[step, digits]
    return float(np.logaddexp(reached[-1], reached[-2]))
