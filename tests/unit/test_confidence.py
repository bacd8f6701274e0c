from __future__ import annotations

import pytest

from capture.confidence import ENOUGH_PHOTOS, assess
from capture.confidence_table import SOURCES, TABLE
from capture.events.base import Candidate

COUNTS = {("engine_a", "odometer_reading"): {"6-unit-sure-alone": (150, 147), "rare": (29, 29), "enough": (30, 30)}}


def candidate(signal: str, event_type: str = "odometer_reading") -> Candidate:
    return Candidate(event_type=event_type, engine="engine_a", evidence=0.9, payload={}, fields={}, signal=signal)


def test_probability_is_the_rule_of_succession() -> None:
    confidence = assess(candidate("6-unit-sure-alone"), "engine_a", COUNTS)
    assert confidence.probability == pytest.approx(148 / 152)
    assert confidence.percent == 97
    assert (confidence.parts.n, confidence.parts.right) == (150, 147)
    assert "147 of 150" in confidence.sentence


def test_no_class_is_ever_certain() -> None:
    probability = assess(candidate("enough"), "engine_a", COUNTS).probability
    assert probability == pytest.approx(31 / 32)


@pytest.mark.parametrize(
    ("signal", "event_type", "engine", "words"),
    [
        ("rare", "odometer_reading", "engine_a", "Only 29 labelled photos"),
        ("never seen", "odometer_reading", "engine_a", "Only 0 labelled photos"),
        ("agrees", "fuel_purchase", "engine_a", "Nobody has measured"),
        ("6-unit-sure-alone", "odometer_reading", "engine_b", "Nobody has measured"),
    ],
)
def test_what_nobody_measured_has_no_number(signal: str, event_type: str, engine: str, words: str) -> None:
    confidence = assess(candidate(signal, event_type), engine, COUNTS)
    assert confidence.probability is None
    assert confidence.percent is None
    assert confidence.sentence.startswith(words)


def test_shipped_table_holds_possible_counts_and_says_where_from() -> None:
    assert set(SOURCES) == set(TABLE)
    assert {event_type for _, event_type in TABLE} == {"odometer_reading"}
    for classes in TABLE.values():
        assert any(n >= ENOUGH_PHOTOS for n, _ in classes.values())
        assert all(0 <= right <= n for n, right in classes.values())


def test_shipped_table_orders_good_and_bad_readings() -> None:
    labelled = assess(candidate("6-unit-sure-alone"), "rapid_ocr").probability
    drum = assess(candidate("5-dual-sure-alone"), "rapid_ocr").probability
    assert labelled is not None
    assert drum is not None
    assert labelled > 0.9
    assert drum < 0.2
