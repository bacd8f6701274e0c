"""Which fuel was sold, by the words on slips."""

from __future__ import annotations

import re
from collections.abc import Sequence

from capture.layout import Found, Line

GRADES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("diesel", r"\b(?:diesel|dsl|motor[iı]n|gas ?oil|gazole|biodiesel|ulsd|euro ?diesel|dizel|gasoleo)\b"),
        ("lpg", r"\b(?:lpg|autogas|otogaz|propane)\b"),
        ("cng", r"\b(?:cng|natural gas)\b"),
        ("e85", r"\be ?85\b"),
        (
            "premium",
            (
                r"\b(?:premium|super ?plus|v-? ?power|(?:ron|infiniti|primax|super) ?(?:97|98|"
                r"100)(?![\d.,])|ultimate|supreme|sup(?:er)? unl)\b(?: ?9\d(?!\d))?"
            ),
        ),
        ("midgrade", r"\b(?:mid-?grade|plus unl\w*|unl\w* plus)\b"),
        (
            "regular",
            (
                r"\b(?:unleaded|unlead|unld|unl|regular|reg unl|petrol|gasoline|benzin|super ?e ?(?:5|10)|"
                r"e10|kur[sş]unsuz|ron ?9[0-6]|r0n ?9[0-6]|"
                r"fuelsave|primax|infiniti|inf ron\w*|octane)\b(?: ?(?:E ?10|E ?5|[89]\d)(?!\d))?"
            ),
        ),
    )
)
"""Fuels by the words on slips, as canonical names. Petrol of 97 octane (RON) and more is premium."""

_FOOTNOTE = re.compile(r"\b(?:given|relief|section|act|under)\b|diesel ?& ?petrol", re.IGNORECASE)


def find_grade(lines: Sequence[Line]) -> tuple[str, Found] | None:
    """Return the fuel that was sold; words in a footnote about taxes are none."""
    for index, line in enumerate(lines):
        around = " ".join(other.text for other in lines[index : index + 2])
        if _FOOTNOTE.search(around):
            continue
        for name, pattern in GRADES:
            match = pattern.search(line.text)
            if match:
                return name, Found(line, *match.span())
    return None
