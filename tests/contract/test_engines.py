"""What every engine keeps to. A new module in `extractors/` is tested here without editing this file."""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from typing import Any, get_args

import pytest
from PIL import Image
from pydantic import SecretStr

from capture import stated
from capture.errors import ConfigError, ExtractorError
from capture.image import Limits, PageImage, open_document
from capture.reading import Extractor, Grain, Span
from extractors import EngineOptions, VisionOptions, engine_names, make_engine
from tests.conftest import ROOT, needs
from tests.contract.recordings import FIXTURES, labels
from tests.vision_server import stand_in

VISION = VisionOptions(api_key=SecretStr("sk-of-the-tests"), base_url=stand_in().url, model="stand-in 1")
OPTIONS = EngineOptions(recorded_dir=str(FIXTURES / "recorded"), vision=VISION)
TIMEOUT_S = 60.0
BLANK = Image.new("RGB", (600, 400), "white")
TEXT = "images/invoice_004.png"  # a clean scan, which every engine should be able to read
DISPLAY = "images/dash_022.jpg"
DOCUMENTS = ["images/dash_022.jpg", TEXT]
PDF = "images/invoice_006.pdf"  # two pages that tell their own text


@cache
def _engine(name: str) -> Extractor:
    return make_engine(name, OPTIONS)


def _usable(name: str) -> Extractor:
    engine = _engine(name)
    hint = engine.missing()
    needs(hint is None, f"engine {name}", hint or "")
    return engine


@cache
def _page(file: str) -> PageImage:
    return open_document((FIXTURES / file).read_bytes(), Limits()).pages[0]


def _readable(name: str) -> str:
    """Return a document that the engine can read."""
    return PDF if name == "pdf_text" else {"display": DISPLAY}.get(_engine(name).subject, TEXT)


@cache
def _spans(name: str, file: str) -> tuple[Span, ...]:
    return _usable(name).read(_page(file), TIMEOUT_S)


def _blank(name: str, tmp_path: Any, index: int = 0) -> tuple[Extractor, PageImage]:
    """Return the engine and a blank page; `recorded` gets a recording that says what a real engine says of it."""
    engine = _usable(name)
    digest = hashlib.sha256(BLANK.tobytes()).hexdigest()
    if name == "recorded":
        (tmp_path / f"{digest}.json").write_text('{"engine": "x", "model": "x", "spans": []}')
        engine = make_engine(name, EngineOptions(recorded_dir=str(tmp_path)))
    return engine, PageImage(index, BLANK, digest)


def test_there_are_engines() -> None:
    assert {"rapid_ocr", "tesseract", "recorded"} <= set(engine_names())


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match="rapid_ocr") as caught:
        make_engine("cascade", OPTIONS)
    assert caught.value.code == "setting_invalid"


@pytest.mark.parametrize("name", engine_names())
def test_it_is_called_as_its_module(name: str) -> None:
    assert _engine(name).name == name


@pytest.mark.parametrize("name", engine_names())
def test_it_says_which_version_reads(name: str) -> None:
    model = _usable(name).model()
    assert any(character.isdigit() for character in model)
    assert "unknown" not in model
    assert model == _engine(name).model()


@pytest.mark.parametrize("name", engine_names())
def test_a_blank_page_is_no_text_and_no_error(name: str, tmp_path: Any) -> None:
    engine, page = _blank(name, tmp_path)
    assert engine.read(page, TIMEOUT_S) == ()


@pytest.mark.parametrize("name", engine_names())
def test_a_page_of_one_pixel_is_no_text_or_an_error_of_ours(name: str) -> None:
    engine = _usable(name)
    try:
        spans = engine.read(PageImage(0, Image.new("RGB", (1, 1)), "0" * 64), TIMEOUT_S)
    except ExtractorError as error:
        assert error.code in {"engine_failed", "recording_missing"}  # noqa: PT017 (either is right)
    else:
        assert spans == ()


@pytest.mark.parametrize("file", [*DOCUMENTS, PDF])
@pytest.mark.parametrize("name", engine_names())
def test_its_spans_lie_on_the_page_with_score_and_grain(name: str, file: str) -> None:
    spans = _spans(name, file)
    width, height = _page(file).size
    for span in spans:
        assert span.text.strip()
        assert "\0" not in span.text
        assert span.score is None or 0 <= span.score <= 1
        assert span.grain in get_args(Grain)
        assert span.page == 0
        if _engine(name).subject == "fields":
            assert span.polygon == ()
            continue
        assert len(span.polygon) == 4
        assert -1 <= span.x0 < span.x1 <= width + 1
        assert -1 <= span.y0 < span.y1 <= height + 1
    assert len({span.grain for span in spans}) <= 1, "an engine scores one kind of thing"


@pytest.mark.parametrize("name", [name for name in engine_names() if _engine(name).subject != "fields"])
def test_its_corners_go_round_from_the_top_left(name: str) -> None:
    for span in _spans(name, PDF if name == "pdf_text" else TEXT):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = span.polygon
        area = (x0 * y1 - x1 * y0) + (x1 * y2 - x2 * y1) + (x2 * y3 - x3 * y2) + (x3 * y0 - x0 * y3)
        assert area > 0, f"{span.text}: not clockwise, with y downwards"


@pytest.mark.parametrize("name", engine_names())
def test_it_reads_what_it_is_made_for(name: str) -> None:
    file = _readable(name)
    field = {TEXT: "total", PDF: "odometer", DISPLAY: "reading"}[file]
    truth = labels()[file]["truth"][field]
    assert truth in " ".join(span.text for span in _spans(name, file))


@pytest.mark.parametrize("name", [name for name in engine_names() if _engine(name).subject == "fields"])
@pytest.mark.parametrize("file", DOCUMENTS)
def test_a_named_value_is_one_that_an_event_has(name: str, file: str) -> None:
    spans = _spans(name, file)
    assert spans
    for span in spans:
        event_type, _, field = str(span.name).partition(".")
        module = stated.modules()[event_type]
        assert field in module.FIELDS or field.partition(".")[0] == module.ITEMS[0]
        assert span.value
    assert len({span.name for span in spans}) == len(spans)


@pytest.mark.parametrize("name", engine_names())
def test_it_says_which_pages_suit_it(name: str) -> None:
    engine, photo, tells = _engine(name), _page(TEXT), _page(PDF)
    assert engine.suits([_page(_readable(name))])
    if name == "pdf_text":
        empty = PageImage(1, BLANK, "0" * 64, ())
        assert engine.suits([tells, empty])
        assert not engine.suits([photo])
        assert not engine.suits([tells, photo])
        assert not engine.suits([empty])


@pytest.mark.parametrize("name", [name for name in engine_names() if _engine(name).subject == "display"])
def test_a_displays_line_has_its_ways_to_be_read_best_first(name: str) -> None:
    (line,) = [span for span in _spans(name, DISPLAY) if span.role == "odometer"]
    chances = [way.probability for way in line.hypotheses]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1.0001
    assert (line.text, line.score) == (line.hypotheses[0].text, line.hypotheses[0].probability)
    for way in line.hypotheses:
        assert len(way.digit_probabilities) == len(way.digit_polygons) == len(way.digits)


@pytest.mark.parametrize("name", engine_names())
def test_the_page_s_number_is_on_its_spans(name: str) -> None:
    page = _page(TEXT)
    if name in {"recorded", "pdf_text"}:
        page = open_document((FIXTURES / PDF).read_bytes(), Limits()).pages[1]
    spans = _usable(name).read(PageImage(1, page.image, page.sha256, page.text), TIMEOUT_S)
    assert spans
    assert {span.page for span in spans} == {1}


@pytest.mark.parametrize("name", engine_names())
def test_a_missing_program_is_an_error_with_a_hint(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine(name, EngineOptions(recorded_dir=str(ROOT / "no-such-folder")))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    module = type(engine).__module__
    monkeypatch.setattr(f"{module}.find_spec", lambda *_: None, raising=False)
    hint = engine.missing()
    assert hint
    with pytest.raises(ExtractorError) as caught:
        engine.read(PageImage(0, BLANK, "0" * 64), TIMEOUT_S)
    assert caught.value.code == "engine_missing"
    assert hint in caught.value.message


@pytest.mark.parametrize("name", engine_names())
def test_the_readme_or_the_settings_page_names_it(name: str) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert any(name in page.read_text(encoding="utf-8") for page in pages), f"no page of docs/ names the engine {name}"


def test_tesseract_keeps_its_time() -> None:
    engine = _usable("tesseract")
    with pytest.raises(ExtractorError) as caught:
        engine.read(_page(TEXT), 0.01)
    assert caught.value.code == "engine_timeout"


def test_tesseract_failing_is_no_time_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    _usable("tesseract")
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert shutil.which("tesseract") == str(program)
    with pytest.raises(ExtractorError) as caught:
        make_engine("tesseract", OPTIONS).read(PageImage(0, BLANK, "0" * 64), TIMEOUT_S)
    assert caught.value.code == "engine_failed"
    assert "status 3" in caught.value.message


def test_without_a_folder_there_are_no_recordings() -> None:
    engine = make_engine("recorded", EngineOptions())
    assert engine.missing() == "set CAPTURE_RECORDED_DIR to a folder of recordings"
    with pytest.raises(ExtractorError, match="CAPTURE_RECORDED_DIR"):
        engine.read(PageImage(0, BLANK, "0" * 64), TIMEOUT_S)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"spans": 1}', '{"spans": [{"text": "x"}]}', '{"spans": [1]}'])
def test_a_damaged_recording_is_no_blank_page(text: str, tmp_path: Any) -> None:
    (tmp_path / f"{'0' * 64}.json").write_text(text)
    engine = make_engine("recorded", EngineOptions(recorded_dir=str(tmp_path)))
    with pytest.raises(ExtractorError) as caught:
        engine.read(PageImage(0, BLANK, "0" * 64), TIMEOUT_S)
    assert caught.value.code == "engine_failed"


def test_every_fixture_has_its_recording_and_no_recording_is_left_over() -> None:
    wanted = {hashlib.sha256((FIXTURES / file).read_bytes()).hexdigest() for file in labels()}
    assert {path.stem for path in (FIXTURES / "recorded").glob("*.json")} == wanted
