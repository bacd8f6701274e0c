"""Brands of filling and charging stations, by the words that slips print."""

from __future__ import annotations

import re
from collections.abc import Sequence

from capture.documents.layout import Found, Line

_NAMES: dict[str, str] = {
    "Shell": r"shell", "BP": r"bp", "Esso": r"esso", "Exxon": r"exxon(?:mobil)?", "Mobil": r"mobil",
    "Chevron": r"chevron", "Texaco": r"texaco", "Caltex": r"caltex", "Petronas": r"petronas", "Petron": r"petron",
    "BHPetrol": r"bh ?petrol\w*", "Aral": r"aral", "JET": r"jet(?: tankstelle)?",
    "TotalEnergies": r"total ?energies", "Repsol": r"repsol", "Cepsa": r"cepsa|moeve", "Galp": r"galp",
    "Eni": r"eni|agip", "IP": r"ip matic|italiana petroli", "Q8": r"q8", "OMV": r"omv", "MOL": r"mol",
    "Orlen": r"(?:pkn )?orlen", "Circle K": r"circle ?k", "7-Eleven": r"7-? ?eleven",
    "Costco": r"costco(?: gas\w*| wholesale)?", "Sam's Club": r"sam'?s club", "Sunoco": r"sunoco",
    "Marathon": r"marathon", "Speedway": r"speedway", "Valero": r"valero", "Citgo": r"citgo", "Conoco": r"conoco",
    "Phillips 66": r"phillips ?66", "76": r"76 (?:gas|station|fuel)", "Sinclair": r"sinclair",
    "ARCO": r"arco(?: ?am/?pm)?", "QuikTrip": r"quik ?trip", "RaceTrac": r"racetrac", "Wawa": r"wawa",
    "Sheetz": r"sheetz", "Casey's": r"casey'?s", "Kwik Trip": r"kwik ?(?:trip|star)",
    "Gulf": r"gulf (?:oil|express|gas\w*)", "Pilot": r"pilot (?:travel|flying)[a-z ]{0,12}",
    "Flying J": r"flying ?j", "Love's": r"love'?s (?:travel|country)[a-z ]{0,6}",
    "Petro-Canada": r"petro-? ?canada", "Husky": r"husky", "Ultramar": r"ultramar", "Irving": r"irving(?: oil)?",
    "Opet": r"opet", "Petrol Ofisi": r"petrol ofisi|po petrol", "Aytemiz": r"aytemiz", "IndianOil": r"indian ?oil",
    "Hindustan Petroleum": r"hindustan petroleum|hpcl", "Bharat Petroleum": r"bharat petroleum|bpcl",
    "Pertamina": r"pertamina", "PTT": r"ptt", "ENEOS": r"eneos", "Idemitsu": r"idemitsu|出光",
    "Cosmo": r"cosmo oil|コスモ石油", "Sinopec": r"sinopec|中石化|中国石化",
   "PetroChina": r"petrochina|中国石油|中石油",
    "Ampol": r"ampol", "Engen": r"engen", "Sasol": r"sasol", "Puma": r"puma energy", "Rubis": r"rubis",
    "Applegreen": r"applegreen", "Maxol": r"maxol", "Preem": r"preem", "OKQ8": r"okq8", "St1": r"st1",
    "Neste": r"neste", "Tesla": r"tesla(?: supercharger)?", "IONITY": r"ionity", "EVgo": r"evgo",
    "ChargePoint": r"charge ?point", "Electrify America": r"electrify america",
}  # fmt: skip


def _printed(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@.\-])(?:{pattern})(?![\w@\-]|\.com)", re.IGNORECASE)


BRANDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, _printed(pattern)) for name, pattern in _NAMES.items())

_ANY = _printed("|".join(_NAMES.values()))
"""Most lines name no brand: one search tells, where one for each brand takes eight times as long."""

HEAD_LINES = 12
"""A brand further down is a loyalty card's, or of what was bought."""


def find_brand(lines: Sequence[Line]) -> tuple[str, Found] | None:
    """Return the station's brand by its canonical name, and where it is printed."""
    for line in filter(lambda line: names_brand(line.text), lines[:HEAD_LINES]):
        for name, pattern in BRANDS:
            match = pattern.search(line.text)
            if match:
                return name, Found(line, *match.span())
    return None


def names_brand(text: str) -> bool:
    """Tell if a text holds a brand of stations."""
    return _ANY.search(text) is not None
