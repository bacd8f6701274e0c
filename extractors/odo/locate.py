"""The locator's maps -> places of lines that may be the odometer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from extractors.odo.networks import Maps, sigmoid
from extractors.odo.view import Place

CELL_PX = 8
LEAST_HEAT = 0.03
MOST_PLACES = 4


@dataclass(frozen=True)
class Found:
    """A place with the locator's heat (0 to 1) for an odometer's line and for another line of digits."""

    place: Place
    odometer: float
    other: float


def places(maps: Maps, factor: float, most: int = MOST_PLACES) -> list[Found]:
    """Return the strongest places, best first, in pixels of the photo; the best one even where it is weak."""
    odometer, other = sigmoid(maps[0]), sigmoid(maps[1])
    heat = np.maximum(odometer, 0.5 * other)
    found: list[Found] = []
    for _ in range(most):
        row, column = np.unravel_index(int(heat.argmax()), heat.shape)
        if found and heat[row, column] < LEAST_HEAT:
            break
        found.append(
            _found(maps, int(row), int(column), factor, float(odometer[row, column]), float(other[row, column]))
        )
        _clear(heat, found[-1].place, factor)
    return found


def distinct(found: list[Found], most: int = 7) -> list[Found]:
    """Return the strongest of places that were found more than once."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: -max(each.odometer, 0.5 * each.other)):
        place = one.place
        for other in kept:
            near = math.hypot(place.x - other.place.x, place.y - other.place.y)
            if near < 0.5 * max(place.height, other.place.height):
                break
        else:
            kept.append(one)
    return kept[:most]


def _found(maps: Maps, row: int, column: int, factor: float, odometer: float, other: float) -> Found:
    _, _, c, s, width, height, right, down = (float(value) for value in maps[:, row, column])
    x, y = (column + 0.5 + right) * CELL_PX, (row + 0.5 + down) * CELL_PX
    width, height = math.exp(min(7.0, max(1.0, width))), math.exp(min(6.0, max(1.0, height)))
    place = Place(x / factor, y / factor, math.atan2(s, c), width / factor, height / factor)
    return Found(place, odometer, other)


def _clear(heat: Maps, place: Place, factor: float) -> None:
    """Put out the heat of one line, so that the next peak is another's."""
    y, x = np.ogrid[: heat.shape[0], : heat.shape[1]]
    off_x, off_y = (x + 0.5) * CELL_PX - place.x * factor, (y + 0.5) * CELL_PX - place.y * factor
    c, s = math.cos(place.angle), math.sin(place.angle)
    along, across = abs(off_x * c + off_y * s), abs(-off_x * s + off_y * c)
    reach = max(CELL_PX * 1.0, 0.6 * place.height * factor)
    heat[(along < max(CELL_PX * 1.5, 0.6 * place.width * factor)) & (across < reach)] = 0.0
