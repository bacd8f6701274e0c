"""Kinds of service, and the words by which workshops name them, in the languages of `words`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

from capture.documents.layout import Found, Line
from capture.documents.wording import tolerant

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
        r"ölwechsel|vidange|cambio (?:de )?aceite(?: y filtro)?|yağı? değişimi?|cambio olio|sostituzione olio|"
        r"olie (?:ver\w+|wissel\w*)|"
        r"olieverversing|oliebeurt|wymiana oleju|(?:mudança|troca) (?:de|do) óleo"
    ),
    "filter_replacement": (
        rf"(?:air|cabin|pollen|fuel|a/c) filters? (?:element )?{_DONE}|{_DONE} (?:(?:engine|the) )?(?:air|cabin|"
        rf"pollen|fuel) filters?|"
        r"(?:luft|innenraum|pollen|kraftstoff)filter ?(?:wechsel\w*|erneuer\w*|ersetz\w*)|"
        r"(?:rempla\w+|sustituci\w+|sostituzione|wymiana|vervangen) (?:\w+ )?filtr\w+ (?!à huile|olio|oleju|"
        r"de aceite)\w+"
    ),
    "tire_rotation": r"(?:tire|tyre|wheel)s? rotat\w*|rotat\w* (?:all |of )?(?:\w+ )?(?:tire|tyre|wheel)s?|"
    r"permutation",
    "tire_replacement": (
        rf"(?:tire|tyre)s? {_DONE}|(?:new|replace|fit|mount|install|supply (?:and|"
        rf"&) fit)(?: and balance)?(?: \w+){{0,3}} (?:tire|tyre)s?|"
        r"mount (?:and|&) balance|(?:r.?der|reifen) ?(?:wechsel\w*|montage|erneuer\w*|montier\w*)|"
        r"pneus? (?:mont|rempla)\w*|(?:montage|remplacement) (?:de |des )?(?:\w+ )?pneu\w*|"
        r"(?:cambio|montaje|sustitución) (?:de )?(?:\w+ )?neumáticos?|lastik değişimi?|"
        r"(?:sostituzione|cambio|montaggio) (?:\w+ )?(?:pneumatici|gomme)|banden ?(?:wissel\w*|monteren|montage|"
        r"vervangen)|"
        r"(?:wymiana|montaż) (?:\w+ )?opon|(?:mudança|troca|montagem) (?:de )?pneus"
    ),
    "tire_repair": r"(?:flat|puncture|tire|tyre) repair|repair (?:flat|puncture)|puncture|reifenreparatur",
    "wheel_alignment": r"(?:wheel |front end |4[ -]?wheel )?alignment|achsvermessung|spur einstell\w*|"
    r"géométrie|alineación|alineado|convergenza|uitlijn\w*|geometria|zbieżnoś\w*|alinhamento|rot (?:balans|ayarı?)",
    "wheel_balancing": r"(?:wheel |tire |tyre )(?:balanc\w+)|balanc(?:e|ing) (?:of )?(?:\w+ )?wheels?|auswucht\w*|"
    r"équilibrage(?! et montage)|balanceo|equilibrado|equilibratura|wyważanie|balanceren",
    "brake_service": (
        r"brakes? ?(?:service|job|pads?|shoes?|repair|replace\w*|overhaul|flush|clean\w*|rotors?|discs?|drums?|"
        r"fluid|lin(?:e|ing)s?|"
        r"caliper)|brakes\b|brems\w+|plaquettes|freins?\b|frenos?\b|pastillas?|"
        r"fren(?:i|o|ler)?\b|pastiglie|rem(?:blok|schij|olie|vloeistof)\w*|remmen\b|hamulc\w*|klock\w*|"
        r"pastilhas?|trav(?:ões|ão)"
    ),
    "battery_replacement": rf"(?:battery|batterie|batería|batteria|bateria|ak[uü]|accu|"
    rf"akumulator\w?)(?![^\W\d_])(?! (?:test|check|volt|"
    rf"condition))(?: {_DONE})?",
    "transmission_service": r"transmission|gearbox|clutch|getriebe\w*|kupplung\w*|embrayage|embrague|\batf\b|"
    r"differential|frizione|cambio automatico|koppeling|versnellingsbak|sprzęgł\w*|embraiagem|şanzıman|debriyaj",
    "coolant_service": r"coolant|radiator|antifreeze|cooling system|water pump|kühl(?:mittel|er|wasser|system)\w*|"
    r"refroidissement|refrigerante|liquido (?:di )?raffreddamento|koelvloeistof|płyn\w* chłodz\w*|chłodnic\w*|"
    r"antifriz",
    "air_conditioning": r"a/c\b|air ?con\w*|hvac|klima\w*|climatisation|aire acondicionado|condizionatore|"
    r"ricarica clima|airco|klimatyzacj\w*|"
    r"ar condicionado",
    "belt_replacement": r"(?:timing|drive|serpentine|fan|cam|v-?)[ -]?belt|zahnriemen\w*|keilr\w+|courroie|"
    r"correa|cinghia|distributieriem|pas\w* rozrządu|correia|"
    r"triger",
    "suspension_service": r"suspension|shock absorbers?|\bshocks\b|struts?\b|control arms?|ball joints?|"
    r"stoßdämpfer|amortis\w+|amortiguador\w*|ammortizzator\w*|schokbreker\w*|amortyzator\w*|amortecedor\w*",
    "steering_service": r"steering|tie rods?|rack (?:and|&) pinion|power steering|lenkung|spurstange\w*|"
    r"direction assistée|"
    r"sterzo|stuurinrichting|układ kierowniczy",
    "exhaust_service": r"exhaust|muffler|catalytic|silencer|\bdpf\b|auspuff\w*|partikelfilter|échappement|"
    r"escape\b|marmitta|scarico|uitlaat\w*|wydech\w*|egzoz",
    "fuel_system_service": r"fuel (?:system|injector|injection|pump|line)\w*|injectors?|einspritz\w*|kraftstoffpumpe",
    "electrical_repair": r"alternator|starter(?: motor)?|wiring|electrical|lichtmaschine|anlasser|alternateur|"
    r"alternador|alternatore|motorino d.avviamento|dynamo|startmotor|rozrusznik|alternator\w*",
    "lights_and_wipers": r"(?:head|tail|brake|fog|marker) ?(?:light|lamp)s?|bulbs?\b|wipers?|(?:glüh|"
    r"abblend)\w*lampe|wischerblätter|scheibenwischer|essuie-?glaces?|ampoules?|escobillas|tergicristall\w*|"
    r"ruitenwissers?|wycieracz\w*|żarów\w*|silecek",
    "glass_repair": r"windshield|windscreen|frontscheibe|pare-?brise|parabrisas?|parabrezza|voorruit|szyb\w*",
    "body_repair": r"(?:body|dent|paint|collision) (?:work|repair|shop labou?r)|panel beat\w*|karosserie\w*|"
    r"lackier\w*|carrosserie|carrocería|carrozzeria|verniciatura|chapa y pintura|blacharsk\w*|lakier\w*",
    "diagnosis": r"diagnos\w+|scan (?:codes?|tool)|fehlerspeicher\w*|diagnóstico|diagnosi|diagnose|diagnostyka",
    "inspection": (
        r"(?:(?:state|safety|multi-?point|emissions?|annual|dot|courtesy|vehicle|brake|visual|"
        r"\d+[ -]point) )+(?:inspection|check)|inspection\b|"
        r"\bmot\b|hauptuntersuchung|abgasuntersuchung|\bt[üu]v\b|\bhu ?/ ?au\b|durchsicht|contrôle technique|"
        r"§ ?57a|pickerl|\bitv\b|muayene\w*|apk[ -]?(?:keuring)?\b|revisione (?:ministeriale|periodica|auto\w*)|"
        r"badanie techniczne|przegląd techniczny|inspeção periódica|roadworthy|pink slip|rego inspection|mfk\b"
    ),
    "tune_up": r"tune[ -]?up|spark plugs?|zündkerzen|bougies?|bujías?|candele|świec\w*|velas de ignição|buji\w*",
    "recall": r"recall|rückruf\w*|safety campaign|rappel constructeur",
    "towing": r"tow(?:ing|ed)?\b|recovery|abschlepp\w*|remorquage|grúa\b|traino|takel\w*|holowanie|reboque",
    "cleaning": r"car wash|wash(?:ed|ing)? (?:and|&)|vehicle wash|valet\w*|detailing|fahrzeugwäsche|innenreinigung|"
    r"lavage|lavado|lavaggio|wassen|mycie",
    "scheduled_service": (
        r"\d{1,3}[,.]?\d{3} ?(?:km|kms|mi|mile|miles)\b(?: (?:service|maintenance))|(?:service|"
        r"maintenance) \d{1,3}[,.]?\d{3} ?(?:km|mi)|"
        r"(?:major|minor|full|interim|periodic\w*|scheduled|annual|paid|free|logbook|preventive|pm|"
        r"[ab])[ -](?:service|maintenance)\b|"
        r"\d{1,2}[ -]month service|große inspektion|inspektion\b|wartung\w*|révision|revisión|entretien|"
        r"periyodik bakım|\d{2,3}[.,]?000 bakımı?|tagliando|(?:grote|kleine|onderhouds) ?beurt|przegląd okresowy|"
        r"revisão|logbook service"
    ),
    "repair": r"repairs?\b|repaired|reparatur\w*|instandsetz\w*|réparation|reparación|riparazion\w*|reparatie|"
    r"naprawa|reparação|tamir\w*|"
    r"onarım\w*",
}  # fmt: skip

_PATTERNS = {name: re.compile(rf"(?<![^\W\d_])(?:{tolerant(_WORDS[name])})", re.IGNORECASE) for name in SERVICE_TYPES}

_NOT_DONE = re.compile(
    r"\b(?:expir\w*|recommend\w*|declin\w*|advis(?:e|ed|ory|ories)\b|suggest\w*|next|due\b|warrant\w*|guarantee\w*|"
    r"retain\w*|kept|customer states|complaint|authori[sz]\w*|disclaim\w*|terms|liab\w*|thank|welcome|invoice|"
    r"we (?:speciali[sz]e|offer|also)|"
    r"empf(?:ehl|ohl)\w*|n.?chste\w*|f.?llig|gew.?hr\w*|prochain\w*|recommand\w*|conseill\w*|pr.?xim\w*|"
    r"recomend\w*|garant\w*|gwarancj\w*|consigli\w*|volgende|vervaldatum|geldig|aanbev\w*|zalec\w*|nast.?pn\w*|"
    r"sonraki|tavsiye|waiver|property|monitor|future)\b",
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

    `repair` is one only where nothing tells what was repaired; balancing belongs to the mounting of tires where one
    line names both.
    """
    found: dict[str, Found] = {}
    for line in lines:
        if _NOT_DONE.search(line.text) or _CHECK_ALONE.search(line.text):
            continue
        named = {name: match for name in SERVICE_TYPES if (match := _PATTERNS[name].search(line.text))}
        if "tire_replacement" in named:
            named.pop("wheel_balancing", None)
        for name, match in named.items():
            found.setdefault(name, Found(line, *match.span()))
    if len(found) > 1:
        found.pop("repair", None)
    return {name: found[name] for name in SERVICE_TYPES if name in found}
