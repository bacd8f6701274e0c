"""The odometer reader on pictures that show nothing, and its hypotheses."""

from pathlib import Path

import pytest
from PIL import Image

from capture.errors import ExtractorError
from capture.image import PageImage
from extractors import EngineOptions, odometer
from extractors.odo.hypotheses import hypotheses
from extractors.odo.line import Glyph, ReadLine
from extractors.odo.view import Place
from extractors.odometer import make


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (20_000, 50), (50, 20_000)])
def test_a_picture_of_nothing_has_no_odometer(size: tuple[int, int]) -> None:
    page = PageImage(0, Image.new("RGB", size), "")
    result = make(EngineOptions()).result(page)
    assert result.verdict != "odometer"


def _line(*heats: float, inverted: float = 0.0, second: float = 0.0) -> ReadLine:
    glyphs = []
    for index, heat in enumerate(heats):
        shares = [0.0] * 10
        shares[index], shares[index + 1] = 1 - second, second
        last = index == len(heats) - 1
        glyphs.append(Glyph(index, heat, tuple(shares), index * 20.0, 0.0, 30.0, inverted if last else 0.0))
    return ReadLine(Place(100, 100, 0, 120, 30), tuple(glyphs), (), 0.9, 1.0)


def test_the_digits_as_read_come_first() -> None:
    ways = hypotheses([[_line(0.9, 0.9, 0.9, 0.9)]], [1.0])
    assert ways[0].digits == "0123"
    assert not ways[0].tenths


def test_an_inverted_last_drum_counts_tenths() -> None:
    ways = hypotheses([[_line(0.9, 0.9, 0.9, 0.9, 0.9, inverted=0.8)]], [1.0])
    assert (ways[0].text, ways[1].text) == ("0123.4", "01234")


def test_signs_beside_the_number_are_left_out_where_it_would_be_a_million() -> None:
    ways = hypotheses([[_line(*[0.9] * 7)]], [1.0])
    assert {"123456", "012345"} <= {way.digits for way in ways[:3]}


def test_second_best_digits_are_kept() -> None:
    ways = hypotheses([[_line(0.9, 0.9, 0.9, second=0.3)]], [1.0])
    assert {"012", "112", "022", "013"} <= {way.digits for way in ways}
    assert sum(way.probability for way in ways) <= 1.0001


def test_without_the_second_reader_s_weights_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odometer, "SECOND_READER", "none.onnx")
    engine = make(EngineOptions())
    assert "none.onnx" in str(engine.missing())
    with pytest.raises(ExtractorError) as caught:
        engine.result(PageImage(0, Image.new("RGB", (64, 48)), ""))
    assert caught.value.code == "engine_missing"


def test_an_error_of_native_code_is_a_failure_of_the_engine(tmp_path: Path) -> None:
    for name in odometer.WEIGHTS:
        (tmp_path / name).write_bytes(b"no weights")
    with pytest.raises(ExtractorError) as caught:
        make(EngineOptions(odometer_weights=str(tmp_path))).result(PageImage(0, Image.new("RGB", (64, 48)), ""))
    assert caught.value.code == "engine_failed"
