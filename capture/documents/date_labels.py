"""Which of a document's dates is its own: by the words before it, or above it.

The words are those of receipts and invoices in English, German, French, Spanish, Turkish, Italian, Dutch, Polish,
Portuguese and Malay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from capture.documents.columns import above, cells
from capture.documents.dates import PrintedDate, find_dates, find_times
from capture.documents.layout import Line
from capture.documents.wording import tolerant

INVOICED, DATED, DONE, SERVED, CAME_IN = 0, 1, 2, 3, 4
UNNAMED_WITH_TIME, UNNAMED = 5, 6
ANOTHERS, TO_COME = 7, 8
"""How much a date is the document's own, the less the more.

The invoice's; one that is called a date and no more; when the work was done, or the vehicle left; of a service, or a
date of an unknown kind; when the order was written or the vehicle came in; without a name, with or without a time
beside it; another's, such as the vehicle's first registration; one to come, when to pay or to come again.
"""

_DATE = r"(?:dates?|dt|datum|dated|fecha|tarihi?|tarikh|tgl|data)"
_LINK = r"[ .]{0,2}-? ?"

_WORDS: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (rank, re.compile(rf"(?<![^\W\d_])(?:{tolerant(words)})", re.IGNORECASE))
    for rank, words in (
        (
            TO_COME,
            (
                rf"due(?:{_LINK}{_DATE})?\b|expir\w*|exp\b|valid\b|until|next\b|warrant\w*(?:{_LINK}{_DATE})?|"
                rf"(?:pay(?:able|ment)?|warr\.?){_LINK}(?:by|until|before|exp\w*|{_DATE})|mot due|tax due|"
                r"fällig\w*|zahlbar|zahlungsziel|zahlungstermin|gültig\w*|nächste\w*|\bhu\b(?: fällig)?|"
                r"prochain\w*|échéance|à payer avant|próxim\w*|vencimiento|vence\b|"
                r"scadenza|prossim\w*|vervaldatum|geldig\w*|volgende|te betalen (?:voor|vóór)|"
                r"apk(?:[ -]vervaldatum)?|"
                r"termin płatności|następn\w*|wa[żz]n\w*|vade(?: tarihi?)?|son ödeme|sonraki"
            ),
        ),
        (
            ANOTHERS,
            (
                rf"print(?:ed)?(?:{_LINK}{_DATE})?\b|since\b|birth|dob\b|est\b|promis\w*(?:{_LINK}{_DATE})?|"
                rf"first reg\w*|regist\w*{_LINK}{_DATE}|(?:prod(?:uction)?|build|mfg|"
                rf"manufactur\w*){_LINK}(?:{_DATE})?\b|"
                rf"(?:sold|sale|purchased?|warr?\.? start){_LINK}{_DATE}|in[- ]service(?:{_LINK}{_DATE})?|"
                rf"del(?:iv(?:ery)?)?{_LINK}{_DATE}|last (?:service|visit)|"
                r"erstzul\w*\.?|erstzulassung|(?:1\. ?|tag der )zulassung|gedruckt|druckdatum|leistungszeitraum|"
                r"(?:date de )?(?:1\S{0,2} |première )?mise en circulation|imprimé|impreso|"
                r"(?:fecha )?(?:primera )?matriculación|"
                r"(?:data )?(?:prima )?immatricolazione|stampat\w*|eerste toelating|afgedrukt|"
                r"(?:data )?pierwszej rejestracji|wydruk\w*|trafiğe çıkış|yazdır\w*|"
                rf"(?:quot(?:e|ation)|estimate){_LINK}{_DATE}|kostenvoranschlag vom|devis du|"
                rf"(?:rif\. )?preventivo del|"
                r"presupuesto (?:de|del)|offerte(?:datum)?"
            ),
        ),
        (
            INVOICED,
            (
                rf"(?:inv(?:oice)?|bill(?:ing)?|tax invoice|issued?|statement|receipt|rechnungs?|beleg|"
                rf"ausstellungs|facture|"
                rf"factura|fatura|factuur|fattura|documento){_LINK}{_DATE}|invoiced|billed|"
                rf"{_DATE} (?:of (?:the )?(?:invoice|bill|issue)|invoiced|issued|de (?:la )?factur\w+|"
                rf"d['’]? ?émission|"
                r"facture|de emisión|de expedición|factura|fattura|documento|emissione|di emissione|wystawienia|"
                r"de emissão|da fatura|emissão)|(?:rechnung|facture|fattura|factura|fatura|faktura)(?: vat)?"
                r"[^\d|]{0,12}[\w/\-]{0,20} (?:vom|du|del|z dnia|de)\b|"
                r"wystawiono(?: dnia)?|düzenleme tarihi"
            ),
        ),
        (
            CAME_IN,
            (
                rf"(?:order|work ?order|w\.?/?o\.?|r\.?o\.?|job|job ?card|booking|drop[- ]?off|arrival|received|"
                rf"check[- ]?in|"
                rf"auftrags?|annahme|eingangs?|bestell|werkorder|opdracht|iş emri|giriş|kabul){_LINK}{_DATE}|"
                rf"(?:r\.?o\.? )?opened|created|received|written|booked(?: in)?|bestellt|"
                rf"{_DATE} ?(?:/ ?time)? (?:in|received|opened|created|arrived|booked)\b|"
                rf"{_DATE} (?:d['’]? ?entrée|de réception|de commande|de entrada|de recepción|(?:del? )?orden|ordine|"
                r"ingresso|zlecenia|przyjęcia|de pedido)|"
                r"in\b(?= ?[:.])|auftrag(?: ?\S{1,14})? vom|(?:or|ordre)(?: n\S{0,2} ?\S{1,12})? du\b|entrada"
            ),
        ),
        (
            DONE,
            (
                rf"(?:completed?|completion|closed|ready|finished|out|collected|collection|pick[- ]?up|delivered|"
                rf"released?|supply|tax point|fertigstellungs?|leistungs|liefer|lever|ausgangs?|"
                rf"teslim){_LINK}(?:{_DATE})?|"
                rf"{_DATE} ?(?:/ ?time)? (?:out|completed|closed|ready|finished|of supply)|"
                rf"{_DATE} (?:de sortie|de livraison|de salida|de entrega|consegna|di consegna|sprzedaży|wykonania|"
                r"zakończenia|wydania)|çıkış tarihi?|fertigstellung\w*|abholung|salida"
            ),
        ),
        (SERVED, rf"(?:service|svc|repair|visit|work){_LINK}{_DATE}|{_DATE} of (?:service|repair|work)"),
        (DATED, rf"{_DATE}\b|vom\b"),
    )
)
"""What stands before a date. Of two that end at one place the longer counts."""

_QUALIFIED = re.compile(r"[^\W\d_]{2,}\.? ?$")
"""A word before "date" that says of what: where it is none of ours, the date is of an unknown kind."""

_NOT_QUALIFYING = re.compile(
    r"(?<![^\W\d_])(?:the|la|le|el|il|de|het|und|and|page|seite|no|nr|time|uhrzeit|tel|fax|kunde|customer)\.? ?$",
    re.IGNORECASE,
)

_NEAR_CHARS = 40
"""A label stands so close before its date."""


def date_rank(lines: Sequence[Line], index: int, printed: PrintedDate) -> int:
    """Order the dates of a document: the less, the likelier it is the day on which the document was written.

    `printed`: a date in the text of line `index`. Returns one of the ranks above.
    """
    line = lines[index]
    earlier = max((d.end for d in find_dates(line.text) if d.end <= printed.start), default=0)
    rank = _named(line, max(earlier, printed.start - _NEAR_CHARS), printed.start)
    if rank is None:
        over = above(lines, index, printed.start, printed.end)
        rank = None if find_dates(over) else _rank_of(over, (0,))
    if rank is None:
        rest = line.text[: printed.start] + " " + line.text[printed.end :]
        whole = _rank_of(rest, (0,))
        rank = whole if whole in {DATED, ANOTHERS, TO_COME} else None
    if rank is not None:
        return rank
    return UNNAMED_WITH_TIME if find_times(line.text) else UNNAMED


def _named(line: Line, start: int, end: int) -> int | None:
    starts = [max(0, begin - start) for begin, _ in cells(line) if begin < end]
    return _rank_of(line.text[start:end], starts)


def _rank_of(text: str, cell_starts: Sequence[int]) -> int | None:
    """Return the rank of the last label in a text; `cell_starts`: where its cells begin."""
    found = [
        (match.end(), match.end() - match.start(), rank, match.start())
        for rank, words in _WORDS
        for match in words.finditer(text)
    ]
    if not found:
        return None
    _, _, rank, start = max(found)
    if rank == DATED:
        before = text[max((begin for begin in cell_starts if begin <= start), default=0) : start]
        if _QUALIFIED.search(before) and not _NOT_QUALIFYING.search(before):
            return SERVED
    return rank
