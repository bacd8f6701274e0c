"""What every receipt has: merchant, address, date, time, total, currency, tax, numbers and payment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from capture.documents.country import CURRENCIES, Country, find_country
from capture.documents.currencies import DOLLARS, find_currency
from capture.documents.date_labels import CAME_IN, TO_COME, date_rank
from capture.documents.dates import Clues, find_dates, find_run_dates, find_times, find_zone, language_of, settle_date
from capture.documents.layout import Found, Line, alternative, field_of, text_lines, to_field
from capture.documents.merchant import find_address, find_merchant
from capture.documents.money import (
    WHOLE,
    DecimalMark,
    decimal_mark,
    plain,
)
from capture.documents.total import AMOUNT, amount_text, find_labelled, find_total
from capture.documents.total_words import NOT_PAYMENT, NOT_TAX, SUBTOTAL, TAX
from capture.events.base import Field, Flag
from capture.reading import Reading

_SUMMARY = re.compile(
    r"\b(?:gst|tax|vat|kdv|sst) ?(?:summary|sumaary|analysis|breakdown)|\bcode\b.{0,9}%", re.IGNORECASE
)
MAX_RIVALS = 5
"""So many other readings of a number are kept."""

_EXCLUDING = re.compile(r"\btotal\b.{0,20}\bex(?:cl|c)", re.IGNORECASE)
_INVOICE = re.compile(
    r"\b(?:(?:tax ?)?inv(?:[o0]ice|dice|olce)?|rechnung|facture|fatura)(?:\b|(?=n(?:umber|o\b)))"
    r" ?(?:number|nunber|num|no|nr|#|id)?[.:#]{0,3} ?(?=[A-Z0-9])",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"\b(?:receipt|rcpt|bill|doc(?:ument)?|slip|ticket|tique(?:te)?|fi[sş]|beleg|bon(?: fiscal)?|"
    r"boleta(?: electr[oó]nica)?|folio|docket|memo|kvittering|bong|chit|(?:cash )?sale)\b"
    r"[ \-]?(?:number|num|nro|no|nr|id)?[.: ]{0,3}(?:[^\w\s])?[.: ]{0,2}(?=[A-Z0-9])",
    re.IGNORECASE,
)
_TRANSACTION = re.compile(
    r"\b(?:trans(?:action)?|tran|txn|trx|trn|stan|trace)\b"
    r"[ \-]?(?:number|num|no|nr|id)?[.: ]{0,3}(?:[^\w\s])?[.: ]{0,2}(?=[A-Z0-9])",
    re.IGNORECASE,
)
LEAST_CODE_DIGITS = 3
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/\-]{1,24}(?![A-Z0-9])", re.IGNORECASE)
_PAYMENTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("fleet_card", r"\b(?:fleet ?card|wex|voyager|comdata|euroshell|dkv|uta)\b"),
        ("debit_card", r"\b(?:debito?|d[eé]bito|maestro|girocard|ec-?karte|mydebit)\b"),
        ("credit_card", r"\b(?:visa|master ?card|master|amex|american express|credit|kredi)\b"),
        ("mobile", r"\b(?:apple pay|google pay|grabpay|paypal|touch ?n ?go|e-?wallet)\b"),
        ("cash", r"\b(?:cash|tunai|nakit|bar|efectivo|contanti|esp[eè]ces|dinheiro|hotovost|got[oó]wka|kontant)\b"),
    )
)
_PAID = re.compile(
    rf"{AMOUNT.pattern}|\b(?:payment|paid|pagamento|pago|paiement|zahlung|zahlart|betaling)\b", re.IGNORECASE | re.ASCII
)
"""What stands beside the word for cash where it was paid with."""

_RECEIPT_WORDS = re.compile(
    r"\b(?:receipt|invoice|cashier|change|tax|gst|vat|kdv|mwst|qty|thank ?you|tel|fax|subtotal|rounding|toplam)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Receipt:
    """What a document says that every receipt says.

    `fields`: by canonical name. `likeness`: 0 to 1, how much the document looks like a receipt at all.
    `summary_at`: index of the line where the tax summary starts, beyond which no total is looked for.
    `total_rivals`: other amounts that could be the total, likeliest first.
    """

    lines: tuple[Line, ...]
    fields: dict[str, Field]
    flags: tuple[Flag, ...]
    printed_at: datetime | None
    currency: str | None
    mark: DecimalMark | None
    likeness: float
    summary_at: int
    total_found: Found | None
    total_rivals: tuple[tuple[Found, Decimal], ...]

    def amount(self, name: str) -> Decimal | None:
        """Return a field as a number; None if it was not read."""
        field = self.fields.get(name)
        return Decimal(field.value) if field else None


@lru_cache(maxsize=1)
def read_receipt(reading: Reading, not_after: date | None = None) -> Receipt:
    """Read what every receipt has. Never raises, whatever the spans hold.

    `not_after`: the day on which it came, which its date cannot follow.
    The last answer is kept, since every event type asks for the same reading in turn.
    """
    lines = text_lines(reading)
    texts = [line.text for line in lines]
    country = find_country(texts)
    currency = _currency(texts, country)
    mark = decimal_mark(texts) or (WHOLE.get(currency[0]) if currency else None)
    fields: dict[str, Field] = {}

    def keep(name: str, found: Found | None, value: str) -> None:
        if found is not None and value:
            fields[name] = to_field(found, value, reading.engine)

    if currency:
        code, index, start, end = currency
        keep("currency", Found(lines[index], start, end), code)
    summary_at = next((i for i, text in enumerate(texts) if i > 3 and _SUMMARY.search(text)), len(lines))
    total = find_total(lines, summary_at, mark)
    if total:
        spans = total.found.line.spans_of(total.found.start, total.found.end) if total.found else ()
        raw = total.found.raw if total.found else ""
        fields["total"] = field_of(spans, raw, plain(total.value), reading.engine).model_copy(
            update={"hypotheses": tuple(alternative(found, plain(value)) for found, value in total.rivals[:MAX_RIVALS])}
        )
    for name, found in (
        (
            "subtotal",
            find_labelled(lines[:summary_at], SUBTOTAL, None) or find_labelled(lines[:summary_at], _EXCLUDING, None),
        ),
        ("tax", find_labelled(lines[:summary_at], TAX, NOT_TAX)),
    ):
        keep(name, found, amount_text(found, mark))
    merchant = find_merchant(lines)
    for name, block in (("merchant", merchant), ("address", find_address(lines, merchant))):
        if block:
            fields[name] = field_of(block.spans, block.text, block.text, reading.engine)
    transaction = _find_code(lines, _TRANSACTION)
    for name, printed in (
        ("invoice_number", _find_code(lines, _INVOICE)),
        ("receipt_number", _find_code(lines, _RECEIPT) or transaction),
        ("transaction_number", transaction),
    ):
        keep(name, printed, printed.raw if printed else "")
    method = _find_payment(lines)
    if method:
        keep("payment_method", method[1], method[0])
    clues = Clues(
        currency[0] if currency else None, language_of(texts), not_after, mark == ",", country.code if country else None
    )
    flags, printed_at = _add_date(lines, fields, clues, reading.engine)
    if total and total.summed:
        sentence = f"The total {plain(total.value)} was not read; it is subtotal plus tax."
        flags.append(Flag(code="value_derived", sentence=sentence))
    if "total" not in fields:
        flags.insert(0, Flag(code="total_missing", sentence="No line of the document names a total with an amount."))
    return Receipt(
        lines=lines,
        fields=fields,
        flags=tuple(flags),
        printed_at=printed_at,
        currency=currency[0] if currency else None,
        mark=mark,
        likeness=_likeness(lines, fields, dated=not any(flag.code == "date_missing" for flag in flags)),
        summary_at=summary_at,
        total_found=total.found if total else None,
        total_rivals=total.rivals if total else (),
    )


def _currency(texts: Sequence[str], country: Country | None) -> tuple[str, int, int, int] | None:
    """Return the currency with its place: by its sign, or, where none or a bare `$` is printed, by the country."""
    found = find_currency(texts)
    if country is None or (found and texts[found[1]][found[2] : found[3]] != "$"):
        return found
    here = CURRENCIES[country.code]
    if found is None:
        return here, country.index, country.start, country.end
    return (here if here in DOLLARS else found[0], *found[1:])


def _find_code(lines: Sequence[Line], label: re.Pattern[str]) -> Found | None:
    """Return the first code with a digit that follows a label on its line."""
    for line in lines:
        for match in label.finditer(line.text):
            code = _CODE.match(line.text, match.end())
            if code and sum(c.isdigit() for c in code.group()) >= LEAST_CODE_DIGITS:
                return Found(line, *code.span())
    return None


def _find_payment(lines: Sequence[Line]) -> tuple[str, Found] | None:
    for name, pattern in _PAYMENTS:
        for line in lines:
            match = pattern.search(line.text)
            if match and not NOT_PAYMENT.search(line.text) and (name != "cash" or _PAID.search(line.text)):
                return name, Found(line, *match.span())
    return None


def _add_date(
    lines: Sequence[Line], fields: dict[str, Field], clues: Clues, engine: str
) -> tuple[list[Flag], datetime | None]:
    """Put date, time and zone into `fields`; return flags, and the moment if both were read.

    A date that can be read day first or month first, where nothing decides, is flagged and left out.
    """
    dates = [(index, printed) for index, line in enumerate(lines) for printed in find_dates(line.text)]
    dates = dates or [(index, printed) for index, line in enumerate(lines) for printed in find_run_dates(line.text)]
    if not dates:
        return [Flag(code="date_missing", sentence="No date is printed that could be read.")], None
    ranked = [(date_rank(lines, *item), *item) for item in dates]
    _, index, printed = min(ranked, key=lambda item: item[0])
    line = lines[index]
    day = settle_date(
        printed,
        clues,
        others=[other for _, other in dates],
        earlier=[other for rank, _, other in ranked if rank == CAME_IN],
        later=[other for rank, _, other in ranked if rank == TO_COME],
    ).day
    flags = []
    if day is None:
        sentence = f"{printed.raw} is {printed.day_first} day first and {printed.month_first} month first."
        flags.append(Flag(code="date_ambiguous", sentence=sentence))
    else:
        fields["date"] = to_field(Found(line, printed.start, printed.end), day.isoformat(), engine)
    for place, offset in ((line, printed.end), *((other, 0) for other in (line, *lines))):
        times = find_times(place.text[offset:])
        if times:
            start, end, clock = times[0]
            fields["time"] = to_field(Found(place, offset + start, offset + end), clock, engine)
            zone = find_zone(place.text, offset + end)
            if zone:
                fields["time_zone"] = to_field(Found(place, zone[0], zone[1]), zone[2], engine)
            return flags, None if day is None else datetime.fromisoformat(f"{day.isoformat()}T{clock}:00")
    return flags, None


def _likeness(lines: Sequence[Line], fields: dict[str, Field], *, dated: bool) -> float:
    """Weigh what makes a receipt; a dashboard's TOTAL has no decimals and counts for nothing."""
    amounts = sum(1 for line in lines if AMOUNT.search(line.text))
    words = sum(1 for line in lines if _RECEIPT_WORDS.search(line.text))
    total = fields.get("total")
    return (
        0.25 * bool(total and "." in total.value)
        + 0.15 * ("currency" in fields)
        + 0.15 * dated
        + 0.15 * (len(lines) >= 8)
        + 0.15 * (amounts >= 3)
        + 0.15 * (words >= 2)
    )
