"""Batches for the reader: views of rectified lines with what each column should say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from extractors.odo.view import DIGIT_PX, LINE_HEIGHT_PX, LINE_WIDTH_PX, WIDEST_PX
from training import augment
from training.cache import PATCH_HEIGHT_PX, PATCH_WIDTH_PX, Patch, Patches
from training.networks import DIGITS

COLUMN_PX = 4
COLUMNS = LINE_WIDTH_PX // COLUMN_PX
SEPARATOR = DIGITS


@dataclass(frozen=True)
class _Pose:
    """How a patch is shown: turned, moved, and perhaps standing on its head."""

    matrix: augment.Matrix
    moved: NDArray[np.float64]
    over: bool


@dataclass(frozen=True)
class LineBatch:
    """Pixels (count x 3 x 64 x 256, normalised) and targets.

    `heat`: count x 11 x columns; `at`: where a digit's centre is; `inverted`, `row`, `height`: count x columns;
    `odometer`, `upright`: count, NaN where not known.
    """

    pixels: Tensor
    heat: Tensor
    at: Tensor
    inverted: Tensor
    row: Tensor
    height: Tensor
    odometer: Tensor
    upright: Tensor


def make_batch(patches: Patches, rows: NDArray[np.int64], rng: np.random.Generator | None) -> LineBatch:
    """Return a batch of the patches at `rows`, randomly turned and lit if there is an `rng`."""
    middle = np.array([(PATCH_WIDTH_PX - 1) / 2, (PATCH_HEIGHT_PX - 1) / 2])
    views, chosen = [], []
    for row in rows:
        patch = patches.patches[row]
        base = min(DIGIT_PX / patch.height, WIDEST_PX / patch.width)
        pose = _pose(base, rng)
        pixels = augment.view(patches.pixels[row], pose.matrix, middle + pose.moved, (LINE_WIDTH_PX, LINE_HEIGHT_PX))
        views.append(augment.light(pixels, rng) if rng is not None else pixels)
        chosen.append((patch, pose))
    return _targets(augment.to_network(views), chosen)


def _pose(base: float, rng: np.random.Generator | None) -> _Pose:
    """Return a random pose, the plain one without `rng`."""
    if rng is None:
        return _Pose(augment.affine(0.0, base, base, 0.0), np.zeros(2), over=False)
    zoom = base * float(np.clip(math.exp(rng.normal(0, 0.13)), 0.7, 1.4))
    stretch = float(np.clip(math.exp(rng.normal(0, 0.1)), 0.75, 1.3))
    over = rng.random() < 0.08
    angle = math.radians(rng.normal(0, 3.5)) + over * math.pi
    matrix = augment.affine(angle, zoom * stretch, zoom, rng.normal(0, 0.1))
    return _Pose(matrix, np.array([rng.normal(0, 7), rng.normal(0, 3.5)]), over=over)


def _targets(views: Tensor, chosen: list[tuple[Patch, _Pose]]) -> LineBatch:
    count = len(chosen)
    heat = np.zeros((count, DIGITS + 1, COLUMNS), np.float32)
    at = np.zeros((count, COLUMNS), bool)
    inverted = np.full((count, COLUMNS), np.nan, np.float32)
    row, height = np.zeros((count, COLUMNS), np.float32), np.zeros((count, COLUMNS), np.float32)
    columns = np.arange(COLUMNS)
    for index, (patch, pose) in enumerate(chosen):
        if pose.over:
            continue
        last = max((g.along for g in patch.glyphs if g.char.isdigit()), default=0.0)
        tall = math.log(max(0.3, pose.matrix[1, 1] * patch.height / DIGIT_PX))
        for glyph in patch.glyphs:
            x, y = pose.matrix @ (np.array([glyph.along, glyph.across]) - pose.moved)
            column = (x + LINE_WIDTH_PX / 2) / COLUMN_PX - 0.5
            nearest = round(float(column))
            if not 0 <= nearest < COLUMNS or abs(y) > LINE_HEIGHT_PX / 2:
                continue
            digit = glyph.char.isdigit()
            bump = np.exp(-((columns - column) ** 2) / (2 * 0.8**2))
            channel = int(glyph.char) if digit else SEPARATOR
            heat[index, channel] = np.maximum(heat[index, channel], bump)
            heat[index, channel, nearest] = 1.0
            if digit:
                at[index, nearest] = True
                row[index, nearest], height[index, nearest] = y, tall
                is_last = glyph.along == last
                if not is_last:
                    inverted[index, nearest] = 0.0
                elif patch.tenths is not None:
                    inverted[index, nearest] = float(patch.tenths)
    odometer = torch.tensor([math.nan if pose.over else float(patch.odometer) for patch, pose in chosen])
    upright = torch.tensor([float(not pose.over) for _, pose in chosen])
    return LineBatch(
        views,
        torch.from_numpy(heat),
        torch.from_numpy(at),
        torch.from_numpy(inverted),
        torch.from_numpy(row),
        torch.from_numpy(height),
        odometer,
        upright,
    )
