"""Which events are drawn, and what a blind answer says of one."""

from __future__ import annotations

from typing import Any

import pytest

from capture.errors import RefusedError
from capture.sampling import asked, compare, drawn
from storage.ids import new_id

ODOMETER: dict[str, Any] = {"source": "odometer", "reading": 123456, "unit": "km", "parsed_digits": "123456"}
SLIP: dict[str, Any] = {
    "source": "rapid_ocr", "total_cost": 71.24, "currency": "EUR", "volume": 40.0, "volume_unit": "L",
    "purchased_on": "2026-03-01", "station_name": "ARAL TANKSTELLE",
}  # fmt: skip


def test_the_share_that_is_drawn_is_the_share_that_is_asked_for() -> None:
    ids = [new_id() for _ in range(20_000)]
    picked = [drawn(one, 0.02) for one in ids]
    assert 300 < sum(picked) < 500, "400 are expected, with a standard deviation of 20"
    assert picked == [drawn(one, 0.02) for one in ids], "once drawn, always drawn"
    assert all(drawn(one, 0.05) for one, was in zip(ids, picked, strict=True) if was), "a larger share adds to it"
    assert not any(drawn(one, 0.0) for one in ids)
    assert all(drawn(one, 1.0) for one in ids)


@pytest.mark.parametrize("reading", [123456, "123456", "0123456"])
def test_the_same_number_is_the_same_however_it_is_written(reading: object) -> None:
    found = compare("odometer_reading", ODOMETER, {"reading": reading})
    assert (found.outcome, found.payload) == ("same", ODOMETER)


def test_another_number_corrects_what_follows_from_it() -> None:
    found = compare("odometer_reading", ODOMETER, {"reading": "123466", "unit": "km"})
    assert found.outcome == "different"
    assert (found.payload["reading"], found.payload["parsed_digits"]) == (123466, "123466")


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "same"),
        ({"station_name": "Aral Tankstele"}, "same"),
        ({"station_name": "Esso"}, "different"),
        ({"volume": "40,0"}, None),
        ({"volume": 40.01}, "different"),
        ({"volume": None}, "different"),
        ({"purchased_on": "2026-01-03"}, "different"),
    ],
)
def test_a_slip_is_compared_field_by_field(changed: dict[str, object], outcome: str | None) -> None:
    answer = {"total_cost": "71.24", "volume": "40", "purchased_on": "2026-03-01", **changed}
    if outcome is None:
        with pytest.raises(RefusedError, match="volume"):
            compare("fuel_purchase", SLIP, answer)
        return
    assert compare("fuel_purchase", SLIP, answer).outcome == outcome


def test_what_the_photo_does_not_show_is_the_same_if_nothing_was_read() -> None:
    payload = {name: value for name, value in SLIP.items() if name not in {"volume", "volume_unit"}}
    answer = {"total_cost": 71.24, "volume": None, "purchased_on": "2026-03-01"}
    assert compare("fuel_purchase", payload, answer).outcome == "same"


def test_an_answer_that_leaves_out_what_is_asked_for_is_refused() -> None:
    with pytest.raises(RefusedError, match="purchased_on, volume"):
        compare("fuel_purchase", SLIP, {"total_cost": 71.24})
    with pytest.raises(RefusedError, match="reading"):
        compare("odometer_reading", ODOMETER, {"reading": "many"})


def test_nobody_is_asked_of_what_no_photo_shows() -> None:
    assert asked("trip_batch") == ()
