"""A meter that likely began anew: replaced, or past its last digit. It is offered, and never taken for granted."""

from __future__ import annotations

from collections.abc import Iterator

from capture.history.failed import Facts, Failed
from capture.history.fit import Fit, Meter
from capture.history.units import in_km
from capture.history.words import Words, day

_LAST_DIGITS = (10**5, 10**6)
"""Where meters of five and six digits begin anew, in their own unit."""

_RARE = 0.01


def reset(meter: Meter, place: int, before: int | None, words: Words) -> Iterator[Failed]:
    """Yield the offer to note a new meter, or a rollover, between two readings, if it explains the later one."""
    fit = meter.entries[place]
    if before is None or not isinstance(fit, Fit):
        return
    earlier = meter.entries[before]
    gap = meter.line.gap(before, place)
    driven = meter.rate.limit_km(gap.days + gap.slack, _RARE)
    if fit.km >= earlier.km:
        return
    between = f"between {day(earlier.at)} and {day(fit.at)}"
    facts: Facts = {
        "earlier_km": round(earlier.km, 1), "earlier_on": day(earlier.at),
        "reading_km": round(fit.km, 1), "reading_on": day(fit.at),
    }  # fmt: skip
    tenth = 10 if fit.way.tenths else 1
    for last in _LAST_DIGITS:
        turn = in_km(last, fit.way.unit)
        if len(fit.way.digits) <= len(str(last * tenth)) - 1 and 0 <= fit.km + turn - earlier.km <= driven:
            sentence = (
                f"The meter likely passed {last - 1:,} and began at 0 {between}: from "
                f"{words.distance(earlier.km, fit.at)} to {words.distance(fit.km, fit.at)}. If so, note the rollover."
            )
            yield Failed("meter_reset_likely", sentence, {"kind": "rollover", **facts})
            return
    if fit.km <= driven and fit.km < earlier.km / 2 and _goes_on(meter, place):
        sentence = (
            f"A new meter was likely fitted {between}: the readings fall from {words.distance(earlier.km, fit.at)} to "
            f"{words.distance(fit.km, fit.at)} and go on from there. If so, note the replacement."
        )
        yield Failed("meter_reset_likely", sentence, {"kind": "replacement", **facts})


def _goes_on(meter: Meter, place: int) -> bool:
    """Tell if the next reading follows on this one."""
    if place + 1 >= len(meter.entries):
        return False
    step = meter.entries[place + 1].km - meter.entries[place].km
    return meter.line.gap(place, place + 1).times(step) > 1
