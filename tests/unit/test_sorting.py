"""What a document is: by evidence that can be read, with the driver's word as one piece of it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.events import Understanding, understand
from capture.events.base import Hint, Kind, Sorting
from capture.events.sorting import ENOUGH_SCORE, KINDS, SURE_SCORE
from capture.reading import Hypothesis, Reading, Span
from capture.review import FLAGS
from tests.unit.paper import Row, paper, reading, span

FUEL: list[Row] = [
    "HARBOUR PETROL STATION",
    "12 QUAY STREET",
    "DATE 18-01-2024 15:44",
    "PUMP NO 4",
    "DIESEL",
    "40.000 L x 2.150 /L",
    ("TOTAL", "RM 86.00"),
    ("CASH", "100.00"),
    ("CHANGE", "14.00"),
]
RESTAURANT: list[Row] = [
    "BLUE LANTERN RESTAURANT",
    "TABLE NO 7   PAX 2",
    "DATE 18-01-2024 20:44",
    ("FISH HEAD CURRY", "24.00"),
    ("2.000 L SPARKLING WATER", "8.00"),
    ("SUBTOTAL", "32.00"),
    ("TOTAL", "RM 32.00"),
    ("CASH", "50.00"),
    ("CHANGE", "18.00"),
]
WINE: list[Row] = [
    "BLUE LANTERN RESTAURANT",
    "TABLE NO 7   PAX 2",
    "DATE 18-01-2024 20:44",
    "HOUSE WINE",
    "2.000 L x 16.000 /L",
    ("TOTAL", "RM 32.00"),
    ("CASH", "50.00"),
    ("CHANGE", "18.00"),
]
PAINT: list[Row] = [
    "ORCHID HARDWARE SDN BHD",
    "DATE 18-01-2024 15:44",
    "WHITE EMULSION PAINT",
    "10.000 L x 8.600 /L",
    ("TOTAL", "RM 86.00"),
    ("CASH", "100.00"),
    ("CHANGE", "14.00"),
    "THANK YOU",
]
PARKING: list[Row] = [
    "CITY PARKING GARAGE",
    "TICKET 4711",
    "ENTRY TIME 18-01-2024 15:44",
    "EXIT TIME 18-01-2024 18:02",
    "VEHICLE: WXY 1234",
    ("PARKING FEE", "6.00"),
    ("TOTAL", "RM 6.00"),
    ("CASH", "10.00"),
    ("CHANGE", "4.00"),
]
INVOICE: list[Row] = [
    "HARBOUR GARAGE",
    "INVOICE NO 4711",
    "DATE 18-01-2024",
    "VEHICLE: WXY 1234",
    "ODOMETER 84,210 KM",
    ("OIL CHANGE 5W-30", "120.00"),
    ("OIL FILTER", "30.00"),
    ("LABOUR", "50.00"),
    ("TOTAL", "RM 200.00"),
]
FAULT = reading([span("CHECK ENGINE", 900, 450, height=40), span("P0420", 900, 520, height=40)])
DASHBOARD = reading([span("ODO", 900, 450, height=40), span("84210 km", 900, 500, height=60)])


def said(page: Reading, kind: Kind | None = None) -> Understanding:
    return understand(page, Hint(kind=kind))


def sorting(page: Reading, kind: Kind | None = None) -> Sorting:
    found = said(page, kind).sorting
    assert found is not None
    return found


@pytest.mark.parametrize("kind", [None, *get_args(Kind)])
@pytest.mark.parametrize(
    ("page", "expected", "event"),
    [
        (paper(FUEL), "fuel_purchase", "fuel_purchase"),
        (paper(INVOICE), "maintenance", "maintenance"),
        (paper(RESTAURANT), "other_receipt", None),
        (paper(PARKING), "other_receipt", None),
        (paper(WINE), "other_receipt", None),
        (DASHBOARD, "odometer_reading", "odometer_reading"),
        (FAULT, "fault", "issue_report"),
        (reading([]), "nothing", None),
    ],
    ids=["fuel", "invoice", "restaurant", "parking", "wine", "dashboard", "fault", "blank"],
)
def test_a_document_is_what_it_shows_whatever_the_driver_says(
    page: Reading, expected: str, event: str | None, kind: Kind | None
) -> None:
    understood = said(page, kind)
    assert understood.sorting is not None
    assert understood.sorting.kind == expected
    assert [c.event_type for c in understood.candidates] == ([] if event is None else [event])
    assert (understood.remark is None) == (event is not None)


def test_litres_that_are_no_fuel_are_none_unless_the_driver_says_so_and_then_doubtful() -> None:
    assert (sorting(paper(PAINT)).kind, said(paper(PAINT)).candidates) == ("other_receipt", ())
    assert "it names neither a fuel nor a pump" in [evidence.words for evidence in sorting(paper(PAINT)).evidence]
    [candidate] = said(paper(PAINT), "fuel_purchase").candidates
    assert "kind_unsure" in [flag.code for flag in candidate.flags]


def test_the_drivers_word_moves_the_score() -> None:
    plain = sorting(paper(FUEL)).scores["fuel_purchase"]
    assert sorting(paper(FUEL), "fuel_purchase").scores["fuel_purchase"] > plain
    assert sorting(paper(FUEL), "maintenance").scores["fuel_purchase"] < plain
    words = [evidence.words for evidence in sorting(paper(FUEL), "odometer").evidence]
    assert "the driver said odometer" in words


def test_words_of_other_trades_move_the_score_and_do_not_decide_alone() -> None:
    plain = sorting(paper(FUEL)).scores["fuel_purchase"]
    coffee = sorting(paper([*FUEL, "BAKERY AND BISTRO INSIDE"]))
    assert coffee.kind == "fuel_purchase", "a filling station sells coffee too"
    assert coffee.scores["fuel_purchase"] < plain
    assert "it has words of a restaurant" in [evidence.words for evidence in coffee.evidence]


def test_a_doubtful_kind_is_flagged_with_both_scores() -> None:
    few: list[Row] = ["SHOP", "DATE 18-01-2024", ("DIESEL 40.000 L", "86.00"), ("TOTAL", "RM 86.00"), ("CASH", "90.00")]
    understood = said(paper(few))
    assert understood.sorting is not None
    assert ENOUGH_SCORE <= understood.sorting.score < SURE_SCORE
    [candidate] = understood.candidates
    flag = next(flag for flag in candidate.flags if flag.code == "kind_unsure")
    assert flag.code in FLAGS
    assert "a fuel slip" in flag.sentence
    assert "a receipt for other things" in flag.sentence
    assert "kind_unsure" not in [flag.code for flag in said(paper(FUEL)).candidates[0].flags]


def test_a_fault_beside_an_odometer_takes_nothing_from_it() -> None:
    both = reading([*DASHBOARD.spans, span("CHECK ENGINE", 900, 620, height=40)])
    assert [c.event_type for c in said(both).candidates] == ["odometer_reading", "issue_report"]
    assert sorting(both).scores == sorting(DASHBOARD).scores


def test_what_the_displays_reader_saw_counts() -> None:
    best = Hypothesis(
        digits="84210", tenths=False, probability=0.9, digit_probabilities=(0.9,) * 5,
        polygon=((0, 0), (1, 0), (1, 1), (0, 1)), digit_polygons=(((0, 0), (1, 0), (1, 1), (0, 1)),) * 5,
    )  # fmt: skip
    line = Span(text="84210", polygon=best.polygon, score=0.9, role="odometer", hypotheses=(best,))
    display = Reading(engine="odometer", model="m", subject="display", spans=(line,), page_sizes=((10, 10),))
    alone = understand(None, Hint(), display).sorting
    assert alone is not None
    assert (alone.kind, alone.score > SURE_SCORE) == ("odometer_reading", True)
    trip = display.model_copy(update={"spans": (Span(text="1.2", polygon=best.polygon, role="trip"),)})
    other = understand(None, Hint(), trip).sorting
    assert other is not None
    assert other.kind == "nothing"


def test_the_scores_are_the_weights_of_the_evidence() -> None:
    found = sorting(paper(FUEL))
    logits = {kind: sum(evidence.weights.get(kind, 0.0) for evidence in found.evidence) for kind in KINDS}
    assert max(logits, key=logits.__getitem__) == found.kind
    heaviest = found.evidence[0].weights
    assert max(map(abs, heaviest.values())) >= 1
    assert "volume times unit price is the total" in [evidence.words for evidence in found.evidence]
    assert "volume, unit price, total" in " ".join(evidence.words for evidence in found.evidence)


TEXTS = st.lists(
    st.sampled_from(["TOTAL 12.00", "DIESEL", "PUMP 3", "40.00 L", "ODO", "123456 km", "TABLE NO 4", "OIL CHANGE", "x"])
    | st.text(max_size=12),
    max_size=12,
)


@given(TEXTS, st.sampled_from([None, *get_args(Kind)]))
def test_any_text_has_scores_that_sum_to_one(texts: list[str], kind: Kind | None) -> None:
    found = sorting(paper(list(texts)), kind)
    assert set(found.scores) == set(KINDS)
    assert sum(found.scores.values()) == pytest.approx(1, abs=0.001)
    assert found.scores[found.kind] == max(found.scores.values()) == found.score
    assert Sorting.model_validate_json(found.model_dump_json()) == found
