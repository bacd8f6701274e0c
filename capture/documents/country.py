"""The country in which a document was written, by what each country prints in its own way.

Tax numbers, postal codes, prefixes of telephones, and the names of countries, of their taxes and of their inspections.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_EVIDENCE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "US",
        (
            (
                r"(?-i:\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|"
                r"T[NX]|UT|V[AT]|W[AIVY])\.?,? ?\d{5}(?:-\d{4})?(?!\d))"
            ),
            r"\b(?:USA|United States)\b",
            r"\b(?:EPA|BAR) ?#|\bstate (?:sales )?tax\b|\bsales tax\b",
        ),
    ),
    (
        "CA",
        (
            r"\b[ABCEGHJ-NPR-TVXY]\d[ABCEGHJ-NPR-TV-Z] ?\d[ABCEGHJ-NPR-TV-Z]\d\b",
            r"\b(?:HST|QST|TVQ|TPS|PST|GST ?/ ?HST)\b",
            r"\b\d{5} ?\d{4} ?RT ?\d{4}\b",
            r"\b(?:Canada|Ontario|Qu\S?bec|Alberta|Manitoba|Saskatchewan|Nova Scotia|British Columbia)\b",
        ),
    ),
    (
        "GB",
        (
            r"(?-i:\b(?:GIR|[A-Z]{1,2}\d[A-Z\d]?) \d[ABD-HJLNP-UW-Z]{2}\b)",
            r"(?:\+|(?<![\d.,])00) ?44[ (\d]",
            r"\bVAT (?:reg\w*|no|number)?\W{0,3}(?:no|number)?\W{0,3}(?:GB ?)?\d{3} ?\d{4} ?\d{2}\b",
            r"\b(?:United Kingdom|England|Scotland)\b",
            r"\bMOT\b",
        ),
    ),
    (
        "IE",
        (
            r"(?-i:\b(?:[AC-FHKNPRTV-Y]\d\d|D6W) ?[0-9AC-FHKNPRTV-Y]{4}\b)(?=[^\d]|$)",
            r"(?:\+|(?<![\d.,])00) ?353[ (\d]",
            r"\bIE ?\d{7}[A-Z]{1,2}\b",
            (
                r"\bCo\.? (?:Meath|Louth|Dublin|Cork|Kerry|Galway|Mayo|Clare|Limerick|Tipperary|Waterford|Wexford|"
                r"Wicklow|"
                r"Kildare|Kilkenny|Carlow|Laois|Offaly|Westmeath|Longford|Roscommon|Sligo|Leitrim|Donegal|Cavan|"
                r"Monaghan)\b"
            ),
            r"\bNCT\b|\bEircode\b|\bIreland\b",
        ),
    ),
    (
        "DE",
        (
            r"\bDE ?\d{9}\b",
            r"(?:\+|(?<![\d.,])00) ?49[ (\d]",
            r"\b(?:Deutschland|Germany)\b|\bD-\d{5}\b",
            r"\bHauptuntersuchung|\bHU ?/ ?AU\b|\bStVZO\b|\bKfz\b",
            r"\b\w+(?:straße|strasse)\b.{0,40}\b\d{5} [A-ZÄÖÜ]",
        ),
    ),
    (
        "AT",
        (
            r"\bATU ?\d{8}\b",
            r"(?:\+|(?<![\d.,])00) ?43[ (\d]",
            r"\bA-\d{4}\b",
            r"\b(?:Österreich|Austria)\b",
            r"§ ?57a",
        ),
    ),
    (
        "CH",
        (
            r"\bCHE-?\d{3}\.?\d{3}\.?\d{3}",
            r"(?:\+|(?<![\d.,])00) ?41[ (\d]",
            r"\bCH-\d{4}\b",
            r"\b(?:Schweiz|Suisse|Svizzera|Switzerland)\b",
        ),
    ),
    (
        "FR",
        (
            r"\b(?:SIRET|SIREN|RCS|NAF|APE)\b",
            r"\bFR ?[0-9A-Z]{2} ?\d{3} ?\d{3} ?\d{3}\b",
            r"(?:\+|(?<![\d.,])00) ?33[ (\d]",
            r"\bFrance\b|\bCEDEX\b",
        ),
    ),
    ("BE", (r"\bBE ?0\d{3}\.?\d{3}\.?\d{3}\b", r"(?:\+|(?<![\d.,])00) ?32[ (\d]", r"\b(?:België|Belgique|Belgium)\b")),
    (
        "NL",
        (
            r"\bNL ?\d{9} ?B\d{2}\b",
            r"\b[1-9]\d{3} ?[A-Z]{2} +[A-Z][a-z]",
            r"(?:\+|(?<![\d.,])00) ?31[ (\d]",
            r"\b(?:Nederland|Netherlands)\b|\bKvK\b|\bAPK\b",
        ),
    ),
    (
        "ES",
        (
            r"\bC\.?I\.?F\.?\W",
            r"\bES ?[A-Z]\d{7}[0-9A-Z]\b",
            r"(?:\+|(?<![\d.,])00) ?34[ (\d]",
            r"\b(?:España|Spain)\b|\bITV\b",
        ),
    ),
    (
        "IT",
        (
            r"\bP\. ?IVA\b|\bpartita iva\b",
            r"\bIT ?\d{11}\b",
            r"(?:\+|(?<![\d.,])00) ?39[ (\d]",
            r"\b(?:Italia|Italy)\b|\b\d{5} [A-Z][\w' ]{2,24} \([A-Z]{2}\)",
        ),
    ),
    ("PT", (r"\b[1-9]\d{3}-\d{3} [A-Z]", r"(?:\+|(?<![\d.,])00) ?351[ (\d]", r"\bPortugal\b|\bcontribuinte\b")),
    (
        "PL",
        (r"\bNIP\b", r"(?<![\d-])\d{2}-\d{3} [A-ZŁŚŻ]", r"(?:\+|(?<![\d.,])00) ?48[ (\d]", r"\b(?:Polska|Poland)\b"),
    ),
    (
        "TR",
        (
            r"\b(?:VKN|KDV|TCKN|V\.?D\.?(?= ?:))",
            r"(?:\+|(?<![\d.,])00) ?90[ (\d]",
            r"\bT\S?rkiye\b|\bLTD\. ?[SŞ]T[Iİ]",
            r"\b(?:Mah|Cad|Sok)\.",
        ),
    ),
    (
        "IN",
        (
            r"\b\d{2}[A-Z]{5}\d{4}[A-Z]\d?[A-Z0-9]{2}\b",
            r"\bGSTIN\b|\b[CS]GST\b",
            r"(?:\+|(?<![\d.,])00) ?91[ (\d]",
            r"\bIndia\b",
        ),
    ),
    (
        "AU",
        (
            r"\bABN\b",
            r"(?-i:\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),? \d{4}\b)",
            r"(?:\+|(?<![\d.,])00) ?61[ (\d]",
            r"\bAustralia\b|\bPty\b|\brego\b",
        ),
    ),
    ("NZ", (r"\bNZBN\b", r"(?:\+|(?<![\d.,])00) ?64[ (\d]", r"\bNew Zealand\b|\bWOF\b")),
    ("SG", (r"\bSingapore(?: \d{6})?\b", r"(?:\+|(?<![\d.,])00) ?65[ (\d]", r"\bPte\b")),
    ("MY", (r"\bSdn\.? ?Bhd\b", r"\bMalaysia\b", r"(?:\+|(?<![\d.,])00) ?60[ (\d]")),
    ("ZA", (r"\bSouth Africa\b", r"(?:\+|(?<![\d.,])00) ?27[ (\d]")),
)
"""By country (ISO 3166-1): kinds of evidence. Source: Universal Postal Union, ITU-T E.164, the EU's VAT numbers."""

_PATTERNS = tuple(
    (country, tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)) for country, patterns in _EVIDENCE
)

CURRENCIES: dict[str, str] = {
    "US": "USD", "CA": "CAD", "GB": "GBP", "IE": "EUR", "DE": "EUR", "AT": "EUR", "CH": "CHF", "FR": "EUR",
    "BE": "EUR", "NL": "EUR", "ES": "EUR", "IT": "EUR", "PT": "EUR", "PL": "PLN", "TR": "TRY", "IN": "INR",
    "AU": "AUD", "NZ": "NZD", "SG": "SGD", "MY": "MYR", "ZA": "ZAR",
}  # fmt: skip
"""What is paid with there. Source: ISO 4217."""


@dataclass(frozen=True)
class Country:
    """A country and the first piece of text that tells it: `texts[index][start:end]`."""

    code: str
    index: int
    start: int
    end: int


def find_country(texts: Sequence[str]) -> Country | None:
    """Return the country that more kinds of evidence speak for than for all others together; None where it is open."""
    kinds: dict[str, int] = {}
    first: dict[str, Country] = {}
    for country, patterns in _PATTERNS:
        for pattern in patterns:
            place = next(((index, m) for index, text in enumerate(texts) if (m := pattern.search(text))), None)
            if place:
                kinds[country] = kinds.get(country, 0) + 1
                first.setdefault(country, Country(country, place[0], *place[1].span()))
    best = max(kinds, key=lambda country: kinds[country], default=None)
    return first[best] if best and 2 * kinds[best] > sum(kinds.values()) else None
