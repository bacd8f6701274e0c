"""How what was photographed at one stop moves the probability of its events."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.agreement import Agreement, Fact
from capture.bundle_evidence import LEAST_ALONE, MOST_RAISED, Moved, moved
from capture.calibration import log_odds, squash
from tests.unit.test_bundles import bought, display, driven, pump, told

SHOWN, SLIP, PUMP = UUID(int=1), UUID(int=2), UUID(int=3)


def kept(said: Agreement) -> list[dict[str, Any]]:
    """Return facts as the database keeps them."""
    return [fact.model_dump(mode="json") for fact in said.facts]


def by(said: Agreement, probability: float | None = 0.9, event_id: UUID = SHOWN, **known: bool) -> Moved | None:
    return moved(probability, event_id, kept(said), **{"with_history": False, **known})


def keyed(km: float = 48_213) -> Agreement:
    return told([display(1, 0, 48_213), bought(2, 1, km=km)])


def fact(ratio: float, code: Any = "keyed_odometer", *, disagrees: bool = False) -> Fact:
    return Fact(
        about="odometer", code=code, of=(SHOWN,), log_ratio=ratio, disagrees=disagrees, sentence=f"{ratio}.", numbers={}
    )


def test_a_keyed_odometer_raises_the_display_by_nine_times_the_odds_at_most() -> None:
    found = by(keyed())
    assert found is not None
    assert found.after == pytest.approx(81 / 82, abs=1e-6)
    assert found.sentence == (
        "What was photographed at the same stop raises the probability from 0.9000 to 0.9878, to 9 times the odds, "
        "the most that counts: The slip says 48,213 km, the display 48,213 km."
    )
    assert found.parts == {
        "before": 0.9, "after": found.after, "log_ratio": round(math.log(9), 4), "facts": {"keyed_odometer": 4.4998}
    }  # fmt: skip


def test_another_keyed_odometer_lowers_it_and_is_not_bounded() -> None:
    found = by(keyed(46_213), 0.5)
    assert found is not None
    assert found.after == pytest.approx(squash(math.log(0.1 / 0.99)), abs=1e-4)
    assert found.sentence.startswith(
        "What was photographed at the same stop lowers the probability from 0.5000 to 0.09"
    )


def test_where_nobody_has_measured_a_probability_there_is_none_to_move() -> None:
    assert by(keyed(), None) is None
    assert by(keyed(46_213), None) is None


def test_what_is_doubtful_by_itself_is_not_raised() -> None:
    assert by(keyed(), LEAST_ALONE - 0.001) is None
    assert by(keyed(), LEAST_ALONE) is not None
    assert by(keyed(46_213), 0.3) is not None, "it is lowered all the same"


def test_facts_move_the_events_that_they_speak_of() -> None:
    assert by(keyed(), event_id=SLIP) is None
    told_twice = told([bought(2, 1), pump(3, 0)])
    assert by(told_twice, event_id=SLIP) == by(told_twice, event_id=PUMP) is not None
    assert by(told([display(1, 0, None), bought(2, 1, km=5)])) is None


def test_a_dashboard_photographed_twice_is_raised_twice_and_another_number_is_not() -> None:
    three = told([display(1, 0), display(4, 1, 48_213.4), display(5, 9, 40_000), bought(2, 2, km=48_213)])
    assert by(three, event_id=UUID(int=4)) == by(three, event_id=SHOWN) is not None
    assert by(three, event_id=UUID(int=5)) is None


def test_a_distance_that_history_has_weighed_raises_nothing_and_still_lowers() -> None:
    fits, off = driven(600, litres_per_100_km=7.0), driven(60, litres_per_100_km=7.0)
    assert by(fits) is not None
    assert by(fits, with_history=True) is None
    assert by(off, with_history=True) == by(off) is not None
    assert by(keyed(), with_history=True) == by(keyed())


def test_of_facts_of_one_kind_the_least_counts_and_a_contradiction_raises_nothing() -> None:
    for twice in ([fact(1.0), fact(0.5)], [fact(0.5), fact(1.0)]):
        found = moved(0.9, SHOWN, [one.model_dump() for one in twice], with_history=False)
        assert found is not None
        assert found.log_ratio == 0.5
    other = fact(-0.1, "distance_and_volume", disagrees=True)
    assert moved(0.9, SHOWN, [fact(1.0).model_dump(), other.model_dump()], with_history=False) is None


def test_facts_that_were_kept_before_do_not_say_of_whom_and_move_nothing() -> None:
    old = [{name: value for name, value in one.items() if name != "of"} for one in kept(keyed())]
    assert moved(0.9, SHOWN, old, with_history=False) is None


@given(st.permutations([0.4, 3.0, -1.0]), st.floats(0.01, 0.99))
def test_no_order_and_no_number_takes_it_past_its_bounds(ratios: list[float], probability: float) -> None:
    codes = {0.4: "keyed_odometer", 3.0: "distance_and_volume", -1.0: "pump_and_slip"}
    facts = [fact(ratio, codes[ratio]).model_dump() for ratio in ratios]
    found = moved(probability, SHOWN, facts, with_history=False)
    assert (found is None) == (probability < LEAST_ALONE)
    if found is not None:
        assert found.log_ratio == MOST_RAISED
        assert log_odds(found.after) <= log_odds(probability) + MOST_RAISED + 1e-3
        assert [one.code for one in found.facts] == sorted(codes.values())
