"""Workshops' bills in styles that no rule was written against: drawn after the rules, measured, and never tuned on.

Whoever changes a rule because of a failure here moves that style to `fixtures.service_styles_abroad` and draws a new
one. Rules and styles are by the same hands, so real bills may fare worse. All names are invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

from fixtures.service_bills import AMERICAN, BRITISH, GERMAN, INDIAN, Bill, Catalogue, Item, invent_bill
from fixtures.slips import Slip, cents

_REPAIRS: Catalogue = {
    "electrical_repair": (
        "Replace alternator",
        "1.6",
        (("ALT-8302R", "Alternator, remanufactured", "1", "ea", "169.00", "289.00"),),
    ),
    "coolant_service": (
        "Replace water pump and coolant",
        "2.4",
        (("WP5071", "Water pump", "1", "ea", "64.00", "118.00"), ("AF2-G48", "Coolant", "2", "gal", "17.00", "26.00")),
    ),
    "suspension_service": (
        "Replace front struts",
        "2.8",
        (("ST-339112", "Strut assembly", "2", "ea", "98.00", "164.00"),),
    ),
    "brake_service": ("Brake fluid flush", "0.7", (("DOT4-1L", "Brake fluid", "1", "ea", "9.00", "17.00"),)),
}


def _done(slip: Slip, bill: Bill, currency: str, unit: str, total: Decimal, tax: Decimal, merchant: str) -> Slip:
    slip.truth = {
        "date": bill.closed.isoformat(),
        "total": f"{total:.2f}",
        "odometer": str(bill.odometer_out),
        "odometer_unit": unit,
        "invoice_number": bill.number,
        "tax": f"{tax:.2f}",
        "labour_cost": f"{bill.labour:.2f}",
        "parts_cost": f"{bill.parts:.2f}",
        "currency": currency,
        "merchant": merchant,
        "service_types": ", ".join(sorted(job.service for job in bill.jobs)),
        "parts": "; ".join(f"{i.number} x {i.count.normalize():f} = {i.cost}" for i in _items(bill)),
    }
    return slip


def _items(bill: Bill) -> list[Item]:
    return [item for job in bill.jobs for item in job.items]


def _swap(value: Decimal) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def canadian_dealer(rng: random.Random) -> Slip:
    """In two languages, kilometres in and out in columns, HST."""
    bill = invent_bill(rng, AMERICAN, ("119.00", "165.00"))
    tax = cents(bill.net * Decimal("0.13"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 90)
    slip.centre("Otter Lake Toyota", bold=True, size=1.4)
    slip.centre("1500 Lakeshore Road, Otter Lake ON K9Z 9Z9", "705-555-0188  HST# 99999 9999 RT0001")
    slip.gap()
    slip.table(("Invoice / Facture", 0, "l"), ("Date Ready", 0.25, "l"), ("KM In", 0.48, "l"), ("KM Out", 0.63, "l"))
    slip.table(
        (bill.number, 0, "l"),
        (f"{bill.closed:%Y-%m-%d}", 0.25, "l"),
        (str(bill.odometer_in), 0.48, "l"),
        (str(bill.odometer_out), 0.63, "l"),
    )
    slip.table(("Year/Make/Model: 2020 Toyota Sienna", 0, "l"), ("Advisor/Conseiller: Jo Tremblay", 0.55, "l"))
    slip.rule()
    for number, job in enumerate(bill.jobs, 1):
        slip.table((f"Op {number}", 0, "l"), (job.words, 0.1, "l"), (f"Labour: {job.labour}", 1, "r"))
        for item in job.items:
            slip.table(
                (item.number, 0.1, "l"),
                (item.name, 0.32, "l"),
                (f"{item.count:f}", 0.72, "r"),
                (f"{item.price}", 0.86, "r"),
                (f"{item.cost}", 1, "r"),
            )
    slip.rule()
    for name, value in (
        ("Labour", bill.labour),
        ("Parts", bill.parts),
        ("Subtotal / Sous-total", bill.net),
        ("HST 13%", tax),
    ):
        slip.table((name, 0.55, "l"), (f"{value:,.2f}", 1, "r"))
    slip.table(("Total", 0.55, "l"), (f"{total:,.2f}", 1, "r"), bold=True)
    return _done(slip, bill, "CAD", "km", total, tax, "Otter Lake Toyota")


def tire_chain(rng: random.Random) -> Slip:
    """A tire chain's till slip: fees by tire, cash and change."""
    bill = invent_bill(rng, {"tire_replacement": AMERICAN["tire_replacement"]}, ("24.00", "36.00"))
    fees = Decimal("10.00")
    tax = cents((bill.parts + fees) * Decimal("0.07"))
    total = bill.net + fees + tax
    given = (total / 20).to_integral_value(rounding="ROUND_CEILING") * 20
    slip = Slip("maintenance", "thermal", 44)
    slip.centre("BIG TREAD TIRE & SERVICE", bold=True)
    slip.centre("Store 0417", "6100 Airport Blvd", "Millhaven, GA 39999")
    slip.rule()
    slip.pair(f"Svc Date {bill.closed:%m/%d/%y}", f"Inv# {bill.number}")
    slip.pair("2016 Nissan NV200", f"Miles: {bill.odometer_out}")
    slip.rule()
    for item in _items(bill):
        slip.pair(f"{item.count:f} {item.name}", f"{item.cost}")
        slip.left(f"   {item.number} EA {item.price}")
    slip.pair("Mount & balance labor", f"{bill.labour}")
    slip.pair("4 Tire disposal fee", f"{fees}")
    slip.rule()
    slip.pair("SUB TOTAL", f"{bill.net + fees}")
    slip.pair("GA SALES TAX 7%", f"{tax}")
    slip.pair("TOTAL", f"{total}", bold=True, size=1.2)
    slip.pair("CASH", f"{given:.2f}")
    slip.pair("CHANGE", f"{given - total:.2f}")
    slip.centre("Free rotation every 6,000 miles")
    return _done(slip, bill, "USD", "mi", total, tax, "BIG TREAD TIRE & SERVICE")


def irish_garage(rng: random.Random) -> Slip:
    """Euro with points, kilometres, VAT on the whole, bank details below."""
    bill = invent_bill(rng, BRITISH, ("58.00", "90.00"))
    tax = cents(bill.net * Decimal("0.135"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 82)
    slip.table(("Ballyfern Motors", 0, "l"), ("SALES INVOICE", 1, "r"), bold=True)
    slip.table(("Dublin Road, Ballyfern, Co. Meath", 0, "l"), (f"Invoice No. {bill.number}", 1, "r"))
    slip.table(("VAT Reg. IE 9999999X", 0, "l"), (f"{bill.closed:%d/%m/%Y}", 1, "r"))
    slip.rule()
    slip.table(
        ("Reg. 191-MH-9999", 0, "l"), ("Make: Opel Combo", 0.35, "l"), (f"Odo (km): {bill.odometer_out}", 1, "r")
    )
    slip.rule()
    slip.table(("Details", 0, "l"), ("Qty", 0.66, "r"), ("Unit", 0.82, "r"), ("Total ex VAT", 1, "r"), bold=True)
    for job in bill.jobs:
        slip.table(
            (f"{job.words} - labour", 0, "l"),
            (f"{job.hours}", 0.66, "r"),
            (f"{job.rate:.2f}", 0.82, "r"),
            (f"{job.labour}", 1, "r"),
        )
        for item in job.items:
            slip.table(
                (f"{item.number} {item.name}", 0, "l"),
                (f"{item.count:f}", 0.66, "r"),
                (f"{item.price}", 0.82, "r"),
                (f"{item.cost}", 1, "r"),
            )
    slip.rule()
    for name, value in (("Total Ex. VAT", bill.net), ("VAT @ 13.5%", tax)):
        slip.table((name, 0.6, "l"), (f"€{value:,.2f}", 1, "r"))
    slip.table(("Total Incl. VAT", 0.6, "l"), (f"€{total:,.2f}", 1, "r"), bold=True)
    slip.left("IBAN IE99 ZZZZ 9999 9999 9999 99. Thank you for your custom.")
    return _done(slip, bill, "EUR", "km", total, tax, "Ballyfern Motors")


def german_chain(rng: random.Random) -> Slip:
    """A chain's bill: wages and parts in blocks of their own, gross sum, several dates."""
    bill = invent_bill(rng, GERMAN, ("92.00", "129.00"))
    tax = cents(bill.net * Decimal("0.19"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 84)
    slip.left("Reifen & Service Falkenhain KG", bold=True, size=1.3)
    slip.left("Gewerbering 8", "09997 Falkenhain")
    slip.gap()
    slip.table(("Herrn Paul Muster", 0, "l"), ("Rechnung", 0.6, "l"), bold=True)
    slip.table(("Lindenweg 3", 0, "l"), (f"Belegnummer: {bill.number}", 0.6, "l"))
    slip.table(("09997 Falkenhain", 0, "l"), (f"Belegdatum: {bill.closed:%d.%m.%Y}", 0.6, "l"))
    slip.table(("", 0, "l"), (f"Auftrag vom: {bill.opened:%d.%m.%Y}", 0.6, "l"))
    slip.left(f"Amtl. Kennzeichen FH-RS 77   Tachostand {bill.odometer_out} km   HU fällig 05/2027")
    slip.rule()
    slip.table(("Arbeitsleistung", 0, "l"), ("Zeit", 0.7, "r"), ("Satz", 0.85, "r"), ("EUR", 1, "r"), bold=True)
    for job in bill.jobs:
        slip.table(
            (job.words, 0, "l"), (_swap(job.hours), 0.7, "r"), (_swap(job.rate), 0.85, "r"), (_swap(job.labour), 1, "r")
        )
    slip.gap()
    slip.table(
        ("Teil", 0, "l"),
        ("Teilenummer", 0.4, "l"),
        ("Menge", 0.7, "r"),
        ("Preis", 0.85, "r"),
        ("EUR", 1, "r"),
        bold=True,
    )
    for item in _items(bill):
        slip.table(
            (item.name, 0, "l"),
            (item.number, 0.4, "l"),
            (_swap(item.count), 0.7, "r"),
            (_swap(item.price), 0.85, "r"),
            (_swap(item.cost), 1, "r"),
        )
    slip.rule()
    for name, value in (("Lohn", bill.labour), ("Teile", bill.parts), ("Netto", bill.net), ("MwSt 19,00 %", tax)):
        slip.table((name, 0.62, "l"), (_swap(value), 1, "r"))
    slip.table(("Endbetrag", 0.62, "l"), (f"{_swap(total)} EUR", 1, "r"), bold=True)
    slip.left("Radmuttern nach 50 km nachziehen! Betrag dankend per EC-Karte erhalten.")
    return _done(slip, bill, "EUR", "km", total, tax, "Reifen & Service Falkenhain KG")


def swiss_garage(rng: random.Random) -> Slip:
    """Francs with apostrophes in thousands, points before centimes."""
    bill = invent_bill(rng, GERMAN, ("128.00", "178.00"))
    tax = cents(bill.net * Decimal("0.081"))
    total = bill.net + tax

    def money(value: Decimal) -> str:
        return f"{value:,.2f}".replace(",", "'")

    slip = Slip("maintenance", "sheet", 80)
    slip.left("Garage Seeblick AG", bold=True, size=1.3)
    slip.left("Seestrasse 44, 9999 Oberdorf", "MWST-Nr. CHE-999.999.999")
    slip.gap()
    slip.left(f"Rechnung {bill.number}", bold=True, size=1.2)
    slip.table((f"Oberdorf, {bill.closed:%d.%m.%Y}", 0, "l"), ("Fahrzeug: Skoda Octavia, SG 999 999", 1, "r"))
    slip.left(f"Km-Stand: {bill.odometer_out:,}".replace(",", "'"))
    slip.rule()
    slip.table(
        ("Artikel", 0, "l"),
        ("Bezeichnung", 0.2, "l"),
        ("Anz.", 0.66, "r"),
        ("Ansatz", 0.82, "r"),
        ("Betrag CHF", 1, "r"),
    )
    for job in bill.jobs:
        slip.table(
            ("Arbeit", 0, "l"),
            (job.words, 0.2, "l"),
            (f"{job.hours:.2f}", 0.66, "r"),
            (money(job.rate), 0.82, "r"),
            (money(job.labour), 1, "r"),
        )
        for item in job.items:
            slip.table(
                (item.number, 0, "l"),
                (item.name, 0.2, "l"),
                (f"{item.count:.2f}", 0.66, "r"),
                (money(item.price), 0.82, "r"),
                (money(item.cost), 1, "r"),
            )
    slip.rule()
    for name, value in (("Total exkl. MWST", bill.net), ("MWST 8.1 %", tax)):
        slip.pair(name, money(value))
    slip.pair("Total CHF inkl. MWST", money(total), bold=True)
    slip.left("Zahlbar innert 30 Tagen netto.")
    return _done(slip, bill, "CHF", "km", total, tax, "Garage Seeblick AG")


def singapore(rng: random.Random) -> Slip:
    """A workshop's tax invoice in Singapore: remarks among the rows, a salesperson, GST."""
    bill = invent_bill(rng, BRITISH, ("70.00", "110.00"))
    tax = cents(bill.net * Decimal("0.09"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 84)
    slip.centre("Kallang Bay Autoworks Pte Ltd", bold=True, size=1.3)
    slip.centre("10 Kaki Bukit Road 9 #01-99 Singapore 499999", "GST Reg No 199999999Z")
    slip.centre("TAX INVOICE")
    slip.table(
        ("Inv No", 0, "l"), (f": {bill.number}", 0.14, "l"), ("Vehicle No", 0.55, "l"), (": GBH 9999 Z", 0.7, "l")
    )
    slip.table(
        ("Inv Date", 0, "l"),
        (f": {bill.closed:%d %b %Y}", 0.14, "l"),
        ("Mileage (km)", 0.55, "l"),
        (f": {bill.odometer_out}", 0.7, "l"),
    )
    slip.table(
        ("Salesman", 0, "l"),
        (": Desmond", 0.14, "l"),
        ("Next Svc (km)", 0.55, "l"),
        (f": {bill.odometer_out + 8_000}", 0.7, "l"),
    )
    slip.rule()
    slip.table(
        ("No", 0, "l"),
        ("Description", 0.07, "l"),
        ("Qty", 0.68, "r"),
        ("U/Price", 0.84, "r"),
        ("Amount (S$)", 1, "r"),
        bold=True,
    )
    place = 0
    for job in bill.jobs:
        place += 1
        slip.table(
            (str(place), 0, "l"),
            (f"To {job.words.lower()}, labour", 0.07, "l"),
            ("1", 0.68, "r"),
            (f"{job.labour}", 0.84, "r"),
            (f"{job.labour}", 1, "r"),
        )
        for item in job.items:
            place += 1
            slip.table(
                (str(place), 0, "l"),
                (f"{item.name} {item.number}", 0.07, "l"),
                (f"{item.count:f}", 0.68, "r"),
                (f"{item.price}", 0.84, "r"),
                (f"{item.cost}", 1, "r"),
            )
    slip.rule()
    for name, value in (("Total Before GST", bill.net), ("9% GST", tax)):
        slip.table((name, 0.6, "l"), (f"{value:,.2f}", 1, "r"))
    slip.table(("Total Amount Payable", 0.6, "l"), (f"S$ {total:,.2f}", 1, "r"), bold=True)
    slip.left("E. & O. E. Goods sold are not returnable.")
    return _done(slip, bill, "SGD", "km", total, tax, "Kallang Bay Autoworks Pte Ltd")


def mobile_mechanic(rng: random.Random) -> Slip:
    """A mechanic's plain letter: sentences, hardly a table."""
    bill = invent_bill(rng, _REPAIRS, ("85.00", "115.00"), "25.00")
    tax = cents(bill.parts * Decimal("0.06"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 78)
    slip.left("Roy's Mobile Mechanics", bold=True, size=1.2)
    slip.left("Box 12, Fern Hollow, PA 19999", "call or text 555-0166")
    slip.gap()
    slip.left(f"Invoice #{bill.number}", f"{bill.closed:%b} {bill.closed.day}, {bill.closed.year}")
    slip.left(
        "For: Greenway Landscaping, 2014 Chevy Silverado 2500", f"Odometer at service: {bill.odometer_out:,} miles"
    )
    slip.gap()
    for job in bill.jobs:
        slip.left(job.words, bold=True)
        slip.pair(f"   Labor, {job.hours} hours at ${job.rate:.2f}", f"${job.labour}")
        for item in job.items:
            slip.pair(f"   {item.name} ({item.number}), {item.count:f} at ${item.price}", f"${item.cost}")
    slip.pair("Call-out", f"${bill.extra}")
    slip.pair("PA sales tax on parts", f"${tax}")
    slip.pair("Please pay", f"${total:,.2f}", bold=True)
    slip.gap()
    slip.left("Cash, check or Venmo. I recommend new rear shocks before winter. Thanks for your business!")
    return _done(slip, bill, "USD", "mi", total, tax, "Roy's Mobile Mechanics")


def indian_multibrand(rng: random.Random) -> Slip:
    """A multi-brand garage: taxes in columns of the rows, amounts in words."""
    bill = invent_bill(rng, INDIAN, ("400.00", "700.00"))
    tax = 2 * cents(bill.net * Decimal("0.09"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 92)
    slip.left("Sri Venkat Car Care", bold=True, size=1.3)
    slip.left("12-4-88 Ring Road, Nandigram 509999, Telangana", "GST No: 36AAAAA0000A1Z5")
    slip.table(
        ("Invoice Cum Job Sheet", 0, "l"),
        (f"Inv. No. {bill.number}", 0.5, "l"),
        (f"Dt. {bill.closed:%d-%b-%y}", 1, "r"),
        bold=True,
    )
    slip.table(
        ("Vehicle No. TS 99 ZZ 9999", 0, "l"), ("Maruti Eeco", 0.5, "l"), (f"Speedometer: {bill.odometer_out}", 1, "r")
    )
    slip.rule()
    slip.table(
        ("#", 0, "l"),
        ("Item", 0.05, "l"),
        ("Code", 0.42, "l"),
        ("Nos", 0.62, "r"),
        ("Price", 0.76, "r"),
        ("GST%", 0.85, "r"),
        ("Value", 1, "r"),
    )
    place = 0
    for item in _items(bill):
        place += 1
        slip.table(
            (str(place), 0, "l"),
            (item.name, 0.05, "l"),
            (item.number, 0.42, "l"),
            (f"{item.count:f}", 0.62, "r"),
            (f"{item.price}", 0.76, "r"),
            ("18%", 0.85, "r"),
            (f"{item.cost}", 1, "r"),
        )
    for job in bill.jobs:
        place += 1
        slip.table(
            (str(place), 0, "l"), (f"{job.words} - Labour", 0.05, "l"), ("18%", 0.85, "r"), (f"{job.labour}", 1, "r")
        )
    slip.rule()
    for name, value in (("Spares Amount", bill.parts), ("Labour Amount", bill.labour), ("Total GST", tax)):
        slip.table((name, 0.62, "l"), (f"{value:,.2f}", 1, "r"))
    slip.table(("Total Bill Amount", 0.62, "l"), (f"₹ {total:,.2f}".replace("₹", "Rs"), 1, "r"), bold=True)
    slip.left("Next oil change after 7500 kms or 6 months")
    return _done(slip, bill, "INR", "", total, tax, "Sri Venkat Car Care")


def us_import_shop(rng: random.Random) -> Slip:
    """A shop for imports: two pages, estimate and revised estimate beside what is to be paid."""
    bill = invent_bill(rng, _REPAIRS, ("135.00", "189.00"), "14.95")
    tax = cents(bill.parts * Decimal("0.0875"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 88)
    slip.table(("Nordlicht Import Auto", 0, "l"), (f"Repair Order {bill.number}", 1, "r"), bold=True)
    slip.table(("700 Bayview Avenue", 0, "l"), (f"Printed {bill.closed:%m/%d/%Y} 5:12 PM", 1, "r"))
    slip.table(("Port Linden, CA 95999", 0, "l"), ("BAR # ARD00299999", 1, "r"))
    slip.rule()
    slip.table(
        ("Tri-Valley Florists", 0, "l"), ("2019 VW Golf Wagon", 0.4, "l"), (f"Mileage in: {bill.odometer_in:,}", 1, "r")
    )
    slip.table(
        ("Lic: 8ZZZ999", 0, "l"), ("VIN ending 04417", 0.4, "l"), (f"Mileage out: {bill.odometer_out:,}", 1, "r")
    )
    slip.table((f"Date in: {bill.opened:%m/%d/%Y}", 0, "l"), (f"Date out: {bill.closed:%m/%d/%Y}", 0.4, "l"))
    slip.rule()
    for job in bill.jobs:
        slip.left(job.words, bold=True)
        slip.table(("Labor", 0.03, "l"), (f"{job.hours} hrs", 0.7, "r"), (f"${job.labour}", 1, "r"))
        for item in job.items:
            slip.table(
                (f"{item.name}", 0.03, "l"),
                (item.number, 0.4, "l"),
                (f"{item.count:f} @ ${item.price}", 0.7, "r"),
                (f"${item.cost}", 1, "r"),
            )
    slip.turn()
    slip.left(f"Nordlicht Import Auto - Repair Order {bill.number} - continued")
    slip.rule()
    slip.table(
        ("Original estimate", 0, "l"),
        (f"${total + 40:,.2f}", 0.4, "r"),
        ("Labor", 0.6, "l"),
        (f"${bill.labour}", 1, "r"),
    )
    slip.table(
        ("Revised estimate", 0, "l"), (f"${total + 15:,.2f}", 0.4, "r"), ("Parts", 0.6, "l"), (f"${bill.parts}", 1, "r")
    )
    slip.table(("Authorized by phone", 0, "l"), ("Hazmat", 0.6, "l"), (f"${bill.extra}", 1, "r"))
    slip.table(("", 0, "l"), ("Tax", 0.6, "l"), (f"${tax}", 1, "r"))
    slip.table(("", 0, "l"), ("Total due", 0.6, "l"), (f"${total:,.2f}", 1, "r"), bold=True)
    slip.left("Parts are warranted 24 months / 24,000 miles. Teardown may be limited.")
    return _done(slip, bill, "USD", "", total, tax, "Nordlicht Import Auto")


STYLES: dict[str, Callable[[random.Random], Slip]] = {
    style.__name__: style
    for style in (
        canadian_dealer,
        tire_chain,
        irish_garage,
        german_chain,
        swiss_garage,
        singapore,
        mobile_mechanic,
        indian_multibrand,
        us_import_shop,
    )
}
