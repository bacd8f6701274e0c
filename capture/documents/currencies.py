"""Which currency a document is in: by signs and codes beside amounts, and by words that name the country."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

CURRENCY_WORDS: dict[str, str] = {
    "CI$": "KYD", "KYD": "KYD",
    "RM": "MYR", "MYR": "MYR", "€": "EUR", "EUR": "EUR", "EURO": "EUR", "£": "GBP", "GBP": "GBP",
    "₺": "TRY", "TL": "TRY", "TRY": "TRY", "₹": "INR", "RS": "INR", "INR": "INR", "US$": "USD", "USD": "USD",
    "CA$": "CAD", "C$": "CAD", "CAD": "CAD", "A$": "AUD", "AU$": "AUD", "AUD": "AUD", "S$": "SGD", "SGD": "SGD",
    "NZ$": "NZD", "NZD": "NZD", "HK$": "HKD", "HKD": "HKD", "NT$": "TWD", "TWD": "TWD", "MX$": "MXN", "MXN": "MXN",
    "CHF": "CHF", "ZL": "PLN", "ZŁ": "PLN", "PLN": "PLN", "KC": "CZK", "KČ": "CZK",
    "CZK": "CZK", "SEK": "SEK", "NOK": "NOK", "DKK": "DKK", "ZAR": "ZAR", "R": "ZAR", "AED": "AED", "SAR": "SAR",
    "QAR": "QAR",     "OMR": "OMR", "KWD": "KWD", "EGP": "EGP", "ILS": "ILS", "₪": "ILS",
    "PHP": "PHP", "₱": "PHP", "円": "JPY", "元": "CNY", "CNY": "CNY", "RMB": "CNY", "￥": "JPY", "VND": "VND",
    "KRW": "KRW", "₩": "KRW", "CLP": "CLP", "THB": "THB", "฿": "THB", "IDR": "IDR", "RP": "IDR",
    "¥": "JPY", "JPY": "JPY", "R$": "BRL", "BRL": "BRL", "HUF": "HUF", "FT": "HUF",
    "BAHT": "THB", "RON": "RON", "LEI": "RON", "BGN": "BGN",
    "RSD": "RSD", "ISK": "ISK", "UAH": "UAH", "PKR": "PKR", "LKR": "LKR", "BDT": "BDT", "KES": "KES", "KSH": "KES",
    "NGN": "NGN", "COP": "COP", "ARS": "ARS",
}  # fmt: skip
"""Signs and abbreviations of the currencies we know. Source: ISO 4217 and Unicode CLDR's narrow symbols.

`RON` counts only with an amount beside it: RON 95 is a grade of petrol."""

CURRENCY = re.compile(
    r"(?<![^\W\d_])(CI\$|US\$|CA\$|AU\$|NZ\$|HK\$|NT\$|MX\$|R\$|[CAS]\$|"
    r"R(?= ?\d{1,3}(?:[ ,]?\d{3}){0,2}[.,]\d\d(?!\d))|[€£₺₹₱฿¥￥円元₩₪$]|"
    r"RM|MYR|EUR|EURO|GBP|TL|TRY|RS|INR|USD|CAD|AUD|SGD|NZD|HKD|TWD|CHF|Z[LŁ]|PLN|K[CČ]|CZK|SEK|NOK|DKK|ZAR|AED|SAR|"
    r"QAR|OMR|KWD|EGP|ILS|PHP|THB|IDR|RP|JPY|MXN|BRL|HUF|FT|BAHT|LEI|BGN|RSD|ISK|UAH|PKR|LKR|BDT|KES|KSH|NGN|COP|ARS|KYD|CNY|"
    r"RMB|VND|KRW|CLP)(?![^\W\d_])",
    re.IGNORECASE,
)

_BESIDE_AMOUNT = frozenset({
    "TRY", "RS", "KC", "ZL", "RP", "TL", "ILS", "LEI", "ISK", "KES", "KSH", "COP", "ARS", "OMR", "EGP", "LKR", "RSD",
    "FT",
})  # fmt: skip
"""Signs that are words or names of other things too, unless an amount stands beside them."""

_EURO_FUEL = re.compile(r"[ -]?(?:di[eé]sel|dizel|motorin|super|plus|[2-6](?!\d)|9[58])", re.IGNORECASE)
"""What makes EURO a grade of fuel or an emission standard."""

DOLLARS = frozenset({"USD", "CAD", "AUD", "SGD", "NZD", "HKD", "TWD", "MXN", "CLP", "COP", "ARS", "KYD"})
"""Whose `$` a bare sign is, where their code or own sign is printed too."""

_GALLONS = r"(?<!IMP )\bGAL(?:LONS?|S)?\b"
"""A weak sign of the US dollar, however many lines say it: Colombia and Ecuador sell by the gallon too."""

_CANADIAN_CODE = r"[ABCEGHJ-NPRSTVXY][\dOI][A-Z] ?[\dOI][A-Z][\dOI]"
_DOLLAR_WORDS: tuple[tuple[str, str], ...] = (
    (
        "CAD",
        (
            rf"\b(?:HST|QST|TVQ|TPS|TVH|TVP|CANADA|ONTARIO|QU[EÉ]BEC|ALBERTA|BRITISH COLUMBIA|SASKATCHEWAN|MANITOBA|"
            rf"NOVA SCOTIA|NEW BRUNSWICK|NEWFOUNDLAND|INTERAC)\b|"
            rf"\bPST\b ?(?:\(?\d{{1,2}} ?%|INCL|#)|\bRT ?[0O]{{3}}[1-9]\b|"
            rf"\bGST\b ?(?:INCL\w*)? ?[:(@]? ?5(?:[.,]0+)? ?%|\b5(?:[.,]0+)? ?% ?GST\b|"
            rf"\b(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|PEI|QC|SK|YT)\b[.,]? +{_CANADIAN_CODE}\b|"
            rf"(?<=[A-Z,] )(?-i:AB|BC|MB|NB|NS|QC|SK)$"
        ),
    ),
    (
        "AUD",
        (
            r"\b(?:ABN|A\.B\.N|AUSTRALIA|EFTPOS)\b|\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\b[.,]? +\d{4}$|"
            r"\bGST\b ?(?:INCL\w*)? ?[:(@]? ?10(?:[.,]0+)? ?%|\b10(?:[.,]0+)? ?% ?GST\b"
        ),
    ),
    ("SGD", r"\bSINGAPORE\b|\bGST\b ?(?:INCL\w*)? ?[:(@]? ?[789](?:[.,]0+)? ?%"),
    ("NZD", r"\bNEW ZEALAND\b|\bGST\b ?(?:INCL\w*)? ?[:(@]? ?15(?:[.,]0+)? ?%|\b15(?:[.,]0+)? ?% ?GST\b"),
    ("MYR", r"\bSDN\.? ?BHD\b"),
    ("MXN", r"\bR\.?F\.?C\b|\bS\.? ?A\.? DE C\.? ?V\b|\bM\. ?N\.|\bPEMEX\b|\bM[EÉ]XICO\b|\bPERMISO CRE\b"),
    ("CLP", r"\bR\.?U\.?T\b[ .:]*\d|\bCHILE\b"),
    ("COP", r"\bNIT\b[ .:]*\d|\bCOLOMBIA\b"),
    ("ARS", r"\bC\.?U\.?I\.?T\b|\bARGENTINA\b"),
    (
        "USD",
        (
            r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|"
            r"T[NX]|UT|V[AT]|W[AIVY])\b\.? ?\d{5}(?:-\d{4})?(?!\d)"
        ),
    ),
    ("USD", _GALLONS),
)
_DOLLAR_ELSEWHERE = tuple((code, re.compile(words, re.IGNORECASE)) for code, words in _DOLLAR_WORDS)
"""Words, taxes and places that tell whose dollar or peso a bare `$` is: most lines of them decide; without one it is
the US dollar. Some tills print `$` for RM. GST is 5 % in Canada, 7 to 9 % in Singapore, 10 % in Australia and 15 % in
New Zealand. Source: the countries' revenue services, 2024."""

RUPEES = frozenset({"INR", "PKR", "LKR"})
"""Whose `Rs` a bare sign is, where their code or own sign is printed too."""

_RUPEE_ELSEWHERE = (
    ("PKR", re.compile(r"\b(?:NTN|STRN|S\.T\.R\.N|PAKISTAN|LAHORE|KARACHI|ISLAMABAD|RAWALPINDI)\b", re.IGNORECASE)),
    ("LKR", re.compile(r"\b(?:SRI ?LANKA|COLOMBO|CEYPETCO|LANKA IOC)\b", re.IGNORECASE)),
)
"""Tax numbers and places that tell whose rupee a bare `Rs` is: without one it is India's."""

_COUNTRY_WORDS = (
    (
        "MYR",
        re.compile(
            r"\bSDN\.? ?BHD\b|\bMALAYSIA\b|\b(?:KUALA LUMPUR|SELANGOR|JOHOR|PENANG|PERAK|MELAKA|SABAH|SARAWAK)\b",
            re.IGNORECASE,
        ),
    ),
    ("TRY", re.compile(r"\b(?:KDV|TOPKDV|TOPLAM|LTD\. ?[SŞ]T[Iİ]|TÜRK[Iİ]YE)\b", re.IGNORECASE)),
    ("EUR", re.compile(r"\b(?:GMBH|MWST)\b", re.IGNORECASE)),
    ("PHP", re.compile(r"\b(?:VATABLE|VAT REG TIN|VAT-?EXEMPT SALES?|GCASH|PHILIPPINES|BIR PERMIT)\b", re.IGNORECASE)),
    ("PLN", re.compile(r"\b(?:PARAGON FISKALNY|PTU [A-G])\b", re.IGNORECASE)),
    ("BRL", re.compile(r"\b(?:CNPJ|NFC-?E)\b", re.IGNORECASE)),
    ("GBP", re.compile(r"\bPENCE\b", re.IGNORECASE)),
    (
        "USD",
        re.compile(
            r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|"
            r"T[NX]|UT|V[AT]|W[AIVY])\.? ?\d{5}(?:-\d{4})?(?!\d)"
        ),
    ),
    ("GBP", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")),
)
"""Legal forms, taxes and places (states with ZIP codes, British postcodes) that tell the currency where no sign is."""


def find_currency(texts: Sequence[str]) -> tuple[str, int, int, int] | None:
    """Return the document's currency: ISO 4217 code, and text's index, start and end of its first sign.

    Where no sign is printed, a word that names the country stands for it.
    """
    counts: Counter[str] = Counter()
    first: dict[str, tuple[int, int, int]] = {}
    dollars_of: Counter[str] = Counter()
    for index, text in enumerate(texts):
        dollars_of.update(code for code, pattern in _DOLLAR_ELSEWHERE[:-1] if pattern.search(text))
        for match in CURRENCY.finditer(text):
            if not _is_sign(match, text):
                continue
            word = match.group(1).upper()
            code = word if word == "RS" else CURRENCY_WORDS.get(word, "$")
            counts[code] += 1
            first.setdefault(code, (index, match.start(1), match.end(1)))
    if not counts:
        return _currency_of_country(texts)
    gallons = _DOLLAR_ELSEWHERE[-1][1]
    dollars_of["USD"] += any(gallons.search(text) for text in texts)
    for sign, countries in (("$", DOLLARS), ("RS", RUPEES)):
        own = [code for code in counts if code in countries]
        if own and sign in counts:
            counts[own[0]] += counts.pop(sign)
    code = max(counts, key=lambda c: (counts[c], -first[c][0]))
    if code == "RS":
        return (next((c for c, words in _RUPEE_ELSEWHERE if any(map(words.search, texts))), "INR"), *first[code])
    return (_most(dollars_of) if code == "$" else code, *first[code])


def _most(dollars_of: Counter[str]) -> str:
    """Return the country's dollar that most lines speak for, any other before the US one; without any, the US one."""
    return max(dollars_of, key=lambda code: (dollars_of[code], code != "USD"), default="USD")


def _currency_of_country(texts: Sequence[str]) -> tuple[str, int, int, int] | None:
    for words in (_COUNTRY_WORDS, _DOLLAR_ELSEWHERE):
        for index, text in enumerate(texts):
            for code, pattern in words:
                match = pattern.search(text)
                if match:
                    return code, index, match.start(), match.end()
    return None


def _is_sign(match: re.Match[str], text: str) -> bool:
    """Tell a currency from a word: it is upper case, and stands beside an amount, in brackets or alone."""
    word = match.group(1)
    if not word.isascii() or "$" in word:
        return True
    if word == "FT" or (word != word.upper() and word.lower() not in {"rs", "tl", "eur", "rm", "zl", "kc", "rp", "ft"}):
        return False
    if word.upper() == "EURO" and _EURO_FUEL.match(text, match.end()):
        return False
    before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip(" .:-")
    if word.upper() in _BESIDE_AMOUNT and before.endswith("(") and after.startswith((")", "/")):
        return True
    if word.upper() in _BESIDE_AMOUNT:
        return after[:1].isdigit() or (before[-1:].isdigit() and not after[:1].isalpha())
    return not (word.upper() == "CAD" and text[match.end() :].startswith("."))  # a street, in Turkish
