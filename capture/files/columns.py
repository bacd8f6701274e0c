"""Names of columns in tables of trips -> what they hold, in which unit, and in which language they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

Meaning = Literal["start", "end", "date", "zone", "distance", "unit", "purpose"]

Unit = Literal["km", "mi", "m"]

UNIT_WORDS: dict[str, Unit] = {
    "km": "km", "kms": "km", "kilometer": "km", "kilometers": "km", "kilometre": "km", "kilometres": "km",
    "kilometros": "km", "kilometrage": "km", "mi": "mi", "mile": "mi", "miles": "mi", "mls": "mi", "millas": "mi",
    "meilen": "mi", "mil": "mi", "batu": "mi", "m": "m", "meter": "m", "meters": "m", "metre": "m", "metres": "m",
    "metros": "m",
}  # fmt: skip
"""Words for units of distance, without accents."""

NAMES: dict[Meaning, dict[str, str]] = {
    "start": {
        "en": "start|start time|start at|started|started at|start date|start datetime|begin|departure|departed|"
        "departure time|from time|trip start",
        "de": "beginn|startzeit|abfahrt|abfahrtszeit|startdatum",
        "tr": "baslangic|baslangic saati|kalkis|baslama",
        "ms": "mula|masa mula|bertolak",
        "es": "inicio|hora inicio|hora de inicio|salida",
        "fr": "debut|heure debut|heure de debut|depart|heure de depart",
    },
    "end": {
        "en": "end|end time|end at|ended|ended at|end date|end datetime|finish|finished|stop|arrival|arrived|"
        "arrival time|to time|trip end",
        "de": "ende|endzeit|ankunft|ankunftszeit|enddatum",
        "tr": "bitis|bitis saati|varis",
        "ms": "tamat|masa tamat|tiba",
        "es": "final|hora fin|hora de fin|llegada",
        "fr": "heure fin|heure de fin|arrivee|heure d'arrivee",
    },
    "date": {"en": "date|day|trip date", "de": "datum|tag", "tr": "tarih", "ms": "tarikh", "es": "fecha", "fr": "jour"},
    "zone": {"en": "timezone|time zone|tz|utc offset|offset|zone", "de": "zeitzone", "tr": "saat dilimi",
             "ms": "zon masa", "es": "zona horaria", "fr": "fuseau horaire"},
    "distance": {
        "en": "distance|dist|trip distance|length|mileage|miles driven|km driven|miles|kilometers|kilometres|km|mi",
        "de": "strecke|entfernung|distanz|kilometer|gefahrene kilometer",
        "tr": "mesafe|yol",
        "ms": "jarak",
        "es": "distancia|kilometros|recorrido",
        "fr": "kilometrage|trajet",
    },
    "unit": {"en": "unit|distance unit|units", "de": "einheit", "tr": "birim", "ms": "unit jarak", "es": "unidad",
             "fr": "unite"},
    "purpose": {
        "en": "purpose|reason|trip purpose|business purpose|category|note|notes|description",
        "de": "zweck|grund|anlass",
        "tr": "amac|neden|aciklama",
        "ms": "tujuan|sebab",
        "es": "motivo|proposito",
        "fr": "motif|objet|but",
    },
}  # fmt: skip
"""Names of columns by meaning and language, without accents. A name that several languages share is English."""

_MEANINGS: dict[str, tuple[Meaning, str]] = {
    name: (meaning, language)
    for meaning, by_language in NAMES.items()
    for language, names in reversed(by_language.items())
    for name in names.split("|")
}

_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]]{1,20})\s*[)\]]\s*$")


class Column(NamedTuple):
    """What a column holds. `unit`: of a distance, where its name says it."""

    meaning: Meaning
    unit: Unit | None
    language: str


def column_of(name: str) -> Column | None:
    """Return what a column of that name holds; None where the name is none of ours."""
    plain = plain_words(name)
    unit: Unit | None = None
    brackets = _BRACKETS.search(plain)
    if brackets:
        unit = UNIT_WORDS.get(brackets[1].strip())
        plain = plain[: brackets.start()].strip()
    known = _MEANINGS.get(plain)
    if known is None and " " in plain:
        before, _, last = plain.rpartition(" ")
        before = before.removesuffix(" in")
        said = _MEANINGS.get(before)
        if last in UNIT_WORDS and said is not None and said[0] == "distance":
            known, unit = said, UNIT_WORDS[last]
    if known is None:
        return None
    meaning, language = known
    if meaning != "distance":
        return Column(meaning, None, language)
    if unit is None:
        unit = next((UNIT_WORDS[word] for word in plain.split() if word in UNIT_WORDS), None)
    return Column(meaning, unit, language)


def language_of(columns: Sequence[Column | None]) -> str | None:
    """Return the language of a table's column names; None where they are English, or of several languages."""
    found = {column.language for column in columns if column is not None} - {"en"}
    return found.pop() if len(found) == 1 else None


def plain_words(text: str) -> str:
    """Return a name in lower case, without accents, its words parted by single spaces: `Start_Time` -> `start time`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text[:80]).replace("ı", "i")
    bare = "".join(c for c in unicodedata.normalize("NFKD", spaced.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[_\-./:]+", " ", bare).split())
