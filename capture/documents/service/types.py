"""Kinds of service, and the words by which workshops name them: English, German, French, Spanish, Turkish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

from capture.documents.layout import Found, Line
from capture.documents.service.words import tolerant

ServiceType = Literal[
    "oil_change",
    "filter_replacement",
    "tire_rotation",
    "tire_replacement",
    "tire_repair",
    "wheel_alignment",
    "wheel_balancing",
    "brake_service",
    "battery_replacement",
    "transmission_service",
    "coolant_service",
    "air_conditioning",
    "belt_replacement",
    "suspension_service",
    "steering_service",
    "exhaust_service",
    "fuel_system_service",
    "electrical_repair",
    "lights_and_wipers",
    "glass_repair",
    "body_repair",
    "diagnosis",
    "inspection",
    "tune_up",
    "recall",
    "towing",
    "cleaning",
    "scheduled_service",
    "repair",
]
"""What a workshop may have done. `inspection`: by law (MOT, TÜV) or the workshop's own; `repair`: none of these."""

SERVICE_TYPES: tuple[str, ...] = get_args(ServiceType)

_DONE = r"(?:replac\w*|chang\w*|fit(?:ted|ting)?|install\w*|new|renew\w*|erneuer\w*|ersetz\w*|wechsel\w*|tausch\w*)"

_WORDS: dict[str, str] = {
    "oil_change": (
        r"oil (?:(?:and|&|\+|/) ?)?(?:oil )?(?:filter )?(?:change|service|replace\w*|renew\w*)|lube,? (?:oil|and)\b|"
        r"\blof\b|"
        r"change (?:engine |motor )?oil|(?:engine|motor) oil (?:chang|replac|renew)\w*|replace (?:engine |"
        r"motor )?oil|"
        r".?lwechsel|vidange|cambio de aceite(?: y filtro)?|ya[gğ] de[gğ]i[sş]imi"
    ),
    "filter_replacement": (
        rf"(?:air|cabin|pollen|fuel|a/c) filters? (?:element )?{_DONE}|{_DONE} (?:(?:engine|the) )?(?:air|cabin|"
        rf"pollen|fuel) filters?|"
        r"(?:luft|innenraum|pollen|kraftstoff)filter ?(?:wechsel\w*|erneuer\w*|ersetz\w*)"
    ),
    "tire_rotation": r"(?:tire|tyre|wheel)s? rotat\w*|rotat\w* (?:all |of )?(?:\w+ )?(?:tire|tyre|wheel)s?|"
    r"permutation",
    "tire_replacement": (
        rf"(?:tire|tyre)s? {_DONE}|(?:new|replace|fit|mount|install|supply (?:and|"
        rf"&) fit)(?: and balance)?(?: \w+){{0,3}} (?:tire|tyre)s?|"
        r"mount (?:and|&) balance|(?:r.?der|reifen) ?(?:wechsel\w*|montage|erneuer\w*|montier\w*)|"
        r"pneus? (?:mont|rempla)\w*|cambio de neum[áa]ticos|lastik de[gğ]i[sş]imi"
    ),
    "tire_repair": r"(?:flat|puncture|tire|tyre) repair|repair (?:flat|puncture)|puncture|reifenreparatur",
    "wheel_alignment": r"(?:wheel |front end |4[ -]?wheel )?alignment|achsvermessung|spur einstell\w*|"
    r"g[ée]om[ée]trie|alineaci[óo]n|rot balans",
    "wheel_balancing": r"(?:wheel |tire |tyre )(?:balanc\w+)|balanc(?:e|ing) (?:of )?(?:\w+ )?wheels?|auswucht\w*|"
    r"[ée]quilibrage|balanceo",
    "brake_service": (
        r"brakes? ?(?:service|job|pads?|shoes?|repair|replace\w*|overhaul|flush|clean\w*|rotors?|discs?|drums?|"
        r"fluid|lin(?:e|ing)s?|"
        r"caliper)|brakes\b|brems\w+|plaquettes|freins?\b|frenos?\b|pastillas?|\bfren\b"
    ),
    "battery_replacement": rf"(?:battery|batterie|bater.?a|ak[uü])(?![^\W\d_])(?! (?:test|check|volt|"
    rf"condition))(?: {_DONE})?",
    "transmission_service": r"transmission|gearbox|clutch|getriebe\w*|kupplung\w*|embrayage|embrague|\batf\b|"
    r"differential",
    "coolant_service": r"coolant|radiator|antifreeze|cooling system|water pump|k.?hl(?:mittel|er|wasser|system)\w*|"
    r"refroidissement|refrigerante",
    "air_conditioning": r"a/c\b|air ?con\w*|hvac|klima\w*|climatisation|aire acondicionado",
    "belt_replacement": r"(?:timing|drive|serpentine|fan|cam|v-?)[ -]?belt|zahnriemen\w*|keilr\w+|courroie|correa",
    "suspension_service": r"suspension|shock absorbers?|\bshocks\b|struts?\b|control arms?|ball joints?|"
    r"sto.{1,2}d.?mpfer|amortis\w+|amortiguador\w*",
    "steering_service": r"steering|tie rods?|rack (?:and|&) pinion|power steering|lenkung|spurstange\w*",
    "exhaust_service": r"exhaust|muffler|catalytic|silencer|\bdpf\b|auspuff\w*|partikelfilter|[ée]chappement|"
    r"escape\b",
    "fuel_system_service": r"fuel (?:system|injector|injection|pump|line)\w*|injectors?|einspritz\w*|kraftstoffpumpe",
    "electrical_repair": r"alternator|starter(?: motor)?|wiring|electrical|lichtmaschine|anlasser|alternateur|"
    r"alternador",
    "lights_and_wipers": r"(?:head|tail|brake|fog|marker) ?(?:light|lamp)s?|bulbs?\b|wipers?|(?:gl.?h|"
    r"abblend)\w*lampe|wischerbl.?tter|scheibenwischer",
    "glass_repair": r"windshield|windscreen|frontscheibe|pare-?brise",
    "body_repair": r"(?:body|dent|paint|collision) (?:work|repair|shop labou?r)|panel beat\w*|karosserie\w*|"
    r"lackier\w*|carrosserie",
    "diagnosis": r"diagnos\w+|scan (?:codes?|tool)|fehlerspeicher\w*|diagn[óo]stico",
    "inspection": (
        r"(?:(?:state|safety|multi-?point|emissions?|annual|dot|courtesy|vehicle|brake|visual|"
        r"\d+[ -]point) )+(?:inspection|check)|inspection\b|"
        r"\bmot\b|hauptuntersuchung|abgasuntersuchung|\bt.?v\b|\bhu ?/ ?au\b|durchsicht|contr[ôo]le technique|"
        r"\bitv\b|muayene"
    ),
    "tune_up": r"tune[ -]?up|spark plugs?|z.?ndkerzen|bougies|buj[íi]as?",
    "recall": r"recall|r.?ckruf\w*|safety campaign",
    "towing": r"tow(?:ing|ed)?\b|recovery|abschlepp\w*|remorquage|gr[úu]a\b",
    "cleaning": r"car wash|wash(?:ed|ing)? (?:and|&)|vehicle wash|valet\w*|detailing|fahrzeugw.?sche|innenreinigung|"
    r"lavage",
    "scheduled_service": (
        r"\d{1,3}[,.]?\d{3} ?(?:km|kms|mi|mile|miles)\b(?: (?:service|maintenance))|(?:service|"
        r"maintenance) \d{1,3}[,.]?\d{3} ?(?:km|mi)|"
        r"(?:major|minor|full|interim|periodic\w*|scheduled|annual|paid|free|logbook|preventive|pm|"
        r"[ab])[ -](?:service|maintenance)\b|"
        r"\d{1,2}[ -]month service|gro.{1,2}e inspektion|inspektion\b|wartung\w*|r[ée]vision|revisi[óo]n|entretien|"
        r"periyodik bak[iı]m"
    ),
    "repair": r"repairs?\b|repaired|reparatur\w*|instandsetz\w*|r[ée]paration|reparaci[óo]n|tamir\b",
}  # fmt: skip

_PATTERNS = {name: re.compile(rf"(?<![^\W\d_])(?:{tolerant(_WORDS[name])})", re.IGNORECASE) for name in SERVICE_TYPES}

_NOT_DONE = re.compile(
    r"\b(?:recommend\w*|declin\w*|advis(?:e|ed|ory|ories)\b|suggest\w*|next|due\b|warrant\w*|guarantee\w*|"
    r"retain\w*|kept|customer states|complaint|authori[sz]\w*|disclaim\w*|terms|liab\w*|thank|welcome|invoice|"
    r"we (?:speciali[sz]e|offer|also)|"
    r"empf(?:ehl|ohl)\w*|n.?chste\w*|f.?llig|gew[äa]hr\w*|gewährleistung|prochain\w*|recommand\w*|pr[óo]xim\w*|"
    r"sonraki|waiver|property|monitor|future)\b",
    re.IGNORECASE,
)
"""Lines that speak of what should be done, might be done, or is promised; and the paper's small print."""

_CHECK_ALONE = re.compile(r"\b(?:ok|pass(?:ed)?|good|fair|green|i\.?o\.?)\b", re.IGNORECASE)
"""A line of a check list says how a part is, not that it was worked on."""


def service_named(text: str) -> str | None:
    """Return the kind of service that a text names."""
    return next((name for name in SERVICE_TYPES if _PATTERNS[name].search(text)), None)


def find_services(lines: Sequence[Line]) -> dict[str, Found]:
    """Return the kinds of service that lines name as done, each with its first words, in the order of the list.

    `repair` is one only where nothing tells what was repaired.
    """
    found: dict[str, Found] = {}
    for line in lines:
        if _NOT_DONE.search(line.text) or _CHECK_ALONE.search(line.text):
            continue
        for name in SERVICE_TYPES:
            match = _PATTERNS[name].search(line.text)
            if match and name not in found:
                found[name] = Found(line, *match.span())
    if len(found) > 1:
        found.pop("repair", None)
    return {name: found[name] for name in SERVICE_TYPES if name in found}
