"""Who sold it, and where: the head of a receipt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from capture.documents.brands import names_brand
from capture.documents.dates import find_dates, find_times
from capture.documents.fuel.words import STATION
from capture.documents.layout import Line
from capture.reading import Span

HEAD_LINES = 14
"""Name and address stand among a receipt's first lines."""

NAME_LINES = 8
"""A company's full name further down belongs to the customer, the owner or the licensor."""

ADDRESS_LINES = 6

_LEGAL = re.compile(
    r"(?:s[duoi][nm]\.? ?bha?i?d|\bs/b|\bbhd|\bltd|\blimited|\bllc|\binc|\bgmbh|\bplc|enterprise|trading|\bpty|"
    r"\ba\.?ş|\bb\.v)(?![a-z])",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:company|co(?=\W*$|\W+(?:ltd|inc|llc|sdn|kg|pte|limited)\b)|holdings?|corp|ag|s\.a|s\.r\.l|restoran|restaurant|station|service|petro\w*|"
    r"mart|market|shop|stores?|garage|cash ?(?:&|and) ?carry|gas|grocery|foods?|kiosk|caf[eé]|bistro|bakery|pharmacy|"
    r"supermarket|depot|kitchen|"
    r"motors?|auto(?!route|bahn|strad|pista|v[ií]a)\w*|lube|tires?|tyres?|workshop|servis|otomotiv|hardware|kedai|perniagaan|syarikat)\b",
    re.IGNORECASE,
)
_NAME_GOES_ON = re.compile(r"(?:&|\band)$|\([^)]*$", re.IGNORECASE)
"""A name whose last word or open bracket wants more stands over two lines."""

_NAME_WENT_BEFORE = re.compile(
    r"^[^(]*\)|^(?:co\b|sdn\b|bhd\b|ltd\b|llc\b|inc\b|gmbh\b|enterprise\w?\b|trading\b)", re.IGNORECASE
)
_SOMEBODY_ELSE = re.compile(r"\b(?:owned|bill(?:ed)? ?to|sold ?to|formerly|licensee|customer|attn)\b", re.IGNORECASE)
_NOT_NAME = re.compile(
    r"tax ?invoice|\b(?:invoice|receipt|cash ?(?:sales?|bill)|welcome|tel\w*|fax|phone|gst|sst|vat|"
    r"reg|no|id|date|time|copy|customer|"
    r"duplicate|formerly|licensee|site|owned|www|http\w*|qty|price|amount|amt|total|cashier|order|"
    r"table|goods|sale|lit(?:re|er|ro)s?|"
    r"thank\w*|fuel (?:type|sale|grade|total)|type|quantity|payment|prepay|pump|product|grade|gallons|"
    r"odometer|vehicle|mileage|prodotto|producto|produto|produit|produkt|artikel|articolo|articulo)\b"
    r"|[@#]|\.com",
    re.IGNORECASE,
)
_REGISTRATION = re.compile(
    r"(?<![.\d#])\s*\(?(?:co\.? ?(?:reg\.?)? ?(?:no)?[.:]{0,2} ?)?\(?[A-Z]{0,2}\d{5,12} ?-? ?[A-Z]{0,2}\)?\s*$",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"\s*#\s?\d{1,5}$")
_AFTER_LEGAL = re.compile(r"(?<=bhd)[^\w(]{1,3}\w{0,2}$", re.IGNORECASE)
"""Specks behind a legal form that an engine took for letters."""

_OUTLET = re.compile(r"^\d{3,5} ?- ?[A-Z]", re.IGNORECASE)
"""A chain's outlet below its address: its number and the place ("1181-TMN SRI SINAR")."""

_COUNTRY = re.compile(
    r"\b(?:malaysia|singapore|türkiye|turkey|deutschland|germany|france|canada|usa|u\.s\.a|united kingdom|india|"
    r"philippines|thailand|indonesia|australia)\W*$",
    re.IGNORECASE,
)
_ADDRESS_LABEL = re.compile(
    r"^(?:(?:h\.?q\.?|head ?office|office|branch|store|site)? ?(?:address|addr|add)\.? ?[:.] ?)", re.IGNORECASE
)
_WELCOME = re.compile(r"^welcome to\b[ :]*", re.IGNORECASE)
_LABEL = re.compile(r"\b(?!(?:no|add|address|adres)\b)[a-z]{3,}\s?:", re.IGNORECASE)
_STREET = re.compile(
    r"\b(?:lot|no|unit|level|floor|flr|jalan|jln|jl|lorong|taman|tmn|kg|kampung|mukim|bandar|seksyen|"
    r"sek|section|batu|km|plaza|"
    r"mall|street|st|road|rd|avenue|ave|blvd|boulevard|drive|dr|lane|ln|highway|hwy|way|suite|ste|"
    r"po box|cadde\w*|cad|sokak|sok|mah\w*|square|sq|terrace|close|crescent|court|bypass|exit|interstate|"
    r"str|platz|weg|rue|via|viale|corso|piazza|calle|avda|avenida|ctra|carretera|rua|estrada|largo|travessa|ul|"
    r"aleja|parkway|pkwy|rodovia|rod|moo|soi|autoroute|autobahn|autostrada|autopista|autov[ií]a|ruta|carr|boul|chemin|route|rt|nh)\b"
    r"|\b(?:pl|pr|ul)\. ?\d|(?:vegur|braut|stra(?:ss|ß)e|str\.|gasse|gatan|gaten|v[aä]gen|veien|"
    r"straat|laan|vej|gata|katu)\b",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<!\bpt )(?<!p\.t\. )(?<!\blot )(?<!\bptd )(?<![A-Z\d\-(.])\d{5}(?![\d)])|"
    r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b"
    r"|^\d{3} \d{2} (?=[A-Z]{2})|^\d{2}-\d{3} (?=[A-Z])|^[1-9]\d{3} ?(?!US )[A-Z]{2} (?=[A-Z])"
    r"|^[1-9]\d{3}-\d{3} (?=[A-Z])"
    r"|^[1-9]\d{3} (?!.*\b(?:st|street|roa?d|rd|ave|avenue|lane|ln|drive|dr|blvd|boulevard|way|hwy|"
    r"highway|court|ct|square|sq|parkway|pkwy|pike|turnpike|plaza|circle|cir|trail|loop|route|terrace|frontage|"
    r"boul|bd|rue|chemin|rang)\b)"
    r"(?=[A-Z][A-Z.\- ]{2,}$)"
    r"|^(?:LT|LV|EE|SI|HR|FI|SE|DK|NO|CZ|SK|RO|BG|HU|PL|AT|CH|DE|FR|BE|IT|ES|PT)-\d{4,5}(?= [A-Z])"
    r"|\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT) \d{4}$|(?<=[A-Z]{4} )[1-9]\d{5}$",
    re.IGNORECASE,
)
"""Postal codes of five digits (Malaysia, Turkey, Germany, USA), the UK's and Canada's; those of Sweden, Poland, the
Netherlands and Portugal, and of four digits (Austria, Denmark), where they open the line; Australia's, and those of
six digits (India), where they close it."""

_OTHER_NUMBER = re.compile(
    r"\b(?:tel(?!uk)\w*|fax|phone|mobile|gst|sst|vat|reg|roc|br(?! ?\d{2,3}\b)|co\.? ?no|company ?no|ref|e-?mail|"
    r"pin|r\.?u\.?t|cif|nif|siren|uid|trn|memo|doklad|ntn|strn|boleta|org\.? ?nr|cashier|bill|nota|slip|"
    r"receipt|invoice|fatura|cnpj|rfc|r\.f\.c|nip|tin|abn|c\.?u\.?i\.?t|"
    r"gstin|siret|p\.? ?iva|documento|scontrino|paragon|"
    r"facture|rechnung|kvit\w*|kuitti|ra[cč]un\w*|nyugta|bon(?:nr)?|ticket|trans(?! ?-?canada)\w*|"
    r"time|date|hour|hora|fecha|datum|data|pump)\b|[@#]"
    r"|(?<!\d)\+?\d{2,4}[- ]\d{6,8}(?!\d)|^\(?[A-Z]{0,2}\d{5,12}-?[A-Z]?\)?$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"[^\W\d_]{3,}(?:[ \-][^\W\d_]{2,}){0,3}$")
_AMOUNT = re.compile(r"\d\.\d\d(?!\d)")


@dataclass(frozen=True)
class Block:
    """Text that runs over one or more lines, with the spans it stands in. `first`, `last`: indices of its lines."""

    text: str
    spans: tuple[Span, ...]
    first: int
    last: int


def find_merchant(lines: Sequence[Line]) -> Block | None:
    """Return the seller's name: the head's line with a company's word, else its first line of words."""
    head = lines[:HEAD_LINES]
    names = [(index, name) for index, line in enumerate(head) if (name := _name(line.text))]
    ranked = [(rank, -index, name) for index, name in names if (rank := _name_rank(head, index, name)) > 0]
    if not ranked:
        return None
    _, place, name = max(ranked)
    best = -place
    first = last = best
    while last + 1 < min(len(head), best + 3) and _NAME_GOES_ON.search(name) and (after := _name(head[last + 1].text)):
        last, name = last + 1, f"{name} {after}"
    while first > max(0, best - 2) and _NAME_WENT_BEFORE.search(name) and (before := _name(head[first - 1].text)):
        first, name = first - 1, f"{before} {name}"
    spans = tuple(
        span for line in head[first : last + 1] for span in line.spans_of(0, len(_name(line.text) or line.text))
    )
    return Block(name, spans, first, last)


def _name_rank(head: Sequence[Line], index: int, name: str) -> int:
    """Tell how much a line looks like the seller's name: 0 to 3."""
    if index > 0 and _SOMEBODY_ELSE.search(head[index - 1].text):
        return 0
    if _LEGAL.search(name):
        return 3 if index < NAME_LINES else 1
    if index < NAME_LINES and (names_brand(name) or (STATION.search(name) and not _POSTCODE.search(head[index].text))):
        return 2
    if (_STREET.search(name) and re.search(r"\d|,", name)) or _POSTCODE.search(head[index].text):
        return 0
    below_address = any(_POSTCODE.search(line.text) for line in head[:index])
    if _COMPANY.search(name) and index < NAME_LINES:
        return 1 if below_address else 2
    return 0 if below_address else 1


def _name(text: str) -> str | None:
    """Return the part of a line that may be a name, without a registration number behind it."""
    text = _WELCOME.sub("", text)
    if _AMOUNT.search(text):
        return None
    cut = _REGISTRATION.search(text)
    name = (text[: cut.start()] if cut and cut.start() >= 4 else text).rstrip(" (-:,")
    name = _AFTER_LEGAL.sub("", name)
    letters = sum(c.isalpha() for c in name)
    if letters < 4 or (letters < 0.6 * len(name.replace(" ", "")) and not STATION.search(name)):
        return None
    if (_NOT_NAME.search(_BRANCH.sub("", name)) and not _LEGAL.search(name)) or find_dates(text) or find_times(text):
        return None
    return name


def find_address(lines: Sequence[Line], merchant: Block | None) -> Block | None:
    """Return the address: the head's first run of lines that starts with a street's word or a postcode.

    It goes on until a phone number, a registration or a line about the sale, and after the postcode's line
    only where that ends with a comma or a short name of a place follows.
    """
    head = lines[:HEAD_LINES]
    taken = range(merchant.first, merchant.last + 1) if merchant else range(0)
    start = next((i for i in range(len(head)) if i not in taken and _starts_address(head, i, merchant)), None)
    if start is None:
        return None
    if _POSTCODE.match(head[start].text) and start - 1 > (merchant.last if merchant else 0):
        before = _name(head[start - 1].text)
        start -= 1 if before and not _COMPANY.search(before) and not _OTHER_NUMBER.search(before) else 0
    last = start
    while last + 1 < len(head) and last - start + 1 < ADDRESS_LINES and last + 1 not in taken:
        if not _continues_address(head[last + 1].text, [line.text for line in head[start : last + 1]]):
            break
        last += 1
    block = head[start : last + 1]
    text = _ADDRESS_LABEL.sub("", " ".join(line.text for line in block))
    return Block(text, tuple(s for line in block for s in line.spans), start, last)


def _starts_address(head: Sequence[Line], index: int, merchant: Block | None) -> bool:
    text = head[index].text
    if not _may_be_address(text) or sum(c.isalpha() for c in text) < 3:
        return False
    if (_STREET.search(text) and re.search(r"\d|,", text)) or _POSTCODE.search(text):
        return True
    below_name = merchant is not None and index == merchant.last + 1
    after = head[min(index + 1, len(head) - 1)].text
    place = _POSTCODE.search(after) or (_PLACE.match(after) and not _NOT_NAME.search(after))
    return below_name and bool(re.match(r"\d", text) or _STREET.search(text) or (re.search(r"\d", text) and place))


def _may_be_address(text: str) -> bool:
    """Tell that a line is not about a phone, a registration, a time, an amount or something with a label."""
    text = _ADDRESS_LABEL.sub("", text)
    others = (_OTHER_NUMBER, _AMOUNT, _LABEL)
    return not (any(p.search(text) for p in others) or _has_date(text) or find_times(text))


def _has_date(text: str) -> bool:
    """Tell if a line has a date; a street that is called by one, as in "Calle 5 de Mayo 12", has none."""
    return bool(find_dates(text)) and not _STREET.match(text)


def _continues_address(text: str, parts: list[str]) -> bool:
    if not _may_be_address(text) or _LEGAL.search(text):
        return False
    if _NOT_NAME.search(text) and not re.search(r"\bno\b", text, re.IGNORECASE) and not _POSTCODE.search(text):
        return False
    if not any(_POSTCODE.search(part) for part in parts):
        return sum(c.isalpha() for c in text) >= 3 or bool(_POSTCODE.search(text))
    if _COUNTRY.search(parts[-1]):
        return False
    if _OUTLET.search(text) and _POSTCODE.search(parts[-1]):
        return True
    return parts[-1].rstrip().endswith(",") or (len(text) <= 24 and text.replace(" ", "").replace(".", "").isalpha())
