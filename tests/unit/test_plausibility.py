"""What a vehicle's other readings say of one: each rule at its bound, and what never happens."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from capture import review
from capture.history.model import Cut, Fill, History, Observation, VehicleFacts
from capture.plausibility import AGAINST_READING, RULES, consider, expected_at, other_vehicles
from capture.review import Level
from tests.unit.odometers import at, fill, found, reading, steady, way


def _codes(observations: list[Observation], number: int) -> set[str]:
    return set(found(observations, number))


# --- nothing to say


def test_no_event_and_one_event_have_no_findings() -> None:
    assert consider(History()) == {}
    (opinion,) = consider(History(observations=(reading(1, 0, 52_000),))).values()
    assert (opinion.chosen, opinion.window_km, opinion.findings, opinion.by_history) == (0, None, (), False)
    assert opinion.posterior == pytest.approx((0.95,), abs=0.05)


def test_an_event_without_odometer_has_no_posterior() -> None:
    opinions = consider(History(observations=(*steady(), reading(50, 4, None, event_type="issue_report"))))
    assert opinions[UUID(int=50)].posterior == ()
    assert opinions[UUID(int=50)].chosen is None


def test_a_vehicle_that_drives_on_is_told_nothing() -> None:
    opinions = consider(History(observations=tuple(steady(20))))
    for one in steady(20):
        opinion = opinions[one.event_id]
        assert opinion.findings == ()
        assert opinion.chosen == 0
        assert opinion.window_km is not None
        assert opinion.window_km[0] <= (one.ways[0].km or 0) <= opinion.window_km[1]
        assert 0.9 < opinion.posterior[0] < 1


def test_readings_without_any_unit_are_compared_as_they_stand() -> None:
    bare = [one.model_copy(update={"ways": (way(one.ways[0].shown, unit=None),)}) for one in steady()]
    assert not _codes(bare, 4)
    wrong = reading(50, 10, 30_600, unit=None)
    finding = found([*bare, wrong], 50)["reading_out_of_order"]
    assert finding.sentence.startswith("The display shows 30,600 on 2026-01-11, less than the 50,540 of 2026-01-10.")
    assert consider(History(observations=(*bare, wrong)))[UUID(int=50)].window_km is None


def test_the_vehicles_unit_stands_in_for_one_that_a_display_does_not_say() -> None:
    miles = [reading(n, n * 3, 50_000 + n * 110, unit="mi") for n in range(8)]
    assert not _codes([*miles, reading(50, 10, 50_367, unit=None)], 50)


# --- does not go with its neighbours


def test_an_invoice_whose_odometer_lacks_a_hundred_thousand_is_told_with_the_numbers() -> None:
    photos = [reading(1, 0, 352_100)]
    invoice = reading(2, 6, 252_832, event_type="maintenance", probability=1.0)
    finding = found([*photos, invoice], 2)["service_odometer_differs"]
    assert finding.sentence.startswith(
        "The invoice says 252,832 km on 2026-01-07, less than the 352,100 km of 2026-01-01."
    )
    assert finding.sentence.endswith("352,832 km is one mistake away and fits: was that meant?")
    assert finding.level == "flag"
    assert finding.facts["offered"] == "352832"
    assert finding.facts["reading_km"] == 252_832
    assert finding.facts["earlier_km"] == 352_100


def test_many_photos_are_not_doubted_for_one_invoice() -> None:
    photos = steady(start=351_400)
    invoice = reading(50, 22, 252_832, event_type="maintenance", probability=1.0)
    opinions = consider(History(observations=(*photos, invoice)))
    assert {one.int for one, opinion in opinions.items() if opinion.findings} == {50}
    assert opinions[UUID(int=50)].chosen is None
    assert "service_odometer_differs" in found([*photos, invoice], 50)
    assert found([*photos, invoice], 50)["service_odometer_differs"].facts["offered"] == "352832"


def _swapped(shown: int, *, true: float = 0.001) -> list[Observation]:
    """Return a week without photos, in which 600 km are read with a digit swapped; `true`: what is left to that."""
    around = [one for one in steady() if not at(9.5) < one.at < at(13)]
    return [*around, reading(50, 10, None, ways=(way(shown, 0.97), way(50_600, true)))]


def test_a_swapped_digit_in_the_window_is_told_with_the_engines_own_next_number() -> None:
    finding = found(_swapped(50_800), 50)["reading_unlikely"]
    assert "less likely than another number." in finding.sentence
    assert finding.sentence.endswith("The photo may show 50,600 km too, which fits better: is it that?")
    assert (finding.facts["offered"], finding.facts["offered_km"]) == ("50600", 50_600)


def test_without_that_number_among_its_ways_a_swapped_digit_in_the_window_stands() -> None:
    *around, swapped = _swapped(50_800)
    assert not _codes([*around, swapped.model_copy(update={"ways": swapped.ways[:1]})], 50)


def test_ways_that_differ_in_the_last_digits_are_not_asked_about() -> None:
    assert not _codes(_swapped(50_689), 50)
    assert _codes(_swapped(50_690), 50) == {"reading_unlikely"}


def test_a_right_reading_is_not_doubted_for_what_else_the_engine_holds_possible() -> None:
    *around, _ = _swapped(50_800)
    for other in (50_500, 50_700, 50_800, 53_600, 80_600):
        assert not _codes([*around, reading(50, 10, None, ways=(way(50_600, 0.97), way(other, 0.01)))], 50)


@pytest.mark.parametrize("place", range(8))
def test_one_wrong_reading_gets_the_finding_and_its_neighbours_none(place: int) -> None:
    photos = steady()
    wrong = photos[place].model_copy(update={"ways": (way((photos[place].ways[0].km or 0) + 20_000),)})
    before = consider(History(observations=tuple(photos)))
    after = consider(History(observations=(*photos[:place], wrong, *photos[place + 1 :])))
    assert after[wrong.event_id].chosen is None
    assert {finding.code for finding in after[wrong.event_id].findings} & AGAINST_READING
    for one in photos:
        if one.event_id != wrong.event_id:
            assert after[one.event_id].findings == ()
            assert after[one.event_id].posterior == pytest.approx(before[one.event_id].posterior, abs=0.02)


def test_of_two_that_disagree_both_are_told() -> None:
    pair = [reading(1, 0, 5_000), reading(2, 4, 4_000)]
    assert "reading_out_of_order" in _codes(pair, 1)
    assert "reading_out_of_order" in _codes(pair, 2)


@pytest.mark.parametrize(("wrong", "code"), [(49_000, "reading_out_of_order"), (52_000, "reading_out_of_order")])
def test_a_reading_below_an_earlier_or_above_a_later_one_is_out_of_order(wrong: float, code: str) -> None:
    assert code in _codes([*steady(), reading(50, 10, wrong)], 50)


@pytest.mark.parametrize("shown", [50_540, 50_539, 50_720])
def test_equal_numbers_and_a_tenth_less_are_in_order(shown: float) -> None:
    photos = steady()  # 50,540 on day 9 and 50,720 on day 12
    assert not _codes([*photos, reading(50, 9.01 if shown < 50_600 else 11.99, shown)], 50)


def test_between_equal_neighbours_the_same_number_is_expected() -> None:
    photos = [*steady(), reading(40, 22, 51_260), reading(50, 21.5, 51_260), reading(51, 21.6, 57_260)]
    opinion = consider(History(observations=tuple(photos)))[UUID(int=50)]
    assert opinion.findings == ()
    assert opinion.window_km == pytest.approx((51_260, 51_260), abs=1)
    assert _codes(photos, 51) & AGAINST_READING


def test_minutes_do_not_decide_the_order() -> None:
    photos = [reading(1, 0, 50_000), reading(2, 3, 50_180), reading(3, 3.005, 50_179), reading(4, 6, 50_360)]
    assert not any(_codes(photos, number) for number in (1, 2, 3, 4))


def test_no_vehicle_drives_more_than_3000_miles_a_day() -> None:
    photos = steady()  # the last, 51,260 km, on day 21
    finding = found([*photos, reading(50, 22, 51_260 + 5_000)], 50)["distance_beyond_day"]
    assert "5,000 km a day in 24 hours, and no vehicle drives more than 4,828 km (3,000 mi) a day" in finding.sentence
    assert finding.facts["earlier_km"] == 51_260
    assert "distance_beyond_day" not in _codes([*photos, reading(50, 22, 51_260 + 4_800)], 50)


def test_a_vehicles_own_rate_bounds_its_distance() -> None:
    photos = steady(count=30, every=1)  # 60 km a day, the last, 51,740 km, on day 29
    finding = found([*photos, reading(50, 43, 51_740 + 9_000)], 50)["distance_beyond_rate"]
    assert "this vehicle drives about 58 km a day, and hardly ever more than" in finding.sentence
    for distance in (0.6, 1.0, 1.4):
        assert not _codes([*photos, reading(50, 43, round(51_740 + 14 * 60 * distance))], 50)


def test_three_readings_do_not_bound_the_fourth_closely() -> None:
    photos = [reading(1, 0, 10_000), reading(2, 1, 10_040), reading(3, 2, 10_082)]
    assert not _codes([*photos, reading(4, 3, 10_332)], 4)


def test_a_digit_that_another_fits_better_is_unlikely() -> None:
    photos = steady(count=12, every=1)  # 50,300 km on day 5, 50,360 on day 6
    wrong = [one for one in photos if one.event_id.int != 5]
    finding = found([*wrong, reading(5, 5, 50_900)], 5)["reading_out_of_order"]
    assert finding.facts["offered"] == "50300"


# --- what it may have been instead


def test_kilometres_read_for_miles_are_told_and_the_reverse() -> None:
    miles = [reading(n, n * 3, 50_000 + n * 110, unit="mi") for n in range(8)]
    finding = found([*miles, reading(50, 22, round(50_810 * 1.609344), unit="mi")], 50)["unit_mixed_up"]
    assert finding.facts["fits_in"] == "km"
    assert finding.sentence == "81,771 fits as kilometres, not as miles: was the unit mistaken?"
    finding = found([*steady(), reading(50, 22, 31_895)], 50)["unit_mixed_up"]
    assert finding.facts["fits_in"] == "mi"


def test_a_trip_for_the_odometer_is_told() -> None:
    finding = found([*steady(), reading(50, 22, 0, ways=(way(412.7, tenths=True),))], 50)["trip_for_odometer"]
    assert finding.sentence.startswith("412.7 is far below the 51,260 km of 2026-01-22")


def test_an_old_photo_sent_again_is_told() -> None:
    finding = found([*steady(every=1, count=20), reading(50, 30, 51_140)], 50)["reading_repeated"]
    assert finding.sentence.startswith("51,140 km was shown on 2026-01-20 already, 11 days earlier")
    assert "reading_repeated" in _codes([*steady(), reading(50, 22, 50_360)], 50)


def test_a_vehicle_that_seldom_drives_may_show_the_same_number_again() -> None:
    photos = [reading(n, n * 4, 30_000 + (n // 2) * 9) for n in range(10)]
    assert not any(_codes(photos, number) for number in range(10))


def test_a_reset_is_offered_where_readings_fall_to_nearly_nothing_and_go_on() -> None:
    new = [reading(60 + n, 23 + 3 * n, 40 + 180 * n) for n in range(4)]
    both = [*steady(), *new]
    finding = found(both, 60)["meter_reset_likely"]
    assert finding.facts["kind"] == "replacement"
    assert (finding.facts["earlier_km"], finding.facts["reading_km"]) == (51_260, 40)
    cut = Cut(at=at(22), kind="replacement", before_km=51_280, after_km=0)
    assert not any(found(both, one.event_id.int, cuts=(cut,)) for one in both)


def test_a_rollover_is_offered_at_the_last_digit() -> None:
    photos = steady(start=98_700)  # 99,960 km on day 21
    finding = found([*photos, reading(50, 23, 85)], 50)["meter_reset_likely"]
    assert finding.facts["kind"] == "rollover"
    cut = Cut(at=at(22), kind="rollover", before_km=100_000, after_km=0)
    assert not found([*photos, reading(50, 23, 85)], 50, cuts=(cut,))


# --- history and pixels


def _two_ways(right: float, wrong: float) -> tuple[History, Observation]:
    doubtful = reading(50, 10, 0, ways=(way(53_600, wrong), way(50_600, right)))
    return History(observations=(*steady(), doubtful)), doubtful


def test_history_chooses_among_the_ways_and_says_so() -> None:
    history, doubtful = _two_ways(right=0.4, wrong=0.5)
    opinion = consider(history)[doubtful.event_id]
    assert (opinion.chosen, opinion.by_history) == (1, True)
    assert opinion.posterior[1] > 0.95
    (finding,) = opinion.findings
    assert (finding.code, finding.level) == ("chosen_by_history", "note")
    assert finding.sentence.startswith("The photo alone says 53,600 (50%); 50,600 (40%) was taken because")


def test_where_the_pixels_are_against_it_a_person_decides() -> None:
    history, doubtful = _two_ways(right=0.02, wrong=0.9)
    opinion = consider(history)[doubtful.event_id]
    assert opinion.chosen == 1
    assert [(finding.code, finding.level) for finding in opinion.findings] == [("history_against_pixels", "flag")]


def test_a_confirmed_reading_is_certain_and_bounds_the_others() -> None:
    photos = [reading(1, 0, 50_000, verified=True), reading(2, 4, 49_000)]
    opinions = consider(History(observations=tuple(photos)))
    assert opinions[UUID(int=1)].posterior == (1.0,)
    assert opinions[UUID(int=1)].findings == ()
    assert opinions[UUID(int=2)].chosen is None


def test_a_confirmed_reading_that_all_others_contradict_is_told_and_stays() -> None:
    wrong = reading(50, 10, 90_600, verified=True)
    opinion = consider(History(observations=(*steady(), wrong)))[wrong.event_id]
    assert (opinion.chosen, opinion.posterior) == (0, (1.0,))
    assert AGAINST_READING & {finding.code for finding in opinion.findings}


# --- another vehicle's


def test_a_reading_that_fits_exactly_one_other_vehicle_is_told() -> None:
    wrong = reading(50, 22, 123_456)
    opinion = consider(History(observations=(*steady(), wrong)))[wrong.event_id]
    other = expected_at(History(observations=tuple(steady(start=122_150))), wrong.at)
    assert other is not None
    windows = {UUID(int=900): other, UUID(int=901): (7_000.0, 8_000.0), UUID(int=902): None}
    finding = other_vehicles(wrong, opinion, windows)
    assert finding is not None
    assert finding.code == "other_vehicle_fits"
    assert finding.facts["vehicle_id"] == str(UUID(int=900))
    assert f"which expects {other[0]:,.0f} to {other[1]:,.0f} km on 2026-01-23" in finding.sentence
    assert other_vehicles(wrong, opinion, {**windows, UUID(int=903): other}) is None
    assert other_vehicles(wrong, opinion, {UUID(int=901): (7_000.0, 8_000.0)}) is None


def test_a_reading_that_its_own_vehicle_hardly_expects_and_another_does_is_told() -> None:
    one = reading(50, 22, 51_760)
    opinion = consider(History(observations=(*steady(), one)))[one.event_id]
    assert opinion.window_km is not None
    assert opinion.window_km[1] < 51_760
    assert other_vehicles(one, opinion, {UUID(int=900): (51_700.0, 51_800.0)}) is not None
    assert other_vehicles(reading(51, 22, None, event_type="issue_report"), opinion, {}) is None


def test_a_reading_that_fits_its_own_vehicle_is_no_others() -> None:
    one = reading(50, 10, 50_600)
    opinion = consider(History(observations=(*steady(), one)))[one.event_id]
    assert other_vehicles(one, opinion, {UUID(int=900): (50_000.0, 51_000.0)}) is None


# --- fuel

VEHICLE = VehicleFacts(tank_litres=60, litres_per_100_km=8, fuel_type="diesel")


@pytest.mark.parametrize(("litres", "told"), [(66.0, False), (66.1, True)])
def test_a_tank_takes_a_tenth_more_than_is_stated(litres: float, told: bool) -> None:
    assert ("volume_over_tank" in found([fill(1, 0, litres=litres)], 1, vehicle=VEHICLE)) is told


@pytest.mark.parametrize(
    ("bought", "takes", "told"),
    [
        ("regular", "diesel", True), ("diesel", "diesel", False), ("premium", "petrol", False),
        ("e85", "regular", False), ("def", "diesel", False), ("regular", "lpg", False), ("diesel", "lpg", True),
        ("diesel", "hydrogen", False),
        (None, "diesel", False), ("diesel", None, False),
    ],
)  # fmt: skip
def test_fuel_goes_into_its_own_kind_of_tank(bought: str | None, takes: str | None, told: bool) -> None:
    vehicle = VehicleFacts(fuel_type=takes)
    assert ("fuel_differs" in found([fill(1, 0, fuel_type=bought)], 1, vehicle=vehicle)) is told


def _prices(last: float, currency: str = "EUR") -> set[str]:
    usual = [fill(n, n * 10, price_per_litre=1.60 + 0.02 * (n % 3), currency="EUR") for n in range(6)]
    return set(found([*usual, fill(50, 60, price_per_litre=last, currency=currency)], 50))


def test_a_price_far_from_the_recent_ones_is_told() -> None:
    assert _prices(2.60) == {"price_unlike_others"}
    assert _prices(0.90) == {"price_unlike_others"}
    assert _prices(2.20) == set()
    assert _prices(16.0, currency="SEK") == set()


def test_three_prices_are_too_few() -> None:
    usual = [fill(n, n * 10, price_per_litre=1.6, currency="EUR") for n in range(3)]
    assert not found([*usual, fill(50, 30, price_per_litre=16.0, currency="EUR")], 50)


def _fills(last_km: float) -> list[Observation]:
    return [*(fill(n, n * 8, 50_000 + n * 600, litres=48) for n in range(7)), fill(50, 60, last_km, litres=48)]


def test_three_tanks_without_a_fill_are_told() -> None:
    # a tank lasts for 750 km, so that 2,250 km are too far; the last fill before was at 53,600 km
    assert "distance_since_fill" in found(_fills(53_600 + 2_260), 50, vehicle=VEHICLE)
    assert "distance_since_fill" not in found(_fills(53_600 + 2_240), 50, vehicle=VEHICLE)


def test_a_dashboard_beside_the_slip_tells_its_odometer() -> None:
    slips = [fill(n, n * 8, None, litres=48) for n in range(8)]
    photos = [reading(100 + n, n * 8 + 0.01, 50_000 + n * 600 + (1_700 if n == 7 else 0)) for n in range(8)]
    assert "distance_since_fill" in found([*slips, *photos], 7, vehicle=VEHICLE)


def test_slips_that_are_seldom_sent_do_not_tell_of_missing_fills() -> None:
    seldom = [fill(n, n * 30, 50_000 + n * 2_500, litres=48) for n in range(8)]
    assert not any("distance_since_fill" in found(seldom, n, vehicle=VEHICLE) for n in range(8))


# --- time


def test_a_photo_of_the_future_blocks_and_is_not_compared() -> None:
    photos = steady()
    early = reading(50, 40, 50_100, received_at=at(22))
    opinions = consider(History(observations=(*photos, early)))
    assert [(finding.code, finding.level) for finding in opinions[early.event_id].findings if finding.level == "block"]
    alone = consider(History(observations=tuple(photos)))
    assert {key: value for key, value in opinions.items() if key != early.event_id} == alone
    assert "time_after_receipt" not in found([*photos, reading(50, 22.9, 51_360, received_at=at(22))], 50)


def test_a_photo_older_than_the_vehicle_is_told() -> None:
    registered = VehicleFacts(first_registered_on=date(2026, 1, 2))
    assert "time_before_vehicle" in found([reading(1, 0, 10)], 1, vehicle=registered)
    assert not found([reading(1, 1, 10)], 1, vehicle=registered)


# --- levels


def test_every_rule_is_a_flag_that_is_declared() -> None:
    assert RULES.keys() <= review.FLAGS.keys()
    assert {code for code, level in RULES.items() if level == "note"} <= review.NOTES
    assert RULES.keys() >= AGAINST_READING


@pytest.mark.parametrize("level", ["block", "flag", "note"])
def test_a_tenant_sets_the_level(level: Level) -> None:
    finding = found([*steady(), reading(50, 10, 49_000)], 50, levels={"reading_out_of_order": level})
    assert finding["reading_out_of_order"].level == level


def test_what_blocks_is_not_compared_until_a_person_confirms_it() -> None:
    slips = [fill(n, n * 8, price_per_litre=1.6, currency="EUR", litres=48) for n in range(4)]
    odd = fill(50, 33, price_per_litre=9.9, currency="EUR", litres=70)
    later = fill(51, 40, price_per_litre=1.6, currency="EUR", litres=48)
    levels: dict[str, Level] = {"volume_over_tank": "block"}
    history = History(vehicle=VEHICLE, observations=(*slips, odd, later), levels=levels)
    opinions = consider(history)
    assert {finding.code for finding in opinions[odd.event_id].findings} == {"volume_over_tank", "price_unlike_others"}
    without = consider(history.model_copy(update={"observations": (*slips, later)}))
    assert opinions[later.event_id] == without[later.event_id]


def test_a_slip_is_an_observation_with_all_its_findings() -> None:
    bad = fill(50, 10, 49_000, litres=80, fuel_type="regular")
    codes = set(found([*steady(), bad], 50, vehicle=VEHICLE))
    assert codes == {"reading_out_of_order", "volume_over_tank", "fuel_differs"}
    assert Fill(litres=80).price_per_litre is None
