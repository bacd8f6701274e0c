"""The words on workshops' bills for columns, sums, work, parts and fees: English, German, French, Spanish, Turkish.

Engines lose spaces between words, and letters that English does not have: "Ölfilter" is read as "lfilter".
"""

from __future__ import annotations

import re
from typing import Literal, get_args

Column = Literal["number", "name", "quantity", "unit", "price", "cost", "hours", "other"]
"""What a column holds; `other` is of no use here."""

SumName = Literal["labour", "parts", "fees", "discount", "subtotal", "tax", "total"]
SUM_NAMES: tuple[SumName, ...] = get_args(SumName)


def tolerant(pattern: str) -> str:
    """Return a pattern that forgives engines: spaces may be lost, and i, l and 1 be taken for each other."""
    made, in_class, index = "", False, 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\" or pattern.startswith("(?P<", index):
            end = index + 2 if char == "\\" else pattern.index(">", index) + 1
            made, index = made + pattern[index:end], end
            continue
        in_class = char == "[" or (in_class and char != "]")
        made += char if in_class else {" ": " ?", "i": "[il1]", "l": "[il1]"}.get(char, char)
        index += 1
    return made


def words(pattern: str) -> re.Pattern[str]:
    """Compile words that are no part of longer ones; digits may touch them."""
    return re.compile(rf"(?<![^\W\d_])(?:{tolerant(pattern)})(?![^\W\d_])", re.IGNORECASE)


HEADINGS: tuple[tuple[Column, re.Pattern[str]], ...] = (
    (
        "other",
        words(
            r"hsn(?:/sac)?|sac|vat ?%?|gst ?%?|tax ?%?|mwst|ust|disc\w*|rabatt|pos|s\.?no|sr\.?no|sl\.?no|"
            r"line|tech|type|code"
        ),
    ),
    (
        "number",
        words(
            r"part ?(?:no|num|number|#|code)\.?|parts? ?#|item ?(?:no|code|#)\.?|"
            r"(?:art|artikel|teile)[.\- ]{0,2}(?:nr|nummer)\.?|sku|r[ée]f(?:[ée]rence)?\.?|referencia"
        ),
    ),
    (
        "name",
        words(
            r"(?:part |labou?r |item )?descriptions?|particulars|details|bezeichnung|leistung|beschreibung|"
            r"d[ée]signation|descripci[óo]n|concepto|items?|parts?|work(?: done| carried out)?|arbeit\w*|services?"
        ),
    ),
    ("hours", words(r"hours?|hrs|std|stunden|zeit|aw|heures?|horas?")),
    ("quantity", words(r"qty|quantity|quant|menge|anz(?:ahl)?|qt[ée]|quantit[ée]|cant(?:idad)?|units?")),
    ("unit", words(r"uom|u/m|einh(?:eit)?|me|unit[ée]")),
    (
        "price",
        words(
            r"(?:unit |list |net |sell )?(?:price|rate|cost)|each|list|e-?preis|einzelpreis|stk-?preis|preis|"
            r"p\.? ?u\.?|"
            r"prix(?: unit\w*)?|precio|unit(?=\W*(?:net|total|amount))"
        ),
    ),
    (
        "cost",
        words(
            r"amount|amt|total|extended|extn?|line total|net(?: amount)?|value|gesamt(?:preis)?|betrag|summe|"
            r"montant|importe|net value"
        ),
    ),
)
"""What stands above a column."""

PART = words(
    r"(?:oil|air|fuel|cabin|pollen) ?filter|(?:engine|motor|gear) oil|\d{1,2}w-?\d{2}|"
    r"brake (?:pads?|shoes?|discs?|rotors?|fluid)|rotors?|"
    r"spark plugs?|battery|(?:wiper|blade)s?|(?:tire|tyre)s?|(?:drive|timing|serpentine|fan) belt|"
    r"coolant|antifreeze|drain plug|gasket|"
    r"bulb|alternator|starter|thermostat|water pump|shock absorbers?|struts?|ball joint|tie rod|"
    r"bearing|cv joint|clutch kit|hose|washer|atf|transmission fluid"
)
"""Parts by name: enough for a row without a heading above it."""

LABOUR = words(
    r"labou?r|fitting|workmanship|arbeits(?:lohn|zeit|wert|kosten)\w*|lohn\w*|main[ -]d['’ ]?\s?[oœ]?e?uvre|"
    r"mano de obra|"
    r"i[sş][cç]ilik|upah"
)
HOURS = words(r"hours?|hrs?|std|stunden|aw|heures?|horas?")

FEE = words(
    r"(?:shop|workshop) (?:suppl\w+|materials?)|suppl(?:y|ies) (?:fee|charge)|haz\w* (?:waste|mat\w*)|"
    r"(?:waste|oil|tyre|tire|battery) (?:disposal|recycling|levy|fee)|disposal|environment\w*|enviro|epa|sublet\w*|"
    r"misc\w*|sundr\w+|consumables?|kleinmaterial\w*|entsorg\w*|alt.?l\w*|freight|handling|call[ -]?out|tow(?:ing)?|"
    r"gas, oil(?:, lube)?|mot(?: test)?(?: (?:fee|class \w+))?|(?:admin|booking|service) (?:fee|charge)|"
    r"other charges|"
    r"surcharge|frais (?:de|d')\w*|recyclage|fournitures|gastos|oil/?grease|grease/?oil"
)
"""What is neither labour nor a part."""

SUM_LABELS: tuple[tuple[SumName, re.Pattern[str]], ...] = (
    (
        "discount",
        words(
            r"(?:less )?discounts?|(?:less )?coupons?|rebate|rabatt|nachlass|skonto|remise|descuento|less insurance|"
            r"deductible"
        ),
    ),
    (
        "subtotal",
        words(
            r"sub ?-? ?total|total charges|(?:total )?(?:nett?|taxable)(?: (?:total|amount|value|sum))?|"
            r"(?:total|amount) ?\(?(?:ex(?:cl\w*)?\.?|before) ?(?:vat|gst|tax)\)?|netto(?:betrag|summe|wert)?|"
            r"summe netto|"
            r"gesamt ?netto|zwischensumme|total ht|montant ht|sous-? ?total|base imponible|ara toplam"
        ),
    ),
    (
        "tax",
        words(
            r"(?:total )?(?:sales tax|state tax|county tax|city tax|tax(?:es)?|vat|[csi]gst|utgst|gst|hst|pst|qst|"
            r"sst|"
            r"mwst|ust|umsatzsteuer|mehrwertsteuer|t\.?v\.?a|i\.?v\.?a|kdv|btw)\.?(?: (?:total|amount|amt|payable))?"
        ),
    ),
    (
        "labour",
        words(
            r"(?:total )?(?:labou?r|workmanship)(?: (?:total|amount|charges?|cost|sales?|sub ?-?total))?|"
            r"(?:summe |gesamt )?(?:arbeits(?:lohn|kosten|leistung(?:en)?|werte)|lohn\w*)(?: gesamt)?|"
            r"(?:total )?main[ -]d['’ ]?\s?[oœ]?e?uvre|(?:total )?mano de obra|i[sş][cç]ilik|"
            r"(?:total )?service charges?"
        ),
    ),
    (
        "parts",
        words(
            r"(?:total )?(?:spare |spares? ?/ ?)?(?:parts?|spares|materials?)(?: ?(?:&|and) materials?)?"
            r"(?: (?:total|amount|charges?|cost|sales?|sub ?-?total))?|"
            r"(?:summe |gesamt )?(?:ersatzteile?|teile|material(?:kosten)?)(?: gesamt)?|"
            r"(?:total )?pi[èe]ces(?: d[ée]tach[ée]es)?|(?:total )?(?:repuestos|recambios|piezas|materiales)|"
            r"par[cç]a(?:lar)?"
        ),
    ),
    (
        "total",
        words(
            r"(?:grand|invoice|final|net invoice|net amount|net|gross|amount|bill|total) (?:total|amount|due|payable)"
            r"(?: (?:due|payable))?|total(?: (?:due|payable|amount|invoice|price|cost|repair|bill|"
            r"inc\w*\.?(?: \w+)?))?|"
            r"(?:rechnungs|end|brutto|gesamt|zahl)(?:betrag|summe)|gesamt ?brutto|summe brutto|zu zahlen|gesamt|"
            r"summe|"
            r"please pay(?: this amount)?|pay this amount|amount (?:due|payable|to pay)|balance (?:due|owing)|"
            r"total ttc|"
            r"montant ttc|net [àa] payer|total a pagar|importe total|toplam|genel toplam|jumlah"
        ),
    ),
    ("fees", FEE),
)
"""What stands before a sum; of two labels at one place the longer counts."""

NOT_SUM = words(
    r"incl\w* in (?:the )?(?:total|price)|total (?:qty|quantity|items?|hours?|hrs|savings?|line \w{1,2})|"
    r"parts? (?:no|number|#|description)|"
    r"labou?r (?:rate|hours?|description|type)|tax (?:invoice|id|no|number|code|point)|vat (?:reg\w*|no|number|id)|"
    r"gst (?:no|in|reg\w*)|gstin|ust-?id\w*|steuer ?-?nr|next|estimate\w*|warrant\w*|change due|deposit|paid|"
    r"payments?|"
    r"tender\w*"
)
"""Words that look like a sum's and are not."""

NOT_ROW = words(
    r"payments?|(?:amount|total) paid|paid (?:by|on|in|with)|tender\w*|visa|master ?card|amex|"
    r"balance (?:due|owing|forward|b/f)|change due|cash|deposit|.?bertrag|carried forward|brought forward|[cb]/f|"
    r"page total|report|round\w*(?: off)?|a reporter|suma y sigue|next|total line|estimate\w*|recommend\w*|declined|"
    r"tax(?:es)?|vat|[csi]?gst|hst|pst|mwst|ust|mehrwertsteuer|umsatzsteuer|tva|iva|kdv|total|sub ?-? ?total|"
    r"netto\w*|"
    r"brutto\w*|net"
)
"""Words of lines with an amount that are no rows."""
