"""Training of the locator: views of whole photos with the lines' places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from extractors.odo.view import Pixels
from training import augment
from training.cache import PATCH_HEIGHT_PX, PATCH_WIDTH_PX, Patches, Photos
from training.labels import Labelled
from training.lines import Line
from training.loop import Plan, Rows
from training.losses import locator_loss
from training.networks import LOCATOR_MAPS

VIEW_PX = 320
CELL_PX = 8
CELLS = VIEW_PX // CELL_PX

Pose = tuple[augment.Matrix, NDArray[np.float64]]
"""Matrix from a picture to its view, and which point of the picture comes to lie in the view's middle."""

DRAWN_SHARE = 0.35
"""Part of the photos' views into which a drawn display is laid."""

SCENE_SHARE = 0.25
"""Part of the views that show a drawn dashboard, with one to three drawn displays or words, and no photo."""

LEAST_DIGITS = 2
"""A line of fewer digits is a word: it is shown, and there is nothing to find."""


@dataclass(frozen=True)
class Drawn:
    """What is drawn: lines to lay over, and whole dashboards (count x side x side x 3)."""

    lines: Patches
    scenes: NDArray[np.uint8]


@dataclass(frozen=True)
class _Placed:
    """A line with its centre in the cached photo; `factor`: from the line's units to the cached photo's."""

    line: Line
    at: NDArray[np.float64]
    factor: float


def plan(
    photos: Photos,
    labels: Sequence[Labelled],
    drawn: Drawn | None,
    train: Sequence[int],
    held_out: Sequence[int],
    *,
    cycles: tuple[int, ...],
) -> Plan:
    """Return the plan for the photos at rows `train`."""
    usable = np.array([row for row in train if labels[row].lines and photos.factors[row] > 0])
    test = np.array([row for row in held_out if labels[row].kind == "odometer" and labels[row].lines])

    def loss(network: nn.Module, rows: Rows, rng: np.random.Generator) -> Tensor:
        pixels, target = make_batch(photos, labels, rows, drawn, rng)
        with torch.autocast("cpu", torch.bfloat16):
            maps = network(pixels.to(memory_format=torch.channels_last))
        return locator_loss(maps, target)

    @torch.no_grad()
    def score(network: nn.Module) -> dict[str, float]:
        missed, turned = 0, 0
        for rows in np.array_split(test, max(1, len(test) // 16)):
            maps = network(augment.to_network([photos.pixels[row] for row in rows]))
            for one, row in zip(maps, rows, strict=True):
                x, y, angle = best_place(one)
                line, factor = labels[row].lines[0], photos.factors[row]
                away = math.hypot(x - line.x * factor, y - line.y * factor) / (line.height * factor)
                missed += away > 0.7
                turned += math.cos(angle - line.angle) < math.cos(math.radians(12))
        return {"missed": missed / max(1, len(test)), "turned": turned / max(1, len(test))}

    return Plan("locator", cycles, 16, lambda _: np.asarray(usable), loss, score)


def best_place(maps: Tensor) -> tuple[float, float, float]:
    """Return x, y and angle at the highest heat of odometer lines."""
    cell = int(maps[0].argmax())
    row, column = divmod(cell, maps.shape[2])
    at = maps[:, row, column]
    x, y = (column + 0.5 + float(at[6])) * CELL_PX, (row + 0.5 + float(at[7])) * CELL_PX
    return x, y, math.atan2(float(at[3]), float(at[2]))


def make_batch(
    photos: Photos, labels: Sequence[Labelled], rows: Rows, drawn: Drawn | None, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return views (count x 3 x 320 x 320, normalised) and targets (count x maps + 1 x 40 x 40)."""
    views = []
    target = np.zeros((len(rows), LOCATOR_MAPS + 1, CELLS, CELLS), np.float32)
    for index, row in enumerate(rows):
        if drawn is not None and rng.random() < SCENE_SHARE:
            pixels, pose, placed = _scene(drawn, rng)
            over = int(rng.integers(1, 4))
        else:
            factor = float(photos.factors[row])
            placed = [_Placed(line, np.array([line.x, line.y]) * factor, factor) for line in labels[row].lines]
            pose = _random_view(placed[0], rng)
            pixels = augment.view(photos.pixels[row], *pose, (VIEW_PX, VIEW_PX))
            over = int(rng.random() < DRAWN_SHARE)
        if drawn is not None:
            for _ in range(over):
                placed = _lay_over(pixels, placed, drawn.lines, pose, rng)
        views.append(augment.light(pixels, rng, 0.8))
        for number, one in enumerate(placed):
            _draw(target[index], one, *pose, main=number == 0)
    return augment.to_network(views), torch.from_numpy(target)


def _scene(drawn: Drawn, rng: np.random.Generator) -> tuple[Pixels, Pose, list[_Placed]]:
    """Return a view of a drawn dashboard; nothing is placed in it yet."""
    scene = drawn.scenes[int(rng.integers(len(drawn.scenes)))]
    side = scene.shape[0]
    turned = rng.random() < 0.33
    angle = rng.uniform(0, 2 * math.pi) if turned else rng.normal(0, math.radians(8))
    matrix = augment.affine(angle, 1.0, 1.0, rng.normal(0, 0.05)) * math.exp(rng.uniform(math.log(0.5), math.log(1.6)))
    pose = matrix, rng.uniform(0.25, 0.75, 2) * side
    return augment.view(scene, *pose, (VIEW_PX, VIEW_PX)), pose, []


def _random_view(main: _Placed, rng: np.random.Generator) -> Pose:
    """Return matrix and centre: any turn, the display mostly in view and neither tiny nor huge."""
    turned = rng.random() < 0.33
    angle = rng.uniform(0, 2 * math.pi) if turned else rng.normal(0, math.radians(8))
    height = main.line.height * main.factor
    zoom = float(np.clip(math.exp(rng.uniform(math.log(0.55), math.log(1.4))), 5.5 / height, 60.0 / height))
    matrix = augment.affine(angle, zoom * math.exp(rng.normal(0, 0.06)), zoom, rng.normal(0, 0.05))
    reach = (2.5 if rng.random() < 0.02 else 0.45) * VIEW_PX / zoom
    return matrix, main.at + rng.uniform(-1, 1, 2) * reach - 0.5


def _lay_over(
    pixels: Pixels, placed: list[_Placed], drawn: Patches, pose: Pose, rng: np.random.Generator
) -> list[_Placed]:
    """Lay a drawn line with its display into the view, and return the lines that are then to be seen."""
    row = int(rng.integers(len(drawn.patches)))
    patch = drawn.patches[row]
    zoom = math.exp(rng.uniform(math.log(5.5), math.log(30))) / patch.height
    angle = math.atan2(pose[0][1, 0], pose[0][0, 0]) + rng.normal(0, 0.08)
    matrix = augment.affine(angle, zoom * math.exp(rng.normal(0, 0.1)), zoom, rng.normal(0, 0.08))
    at = rng.uniform(0.12, 0.88, 2) * VIEW_PX
    middle = np.array([PATCH_WIDTH_PX - 1, PATCH_HEIGHT_PX - 1]) / 2
    onto = np.column_stack([matrix, at - 0.5 - matrix @ middle])
    mask = np.zeros((PATCH_HEIGHT_PX, PATCH_WIDTH_PX), np.float32)
    half_w, half_h = patch.width / 2 + rng.uniform(0.4, 2.5) * patch.height, rng.uniform(0.7, 2.4) * patch.height
    top, left = max(0, int(middle[1] - half_h)), max(0, int(middle[0] - half_w))
    mask[top : int(middle[1] + half_h), left : int(middle[0] + half_w)] = 1.0
    cover = cv2.warpAffine(mask, onto, (VIEW_PX, VIEW_PX), flags=cv2.INTER_AREA)[:, :, None]
    shown = cv2.warpAffine(np.asarray(drawn.pixels[row]), onto, (VIEW_PX, VIEW_PX), flags=cv2.INTER_AREA)
    pixels[:] = (pixels * (1 - cover) + shown * cover).astype(np.uint8)
    back = np.linalg.inv(pose[0])
    kept = []
    for one in placed:
        x, y = pose[0] @ (one.at - 0.5 - pose[1]) + VIEW_PX / 2
        if not (0 <= x < VIEW_PX and 0 <= y < VIEW_PX and cover[int(y), int(x), 0] > 0.5):
            kept.append(one)
    if sum(glyph.char.isdigit() for glyph in patch.glyphs) < LEAST_DIGITS:
        return kept
    direction = back @ matrix @ np.array([1.0, 0.0])
    across = back @ matrix @ np.array([0.0, 1.0])
    line = Line(
        0.0, 0.0, math.atan2(direction[1], direction[0]), patch.width * float(np.hypot(*direction)),
        patch.height * float(np.hypot(*across)), (), patch.odometer,
    )  # fmt: skip
    return [_Placed(line, back @ (at - VIEW_PX / 2) + pose[1] + 0.5, 1.0), *kept]


def _draw(
    target: NDArray[np.float32],
    placed: _Placed,
    matrix: augment.Matrix,
    centre: NDArray[np.float64],
    *,
    main: bool,
) -> None:
    """Write one line into the maps of one view."""
    line, factor = placed.line, placed.factor
    x, y = matrix @ (placed.at - 0.5 - centre) + VIEW_PX / 2
    column, row = int(x // CELL_PX), int(y // CELL_PX)
    if not (0 <= column < CELLS and 0 <= row < CELLS):
        return
    along = matrix @ np.array([math.cos(line.angle), math.sin(line.angle)])
    across = matrix @ np.array([-math.sin(line.angle), math.cos(line.angle)])
    long, tall = float(np.hypot(*along)), float(np.hypot(*across))
    width, height = line.width * factor * long, line.height * factor * tall
    spread = max(0.7, 0.35 * height / CELL_PX)
    grid_y, grid_x = np.ogrid[:CELLS, :CELLS]
    off_x, off_y = (grid_x + 0.5) * CELL_PX - x, (grid_y + 0.5) * CELL_PX - y
    unit = along / long
    u, v = off_x * unit[0] + off_y * unit[1], -off_x * unit[1] + off_y * unit[0]
    bump = np.exp(-(u**2) / (2 * (1.5 * spread * CELL_PX) ** 2) - v**2 / (2 * (spread * CELL_PX) ** 2))
    channel = 0 if line.odometer else 1
    target[channel] = np.maximum(target[channel], bump)
    target[channel, row, column] = 1.0
    near = bump > 0.6
    if not main:
        near &= target[-1] == 0
    values = (unit[0], unit[1], math.log(max(1.0, width)), math.log(max(1.0, height)))
    for offset, value in enumerate(values):
        target[2 + offset][near] = value
    target[6][near] = ((x - (grid_x + 0.5) * CELL_PX) / CELL_PX + 0 * grid_y)[near]
    target[7][near] = ((y - (grid_y + 0.5) * CELL_PX) / CELL_PX + 0 * grid_x)[near]
    target[-1][near] = 1.0
