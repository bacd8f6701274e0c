"""Numbers, amounts of money and currencies as they are printed -> canonical values.

Every function takes any text and raises nothing. Texts are bounded by the caller (`capture.documents.layout`), and
every pattern here has bounded repetition, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

DecimalMark = Literal[".", ","]

_GAP = "\u00a0\u2009\u202f'\u2019"
"""Spaces and apostrophes that group thousands inside one number."""

_RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
_LOWERED = str.maketrans(_RAISED, "0123456789")
"""Raised digits: North American pumps print tenths of a cent as one, or as the fraction 9/10."""

NUMBER = re.compile(
    rf"(?<![\d,:/])(?<![^A-Za-z]\.)(?<!^\.)(?:[-\u2212]\s?)?"
    rf"(?:\d{{1,3}}(?:[{_GAP}]\d{{3}}){{1,4}}(?:[.,]\d{{1,4}})?"
    r"|\d{1,3}(?: \d{3}){1,4},\d{1,2}"
    r"|\d{1,12}(?:[.,]\d{1,12}){0,5}"
    r"|[.,]\d{1,4})"
    rf"(?:(?:(?<=[.,]\d\d)|(?<=[.,]\d\d\d))(?:[{_RAISED}]|\s?9/10(?!\d)))?"
    r"(?![\d:/%]|[.,]\d|\s?%)",
    re.ASCII,
)
"""A number inside a text: not a part of a date, a time or a longer number, and not a percentage."""

_PRICE_LIKE = re.compile(r"(?<![\d.,])\d{1,7}([.,])\d{2}(?![\d.,])", re.ASCII)

CURRENCY_WORDS: dict[str, str] = {
    "CI$": "KYD", "KYD": "KYD",
    "RM": "MYR", "MYR": "MYR", "€": "EUR", "EUR": "EUR", "EURO": "EUR", "£": "GBP", "GBP": "GBP",
    "₺": "TRY", "TL": "TRY", "TRY": "TRY", "₹": "INR", "RS": "INR", "INR": "INR", "US$": "USD", "USD": "USD",
    "CA$": "CAD", "C$": "CAD", "CAD": "CAD", "A$": "AUD", "AU$": "AUD", "AUD": "AUD", "S$": "SGD", "SGD": "SGD",
    "NZ$": "NZD", "NZD": "NZD", "CHF": "CHF", "ZL": "PLN", "ZŁ": "PLN", "PLN": "PLN", "KC": "CZK", "KČ": "CZK",
    "CZK": "CZK", "SEK": "SEK", "NOK": "NOK", "DKK": "DKK", "ZAR": "ZAR", "AED": "AED", "SAR": "SAR",
    "PHP": "PHP", "₱": "PHP", "円": "JPY", "元": "CNY", "CNY": "CNY", "RMB": "CNY", "￥": "JPY", "VND": "VND",
    "KRW": "KRW", "₩": "KRW", "CLP": "CLP", "THB": "THB", "฿": "THB", "IDR": "IDR", "RP": "IDR",
    "¥": "JPY", "JPY": "JPY", "MXN": "MXN", "R$": "BRL", "BRL": "BRL", "HUF": "HUF", "RON": "RON", "BGN": "BGN",
}  # fmt: skip
"""Signs and abbreviations of the currencies we know. Source: ISO 4217 and Unicode CLDR's narrow symbols.

`RON` counts only with an amount beside it: RON 95 is a grade of petrol."""

_CURRENCY = re.compile(
    r"(?<![^\W\d_])(CI\$|US\$|CA\$|AU\$|NZ\$|R\$|[CAS]\$|[€£₺₹₱฿¥￥円元₩$]|"
    r"RM|MYR|EUR|EURO|GBP|TL|TRY|RS|INR|USD|CAD|AUD|SGD|NZD|CHF|Z[LŁ]|PLN|K[CČ]|CZK|SEK|NOK|DKK|ZAR|AED|SAR|PHP|"
    r"THB|IDR|RP|JPY|MXN|BRL|HUF|BGN|KYD|CNY|RMB|VND|KRW|CLP)(?![^\W\d_])",
    re.IGNORECASE,
)
_DOLLAR_ELSEWHERE = (
    ("CAD", re.compile(r"\b(?:HST|QST|TVQ|TPS|CANADA|ONTARIO|QUEBEC|ALBERTA)\b", re.IGNORECASE)),
    ("AUD", re.compile(r"\b(?:ABN|AUSTRALIA)\b", re.IGNORECASE)),
    ("SGD", re.compile(r"\bSINGAPORE\b", re.IGNORECASE)),
    ("NZD", re.compile(r"\bNEW ZEALAND\b", re.IGNORECASE)),
    ("MYR", re.compile(r"\bSDN\.? ?BHD\b", re.IGNORECASE)),
)
"""Words that tell whose dollar a bare `$` is; without one it is the US dollar. Some tills print `$` for RM."""

WHOLE: dict[str, DecimalMark] = {"JPY": ".", "KRW": ".", "IDR": ",", "VND": ",", "CLP": ",", "HUF": ","}
"""Currencies whose amounts have no decimals, and their countries' decimal mark. Source: ISO 4217, Unicode CLDR."""

DOLLARS = frozenset({"USD", "CAD", "AUD", "SGD", "NZD", "KYD"})
"""Whose `$` a bare sign is, where their code or own sign is printed too."""

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


@dataclass(frozen=True)
class Number:
    """A number in a text: `text[start:end]` is `raw`; `value` keeps the printed decimals."""

    start: int
    end: int
    raw: str
    value: Decimal


def parse_number(text: str, mark: DecimalMark | None = None) -> Decimal | None:
    """Read one printed number, such as "RM 1,234.56", "1.234,56 €" or "(12.00)"; None if it is none.

    `mark` is the document's decimal mark. Without it, of two different marks the last is the decimal
    one; a mark that occurs twice groups thousands; a lone comma before three digits groups thousands, and
    a lone point before three digits is a decimal point, as in prices per litre.
    """
    found = find_numbers(text, mark)
    if len(found) != 1:
        return None
    number = found[0]
    rest = (text[: number.start] + text[number.end :]).strip()
    negative = rest in {"-", "()", "( )"} or rest.endswith("-")
    rest = re.sub(r"^\.", "", _CURRENCY.sub("", rest)).strip(" -()\u00a0")
    if rest:
        return None
    return -number.value if negative and number.value > 0 else number.value


def find_numbers(text: str, mark: DecimalMark | None = None) -> list[Number]:
    """Return the numbers of a text, left to right."""
    numbers = []
    for match in NUMBER.finditer(text):
        value = _to_decimal(match.group(), mark)
        if value is not None:
            numbers.append(Number(match.start(), match.end(), match.group(), value))
    return numbers


def _to_decimal(printed: str, mark: DecimalMark | None) -> Decimal | None:
    negative = printed[0] in "-\u2212"
    plain_digits = printed.replace("9/10", "9").translate(_LOWERED)
    body = "".join(c for c in plain_digits if c.isdigit() or c in ".,")
    tenths = printed[-1] in _RAISED or printed.endswith("9/10")
    point = max(body.rfind("."), body.rfind(",")) if tenths else _decimal_position(body, mark)
    whole, part = (body, "") if point is None else (body[:point], body[point + 1 :])
    digits = "".join(c for c in whole if c.isdigit()) or "0"
    if len(digits) + len(part) > 24:
        return None
    value = Decimal(f"{digits}.{part}" if part else digits)
    return -value if negative else value


def _decimal_position(body: str, mark: DecimalMark | None) -> int | None:
    """Return where the decimal mark stands in `body` (digits and marks alone), or None."""
    marks = [c for c in body if c in ".,"]
    if not marks:
        return None
    last = max(body.rfind("."), body.rfind(","))
    after = len(body) - last - 1
    if len(set(marks)) == 2:
        return last if marks.count(body[last]) == 1 else None
    if len(marks) > 1:
        # "1.234.56": the engine read a comma as a point
        return last if after == 2 else None
    if after != 3 or last == 0:
        return last
    if mark is not None:
        return last if body[last] == mark else None
    return last if body[last] == "." else None


def decimal_mark(texts: Iterable[str]) -> DecimalMark | None:
    """Return the mark that the amounts of a document use before two decimals, None if neither leads."""
    counts = Counter(match.group(1) for text in texts for match in _PRICE_LIKE.finditer(text))
    if counts["."] == counts[","]:
        return None
    return "." if counts["."] > counts[","] else ","


def plain(value: Decimal) -> str:
    """Write an amount as a plain decimal string with the decimals it was printed with."""
    return format(value, "f")


def plain_quantity(value: Decimal) -> str:
    """Write a quantity or a price per unit as a plain decimal string without closing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimals(value: Decimal) -> int:
    """Return how many decimals a value was printed with."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def to_float(value: Decimal | None) -> float | None:
    """Return the number as payloads carry it; None stays None."""
    return None if value is None else float(value)


def quantize(value: Decimal, places: int) -> Decimal:
    """Round half up to so many decimals."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def find_currency(texts: Sequence[str]) -> tuple[str, int, int, int] | None:
    """Return the document's currency: ISO 4217 code, and text's index, start and end of its first sign.

    Where no sign is printed, a word that names the country stands for it.
    """
    counts: Counter[str] = Counter()
    first: dict[str, tuple[int, int, int]] = {}
    dollar = "USD"
    for index, text in enumerate(texts):
        for code, pattern in _DOLLAR_ELSEWHERE:
            if pattern.search(text):
                dollar = code
        for match in _CURRENCY.finditer(text):
            if not _is_sign(match, text):
                continue
            code = CURRENCY_WORDS.get(match.group(1).upper(), "$")
            counts[code] += 1
            first.setdefault(code, (index, match.start(1), match.end(1)))
    if not counts:
        return _currency_of_country(texts)
    dollars = [code for code in counts if code in DOLLARS]
    if dollars and "$" in counts:
        counts[dollars[0]] += counts.pop("$")
    code = max(counts, key=lambda c: (counts[c], -first[c][0]))
    return (dollar if code == "$" else code, *first[code])


def _currency_of_country(texts: Sequence[str]) -> tuple[str, int, int, int] | None:
    for index, text in enumerate(texts):
        for code, pattern in _COUNTRY_WORDS:
            match = pattern.search(text)
            if match:
                return code, index, match.start(), match.end()
    return None


def _is_sign(match: re.Match[str], text: str) -> bool:
    """Tell a currency from a word: it is upper case, and stands beside an amount, in brackets or alone."""
    word = match.group(1)
    if not word.isascii() or "$" in word:
        return True
    if word != word.upper() and word.lower() not in {"rs", "tl", "eur", "rm", "zl", "kc", "rp"}:
        return False
    before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip(" .:-")
    if word.upper() in {"RS", "RP"} and before.endswith("(") and after.startswith((")", "/")):
        return True
    if word.upper() in {"TRY", "RS", "KC", "ZL", "RP", "TL"}:
        return after[:1].isdigit() or (before[-1:].isdigit() and not after[:1].isalpha())
    return not (word.upper() == "CAD" and text[match.end() :].startswith("."))  # a street, in Turkish
