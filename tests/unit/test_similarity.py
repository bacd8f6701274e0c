from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.similarity import same_text, similarity


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("Harbour Fuels Ltd.", "HARBOUR FUELS LTD", 1.0),
        ("12, Mill  Road", "12 MILL ROAD", 1.0),
        ("ABCDEFGHIJ", "ABCDEFGHIX", 0.9),
        ("ABCD", "ABCDEFGH", 0.5),
        ("", "", 1.0),
        ("", "ABC", 0.0),
        ("!?", "ABC", 0.0),
    ],
)
def test_likeness_counts_letters_and_digits_alone(first: str, second: str, alike: float) -> None:
    assert similarity(first, second) == pytest.approx(alike)
    assert similarity(second, first) == pytest.approx(alike)


def test_one_letter_in_ten_may_be_misread() -> None:
    assert same_text("ABCDEFGHIJ", "ABCDEFGHIX")
    assert not same_text("ABCDEFGHI", "ABCDEFGHX")


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_a_share(first: str, second: str) -> None:
    assert 0 <= similarity(first, second) <= 1
    assert similarity(first, first) == 1
