"""Decoded photos as arrays on disk: the whole photo for the locator, rectified lines for the reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from capture.errors import ImageError
from capture.image import Limits, open_document
from extractors.odo.view import LOCATOR_PX, Photo, Pixels, Place, rectify, whole
from training.labels import Labelled
from training.lines import Glyph, Line

PATCH_WIDTH_PX, PATCH_HEIGHT_PX = 448, 160
PATCH_DIGIT_PX, PATCH_WIDEST_PX = 32.0, 234.0
"""Patches are larger and finer than the reader's view, so that views can be cut out at any angle and scale."""


@dataclass(frozen=True)
class Photos:
    """Whole photos: `pixels` count x side x side x 3; `factors` from the original; `lines` in original pixels."""

    pixels: NDArray[np.uint8]
    factors: NDArray[np.float64]
    sizes: list[tuple[int, int]]
    files: list[str]


@dataclass(frozen=True)
class Patch:
    """A rectified line: `height` of its digits and its glyphs in pixels of the patch, whose centre it has."""

    file: str
    odometer: bool
    tenths: bool | None
    height: float
    width: float
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True)
class Patches:
    """Rectified lines: `pixels` one after the other, height x width x 3."""

    pixels: Sequence[Pixels] | NDArray[np.uint8]
    patches: list[Patch]


class _Two(Sequence[Pixels]):
    """The pictures of two arrays, one after the other."""

    def __init__(
        self, first: Sequence[Pixels] | NDArray[np.uint8], second: Sequence[Pixels] | NDArray[np.uint8]
    ) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __getitem__(self, row: Any) -> Any:
        return self._first[row] if row < len(self._first) else self._second[row - len(self._first)]


def joined(first: Patches, second: Patches | None) -> Patches:
    """Return the lines of both."""
    if second is None:
        return first
    return Patches(_Two(first.pixels, second.pixels), first.patches + second.patches)


def build(folder: Path, photos: Sequence[Labelled], cache: Path) -> tuple[Photos, Patches]:
    """Return the arrays of a labelled folder from `cache`, decoded and written there at the first time."""
    done = cache / "index.json"
    if not done.is_file():
        _decode(folder, photos, cache)
    index: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
    whole_photos = Photos(
        np.load(cache / "photos.npy", mmap_mode="r"),
        np.array(index["factors"]),
        [(w, h) for w, h in index["sizes"]],
        index["files"],
    )
    patches = [Patch(**{**row, "glyphs": tuple(Glyph(**g) for g in row["glyphs"])}) for row in index["patches"]]
    return whole_photos, Patches(np.load(cache / "patches.npy", mmap_mode="r"), patches)


def _decode(folder: Path, photos: Sequence[Labelled], cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    count = sum(len(photo.lines) for photo in photos)
    pixels = np.lib.format.open_memmap(
        cache / "photos.npy", mode="w+", dtype=np.uint8, shape=(len(photos), LOCATOR_PX, LOCATOR_PX, 3)
    )
    patch_pixels = np.lib.format.open_memmap(
        cache / "patches.npy", mode="w+", dtype=np.uint8, shape=(count, PATCH_HEIGHT_PX, PATCH_WIDTH_PX, 3)
    )
    factors, sizes, patches = [], [], []
    for row, photo in enumerate(tqdm(photos, desc="decoding", unit="photo")):
        try:
            image = open_document((folder / photo.file).read_bytes(), Limits()).pages[0].image
        except ImageError:  # a photo that nothing can open teaches nothing
            factors.append(0.0)
            sizes.append((0, 0))
            patches += [_patch(photo, line, 1.0) for line in photo.lines]
            continue
        whole_photo = Photo(image)
        small, factor = whole(whole_photo)
        pixels[row, : small.shape[0], : small.shape[1]] = small
        factors.append(factor)
        sizes.append(image.size)
        for line in photo.lines:
            place = Place(line.x, line.y, line.angle, line.width, line.height)
            scale = place.scale(PATCH_DIGIT_PX, PATCH_WIDEST_PX)
            patch_pixels[len(patches)] = rectify(whole_photo, place, scale, (PATCH_WIDTH_PX, PATCH_HEIGHT_PX))
            patches.append(_patch(photo, line, scale))
    rows = [asdict(patch) for patch in patches]
    index = {"files": [p.file for p in photos], "factors": factors, "sizes": sizes, "patches": rows}
    (cache / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _patch(photo: Labelled, line: Line, scale: float) -> Patch:
    glyphs = tuple(Glyph(g.char, g.along * scale, g.across * scale, g.width * scale) for g in line.glyphs)
    tenths = photo.tenths if line.odometer else False
    return Patch(photo.file, line.odometer, tenths, line.height * scale, line.width * scale, glyphs)


def last_drum_brightness(pixels: Pixels, patch: Patch) -> float | None:
    """Return how bright the ground of the last digit is, 0 as the other grounds are, 1 as the other digits are.

    About 0: all drums alike. About 1: the last drum is in inverted colours.
    """
    digits = [glyph for glyph in patch.glyphs if glyph.char.isdigit()]
    if len(digits) < 3:
        return None
    grey = pixels.astype(np.float32).mean(axis=2)
    grounds, inks = [], []
    half_h = patch.height / 2
    for glyph in digits:
        x, y = PATCH_WIDTH_PX / 2 + glyph.along, PATCH_HEIGHT_PX / 2 + glyph.across
        half_w = max(glyph.width, 0.5 * patch.height) / 2 + 0.1 * patch.height
        cell = grey[max(0, int(y - half_h)) : int(y + half_h) + 1, max(0, int(x - half_w)) : int(x + half_w) + 1]
        if cell.size < 16:
            return None
        sides = np.concatenate([cell[:, :2].ravel(), cell[:, -2:].ravel()])
        grounds.append(float(np.median(sides)))
        inks.append(float(np.percentile(cell, 95)))
    ground, ink = float(np.median(grounds[:-1])), float(np.median(inks[:-1]))
    return (grounds[-1] - ground) / max(4.0, ink - ground)
