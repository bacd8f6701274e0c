"""What else slips say: card, transaction, discount, loyalty, odometer, and what was bought beside the fuel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from capture.documents.layout import Found, Line
from capture.documents.money import DecimalMark, find_numbers
from capture.documents.total import AMOUNT, to_amount
from capture.documents.total_words import MONEY_LINES, ROUNDING, SUBTOTAL, TAX, TOTAL_LABELS

_MASKED = re.compile(r"(?:[x*\u2022\u00b7#\uff0a.]{2,}[ \-]?){1,6}(\d{4})(?![\d.,/:])", re.IGNORECASE)
_NAMED_CARD = re.compile(
    r"\b(?:card|acct|account|visa|master ?card|m/c|amex|debit|ending(?: in)?|last ?4|carte|karte|tarjeta)\b"
    r"[ .:#a-z]{0,14}?(?<!\d)(\d{4})(?![\d.,/:\-])",
    re.IGNORECASE,
)
_NOT_CARD = re.compile(
    r"\b(?:auth\w*|appr\w*|terminal|merchant|loyalty|aid|tid|mid|exp\w*|valid|pump)\b", re.IGNORECASE
)
_DISCOUNT = re.compile(
    r"\b(?:discounts?|disc|savings?|you saved|rollback|coupon|voucher|rewards? (?:applied|savings?)|rabatt|remise|"
    r"r[eé]duction|descuento|indirim|afsl[aá]ttur|nuolaida|atlaide|allahindlus|soodustus|z[lľ]ava|kedvezm[eé]ny|diskaun|"
    r"alennus|afslag|bonificaci[oó]n|gi[aả]m gi[aá]|rebate|desconto|dto|sleva|zni[zż]ka|rabat|popust|"
    r"reducere|[iı]sk[oö]nto|sconto|korting|diskon|potongan)\b|割引|优惠",
    re.IGNORECASE,
)
_DISCOUNT_AMOUNT = re.compile(
    r"(?<![\d,/])(?<![^A-Za-z]\.)(?<!^\.)\d{1,5}[.,]\d{2}(?![\d%]|[.,]\d|\s?(?:/|%|per\b))", re.ASCII
)
_WHOLE_DISCOUNT = re.compile(
    r"(?<![\d.,/:])(?:\d{1,3}(?:[., ]\d{3})+|\d{1,6})(?![\d:%]|[.,]\d|\s?(?:/|%|per\b))", re.ASCII
)
_LOYALTY = re.compile(
    r"[a-z'&+\- ]{0,24}\b(?:loyalty|rewards?|bonus ?(?:card|points?)?|payback|clubcard|nectar|points|fuel ?perks)\b"
    r"[a-z ]{0,16}",
    re.IGNORECASE,
)
_NOT_LOYALTY = re.compile(r"\b(?:join|sign up|apply|download|www|ask|visit)\b|\.com", re.IGNORECASE)
_ODOMETER = re.compile(
    r"\b(?:(?:h?[o0]d[o0](?:m(?:[eé]t(?:er|ro))?)?)|hub(?:ometer)?(?= ?[:=#])|hub miles|"
    r"od[oó]m[eè]tre|mileage|kilomet(?:re|er)s?|kilometri|quilometragem|hod[oô]metro|przebieg|tachometr|"
    r"mittarilukema|km ?-?stand|kilometerstand|kilom[eé]trage|kilometraje|"
    r"kms?(?= ?[:=.#]))\b"
    r"(?: ?(?:reading|rdg))?[ .:=#]*"
    r"(\d{1,3}(?:[.,' ]\d{3}){1,2}|\d{3,7})(?![\d.,/:]|[ ]?/)[ ]?(km|kms|mi|miles)?\b",
    re.IGNORECASE,
)
_NOT_ITEM = re.compile(
    r"\b(?:change|tender\w*|paid|payment|balance|approved|auth\w*|points?|net|netto|basis|base|prepay\w*|"
    r"deposit|refund|"
    r"relief|gross|price|ppg|gallons?|volume|litres?|rate|pump|qty|amount|discount)\b",
    re.IGNORECASE,
)
_ITEM_NAME = re.compile(r"[^\W\d_]{3,}")
_COUNT = re.compile(r"^\W*\d{1,3}\s?(?:x\s)?|[\s$\u20ac\u00a3:*.\-]+$", re.IGNORECASE)
MAX_ITEMS = 40
MAX_ODOMETER = 10_000_000
"""No vehicle has come so far, in kilometres or miles."""


@dataclass(frozen=True)
class Item:
    """Something bought beside the fuel: its name as printed and what it cost."""

    name: str
    amount: Decimal


def find_card(lines: Sequence[Line]) -> Found | None:
    """Return the last four digits of the card that paid, masked or behind a word for a card."""
    for pattern in (_MASKED, _NAMED_CARD):
        for line in lines:
            match = pattern.search(line.text)
            if match and not _NOT_CARD.search(line.text[: match.start(1)]):
                return Found(line, *match.span(1))
    return None


def find_discounts(
    lines: Sequence[Line], mark: DecimalMark | None, *, whole: bool = False
) -> list[tuple[Found, Decimal]]:
    """Return the amounts on lines that speak of a discount, without their sign; a discount per unit is none.

    `whole`: the currency has no small coins, and its amounts no decimals.
    """
    found = []
    printed = _WHOLE_DISCOUNT if whole else _DISCOUNT_AMOUNT
    for line in lines:
        label = _DISCOUNT.search(line.text)
        matches = list(printed.finditer(line.text, label.end())) if label else []
        if matches:
            value = to_amount(matches[-1].group(), mark)
            if value:
                found.append((Found(line, *matches[-1].span()), value))
    return found


def find_loyalty(lines: Sequence[Line]) -> Found | None:
    """Return the words that name a loyalty card or programme that took part; an invitation to join is none."""
    for line in lines:
        match = _LOYALTY.search(line.text)
        if match and re.search(r"\d", line.text) and not _NOT_LOYALTY.search(line.text):
            start = match.start() + len(match.group()) - len(match.group().lstrip(" -"))
            return Found(line, start, match.start() + len(match.group().rstrip(" -")))
    return None


def find_odometer(lines: Sequence[Line]) -> tuple[int, str | None, Found] | None:
    """Return the odometer as keyed in at the pump: the whole number, `km` or `mi` where printed, and its place."""
    for line in lines:
        match = _ODOMETER.search(line.text)
        digits = re.sub(r"\D", "", match[1]) if match else ""
        if match and int(digits) <= MAX_ODOMETER:
            label = match.group().lower()
            unit = (
                "mi"
                if (match[2] or "").lower().startswith("mi")
                else "km"
                if match[2] or label.startswith("k")
                else None
            )
            return int(digits), unit, Found(line, *match.span(1))
    return None


def other_items(lines: Sequence[Line], fuel: Sequence[Line], mark: DecimalMark | None) -> list[Item]:
    """Return the rows above the total that name something else with an amount, but for the lines of the fuel."""
    items: list[Item] = []
    taken = {id(line) for line in fuel}
    for line in lines:
        words = (TAX, SUBTOTAL, ROUNDING, _DISCOUNT, _NOT_ITEM, *(pattern for _, pattern in MONEY_LINES))
        amounts = list(AMOUNT.finditer(line.text))
        if any(pattern.search(line.text) for _, pattern in TOTAL_LABELS[:-2]) or SUBTOTAL.search(line.text):
            if amounts:
                break
            continue
        if id(line) in taken or not amounts or any(pattern.search(line.text) for pattern in words):
            continue
        numbers = find_numbers(line.text, mark)
        name = _COUNT.sub("", line.text[: numbers[-1].start] if numbers else "").strip()
        value = to_amount(amounts[-1].group(), mark)
        if value and _ITEM_NAME.search(name) and len(items) < MAX_ITEMS:
            items.append(Item(name[:100], value))
    return items
