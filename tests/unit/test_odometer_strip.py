"""The second reader of a line: how probable it finds digits, and what the words beside them mean."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from extractors.odo.agree import DATE, LETTERS, SCALE, Seen, agreed, words_factor
from extractors.odo.line import Glyph, ReadLine
from extractors.odo.result import Way
from extractors.odo.strip import Strip
from extractors.odo.view import Place

NOTHING = 10


def strip(text: str, before: str = "", after: str = "", *, sure: float = 0.97) -> Strip:
    """A strip that says `text`, a step for each sign and one of nothing after each; a space is nothing."""
    signs = [NOTHING]
    for sign in text:
        signs += [int(sign) if sign.isdigit() else NOTHING, NOTHING]
    steps = np.full((len(signs), 12), (1 - sure) / 11, np.float32)
    for step, column in zip(steps, signs, strict=True):
        step[column] = sure
    return Strip(steps, places(len(signs)), before, text, after)


def places(count: int) -> NDArray[np.float64]:
    """Steps a pixel apart, their middle at the line's."""
    return np.arange(count, dtype=np.float64) - (count - 1) / 2


def way(digits: str, probability: float, line: int = 0, *, tenths: bool = False) -> Way:
    return Way(digits=digits, tenths=tenths, probability=probability, digit_probabilities=(), polygon=(),
               digit_polygons=(), line=line)  # fmt: skip


def line(count: int) -> ReadLine:
    glyphs = tuple(Glyph(0, 0.9, (0.1,) * 10, 2.0 * index - count + 1, 0, 2, 0) for index in range(count))
    return ReadLine(Place(0, 0, 0, 10, 2), glyphs, (), 0.9, 0.9)


@pytest.mark.parametrize("digits", ["1", "11", "123456", "009900"])
def test_what_is_seen_is_likelier_than_anything_else(digits: str) -> None:
    seen = strip(digits)
    right = seen.log_likelihood(digits, -99, 99)
    assert right > math.log(0.4)
    for other in (digits[:-1] + str((int(digits[-1]) + 1) % 10), digits + "3", digits[:-1] or "5"):
        assert seen.log_likelihood(other, -99, 99) < right - 2


def test_doubled_digits_need_something_between_them() -> None:
    once = Strip(np.eye(12, dtype=np.float32)[[NOTHING, 7, 7, NOTHING]], places(4), "", "7", "")
    assert once.log_likelihood("7", -9, 9) > once.log_likelihood("77", -9, 9) + 2


def test_only_the_steps_between_the_ends_count() -> None:
    seen = strip("123456")
    assert seen.log_likelihood("123456", -99, 0) < math.log(0.01)
    assert seen.log_likelihood("123", -99, 0) > math.log(0.4)


@pytest.mark.parametrize(
    ("text", "unit"), [("km", "km"), (" Km", "km"), ("kn", "km"), ("mi", "mi"), ("miles", "mi"), ("km/h", None),
                       ("min", None), ("", None), ("C", None)],
)  # fmt: skip
def test_the_unit_stands_after_the_number(text: str, unit: str | None) -> None:
    assert strip("123", after=text).unit == unit


@pytest.mark.parametrize(
    ("text", "label"), [("ODO ", "total"), ("00O", "total"), ("TOTAL", "total"), ("TRIP ", "trip"), ("A", "trip"),
                        ("", None), ("E", None)],
)  # fmt: skip
def test_the_label_stands_before_it(text: str, label: str | None) -> None:
    assert strip("123", before=text).label == label


def test_words_speak_against_a_line() -> None:
    assert words_factor(None) == 1.0
    assert words_factor(strip("123456")) == 1.0
    assert words_factor(strip("1000", after="rpm")) == SCALE
    assert words_factor(strip("140", after="km/h")) == SCALE
    dated = strip("20201122")
    assert words_factor(Strip(dated.steps, dated.along, "", "2020/11/22", "")) == DATE
    assert words_factor(Strip(dated.steps, dated.along, "", "CLCK", "")) == LETTERS


def test_the_second_reader_settles_a_doubt() -> None:
    ways = (way("123458", 0.45), way("123456", 0.4), way("12345", 0.05))
    judged = agreed(ways, [Seen(line(6), strip("123456"))])
    assert judged[0].digits == "123456"
    assert sum(one.probability for one in judged) == pytest.approx(0.9)


def test_a_sure_first_reader_is_not_overruled() -> None:
    judged = agreed((way("123458", 0.9), way("123456", 0.02)), [Seen(line(6), strip("123456"))])
    assert judged[0].digits == "123458"


def test_a_last_drum_that_it_misses_does_not_speak_against_tenths() -> None:
    ways = (way("123450", 0.5, tenths=True), way("12345", 0.4))
    assert agreed(ways, [Seen(line(6), strip("12345 "))])[0].digits == "123450"


def test_lines_it_was_not_asked_about_keep_their_order() -> None:
    ways = (way("123458", 0.45), way("123456", 0.4))
    assert [one.digits for one in agreed(ways, [Seen(line(6), None)])] == ["123458", "123456"]
    assert agreed((), []) == ()
