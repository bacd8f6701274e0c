"""RapidOCR's networks as we run them: turned pages, small print, either inference engine, the same each time."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from PIL import Image

from capture.image import Limits, PageImage, open_document
from capture.reading import Span
from extractors import EngineOptions, make_engine
from extractors.ocr import networks
from tests.conftest import ROOT, needs
from tests.contract.recordings import FIXTURES, labels

SCAN = "images/invoice_004.png"
TIMEOUT_S = 60.0


@pytest.fixture(scope="module")
def scan() -> Image.Image:
    return open_document((FIXTURES / SCAN).read_bytes(), Limits()).pages[0].image


def spans_of(image: Image.Image) -> tuple[Span, ...]:
    return make_engine("rapid_ocr", EngineOptions()).read(PageImage(0, image, "0" * 64), TIMEOUT_S)


def total() -> str:
    return str(labels()[SCAN]["truth"]["total"])


def without_openvino(name: str, *_: Any) -> Any:
    return None if name == "openvino" else find_spec(name)


def test_a_scan_upside_down_is_read(scan: Image.Image) -> None:
    spans = spans_of(scan.rotate(180, expand=True))
    assert total() in " ".join(span.text for span in spans)
    upright = {span.text for span in spans_of(scan)}
    assert len(upright & {span.text for span in spans}) >= 0.8 * len(upright)


def test_a_scan_on_its_side_is_read(scan: Image.Image) -> None:
    assert total() in " ".join(span.text for span in spans_of(scan.rotate(90, expand=True)))


def test_small_print_on_a_large_page_is_read(scan: Image.Image) -> None:
    page = Image.new("RGB", (2 * scan.width, 2 * scan.height), "white")
    page.paste(scan, (scan.width // 2, scan.height // 3))
    assert total() in " ".join(span.text for span in spans_of(page))


def test_it_reads_the_same_each_time(scan: Image.Image) -> None:
    first = spans_of(scan)
    assert first
    assert spans_of(scan) == first


def test_either_inference_engine_reads_the_same(scan: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(find_spec("openvino") is not None, "OpenVINO", "pip install openvino")
    one = spans_of(scan)
    assert "openvino" in make_engine("rapid_ocr", EngineOptions()).model()
    monkeypatch.setattr(networks, "find_spec", without_openvino)
    other = spans_of(scan)
    assert "onnxruntime" in make_engine("rapid_ocr", EngineOptions()).model()
    assert [span.text for span in one] == [span.text for span in other]
    for by_openvino, by_onnxruntime in zip(one, other, strict=True):
        assert np.allclose(by_openvino.polygon, by_onnxruntime.polygon, atol=2)
        assert by_openvino.score == pytest.approx(by_onnxruntime.score, abs=0.02)


def test_openvino_s_reports_to_its_maker_are_off() -> None:
    needs(find_spec("openvino") is not None, "OpenVINO", "pip install openvino")
    program = (
        "import sys\n"
        "from extractors.ocr.networks import Networks\n"
        "Networks().classifier\n"
        "assert 'openvino' in sys.modules\n"
        "print(sorted(name for name in sys.modules if name.startswith('openvino_telemetry') and sys.modules[name]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
