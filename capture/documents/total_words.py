"""The words that stand before totals, subtotals and payments on receipts of many countries."""

from __future__ import annotations

import re

CASH_STRENGTH, SUBTOTAL_STRENGTH = 1, 0
"""What was given is the total where nothing better is printed; a subtotal is it only if it was paid."""

TOTAL_LABELS: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (strength, re.compile(pattern, re.IGNORECASE))
    for strength, pattern in (
        (
            6,
            (
                r"\b(?:total|amount|balance) ?(?:amount |amt )?(?:payable|due)\b|"
                r"\b(?:grand|nett?|final|rounded) ?total\b|\btotal ?(?:amt|amount)? ?(?:rounded|"
                r"after)\b|\bamount to pay\b|\bnett? am(?:oun)?t\b"
                r"|\bgesamtbetrag\b|\bzu zahlen\b|\bgenel toplam\b|\btotal ?ttc\b|\b[oö]denecek\b"
                r"|\btotale? (?:a pagar|complessivo|euro)\b|\bte betalen\b|\bdo zap[lł]aty\b|\batt betala\b|"
                r"\b[aå]t? betale\b|\bza (?:pla[cč]ilo|uplatu|pla[cć]anje|platiti)\b|\bmok[eė]ti\b|\btasuda\b|"
                r"\bapmaksai\b|\btotal charged\b|\bk [uú]hrad[eě]\b|\bk platb[eě]\b|\bv[eé]g[oö]sszeg\b|"
                r"\bend(?:summe|betrag)\b|"
                r"\brechnungsbetrag\b|\bda pagare\b|^\W*a pagar\b|\bmaksettava\b|\b[iį][sš] viso\b|"
                r"\bth[aà]nh to[aá]n\b|\bpl[iī]r[oō]teo\b"
                r"|\b(?:valor|total|importe) a pagar\b|\bmontant ?(?:r[eé]el|ttc)\b|\b[aà] payer\b|"
                r"应[付收](?:金额)?|應付|实付|ご請求額|お買上計"
            ),
        ),
        (
            2,
            (
                r"\btotal ?includes\b|\btotal ?gross\b|金额|金額|"
                r"^\W*(?:amount|value|betrag) ?(?:\(?[a-z]{2,3}\.?\)?)?[ .:=]*(?=\D{0,5}\d)"
            ),
        ),
        (
            5,
            (
                r"\btotal ?(?:sales?|amount|amt)? ?\(?(?:incl\w*|inc)\b|\b(?:fuel|sale|sales|"
                r"invoice) total\b|\brounding ?r[mnh]\b"
            ),
        ),
        (4, r"\btotal ?(?:sales?|amount|amt|price|cost|rm|sale|paid)\b|\b(?:fuel|gas) sale\b|\btotal harga\b"),
        (
            4,
            (
                r"\btota[l1i]\b|\btot\b|\bsum\b|\bimporto\b|\bbelopp\b|\bbel[oø][bp]\b|\bbedrag\b|\bukupno\b|\bfizetend[oő]\b|\b[oö]sszesen\b|"
                r"\bt?tl ?:|\btoplam\b|\bukupan iznos\b|\bsamtals\b|\bkop[aā]\b|\bkokku\b|"
                r"\bspolu\b|\bcelkom\b|\bskupaj\b|\bviso\b|\bt[oổ]ng (?:c[oộ]ng|ti[eề]n)\b|\bth[aà]nh ti[eề]n\b|"
                r"\bs[yý]nolo\b|\b(?:sale|purchase) amount\b|\binvoice value\b|"
                r"\b(?:gesamt|summe)\b|\bjumlah\b|\bimporte\b|\bmontant\b|"
                r"\btotaa?l[et]?\b"
                r"|\bsuma\b|\brazem\b|\bcelkem\b|\bsumma\b|\byhteens[aä]\b|\bi alt\b|合[計计]|総額|总[计额]|總計"
            ),
        ),
        (CASH_STRENGTH, r"\b(?:cash|tunai|visa|master ?card|amex|maestro|debit|credit)\b"),
        (SUBTOTAL_STRENGTH, r"\bsub ?-? ?tota[l1i]\b"),
    )
)
"""What stands before the total; the number tells how much it means by itself."""

NOT_TOTAL = re.compile(
    r"\b(?:sub ?-? ?tota[l1i]|total ?(?:no\.?|number|of)? ?(?:qty|quantity|items?|pcs|units?|point\w*|"
    r"sav\w*|disc\w*|gst|tax|vat|"
    r"sst|kdv|litres?|liters?|gallons?|includes ?\d|volume|\w* ?\(?ex(?:cl|c)\w*)|tax total|gst total|"
    r"(?:qty|item|savings?|discount|points?) total|"
    r"tender\w*|change|point\w*|card (?:no|num\w*)|balance point\w*)\b|\bara ?toplam\b|"
    r"\btoplam ?kdv\b|\b(?:iznos|ukupno) (?:poreza|pdv)\b"
    r"|\btotal ?\d{1,2}(?:\.\d{1,2})? ?%",
    re.IGNORECASE,
)
"""What looks like the label of a total and is one of something else, or of a part."""

NOT_PAYMENT = re.compile(r"cash ?(?:sales?|bill|inv\w*|&|back|ier)|\bcash and\b|\bchange\b|\btender", re.IGNORECASE)
"""Lines that name cash without saying what was paid with it."""

MONEY_LINES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "change",
        re.compile(r"\bchange\b|\bbaki\b|\bpara ?[uü]st[uü]\b|\br[uü]ckgeld\b|\bkembali(?:an)?\b", re.IGNORECASE),
    ),
    (
        "card",
        re.compile(
            r"\b(?:visa|master|master ?card|amex|debit|credit|kredi ?kart\w*|ec-?cash|girocard|kartenzahlung|"
            r"carte|tarjeta|carta|karta)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "cash",
        re.compile(
            r"\b(?:cash|tender\w*|paid|pay|payment|tunai|nakit|bar|gegeben|esp[eè]ces|efectivo|contanti)\b",
            re.IGNORECASE,
        ),
    ),
)
"""Lines that say what was given and what was given back."""

ROUNDING = re.compile(r"\bround(?:ing|ed)?\b|\brunden\b|\barrondi\b", re.IGNORECASE)
TAX = re.compile(
    r"\b(?:total ?)?(?:gst|vat|sales ?tax|tax|sst|kdv|topkdv|mwst|ust|iva|tva|btw|hst|ppn|pst|qst|tvq|tps|moms|"
    r"消費税)\b\.?"
    r"(?: ?amt| ?amount)?",
    re.IGNORECASE,
)
NOT_TAX = re.compile(
    r"\b(?:tax ?invoice|incl\w*|inc|excl\w*|exc|id|reg\w*|no|act|invoice|summary|code|relief|payer|before|after)\b|#",
    re.IGNORECASE,
)
SUBTOTAL = re.compile(r"\bsub ?-? ?tota[l1i]\b|\bara ?toplam\b|\bzwischensumme\b|\bsous-?total\b|小計", re.IGNORECASE)
