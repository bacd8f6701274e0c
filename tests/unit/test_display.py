"""Ways to read a display, told apart by the distance that they name."""

from __future__ import annotations

import math

import pytest

from capture.calibration import WITH_HISTORY
from capture.confidence import Trust
from capture.display import TENTHS_SHARE, compared, distances, features
from capture.events import understand
from capture.events.base import Hint
from tests.unit.test_display_reading import display, line, text, way


def test_ways_that_differ_in_the_tenths_alone_name_one_distance() -> None:
    seen = line("odometer", way("170524", 0.3, tenths=True), way("170523", 0.28, tenths=True), way("170924", 0.35))
    first, second = distances([seen])
    assert (first.whole, [one.digits for one in first.ways]) == ("17052", ["170524", "170523"])
    assert first.probability == pytest.approx(0.58)
    assert (second.whole, second.probability) == ("170924", 0.35)


@pytest.mark.parametrize(
    ("sure", "value", "codes"),
    [(TENTHS_SHARE + 0.01, 17052.4, set()), (TENTHS_SHARE - 0.01, 17052, {"tenths_left_out"})],
)
def test_tenths_that_are_not_sure_are_left_out_and_said(sure: float, value: float, codes: set[str]) -> None:
    seen = display(line("odometer", way("170524", sure, tenths=True), way("170523", 1 - sure, tenths=True)))
    (candidate,) = understand(None, Hint(vehicle_unit="km"), seen).candidates
    assert (candidate.payload["reading"], candidate.payload["parsed_digits"]) == (value, "170524")
    assert candidate.payload["miles"] == 10596
    assert {flag.code for flag in candidate.flags} == codes | {"unit_from_vehicle"}
    assert candidate.features["tenths_given"] == float(not codes)


def test_the_same_digits_with_and_without_tenths_are_two_distances() -> None:
    seen = line("odometer", way("170524", 0.6, tenths=True), way("170524", 0.3))
    assert [one.whole for one in distances([seen])] == ["17052", "170524"]


def test_another_engine_agrees_differs_or_is_not_there() -> None:
    (chosen,) = distances([line("odometer", way("084210", 0.9))])
    assert compared(chosen, None) == (False, False)
    assert compared(chosen, text("84210 km", "12:30")) == (True, False)
    assert compared(chosen, text("12:30")) == (False, False)
    beside = text("99999")
    (span,) = beside.spans
    over = span.model_copy(update={"polygon": chosen.line.polygon})
    assert compared(chosen, beside.model_copy(update={"spans": (over,)})) == (False, True)


def test_features_speak_of_rivals_digits_and_other_lines() -> None:
    seen = display(
        line("odometer", way("084210", 0.7), way("084270", 0.2)), line("trip", way("1234", 0.4, tenths=True))
    )
    found = features(distances(seen.spans[:1])[0], seen, None)
    assert found["rival"] == pytest.approx(math.log(0.203))
    assert (found["other_line"], found["five_digits"], found["tenths"]) == (0.4, 1.0, 0.0)
    assert all(math.isfinite(value) for value in found.values())


# -- with an eye to the vehicle's other readings


def test_what_the_reader_could_not_settle_is_read_where_the_history_expects_it() -> None:
    seen = display(line("unreadable", way("184210", 0.2), way("134210", 0.25)))
    assert understand(None, Hint(vehicle_unit="km"), seen).candidates == ()
    (candidate,) = understand(None, Hint(vehicle_unit="km", expected_km=(183_900, 184_600)), seen).candidates
    assert (candidate.payload["reading"], candidate.signal) == (184210, WITH_HISTORY)
    flags = {flag.code: flag.sentence for flag in candidate.flags}
    assert "give no reading" in flags["chosen_by_history"]
    assert "183,900 to 184,600" in flags["chosen_by_history"]
    assert "history_against_pixels" not in flags


def test_the_window_is_told_in_the_display_s_unit() -> None:
    seen = display(line("odometer", way("184210", 0.5)))
    (candidate,) = understand(None, Hint(vehicle_unit="mi", expected_km=(296_000, 297_000)), seen).candidates
    assert candidate.features["expected"] == 1.0
    assert candidate.features["by_history"] == 0.0


@pytest.mark.parametrize(("best", "against"), [(0.3, False), (0.7, True)])
def test_history_may_overrule_the_pixels_and_says_so(best: float, *, against: bool) -> None:
    seen = display(line("odometer", way("134210", best), way("184210", 0.2)))
    (candidate,) = understand(None, Hint(vehicle_unit="km", expected_km=(183_900, 184_600)), seen).candidates
    assert candidate.payload["reading"] == 184210
    flags = {flag.code: flag.sentence for flag in candidate.flags}
    assert "would give 134210" in flags["chosen_by_history"]
    assert ("history_against_pixels" in flags) == against


def test_a_sure_reading_far_from_the_window_stays_and_counts_as_unexpected() -> None:
    seen = display(line("odometer", way("284210", 0.9)))
    (candidate,) = understand(None, Hint(vehicle_unit="km", expected_km=(183_900, 184_600)), seen).candidates
    assert (candidate.payload["reading"], candidate.features["expected"]) == (284210, 0.0)
    assert candidate.signal == "unexpected"
    assert Trust().assess(candidate).probability is None


def test_a_little_beyond_the_window_is_not_unexpected() -> None:
    seen = display(line("odometer", way("184900", 0.9)))
    (candidate,) = understand(None, Hint(vehicle_unit="km", expected_km=(183_900, 184_600)), seen).candidates
    assert (candidate.payload["reading"], candidate.signal) == (184900, WITH_HISTORY)


def test_a_trip_that_lies_nowhere_near_stays_a_trip() -> None:
    seen = display(line("trip", way("3087", 0.8, tenths=True)))
    found = understand(None, Hint(vehicle_unit="km", expected_km=(183_900, 184_600)), seen)
    assert found.candidates == ()
    assert found.remark is not None
    assert found.remark.code == "trip_only"


def test_without_a_unit_a_window_says_nothing() -> None:
    seen = display(line("odometer", way("184210", 0.5)))
    (candidate,) = understand(None, Hint(expected_km=(183_900, 184_600)), seen).candidates
    assert candidate.signal == "display"


def test_a_display_of_few_digits_has_no_number_whatever_the_reader_says() -> None:
    for digits, signal in (("0301", "short"), ("210", "short"), ("000287", "display")):
        (candidate,) = understand(
            None, Hint(vehicle_unit="km"), display(line("odometer", way(digits, 0.99)))
        ).candidates
        assert candidate.signal == signal
    short = understand(None, Hint(vehicle_unit="km"), display(line("odometer", way("0301", 0.99)))).candidates[0]
    assert Trust().assess(short).probability is None


def test_the_digits_of_a_fault_code_are_no_odometer() -> None:
    seen = display(line("odometer", way("0301", 0.9)))
    types = {one.event_type for one in understand(text("P0301", "Cylinder 1 misfire"), Hint(), seen).candidates}
    assert types == {"issue_report"}
