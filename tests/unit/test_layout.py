from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.documents.layout import MAX_LINE_CHARS, MAX_LINES, Line, text_lines, to_field, value_of
from capture.documents.rows import quarter_turn, tilt
from capture.reading import Reading, Span
from tests.unit.paper import Row, in_words, on_its_side, paper, reading, span, tilted

ROWS: list[Row] = ["HARBOUR FUELS", ("Volume", "31.24 L"), ("Price per litre", "1.799"), ("Total to pay", "56.20")]
AMOUNT = re.compile(r"\d+\.\d\d")


def texts(lines: tuple[Line, ...]) -> list[str]:
    return [line.text for line in lines]


def test_lines_run_top_to_bottom_and_left_to_right() -> None:
    shuffled = tuple(reversed(paper(ROWS).spans))
    assert texts(text_lines(reading(shuffled))) == [
        "HARBOUR FUELS",
        "Volume 31.24 L",
        "Price per litre 1.799",
        "Total to pay 56.20",
    ]


@pytest.mark.parametrize("slope", [-0.2, -0.05, 0.03, 0.1, 0.25])
def test_tilted_paper_gives_the_same_lines(slope: float) -> None:
    assert texts(text_lines(tilted(paper(ROWS), slope))) == texts(text_lines(paper(ROWS)))


def test_words_and_lines_give_the_same_text() -> None:
    assert texts(text_lines(in_words(ROWS))) == texts(text_lines(paper(ROWS)))


@pytest.mark.parametrize("clockwise", [True, False])
def test_page_on_its_side_gives_the_same_lines(*, clockwise: bool) -> None:
    assert texts(text_lines(on_its_side(paper(ROWS), clockwise=clockwise))) == texts(text_lines(paper(ROWS)))
    assert quarter_turn(on_its_side(paper(ROWS), clockwise=clockwise).spans) == (1 if clockwise else -1)
    assert quarter_turn(paper(ROWS).spans) == 0


def test_tilt_is_measured_and_steep_text_is_left_alone() -> None:
    assert tilt(tilted(paper(ROWS), 0.1).spans) == pytest.approx(0.1)
    assert tilt(tilted(paper(ROWS), 1.0).spans) == 0.0


def test_pages_follow_each_other() -> None:
    first, second = span("second page", 10, 10), span("first page", 10, 500)
    pages = reading([first.model_copy(update={"page": 1}), second])
    assert texts(text_lines(pages)) == ["first page", "second page"]


def test_spans_without_a_place_are_lines_of_their_own() -> None:
    loose = [Span(text="total 12.00", polygon=(), grain="field"), Span(text="date", polygon=((0.0, 0.0),))]
    placed = span("HEAD", 5, 5)
    broken = Span(text="nowhere", polygon=((float("nan"), 0.0), (1.0, 0.0), (1.0, 1.0)))
    assert texts(text_lines(reading([*loose, broken, placed]))) == ["HEAD", "total 12.00", "date", "nowhere"]


def test_value_on_the_same_line() -> None:
    lines = text_lines(paper([("Total", "56.20"), ("Paid", "60.00")]))
    found = value_of(lines, 0, 5, AMOUNT)
    assert found is not None
    assert found.raw == "56.20"


def test_value_below_stands_in_the_column_of_its_label() -> None:
    lines = text_lines(paper([("Litres", "Price", "Amount"), ("31.24", "1.79", "55.92")]))
    start = lines[0].text.index("Price")
    found = value_of(lines, 0, start + 5, AMOUNT, start)
    assert found is not None
    assert found.raw == "1.79"


def test_value_far_below_is_not_the_labels() -> None:
    lines = text_lines(reading([span("Total", 40, 50), span("56.20", 40, 400)]))
    assert value_of(lines, 0, 5, AMOUNT) is None


def test_field_has_the_span_of_the_value_and_the_lowest_score() -> None:
    spans = [span("Total", 40, 50, score=0.5), span("56", 500, 50, score=0.9), span(".20", 527, 50, score=0.8)]
    lines = text_lines(reading(spans))
    found = value_of(lines, 0, 5, re.compile(r"56 \.20"))
    assert found is not None
    field = to_field(found, "56.20", "rapid_ocr")
    assert (field.value, field.raw, field.score) == ("56.20", "56 .20", 0.8)
    assert field.polygon == ((500, 50), (566, 50), (566, 80), (500, 80))


def test_unscored_span_gives_an_unscored_field() -> None:
    lines = text_lines(paper([("Total", "56.20")], score=None))
    found = value_of(lines, 0, 5, AMOUNT)
    assert found is not None
    assert to_field(found, "56.20", "vision").score is None


def test_what_is_searched_is_bounded() -> None:
    long_line = [span("9" * 3_000, 100 * i, 10) for i in range(50)]
    assert all(len(line.text) <= MAX_LINE_CHARS for line in text_lines(reading(long_line)))
    many = [span("word", 10, 40 * i) for i in range(3_000)]
    assert len(text_lines(reading(many))) == MAX_LINES


coordinate = st.floats(allow_nan=True, allow_infinity=True, width=32)
any_span = st.builds(
    Span,
    text=st.text(max_size=30),
    polygon=st.lists(st.tuples(coordinate, coordinate), max_size=5).map(tuple),
    score=st.none() | st.floats(0, 1),
    page=st.integers(0, 3),
)


def _letters(texts: Iterable[str]) -> list[str]:
    """Return the characters of texts in order, wide ones as plain ones, a nought as the letter it may stand for."""
    plain = (unicodedata.normalize("NFKC", text).casefold().replace("0", "o") for text in texts)
    return sorted(char for text in plain for char in text if not char.isspace())


@given(st.lists(any_span, max_size=12))
def test_every_text_is_kept_whatever_the_polygons(spans: list[Span]) -> None:
    lines = text_lines(Reading(engine="e", model="m", spans=tuple(spans)))
    assert _letters(line.text for line in lines) == _letters(s.text for s in spans)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("GAZ0LE 20,00", "GAZOLE 20,00"),
        ("FOLI0:978585", "FOLIO:978585"),
        ("EUR0/LITRO", "EURO/LITRO"),
        ("P0ABC", "P0ABC"),
        ("K0K 9Z9", "K0K 9Z9"),
        ("EUR0,50", "EUR0,50"),
        ("NO 0010 AB00", "NO 0010 AB00"),
        ("MOTOROVAstojan 13", "MOTOROVA stojan 13"),
        ("13:50Pompe: 5", "13:50 Pompe: 5"),
        ("BHPetrol 95RON", "BHPetrol 95RON"),
    ],
)
def test_words_that_an_engine_misspelt(read: str, meant: str) -> None:
    assert [line.text for line in text_lines(paper([read]))] == [meant]
