"""What a workshop's invoice says: services, parts, labour, the odometer and the next service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from capture.layout import Found, Line, value_of
from capture.money import DecimalMark
from capture.total import AMOUNT, last_amount, to_amount

Distance = Literal["km", "mi"]

SERVICES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "oil_change",
            (
                r"\b(?:oil ?(?:and|&)? ?(?:filter ?)?(?:change|service)|lube,? ?oil|lof|"
                r"change (?:engine )?oil|ölwechsel|ya[gğ] de[gğ]i[sş]imi)\b"
            ),
        ),
        ("tire_rotation", r"\b(?:(?:tire|tyre|wheel)s? rotat\w*|rotate (?:tire|tyre)s?)\b"),
        (
            "tire_replacement",
            (
                r"\b(?:new (?:tire|tyre)s?|(?:tire|tyre)s? (?:replace\w*|mount\w*|install\w*|fitting)|"
                r"mount (?:and|&) balance)\b"
            ),
        ),
        ("wheel_alignment", r"\b(?:wheel |front end |4[ -]?wheel )?alignment\b|\brot balans\b"),
        (
            "brake_service",
            (
                r"\b(?:brake|brakes) ?(?:service|job|pads?|repair|replace\w*|overhaul|flush|inspection|"
                r"rotors?|discs?)?\b|\bfren\b"
            ),
        ),
        ("battery_replacement", r"\bbattery\b|\bak[uü]\b"),
        ("transmission_service", r"\btransmission\b|\bgearbox\b|\bclutch\b"),
        ("coolant_service", r"\b(?:coolant|radiator|antifreeze)\b"),
        ("air_conditioning", r"\b(?:a/c|air ?con\w*|refrigerant)\b"),
        (
            "inspection",
            r"\b(?:state |safety |multi-?point |emissions? |annual |mot )?inspection\b|\bmot test\b|\bmuayene\b",
        ),
        ("tune_up", r"\b(?:tune[ -]?up|spark plugs?)\b"),
        (
            "scheduled_service",
            (
                r"\b(?:\d{1,3},?000 ?(?:km|mi\w*|mile) service|(?:major|minor|full|interim|periodic\w*|"
                r"scheduled) (?:service|maintenance))\b|\bperiyodik bak[iı]m\b"
            ),
        ),
        ("repair", r"\brepairs?\b|\breparatur\b|\btamir\b"),
    )
)
"""Kinds of service by the words on invoices; of several, the first in this order that has its own line wins."""

PART = re.compile(
    r"\b(?:(?:oil|air|fuel|cabin|pollen) ?filter|(?:engine|motor|gear) oil|\d{1,2}w-?\d{2}|"
    r"brake (?:pads?|shoes?|discs?|rotors?|fluid)|rotors?|"
    r"spark plugs?|battery|(?:wiper|blade)s?|(?:tire|tyre)s?|(?:drive|timing|serpentine|fan) belt|"
    r"coolant|antifreeze|drain plug|gasket|"
    r"bulb|alternator|starter|thermostat|water pump|shock absorbers?|struts?|ball joint|tie rod|"
    r"bearing|cv joint|clutch kit|hose|"
    r"washer|atf|transmission fluid)\b",
    re.IGNORECASE,
)
_SPECIFICATION = re.compile(
    r"\b\d{1,2}W-?\d{2}(?: (?:full(?:y)? )?(?:synthetic|semi-?synthetic|mineral))?|\b\d{3}/\d{2} ?Z?R ?\d{2}\b",
    re.IGNORECASE,
)
_PART_NUMBER = re.compile(r"\b(?=[A-Z0-9\-]{4,20}\b)(?=[A-Z\-]{0,19}\d)(?=\d{0,19}[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*\b")
_QUANTITY = re.compile(
    r"(?<![\d.,/])(\d{1,3}(?:[.,]\d{1,2})?) ?(quarts?|qts?|litres?|liters?|ltrs?|l|pcs?|ea|units?|x)\b", re.IGNORECASE
)
_LEADING = re.compile(r"^(\d{1,2})\s+(?=\D)")

_ODOMETER = re.compile(
    r"\b(?:odometer|odo|mileage|milage|kilomet(?:er|re)s?|speedo|km reading|kilometre ?stand|km-stand|kilometraj)\b"
    r"(?: ?(?:in|out|reading|rdg))?(?:[ /](?:in|out))?[ .:#=]*|\b(?:miles|km)(?: ?(?:in|out))? ?[:=] ?",
    re.IGNORECASE,
)
_DISTANCE = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:[,. ]\d{3})+|\d{3,7})(?![\d.,/\-])\s?(km|kms|kilomet\w*|mi|"
    r"miles?)?(?![a-z])",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"\b(?:next (?:service|oil change|inspection|maintenance|visit)|service due|due (?:at|in)|"
    r"return (?:at|in)|n[aä]chste\w*|sonraki bak[iı]m)\b",
    re.IGNORECASE,
)
_INTERVAL = re.compile(r"\b(?:in|every|after|within)\s+\d", re.IGNORECASE)
"""A next service told as a distance from now is no reading of an odometer."""

_LABOUR = re.compile(
    r"\b(?:total )?(?:labou?r|workmanship|arbeitslohn|i[sş][cç]ilik)(?: total| charges?| cost)?\b", re.IGNORECASE
)
_PARTS_TOTAL = re.compile(
    r"\b(?:total parts?|parts? total|parts? (?:cost|amount|charges?)|parts:?(?= *[$€£]? ?\d))", re.IGNORECASE
)
_TECHNICIAN = re.compile(
    r"\b(?:technician|tech|mechanic|serviced by|service advis[oe]r|advis[oe]r|monteur|"
    r"usta)\b ?(?:name)?[ .:#]{1,3}(?=[A-Za-z])",
    re.IGNORECASE,
)
_PERSON = re.compile(r"[^\W\d_][^\W\d_.'\-]{0,20}\.?(?: [^\W\d_][^\W\d_.'\-]{0,20}\.?){0,2}")
_VEHICLE = re.compile(
    r"\b(?:vin|license(?: plate)?|licence|plate|reg(?:istration)? no|vehicle(?: no| reg)?|make|model|"
    r"chassis|engine no|plaka|kennzeichen)\b[ .:#]",
    re.IGNORECASE,
)
_WORKSHOP = re.compile(
    r"\b(?:work ?order|repair order|r\.?o\.? ?(?:no|#)|job ?card|garage|auto ?(?:care|service|repair|"
    r"center|centre|parts)|lube|workshop|"
    r"service cent(?:er|re)|tire|tyre|motors?|oto servis|werkstatt|mechanic|technician)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """A part on a line of an invoice; amounts in the invoice's currency."""

    name: str
    number: str | None
    quantity: int | str | None
    cost: Decimal | None
    specification: str | None


@dataclass(frozen=True)
class Distances:
    """The odometer when the vehicle came in, and the one at which it should come again."""

    odometer: tuple[int, Distance | None, Found] | None
    next_service: tuple[int, Distance | None, Found] | None


def find_service(lines: Sequence[Line]) -> tuple[str, Found] | None:
    """Return the kind of service; lines about the next one are not asked."""
    for name, pattern in SERVICES:
        for line in lines:
            match = pattern.search(line.text)
            if match and not _NEXT.search(line.text):
                return name, Found(line, *match.span())
    return None


def service_named(text: str) -> str | None:
    """Return the kind of service that a text names."""
    return next((name for name, pattern in SERVICES if pattern.search(text)), None)


def find_distances(lines: Sequence[Line]) -> Distances:
    """Find the odometer and the next service's."""
    odometer, following = None, None
    for index, line in enumerate(lines):
        coming = _NEXT.search(line.text)
        if coming and following is None and not _INTERVAL.search(line.text, coming.start()):
            following = _distance(value_of(lines, index, coming.end(), _DISTANCE, coming.start()), line, coming.start())
        label = None if coming else _ODOMETER.search(line.text)
        if label and odometer is None:
            odometer = _distance(value_of(lines, index, label.end(), _DISTANCE, label.start()), line, label.start())
    return Distances(odometer, following)


def _distance(found: Found | None, line: Line, label: int) -> tuple[int, Distance | None, Found] | None:
    match = _DISTANCE.match(found.line.text, found.start) if found else None
    if found is None or match is None:
        return None
    value = int("".join(c for c in match[1] if c.isdigit()))
    words = f"{match[2] or ''} {line.text[label : label + 40]}".lower()
    unit: Distance | None = None
    if re.search(r"\b(?:km|kms|kilom\w*)\b", words):
        unit = "km"
    elif re.search(r"\b(?:mi|miles?)\b", words):
        unit = "mi"
    return value, unit, Found(found.line, match.start(1), match.end(1))


def find_parts(lines: Sequence[Line], mark: DecimalMark | None) -> list[Part]:
    """Return the lines that name a part and its price."""
    return [part for line in lines if (part := _part(line, mark)) is not None][:100]


def _part(line: Line, mark: DecimalMark | None) -> Part | None:
    text = line.text
    name = PART.search(text)
    if not name or _NEXT.search(text) or _LABOUR.search(text) or _PARTS_TOTAL.search(text):
        return None
    amounts = list(_amounts(text, mark))
    specification = _SPECIFICATION.search(text)
    rest = text.replace(specification.group(), " ") if specification else text
    number = _PART_NUMBER.search(rest)
    quantity = _QUANTITY.search(AMOUNT.sub(" ", rest))
    leading = _LEADING.match(text)
    count: int | str | None = None
    if quantity and quantity[2].lower() not in {"x", "ea", "pc", "pcs", "unit", "units"}:
        count = quantity.group()
    elif quantity or leading:
        plain_count = quantity[1] if quantity else leading[1] if leading else ""
        count = int(plain_count) if plain_count.isdigit() else plain_count
    if not amounts:
        return None
    return Part(
        name="_".join(name.group().lower().replace("-", "").split()),
        number=number.group() if number else None,
        quantity=count,
        cost=amounts[-1],
        specification=specification.group() if specification else None,
    )


def _amounts(text: str, mark: DecimalMark | None) -> Iterator[Decimal]:
    for match in AMOUNT.finditer(text):
        value = to_amount(match.group(), mark)
        if value is not None:
            yield value


def find_labour(lines: Sequence[Line]) -> Found | None:
    """Return the amount for labour."""
    return _labelled(lines, _LABOUR)


def find_parts_total(lines: Sequence[Line]) -> Found | None:
    """Return the amount for all parts."""
    return _labelled(lines, _PARTS_TOTAL)


def _labelled(lines: Sequence[Line], label: re.Pattern[str]) -> Found | None:
    for index, line in enumerate(lines):
        match = label.search(line.text)
        found = last_amount(value_of(lines, index, match.end(), AMOUNT, match.start())) if match else None
        if found:
            return found
    return None


def find_technician(lines: Sequence[Line]) -> Found | None:
    """Return the name of who did the work."""
    for line in lines:
        label = _TECHNICIAN.search(line.text)
        name = _PERSON.match(line.text, label.end()) if label else None
        if name:
            return Found(line, *name.span())
    return None


def evidence(lines: Sequence[Line], distances: Distances, parts: Sequence[Part], labour: Found | None) -> float:
    """Weigh what speaks for a workshop's invoice, 0 to 0.98: without a word of a vehicle it stays below 0.5."""
    services = {name for name, pattern in SERVICES for line in lines if pattern.search(line.text)}
    vehicle = any(_VEHICLE.search(line.text) for line in lines)
    workshop = any(_WORKSHOP.search(line.text) for line in lines)
    weight = (
        (0.25 if services else 0.0)
        + (0.05 if len(services) > 1 else 0.0)
        + (0.3 if distances.odometer else 0.0)
        + (0.1 if distances.next_service else 0.0)
        + (0.15 if parts else 0.0)
        + (0.15 if labour else 0.0)
        + (0.15 if vehicle else 0.0)
        + (0.15 if workshop else 0.0)
    )
    if not (distances.odometer or distances.next_service or vehicle or (workshop and labour)):
        weight = min(weight, 0.45)
    return round(min(0.98, weight), 2)
