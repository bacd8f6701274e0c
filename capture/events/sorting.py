"""What a photographed document is: a score for each kind, made of named evidence.

Each piece of evidence adds its weight to some kinds, in units of log-odds; a kind's score is its share in a softmax
over all kinds. The weights were set by hand, while looking at the labelled photos of `bench.kinds`; nothing was fitted,
since there are far too few fuel slips and invoices for that. So a score is no probability: nobody has measured how
often documents of a score are what they seem. It orders kinds, and a low one sends the event to a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from capture.documents.fuel.grades import is_weak
from capture.documents.receipt import Receipt, read_receipt
from capture.events import ENOUGH_EVIDENCE
from capture.events.base import ENOUGH_LIKENESS, Candidate, DocumentKind, Evidence, Flag, Hint, Kind, Sorting
from capture.reading import Reading

EVENT_OF: dict[DocumentKind, str] = {
    "odometer_reading": "odometer_reading",
    "fault": "issue_report",
    "fuel_purchase": "fuel_purchase",
    "pump": "fuel_purchase",
    "maintenance": "maintenance",
}
"""Which event a document of a kind yields."""

KINDS: tuple[DocumentKind, ...] = (*EVENT_OF, "other_receipt", "nothing")

WORDS: dict[DocumentKind, str] = {
    "odometer_reading": "an odometer",
    "fault": "a fault",
    "fuel_purchase": "a fuel slip",
    "pump": "a fuel pump's display",
    "maintenance": "a workshop's invoice",
    "other_receipt": "a receipt for other things",
    "nothing": "nothing that we know",
}

ENOUGH_SCORE = 0.5
"""A document is of its best kind if that has this score; else it yields no event."""

SURE_SCORE = 0.8
"""Below this, the event is flagged: a person should look what the document is."""

OWN_WEIGHT = 8.0
"""What the evidence of an event type (0 to 1) weighs: from -4 to 4, nothing at 0.5."""

SAID_WEIGHT = 1.0
"""What the driver's word weighs for the kind that it names; it says nothing of the others."""

AGREES_WEIGHT = 1.5
"""What it weighs that volume times unit price is the total."""

NAMELESS_WEIGHT = -4.0
"""What it weighs that a slip in litres names neither a fuel, a pump nor a station: wine and paint are sold so too."""

UNUSUAL_PRICE_WEIGHT = -4.0
"""What it weighs that no fuel costs what a litre costs on a slip that names no fuel for sure: paint costs so."""

STATION_EVIDENCE = 0.8
"""Evidence of a fuel slip that only a fuel, a pump or a station among its words can give."""

IMPOSSIBLE = -8.0
"""Weight of a kind that no event type's rules see at all."""

_SAID: dict[Kind, frozenset[DocumentKind]] = {
    "odometer": frozenset({"odometer_reading"}),
    "fuel_purchase": frozenset({"fuel_purchase", "pump"}),
    "maintenance": frozenset({"maintenance"}),
    "issue_report": frozenset({"odometer_reading", "fault"}),
    "trip_batch": frozenset(),
}
"""What a driver's word speaks for; who reports a fault photographs the dashboard."""

_TRADE_WORDS: tuple[tuple[str, str, dict[DocumentKind, float]], ...] = (
    (
        "it has words of a restaurant",
        (
            r"restaurant\w*|restoran|restaurante|ristorante|bistro|kopitiam|food court|dine ?-?in|take ?-?away|"
            r"t\.?away|table (?:no|nr|#)|table:|pax|waiter|waitress|kellner|bedienung|tisch|garson|meja|mesero|"
            r"camarero|serveur|couverts?|steakhouse|pizzeria|bakery|b[äa]ckerei|boulangerie"
        ),
        {"fuel_purchase": -1.5, "maintenance": -1.5, "other_receipt": 0.5},
    ),
    (
        "it has words of a car park",
        (
            r"parking|car ?park|parkhaus|parkschein|parkplatz|otopark|parkir|tempat letak kereta|estacionamiento|"
            r"aparcamiento|stationnement|entry time|exit time|einfahrt|ausfahrt"
        ),
        {"fuel_purchase": -2.5, "maintenance": -2.5, "other_receipt": 0.5},
    ),
    (
        "it has words of a hotel",
        (
            r"hotel|room (?:no|rate|charge)|check-?in|check-?out|nights?|zimmer|[üu]bernachtung|habitaci[óo]n|"
            r"chambre"
        ),
        {"fuel_purchase": -1.5, "maintenance": -1.5, "other_receipt": 0.5},
    ),
)

_TRADES = tuple(Evidence(words=words, weights=weights) for words, _, weights in _TRADE_WORDS)
_TRADE_PATTERNS = tuple(re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) for _, pattern, _ in _TRADE_WORDS)

_PUMP_WORDS = re.compile(
    r"(?<!\w)(?:this sale|pay this amount|sale \$|price per (?:gallon|litre|liter)|\$ ?/ ?gal(?:lon)?|€ ?/ ?l(?:iter)?|"
    r"gallons?|lit(?:re|er|ro)s?|unit price|preis|betrag|tutar|birim fiyat|importe|montant)(?!\w)",
    re.IGNORECASE,
)

_MARKS: dict[str, tuple[str, ...]] = {
    "odometer_reading": ("reading", "unit"),
    "fuel_purchase": ("volume", "unit_price", "total", "fuel_type", "pump_number"),
    "issue_report": ("fault_codes", "fault"),
    "maintenance": ("service_type", "odometer", "labour_cost", "parts_cost", "technician"),
}
"""Fields that make a document of a type, by which its evidence is told."""


def yields(sorting: Sorting, candidate: Candidate) -> bool:
    """Tell if a document of that kind yields that event."""
    return sorting.score >= ENOUGH_SCORE and EVENT_OF.get(sorting.kind) == candidate.event_type


def stands_beside(sorting: Sorting, candidate: Candidate) -> bool:
    """Tell if a fault counts on a document of that kind: on a dashboard or a scan tool, not on paper."""
    return sorting.kind in ("odometer_reading", "fault") and candidate.evidence >= ENOUGH_EVIDENCE


def speaks_against(sorting: Sorting, event_type: str) -> bool:
    """Tell if a document of that kind yields no such event. A fault and an odometer stand on one dashboard."""
    dashboard: tuple[DocumentKind, ...] = ("odometer_reading", "fault")
    kinds = dashboard if sorting.kind in dashboard else (sorting.kind,)
    return event_type not in {EVENT_OF.get(kind) for kind in kinds}


def words_of(event_type: str) -> str:
    """Return in words what yields such an event."""
    return next(WORDS[kind] for kind, made in EVENT_OF.items() if made == event_type)


def with_doubt(candidate: Candidate, sorting: Sorting) -> Candidate:
    """Return the event, flagged where the document may well be of another kind."""
    if sorting.score >= SURE_SCORE:
        return candidate
    first, second = sorted(sorting.scores, key=sorting.scores.__getitem__, reverse=True)[:2]
    sentence = (
        f"It looks like {WORDS[first]} (score {sorting.scores[first]:.2f}), "
        f"but may be {WORDS[second]} ({sorting.scores[second]:.2f})."
    )
    return candidate.model_copy(update={"flags": (*candidate.flags, Flag(code="kind_unsure", sentence=sentence))})


def sort_document(
    candidates: Sequence[Candidate], text: Reading | None, display: Reading | None, hint: Hint
) -> Sorting:
    """Say what a document is from what its event types saw, its text, its display and the driver's word.

    A fault beside an odometer is a photo of the odometer, and both are written.
    """
    receipt = None if text is None else read_receipt(text, hint.received_on)
    found = [
        *_own(candidates, receipt),
        *_of_text(text, receipt),
        *_of_display(display),
        *_said(hint),
    ]
    logits = {kind: sum(evidence.weights.get(kind, 0.0) for evidence in found) for kind in KINDS}
    highest = max(logits.values())
    shares = {kind: math.exp(logit - highest) for kind, logit in logits.items()}
    scores = {kind: round(share / sum(shares.values()), 4) for kind, share in shares.items()}
    best, second = sorted(KINDS, key=logits.__getitem__, reverse=True)[:2]
    ordered = sorted(found, key=lambda e: abs(e.weights.get(best, 0.0) - e.weights.get(second, 0.0)), reverse=True)
    return Sorting(kind=best, score=scores[best], scores=scores, evidence=tuple(ordered))


def _own(candidates: Sequence[Candidate], receipt: Receipt | None) -> list[Evidence]:
    """Return what the event types' own rules saw."""
    found = []
    seen: set[DocumentKind] = set()
    odometer = any(c.event_type == "odometer_reading" and c.evidence >= ENOUGH_EVIDENCE for c in candidates)
    for candidate in candidates:
        kind = _kind_of(candidate, receipt)
        if kind == "fault" and odometer:
            continue
        seen.add(kind)
        marks = [name.replace("_", " ") for name in _MARKS.get(candidate.event_type, ()) if name in candidate.fields]
        words = f"as {WORDS[kind]} it shows {', '.join(marks) or 'nothing'} (evidence {candidate.evidence:.2f})"
        found.append(Evidence(words=words, weights={kind: round(OWN_WEIGHT * (candidate.evidence - 0.5), 2)}))
        unusual = _is_unusual(candidate)
        if candidate.event_type == "fuel_purchase" and candidate.signal == "agrees" and not unusual:
            found.append(Evidence(words="volume times unit price is the total", weights={kind: AGREES_WEIGHT}))
        if kind == "fuel_purchase" and _is_nameless(candidate):
            found.append(Evidence(words="it names neither a fuel nor a pump", weights={kind: NAMELESS_WEIGHT}))
        elif unusual:
            words = "its price per unit is far from what fuel costs"
            found.append(Evidence(words=words, weights={kind: UNUSUAL_PRICE_WEIGHT}))
    unseen: list[DocumentKind] = [kind for kind in EVENT_OF if kind not in seen]
    return [*found, *(Evidence(words=f"no rule sees {WORDS[kind]}", weights={kind: IMPOSSIBLE}) for kind in unseen)]


def _is_unusual(candidate: Candidate) -> bool:
    """Tell if something was sold at no price of fuel, and neither a pump nor a sure name of a fuel is printed."""
    grade = candidate.fields.get("fuel_grade")
    named = "pump_number" in candidate.fields or (grade is not None and not is_weak(grade.value))
    return not named and any(flag.code == "price_unusual" for flag in candidate.flags)


def _is_nameless(candidate: Candidate) -> bool:
    unit = candidate.fields.get("volume_unit")
    gallons = unit is not None and unit.value.startswith("gal")
    named = not candidate.fields.keys().isdisjoint({"fuel_type", "pump_number"})
    return not (named or gallons or candidate.evidence >= STATION_EVIDENCE)


def _kind_of(candidate: Candidate, receipt: Receipt | None) -> DocumentKind:
    """Return the kind that a candidate speaks for; fuel that is not on paper is on a pump's display."""
    if candidate.event_type == "fuel_purchase":
        return "fuel_purchase" if receipt is not None and receipt.likeness >= ENOUGH_LIKENESS else "pump"
    return next(kind for kind, event_type in EVENT_OF.items() if event_type == candidate.event_type)


def _of_text(text: Reading | None, receipt: Receipt | None) -> list[Evidence]:
    if text is None or receipt is None:
        return [Evidence(words="its text was not read", weights={"other_receipt": IMPOSSIBLE})]
    if not receipt.lines:
        return [Evidence(words="it has no text", weights={"other_receipt": IMPOSSIBLE})]
    found = []
    if receipt.likeness >= ENOUGH_LIKENESS:
        words = f"it is printed like a receipt (likeness {receipt.likeness:.2f})"
        found.append(Evidence(words=words, weights={"nothing": -4.0, "pump": -2.0}))
    else:
        words = f"it is not printed like a receipt (likeness {receipt.likeness:.2f})"
        found.append(Evidence(words=words, weights={"other_receipt": -4.0}))
        pump_words = {match.group().lower() for line in receipt.lines for match in _PUMP_WORDS.finditer(line.text)}
        if len(pump_words) >= 2:
            words = f"it has {len(pump_words)} words of a pump's display"
            found.append(Evidence(words=words, weights={"pump": 1.5, "odometer_reading": -1.0}))
    for trade, pattern in zip(_TRADES, _TRADE_PATTERNS, strict=True):
        if any(pattern.search(line.text) for line in receipt.lines):
            found.append(trade)
    return found


def _of_display(display: Reading | None) -> list[Evidence]:
    if display is None:
        return []
    roles = {span.role for span in display.spans}
    if "odometer" in roles:
        return [Evidence(words="the display's reader sees an odometer", weights={"odometer_reading": 1.0})]
    if roles:
        return [Evidence(words="the display's reader sees no odometer", weights={"odometer_reading": -1.0})]
    return [Evidence(words="the display's reader sees no display", weights={"odometer_reading": -0.5})]


def _said(hint: Hint) -> list[Evidence]:
    if hint.kind is None or not _SAID[hint.kind]:
        return []
    weights = dict.fromkeys(sorted(_SAID[hint.kind]), SAID_WEIGHT)
    return [Evidence(words=f"the driver said {hint.kind.replace('_', ' ')}", weights=weights)]
