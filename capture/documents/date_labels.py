"""Which of a document's dates is its own: by the words before it, or above it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from capture.documents.columns import above
from capture.documents.dates import PrintedDate, find_dates, find_times
from capture.documents.layout import Line

_DATE = r"(?:date|dates|dt|datum|dated|fecha|tarih|tarikh|tgl|data)"

_WORDS: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (rank, re.compile(rf"(?<![^\W\d_])(?:{words})", re.IGNORECASE))
    for rank, words in (
        (
            6,
            (
                r"expir\w*|exp\b|due\b|valid\b|until|print(?:ed)?\b|next\b|since\b|birth|warrant\w*|promis\w*|est\b|"
                r"first reg\w*|regist\w* date|"
                r"production|prod\b|deliv\w* date|in[- ]service|last (?:service|visit)|mot due|tax due|f[äa]llig\w*|"
                r"zahlbar|erstzulassung|"
                r"n[äa]chste\w*|prochain\w*|pr[óo]xim\w*|[ée]ch[ée]ance|vencimiento|mise en circulation|\bhu\b|"
                r"leistungszeitraum"
            ),
        ),
        (
            0,
            (
                rf"(?:inv(?:oice)?|bill|tax invoice|rechnungs?|facture|factura) ?-? ?{_DATE}|"
                rf"date (?:of (?:the )?(?:invoice|bill|issue)|de (?:la )?factur\w+|d['’]?[ée]mission)|"
                r"rechnungsdatum|fecha (?:de )?(?:la )?factura"
            ),
        ),
        (
            4,
            (
                rf"(?:order|work ?order|r\.?o\.?|job|job ?card|booking|drop[- ]?off|arrival|received|check[- ]?in|"
                rf"auftrags?|annahme|eingangs?) ?-? ?{_DATE}|opened|created|received|written|"
                rf"{_DATE} ?(?:/ ?time)? (?:in|received|opened|created|arrived)\b|auftragsdatum|annahmedatum|"
                rf"in\b(?= ?[:.])|auftrag vom"
            ),
        ),
        (
            2,
            (
                rf"(?:completed?|completion|closed|ready|finished|out|collected|collection|pick[- ]?up|delivered|"
                rf"release[d]?) ?{_DATE}?|{_DATE} ?(?:/ ?time)? (?:out|completed|closed|ready|finished)|"
                r"fertigstellung\w*|leistungsdatum|lieferdatum|abholung"
            ),
        ),
        (3, rf"(?:service|repair|visit|work) {_DATE}|{_DATE} of (?:service|repair|work)"),
        (1, rf"{_DATE}\b|vom\b"),
    )
)
"""What stands before a date, by how much it is then the document's own: 0 is the invoice's, 6 another's."""

UNNAMED_WITH_TIME, UNNAMED = 4, 5

_NEAR_CHARS = 40
"""A label stands so close before its date."""


def date_rank(lines: Sequence[Line], index: int, printed: PrintedDate) -> int:
    """Order the dates of a document: the less, the likelier it is the day on which the document was written.

    `printed`: a date in the text of line `index`.
    """
    line = lines[index]
    earlier = max((d.end for d in find_dates(line.text) if d.end <= printed.start), default=0)
    before = line.text[max(earlier, printed.start - _NEAR_CHARS) : printed.start]
    rank = _named(before)
    if rank is None:
        over = above(lines, index, printed.start, printed.end)
        rank = None if find_dates(over) else _named(over)
    if rank is None:
        rest = line.text[: printed.start] + " " + line.text[printed.end :]
        whole = _named(rest)
        rank = whole if whole in {1, 6} else None
    if rank is not None:
        return rank
    return UNNAMED_WITH_TIME if find_times(line.text) else UNNAMED


def _named(text: str) -> int | None:
    """Return the rank of the last label in a text; of two that end at one place the longer counts."""
    found = [
        (match.end(), match.end() - match.start(), rank) for rank, words in _WORDS for match in words.finditer(text)
    ]
    return max(found)[2] if found else None
