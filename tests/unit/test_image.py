"""Bytes become upright, bounded RGB pages, or a refusal that says what to do."""

from __future__ import annotations

import hashlib
import io
import json
import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFile

from capture.errors import ImageError
from capture.exif import Location, parse_exif_time
from capture.image import Limits, difference_hash, open_document, sniff
from fixtures.bad import CASES
from fixtures.pdf import blank_document
from tests.conftest import ROOT
from tests.unit.pictures import exif, gps, marked, quarters, saved

IMAGES = ROOT / "fixtures" / "images"
LIMITS = Limits()

REFUSED = {
    "empty": "image_empty",
    "text_named_jpg": "image_unsupported",
    "jpeg_truncated_beyond_use": "image_undecodable",
    "bomb_png": "image_too_many_pixels",
    "pdf_200_pages": "pdf_too_long",
    "pdf_encrypted": "pdf_encrypted",
    "animated_gif": "image_unsupported",
}
OPENED: dict[str, tuple[str, tuple[int, int], bool]] = {
    "jpeg_truncated_usable": ("image/jpeg", (800, 600), True),
    "one_pixel": ("image/png", (1, 1), False),
    "all_black": ("image/jpeg", (1200, 900), False),
    "very_wide": ("image/jpeg", (20_000, 50), False),
    "cmyk_jpeg": ("image/jpeg", (800, 600), False),
    "png_16_bit": ("image/png", (800, 600), False),
    "animated_webp": ("image/webp", (400, 300), False),
}


def _open(data: bytes, **limits: int) -> Image.Image:
    return open_document(data, Limits(**limits)).pages[0].image


def _code(data: bytes, **limits: int) -> str:
    with pytest.raises(ImageError) as caught:
        open_document(data, Limits(**limits))
    return caught.value.code


def _pixels(image: Image.Image) -> Any:
    return np.asarray(image, dtype=float)


# --- broken, hostile and odd files


def test_every_bad_case_has_an_expected_outcome() -> None:
    assert REFUSED.keys() | OPENED.keys() == CASES.keys()


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_bad_files_are_refused(case: str) -> None:
    assert _code(CASES[case]()) == REFUSED[case]


@pytest.mark.parametrize("case", sorted(OPENED))
def test_odd_files_are_opened(case: str) -> None:
    data = CASES[case]()
    document = open_document(data, LIMITS)
    content_type, size, truncated = OPENED[case]
    assert document.facts.content_type == content_type
    assert document.facts.truncated is truncated
    assert (document.facts.width_px, document.facts.height_px) == size == document.pages[0].size
    assert document.facts.size_bytes == len(data)
    assert document.facts.sha256 == document.pages[0].sha256 == hashlib.sha256(data).hexdigest()
    assert document.pages[0].image.mode == "RGB"


@pytest.mark.parametrize("case", ["cmyk_jpeg", "png_16_bit", "jpeg_truncated_usable"])
def test_odd_files_show_what_the_plain_picture_shows(case: str) -> None:
    from fixtures.bad import _picture  # noqa: PLC0415 (the picture that these cases are made of)

    plain, odd = _pixels(_picture().convert("L")), _pixels(_open(CASES[case]()).convert("L"))
    top = slice(0, 500)  # what 90 % of the file surely holds
    assert np.abs(plain[top] - odd[top]).mean() < 12


def test_the_first_frame_of_an_animation_counts() -> None:
    assert np.asarray(_open(CASES["animated_webp"]())).max() > 200  # the others are dark


def test_a_file_that_ends_early_is_refused_if_most_of_it_is_missing() -> None:
    grain = np.random.default_rng(3).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    whole = saved(Image.fromarray(grain), "JPEG", quality=90)
    assert open_document(whole[: len(whole) * 9 // 10], LIMITS).facts.truncated
    assert _code(whole[: len(whole) * 3 // 10]) == "image_truncated"


def test_reading_a_truncated_file_leaves_pillow_strict() -> None:
    open_document(CASES["jpeg_truncated_usable"](), LIMITS)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_a_black_photo_is_not_a_truncated_one() -> None:
    assert not open_document(CASES["all_black"](), LIMITS).facts.truncated


# --- what kind of file it is


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (saved(marked(), "JPEG"), "image/jpeg"),
        (saved(marked(), "PNG"), "image/png"),
        (saved(marked(), "WEBP"), "image/webp"),
        (saved(marked(), "HEIF"), "image/heic"),
        (saved(marked(), "PDF"), "application/pdf"),
        (b"\n\n" + saved(marked(), "PDF"), "application/pdf"),
    ],
)
def test_the_content_says_what_it_is(data: bytes, content_type: str) -> None:
    assert sniff(data) == content_type
    assert open_document(data, LIMITS).facts.content_type == content_type


@pytest.mark.parametrize(
    "data",
    [saved(marked(), "GIF"), saved(marked(), "BMP"), saved(marked(), "TIFF"), b"<svg/>", b"\0", b"RIFF1234WAVE",
     b"\0\0\0\x18ftypmp42" + bytes(16), b" " * 1024 + b"%PDF-1.7"],
)  # fmt: skip
def test_other_kinds_are_unsupported(data: bytes) -> None:
    assert _code(data) == "image_unsupported"


@pytest.mark.parametrize(
    "start", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBP", b"1234ftypheic", b"%PDF-1.7"]
)
def test_a_start_with_nothing_behind_it_is_damaged(start: bytes) -> None:
    assert _code(start) == "image_undecodable"
    assert _code(start + bytes(200)) == "image_undecodable"


# --- bounds


def test_bytes_are_bounded() -> None:
    data = saved(marked())
    assert _code(data, bytes=len(data) - 1) == "image_too_large"
    assert _open(data, bytes=len(data)).size == (48, 32)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_pixels_are_bounded(kind: str) -> None:
    data = saved(marked(64, 64), kind)
    assert _code(data, pixels=64 * 64 - 1) == "image_too_many_pixels"
    assert _open(data, pixels=64 * 64).size == (64, 64)


def test_pages_are_bounded() -> None:
    data = blank_document(7)
    document = open_document(data, Limits(pages=2, document_pages=7))
    assert (document.facts.page_count, document.facts.pages_read, len(document.pages)) == (7, 2, 2)
    assert [page.index for page in document.pages] == [0, 1]
    assert _code(data, document_pages=6) == "pdf_too_long"


def test_a_page_s_pixels_are_bounded_before_it_is_drawn() -> None:
    assert _code(blank_document(1), pixels=1_000) == "image_too_many_pixels"


# --- colours


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA"])
def test_what_is_transparent_is_white_as_paper(mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((0, 0), (10, 10, 10, 255))
    data = saved(image if mode == "RGBA" else image.convert(mode if mode != "PA" else "P"), "PNG")
    shown = _open(data)
    assert shown.getpixel((3, 3)) == (255, 255, 255)
    assert shown.getpixel((0, 0)) == (10, 10, 10)


def test_half_transparent_is_half_white() -> None:
    red, green, blue = _open(saved(Image.new("RGBA", (2, 2), (0, 0, 0, 128)))).getpixel((0, 0))  # type: ignore[misc]
    assert 120 <= red == green == blue <= 135


def test_sixteen_bits_keep_their_range() -> None:
    ramp = np.linspace(1_000, 60_000, 64, dtype=np.uint16).reshape(8, 8)
    shown = np.asarray(_open(saved(Image.fromarray(ramp), "PNG")).convert("L")).reshape(-1).astype(int)
    assert (shown[0], shown[-1]) == (0, 255)
    assert (np.diff(shown) > 0).all()


def test_one_flat_16_bit_grey_does_not_divide_by_nothing() -> None:
    assert _open(saved(Image.fromarray(np.full((4, 4), 30_000, dtype=np.uint16)))).mode == "RGB"


def test_four_inks_become_the_right_colour() -> None:
    red, green, blue = _open(saved(Image.new("RGB", (32, 32), (200, 40, 40)).convert("CMYK"), "JPEG")).getpixel((9, 9))  # type: ignore[misc]
    assert abs(red - 200) < 15
    assert abs(green - 40) < 15
    assert abs(blue - 40) < 15


# --- EXIF


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [(1, (48, 32), "tl"), (2, (48, 32), "tr"), (3, (48, 32), "br"), (4, (48, 32), "bl"),
     (5, (32, 48), "tl"), (6, (32, 48), "tr"), (7, (32, 48), "br"), (8, (32, 48), "bl"),
     (0, (48, 32), "tl"), (99, (48, 32), "tl")],
)  # fmt: skip
def test_pictures_are_turned_upright(kind: str, orientation: int, size: tuple[int, int], red: str) -> None:
    document = open_document(saved(marked(), kind, exif=exif(orientation=orientation)), LIMITS)
    assert document.pages[0].size == size == (document.facts.width_px, document.facts.height_px)
    assert quarters(document.pages[0].image) == red


def test_a_truncated_picture_is_turned_upright_too() -> None:
    grain = np.random.default_rng(3).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    data = saved(Image.fromarray(grain), "JPEG", quality=90, exif=exif(orientation=6, taken="2026:01:02 03:04:05"))
    document = open_document(data[: len(data) * 9 // 10], LIMITS)
    assert document.facts.truncated
    assert document.pages[0].size == (200, 300)
    assert document.facts.captured_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "offset", "expected", "has_offset"),
    [
        ("2026:01:02 03:04:05", "+02:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), True),
        ("2026:01:02 03:04:05", "-09:30", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(-timedelta(hours=9.5))), True),
        ("2026:01:02 03:04:05", "Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), True),
        ("2026:01:02 03:04:05\0", "+02:00\0", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC), True),
        ("2026:01:02 03:04:05", None, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), False),
        ("2026:01:02 03:04:05", "   :  ", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), False),
        ("2026:01:02 03:04:05", "+99:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), False),
        ("0000:00:00 00:00:00", "+02:00", None, False),
        ("    :  :     :  :  ", None, None, False),
        ("2026-01-02T03:04:05", None, None, False),
        ("2026:02:30 03:04:05", None, None, False),
        (None, "+02:00", None, False),
        (b"2026", 7, None, False),
    ],
)
def test_exif_time(stamp: object, offset: object, expected: datetime | None, *, has_offset: bool) -> None:
    assert parse_exif_time(stamp, offset) == (expected, has_offset)


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary()), st.one_of(st.none(), st.text(), st.binary()))
def test_any_exif_time_is_a_time_or_none(stamp: object, offset: object) -> None:
    found, has_offset = parse_exif_time(stamp, offset)
    assert found is not None or not has_offset
    assert found is None or found.tzinfo is not None


def test_the_time_and_place_of_a_photo() -> None:
    block = exif(
        taken="2026:01:02 03:04:05", offset="+02:00", changed="2030:01:01 00:00:00",
        gps=gps((10.0, 30.0, 36.0), "S", (1.0, 15.0, 0.0), "E"),
    )  # fmt: skip
    facts = open_document(saved(marked(), "JPEG", exif=block), LIMITS).facts
    assert facts.captured_at == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert facts.captured_at_has_offset
    assert facts.location == Location(latitude=-10.51, longitude=1.25)


def test_the_time_of_the_last_change_stands_in_for_that_of_the_photo() -> None:
    facts = open_document(saved(marked(), "JPEG", exif=exif(changed="2026:01:02 03:04:05")), LIMITS).facts
    assert facts.captured_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert not facts.captured_at_has_offset


def test_the_accuracy_of_a_place_is_kept() -> None:
    block = exif(gps={**gps((1.0, 0.0, 0.0), "N", (2.0, 0.0, 0.0), "W"), ExifTags.GPS.GPSHPositioningError: 4.5})
    location = open_document(saved(marked(), "JPEG", exif=block), LIMITS).facts.location
    assert location == Location(latitude=1.0, longitude=-2.0, accuracy_meters=4.5)


@pytest.mark.parametrize(
    "place",
    [
        gps((91.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E"),
        gps((0.0, 0.0, 0.0), "N", (180.0, 1.0, 0.0), "E"),
        {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (1.0, 0.0, 0.0)},
        {ExifTags.GPS.GPSLatitude: (1.0, 0.0, 0.0), ExifTags.GPS.GPSLongitude: (1.0, 0.0, 0.0)},
    ],
)
def test_half_a_place_is_none(place: dict[int, object]) -> None:
    assert open_document(saved(marked(), "JPEG", exif=exif(gps=place)), LIMITS).facts.location is None


def test_a_file_without_exif_has_no_time_and_no_place() -> None:
    facts = open_document(saved(marked(), "JPEG"), LIMITS).facts
    assert (facts.captured_at, facts.captured_at_has_offset, facts.location) == (None, False, None)


_EXIF = exif(
    orientation=6, taken="2026:01:02 03:04:05", offset="+02:00", gps=gps((1.0, 2.0, 3.0), "N", (4.0, 5.0, 6.0), "W")
)


def _broken(changes: dict[int, int]) -> bytes:
    block = bytearray(_EXIF)
    for place, value in changes.items():
        block[place] = value
    return bytes(block)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of corrupt EXIF data; that is the point
@given(
    st.sampled_from(["JPEG", "PNG"]), st.dictionaries(st.integers(6, len(_EXIF) - 1), st.integers(0, 255), max_size=6)
)
@example("PNG", {6: 0})  # no TIFF header
@example("JPEG", {114: 10})  # from here on: read without complaint, but not to be written again
@example("JPEG", {117: 2})
@example("JPEG", {119: 3})
@example("JPEG", {70: 1})
@example("PNG", {155: 10, 212: 255})
@example("JPEG", {14: 5, 173: 255})
def test_a_broken_exif_block_is_as_good_as_none(kind: str, changes: dict[int, int]) -> None:
    document = open_document(saved(marked(), kind, exif=_broken(changes)), LIMITS)
    assert sorted(document.pages[0].size) == [32, 48]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("changes", [{6: 0}, {114: 10}, {117: 2}, {155: 10, 212: 255}])
def test_a_broken_exif_block_does_not_spoil_a_truncated_picture(kind: str, changes: dict[int, int]) -> None:
    grain = np.random.default_rng(3).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    data = saved(Image.fromarray(grain), kind, exif=_broken(changes))
    document = open_document(data[: len(data) * 9 // 10], LIMITS)
    assert document.facts.truncated
    assert sorted(document.pages[0].size) == [200, 300]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "PDF"])
def test_damaged_files_are_opened_or_refused(kind: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    whole = saved(marked(), kind, **({} if kind == "PDF" else {"exif": _EXIF}))
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            if chance.random() < 0.7:
                data[place] = chance.randrange(256)
            else:
                del data[place : place + chance.randint(1, 8)]
        try:
            document = open_document(bytes(data), Limits(pixels=1_000_000))
        except ImageError as error:
            assert error.code.startswith(("image_", "pdf_"))  # noqa: PT017 (either outcome is right)
        else:
            assert document.pages[0].image.mode == "RGB"


# --- the fixtures


@pytest.mark.parametrize("name", ["dash_036.heic", "dash_037.webp", "fuel_007.png", "invoice_007.pdf"])
def test_fixtures_of_each_kind_open(name: str) -> None:
    document = open_document((IMAGES / name).read_bytes(), LIMITS)
    assert document.facts.content_type.endswith(Path(name).suffix[1:])
    assert min(document.pages[0].size) > 500
    assert not document.facts.truncated


def test_a_pdf_is_drawn_page_by_page() -> None:
    document = open_document((IMAGES / "invoice_006.pdf").read_bytes(), LIMITS)
    assert (document.facts.page_count, document.facts.pages_read) == (2, 2)
    assert [page.index for page in document.pages] == [0, 1]
    for page in document.pages:
        assert page.size == (1653, 2339)  # A4 at 200 dots an inch
        assert np.asarray(page.image.convert("L")).min() < 100, "the page is blank"


def _labelled_exif() -> list[tuple[str, dict[str, Any]]]:
    rows = [json.loads(line) for line in (ROOT / "fixtures" / "labels.jsonl").read_text("utf-8").splitlines()]
    return [(row["file"], row["exif"]) for row in rows if row.get("exif")]


@pytest.mark.parametrize(("file", "noted"), _labelled_exif())
def test_fixtures_times_and_places_are_as_labelled(file: str, noted: dict[str, Any]) -> None:
    data = (ROOT / "fixtures" / file).read_bytes()
    facts = open_document(data, LIMITS).facts
    if "taken_at" in noted:
        assert facts.captured_at == datetime.fromisoformat(noted["taken_at"])
        assert facts.captured_at_has_offset
    if "gps" in noted:
        assert facts.location is not None
        assert (facts.location.latitude, facts.location.longitude) == pytest.approx(tuple(noted["gps"]), abs=2e-4)
    if noted.get("orientation") == 6:
        with Image.open(io.BytesIO(data)) as raw:
            assert (facts.width_px, facts.height_px) == raw.size[::-1]


# --- likeness


def test_near_equal_pictures_have_near_equal_hashes() -> None:
    with Image.open(IMAGES / "dash_000.jpg") as one, Image.open(IMAGES / "dash_020.jpg") as other:
        same = _bits(difference_hash(one), difference_hash(one.resize((600, 450))))
        different = _bits(difference_hash(one), difference_hash(other))
    assert same <= 4 < different


def _bits(one: str, other: str) -> int:
    assert len(one) == len(other) == 16
    return (int(one, 16) ^ int(other, 16)).bit_count()
