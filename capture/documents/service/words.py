"""The words on workshops' bills for columns, work, parts and fees.

English, German, French, Spanish, Turkish, Italian, Dutch, Polish and Portuguese.
"""

from __future__ import annotations

import re
from typing import Literal

from capture.documents.wording import words

Column = Literal["number", "name", "quantity", "unit", "price", "cost", "hours", "other"]
"""What a column holds; `other` is of no use here."""

HEADINGS: tuple[tuple[Column, re.Pattern[str]], ...] = (
    (
        "other",
        words(
            r"hsn(?:/sac)?|sac|vat ?%?|[csi]?gst(?: ?\d{1,2})? ?%?|tax ?%?|mwst|ust|tva|iva ?%?|btw ?%?|kdv ?%?|"
            r"disc\w*|rabatt|"
            r"rab\.?|remise|"
            r"sconto|korting|desc(?:uento|onto)|rabat|pos|s\.?no|sr\.?no|sl\.?no|lp|"
            r"line|tech|type|(?:op|labou?r) ?code"
        ),
    ),
    (
        "number",
        words(
            r"part ?(?:no|num|number|#|code)\.?|parts? ?#|item ?(?:no|code|#)\.?|(?:stock|product) (?:code|no\.?)|"
            r"(?:art|artikel|teile|material)[.\- ]{0,2}(?:nr|nummer|code)\.?|sku|réf(?:érence)?\.?|referencia|"
            r"code|code? ?pi[èe]ce|pièce n\S?|codice|articolo|artikel(?=\W+(?:omschr|bezeich))|artículo|parça no|kod|"
            r"indeks|nr kat\w*|symbol|código|nummer"
        ),
    ),
    (
        "name",
        words(
            r"(?:part |labou?r |item )?descriptions?|particulars|details|bezeichnung|leistung|beschreibung|text|"
            r"désignation|libellé|descripción|concepto|descrizione|omschrijving|nazwa(?: \w+){0,2}|descrição|"
            r"açıklama|"
            r"cinsi|items?|parts?|pièces?|work(?: done| carried out)?|arbeit\w*|services?|teil|artikel|operations?"
        ),
    ),
    ("hours", words(r"hours?|hrs|std|stunden|zeit|aw|heures?|temps|horas?|ore|uren|rbg|saat|tiempo")),
    (
        "quantity",
        words(
            r"qty|quantity|quant|menge|anz(?:ahl)?|qté|quantité|cant(?:idad)?|units?|nos|q\.? ?tà|quantità|aantal|"
            r"ilość|qtd|quantidade|miktar|adet|uds"
        ),
    ),
    ("unit", words(r"uom|u/m|u\.m\.?|einh(?:eit)?|me|unité|eenheid|j\.? ?m\.?|birim(?! fiyat)")),
    (
        "price",
        words(
            r"(?:unit |list |net |sell )?(?:price|rate|cost)|each|list|e-?preis|einzelpreis|stk-?preis|preis|"
            r"ansatz|satz|"
            r"p\.? ?u\.?(?: ?ht)?|prix(?: unit\w*)?(?: ?ht)?|precio(?: unit\w*)?|p\.? ?unit\w*|prezzo(?: unit\w*)?|"
            r"prijs(?: per \w+)?|stukprijs|cena(?: jedn\w*)?(?: netto)?|preço(?: unit\w*)?|birim fiyatı?|fiyat|"
            r"tarif|tarief|u/price|unit(?=\W*(?:net|total|amount))"
        ),
    ),
    (
        "cost",
        words(
            r"amount|amt|taxable(?: (?:amount|value))?|total|extended|ext\.? ?(?:price|amount)?|extn?|"
            r"line total|net(?: amount)?|value|"
            r"gesamt(?:preis)?|betrag|summe|eur|"
            r"montant|importe|net value|importo|totale|bedrag|totaal|wartość(?: netto)?|kwota|valor|tutarı?"
        ),
    ),
)
"""What stands above a column."""

PART = words(
    r"(?:oil|air|fuel|cabin|pollen) ?filter|(?:engine|motor|gear) oil|\d{1,2}w-?\d{2}|"
    r"brake (?:pads?|shoes?|discs?|rotors?|fluid)|rotors?|"
    r"spark plugs?|battery|(?:wiper|blade)s?|(?:tire|tyre)s?|valve stems?|(?:drive|timing|serpentine|fan) belt|"
    r"coolant|antifreeze|drain plug|gasket|"
    r"bulb|alternator|starter|thermostat|water pump|shock absorbers?|struts?|ball joint|tie rod|"
    r"bearing|cv joint|clutch kit|hose|washer|atf|transmission fluid|"
    r"(?:öl|luft|innenraum|kraftstoff)filter|motoröl|bremsbel\w+|bremsscheiben?|zündkerzen?|reifen|"
    r"filtres? ?(?:à )?\w*|plaquettes?|huile|pneus?|bougies?|batterie|filtro \w+|pastillas?|aceite|neumáticos?|"
    r"batería|"
    r"pastiglie|olio|candele|batteria|pneumatic[oi]|(?:olie|lucht|interieur)filter|motorolie|remblok\w*|remschij\w*|"
    r"banden?|accu|filtr|olej|klocki|opon[ay]?|akumulator|świece|filtresi?|balata\w*|ak[uü]|lastik|[óo]leo|pastilhas?"
)
"""Parts by name: enough for a row without a heading above it."""

LABOUR = words(
    r"labou?r|workmanship|arbeits(?:lohn|zeit|wert|kosten)\w*|arbeit(?:en)?|lohn\w*|"
    r"main[ -]d['’ ]?\s?œ?u?vre|m[.\-/]o\.?|mano de obra|manodopera|arbeid(?:sloon|suren)?|loon|robocizna|"
    r"mão de obra|i?şçilik(?:ler)?|upah"
)
HOURS = words(r"hours?|hrs?|std|stunden|aw|heures?|horas?|ore|uur|uren|rbg|godz|saat|h")

WORK = words(
    r"supply (?:and|&) fit|fit(?:ted|ting)?|mount(?:ed|ing)?|replac(?:e|ed|ing)|remov(?:e|ed|al)|install(?:ed|"
    r"ation)?|"
    r"(?:re)?balanc(?:e|ed|ing)|align(?:ed|ment)?|adjust(?:ed|ment)?|inspect(?:ed|ion)?|check(?:ed)?|test(?:ed)?|"
    r"diagnos\w+|clean(?:ed|ing)|flush(?:ed)?|repair(?:ed)?|serviced|servicing|overhaul(?:ed)?|program(?:med|ming)|"
    r"(?:aus|ein|aus- und ein)gebaut|erneuer(?:t|n)|ersetz(?:t|en)|\S{0,12}wechsel(?:n|t)?|gewechselt|"
    r"montier(?:t|en)|"
    r"wuchten|prüfen|geprüft|eingestellt|\S{0,14}untersuchung|montage|"
    r"remplacement|vidange|dépose|pose|équilibrage|réglage|contrôle|géométrie|révision|réparation|"
    r"cambio|sustitución|sustituir|montaje|equilibrado|alineación|revisión|reparación|"
    r"sostituzione|tagliando|montaggio|equilibratura|convergenza|controllo|riparazione|"
    r"vervangen|verversen|monteren|uitlijnen|balanceren|keuring|beurt|reparatie|"
    r"montagem|wymiana|montaż|wyważanie|przegląd|naprawa|diagnostyka|regulacja|"
    r"substituição|mudança|troca|alinhamento|equilíbrio|revisão|reparação|inspeção|"
    r"değişimi|değişim|bakımı?|onarımı?|ayarı|kontrolü?|montajı?"
)
"""What somebody did: a row without a part's number that says so is work."""

FEE = words(
    r"(?:shop|workshop) (?:suppl\w+|materials?)|suppl(?:y|ies) (?:fee|charge)|haz\w* (?:waste|mat\w*)|haz ?mat|"
    r"(?:waste|oil|tyre|tire|battery) (?:disposal|recycling|levy|fee)|disposal|environment\w*|enviro|epa|sublet\w*|"
    r"misc\w*|sundr\w+|consumables?|kleinmaterial\w*|entsorg\w*|alt.?l\w*|freight|handling|call[ -]?out|tow(?:ing)?|"
    r"gas, oil(?:, lube)?|mot(?: test)?(?: (?:fee|class \w+))?|(?:admin|booking|service) (?:fee|charge)|"
    r"other charges|"
    r"surcharge|frais (?:de|d')\w*|recyclage|fournitures|gastos|oil/?grease|grease/?oil|eco[ -]?(?:fee|tax|taxe)|"
    r"smaltimento|materiali? di consumo|milieu(?:bijdrage|toeslag|heffing)|utylizacja|materiały pomocnicze|"
    r"gestión de residuos|ecotasa|ecovalor|sarf malzeme\w*"
)
"""What is neither labour nor a part."""

NOT_ROW = words(
    r"payments?|(?:amount|total) paid|paid (?:by|on|in|with)|tender\w*|visa|master ?card|amex|"
    r"balance (?:due|owing|forward|b/f)|change due|cash|deposit|übertrag|carried forward|brought forward|[cb]/f|"
    r"page total|report|round\w*(?: off)?|a reporter|suma y sigue|next|total line|estimate\w*|recommend\w*|declined|"
    r"tax(?:es)?|vat|[csi]?gst|hst|pst|qst|mwst|ust|mehrwertsteuer|umsatzsteuer|tva|tps|tvq|iva|btw|kdv|"
    r"total|totale|totaal|toplam\w*|razem|suma|sub ?-? ?total|"
    r"netto\w*|brutto\w*|net|nett|imponibile|goods|betaald|zapłacono|preventivo|presupuesto|devis|"
    r"a riportare|transport"
)
"""Words of lines with an amount that are no rows."""
