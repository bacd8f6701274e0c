"""The picture where a line of digits lies is measured in numbers that mean what their names say."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from extractors.odo.quality import measure

BOX = ((10.0, 10.0), (210.0, 10.0), (210.0, 50.0), (10.0, 50.0))


def stripes() -> Image.Image:
    pixels = np.zeros((60, 220, 3), dtype=np.uint8)
    pixels[:, ::8] = pixels[:, 1::8] = pixels[:, 2::8] = 220
    return Image.fromarray(pixels)


def test_blurring_takes_sharpness_and_glare_is_what_is_washed_out() -> None:
    sharp = measure(stripes(), BOX)
    blurred = measure(stripes().filter(ImageFilter.GaussianBlur(4)), BOX)
    assert blurred["sharpness"] < sharp["sharpness"]
    assert blurred["contrast"] < sharp["contrast"]
    assert sharp["glare"] == 0
    assert measure(Image.new("RGB", (220, 60), "white"), BOX)["glare"] == 1


def test_a_place_without_area_or_beyond_the_photo_gives_nothing() -> None:
    assert measure(stripes(), ((5.0, 5.0),) * 4) == {}
    assert measure(stripes(), ((900.0, 900.0), (990.0, 900.0), (990.0, 950.0), (900.0, 950.0))) == {}
