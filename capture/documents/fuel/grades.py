"""Which fuel was sold, by the words on slips: as printed, and as one of our names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from capture.documents.layout import Found, Line

FuelType = Literal["regular", "midgrade", "premium", "diesel", "e85", "lpg", "cng", "def", "electric"]

NO_FUEL: frozenset[str] = frozenset({"def", "electric"})
"""What is sold beside fuel: diesel exhaust fluid (AdBlue), and electricity. Neither has gallons of fuel."""

_DEF = r"adblue|bluedef|ad blue|def(?= |$|:)|diesel exhaust fluid|arla ?32|aus ?32|scr fluid"
_DIESEL = (
    r"(?:e[uv]ro ?)?di(?:es|z)el|derv|acpm|g[aá]zolaj|di[eé]sel|dsl|dies|motor[iı]n[aă]?|gas ?oil|"
    r"gasoil|olej nap[eę]dowy|dyzel|"
    r"reefer(?: fuel)?|gazole|gasolio(?: auto)?|gas[oó]leo(?: [ab](?![a-z]))?|biodiesel|ulsd|"
    r"nafta(?! ?(?:super|premium))(?: motorov[aá])?|hsd|dexlite|pertamina dex|"
    r"(?:bio ?)?solar(?! ?(?:panel|power|energy))|hvo(?: ?100)?|agro ?diesel|d[iy]zel(?:inas|"
    r"degviela)|diis(?:el|likutus)|dieselolje|disel|xtl|mazot|"
    r"d[aầ]u (?:do|diesel)|do 0[.,]0\d+s|deizel|b7(?!\d)|軽油|柴油|เดเซล"
)
_GAS = r"(?:auto)?plyn|autoplin|propan[- ]?butan|vedelgaas|tng(?! ?\d)|lpg|autogas|otogaz|propane|gpl|glp"
_CNG = r"cng|gnc|gnv|biogas|fordonsgas|natural gas|erdgas|metano"
_PETROL = (
    r"unleaded|unlead|u(?=9[1-8])|unld|unl|ulg?(?= ?9\d)|ulp|regular|regul|reg(?! ?\.? ?n| ?[:.]| ?0\d)|"
    r"petrol|gasoline|gasohol|"
    r"benzin(?:as|[ea])?|bensiini?|bencin|degviela|nmb(?= ?9\d)|m(?=9[158](?!\d))|blyfri|corriente|"
    r"nafta(?= ?(?:super|premium))|pms|efitec(?= ?9\d)|miles(?= ?9\d)|ulr(?= ?9\d)|9[58]e(?:5|10)(?!\d)|"
    r"super ?plus|super|supreme|supr|sup|premium|prem|midgrade|mid-grade|mid|e-plus|plus|special|extra|"
    r"ultimate|v-? ?power|"
    r"fuelsave|primax|infiniti|inf(?= ?ron)|synergy|excellium|efecta|magna|gasolina(?: (?:comum|aditivada))?|"
    r"etanol|ordinaire|bleifrei|loodvrij|benzyna|bensin|essence|sem chumbo|senza piombo|sans plomb|"
    r"normal|mogas|pertalite|"
    r"pertamax(?: turbo)?|xcs|"
    r"kur[sş]unsuz|sin plomo|s/pb|sp(?=[ -]?9[58])|ron|r0n|octane|natural(?= ?9[58])|euro(?= ?9[58])|eurosuper|"
    r"pb(?= ?9[58])|"
    r"95 ?oktan|e ?85|e-?10|e-?5|flex ?fuel|ethanol|レギュラー|ハイオク|汽油|ガソリン|9[258] ?#|9[258]号"
)
_MORE = (
    r"(?:[#№] ?\d(?!\d)|(?<![#№])(?:[89]\d|100|2(?!\d)))(?![\d.,/%])|e ?-?(?:5|10|15|20|85)(?!\d)|"
    r"euro ?\d|b\d{1,2}(?!\d)|a ?-?9[258](?!\d)|"
    r"i{1,3}v?(?![a-z])|[o0](?:ct|kt)(?:\.|an\w*)?(?![a-z])|simples|auto(?![a-z])|no\.? ?\d|unl\w*|"
    r"plus|standard|comum|aditivad[ao]|"
    r"\d{2,3} ?ppm|s ?-?(?:10|50|500)(?!\d)|汽油|号|(?<=\d)#"
)
_BEFORE = r"dyed|clear|uls|ago|ms|pms|truck|tractor|auto|bulk|off-?road|marine|winter|farm|(?:ultra )?low sulfu?r"
_WORDS = "|".join((_DEF, _DIESEL, _GAS, _CNG, _PETROL))
_PHRASE = re.compile(
    rf"(?<![\w/])(?:(?<![.,]\d\d )(?<![.,]\d{{3}} )(?<![\d.,])(?:8[5-9]|9\d|100) (?:o[ck]t\w*\.? )?|(?:{_BEFORE}) )?"
    rf"(?:{_WORDS})(?:(?:(?![a-z])|(?=e-?(?:5|10|85)(?!\d)))(?:[ \-/](?:{_WORDS})|[ \-]?(?:{_MORE}))*)(?![a-z])",
    re.IGNORECASE,
)
_BY_WORDS: tuple[tuple[FuelType, str], ...] = (
    ("def", _DEF),
    ("diesel", _DIESEL),
    ("lpg", _GAS),
    ("cng", _CNG),
    ("e85", r"e ?85|flex ?fuel"),
    (
        "premium",
        (
            r"super ?plus|premium|prem(?![a-z])|supreme|supr(?![a-z])|ultimate|v-? ?power|ハイオク|pertamax turbo|"
            r"\D*(?:97|98|99|100)(?!\d)|super unl\w*|sup unl\w*"
        ),
    ),
    ("midgrade", r"mid|plus(?! ?9[1-6])|\D*(?:88|89|90)(?!\d)|special(?! ?9[1-5])"),
)
"""Fuels by the words of a phrase, in this order. Petrol of 97 octane (RON) and more is premium."""

_KINDS = tuple((name, re.compile(rf"(?<![a-z])(?:{pattern})", re.IGNORECASE)) for name, pattern in _BY_WORDS)

_SUPER_ALONE = re.compile(r"^sup(?:er)?(?: ?9[1-4]| ?e ?-?5)?$", re.IGNORECASE)
_WEAK = re.compile(
    r"^(?:reg|regul|regular|super|sup|supr|supreme|premium|prem|plus|mid|special|extra|natural|octane|ron|"
    r"ethanol|nafta|"
    r"ultimate|normal|essence|synergy|primax|magna|dies|def|metano|glp|ulp|solar|pms|b7|xtl|plyn|biogas|no|[#\d\W])*$",
    re.IGNORECASE,
)
_NAFTA = re.compile(r"^nafta (?:super|premium)", re.IGNORECASE)
_OCTANE = re.compile(r"(?<!\d)(?:8[5-9]|9[0-9]|100)(?!\d)")
"""Words that other trades print too name a fuel for sure only with an octane number."""

_SHORT_NAMES = {"PLN": re.compile(r"^\W*(?:ON|Pb)\b(?![ .]*[a-z])")}
"""Two letters at the start of a line: Polish tills' names of diesel (ON) and petrol (Pb)."""

_PREMIUM_UNLEADED = re.compile(r"unl\w* ?9[34]", re.IGNORECASE)
AKI_CURRENCIES = frozenset({None, "USD", "CAD"})
"""Where pumps print the anti-knock index, in which 93 is premium; elsewhere they print RON, in which it is not."""

_FOOTNOTE = re.compile(r"\b(?:given|relief|section|act|under)\b|diesel ?& ?petrol", re.IGNORECASE)
_NOT_PRODUCT = re.compile(
    r"\b(?:welcome|station|points?|club|rewards?|save|earn|join|discount|www|survey|loyalty|petrol (?:ofisi|"
    r"station))\b|\.com",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Product:
    """A fuel on a slip: its kind, where its name is printed, that line's index. `weak`: other trades say it too."""

    kind: FuelType
    found: Found
    index: int
    weak: bool


def find_products(lines: Sequence[Line], currency: str | None = None) -> list[Product]:
    """Return what the lines name of fuels, top to bottom; a footnote about taxes or the station's name is none."""
    products = []
    for index, line in enumerate(lines):
        around = " ".join(other.text for other in lines[index : index + 2])
        if _FOOTNOTE.search(around) or _NOT_PRODUCT.search(line.text):
            continue
        for match in (*_PHRASE.finditer(line.text), *_short_names(line.text, currency)):
            kind = kind_of(match.group(), currency)
            products.append(Product(kind, Found(line, *match.span()), index, is_weak(match.group())))
    return products


def _short_names(text: str, currency: str | None) -> Iterator[re.Match[str]]:
    """Yield the names that are words of other things in other countries."""
    pattern = _SHORT_NAMES.get(currency or "")
    return pattern.finditer(text) if pattern else iter(())


def is_weak(phrase: str) -> bool:
    """Tell if other trades print a fuel's name too, as paint that is super or milk that is regular."""
    return bool(_WEAK.match(phrase)) and not _OCTANE.search(phrase) and not _NAFTA.match(phrase)


def kind_of(phrase: str, currency: str | None = None) -> FuelType:
    """Return our name for a fuel's printed name. A bare "super" is the plain petrol where euros are paid."""
    for name, pattern in _KINDS:
        if pattern.search(phrase):
            return name
    if phrase.upper() == "ON":
        return "diesel"
    if currency in AKI_CURRENCIES and _PREMIUM_UNLEADED.search(phrase):
        return "premium"
    return "premium" if _SUPER_ALONE.match(phrase) and currency != "EUR" else "regular"
