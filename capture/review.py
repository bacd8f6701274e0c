"""An event and a decision -> the next state. What a person verified is never changed by a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from capture.errors import ConflictError

ReviewState = Literal["accepted", "flagged", "verified", "corrected", "rejected", "voided"]
Decision = Literal["confirm", "correct", "reject", "void"]

Level = Literal["block", "flag", "note"]
"""What a failed rule does. `note`: it is told. `flag`: a person decides. `block`: a person decides, and until then no
other reading is compared with this one."""

NEXT: dict[Decision, ReviewState] = {
    "confirm": "verified",
    "correct": "corrected",
    "reject": "rejected",
    "void": "voided",
}

ALLOWED: dict[Decision, frozenset[ReviewState]] = {
    "confirm": frozenset({"accepted", "flagged"}),
    "correct": frozenset({"accepted", "flagged", "verified", "corrected"}),
    "reject": frozenset({"accepted", "flagged"}),
    "void": frozenset({"accepted", "flagged", "verified", "corrected"}),
}
"""From which states a person may decide what. Rejected and voided are the end."""

VERIFIED: frozenset[ReviewState] = frozenset({"verified", "corrected"})

UNDECIDED: frozenset[ReviewState] = frozenset({"accepted", "flagged"})
"""Where an event stands until a person decides; programs may move it between the two."""

MEANING: dict[ReviewState, str] = {
    "accepted": "Sure enough to count without a person.",
    "flagged": "Doubtful; a person decides.",
    "verified": "A person said that it is right.",
    "corrected": "A person put it right.",
    "rejected": "A person said that it is not an event.",
    "voided": "A person took it back later.",
}

FLAGS: dict[str, str] = {
    "confidence_unknown": "Nobody has measured how often readings of this kind are right.",
    "confidence_low": "Readings of this kind are wrong too often to be accepted without a look.",
    "promise_unsupported": "Too little was counted to keep the tenant's promise for events of this kind.",
    "unit_unknown": "Neither the display nor the vehicle's record says kilometres or miles.",
    "unit_from_vehicle": "The display does not say its unit; the vehicle's record does.",
    "readers_disagree": "One engine read a number where another could read none.",
    "engines_differ": "Two engines read a value differently, or take the photo for different things.",
    "value_inconsistent": "A vision model gave a value that is not what it says is printed.",
    "value_unconfirmed": "A vision model gave a value that is not among the words that another engine read.",
    "rival_readings": "Several numbers on the photo could be the odometer.",
    "volume_unit_assumed": "The slip does not print litres or gallons; the currency's country decides.",
    "total_missing": "No total was found.",
    "volume_missing": "No volume was found.",
    "odometer_missing": "The document gives no odometer reading.",
    "arithmetic_disagrees": "Numbers do not add up: volume times price, or parts, labour and tax, is not the total.",
    "value_derived": "A number was computed from others, not read.",
    "price_unusual": "The price per unit is far from what fuel costs in that currency; it may have been misread.",
    "not_fuel": "What was sold is no fuel: diesel exhaust fluid (AdBlue) or electricity.",
    "several_products": "The slip sells more than the fuel; its part and the whole are told apart.",
    "date_missing": "No date was found.",
    "date_ambiguous": "The date can be read day first or month first, and nothing decides; it is left out.",
    "date_in_future": "The date lies after the photo was received.",
    "time_gap": "Photo and document are more than 24 hours apart.",
    "kind_unsure": "The document may be of another kind than it seems.",
    "kind_differs": "The document looks like another kind than the driver said.",
    "handwritten": "The document seems to be written by hand; engines misread hands more often than print.",
    "image_truncated": "The file ended before its picture did; the rest was read.",
    "pages_unread": "The document has more pages than are read.",
    "rows_rejected": "Some rows of the file are no trips; the others were kept.",
    "distance_unit_unknown": "Nothing says if the distances are kilometres, miles or metres.",
    "zone_unknown": "The file does not say in which time zone its times are; they are kept as they are written.",
    "distance_measured": "The distance was measured along the points of the track.",
    "trips_overlap": "Two trips of the file overlap.",
    "severity_assumed": "The note does not say how bad it is.",
    "tenths_left_out": "The last drum, which counts tenths, is not sure; the reading is given in whole units.",
    "chosen_by_history": "The vehicle's other readings, and not the pixels alone, decided how the display is read.",
    "history_against_pixels": "The vehicle's other readings prefer a reading that the pixels speak against.",
    "trip_only": "The display shows a trip, a clock or another number, and no total distance.",
    "display_unreadable": "A display is there, and nobody can read it.",
    "unrecognised": "The photo shows no event of a kind that we know.",
    "engine_not_asked": "A budget of the tenant does not bear the price of a further engine.",
    "engine_fallback": "An engine failed; another one read the photo.",
    "warnings_unread": "The display was read for sure, but the search for written warnings failed.",
    "reading_out_of_order": "The odometer is less than an earlier reading of the vehicle, or more than a later one.",
    "distance_beyond_day": "From one reading to the next it would be more than 4,828 km (3,000 mi) a day.",
    "distance_beyond_rate": "From one reading to the next it would be more than the vehicle ever drives.",
    "reading_unlikely": "The vehicle's other readings make a mistake in this one likelier than the number itself.",
    "service_odometer_differs": "The odometer on the invoice does not go with the vehicle's other readings.",
    "unit_mixed_up": "The reading fits the vehicle's others in miles where kilometres were taken, or the reverse.",
    "trip_for_odometer": "The number is so far below the vehicle's odometer that it may be a trip meter.",
    "reading_repeated": "The same number was shown earlier, and the vehicle rarely stands for so long: an old photo?",
    "meter_reset_likely": "The meter was likely replaced or passed its last digit; a person notes it or not.",
    "other_vehicle_fits": "The reading fits another vehicle of the same driver or group, and not this one.",
    "distance_since_fill": "Since the last fill it is more than three times what a full tank lasts for.",
    "volume_over_tank": "More was filled in than the tank takes.",
    "fuel_differs": "The fuel is not what the vehicle takes.",
    "price_unlike_others": "The price per litre is far from that of the vehicle's other fills around that time.",
    "time_after_receipt": "The photo's time is more than a day after it was received.",
    "time_before_vehicle": "The photo's time is before the vehicle was first registered.",
    "duplicate_suspected": "Another event of the tenant may be the same: its file, its picture, its facts or its fill.",
    "bundle_disagrees": "What was photographed at one stop contradicts itself.",
    "moved_by_bundle": "What was photographed at the same stop raised or lowered the probability.",
}
"""Flag codes: a public contract. Each flag on an event adds a sentence with its numbers."""

ACCEPTED_BECAUSE = "confidence_enough"
"""Code of the explanation of an accepted event: its probability reaches the bound and no flag counts."""

HISTORY_AGREES = "history_agrees"
"""Code of the explanation of an event whose flags were taken back, because the vehicle's other readings fit it now."""

RELATIVES_AGREE = "relatives_agree"
"""Code of the explanation of an event whose flags were taken back, because no pair or stop speaks against it now."""

IN_PROSE = "prose"
"""Code of the explanation that a model wrote of the others."""

NOTES: frozenset[str] = frozenset({
    "unit_from_vehicle", "odometer_missing", "not_fuel", "several_products", "warnings_unread", "tenths_left_out",
    "chosen_by_history", "engine_not_asked", "moved_by_bundle",
})  # fmt: skip
"""Flags that are told but do not send an event to a person by themselves."""


def decide(state: ReviewState, decision: Decision) -> ReviewState:
    """Return the state after a person's decision.

    Raises: ConflictError (`already_decided`).
    """
    if state not in ALLOWED[decision]:
        raise ConflictError("already_decided", f"The event is {state}, so it cannot be {NEXT[decision]} now")
    return NEXT[decision]


def counts(code: str, level: Level | None = None) -> bool:
    """Tell if a flag sends its event to a person: by the level of its rule, else by its code."""
    return code not in NOTES if level is None else level != "note"


def first_state(codes: Iterable[str], probability: float | None, accept_from: float | None) -> ReviewState:
    """Return the state of a new event: accepted only with a known probability and no flag that counts.

    `accept_from`: None where nothing supports accepting any.
    """
    if probability is None or accept_from is None or probability < accept_from:
        return "flagged"
    return undecided_state(counts(code) for code in codes)


def undecided_state(counted: Iterable[bool]) -> ReviewState:
    """Return the state of an event on which nobody has decided: accepted if none of its flags counts.

    A probability that is unknown or too low is a flag too.
    """
    return "flagged" if any(counted) else "accepted"
