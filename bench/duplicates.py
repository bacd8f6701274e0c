"""How well one picture is told from two: `python -m bench.duplicates [--data DIR] [--copies N]`.

Honest pairs are two photos of one display of `odometer_trodo`: at the same reading (parked between them), and at near
readings that look most alike. Copies are made of its photos and of receipts: sent again smaller, cropped, and
photographed again from a screen (perspective, glare, noise, moire). A pair is proposed if both say the same and either
the hash or the laid-over picture says that they are one.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageEnhance

from bench.figures import print_table, share_row
from bench.labels import DATA_VARIABLE, data_folder, photos
from capture.duplicates import DISPLAY_BITS, ELSEWHERE_BITS, NEAR_BITS, Told, bits_apart, compare
from capture.image import Limits, difference_hash, open_document
from extractors.likeness import likeness
from storage.ids import new_id
from worker.labelled import LabelledPhoto

_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = ("what", "count / of", "share", "95 % (Wilson)")
NEAR_KM = 400
NEIGHBOURS = 12
RANDOM_PAIRS = 20_000

SENT_AGAIN = frozenset(
    {
        ("00001372", "00001408"), ("00000427", "00000441"), ("00000206", "00000210"), ("00000526", "00000554"),
        ("00000154", "00000160"), ("00000154", "00000161"), ("00000688", "00000709"), ("00000207", "00000211"),
        ("00000124", "00000170"), ("00000204", "00000208"), ("00000811", "00000890"), ("00000338", "00000365"),
        ("00000412", "00000434"),
    }
)  # fmt: skip
"""Pairs of `odometer_trodo` at one reading whose bytes differ and that are one photo, sent again; told by eye."""


@dataclass(frozen=True)
class Sight:
    """What was seen of one pair of pictures."""

    bits: int
    by_look: bool

    def one(self, most_bits: int) -> bool:
        """Whether the pictures are taken for one."""
        return self.bits <= most_bits or self.by_look


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--copies", type=int, default=200, help="photos of each set that copies are made of")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    if folder is None:
        parser.exit(1, f"No labelled photos: name their folder with --data or {DATA_VARIABLE}.\n")
    chance = random.Random(5)
    displays = [photo for photo in photos(folder, "odometer_trodo") if photo.kind == "odometer"]
    receipts = list(photos(folder, "receipts_sroie"))
    _honest(displays)
    _elsewhere(displays, chance)
    for name, chosen in (("odometer_trodo", displays), ("receipts_sroie", receipts)):
        _copies(name, chance.sample(chosen, min(arguments.copies, len(chosen))), chance)
    _facts(receipts)


def _honest(displays: list[LabelledPhoto]) -> None:
    by_reading: dict[tuple[str, str], list[LabelledPhoto]] = defaultdict(list)
    for photo in displays:
        by_reading[photo.truth["reading"], photo.details["display_type"]].append(photo)
    pairs = [pair for group in by_reading.values() for pair in itertools.combinations(group, 2)]
    differing = [pair for pair in pairs if _digest(pair[0].path) != _digest(pair[1].path)]
    again = [_sight(_page(a), _page(b)) for a, b in differing if _numbers(a, b) in SENT_AGAIN]
    honest = [_sight(_page(a), _page(b)) for a, b in differing if _numbers(a, b) not in SENT_AGAIN]
    print_table(
        "Pairs at the same reading: what the pictures say is what is proposed",
        HEAD,
        [
            share_row("the same bytes", len(pairs) - len(differing), len(pairs)),
            *_rows("one photo sent again, told by eye", again, DISPLAY_BITS),
            *_rows("two honest photos of one display", honest, DISPLAY_BITS),
        ],
    )
    near = [_sight(_page(a), _page(b)) for a, b in _near(displays)]
    print_table(
        "Look-alikes at near readings, never proposed: what they say differs. What the pictures alone would say",
        HEAD,
        _rows("two honest photos of one display", near, DISPLAY_BITS),
    )


def _elsewhere(displays: list[LabelledPhoto], chance: random.Random) -> None:
    """Count how often photos of two displays, drawn at random, have like hashes."""
    hashes = [difference_hash(_page(photo)) for photo in displays]
    pairs = [bits_apart(*chance.sample(hashes, 2)) for _ in range(RANDOM_PAIRS)]
    rows = [
        share_row(f"hash within {bits} bits", sum(apart <= bits for apart in pairs), len(pairs))
        for bits in (DISPLAY_BITS, ELSEWHERE_BITS)
    ]
    print_table("Photos of two displays, at any readings", HEAD, rows)


def _near(displays: list[LabelledPhoto]) -> list[tuple[LabelledPhoto, LabelledPhoto]]:
    """Return the 300 pairs at near readings whose hashes are nearest."""
    hashes = {photo.file: difference_hash(_page(photo)) for photo in displays}
    ordered = sorted(displays, key=lambda photo: int(photo.truth["reading"]))
    found = []
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 : index + NEIGHBOURS]:
            apart = int(other.truth["reading"]) - int(one.truth["reading"])
            if 0 < apart <= NEAR_KM and one.details["display_type"] == other.details["display_type"]:
                found.append((bits_apart(hashes[one.file], hashes[other.file]), one.file, one, other))
    return [(one, other) for _, _, one, other in sorted(found, key=lambda row: row[:2])[:300]]


def _copies(name: str, chosen: list[LabelledPhoto], chance: random.Random) -> None:
    rows = []
    ways: tuple[tuple[str, Callable[[Image.Image, random.Random], Image.Image]], ...] = (
        ("sent again smaller", _smaller), ("cropped", _cropped), ("photographed again", _photographed),
    )  # fmt: skip
    for words, make in ways:
        pages = [_page(photo) for photo in chosen]
        most_bits = DISPLAY_BITS if name == "odometer_trodo" else NEAR_BITS
        rows += _rows(words, [_sight(page, make(page, chance)) for page in pages], most_bits)
    print_table(f"Copies of photos of {name}", HEAD, rows)


def _facts(receipts: list[LabelledPhoto]) -> None:
    """Count how often two different receipts have three of four facts in common, by their labels."""
    told = [
        Told(
            event_id=new_id(),
            created_at=_NEVER,
            vehicle_id=new_id(),
            vehicle="",
            event_type="fuel_purchase",
            occurred_at=_NEVER,
            merchant=photo.truth.get("merchant"),
            amount_cents=round(float(photo.truth["total"].replace(",", "")) * 100)
            if photo.truth.get("total")
            else None,
            day=photo.truth.get("date"),
        )
        for photo in receipts
    ]
    pairs = list(itertools.combinations(told, 2))
    shops = [pair for pair in pairs if pair[0].merchant == pair[1].merchant]
    rows = [
        share_row("any two", sum(compare(a, b) is not None for a, b in pairs), len(pairs)),
        share_row("two of one merchant", sum(compare(a, b) is not None for a, b in shops), len(shops)),
    ]
    print_table("Different receipts of receipts_sroie with merchant, amount and date in common (labels)", HEAD, rows)


def _rows(words: str, sights: Iterable[Sight], most_bits: int) -> list[tuple[str, ...]]:
    seen = list(sights)
    return [
        share_row(f"{words}: hash within {most_bits} bits", sum(one.bits <= most_bits for one in seen), len(seen)),
        share_row(f"{words}: laid over", sum(one.by_look for one in seen), len(seen)),
        share_row(f"{words}: either", sum(one.one(most_bits) for one in seen), len(seen)),
    ]


def _sight(one: Image.Image, other: Image.Image) -> Sight:
    bits = bits_apart(difference_hash(one), difference_hash(other))
    return Sight(bits, likeness(one, other).same_picture)


def _smaller(image: Image.Image, chance: random.Random) -> Image.Image:
    part = chance.uniform(0.4, 0.8)
    small = image.resize((int(image.width * part), int(image.height * part)))
    return _jpeg(ImageEnhance.Brightness(small).enhance(chance.uniform(0.9, 1.1)), chance.randint(30, 60))


def _cropped(image: Image.Image, chance: random.Random) -> Image.Image:
    part = chance.uniform(0.6, 0.9)
    width, height = int(image.width * part), int(image.height * part)
    left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height))


def _photographed(image: Image.Image, chance: random.Random) -> Image.Image:
    """Return the picture as a phone sees it on a screen: aslant, unevenly lit, with glare, moire, noise and blur."""
    width, height = image.size

    def inset() -> float:
        return chance.uniform(0.02, 0.12)

    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    aslant = np.array(
        [
            [width * inset(), height * inset()], [width * (1 - inset()), height * inset()],
            [width * (1 - inset()), height * (1 - inset())], [width * inset(), height * (1 - inset())],
        ], np.float32,
    )  # fmt: skip
    plane = cv2.getPerspectiveTransform(corners, aslant)
    seen = cv2.warpPerspective(np.asarray(image), plane, (width, height), borderValue=(40, 38, 36)).astype(np.float32)
    light = np.linspace(chance.uniform(0.7, 1), chance.uniform(0.8, 1.2), width)[None, :, None]
    seen = 255 * (np.clip(seen * light, 0, 255) / 255) ** chance.uniform(0.8, 1.25)
    down, across = np.mgrid[:height, :width]
    seen += (6 * np.sin(across / chance.uniform(1.5, 3) + down / chance.uniform(4, 9)))[:, :, None]
    x, y, radius = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(0.05, 0.15) * width
    seen += (150 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * radius * radius)))[:, :, None]
    seen += np.random.default_rng(chance.randint(0, 9_999)).normal(0, 5, seen.shape)
    blurred = cv2.GaussianBlur(np.clip(seen, 0, 255).astype(np.uint8), (0, 0), chance.uniform(0.5, 1.3))
    return _jpeg(Image.fromarray(blurred), chance.randint(50, 80))


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def _page(photo: LabelledPhoto) -> Image.Image:
    return open_document(photo.path.read_bytes(), Limits()).pages[0].image


def _numbers(one: LabelledPhoto, other: LabelledPhoto) -> tuple[str, str]:
    first, second = sorted(photo.path.name[:8] for photo in (one, other))
    return first, second


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
