"""What stands around an odometer: words, icons, frames, scales with their numbers; and whole dashboards of them."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from tqdm import tqdm

from fixtures.faces import Color, sans
from training.faces import font, typefaces

WORDS = (
    "ODO", "TOTAL", "TRIP", "TRIP A", "TRIP B", "km", "mi", "RANGE", "ECO", "AVG", "P", "D", "N", "R", "km/h", "mph",
    "l/100", "CLOCK", "x1000rpm", "x1000r/min", "1/min x1000", "rpmx1000", "STOP", "STT", "CHECK", "SERVICE", "EPS",
    "ABS", "AIRBAG", "ESP", "SET", "MODE", "E F", "C H", "H C", "1/2", "TPMS", "OIL", "TOTAL km", "SPORT", "OUTSIDE",
)  # fmt: skip
"""Words on dashboards. Read on their heads many look like digits."""

SCENE_PX = 640
"""Side of a drawn dashboard."""


def words(rng: random.Random) -> str:
    """Return a word, a date with its time as cameras print them, or two numbers of a scale."""
    roll = rng.random()
    if roll < 0.6:
        return rng.choice(WORDS)
    if roll < 0.8:
        year, month, day = rng.randrange(1390, 2030), rng.randrange(1, 13), rng.randrange(1, 29)
        sign = rng.choice("/-.")
        return f"{year}{sign}{month:02}{sign}{day:02}" + rng.choice(
            ("", f" {rng.randrange(24)}:{rng.randrange(60):02}")
        )
    step = rng.choice((10, 20, 20, 50))
    first = step * rng.randrange(1, 12)
    return f"{first} {first + step}"


def icon(draw: ImageDraw.ImageDraw, rng: random.Random, x: float, y: float, size: float, ink: Color) -> None:
    """Draw a sign of a few strokes: a wrench, a pump, a door, a battery, or none of these."""
    line = max(1, round(size * rng.uniform(0.06, 0.16)))
    for _ in range(rng.randint(1, 4)):
        kind = rng.randrange(5)
        a, b = sorted((rng.random(), rng.random()))
        c, d = sorted((rng.random(), rng.random()))
        box = (x + a * size, y + c * size, x + max(b, a + 0.15) * size, y + max(d, c + 0.15) * size)
        if kind == 0:
            draw.rectangle(box, outline=ink, width=line)
        elif kind == 1:
            draw.ellipse(box, outline=ink, width=line)
        elif kind == 2:
            draw.line(box, fill=ink, width=line)
        elif kind == 3:
            draw.rectangle(box, fill=ink)
        else:
            draw.polygon([(box[0], box[3]), (box[2], box[3]), ((box[0] + box[2]) / 2, box[1])], fill=ink)


def frame(
    draw: ImageDraw.ImageDraw, rng: random.Random, box: tuple[float, float, float, float], height: float, ink: Color
) -> None:
    """Draw an outline, a line below or a bar beside a line of digits `height` high."""
    x0, y0, x1, y1 = box
    pad_x, pad_y = rng.uniform(0.12, 1.0) * height, rng.uniform(0.12, 0.8) * height
    line = max(1, round(height * rng.uniform(0.02, 0.1)))
    kind = rng.randrange(4)
    outer = (x0 - pad_x, y0 - pad_y, x1 + pad_x, y1 + pad_y)
    if kind < 2:
        draw.rounded_rectangle(outer, radius=kind * rng.uniform(0.1, 0.6) * height, outline=ink, width=line)
    elif kind == 2:
        y = rng.choice((outer[1], outer[3]))
        draw.line((outer[0], y, outer[2], y), fill=ink, width=line)
    else:
        x = rng.choice((outer[0], outer[2]))
        draw.line((x, outer[1], x, outer[3]), fill=ink, width=line)


def surroundings(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int) -> None:
    """Draw what stands around displays: scales, their numbers, edges."""
    for _ in range(rng.randint(0, 5)):
        colour = _any_colour(rng)
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(30, 400)
        kind = rng.randrange(4)
        if kind == 0:
            start, end = rng.uniform(0, 360), rng.uniform(0, 360)
            draw.arc((x - r, y - r, x + r, y + r), start, end, fill=colour, width=rng.randint(2, 14))
        elif kind == 1:
            draw.line((x, y, x + r * math.cos(r), y + r * math.sin(r)), fill=colour, width=rng.randint(2, 16))
        elif kind == 2:
            draw.text((x, y), str(rng.randrange(0, 260, 10)), font=sans(rng.randint(20, 60)), fill=colour)
        else:
            draw.rectangle((x, y, x + r, y + r * rng.random()), fill=colour)


def scenes(count: int, seed: int, folder: Path) -> NDArray[np.uint8]:
    """Return `count` drawn dashboards without a display (SCENE_PX square), from `folder` if drawn before."""
    path = folder / f"scenes_{seed}_{count}.npy"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        drawn = [_scene(random.Random(f"{seed}.scene.{i}")) for i in tqdm(range(count), desc="drawing", unit="scene")]
        np.save(path, np.stack(drawn))
    return np.asarray(np.load(path, mmap_mode="r"))


def _scene(rng: random.Random) -> NDArray[np.uint8]:
    dark = rng.random() < 0.7
    ground = tuple(rng.randint(0, 60) if dark else rng.randint(60, 230) for _ in range(3))
    image = Image.new("RGB", (SCENE_PX, SCENE_PX), ground)
    draw = ImageDraw.Draw(image)
    surroundings(draw, rng, SCENE_PX, SCENE_PX)
    low, high = (150, 255) if dark else (0, 90)
    light = rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)
    path = rng.choice(typefaces())
    for _ in range(rng.randint(1, 3)):
        _dial(draw, rng, light, path)
    for _ in range(rng.randint(0, 5)):
        size = rng.randint(10, 40)
        place = rng.uniform(0, SCENE_PX), rng.uniform(0, SCENE_PX)
        if rng.random() < 0.5:
            draw.text(place, words(rng), font=font(path, size), fill=rng.choice((light, _any_colour(rng))))
        else:
            icon(draw, rng, *place, size, rng.choice((light, _any_colour(rng))))
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    return np.asarray(image)


def _dial(draw: ImageDraw.ImageDraw, rng: random.Random, ink: Color, path: Path) -> None:
    """Draw a round scale with ticks, numbers, a word and a needle."""
    x, y, r = rng.uniform(0, SCENE_PX), rng.uniform(0, SCENE_PX), rng.uniform(70, 280)
    if rng.random() < 0.6:
        draw.ellipse((x - r, y - r, x + r, y + r), fill=_any_colour(rng) if rng.random() < 0.4 else None,
                     outline=_any_colour(rng), width=rng.randint(1, 14))  # fmt: skip
    first, sweep = rng.uniform(110, 160), rng.uniform(180, 270)
    numbers = rng.randint(6, 13)
    step = rng.choice((1, 10, 20, 20, 20))
    size = max(9, round(r * rng.uniform(0.08, 0.17)))
    for index in range(numbers * 5):
        angle = math.radians(first + sweep * index / (numbers * 5 - 5))
        inner = r * (0.86 if index % 5 else 0.8)
        c, s = math.cos(angle), math.sin(angle)
        draw.line((x + inner * c, y + inner * s, x + 0.93 * r * c, y + 0.93 * r * s), fill=ink, width=1 + (r > 150))
        if index % 5 == 0:
            at = (x + 0.66 * r * c, y + 0.66 * r * s)
            draw.text(at, str(step * (index // 5)), font=font(path, size), fill=ink, anchor="mm")
    below = y + rng.choice((-0.35, 0.35, 0.5)) * r
    draw.text((x, below), rng.choice(("km/h", "x1000rpm", "mph", "1/min", "rpm x1000")),
              font=font(path, max(8, round(size * rng.uniform(0.6, 1.1)))), fill=ink, anchor="mm")  # fmt: skip
    angle = math.radians(first + sweep * rng.random())
    draw.line((x, y, x + 0.8 * r * math.cos(angle), y + 0.8 * r * math.sin(angle)), fill=_any_colour(rng),
              width=rng.randint(2, 7))  # fmt: skip


def _any_colour(rng: random.Random) -> Color:
    return rng.randint(20, 230), rng.randint(20, 230), rng.randint(20, 230)
