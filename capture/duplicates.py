"""Two events that may be one thing told twice: same bytes, same picture, same facts.

It is proposed here and decided by a person. What is compared belongs to one tenant, across its vehicles and drivers.
Nothing depends on which of the two came first, but which of them would go.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from capture.reading import Frozen
from capture.similarity import same_text

Kind = Literal["same_bytes", "same_picture", "same_facts", "same_fill"]

NEAR_BITS = 6
"""Difference hashes of papers that say the same are of one picture if at most so many of 64 bits differ."""

DISPLAY_BITS = 12
"""The same for displays of one vehicle. Source: `python -m bench.duplicates`; of 274 pairs of honest photos of one
display at one reading 2 differ in 12 bits or fewer, and 10 in 16 or fewer."""

ELSEWHERE_BITS = 14
"""The same for two vehicles, whose honest photos hardly ever give one reading: no more than this.
Source: `python -m bench.duplicates`: 16 of 20,000 pairs of photos of different displays differ in 14 bits or fewer."""

ALIKE_PART = 0.8
"""Two pictures are one if at least this part of what both show is alike. Source: `python -m bench.duplicates`."""

ENOUGH_OVERLAP = 0.3
"""Less of the smaller picture than this, seen in both, proves nothing."""

ENOUGH_FACTS = 3
"""So many of merchant, number, amount and date must be the same, or two that hardly ever meet by chance; see
`_rarely_both`."""

LONG_NUMBER = 4
"""Numbers of receipts with fewer letters and digits come back within a day or two."""

ROUND_CENTS = 500
"""Who pays first buys for a round sum, and another one the same day: a multiple of this tells nothing by itself."""

VOLUME_PART = 0.01
"""Volumes further apart than this part are two volumes."""

BITS = 64


class Likeness(Frozen):
    """How alike two pictures are where one is laid over the other.

    `matches`: local features on one plane. `overlap`: how much of the smaller picture both show, 0 to 1. `alike`: which
    part of that shows the same, 0 to 1.
    """

    matches: int
    overlap: float
    alike: float

    @property
    def same_picture(self) -> bool:
        """Tell if one is a copy of the other, a part of it, or a photo of it."""
        return self.overlap >= ENOUGH_OVERLAP and self.alike >= ALIKE_PART


class Unseen(Frozen):
    """The pictures could not be compared, and why: an error's code."""

    code: str

    @property
    def gone(self) -> bool:
        """Tell if there is no other picture any more: then nothing is left to compare."""
        return self.code in {"object_gone", "object_mismatch"}


Look = Likeness | Unseen


class Told(Frozen):
    """What of an event is compared. None or empty: the event does not say it.

    `reading`: an odometer's digits. `numbers`: of the receipt or bill, letters and digits alone. `day`, `time`: as
    printed, without zone.
    """

    event_id: UUID
    created_at: datetime
    upload_id: UUID | None = None
    vehicle_id: UUID
    vehicle: str
    event_type: str
    occurred_at: datetime
    decided: bool = False
    """A person decided on it."""
    sha256: str | None = None
    perceptual_hash: str | None = None
    reading: str | None = None
    merchant: str | None = None
    numbers: frozenset[str] = frozenset()
    amount_cents: int | None = None
    currency: str | None = None
    day: str | None = None
    time: str | None = None
    volume: float | None = None


class Pair(Frozen):
    """Two events that may be one. `score`: how alike, 0 to 1, on the scale of `kind`; no probability.

    `goes`: the event that a person takes back who confirms it; `stays`: the other. `sentence` is about `goes`.
    """

    kind: Kind
    score: float
    facts: dict[str, Any]
    goes: Told
    stays: Told
    sentence: str


def told_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `Told` that come from a fuel purchase's or bill's payload."""
    data = payload.get("receipt_data") or {}
    named = ("receipt_number", "invoice_number", "transaction_number")
    numbers = [*(data.get(name) for name in named), payload.get("invoice_number"), payload.get("work_order_number")]
    provider = payload.get("service_provider") or {}
    return {
        "merchant": payload.get("station_name") or provider.get("name"),
        "numbers": frozenset(plain for text in numbers if text and (plain := _plain(text))),
        "currency": payload.get("currency"),
        "time": payload.get("purchased_at"),
        "volume": payload.get("volume"),
    }


def compare(one: Told, other: Told, look: Look | None = None) -> Pair | None:
    """Return why two events may be one, the strongest reason alone; None where nothing says so.

    `look`: what came of laying one picture over the other, where that was done.
    """
    if one.upload_id is not None and one.upload_id == other.upload_id:
        return None
    goes, stays = _order(one, other)
    same = _same_bytes(goes, stays) or _same_facts(goes, stays) or _same_picture(goes, stays, look)
    if same is None:
        return None
    kind, score, facts, words = same
    where = f"event {stays.event_id} of {stays.vehicle}, {stays.occurred_at:%Y-%m-%d}"
    sentence = f"{words} {where}."
    return Pair(kind=kind, score=score, facts=facts, goes=goes, stays=stays, sentence=sentence)


def needs_look(one: Told, other: Told) -> bool:
    """Tell if only the pictures themselves can decide: both say the same, and neither hash nor facts settle it."""
    photographed = one.perceptual_hash is not None and other.perceptual_hash is not None
    if not photographed or one.upload_id == other.upload_id or not _say_the_same(one, other):
        return False
    return compare(one, other) is None


def same_fill(goes: Told, stays: Told, minutes: float) -> Pair:
    """Return the pair of two photos of one fill. `goes` says less of it, as a pump's display does beside the slip."""
    volume = None if goes.volume is None or not _near(goes.volume, stays.volume) else f"{goes.volume:g}"
    amount = _money(goes, stays) if _same_amount(goes, stays) else None
    bought = " for ".join(text for text in (volume, amount) if text) or "What was filled in"
    where = f"event {stays.event_id}, taken {minutes:.0f} minutes from it, says more of the same fill"
    facts = {"minutes_apart": round(minutes, 1), "amount_cents": goes.amount_cents, "volume": goes.volume}
    sentence = f"{bought} was bought once: {where}."
    return Pair(kind="same_fill", score=1.0, facts=facts, goes=goes, stays=stays, sentence=sentence)


def bits_apart(one: str, other: str) -> int:
    """Return in how many bits two perceptual hashes differ, 0 to 64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


_Why = tuple[Kind, float, dict[str, Any], str]


def _order(one: Told, other: Told) -> tuple[Told, Told]:
    """Return the event that would go, and the one that would stay: undecided before decided, later before earlier."""
    goes, stays = sorted((one, other), key=lambda told: (told.decided, -told.created_at.timestamp(), told.event_id.hex))
    return goes, stays


def _same_bytes(one: Told, other: Told) -> _Why | None:
    if one.sha256 is None or one.sha256 != other.sha256 or one.event_type != other.event_type:
        return None
    words = f"The file is the same, byte for byte (SHA-256 {one.sha256[:12]}), as that of"
    return "same_bytes", 1.0, {"sha256": one.sha256}, words


def _same_picture(one: Told, other: Told, look: Look | None) -> _Why | None:
    if one.perceptual_hash is None or other.perceptual_hash is None or not _say_the_same(one, other):
        return None
    both = f"both say {one.reading or _money(one, other)}, like"
    bits = bits_apart(one.perceptual_hash, other.perceptual_hash)
    at_home = NEAR_BITS if one.reading is None else DISPLAY_BITS
    if bits <= (at_home if one.vehicle_id == other.vehicle_id else ELSEWHERE_BITS):
        words = f"The picture is nearly the same ({bits} of {BITS} bits of its hash differ) and {both}"
        return "same_picture", round(1 - bits / BITS, 3), {"bits_apart": bits}, words
    if isinstance(look, Unseen) and not look.gone:
        words = f"The pictures could not be compared ({look.code}), but {both}"
        return "same_picture", 0.0, {"bits_apart": bits, "not_compared": look.code}, words
    if not isinstance(look, Likeness) or not look.same_picture:
        return None
    words = f"One picture lies over the other, alike in {look.alike:.0%} of what both show, and {both}"
    return "same_picture", round(look.alike, 3), {"bits_apart": bits, "look": look.model_dump()}, words


def _same_facts(one: Told, other: Told) -> _Why | None:
    same = {
        "merchant": one.merchant is not None and other.merchant is not None and same_text(one.merchant, other.merchant),
        "number": bool(one.numbers & other.numbers),
        "amount": _same_amount(one, other),
        "date": one.day is not None and one.day == other.day,
    }
    names = [name for name, equal in same.items() if equal]
    if len(names) < ENOUGH_FACTS and not _rarely_both(one, other, names):
        return None
    if len(names) < len(same) and _told_apart(one, other):
        return None
    score = len(names) / len(same)
    said = {"merchant": one.merchant, "amount": _money(one, other), "date": one.day}
    said["number"] = min(one.numbers & other.numbers, default=None)
    facts = {"same": {name: said[name] for name in names}}
    words = ", ".join(f"{name} {said[name]}" for name in names)
    return "same_facts", score, facts, f"{len(names)} of {len(same)} facts ({words}) are those of"


def _rarely_both(one: Told, other: Told, same: list[str]) -> bool:
    """Tell if two facts are enough, because the other two are not known to differ.

    A number of some length and the amount, wherever they are sent; that number and the date, or an amount that is no
    round sum and the date, for one vehicle. A number that differs in one place counts as misread, in an amount's case.
    """
    merchants = one.merchant is not None and other.merchant is not None and "merchant" not in same
    days = one.day is not None and other.day is not None and "date" not in same
    amounts = one.amount_cents is not None and other.amount_cents is not None and "amount" not in same
    if one.event_type != other.event_type or merchants or days or amounts:
        return False
    long = any(len(number) >= LONG_NUMBER for number in one.numbers & other.numbers)
    if "amount" in same and long:
        return True
    if one.vehicle_id != other.vehicle_id or "date" not in same:
        return False
    odd = "amount" in same and one.amount_cents is not None and one.amount_cents % ROUND_CENTS != 0
    return long or (odd and _may_be_one(one.numbers, other.numbers))


def _may_be_one(numbers: frozenset[str], others: frozenset[str]) -> bool:
    """Tell if numbers are the same, one is not known, or they differ in one place, as misread ones do."""
    if not numbers or not others:
        return True
    return any(
        len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) <= 1
        for one in numbers
        for other in others
    )


def _told_apart(one: Told, other: Told) -> bool:
    """Tell if time or volume say that there were two purchases."""
    times = one.time is not None and other.time is not None and one.time != other.time
    return times or (one.volume is not None and other.volume is not None and not _near(one.volume, other.volume))


def _say_the_same(one: Told, other: Told) -> bool:
    """Tell if two events of one type give the same reading or amount, and nothing else that differs."""
    if one.event_type != other.event_type:
        return False
    if one.reading is not None or other.reading is not None:
        return one.reading == other.reading
    numbers = not one.numbers or not other.numbers or bool(one.numbers & other.numbers)
    days = one.day is None or other.day is None or one.day == other.day
    return _same_amount(one, other) and numbers and days and not _told_apart(one, other)


def _same_amount(one: Told, other: Told) -> bool:
    currencies = one.currency is None or other.currency is None or one.currency == other.currency
    return bool(one.amount_cents) and one.amount_cents == other.amount_cents and currencies


def _near(one: float, other: float | None) -> bool:
    return other is not None and abs(one - other) <= VOLUME_PART * max(abs(one), abs(other))


def _money(one: Told, other: Told) -> str:
    amount = "?" if one.amount_cents is None else f"{one.amount_cents / 100:,.2f}"
    return f"{amount} {one.currency or other.currency or ''}".strip()


def _plain(text: str) -> str:
    return "".join(char for char in text.upper() if char.isascii() and char.isalnum())
