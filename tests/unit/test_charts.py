"""Pictures of how sure and how right: what is drawn is what was counted, and can be read without seeing it."""

from __future__ import annotations

import random
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from capture.calibration import Calibration, squash
from capture.confidence import Trust
from capture.fitting import Sample, fit
from capture.promise import threshold, thresholds
from worker.charts import HEIGHT, LEFT, RIGHT, TOP, WIDTH, reliability, risk_coverage, thresholds_table
from worker.commands.evaluate import _page
from worker.evaluation import Outcome, summary
from worker.labelled import LabelledPhoto

KEY = ("engine_a", "odometer_reading", "")


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    luck = random.Random(1)  # noqa: S311 (no secret)
    samples = []
    for number in range(2_000):
        logit = luck.uniform(0, 8)
        samples.append(Sample({"score": logit}, "plain", luck.random() < squash(logit), str(number % 30)))
    return fit(samples, "engine_a", "odometer_reading", "made-up <photos>", photos=2_500)


def picture(drawn: str) -> ET.Element:
    found = re.search(r"<svg.*</svg>", drawn, re.DOTALL)
    assert found is not None
    return ET.fromstring(found[0])  # noqa: S314 (our own)


def test_the_reliability_diagram_has_a_mark_for_each_bin(calibration: Calibration) -> None:
    drawn = reliability("one", calibration.bins, calibration.bins)
    svg = picture(drawn)
    assert len(svg.findall("circle")) == len(svg.findall("rect")) == len(calibration.bins)
    for circle, one in zip(svg.findall("circle"), calibration.bins, strict=True):
        low = float(re.sub(r"[ %]", "", svg.findall("text")[0].text or "")) / 100
        assert float(circle.get("cx", 0)) == pytest.approx(
            LEFT + (one.mean - low) / (1 - low) * (WIDTH - LEFT - RIGHT), abs=0.1
        )
        assert TOP <= float(circle.get("cy", 0)) <= HEIGHT
    said = svg.find("desc")
    assert said is not None
    assert f"{calibration.bins[0].right:.0f} of {calibration.bins[0].n:.0f} right" in (said.text or "")
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "one-title one-desc"


def test_the_promise_and_the_cut_that_keeps_it_are_drawn_in(calibration: Calibration) -> None:
    known, chosen = thresholds(calibration), threshold(calibration, 0.02)
    assert chosen is not None
    svg = picture(risk_coverage("two", known, known, 0.02, chosen))
    level, upright = [line.get("points", "").split() for line in svg.findall("polyline[@class='promise']")]
    assert level[0].split(",")[1] == level[1].split(",")[1]
    x = LEFT + chosen.automation * (WIDTH - LEFT - RIGHT)
    assert upright[0].split(",")[0] == upright[1].split(",")[0] == f"{x:.1f}"
    assert "promised 2.00%" in [text.text for text in svg.findall("text")]
    none = risk_coverage("three", (), known, 0.000001, None)
    assert "Nothing that was counted keeps the promise." in none


def test_the_table_marks_the_threshold_in_force(calibration: Calibration) -> None:
    cuts, chosen = thresholds(calibration), threshold(calibration, 0.02)
    assert chosen is not None
    table = thresholds_table(cuts, chosen)
    assert table.count("<tr") == len(cuts) + 1
    (marked,) = re.findall(r'<tr class="chosen">(.*?)</tr>', table)
    assert f"<td>{chosen.probability:.4f}</td>" in marked
    assert "in force" in marked


def test_the_page_has_a_section_for_what_was_judged_and_no_script(calibration: Calibration, tmp_path: Path) -> None:
    trust = Trust(general={KEY: calibration}, errors={"": 0.02})
    outcomes = [
        Outcome(
            LabelledPhoto(f"{n}.jpg", tmp_path / f"{n}.jpg", "odometer", {"reading": "1"}, {}), said="1",
            exact=n % 9 > 0, given=True, accepted=False, wrong=() if n % 9 else ("reading",), seconds=0.1,
            judged=("engine_a", "odometer_reading", 0.5 + n / 200),
        )
        for n in range(60)
    ]  # fmt: skip
    page = _page(tmp_path, summary(outcomes), outcomes, trust)
    assert page.count("<svg") == 2
    assert "60 readings here; calibrated on made-up &lt;photos&gt;" in page
    assert "prefers-color-scheme:dark" in page
    assert "<script" not in page
    assert "How sure" not in _page(tmp_path, [], [], trust)
