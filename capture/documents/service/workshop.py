"""What a workshop's bill says: services, rows and sums, the odometer and the next service, its numbers and people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from capture.documents.columns import below, cell_end, cells, cut, under
from capture.documents.layout import Found, Line
from capture.documents.merchant import HEAD_LINES, Block, find_address, find_merchant
from capture.documents.receipt import Receipt
from capture.documents.service.distances import NextService, Odometer, find_next_service, find_odometers
from capture.documents.service.rows import Row, find_rows, fit_rows
from capture.documents.service.sums import Sums, find_sums, sum_lines
from capture.documents.service.types import find_services
from capture.documents.service.words import PART
from capture.documents.total import AMOUNT
from capture.documents.wording import tolerant

_NUMBER_WORD = r"(?P<number>number|nummer|num[ée]ro|numero|num|nr|n[°ºo]?|#)"
_INVOICE = re.compile(
    tolerant(
        rf"(?<![^\W\d_])(?:(?:(?:tax |vat |repair )?inv(?:oice)?(?: ?/ ?facture)?|bill|rechnungs?|beleg|facture|"
        rf"fattura|factuur|faktura vat|faktur[ay]|factura|fatura(?: f[trs])?)"
        rf"[ .\-]{{0,2}}{_NUMBER_WORD}?|(?P<leading>n[°ºo]?|nr|num\S?ro)\.? ?(?:de |di |van )?(?:la )?(?:facture|"
        rf"fattura|factura|"
        rf"factuur|faktury))(?![^\W\d_])[.:#\s]{{0,4}}"
    ),
    re.IGNORECASE,
)
_WORK_ORDER = re.compile(
    r"(?<![^\W\d_])(?:work ?order|repair order|service order|job ?(?:card|sheet|order)?|r\.?/?o\.?|w\.?/?o\.?|"
    r"auftrags?|werkorder|zlecenie|nr zlecenia|iş emri|commessa|"
    rf"ordre de r[ée]paration|orden de (?:reparaci[óo]n|trabajo)|"
    rf"folha de obra)[ .\-]{{0,2}}{_NUMBER_WORD}?(?![^\W\d_])[.:#\s]{{0,4}}",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![\w/\-])(?=[A-Z0-9/\-]{0,12}\d)(?:[A-Z]{1,6}[ \-/]?)?[0-9A-Z](?:[A-Z0-9/\-]{1,20})(?![\w])", re.IGNORECASE
)
_NOT_CODE = re.compile(r"(?<!\d)\d{1,2}[/\-.]\d{1,2}[/\-.]\d{2,4}|date", re.IGNORECASE)
LEAST_CODE_DIGITS = 3

_CUSTOMER = re.compile(
    r"\b(?:bill(?:ed)? ?to|sold ?to|ship ?to|invoice ?to|customer|client\b|attn|account|kunde|rechnungsempf|"
    r"factur[ée] [àa]|cliente|cessionario|destinatario|spett|klant|nabywca|müşteri|sayın|owner|remit)",
    re.IGNORECASE,
)
CUSTOMER_LINES = 3
"""So many lines below its label are the customer's."""

FORM_CELLS = 4
"""A line of so many cells is a form's or a table's: the head ends above it, or above the first amount."""

LEAST_FORM_CELLS = 3
"""A form's line of labels has so many cells at the least."""

_TECHNICIAN = re.compile(
    r"\b(?:technicians?|tech(?:\.|nician)? ?(?:name|id)?(?= ?[.:#])|mechanic|serviced by|worked? (?:done )?by|"
    r"mechaniker|monteur|m[ée]canicien|mec[áa]nico|meccanico|mechanik|usta)\b"
    r" ?(?:name)?[ .:#]{0,3}",
    re.IGNORECASE,
)
_ADVISER = re.compile(
    r"\b(?:service (?:advis[oe]r|writer|consultant)|advis[oe]r|serviceberater|kundenberater|sachbearbeiter|"
    r"bearbeiter|r[ée]ceptionnaire|asesor|accettatore|doradca)\b"
    r" ?(?:name)?[ .:#]{0,3}",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"(?<![^\W\d_])[^\W\d_][^\W\d_.'\-]{0,20}\.?(?: [^\W\d_][^\W\d_.'\-]{0,20}\.?){0,2}(?![^\W_]|[ ]?[:#])"
)
_NOT_PERSON = re.compile(
    r"\b(?:no|tag|number|name|type|hours?|date|signature|invoice|license|tech\w*|line|opcode|labou?r|parts?|"
    r"recommend\w*|notes?|comments?)\b",
    re.IGNORECASE,
)
_VEHICLE = re.compile(
    r"\b(?:vin|license(?: plate)?|licence|plate|(?<!gst )(?<!vat )(?<!co )(?<!tax )reg(?:istration)? no|"
    r"vehicle(?: no| reg)?|"
    r"make|model|chassis|engine no|plaka|plaque|targa|telaio|rego)\b[ .:#]|"
    r"\b(?:kennzeichen|fahrzeug\w*|fahrgestell\w*|immat\w*|matr.?cula|bastidor|v.?hicule|veh.?culo|ve.?culo|veicolo|"
    r"kenteken|voertuig|chassisnr|nr rej\w*|pojazd\w*|(?:ş|.)?asi no)\b",
    re.IGNORECASE,
)
_WORKSHOP = re.compile(
    r"\b(?:work ?order|repair order|r\.?o\.? ?(?:no|#)|job ?card|garage|auto ?(?:care|service|repair|"
    r"center|centre|parts)|lube|workshop|"
    r"service cent(?:er|re)|auto\s?cent(?:er|re)s?|cent(?:er|re) auto|tires?|tyres?|motors?|mechanical|"
    r"oto servis|otomot\w*|"
    r"\w*werkstatt|autohaus|kfz\S*|atelier|garages?|taller(?:es)?|m\S{0,2}canique|mechanic|auto(?:officina|"
    r"bedrijf|servis)|"
    r"officina|carrozzeria|gommista|garagebedrijf|warsztat|auto ?serwis|serwis|oficina|pr.{1,2}fstelle|reifen\w*|"
    r"technician)\b",
    re.IGNORECASE,
)
_OF_THE_JOB = (_INVOICE, _WORK_ORDER, _TECHNICIAN, _ADVISER, _VEHICLE)
"""Labels in the head that are not the workshop's own."""


@dataclass(frozen=True)
class Bill:
    """What is read from a workshop's bill besides what every receipt says.

    `services`: kinds of service, the main one first. `odometers`: the likeliest first.
    """

    services: dict[str, Found]
    rows: tuple[Row, ...]
    sums: Sums
    odometers: tuple[Odometer, ...]
    next_service: NextService
    provider: Block | None
    address: Block | None
    invoice_number: Found | None
    work_order: Found | None
    technician: Found | None


def read_bill(receipt: Receipt) -> Bill:
    """Read a receipt as a workshop's bill. Never raises, whatever the spans hold."""
    lines = receipt.lines
    rows = find_rows(lines, receipt.mark, sum_lines(lines, receipt.mark))
    sums = find_sums(lines, rows, receipt.mark, receipt.amount("total"))
    rows = fit_rows(rows, sums.printed("labour"), sums.printed("parts"))
    odometers = find_odometers(lines)
    head = _head(lines)
    provider = find_merchant(head)
    address = find_address(head, provider)
    named = {id(span) for block in (provider, address) if block for span in block.spans}
    below_head = max(
        (i + 1 for i, line in enumerate(lines) if any(id(span) in named for span in line.spans)), default=0
    )
    return Bill(
        services=find_services(lines[below_head:]),
        provider=provider,
        address=address,
        rows=tuple(rows),
        sums=sums,
        odometers=tuple(odometers),
        next_service=find_next_service(lines, odometers[0].value if odometers else None),
        invoice_number=_find_code(lines, _INVOICE),
        work_order=_find_code(lines, _WORK_ORDER),
        technician=_find_person(lines, _TECHNICIAN) or _find_person(lines, _ADVISER),
    )


def _head(lines: Sequence[Line]) -> list[Line]:
    """Return the cells of the head, column by column, each as a line; what stands below a customer's label is left out.

    A name and an address beside the invoice's number are so lines of their own.
    """
    form = next(
        (i for i, line in enumerate(lines) if len(cells(line)) >= FORM_CELLS or AMOUNT.search(line.text)), len(lines)
    )
    head = [line for line in lines[: min(form, HEAD_LINES)] if line.page == lines[0].page]
    found: list[tuple[bool, int, Line]] = []
    customer: list[tuple[int, Line]] = []
    for index, line in enumerate(head):
        for place, (start, end) in enumerate(cells(line)):
            part = cut(line, start, end)
            if _CUSTOMER.search(part.text):
                customer.append((index, part))
            elif not any(label.search(part.text) for label in _OF_THE_JOB) and not any(
                index - at <= CUSTOMER_LINES and under(label, part) for at, label in customer
            ):
                found.append((place > 0, index, part))
    return [part for _, _, part in sorted(found, key=lambda item: item[:2])]


def _find_code(lines: Sequence[Line], label: re.Pattern[str]) -> Found | None:
    """Return the first code that follows a label, or stands in its column below."""
    for index, line in enumerate(lines):
        for match in label.finditer(line.text):
            code = _CODE.match(line.text, match.end())
            found = Found(line, *code.span()) if code else None
            if found is None and (match["number"] or match.groupdict().get("leading") or _is_form_label(line, match)):
                found = below(lines, index, *match.span(), _CODE)
            if found and sum(c.isdigit() for c in found.raw) >= LEAST_CODE_DIGITS and not _NOT_CODE.search(found.raw):
                return found
    return None


def _is_form_label(line: Line, match: re.Match[str]) -> bool:
    """Tell if a label has a cell of a form's line for itself, so that its value stands below."""
    places = cells(line)
    return len(places) >= LEAST_FORM_CELLS and any(
        not (line.text[start : match.start()] + line.text[match.end() : end]).strip(" .:#*")
        for start, end in places
        if start <= match.start() < end
    )


def _find_person(lines: Sequence[Line], label: re.Pattern[str]) -> Found | None:
    """Return the first name that follows a label with a mark behind it, or stands in its column below."""
    for index, line in enumerate(lines):
        for match in label.finditer(line.text):
            marked = match.group().rstrip()[-1:] in ".:#"
            name = _PERSON.match(line.text[: cell_end(line, match.end())], match.end()) if marked else None
            found = Found(line, *name.span()) if name else below(lines, index, *match.span(), _PERSON)
            if found and not _NOT_PERSON.search(found.raw):
                return found
    return None


def evidence(lines: Sequence[Line], bill: Bill) -> float:
    """Weigh what speaks for a workshop's bill, 0 to 0.98: without a word of a vehicle it stays below 0.5."""
    services = {name for line in lines for name in find_services([line])}
    vehicle = any(_VEHICLE.search(line.text) for line in lines)
    workshop = any(_WORKSHOP.search(line.text) for line in lines)
    following = bill.next_service != NextService()
    parts = any(row.kind == "part" and PART.search(row.name) for row in bill.rows)
    labour = bill.sums.value("labour") is not None
    weight = (
        (0.25 if services else 0.0)
        + (0.05 if len(services) > 1 else 0.0)
        + (0.3 if bill.odometers else 0.0)
        + (0.1 if following else 0.0)
        + (0.15 if parts else 0.0)
        + (0.15 if labour else 0.0)
        + (0.15 if vehicle else 0.0)
        + (0.15 if workshop else 0.0)
    )
    if not (bill.odometers or following or vehicle or (workshop and labour)):
        weight = min(weight, 0.45)
    return round(min(0.98, weight), 2)
