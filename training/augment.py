"""Random views of photos and lines, and random light on them."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from extractors.odo.view import Pixels

Matrix = NDArray[np.float64]
"""2 x 2, from source to view."""

cv2.setNumThreads(1)


def affine(angle: float, scale_x: float, scale_y: float, shear: float) -> Matrix:
    """Return the matrix from source to view, about the centre."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s], [s, c]]) @ np.array([[scale_x, shear * scale_x], [0.0, scale_y]])


def view(pixels: Pixels, matrix: Matrix, centre: NDArray[np.float64], size: tuple[int, int]) -> Pixels:
    """Return what `matrix` makes of the pixels; `centre` (x, y) comes to lie in the middle of the view of `size`."""
    middle = (np.array(size) - 1) / 2
    shift = middle - matrix @ centre
    flags = cv2.INTER_AREA if np.linalg.det(matrix) < 0.25 else cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(pixels, np.column_stack([matrix, shift]), size, flags=flags), np.uint8)


def light(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Return the pixels under other light: colour, gamma, inversion, glare, blur, noise, fingers."""
    x = cv2.transform(pixels, _mix(rng).astype(np.float32))
    levels = np.linspace(0, 1, 256) ** math.exp(rng.uniform(-0.6, 0.6) * strength)
    if rng.random() < 0.15:
        levels = 1 - levels
    table = np.clip(levels * rng.uniform(0.25, 1.1) * 255, 0, 255).astype(np.uint8)
    x = np.asarray(cv2.LUT(np.asarray(x, np.uint8), table))
    if rng.random() < 0.5:
        x = _glare(x, rng)
    if rng.random() < 0.3 * strength:
        factor = rng.uniform(0.35, 0.8)
        height, width = x.shape[:2]
        small = cv2.resize(x, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        x = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.35:
        x = _blur(x, rng)
    if rng.random() < 0.12:
        _cover(x, rng)
    if rng.random() < 0.6:
        noise = np.empty(x.shape, np.int16)
        cv2.randn(noise, (0, 0, 0), (rng.uniform(1, 16),) * 3)
        x = np.asarray(cv2.add(x, noise, dtype=cv2.CV_8U), np.uint8)
    return x


def to_network(pixels: list[Pixels]) -> Tensor:
    """Return count x 3 x height x width with mean 0 and deviation 1 each, as at run time."""
    x = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float()
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) / x.std((1, 2, 3), keepdim=True).clamp(min=6.0)


def _mix(rng: np.random.Generator) -> Matrix:
    """Return how to mix the channels: other lamps, other sensors, and sometimes none but grey."""
    if rng.random() < 0.2:
        return np.full((3, 3), 1 / 3)
    mix = np.eye(3) + rng.normal(0, 0.12, (3, 3))
    return mix[:, rng.permutation(3)] if rng.random() < 0.3 else mix


def _glare(x: Pixels, rng: np.random.Generator) -> Pixels:
    """Make the light uneven, and sometimes add a bright spot."""
    height, width = x.shape[:2]
    gain = cv2.resize(rng.uniform(0.6, 1.3, (3, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    lit = x * gain[:, :, None]
    if rng.random() < 0.4:
        y, z = np.ogrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
        spread = rng.uniform(0.05, 0.4)
        away = (y - rng.random()) ** 2 + (z - rng.random()) ** 2
        lit += (rng.uniform(25, 200) * np.exp(-away / (2 * spread**2)))[:, :, None]
    return np.clip(lit, 0, 255).astype(np.uint8)


def _blur(x: Pixels, rng: np.random.Generator) -> Pixels:
    """Blur along a random direction (shake) or evenly (focus)."""
    reach = 4
    y, z = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    angle, along, across = rng.uniform(0, math.pi), rng.uniform(0.3, 2.2), rng.uniform(0.3, 1.0)
    u, v = y * math.cos(angle) + z * math.sin(angle), -y * math.sin(angle) + z * math.cos(angle)
    kernel = np.exp(-(u**2) / (2 * along**2) - v**2 / (2 * across**2))
    return np.asarray(cv2.filter2D(x, -1, kernel / kernel.sum()), np.uint8)


def _cover(x: Pixels, rng: np.random.Generator) -> None:
    """Lay a small flat patch over the picture: dirt, a sticker's edge, a finger."""
    height, width = x.shape[:2]
    h, w = int(height * rng.uniform(0.05, 0.3)), int(width * rng.uniform(0.02, 0.08))
    top, left = rng.integers(0, height - h), rng.integers(0, width - w)
    x[top : top + h, left : left + w] = rng.integers(0, 256, 3)
