"""Dates and times as they are printed -> ISO. Takes any text, raises nothing, in time linear in the text.

Wall-clock time stays as it is printed: nothing here shifts it by a zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from capture.documents.calendar_words import LETTER, month_of, weekday_of

MONTH_FIRST = frozenset({"USD", "PHP"})
EITHER_FIRST = frozenset({"CAD"})
"""Currencies of countries that print the month first, or both ways. All others print the day first.
Source: Unicode CLDR, short date formats."""

YEAR_FIRST = frozenset({"SEK", "JPY", "CNY", "KRW", "TWD", "HUF"})
"""Currencies of countries that print the year first, also in two digits. Source: Unicode CLDR, short date formats."""

MONTH_FIRST_COUNTRIES = frozenset({"US", "PH"})
EITHER_FIRST_COUNTRIES = frozenset({"CA", "ZA"})
"""Countries (ISO 3166-1) that print the month first, or both ways; all others print the day first.
Source: Unicode CLDR, short date formats."""

DAY_FIRST_LANGUAGES = frozenset({"de", "tr", "ms", "es", "fr", "it", "nl", "pl", "pt"})
"""Languages (ISO 639-1) whose countries print the day first; so do all that write decimal commas. English is both.
Source: Unicode CLDR, short date formats."""

_YEAR = r"((?:19|20)[0-9]{2}|[0-9]{2})"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}"
_END = rf"(?={_CLOCK}|(?![.,][0-9]{{1,2}}(?![0-9:]))[^0-9/]|$)"
"""A date ends before a time, and not in the middle of an amount: `MAC 2 13.50` is no date."""
_ISO_DATE = re.compile(
    rf"(?<![0-9/.\-])((?:19|20)[0-9]{{2}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}})(?={_CLOCK}|[^0-9]|$)"
)
_SHORT_DATE = re.compile(rf"(?<![0-9/.])(?:(?<!-)|(?=[0-9]{{1,2}}/))([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2{_YEAR}{_END}")
_RUN_DATE = re.compile(r"(?<![0-9])([0-9]{2})([0-9]{2})(20[0-9]{2})(?![0-9])")
_WORD = rf"((?:{LETTER}|0(?={LETTER})|(?<={LETTER})1(?![0-9])){{3,12}})"
_NAMED_DATE = re.compile(
    rf"(?<![0-9])([0-9]{{1,2}})(?:st|nd|rd|th|er)?(?: de | of |[ \-/.]{{0,2}}){_WORD}"
    rf"(?: de |[ \-/.,]{{0,2}}){_YEAR}{_END}",
    re.IGNORECASE,
)
_NAMED_FIRST = re.compile(
    rf"(?<!{LETTER})(?<![0-9]){_WORD}[ .]{{0,2}}([0-9]{{1,2}})(?:st|nd|rd|th)?(?:, ?| ){_YEAR}{_END}", re.IGNORECASE
)
_TIME = re.compile(
    r"(?<![\d.,])(?<!\d:)([01]?[0-9]|2[0-3])(?:[:h]([0-5][0-9])(?::?[0-5][0-9])?|\.([0-5][0-9])(?= ?uhr\b))"
    r"(?![\d:])(?:\s?([ap])\.?m\b)?",
    re.IGNORECASE,
)
_ZONE = re.compile(
    r"\s{0,2}(?:\(?((?:UTC|GMT)\s?[+\-\u2212][0-9]{1,2}(?::?[0-9]{2})?|[+\-\u2212](?:0[0-9]|1[0-4]):?[0-5][0-9]|"
    r"UTC|GMT|CES?T|MES?Z|EES?T|WES?T|BST|TRT|MYT|SGT|[ECMP][SD]T|AK[SD]T|HST|A[CEW][SD]?T|NZ[SD]T)\)?|(Z))"
    r"(?![\w:])"
)
"""A time zone behind a time: an offset, or one of the abbreviations that tills print."""


@dataclass(frozen=True)
class PrintedDate:
    """A date in a text with its two possible meanings; None where that order gives no date."""

    start: int
    end: int
    raw: str
    day_first: date | None
    month_first: date | None
    mark: str
    """What separates the parts: "/", "-", ".", "run" for nothing, or "" where the order is certain."""
    year_first: date | None = None
    """The date that it is with two digits of the year in front, as some countries print it."""
    weekday: int | None = None
    """The day of the week that is printed beside it, Monday is 0."""

    @property
    def ambiguous(self) -> bool:
        """Tell if both orders give a date, and not the same."""
        return self.day_first is not None and self.month_first is not None and self.day_first != self.month_first


@dataclass(frozen=True)
class Clues:
    """What a document tells of the order of day and month besides its dates.

    `currency`: ISO 4217. `language`: ISO 639-1. `not_after`: the day on which the document came, which its own date
    cannot follow. `decimal_comma`: its numbers have decimal commas. `country`: ISO 3166-1, where it was written.
    """

    currency: str | None = None
    language: str | None = None
    not_after: date | None = None
    decimal_comma: bool = False
    country: str | None = None


@dataclass(frozen=True)
class SettledDate:
    """What a printed date means. `day`: None where nothing decides; `because`: what decided, in words."""

    day: date | None
    because: str


def find_dates(text: str) -> list[PrintedDate]:
    """Return the dates of a text, left to right. Years of two digits are of this century."""
    found: list[PrintedDate] = []
    for match in _ISO_DATE.finditer(text):
        certain = _date(match[1], match[2], match[3])
        if certain:
            found.append(PrintedDate(match.start(), match.end(), match.group(), certain, certain, ""))
    for match in _SHORT_DATE.finditer(text):
        day_first, month_first = _date(match[4], match[3], match[1]), _date(match[4], match[1], match[3])
        if day_first or month_first:
            weekday = weekday_of(text, match.start(), match.end())
            year_first = _date(match[1], match[3], match[4]) if len(match[4]) == len(match[1]) == 2 else None
            orders = (day_first, month_first, match[2], year_first, weekday)
            found.append(PrintedDate(match.start(), match.end(), match.group(), *orders))
    for pattern, day, month in ((_NAMED_DATE, 1, 2), (_NAMED_FIRST, 2, 1)):
        for match in _with_months(pattern, month, text):
            certain = _date(match[3], str(month_of(match[month])), match[day])
            if certain:
                found.append(PrintedDate(match.start(), match.end(), match.group(), certain, certain, ""))
    return sorted(found, key=lambda d: d.start)


def _with_months(pattern: re.Pattern[str], group: int, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches whose group is a month's name; others take no text away from those that follow."""
    at = 0
    while match := pattern.search(text, at):
        is_month = month_of(match[group]) is not None
        at = match.end() if is_month else match.start() + 1
        if is_month:
            yield match


def find_run_dates(text: str) -> list[PrintedDate]:
    """Return dates without separators (25032018): weak, since other numbers look like them."""
    found = []
    for match in _RUN_DATE.finditer(text):
        day_first, month_first = _date(match[3], match[2], match[1]), _date(match[3], match[1], match[2])
        if day_first or month_first:
            found.append(PrintedDate(match.start(), match.end(), match.group(), day_first, month_first, "run"))
    return found


def _date(year: str, month: str, day: str) -> date | None:
    full = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None


def settle_date(
    printed: PrintedDate,
    clues: Clues,
    others: Iterable[PrintedDate] = (),
    earlier: Iterable[PrintedDate] = (),
    later: Iterable[PrintedDate] = (),
) -> SettledDate:
    """Decide what a printed date means; where nothing decides it stays open.

    `earlier`, `later`: those of `others` that its labels put before it, such as the order's, and behind it, such as
    when to pay.

    What decides, in this order: only one order gives a date; another date of the document in the same form allows one
    order alone; the day of the week beside it; one order gives a day after the document came; one order puts other
    dates of the same form out of turn; points separate the parts; country, currency, language and decimal commas, if
    they do not contradict each other.
    """
    day_first, month_first = printed.day_first, printed.month_first
    if printed.year_first is not None and clues.currency in YEAR_FIRST:
        return SettledDate(printed.year_first, f"countries that pay in {clues.currency} print the year first")
    if day_first is None or month_first is None:
        return SettledDate(day_first or month_first, "the other order gives no date")
    if not printed.ambiguous:
        return SettledDate(day_first, "both orders give this date" if printed.mark else "the month is certain")
    for is_day_first, because in (
        *_hard(printed, clues, others),
        *_in_turn(printed, earlier, later),
        *_soft(printed, clues),
    ):
        if is_day_first is not None:
            return SettledDate(day_first if is_day_first else month_first, because)
    return SettledDate(None, "")


def _hard(printed: PrintedDate, clues: Clues, others: Iterable[PrintedDate]) -> Iterator[tuple[bool | None, str]]:
    """Yield what proves an order: True for the day first, None for no proof."""
    assert printed.day_first is not None
    assert printed.month_first is not None
    same_form = [o for o in others if o.mark == printed.mark and (o.day_first is None) != (o.month_first is None)]
    if len({other.day_first is None for other in same_form}) == 1:
        yield same_form[0].day_first is not None, f"so does {same_form[0].raw}"
    if printed.weekday is not None:
        fits = [day.weekday() == printed.weekday for day in (printed.day_first, printed.month_first)]
        yield (fits[0] if fits[0] != fits[1] else None), "the day of the week agrees"
    if clues.not_after is not None:
        fits = [day <= clues.not_after for day in (printed.day_first, printed.month_first)]
        yield (fits[0] if fits[0] != fits[1] else None), "the other order lies after the document came"


def _in_turn(
    printed: PrintedDate, earlier: Iterable[PrintedDate], later: Iterable[PrintedDate]
) -> Iterator[tuple[bool | None, str]]:
    """Yield the order of day and month, if only one of them keeps the order of the dates themselves."""
    before = [other for other in earlier if other.mark == printed.mark]
    after = [other for other in later if other.mark == printed.mark]
    orders = ((printed.day_first, "day_first"), (printed.month_first, "month_first"))
    fits = [
        all((day := getattr(other, name)) is None or day <= own for other in before)
        and all((day := getattr(other, name)) is None or day >= own for other in after)
        for own, name in orders
        if own is not None
    ]
    if len(fits) == len(orders) and fits[0] != fits[1]:
        yield fits[0], "the other order puts the document's dates out of turn"


def _soft(printed: PrintedDate, clues: Clues) -> Iterator[tuple[bool | None, str]]:
    """Yield what is custom."""
    if printed.mark == ".":
        yield True, "points separate day and month"
    customs: list[tuple[bool, str]] = []
    if clues.currency is not None and clues.currency not in EITHER_FIRST:
        customs.append((clues.currency not in MONTH_FIRST, f"countries that pay in {clues.currency} print it so"))
    if clues.country is not None and clues.country not in EITHER_FIRST_COUNTRIES:
        customs.append((clues.country not in MONTH_FIRST_COUNTRIES, f"they print it so in {clues.country}"))
    if clues.language in DAY_FIRST_LANGUAGES:
        customs.append((True, f"the language is {clues.language}"))
    if clues.decimal_comma:
        customs.append((True, "its numbers have decimal commas"))
    if len({is_day_first for is_day_first, _ in customs}) == 1:
        yield customs[0]


def find_times(text: str) -> list[tuple[int, int, str]]:
    """Return the times of a text as (start, end, "HH:MM" of 24 hours)."""
    found = []
    for match in _TIME.finditer(text):
        hour, half = int(match[1]), (match[4] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        found.append((match.start(), match.end(), f"{hour:02d}:{match[2] or match[3]}"))
    return found


def find_zone(text: str, at: int) -> tuple[int, int, str] | None:
    """Return the time zone that is printed directly behind a time which ends at `at`, as (start, end, text)."""
    match = _ZONE.match(text, at)
    if match is None:
        return None
    group = 1 if match[1] else 2
    return match.start(group), match.end(group), match[group]


LANGUAGE_WORDS: dict[str, re.Pattern[str]] = {
    language: re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    for language, words in {
        "de": r"mwst|summe|datum|rechnung|beleg|uhr|betrag|zwischensumme|gegeben|rückgeld|steuer|\w+stra(?:ß|ss)e",
        "tr": r"kdv|topkdv|toplam|tarih|fi[sş]|saat|tutar|nakit|fatura|mah|cad|caddesi|sok|sokak",
        "ms": r"tarikh|tunai|jumlah|cukai|resit|baki|terima kasih|jalan|jln|taman|lorong|bandar|kampung|restoran|kedai|"
        r"johor|kedah|kelantan|melaka|pahang|perak|perlis|pulau pinang|selangor|terengganu",
        "es": r"fecha|iva|factura|importe|hora|efectivo|cambio|gracias|calle|avenida",
        "fr": r"tva|facture|ttc|montant|merci|heure|carte bancaire|espèces|rendu|rue",
        "it": r"fattura|imponibile|totale|prezzo|importo|ricambi|manodopera|targa|scadenza|pagamento|via|grazie",
        "nl": r"factuur|factuurnummer|factuurdatum|btw|bedrag|totaal|kenteken|arbeidsloon|onderdelen|aantal|prijs|incl",
        "pl": r"faktura|nip|razem|netto|brutto|wystawienia|zapłaty|przebieg|ilość|cena|szt|kwota|sprzedaży",
        "pt": r"fatura|fecha de emissão|data de emissão|contribuinte|preço|quantidade|peças|mão de obra|viatura|rua",
    }.items()
}
"""Words of receipts and of the addresses on them by language, in lower case."""

ENOUGH_WORDS = 2
"""A document is in a language if so many different words of it are there, and more than of any other."""


def language_of(texts: Sequence[str]) -> str | None:
    """Return the language of a document (ISO 639-1), one of `LANGUAGE_WORDS`; None where it is not plain."""
    whole = "\n".join(texts).replace("İ", "i").casefold()
    counts = sorted(((len(set(p.findall(whole))), language) for language, p in LANGUAGE_WORDS.items()), reverse=True)
    best, next_best = counts[0], counts[1]
    return best[1] if best[0] >= ENOUGH_WORDS and best[0] > next_best[0] else None
