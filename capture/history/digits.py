"""What a number would be with one mistake in it: a digit misread, lost, added, two exchanged, the point moved."""

from __future__ import annotations

from collections.abc import Iterator

from capture.history.model import Way
from capture.history.units import in_km

MISREAD, EXCHANGED, LOST, ADDED, POINT = 0.70, 0.10, 0.08, 0.05, 0.07
"""Shares of mistakes in one number. A digit taken for another is the commonest, by engines and at a counter alike."""

ELSEWHERE = 0.2
"""Share of wrong numbers that are no such mistake: another number of the display, another vehicle's."""


def mended(way: Way) -> Iterator[tuple[str, float, float]]:
    """Yield what the number would be without a mistake: as shown, in kilometres, and the share of that mistake."""
    digits, count = way.digits, len(way.digits)
    tenth = 10.0 if way.tenths else 1.0
    found: dict[str, float] = {}

    def add(text: str, share: float) -> None:
        if text and int(text) != int(digits):
            found[text] = found.get(text, 0.0) + share

    for place in range(count):
        for digit in "0123456789":
            if digit != digits[place]:
                add(digits[:place] + digit + digits[place + 1 :], MISREAD / (9 * count))
        add(digits[:place] + digits[place + 1 :], ADDED / count)
    for place in range(count - 1):
        add(digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :], EXCHANGED / (count - 1))
    for place in range(count + 1):
        for digit in "0123456789":
            add(digits[:place] + digit + digits[place:], LOST / (10 * (count + 1)))
    for text, share in found.items():
        shown = int(text) / tenth
        yield shown_text(text, tenths=way.tenths), in_km(shown, way.unit), share
    other = int(digits) * (1.0 if way.tenths else 0.1)
    yield shown_text(digits, tenths=not way.tenths), in_km(other, way.unit), POINT


def misread_last(way: Way) -> float:
    """Return the share of mistakes that are a misread last digit, which no history can tell."""
    return MISREAD / len(way.digits)


def shown_text(digits: str, *, tenths: bool) -> str:
    """Return digits as a number, without leading zeros."""
    if not tenths:
        return str(int(digits))
    return f"{int(digits[:-1] or '0')}.{digits[-1]}"
