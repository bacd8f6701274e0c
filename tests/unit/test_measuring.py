"""How often accepted events are wrong, by those who looked, and the alarms that follow."""

from __future__ import annotations

import random

import pytest

from capture.intervals import upper_bound
from capture.measuring import ANSWERS_TO_FALSE_ALARM, Answer, drift, measure


def answers(count: int, said: float, wrong: float, seed: int = 1, chance: float = 0.02) -> list[Answer]:
    """Return answers on events of which it was said that `said` are right, and of which `wrong` are wrong."""
    luck = random.Random(seed)  # noqa: S311 (no secret)
    return [Answer(probability=said, right=luck.random() >= wrong, chance=chance) for _ in range(count)]


def test_nobody_has_answered() -> None:
    found = measure([])
    assert (found.error, found.low, found.high, found.answers) == (None, 0.0, 1.0, 0)
    assert drift([]) is None


def test_equal_chances_are_plain_shares() -> None:
    some = [Answer(probability=0.99, right=n > 1, chance=0.02) for n in range(100)]
    found = measure(some)
    assert (found.answers, found.wrong) == (100, 2)
    assert found.error == pytest.approx(0.02)
    assert found.effective == pytest.approx(100)
    assert found.high == pytest.approx(upper_bound(2, 100, 0.975))
    assert 0.002 < found.low < 0.003


def test_an_answer_stands_for_as_many_events_as_its_chance_says() -> None:
    rare = [Answer(probability=0.99, right=n > 0, chance=0.01) for n in range(10)]
    often = [Answer(probability=0.99, right=True, chance=1.0) for _ in range(1_000)]
    found = measure([*rare, *often])
    assert found.error == pytest.approx(100 / 2_000)
    assert found.effective == pytest.approx(2_000**2 / (10 * 100**2 + 1_000))
    assert found.low < 0.05 < found.high


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    luck = random.Random(2)  # noqa: S311 (no secret)
    held = 0
    for _ in range(200):
        some = [
            Answer(probability=0.95, right=luck.random() >= 0.05, chance=luck.choice((0.02, 0.05))) for _ in range(200)
        ]
        found = measure(some)
        held += found.low <= 0.05 <= found.high
    assert held >= 186


def test_a_drift_is_found_and_said() -> None:
    found = drift(answers(1_500, said=0.99, wrong=0.04))
    assert found is not None
    assert found.direction == "too_sure"
    assert found.answers < 700
    assert found.right < 0.97 < found.said
    other = drift(answers(1_500, said=0.9, wrong=0.02))
    assert other is not None
    assert other.direction == "too_modest"


def test_false_alarms_are_as_rare_as_stated() -> None:
    """With one alarm in 1,000 answers on average, at most a tenth of all streams of 100 answers has one."""
    for said in (0.995, 0.95, 0.7):
        alarms = sum(drift(answers(100, said, 1 - said, seed)) is not None for seed in range(400))
        assert alarms / 400 <= 100 / ANSWERS_TO_FALSE_ALARM


def test_an_alarm_stays_when_better_days_follow() -> None:
    assert drift([*answers(800, 0.99, 0.05), *answers(2_000, 0.99, 0.0)]) is not None
