"""What the readings of one meter say against one of them, and what it may have been instead."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from capture.events.base import KM_PER_MILE
from capture.history.failed import Failed
from capture.history.fit import Fit, Mark, Meter, km_of
from capture.history.model import Way
from capture.history.rate import BREAK, KM_A_DAY, ROUNDING_KM
from capture.history.resets import reset
from capture.history.words import Words, day, span

RARE = 0.0002
"""A distance that is driven more rarely than this, in gaps of that length, is more than the vehicle's rate allows."""

_STANDING_DEPTH = 4.0
"""A number that did not move is stale where standing still lies this many deviations below what is usual."""

_STANDING_DAYS = 3.0
"""After shorter rests, a day off or a weekend, a photo before driving off shows what the one on coming home did."""

_TRIP_MOST = 10_000
"""Trip meters have at most four digits before the point."""

_TRIP_SHARE = 0.2

_PIXELS_AGAINST = 1 / 3
"""The pixels are against a way that they make less than this times as likely as their best."""

_FEW = 3
"""So many readings in a row that agree with each other, and with no others, are doubted one by one."""

Entry = Mark | Fit

_NO_VEHICLE = f"no vehicle drives more than {KM_A_DAY:,.0f} km (3,000 mi) a day"

_SAYS = {"fuel_purchase": "The slip says", "maintenance": "The invoice says"}


class Odometer:
    """The readings of one meter under the rules."""

    def __init__(self, meter: Meter, words: Words) -> None:
        """Find where the believed readings break off from each other."""
        self.meter = meter
        self.words = words
        self.trusted = [place for place, entry in enumerate(meter.entries) if isinstance(entry, Mark) or entry.believed]
        self.breaks = self._breaks()

    def failed(self, place: int) -> Iterator[Failed]:
        """Yield the rules that a reading fails."""
        fit = self.meter.entries[place]
        assert isinstance(fit, Fit)
        before, after = self._beside(place)
        if before is None and after is None:
            before = place - 1 if place else None
            after = place + 1 if place + 1 < len(self.meter.entries) else None
        if not fit.believed:
            instead = list(self._instead(fit, before))
            yield self._against(fit, before, after, offers=not instead)
            yield from instead
        elif place in self.breaks:
            yield self._against(fit, *self.breaks[place])
            yield from reset(self.meter, place, self.breaks[place][0], self.words)
        elif before is not None and self._beyond_rate(before, place):
            yield self._against(fit, before, None)
        elif before is not None and self._stands(before, place):
            yield self._repeated(fit, self.meter.entries[before])
        if fit.believed and fit.chosen is not None:
            yield from self._decided_by_history(fit)

    def _beside(self, place: int) -> tuple[int | None, int | None]:
        """Return the nearest believed readings before and after."""
        left, right = bisect_left(self.trusted, place), bisect_right(self.trusted, place)
        return (
            self.trusted[left - 1] if left else None,
            self.trusted[right] if right < len(self.trusted) else None,
        )

    # --- where readings that are believed break off

    def _breaks(self) -> dict[int, tuple[int | None, int | None]]:
        """Return readings beside a break, with the one before and the one after it that they do not go with."""
        parts: list[list[int]] = []
        for place in self.trusted:
            if parts and self._goes_on(parts[-1][-1], place):
                parts[-1].append(place)
            else:
                parts.append([place])
        found: dict[int, tuple[int | None, int | None]] = {}
        for number, part in enumerate(parts):
            before = parts[number - 1][-1] if number else None
            after = parts[number + 1][0] if number + 1 < len(parts) else None
            doubted = part if len(part) < _FEW and len(parts) > 1 else part[:1] if before is not None else []
            found |= {place: (before, after) for place in doubted if isinstance(self.meter.entries[place], Fit)}
        return found

    def _goes_on(self, first: int, second: int) -> bool:
        step = self._km(second) - self._km(first)
        return self.meter.line.gap(first, second).times(step) > 2 * BREAK

    def _beyond_rate(self, before: int, place: int) -> bool:
        gap = self.meter.line.gap(before, place)
        step = self._km(place) - self._km(before)
        return step > self.meter.rate.limit_km(gap.days + gap.slack, RARE) + ROUNDING_KM

    def _stands(self, before: int, place: int) -> bool:
        gap = self.meter.line.gap(before, place)
        pair = self.meter.entries[before], self.meter.entries[place]
        displays = all(isinstance(one, Fit) and one.observation.event_type == "odometer_reading" for one in pair)
        return (
            displays
            and abs(pair[0].km - pair[1].km) < 0.5
            and gap.days >= _STANDING_DAYS
            and self.meter.rate.depth(gap.days) >= _STANDING_DEPTH
        )

    def _km(self, place: int) -> float:
        return self.meter.entries[place].km

    # --- the sentence

    def _against(self, fit: Fit, before: int | None, after: int | None, *, offers: bool = False) -> Failed:
        """Say against which of its neighbours a reading stands."""
        code, words = self._step(fit, before, after)
        said = f"{_SAYS.get(fit.observation.event_type, 'The display shows')} {self._number(fit)} on {day(fit.at)}"
        facts: dict[str, float | str | None] = {"reading_km": round(fit.km, 1)}
        for name, place in (("earlier", before), ("later", after)):
            if place is not None:
                entry = self.meter.entries[place]
                facts |= {f"{name}_km": round(entry.km, 1), f"{name}_on": day(entry.at)}
        sentence = f"{said}, {words}."
        if fit.window_km is not None and not fit.believed:
            low, high = fit.window_km
            facts |= {"expected_from_km": round(low, 1), "expected_to_km": round(high, 1)}
            sentence += f" {self._tell(low, fit)} to {self._tell(high, fit)} would fit."
        if offers and fit.rival is not None:
            other = fit.observation.ways[fit.rival]
            facts |= {"offered": f"{other.shown:.10g}", "offered_km": round(km_of(other), 1)}
            sentence += f" The photo may show {self._tell(km_of(other), fit)} too, which fits better: is it that?"
        elif offers and fit.offer is not None:
            facts |= {"offered": fit.offer.shown, "offered_km": round(fit.offer.km, 1)}
            sentence += f" {self._tell(fit.offer.km, fit)} is one mistake away and fits: was that meant?"
        if fit.observation.event_type == "maintenance":
            code = "service_odometer_differs"
        return Failed(code, sentence, facts)

    def _step(self, fit: Fit, before: int | None, after: int | None) -> tuple[str, str]:
        """Return the rule that fails, and what is said of it."""
        found = None if before is None else self._from_earlier(fit, before)
        if found is None and after is not None:
            found = self._until_later(fit, after)
        if found is None and fit.rival is not None:
            return "reading_unlikely", "which the vehicle's other readings make less likely than another number"
        return found or ("reading_unlikely", "which the vehicle's other readings make unlikely")

    def _from_earlier(self, fit: Fit, before: int) -> tuple[str, str] | None:
        entry, gap = self.meter.entries[before], self.meter.line.gap(before, fit.place)
        step = fit.km - entry.km
        known = f"the {self._tell(entry.km, fit)} of {day(entry.at)}"
        if step < -gap.back_km:
            return "reading_out_of_order", f"less than {known}"
        more = f"{self._tell(step, fit)} more than {known}"
        if step > gap.limit_km:
            a_day = self._tell(step / max(gap.days, 1.0), fit)
            return "distance_beyond_day", f"{more}: {a_day} a day in {span(gap.days)}, and {_NO_VEHICLE}"
        rare = self.meter.rate.limit_km(gap.days + gap.slack, RARE)
        if step > rare + ROUNDING_KM:
            usual = self._tell(self.meter.rate.km_a_day, fit)
            ever = f"hardly ever more than {self._tell(rare, fit)} in {span(gap.days)}"
            return "distance_beyond_rate", f"{more}; this vehicle drives about {usual} a day, and {ever}"
        return None

    def _until_later(self, fit: Fit, after: int) -> tuple[str, str] | None:
        entry, gap = self.meter.entries[after], self.meter.line.gap(fit.place, after)
        step = entry.km - fit.km
        known = f"the {self._tell(entry.km, fit)} of {day(entry.at)}"
        if step < -gap.back_km:
            return "reading_out_of_order", f"more than {known}, which came later"
        if step > gap.limit_km:
            left = f"{self._tell(step, fit)} less than {known}, {span(gap.days)} later"
            return "distance_beyond_day", f"{left}, and {_NO_VEHICLE}"
        return None

    def _number(self, fit: Fit) -> str:
        return self._tell(fit.km, fit)

    def _tell(self, km: float, fit: Fit) -> str:
        return self.words.distance(km, fit.at)

    # --- what it may have been instead

    def _instead(self, fit: Fit, before: int | None) -> Iterator[Failed]:
        """Yield what explains the number: the first of those that do."""
        entry = None if before is None else self.meter.entries[before]
        other = "mi" if fit.way.unit == "km" else "km"
        other_km = fit.km * KM_PER_MILE if other == "mi" else fit.km / KM_PER_MILE
        resets = [] if before is None else list(reset(self.meter, fit.place, before, self.words))
        same = next((one for one in self._believed_before(fit.place) if abs(one.km - fit.km) < 0.5), None)
        if fit.fits(other_km):
            words = "miles" if other == "mi" else "kilometres"
            sentence = (
                f"{fit.way.shown:,.10g} fits as {words}, not as {'kilometres' if other == 'mi' else 'miles'}: "
                "was the unit mistaken?"
            )
            yield Failed(
                "unit_mixed_up", sentence, {"shown": fit.way.shown, "fits_in": other, "fits_km": round(other_km, 1)}
            )
        elif resets:
            yield from resets
        elif same is not None:
            yield self._repeated(fit, same)
        elif entry is not None and fit.way.shown < _TRIP_MOST and fit.km < _TRIP_SHARE * entry.km:
            sentence = (
                f"{fit.way.shown:,.10g} is far below the {self._tell(entry.km, fit)} of {day(entry.at)}: "
                "is it a trip meter?"
            )
            yield Failed("trip_for_odometer", sentence, {"shown": fit.way.shown, "earlier_km": round(entry.km, 1)})

    def _believed_before(self, place: int) -> Iterator[Entry]:
        return (self.meter.entries[other] for other in reversed(self.trusted) if other < place)

    def _repeated(self, fit: Fit, same: Entry) -> Failed:
        days = (fit.at - same.at).total_seconds() / 86400
        usual = self.meter.rate.usual_km(days)
        sentence = (
            f"{self._number(fit)} was shown on {day(same.at)} already, {span(days)} earlier, in which this vehicle "
            f"drives about {self._tell(usual, fit)}: is the photo an old one?"
        )
        return Failed(
            "reading_repeated", sentence,
            {"reading_km": round(fit.km, 1), "earlier_on": day(same.at), "usual_km": round(usual, 1)},
        )  # fmt: skip

    def _decided_by_history(self, fit: Fit) -> Iterator[Failed]:
        """Yield that the pixels alone prefer another way."""
        first = by_pixels(fit.observation.ways)
        if first == fit.best or fit.observation.verified or fit.window_km is None:
            return
        pixels = fit.observation.ways[first]
        low, high = fit.window_km
        against = fit.way.probability < _PIXELS_AGAINST * pixels.probability
        sentence = (
            f"The photo alone says {pixels.shown:,.10g} ({pixels.probability:.0%}); {fit.way.shown:,.10g} "
            f"({fit.way.probability:.0%}) was taken because the vehicle's other readings expect "
            f"{self._tell(low, fit)} to {self._tell(high, fit)}."
        )
        yield Failed(
            "history_against_pixels" if against else "chosen_by_history", sentence,
            {
                "by_pixels_km": pixels.km, "by_pixels_probability": round(pixels.probability, 4),
                "chosen_km": round(fit.km, 1), "chosen_probability": round(fit.way.probability, 4),
                "expected_from_km": round(low, 1), "expected_to_km": round(high, 1),
            },
        )  # fmt: skip


def by_pixels(ways: tuple[Way, ...]) -> int:
    """Return which way the pixels alone prefer."""
    return max(range(len(ways)), key=lambda n: (ways[n].probability, -n))
