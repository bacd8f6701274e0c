"""What a vision model says of one event, value by value, each checked against its own printed text."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from capture.documents.dates import Clues, PrintedDate, find_dates, find_times, language_of, settle_date
from capture.documents.layout import Found, Line, text_lines, to_field
from capture.documents.money import DecimalMark, decimal_mark, find_numbers, plain
from capture.events.base import Field, Flag
from capture.reading import Reading, Span
from capture.vehicle_hint import Distance

EVIDENCE = 0.8
"""How strongly a model's word speaks for an event's type; no probability."""

HINT_WEIGHT = 0.1
"""What the driver's word adds to the evidence, and takes from it where it says otherwise."""

LEAST_SOUGHT = 3
"""Shorter texts stand in too many places to tell which of them was meant."""

MOST_DIGITS = 9
"""More digits than any odometer has."""

_DIGITS = frozenset("0123456789")

_WHOLE = re.compile(r"\d{1,3}(?:[.,' \u2019\u00a0\u2009\u202f]\d{3})+(?!\d)|\d+", re.ASCII)
"""A whole number, its thousands set apart or not."""

_CORE = re.compile(r"\d(?:[\d.,:/\- ]*\d)?", re.ASCII)
"""The digits of a printed value, with what stands between them."""


class Statement:
    """The named values of one event type. Collects `fields` and `flags` as values are asked for."""

    def __init__(self, named: Reading, event_type: str, text: Reading | None) -> None:
        self.engine = named.engine
        self.fields: dict[str, Field] = {}
        self.flags: list[Flag] = []
        self._text_engine = text.engine if text else ""
        self._lines: tuple[Line, ...] = text_lines(text) if text else ()
        self._spans: dict[str, Span] = {}
        for span in named.spans:
            type_, _, name = str(span.name).partition(".")
            if type_ == event_type and name:
                self._spans.setdefault(name, span)
        texts = [span.text for span in self._spans.values()]
        self._mark: DecimalMark | None = decimal_mark(texts)
        self._language = language_of(texts)

    def number(self, name: str, *, signed: bool = True) -> Decimal | None:
        """Return a number as its printed text has it, else the model's; None if it was not named.

        `signed`: False where a minus sign only says again what the number is, as a discount's does.
        """
        span = self._spans.get(name)
        said = to_decimal(span.value) if span else None
        if span is None or said is None:
            return None
        read = [number.value for number in find_numbers(span.text, self._mark)]
        if not signed:
            said, read = abs(said), [abs(number) for number in read]
        value = next((number for number in read if number == said), read[0] if read else said)
        self.keep(name, plain(value), differs=value != said)
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number, such as a distance, as its printed text has it, else the model's; tenths are cut off.

        Of several printed numbers ("10 000 km or 12 months") it is the one that the model gave, else the first.
        """
        span = self._spans.get(name)
        said = to_decimal(span.value) if span else None
        if span is None or said is None:
            return None
        printed = (_digits(match[0]) for match in _WHOLE.finditer(span.text))
        read = [int(digits) for digits in printed if digits]
        value = int(said) if int(said) in read or not read else read[0]
        self.keep(name, str(value), differs=value != int(said))
        return value

    def digits(self, name: str) -> str:
        """Return all digits of a printed text, leading zeros included; empty if it was not named."""
        span = self._spans.get(name)
        return _digits(span.text) if span else ""

    def given(self, name: str) -> Decimal | None:
        """Return the model's own number, whatever is printed; None if there is none."""
        span = self._spans.get(name)
        return to_decimal(span.value) if span else None

    def text(self, name: str) -> str | None:
        """Return a text as it is printed; None if it was not named."""
        span = self._spans.get(name)
        value = " ".join(span.text.split())[:400] if span else ""
        if span is None or not value:
            return None
        self.keep(name, value)
        return value

    def choice(self, name: str, words: Container[str] | None = None) -> str | None:
        """Return one of the words that the payload knows, of `words` where they are given; None if it was not named."""
        span = self._spans.get(name)
        if span is None or not span.value or (words is not None and span.value not in words):
            return None
        self.keep(name, span.value)
        return span.value

    def words(self, name: str, known: Container[str]) -> list[str]:
        """Return those of a value's words, which commas separate, that are known, in their order, each once.

        The field is the first of them; there is none where no word is known.
        """
        span = self._spans.get(name)
        said = [word.strip() for word in (span.value or "").split(",")] if span else []
        words = [word for word in dict.fromkeys(said) if word in known]
        if words:
            self.keep(name, words[0])
        return words

    def distance(self, name: str) -> Distance | None:
        """Return a unit of distance; None if it was not named."""
        said = self.choice(name)
        return "km" if said == "km" else "mi" if said == "mi" else None

    def day(self, name: str, currency: str | None, not_after: date | None, *, expected: bool = True) -> date | None:
        """Return a date as our own rules read its printed text, else the model's; one that stays open is flagged.

        `not_after`: the day on which the document came, None for a date that may follow it. `expected`: whether the
        lack of a date is worth a flag.
        """
        span = self._spans.get(name)
        said = _day(span.value) if span else None
        printed = find_dates(span.text) if span else []
        clues = Clues(currency, self._language, not_after, decimal_comma=self._mark == ",")
        value = settle_date(printed[0], clues, printed).day if printed else said
        if span is None or value is None:
            if printed:
                self.flags.append(_open_date(printed[0]))
            elif expected:
                self.flags.append(Flag(code="date_missing", sentence="No date was named."))
            return None
        self.keep(name, value.isoformat(), differs=said is not None and said != value)
        return value

    def clock(self, name: str) -> str | None:
        """Return a time of the day, HH:MM, as its printed text has it; None if there is none."""
        span = self._spans.get(name)
        times = find_times(span.text) or find_times(span.value or "") if span else []
        if span is None or not times:
            return None
        self.keep(name, times[0][2])
        return times[0][2]

    def items(self, name: str) -> list[dict[str, str]]:
        """Return the things of a list, each a mapping from its own field names to the model's values."""
        found: dict[str, dict[str, str]] = {}
        for key, span in self._spans.items():
            head, _, rest = key.partition(".")
            number, _, part = rest.partition(".")
            if head == name and part and span.value:
                found.setdefault(number, {})[part] = span.value
                self.keep(key, span.value)
        return list(found.values())

    def score(self, *names: str) -> int | None:
        """Return the lowest of these fields' scores, times 100; None where the model gave none for one of them."""
        scores = [self.fields[name].score for name in names if name in self.fields]
        known = [score for score in scores if score is not None]
        return round(min(known) * 100) if known and len(known) == len(scores) else None

    def keep(self, name: str, value: str, *, differs: bool = False) -> None:
        """Make the field of a named value, with its place where another engine read its printed text.

        `differs`: what the model gave is not what it says is printed.
        """
        span = self._spans[name]
        found = self._find(span.text)
        field = Field(value=value, raw=span.text, page=span.page, engine=self.engine, score=span.score)
        if found is not None:
            place = to_field(found, value, self.engine)
            field = field.model_copy(update={"polygon": place.polygon, "page": place.page})
        self.fields[name] = field
        words = name.replace("_", " ")
        if differs:
            sentence = f"The {words} is printed as {span.text}, but {span.value} was given for it."
            self.flags.append(Flag(code="value_inconsistent", sentence=sentence))
        if self._text_engine and found is None and len(_core(span.text)) >= LEAST_SOUGHT:
            sentence = f"{span.text} ({words}) is not among the words that {self._text_engine} read."
            self.flags.append(Flag(code="value_unconfirmed", sentence=sentence))

    def _find(self, printed: str) -> Found | None:
        """Return where another engine read the printed text, or its digits; None where it did not."""
        for sought in _sought(printed):
            for line in self._lines:
                match = sought.search(line.text)
                if match:
                    return Found(line, *match.span())
        return None


def evidence(hint_kind: str | None, kind: str) -> float:
    """Return the evidence for an event of the kind that a driver may say."""
    if hint_kind is None:
        return EVIDENCE
    return round(EVIDENCE + (HINT_WEIGHT if hint_kind == kind else -HINT_WEIGHT), 2)


def moment(day: date | None, clock: str | None) -> datetime | None:
    """Return the local time that is printed, if both parts are."""
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}:00") if day and clock else None


def _open_date(printed: PrintedDate) -> Flag:
    sentence = f"{printed.raw} is {printed.day_first} day first and {printed.month_first} month first."
    return Flag(code="date_ambiguous", sentence=sentence)


def _sought(printed: str) -> Iterator[re.Pattern[str]]:
    words = re.escape(" ".join(printed.split())).replace(r"\ ", r"\s?")
    core = re.escape(_core(printed)).replace(r"\ ", r"\s?")
    for pattern in (words, core):
        if len(pattern) >= LEAST_SOUGHT:
            yield re.compile(rf"(?<![\w.,]){pattern}(?!\w|[.,]\d)", re.IGNORECASE)


def _digits(text: str) -> str:
    return "".join(char for char in text if char in _DIGITS)[:MOST_DIGITS]


def _core(printed: str) -> str:
    match = _CORE.search(printed)
    return match.group() if match else ""


def to_decimal(value: str | None) -> Decimal | None:
    """Return a model's own number; None if it is none, or beyond all that can be meant."""
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**12 else None


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None
