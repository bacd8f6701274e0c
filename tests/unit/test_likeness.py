"""Whether two photos are one picture, on generated dashboards."""

from __future__ import annotations

import pytest
from PIL import Image, ImageEnhance

from capture.image import Limits, open_document
from extractors.likeness import likeness
from tests.conftest import ROOT


def page(name: str) -> Image.Image:
    return open_document((ROOT / "fixtures" / "images" / name).read_bytes(), Limits()).pages[0].image


def cropped(image: Image.Image) -> Image.Image:
    return image.crop((image.width // 8, image.height // 8, image.width, image.height))


def darker(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image.resize((image.width // 2, image.height // 2))).enhance(0.7)


def tilted(image: Image.Image) -> Image.Image:
    return image.rotate(7, expand=True, resample=Image.Resampling.BICUBIC)


@pytest.mark.parametrize("copy", [cropped, darker, tilted])
def test_a_copy_is_the_same_picture(copy: object) -> None:
    assert callable(copy)
    image = page("dash_000.jpg")
    assert likeness(image, copy(image)).same_picture
    assert likeness(copy(image), image).same_picture


@pytest.mark.parametrize("other", ["dash_005.jpg", "fuel_000.jpg"])
def test_another_photo_is_not(other: str) -> None:
    assert not likeness(page("dash_000.jpg"), page(other)).same_picture


def test_a_blank_page_is_like_nothing() -> None:
    blank = Image.new("RGB", (400, 300), "white")
    for pair in ((blank, blank), (blank, page("dash_000.jpg")), (page("dash_000.jpg"), Image.new("RGB", (1, 1)))):
        assert not likeness(*pair).same_picture
