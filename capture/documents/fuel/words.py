"""Words and numbers of fuel slips of many countries: units, labels of volume and price, pumps, stations."""

from __future__ import annotations

import re
from typing import Literal

VolumeUnit = Literal["L", "gal_us", "gal_imp", "kWh"]

LITRE = (
    r"(?:[l1|](?:itre\(s\)|iter\(s\)|itres?|iters?|itros?|itri|itry|itr[oó]w|itrai|[iı]tre|trs?|ts?|it)|"
    r"\u5347|\u516c\u5347|\u30ea\u30c3\u30c8\u30eb)"
)
"""Words for the litre; engines read their first letter as 1, too."""

GALLON = r"(?:(?:imp\.?|imperial|uk) ?gal(?:lon)?s?|(?:us|u\.s\.) ?gal(?:lon)?s?|gallons?|galones|gals?|usg|ig)"
KWH = r"k ?w ?h"
UNIT = rf"(?:{LITRE}|{GALLON}|{KWH})"

_SUPERSCRIPT = "\u2070\u00b9\u00b2\u00b3\u2074-\u2079"
TENTHS = rf"(?:[{_SUPERSCRIPT}]|\s?9/10(?!\d))?"
"""Tenths of a cent as North American pumps print them, raised or as a fraction."""

MONEY_SIGN = (
    r"(?:EUROS?|[A-Z]{1,3}\$|[A-Z]{2,3}\.?|[$\u20ac\u00a3\u20ba\u20b9\u00a5\uffe5\u20b1\u0e3f\u5143\u5186\u20a9])"
)
CENT_SIGN = r"(?:p|pence|\u00a2|c|cts?|cents?)"

VOLUME = re.compile(
    rf"(?<![\d,/])(?<![^A-Za-z]\.)(?<!^\.)(\d{{1,4}}[.,]\s?\d{{1,4}}|\d{{1,4}})\s?(?:({UNIT})(?![a-z]|\s?[:=])|([lg])(?![a-z/]|\s?[:=]))",
    re.IGNORECASE,
)
"""A number with its unit. A bare `L` or `G` counts only behind decimals."""

VOLUME_LABEL = re.compile(
    rf"(?:\b(?:(?:fuel |gas )?volume|vol|quantit(?:y|e|a|\u00e9|\u00e0)|qty|qnty|quant|"
    rf"cantidad|cant|cdad|kol|kiekis|kogus|daudzums|magn|m[ae]e?ngde|kuantiti|s[oố] l[uư][oợ]ng|so lit|aantal|litra|"
    rf"quantidade|qtde|mno[zž]stvo|pos[oó]tita|energia|menge|miktar|hoeveelheid|"
    rf"ilo[s\u015b][c\u0107]|mno[z\u017e]stv[i\u00ed]|volym|m[a\u00e4]ngd|m[a\u00e4][a\u00e4]r[a\u00e4]|qtd|qt[e\u00e9]|antall?|koli[c\u010d]ina|mennyis[e\u00e9]g|cantitate|"
    rf""
    rf"energy|energie|"
    rf"delivered|geladen)\b|\u52a0\u6cb9\u91cf|\u6cb9\u91cf|[\u6570\u6578]\u91cf|"
    rf"\u7d66\u6cb9\u91cf) ?(?:[(\[]? ?(?:{UNIT}|l|g)\.? ?[)\]]?(?![a-z]))?[ .:=#]*"
    rf"|\b{UNIT}(?![a-z/])[ .:=#]*|(?<![^\s|(])[lg] ?[:=] ?",
    re.IGNORECASE,
)
VOLUME_NUMBER = re.compile(r"(?<![\d,/])(?<![^A-Za-z]\.)(?<!^\.)\d{1,4}[.,]\s?\d{1,4}(?![\d.,/])")
RUN_TOGETHER = re.compile(r"(?<![\d,/:\-])(?<![^A-Za-z]\.)(?<!^\.)\d{3,6}(?![\d.,/:\-])")
"""Digits whose decimal point an engine lost."""

PER_UNIT = re.compile(
    rf"(?<![\d,])(?<![^A-Za-z]\.)(?<!^\.)(\d{{1,3}}(?:[.,]\d{{3}})+|\d{{1,5}}(?:[.,]\s?\d{{1,4}})?)({TENTHS})\s?(?:({CENT_SIGN}|"
    rf"{MONEY_SIGN})\.?\s?)?"
    rf"(?:(?:/|per|bir|pro)\s?({UNIT}|l|g|1)|[|i1l]\s({LITRE})|(pp[lg]|cp[l1])\b)(?![a-z\d]|\s?[:=])",
    re.IGNORECASE,
)
"""A price "/ litre"; engines read the stroke as i, l or 1, and a lone l as 1."""

PRICE_LABEL = re.compile(
    rf"(?:\b(?:(?:unit|pump|fuel|gas)? ?price|u\W?price|p\.? ?u\.|p/u|pu(?= ?:? ?\d)|"
    rf"(?:v(?:l|lr|alor)?|p)\.? ?unit\w*|unit cost|cost per (?:lit(?:re|er)|gallon)|pu ttc|pr/gal|ppg|"
    rf"ppu|ppl|p/g|rate|tariff?|birim f[iı]yat[iı]?|"
    rf"(?:einzel|liter|grund|arbeits)?preis|prix(?: unit\w*\.?)?|precio(?: unit\w*\.?)?|p\.?v\.?p\.?|prezzo|"
    rf"pre[c\u00e7]o|(?:liter)?prijs|"
    rf"(?:liter)?pris|(?:litra)?hinta|ver[dð]|kaina|hind|pre[tț](?: unitar)?|fiyat[iı]?|"
    rf"[dđ][oơ]n gi[aá]|tim[iíή]|cena|cijena|egys[e\u00e9]g[a\u00e1]r|b\.? ?f[i\u0131]yat[i\u0131]?|"
    rf"harga)(?![a-z])"
    rf"|[\u5355\u55ae\u5358][\u4ef7\u50f9\u4fa1])"
    rf" ?(?:[(\[]? ?(?:{MONEY_SIGN}|{CENT_SIGN})? ?(?:/|per|pro) ?({UNIT}|l|"
    rf"g)\b ?[)\]]?)?[ .:=]*(?:{MONEY_SIGN}[ .:]*)?"
    rf"|(?<![\w.,/])(?:{MONEY_SIGN}|({CENT_SIGN})) ?(?:/|per|pro) ?({UNIT}|l|g)(?![a-z])[ .:=]*(?:{MONEY_SIGN}[ .:]*)?",
    re.IGNORECASE,
)
"""What stands before a price per unit: a word for it, or currency and unit alone, as in "EUR/l"."""

PRICE_NUMBER = re.compile(rf"(?<![\d,/])(?<![^A-Za-z]\.)(?<!^\.)\d{{1,5}}[.,]\s?\d{{1,4}}{TENTHS}(?![\d.,]|/\d)")

TIMES = re.compile(
    rf"(?<![\d,])(?<![^A-Za-z]\.)(?<!^\.)(\d{{1,4}}[.,]\s?\d{{1,4}})\s?({UNIT}|[lg1])?\s?(?:[x\u00d7*@]|at|"
    rf"[a\u00e0](?= ))\s?(?:{MONEY_SIGN}\s?)?"
    rf"(\d{{1,4}}[.,]\s?\d{{1,4}}|\d{{2,5}})({TENTHS})(?![\d.,])",
    re.IGNORECASE,
)
"""Volume times price on one line."""

PUMP = re.compile(
    r"(?:\b(?:pumpe?(?:nr)?|punp|bowser|evse|fuel ?point|fp|manguera|dispensador|piste|"
    r"suknis|k[uú]t(?:oszlop)?|"
    r"to[cč]ilno mesto|agregat|(?:c[oộ]t|v[oò]i) b[oơ]m|pmp|nozzle|bico|dispensario|stander(?:nr)?|stojan|zapfpunkt|"
    r"dystrybutor|posici[o\u00f3]n|isla|pam|pompa|pompe|pomp|pompnr|bomba|kolon[eėa]l?[eė]?|tankur|d[aæ]+la|"
    r"surtidor|dispenser|(?:zapf)?s(?:ae|\u00e4|a)ule|disp|zp|"
    r"stanowisko|"
    r"erogatore|mittari|charger|connector|position)(?![a-z])|[\u6cb9\u52a0]\u67aa\u53f7?|\u67aa\u53f7) ?(?:no\.?|"
    r"number|id|num|nr|n[.\u00ba\u00b0])?"
    r"[ .:#]*",
    re.IGNORECASE,
)
PUMP_NUMBER = re.compile(r"(?<![\d.,/$])(?<!\d:)\d{1,2}(?![\d.,/]|:\d)")
STATION = re.compile(
    r"\b(?:petrol\w*|petro\w*|fuels?|gas (?:station|bar|mart)|filling|service station|servport|akaryak[iı]t|"
    r"stazione|benzinska|bencinski|degalin\w*|charging|(?:rapid|super|ev) ?charge|combustibles|tankstelle|tankhof|"
    r"gasolinera|estaci[o\u00f3]n de servicio|carburants?|distributore|stacja paliw|paliwa?|aire|"
    r""
    r"travel (?:center|plaza|stop)|"
    r"truck ?stop|spbu)\b|\u52a0\u6cb9\u7ad9|\u7d66\u6cb9\u6240",
    re.IGNORECASE,
)
NOT_SOLD = re.compile(r"\b(?:not a receipt|prepay chit number$)", re.IGNORECASE)
CHARGING = re.compile(
    r"\b(?:charg(?:ing|er|e point|e session)|ladevorgang|ladesäule|ladestation|recharge|ricarica|ev station|"
    r"supercharger|"
    r"ccs2?|chademo|connector)\b|充电|充電",
    re.IGNORECASE,
)


def unit_of(word: str) -> VolumeUnit:
    """Return the unit that a word of `UNIT`, or a bare L or G, stands for; a gallon is a US one unless it says else."""
    lower = word.lower().strip("([ ")
    if lower.startswith("k"):
        return "kWh"
    if lower.startswith(("i", "uk")):
        return "gal_imp"
    return "gal_us" if lower.startswith(("g", "us", "u.s")) else "L"
