"""Words of a driver's note: that something is wrong, and how bad it is."""

from __future__ import annotations

import re
from typing import Literal

Severity = Literal["info", "warning", "critical"]

CODE = re.compile(r"(?<![A-Z0-9])[PBCU][0-3][0-9A-F]{3}(?![A-Z0-9])")
"""A diagnostic trouble code. Source: SAE J2012."""

_FAULTS: dict[str, str] = {
    "en": r"nois[ey]\w*|rattl\w+|squeal\w*|squeak\w*|grind\w*|clunk\w*|knocking|leak\w*|smok\w+|vibrat\w+|"
    r"overheat\w*|stall(?:s|ed|ing)|misfir\w+|warning (?:light|lamp)s?|check engine|brakes?|won'?t start|"
    r"do(?:es|n'?t|esn'?t) not start|flat (?:tyre|tire)|punctur\w+|broken|crack\w*|dent(?:s|ed)?|damage\w*|"
    r"accident|collision|burning smell|wobbl\w+|pull(?:s|ing) to|battery|steering|fault\w*|defect\w*|malfunction\w*",
    "de": r"geräusch\w*|quietsch\w*|klapper\w*|leck\w*|undicht\w*|raucht|rauch|bremse\w*|reifen|warnleuchte\w*|"
    r"motorleuchte|springt nicht an|defekt\w*|kaputt\w*|unfall|panne|vibrier\w*|ruckel\w*|schaden|störung",
    "tr": r"ar[ıi]za\w*|fren\w*|lastik\w*|ses geliyor|duman|s[ıi]z[ıi]nt[ıi]\w*|kaza|bozuk|bozuldu|"
    r"[cç]al[ıi][sş]m[ıi]yor|titre\w+|uyar[ıi] lambas[ıi]",
    "ms": r"rosak|brek|tayar|bunyi|bocor|berasap|kemalangan|lampu amaran|tak boleh hidup|tidak boleh hidup|bergegar",
    "es": r"aver[ií]a\w*|frenos?|neum[aá]ticos?|llantas?|ruidos?|fuga\w*|humo|testigo|no arranca|accidente|golpe|"
    r"vibra\w*|roto|rota|da[nñ]o\w*|falla\w*",
    "fr": r"panne|freins?|pneus?|bruits?|fuite\w*|fum[ée]e|voyants?|ne d[ée]marre pas|accident|cass[ée]e?|vibr\w+|"
    r"d[ée]faut\w*|endommag\w+",
}
"""What is said of a fault, by language (ISO 639-1)."""

_FAULT = re.compile(rf"(?<!\w)(?:{'|'.join(_FAULTS.values())})(?!\w)", re.IGNORECASE)

_SEVERITY_WORDS: tuple[tuple[Severity, str], ...] = (
    (
        "critical",
        (
            r"critical|urgent\w*|danger\w*|unsafe|emergency|on fire|fire|smok(?:e|es|ing)|brakes? (?:fail\w*|gone|"
            r"do(?:es)? ?n[o']t work)|no brakes|can(?:no|')t (?:stop|brake|steer)|steering (?:fail\w*|locked)|"
            r"oil pressure|overheat\w*|"
            r"gef[äa]hr\w*|dringend\w*|rauch\w*|brennt|bremsversagen|tehlike\w*|acil|duman|"
            r"yan[ıi]yor|bahaya|kecemasan|berasap|terbakar|peligros\w*|urgente|humo|sin frenos|dangereu\w+|"
            r"fum[ée]e|feu|plus de freins"
        ),
    ),
    (
        "info",
        (
            r"for (?:your )?information|fyi|minor|cosmetic|scratch\w*|no hurry|kratzer|keine eile|nur zur info|"
            r"[cç]izik|calar|ara[nñ]azo|rayure\w*|pour information"
        ),
    ),
)
"""What is said of how bad it is; the first that is said counts."""

_SEVERITIES: tuple[tuple[Severity, re.Pattern[str]], ...] = tuple(
    (severity, re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)) for severity, words in _SEVERITY_WORDS
)

_NOT_URGENT = re.compile(
    r"(?<!\w)(?:not (?:urgent|dangerous|critical)|non urgent|no urgente|nicht dringend)(?!\w)", re.IGNORECASE
)


def speaks_of_a_fault(text: str) -> bool:
    """Tell if a text names a fault code, or something that is wrong with a vehicle."""
    return CODE.search(text.upper()) is not None or _FAULT.search(text) is not None


def severity_said(text: str) -> Severity | None:
    """Return how bad a text says it is; None where it does not say."""
    plain = _NOT_URGENT.sub(" no hurry ", text)
    return next((severity for severity, pattern in _SEVERITIES if pattern.search(plain)), None)
