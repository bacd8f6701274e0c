"""The words that stand before the sums of workshops' bills, in the languages of `words`."""

from __future__ import annotations

import re
from typing import Literal, get_args

from capture.documents.service.words import FEE
from capture.documents.wording import words

SumName = Literal["labour", "parts", "fees", "discount", "subtotal", "tax", "total"]
SUM_NAMES: tuple[SumName, ...] = get_args(SumName)

SUM_LABELS: tuple[tuple[SumName, re.Pattern[str]], ...] = (
    (
        "discount",
        words(
            r"(?:less )?discounts?|(?:less )?coupons?|rebate|rabatt|nachlass|skonto|remise|descuento|less insurance|"
            r"deductible|sconto|korting|rabat|desconto|indirim|iskonto"
        ),
    ),
    (
        "subtotal",
        words(
            r"sub ?-? ?total|total charges|goods|(?:total )?(?:nett?|taxable)(?: (?:total|amount|value|sum))?|"
            r"(?:total|amount) ?\(?(?:ex(?:cl\w*|kl\w*)?\.?|before) ?(?:vat|gst|tax|mwst|btw)\.?\)?|"
            r"netto(?:betrag|summe|wert)?|summe netto|"
            r"gesamt ?netto|zwischensumme|(?:total|montant) ?(?:net )?h\.?t\.?|sous-? ?total|base imponible|subtotal|"
            r"ara toplam|(?:totale )?imponibile|totaal (?:excl\.?|netto)(?: btw)?|subtotaal|"
            r"(?:wartość|suma|razem) netto|matrah|total (?:sem iva|ilíquido)|incidência"
        ),
    ),
    (
        "tax",
        words(
            r"(?:total )?(?:sales tax|state tax|county tax|city tax|tax(?:es)?|vat|[csi]gst|utgst|gst|hst|pst|qst|"
            r"tps|tvq|sst|"
            r"mwst|ust|umsatzsteuer|mehrwertsteuer|t\.?v\.?a|i\.?v\.?a|kdv|btw|podatek(?: vat)?|kwota vat)\.?"
            r"(?: (?:total|amount|amt|payable))?(?: on (?:parts|labou?r|materials?|\w+))?"
        ),
    ),
    (
        "labour",
        words(
            r"(?:total )?(?:labou?r|workmanship)(?: (?:taxable (?:amount|value)|total|amount|charges?|cost|"
            r"sales?|sub ?-?total))?|"
            r"(?:summe |gesamt )?(?:arbeits(?:lohn|kosten|leistung(?:en)?|werte)|arbeit(?:en)?|lohn\w*)(?: gesamt)?|"
            r"(?:total )?main[ -]d['’ ]?\s?œ?u?vre(?: ?h\.?t\.?)?|(?:total )?m[.\-/]o\.?|"
            r"(?:total )?mano de obra|(?:totale )?manodopera|"
            r"(?:totaal )?(?:arbeids?loon|arbeid|loon)|(?:suma |razem |wartość )?robocizn[ay]|(?:total )?mão de obra|"
            r"i?şçilik(?: (?:toplamı?|tutarı?|bedeli))?|(?:total )?service charges?"
        ),
    ),
    (
        "parts",
        words(
            r"(?:total )?(?:spare |spares? ?/ ?)?(?:parts?|spares|materials?)(?: ?(?:&|and) materials?)?"
            r"(?: (?:taxable (?:amount|value)|total|amount|charges?|cost|sales?|sub ?-?total))?|"
            r"(?:summe |gesamt )?(?:ersatzteile?|teile|material(?:kosten|ien)?)(?: gesamt)?|"
            r"(?:total )?pièces(?: détachées)?(?: ?h\.?t\.?)?|(?:total )?(?:repuestos|recambios|piezas|materiales)|"
            r"(?:totale )?(?:ricambi|materiali)|(?:totaal )?(?:onderdelen|materia(?:al|len))|"
            r"(?:suma |razem |wartość )?(?:części|materiał(?:y|ów)?)(?: zamienn(?:e|ych))?|(?:total )?(?:peças|"
            r"materiais)|"
            r"(?:yedek )?par[cç]a(?:lar)?|(?:yedek )?parça(?:lar)? (?:toplamı?|tutarı?|bedeli)"
        ),
    ),
    (
        "total",
        words(
            r"(?:grand|invoice|final|net invoice|net amount|net|gross|amount|bill|total) (?:total|amount|due|payable)"
            r"(?: (?:due|payable))?|"
            r"total(?: (?:to pay|due|payable|amount|invoice|price|cost|repair|bill|"
            r"in[ck]l?\w*\.?(?: \w+)?))?|"
            r"(?:rechnungs|end|brutto|gesamt|zahl){1,2}(?:betrag|summe)|gesamt ?brutto|summe brutto|zu zahlen|gesamt|"
            r"summe|"
            r"please pay(?: this amount)?|pay this amount|amount (?:due|payable|to pay)|balance (?:due|owing)|"
            r"(?:total|montant) ?t\.?t\.?c\.?|net à payer(?: ?t\.?t\.?c\.?)?|total a pagar|total factura|"
            r"importe total|"
            r"totale(?: (?:fattura|documento|da pagare|a pagare|complessivo|euro|ivato))?|netto a pagare|"
            r"totaal(?: (?:te (?:betalen|voldoen)|incl\.?(?: btw)?|factuur))?|te (?:betalen|voldoen)|"
            r"(?:razem|suma|wartość|kwota)(?: brutto)?|do zapłaty|razem do zapłaty|"
            r"total (?:da fatura|do documento|com iva|a liquidar)|ödenecek(?: tutar)?|toplam|genel toplam|jumlah"
        ),
    ),
    ("fees", FEE),
)
"""What stands before a sum; of two labels at one place the longer counts."""

NOT_SUM = words(
    r"incl\w* in (?:the )?(?:total|price)|total (?:qty|quantity|items?|hours?|hrs|savings?|line \w{1,2})|"
    r"parts? (?:no|number|#|description)|"
    r"labou?r (?:rate|hours?|description|type)|tax (?:invoice|id|no|number|code|point)|vat (?:reg\w*|no|number|id)|"
    r"gst (?:no|in|reg\w*)|gstin|ust-?id\w*|steuer ?-?nr|mwst-?(?:nr|nummer)|btw-?(?:nr|nummer)|next|estimate\w*|"
    r"warrant\w*|change due|deposit|paid|"
    r"payments?|p\. ?iva|partita iva|parça no|faktura vat|vat invoice|preventivo|presupuesto|devis|"
    r"tender\w*"
)
"""Words that look like a sum's and are not."""

TAX_ASIDE = words(
    r"\(? ?(?:inc[l.]?|in[ck]l|ex[ck]?l?|ex[ck]l)\.? ?(?:sales tax|tax|vat|gst|hst|mwst|ust|btw|tva|iva|kdv)|"
    r"(?<!\d\s)(?<!\d)% ?(?:vat|gst|mwst|ust|btw|tva|iva|kdv|tax)|(?:vat|gst|mwst|ust|btw|tva|iva|kdv|tax) ?%(?! ?\d)"
)
"""A tax that is named to say what another sum holds, or whose rate stands below."""
