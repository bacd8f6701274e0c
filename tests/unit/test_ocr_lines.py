"""How `rapid_ocr` looks at pages and reads lines, with networks that answer as they are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import pytest

from extractors.ocr.detect import LARGE_SIDE_PX, SIDE_PX, find_lines
from extractors.ocr.networks import Networks, Values
from extractors.ocr.recognise import WIDE_PX, read_lines

INK = 200


class Detector:
    """Takes what is bright for text; keeps the sizes in which it was shown pages."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def __call__(self, pixels: Values) -> Values:
        self.seen.append((pixels.shape[2], pixels.shape[3]))
        return (pixels[:, :1] > 0).astype(np.float32)

    def note(self, key: str) -> str:
        raise KeyError(key)


class Told:
    """Networks whose recogniser reads a line by a function of its middle brightness and its width."""

    letters = ("", *"0123456789", " ", "/")

    def __init__(self, read: Callable[[bool, int], tuple[str, float]]) -> None:
        self._read = read
        self.widths: list[int] = []
        self.classified = 0

    def recogniser(self, lines: Values) -> Values:
        """Bright on the left: upright."""
        self.widths.append(lines.shape[3])
        text, score = self._read(bool(lines[0, 0, 24, 0] > 0), lines.shape[3])
        probabilities = np.zeros((1, 2 * len(text), len(self.letters)), np.float32)
        for place, letter in enumerate(text):
            probabilities[0, 2 * place, self.letters.index(letter)] = score
            probabilities[0, 2 * place + 1, 0] = 1
        return probabilities

    def classifier(self, lines: Values) -> Values:
        """Dark on the left: upside down."""
        self.classified += 1
        upright = bool(lines[0, 0, 24, 0] > 0)
        return np.array([[1.0, 0.0] if upright else [0.0, 1.0]], np.float32)


def page_with(rows: Sequence[int], height: int, size: tuple[int, int] = (2400, 1800)) -> np.ndarray:
    """Return a dark page with bright bars of this height, pixels, from 200 to 1200 across."""
    page = np.zeros((*size, 3), np.uint8)
    for row in rows:
        page[row : row + height, 200:1200] = INK
    return page


def line(*, upright: bool = True, width: int = 120) -> np.ndarray:
    """Return a line of 48 pixels, whose left half is bright if it is upright, else its right one."""
    crop = np.zeros((48, width, 3), np.uint8)
    half = slice(0, width // 2) if upright else slice(width // 2, width)
    crop[:, half] = INK
    return crop


def read(crops: Sequence[np.ndarray], networks: Told) -> list[tuple[str, float]]:
    """Return texts and scores."""
    return [(text.text, round(text.score, 3)) for text in read_lines(crops, cast("Networks", networks))]


def test_lines_come_in_the_page_s_pixels_from_top_to_bottom() -> None:
    detector = Detector()
    lines = find_lines(page_with([1800, 300, 900], 60), detector)
    assert len(detector.seen) == 1
    assert max(detector.seen[0]) <= SIDE_PX
    middles = lines.mean(axis=1)
    assert middles[:, 1] == pytest.approx([330, 930, 1830], abs=8)
    assert middles[:, 0] == pytest.approx([700, 700, 700], abs=8)


def test_lines_of_one_row_come_from_left_to_right() -> None:
    page = np.zeros((1000, 1200, 3), np.uint8)
    page[300:330, 700:1000] = page[304:334, 100:400] = INK
    assert list(find_lines(page, Detector())[:, 0, 0] > 500) == [False, True]


def test_a_page_of_small_print_is_looked_at_again_larger() -> None:
    detector = Detector()
    lines = find_lines(page_with([300, 900, 1800], 8), detector)
    assert [max(size) for size in detector.seen] == [SIDE_PX, 1984]
    assert max(detector.seen[1]) <= LARGE_SIDE_PX
    assert len(lines) == 3


def test_a_large_page_without_lines_is_looked_at_again() -> None:
    detector = Detector()
    assert find_lines(page_with([], 0), detector).shape == (0, 4, 2)
    assert len(detector.seen) == 2


def test_a_page_that_was_not_shrunk_is_looked_at_once() -> None:
    detector = Detector()
    find_lines(page_with([], 0, (1200, 900)), detector)
    assert len(detector.seen) == 1


def test_a_small_page_is_enlarged_within_bounds() -> None:
    detector = Detector()
    find_lines(page_with([], 0, (300, 200)), detector)
    find_lines(page_with([], 0, (4000, 20)), detector)
    assert detector.seen[0] == (1088, 736)
    assert max(max(size) for size in detector.seen) <= LARGE_SIDE_PX


def test_a_line_that_is_sure_is_read_once_as_narrow_as_it_is() -> None:
    networks = Told(lambda *_: ("17", 0.99))
    assert read([line()], networks) == [("17", 0.99)]
    assert networks.widths == [128]
    assert networks.classified == 0


def test_a_doubtful_short_line_is_read_again_wide_and_the_better_reading_counts() -> None:
    networks = Told(lambda _, width: ("2450", 0.99) if width == WIDE_PX else ("2 450", 0.95))
    assert read([line()], networks) == [("2450", 0.99)]
    networks = Told(lambda _, width: ("2450", 0.91) if width == WIDE_PX else ("2 450", 0.95))
    assert read([line()], networks) == [("2 450", 0.95)]
    assert networks.classified == 0


def test_a_doubtful_line_with_a_date_of_no_calendar_is_read_again_narrower() -> None:
    def said(date: str, score: float, again: float) -> Told:
        return Told(lambda _, width: (date, score) if width == 416 else ("11/08/2017", again))

    networks = said("11/00/2017", 0.96, 0.965)
    assert read([line(width=400)], networks) == [("11/08/2017", 0.965)]
    assert networks.widths == [416, 384]
    assert read([line(width=400)], said("11/00/2017", 0.96, 0.95)) == [("11/00/2017", 0.96)]
    for date, score in (("11/06/2017", 0.96), ("11/00/2017", 0.98)):
        assert read([line(width=400)], said(date, score, 0.99)) == [(date, score)]


def test_one_line_upside_down_is_turned_where_that_reads_better() -> None:
    networks = Told(lambda upright, _: ("17", 0.99) if upright else ("41", 0.6))
    assert read([line(), line(upright=False), line()], networks) == [("17", 0.99)] * 3
    assert networks.classified == 1
    networks = Told(lambda upright, _: ("17", 0.5) if upright else ("41", 0.6))
    assert read([line(upright=False), *[line(width=400)] * 2], networks)[0] == ("41", 0.6)


def test_a_page_upside_down_is_turned_whole() -> None:
    """A line of 0, 6, 8 and 9 reads as well either way: the page decides."""
    crops = [line(upright=False), line(upright=False), line(upright=False, width=400)]
    networks = Told(lambda upright, width: ("17", 0.98) if upright else ("96", 0.99 if width > WIDE_PX else 0.6))
    assert read(crops, networks) == [("17", 0.98)] * 3


def test_a_line_without_letters_scores_nothing() -> None:
    assert read([line()], Told(lambda *_: ("", 0.0))) == [("", 0.0)]


def test_no_lines_are_no_texts() -> None:
    assert read([], Told(lambda *_: ("17", 0.99))) == []
