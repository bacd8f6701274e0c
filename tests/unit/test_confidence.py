"""Probabilities are counted, nothing else: calibrations, promises, and what a tenant's own decisions change."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.calibration import EDGE, Calibration, expected_error, log_odds, squash
from capture.confidence import DOCUMENT, GENERAL, Trust
from capture.confidence_table import CALIBRATIONS
from capture.events.base import Candidate, Field
from capture.fitting import Sample, brier, fit
from capture.intervals import beta_share, lower_bound, upper_bound
from capture.promise import Cost, fewest, recommended, threshold, thresholds

KIND = "odometer_reading"
KEY = ("engine_a", KIND, "")


def samples(count: int, seed: int = 1, *, skill: float = 1.0, groups: int = 40) -> list[Sample]:
    """Return readings that are right as often as their one feature's log-odds say, times `skill`."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    made = []
    for _ in range(count):
        logit = chance.uniform(-1, 7)
        right = chance.random() < squash(skill * logit)
        made.append(Sample({"score": logit}, "plain", right, str(chance.randrange(groups))))
    return made


@pytest.fixture(scope="module")
def general() -> Calibration:
    return fit(samples(4000), "engine_a", KIND, "made up", photos=5000)


def candidate(score: float, *, signal: str = "plain", engine: str = "engine_a", kind: str = KIND) -> Candidate:
    return Candidate(
        event_type=kind, engine=engine, evidence=0.9, payload={}, fields={}, signal=signal, features={"score": score}
    )


def test_what_is_said_is_what_is_right(general: Calibration) -> None:
    assert expected_error(general.bins) < 0.02
    for logit in (0.0, 2.0, 4.0):
        assert general.probability({"score": logit}) == pytest.approx(squash(logit), abs=0.03)


def test_features_beyond_what_was_seen_count_as_the_nearest(general: Calibration) -> None:
    assert general.probability({"score": 1e9}) == general.probability({"score": 7.0})
    assert general.probability({"score": -1e9}) == general.probability({"score": -1.0})
    assert 0 < general.probability({"unheard of": 3.0}) < 1


def test_the_version_names_the_data(general: Calibration) -> None:
    again = Calibration.model_validate(general.model_dump(mode="json"))
    assert again.version == general.version
    assert fit(samples(4000, seed=2), "engine_a", KIND, "made up").version != general.version


def test_a_sure_engine_is_never_certain() -> None:
    always = fit([Sample({"score": 1.0}, "plain", True, str(i)) for i in range(200)], "engine_a", KIND, "x")
    assert 0.98 < always.probability({"score": 1.0}) <= 1 - EDGE


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans(), st.integers(0, 4)), min_size=6, max_size=40))
def test_no_readings_make_the_fit_fail(rows: list[tuple[float, bool, int]]) -> None:
    made = fit([Sample({"score": x}, "plain", right, str(group)) for x, right, group in rows], "engine_a", KIND, "x")
    assert 0 < made.probability({"score": 0.0}) < 1
    assert sum(one.n for one in made.bins) == pytest.approx(len(rows))
    assert made.curve[-1].accepted == pytest.approx(len(rows))


def test_the_curve_counts_from_the_surest_down(general: Calibration) -> None:
    for before, after in zip(general.curve, general.curve[1:], strict=False):
        assert (after.probability, before.accepted, before.wrong) < (
            before.probability,
            after.accepted,
            after.wrong + 1,
        )
    assert general.curve[-1].accepted == 4000


def test_readings_that_stand_for_others_are_no_more_evidence_than_there_are() -> None:
    plain = [Sample({"score": 1.0}, "plain", i % 20 > 0, str(i % 7)) for i in range(200)]
    heavy = [replace(one, weight=50.0) for one in plain]
    once, fifty = (fit(some, "engine_a", KIND, "x") for some in (plain, heavy))
    assert fifty.curve[-1].accepted == 50 * once.curve[-1].accepted == 10_000
    assert fifty.curve[-1].bound == pytest.approx(once.curve[-1].bound, abs=1e-5)
    assert fifty.bias == once.bias
    assert fifty.photos == 10_000


def test_a_reading_that_stands_for_many_says_so_in_the_shares() -> None:
    mixed = [Sample({"score": 1.0}, "plain", True, str(i % 7)) for i in range(100)]
    mixed += [Sample({"score": 1.0}, "plain", False, "7", weight=50.0)]
    (step,) = fit(mixed, "engine_a", KIND, "x").curve[-1:]
    assert (step.accepted, step.wrong) == (150.0, 50.0)
    assert step.bound > upper_bound(1, 101), "a third is wrong, by the evidence of few"


def test_parts_of_one_reading_are_no_more_evidence_than_the_reading() -> None:
    whole = samples(600)
    halves = [replace(one, weight=0.5) for one in whole for _ in range(2)]
    once, twice = (fit(some, "engine_a", KIND, "x").curve[-1] for some in (whole, halves))
    assert (twice.accepted, twice.wrong) == (once.accepted, once.wrong)
    assert twice.bound == pytest.approx(once.bound, abs=1e-6)


# -- promises


def test_a_stricter_promise_accepts_less(general: Calibration) -> None:
    loose, strict = threshold(general, 0.05), threshold(general, 0.02)
    assert loose is not None
    assert strict is not None
    assert strict.probability > loose.probability
    assert strict.automation < loose.automation
    assert strict.bound <= 0.02


def test_no_event_is_accepted_that_is_far_likelier_wrong_than_promised() -> None:
    sure = [Sample({"score": 6.0 + i % 7}, "plain", True, str(i % 40)) for i in range(4000)]
    poor = [Sample({"score": 0.0 + i % 3}, "plain", i % 2 == 0, str(i % 40)) for i in range(20)]
    mixed = fit([*sure, *poor], "engine_a", KIND, "x")
    assert mixed.curve[-1].bound < 0.01
    cut = threshold(mixed, 0.01)
    assert cut is not None
    assert cut.probability >= 0.9
    assert cut.accepted < mixed.curve[-1].accepted


def test_a_promise_that_nothing_supports_gives_no_threshold(general: Calibration) -> None:
    assert threshold(general, 0.00001) is None
    few = fit(samples(60), "engine_a", KIND, "x")
    assert threshold(few, 0.01) is None


def test_the_fewest_events_that_support_a_promise() -> None:
    assert fewest(0.01) == 299
    assert upper_bound(0, 299) <= 0.01 < upper_bound(0, 298)


def test_dear_mistakes_recommend_stricter_promises(general: Calibration) -> None:
    cheap, dear = recommended(general, Cost(wrong=10, review=1)), recommended(general, Cost(wrong=200, review=1))
    assert cheap is not None
    assert dear is not None
    assert dear.probability > cheap.probability
    assert recommended(general, Cost(wrong=1e9, review=1)) is None
    spent = [cut.bound * cut.accepted * 10 + cut.photos - cut.accepted for cut in thresholds(general)]
    assert min(spent) == cheap.bound * cheap.accepted * 10 + cheap.photos - cheap.accepted


@pytest.mark.parametrize(("wrong", "of", "bound"), [(0, 299, 0.00997), (7, 1462, 0.00896), (5, 100, 0.10225)])
def test_exact_bounds(wrong: int, of: int, bound: float) -> None:
    assert upper_bound(wrong, of) == pytest.approx(bound, abs=2e-4)
    assert lower_bound(of - wrong, of) == pytest.approx(1 - bound, abs=2e-4)


def test_bounds_of_nothing_are_everything() -> None:
    assert (upper_bound(0, 0), lower_bound(0, 0), upper_bound(3, 3), lower_bound(0, 9)) == (1.0, 0.0, 1.0, 0.0)


@given(st.floats(0.5, 500), st.floats(0.5, 500), st.floats(0.001, 0.999))
def test_the_beta_function_is_a_share(a: float, b: float, x: float) -> None:
    assert 0 <= beta_share(a, b, x) <= 1
    assert beta_share(a, b, x) + beta_share(b, a, 1 - x) == pytest.approx(1, abs=1e-9)


# -- what a tenant is judged by


def test_a_reading_is_as_sure_as_its_kind_was_right(general: Calibration) -> None:
    sure = Trust(general={KEY: general}).assess(candidate(5.0))
    assert sure.probability == general.probability({"score": 5.0})
    assert sure.percent == round(100 * (sure.probability or 0))
    assert "were right (made up)" in sure.sentence
    assert sure.parts["calibration"] == general.version


@pytest.mark.parametrize(
    ("signal", "kind", "engine", "words"),
    [
        ("never seen", KIND, "engine_a", "Only 0 labelled photos"),
        ("plain", "fuel_purchase", "engine_a", "Nobody has measured"),
        ("plain", KIND, "engine_b", "Nobody has measured"),
    ],
)
def test_what_nobody_measured_has_no_number(
    general: Calibration, signal: str, kind: str, engine: str, words: str
) -> None:
    sure = Trust(general={KEY: general}).assess(candidate(5.0, signal=signal, kind=kind, engine=engine))
    assert (sure.probability, sure.percent, sure.accept_from) == (None, None, None)
    assert sure.sentence.startswith(words)


def test_promises_are_by_type_and_for_all_others(general: Calibration) -> None:
    judge = Trust(general={KEY: general}, errors={"": 0.05, KIND: 0.02})
    assert (judge.error(KIND), judge.error("maintenance")) == (0.02, 0.05)
    cut = judge.cut("engine_a", KIND)
    assert cut == threshold(general, 0.02)
    sure = judge.assess(candidate(5.0))
    assert cut is not None
    assert (sure.accept_from, "2.00% is promised" in sure.promise) == (cut.probability, True)


def test_own_decisions_correct_the_general_calibration(general: Calibration) -> None:
    worse = [
        Sample({GENERAL: log_odds(general.probability(s.features))}, s.signal, s.right, s.group)
        for s in samples(3000, seed=7, skill=0.4)
    ]
    own = fit(worse, "engine_a", KIND, "3,000 decisions", on_top_of=GENERAL)
    plain, judge = Trust(general={KEY: general}), Trust(general={KEY: general}, own={KEY: own})
    before, after = plain.assess(candidate(5.0)).probability, judge.assess(candidate(5.0)).probability
    assert before == pytest.approx(squash(5.0), abs=0.02)
    assert after == pytest.approx(squash(2.0), abs=0.03)
    assert "3,000 decisions" in judge.assess(candidate(5.0)).sentence


def test_a_few_decisions_hardly_move_it(general: Calibration) -> None:
    few = [Sample({GENERAL: log_odds(general.probability({"score": 5.0}))}, "plain", i > 0, str(i)) for i in range(4)]
    own = fit(few, "engine_a", KIND, "4 decisions", on_top_of=GENERAL)
    before = Trust(general={KEY: general}).assess(candidate(5.0)).probability
    after = Trust(general={KEY: general}, own={KEY: own}).assess(candidate(5.0)).probability
    assert before is not None
    assert after is not None
    assert 0.9 < after < before


def test_decisions_that_contradict_the_promise_withdraw_the_threshold(general: Calibration) -> None:
    bad = [
        Sample({GENERAL: log_odds(general.probability(s.features))}, s.signal, i % 5 > 0, s.group)
        for i, s in enumerate(samples(1500, seed=9))
    ]
    own = fit(bad, "engine_a", KIND, "1,500 decisions", on_top_of=GENERAL)
    assert Trust(general={KEY: general}, errors={"": 0.02}).cut("engine_a", KIND) is not None
    judge = Trust(general={KEY: general}, own={KEY: own}, errors={"": 0.02})
    assert judge.cut("engine_a", KIND) is None
    assert judge.assess(candidate(6.0)).accept_from is None


def test_one_wrong_answer_that_stands_for_fifty_events_contradicts_nothing(general: Calibration) -> None:
    told = [
        Sample({GENERAL: log_odds(general.probability({"score": 6.5}))}, "plain", i != 7, str(i % 9), weight=50.0)
        for i in range(60)
    ]
    own = fit(told, "engine_a", KIND, "60 blind answers", on_top_of=GENERAL)
    assert own.evidence == pytest.approx(1 / 50)
    judge = Trust(general={KEY: general}, own={KEY: own}, errors={"": 0.012})
    assert judge.cut("engine_a", KIND) is not None
    many = judge.model_copy(update={"own": {KEY: own.model_copy(update={"evidence": 1.0})}})
    assert many.cut("engine_a", KIND) is None


def test_fields_have_numbers_of_their_own() -> None:
    fields = {
        "total": Field(value="12.50", raw="12.50", engine="rapid_ocr", score=0.99),
        "pump_number": Field(value="3", raw="3", engine="rapid_ocr", score=0.99),
    }
    slip = Candidate(
        event_type="fuel_purchase", engine="rapid_ocr", evidence=1, payload={}, fields=fields, signal="agrees"
    )
    sure = Trust().assess(slip)
    assert set(sure.fields) == {"total"}
    assert 0.9 < sure.fields["total"] < 1
    assert sure.probability is None


# -- what is shipped


def test_the_shipped_calibrations_say_where_they_are_from_and_hold_what_they_say() -> None:
    assert {(engine, kind) for engine, kind, _ in CALIBRATIONS} == {
        ("odometer", KIND), ("rapid_ocr", KIND), ("rapid_ocr", DOCUMENT),
    }  # fmt: skip
    for (engine, kind, field), one in CALIBRATIONS.items():
        assert (one.engine, one.event_type, one.field) == (engine, kind, field)
        assert one.source
        assert one.photos > 100
        assert sum(b.n for b in one.bins) == pytest.approx(
            one.curve[-1].accepted if one.curve else one.readings, rel=0.01
        )
    assert expected_error(CALIBRATIONS["odometer", KIND, ""].bins) < 0.03


def test_brier_is_the_mean_square() -> None:
    import numpy as np  # noqa: PLC0415 (one test alone)

    assert brier(np.array([1.0, 0.5]), np.array([1.0, 1.0])) == 0.125
