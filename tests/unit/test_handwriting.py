"""Uneven lines are a hand's; too few lines, or none with places and scores, tell nothing."""

from __future__ import annotations

from capture.documents.handwriting import LEAST_LINES, handwritten, unevenness
from tests.unit.paper import Row, by_hand, in_words, paper, tilted

ROWS: list[Row] = [f"line number {number}" for number in range(LEAST_LINES + 4)]


def test_print_is_even_however_it_lies() -> None:
    assert unevenness(paper(ROWS)) == 0
    assert handwritten(tilted(paper(ROWS), 0.1)) is None


def test_a_hand_is_uneven() -> None:
    flag = handwritten(by_hand(paper(ROWS, score=0.9)))
    assert flag is not None
    assert flag.code == "handwritten"


def test_too_little_tells_nothing() -> None:
    assert unevenness(paper(ROWS[: LEAST_LINES - 1])) is None
    assert unevenness(paper(ROWS, score=None)) is None
    assert unevenness(in_words(ROWS)) is None
