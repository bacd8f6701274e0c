"""Numbers, amounts of money and currencies as they are printed -> canonical values.

Every function takes any text and raises nothing. Texts are bounded by the caller (`capture.documents.layout`), and
every pattern here has bounded repetition, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from capture.documents.currencies import CURRENCY

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

WHOLE: dict[str, DecimalMark] = {"JPY": ".", "KRW": ".", "IDR": ",", "VND": ",", "CLP": ",", "HUF": ",",
    "COP": ",", "ISK": ",",
}  # fmt: skip
"""Currencies whose amounts have no decimals, and their countries' decimal mark. Source: ISO 4217, Unicode CLDR."""


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
    rest = re.sub(r"^\.", "", CURRENCY.sub("", rest)).strip(" -()\u00a0")
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
