"""Workshops' bills in styles that no rule was written against: drawn after the rules, measured, and never tuned on.

Whoever changes a rule because of a failure here writes new styles in place of those that the rule has seen.
All names are invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from fixtures.service_bills import AMERICAN, BRITISH, GERMAN, INDIAN, Bill, Catalogue, Item, invent_bill
from fixtures.slips import Slip, cents

_FRENCH: Catalogue = {
    "oil_change": (
        "Vidange moteur avec filtre",
        "0.6",
        (
            ("OC1063", "Filtre à huile", "1", "", "8.00", "15.00"),
            ("HU-5W30", "Huile moteur 5W30", "5", "L", "9.00", "14.00"),
        ),
    ),
    "brake_service": (
        "Remplacement plaquettes de frein avant",
        "1.1",
        (("0986494", "Plaquettes de frein avant", "1", "", "42.00", "79.00"),),
    ),
    "battery_replacement": (
        "Remplacement batterie",
        "0.4",
        (("BT-70AH", "Batterie 70Ah", "1", "", "98.00", "149.00"),),
    ),
}
_SPANISH: Catalogue = {
    "oil_change": (
        "Cambio de aceite y filtro",
        "0.6",
        (
            ("FO-2211", "Filtro de aceite", "1", "", "7.00", "14.00"),
            ("AC-5W30", "Aceite 5W30", "5", "L", "8.00", "13.00"),
        ),
    ),
    "brake_service": (
        "Sustitución pastillas de freno",
        "1.2",
        (("PF-7781", "Pastillas freno delanteras", "1", "", "39.00", "71.00"),),
    ),
}


def _truth(slip: Slip, bill: Bill, currency: str, unit: str, total: Decimal, tax: Decimal, merchant: str) -> Slip:
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
        "parts": "; ".join(_part(item) for job in bill.jobs for item in job.items),
    }
    return slip


def _part(item: Item) -> str:
    return f"{item.number} x {item.count.normalize():f} = {item.cost}"


def _items(bill: Bill) -> list[Item]:
    return [item for job in bill.jobs for item in job.items]


def _comma(value: Decimal, gap: str) -> str:
    return (
        f"{value:,.2f}".replace(",", gap).replace(".", ",")
        if gap == " "
        else (f"{value:,.2f}".translate(str.maketrans(",.", ".,")))
    )


def _long_date(when: date) -> str:
    return f"{when:%B} {when.day}, {when.year}"


def australian(rng: random.Random) -> Slip:
    """GST within the prices, the date in words, kilometres as "kms"."""
    bill = invent_bill(rng, BRITISH, ("98.00", "145.00"))
    total = bill.net
    gst = cents(total / 11)
    slip = Slip("maintenance", "sheet", 80)
    slip.left("Wattle Creek Mechanical Pty Ltd", bold=True, size=1.3)
    slip.left("ABN 99 999 999 999", "14 Tannery Street, Wattle Creek NSW 2999")
    slip.table(
        ("TAX INVOICE", 0, "l"),
        (f"No. {bill.number}", 0.4, "l"),
        (f"{bill.closed.day} {bill.closed:%b %Y}", 1, "r"),
        bold=True,
    )
    slip.rule()
    slip.table(
        (f"Rego: ABC{rng.randint(10, 99)}D", 0, "l"),
        ("Vehicle: Hilux SR 2.8", 0.35, "l"),
        (f"Odometer: {bill.odometer_out:,} kms", 1, "r"),
    )
    slip.rule()
    slip.table(
        ("Code", 0, "l"),
        ("Description", 0.2, "l"),
        ("Qty", 0.66, "r"),
        ("Unit Price", 0.83, "r"),
        ("Total", 1, "r"),
        bold=True,
    )
    for job in bill.jobs:
        slip.table(
            ("LAB", 0, "l"),
            (f"Labour - {job.words}", 0.2, "l"),
            (f"{job.hours}", 0.66, "r"),
            (f"{job.rate:.2f}", 0.83, "r"),
            (f"{job.labour}", 1, "r"),
        )
        for item in job.items:
            slip.table(
                (item.number, 0, "l"),
                (item.name, 0.2, "l"),
                (f"{item.count:f}", 0.66, "r"),
                (f"{item.price}", 0.83, "r"),
                (f"{item.cost}", 1, "r"),
            )
    slip.rule()
    slip.pair("Total inc GST", f"${total:,.2f}", bold=True)
    slip.pair("GST included in total", f"${gst}")
    slip.pair("Amount paid EFTPOS", f"${total:,.2f}")
    slip.left(f"Next service due: {bill.odometer_out + 10_000:,} kms or 6 months, whichever comes first.")
    return _truth(slip, bill, "AUD", "km", total, gst, "Wattle Creek Mechanical Pty Ltd")


def quick_lube(rng: random.Random) -> Slip:
    """A narrow slip of a quick lube: prices by service, a coupon, no hours."""
    bill = invent_bill(rng, {"oil_change": AMERICAN["oil_change"]}, ("20.00", "39.00"))
    coupon, fee = Decimal(rng.choice((5, 10, 15))), Decimal("3.49")
    tax = cents((bill.net + fee - coupon) * Decimal("0.0625"))
    total = bill.net + fee - coupon + tax
    slip = Slip("maintenance", "thermal", 42)
    slip.centre("GEAR & GO LUBE #114", bold=True)
    slip.centre("220 Canal Road", "Port Ashby, OH 43998", "(555) 555-0119")
    slip.rule()
    slip.left(f"Invoice {bill.number}   {bill.closed:%m/%d/%Y} {rng.randint(8, 18):02d}:{rng.randint(10, 59)}")
    slip.left("Plate GHX4410  2017 Ram 1500", f"Mileage {bill.odometer_out:,}")
    slip.rule()
    for item in _items(bill):
        slip.left(f"{item.name}")
        slip.pair(f"  {item.number} {item.count:f} @ {item.price}", f"{item.cost}")
    slip.pair("Labor oil change", f"{bill.labour}")
    slip.pair("Environmental fee", f"{fee}")
    slip.pair("Coupon", f"-{coupon:.2f}")
    slip.rule()
    slip.pair("Subtotal", f"{bill.net + fee - coupon:.2f}")
    slip.pair("Tax", f"{tax}")
    slip.pair("TOTAL", f"${total:.2f}", bold=True)
    slip.pair("MASTERCARD ****4410", f"{total:.2f}")
    slip.centre(f"See you again at {bill.odometer_out + 5_000:,} miles")
    return _truth(slip, bill, "USD", "mi", total, tax, "GEAR & GO LUBE #114")


def fleet_invoice(rng: random.Random) -> Slip:
    """A truck shop's invoice to a fleet: the date in words, unit number, meter in and out, three pages."""
    bill = invent_bill(rng, AMERICAN, ("110.00", "165.00"), "18.40")
    tax = cents((bill.parts + bill.extra) * Decimal("0.0675"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 90)
    slip.table(("Prairie Line Truck & Trailer Inc.", 0, "l"), ("INVOICE", 1, "r"), bold=True)
    slip.table(("8800 Freight Way", 0, "l"), (f"Invoice Number: {bill.number}", 1, "r"))
    slip.table(("Salt Flat, KS 66999", 0, "l"), (f"Invoice Date: {_long_date(bill.closed)}", 1, "r"))
    slip.table(("555-0133", 0, "l"), (f"Work Order: WO-{rng.randint(1000, 9999)}", 1, "r"))
    slip.gap()
    slip.table(("Sold To: Tri-County Delivery Co", 0, "l"), (f"Unit: {rng.randint(100, 999)}", 0.6, "l"))
    slip.table(("PO Box 77, Salt Flat, KS 66999", 0, "l"), (f"Odometer In: {bill.odometer_in}", 0.6, "l"))
    slip.table(("", 0, "l"), (f"Odometer Out: {bill.odometer_out}", 0.6, "l"))
    for number, job in enumerate(bill.jobs, 1):
        slip.rule()
        slip.left(f"Job {number}: {job.words}", bold=True)
        slip.left("Cause: wear. Correction: performed as requested, road tested, no further faults found.")
        slip.table(
            ("Item", 0, "l"),
            ("Description", 0.22, "l"),
            ("Quantity", 0.68, "r"),
            ("Unit Price", 0.84, "r"),
            ("Ext. Price", 1, "r"),
        )
        slip.table(
            ("LABOR", 0, "l"),
            ("Shop labor", 0.22, "l"),
            (f"{job.hours} hr", 0.68, "r"),
            (f"{job.rate:.2f}", 0.84, "r"),
            (f"{job.labour}", 1, "r"),
        )
        for item in job.items:
            slip.table(
                (item.number, 0, "l"),
                (item.name, 0.22, "l"),
                (f"{item.count:.2f} {item.unit}", 0.68, "r"),
                (f"{item.price}", 0.84, "r"),
                (f"{item.cost}", 1, "r"),
            )
        if number < len(bill.jobs):
            slip.turn()
            slip.table(
                (f"Prairie Line Truck & Trailer Inc.  Invoice {bill.number}", 0, "l"), (f"Page {number + 1}", 1, "r")
            )
    slip.rule()
    for words, value in (
        ("Labor Total", bill.labour),
        ("Parts Total", bill.parts),
        ("Shop Supplies", bill.extra),
        ("Subtotal", bill.net),
        ("Sales Tax (6.75%)", tax),
    ):
        slip.table((words, 0.6, "l"), (f"${value:,.2f}", 1, "r"))
    slip.table(("Total Amount Due", 0.6, "l"), (f"${total:,.2f}", 1, "r"), bold=True)
    slip.left("Terms: net 30 days. Technician: Walt Pruitt")
    return _truth(slip, bill, "USD", "", total, tax, "Prairie Line Truck & Trailer Inc.")


def austrian(rng: random.Random) -> Slip:
    """An Austrian workshop: 20 % USt, positions without numbers of their own, sums below each other."""
    bill = invent_bill(rng, GERMAN, ("88.00", "142.00"))
    tax = cents(bill.net / 5)
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 82)
    slip.centre("Autowerkstatt Hinterleitner e.U.", bold=True, size=1.3)
    slip.centre("Mühlgasse 7, 9998 Oberwald am See")
    slip.gap()
    slip.left(f"Rechnung Nr. {bill.number} vom {bill.closed:%d.%m.%Y}", bold=True, size=1.2)
    plate, odometer = f"W-{rng.randint(1000, 9999)}X", f"{bill.odometer_out:,}".replace(",", ".")
    slip.left(f"Fahrzeug: Ford Transit Custom, Kennzeichen {plate}, Kilometerstand {odometer} km")
    slip.left("Sehr geehrter Kunde, wir verrechnen Ihnen folgende Leistungen:")
    slip.rule()
    slip.table(
        ("Bezeichnung", 0, "l"),
        ("Artikelnummer", 0.42, "l"),
        ("Anzahl", 0.7, "r"),
        ("Einzelpreis", 0.85, "r"),
        ("Betrag", 1, "r"),
        bold=True,
    )
    for job in bill.jobs:
        slip.table(
            (f"Arbeitszeit {job.words}", 0, "l"),
            (f"{_comma(job.hours, '.')} Std", 0.7, "r"),
            (_comma(job.rate, "."), 0.85, "r"),
            (_comma(job.labour, "."), 1, "r"),
        )
        for item in job.items:
            slip.table(
                (item.name, 0, "l"),
                (item.number, 0.42, "l"),
                (f"{_comma(item.count, '.')} {item.unit}", 0.7, "r"),
                (_comma(item.price, "."), 0.85, "r"),
                (_comma(item.cost, "."), 1, "r"),
            )
    slip.rule()
    for words, value in (
        ("Arbeitsleistung", bill.labour),
        ("Material", bill.parts),
        ("Summe netto", bill.net),
        ("20 % USt", tax),
    ):
        slip.pair(words, _comma(value, "."))
    slip.pair("Gesamtbetrag EUR", _comma(total, "."), bold=True)
    slip.left("Zahlbar innerhalb von 14 Tagen. Erfüllungsort ist Oberwald.")
    return _truth(slip, bill, "EUR", "km", total, tax, "Autowerkstatt Hinterleitner e.U.")


def south_african(rng: random.Random) -> Slip:
    """A South African service centre: rand, "Km Reading", quotation and order numbers beside the invoice's."""
    bill = invent_bill(rng, BRITISH, ("420.00", "690.00"), "85.00")
    tax = cents(bill.net * Decimal("0.15"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 84)
    slip.table(("Blouberg Auto Clinic CC", 0, "l"), ("TAX INVOICE", 1, "r"), bold=True)
    slip.table(("21 Harbour Road, Blouberg, 7999", 0, "l"), ("VAT No 4999999999", 1, "r"))
    slip.rule()
    slip.table(
        ("Invoice No", 0, "l"),
        ("Date", 0.25, "l"),
        ("Order No", 0.45, "l"),
        ("Reg No", 0.65, "l"),
        ("Km Reading", 1, "r"),
    )
    slip.table(
        (bill.number, 0, "l"),
        (f"{bill.closed:%Y/%m/%d}", 0.25, "l"),
        (f"PO{rng.randint(100, 999)}", 0.45, "l"),
        ("CA 123-456", 0.65, "l"),
        (f"{bill.odometer_out}", 1, "r"),
    )
    slip.rule()
    slip.table(
        ("Description", 0, "l"),
        ("Part No", 0.44, "l"),
        ("Qty", 0.68, "r"),
        ("Price", 0.84, "r"),
        ("Amount", 1, "r"),
        bold=True,
    )
    for item in _items(bill):
        slip.table(
            (item.name, 0, "l"),
            (item.number, 0.44, "l"),
            (f"{item.count:f}", 0.68, "r"),
            (f"{item.price:,}", 0.84, "r"),
            (f"{item.cost:,}", 1, "r"),
        )
    for job in bill.jobs:
        slip.table(
            (f"Labour: {job.words}", 0, "l"),
            (f"{job.hours}", 0.68, "r"),
            (f"{job.rate:.2f}", 0.84, "r"),
            (f"{job.labour:,}", 1, "r"),
        )
    slip.table(("Consumables", 0, "l"), (f"{bill.extra}", 1, "r"))
    slip.rule()
    slip.table(("Sub-Total", 0.62, "l"), (f"R {bill.net:,.2f}", 1, "r"))
    slip.table(("VAT @ 15%", 0.62, "l"), (f"R {tax:,.2f}", 1, "r"))
    slip.table(("TOTAL DUE", 0.62, "l"), (f"R {total:,.2f}", 1, "r"), bold=True)
    slip.left("Workmanship guaranteed for 3 months or 5000 km.")
    return _truth(slip, bill, "ZAR", "km", total, tax, "Blouberg Auto Clinic CC")


def french(rng: random.Random) -> Slip:
    """A French garage: HT, TVA and TTC, spaces in thousands."""
    bill = invent_bill(rng, _FRENCH, ("58.00", "92.00"))
    tax = cents(bill.net / 5)
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 80)
    slip.left("Garage du Vieux Moulin SARL", bold=True, size=1.3)
    slip.left("3 rue des Tanneurs", "99990 Sainte-Colline")
    slip.gap()
    slip.table((f"FACTURE N° {bill.number}", 0, "l"), (f"Date : {bill.closed:%d/%m/%Y}", 1, "r"), bold=True)
    slip.table(
        ("Véhicule : Renault Master", 0, "l"),
        ("Immatriculation : ZZ-999-ZZ", 0.4, "l"),
        (f"Kilométrage : {bill.odometer_out:,} km".replace(",", " "), 1, "r"),
    )
    slip.rule()
    slip.table(
        ("Référence", 0, "l"),
        ("Désignation", 0.2, "l"),
        ("Qté", 0.68, "r"),
        ("P.U. HT", 0.84, "r"),
        ("Montant HT", 1, "r"),
        bold=True,
    )
    for job in bill.jobs:
        slip.table(
            ("MO1", 0, "l"),
            (f"Main d'oeuvre {job.words}", 0.2, "l"),
            (_comma(job.hours, " "), 0.68, "r"),
            (_comma(job.rate, " "), 0.84, "r"),
            (_comma(job.labour, " "), 1, "r"),
        )
        for item in job.items:
            slip.table(
                (item.number, 0, "l"),
                (item.name, 0.2, "l"),
                (_comma(item.count, " "), 0.68, "r"),
                (_comma(item.price, " "), 0.84, "r"),
                (_comma(item.cost, " "), 1, "r"),
            )
    slip.rule()
    for words, value in (
        ("Total main d'oeuvre", bill.labour),
        ("Total pièces", bill.parts),
        ("Total HT", bill.net),
        ("TVA 20 %", tax),
    ):
        slip.table((words, 0.6, "l"), (_comma(value, " "), 1, "r"))
    slip.table(("Total TTC", 0.6, "l"), (f"{_comma(total, ' ')} €", 1, "r"), bold=True)
    slip.left(f"Prochaine révision à {bill.odometer_out + 20_000:,} km".replace(",", " "))
    return _truth(slip, bill, "EUR", "km", total, tax, "Garage du Vieux Moulin SARL")


def indian_dealer(rng: random.Random) -> Slip:
    """A dealer's bill in India: bill date and job card date, labour and parts apart, taxes by half, round off."""
    bill = invent_bill(rng, INDIAN, ("500.00", "850.00"))
    half = cents(bill.net * Decimal("0.14"))
    exact = bill.net + 2 * half
    total = exact.quantize(Decimal(1))
    slip = Slip("maintenance", "sheet", 90)
    slip.centre("Deccan Wheels Pvt Ltd", bold=True, size=1.3)
    slip.centre("Authorised Service Station, NH 48, Hosahalli 569999", "GSTIN 29AAAAA0000A1Z5")
    slip.rule()
    slip.table(
        (f"Bill No: {bill.number}", 0, "l"),
        (f"Bill Date: {bill.closed:%d/%m/%Y}", 0.38, "l"),
        (f"Job Card Date: {bill.opened:%d/%m/%Y}", 1, "r"),
    )
    slip.table(
        ("Regn No: KA 99 MB 1234", 0, "l"),
        ("Model: Ertiga VXi", 0.38, "l"),
        (f"Odometer Reading: {bill.odometer_out} Kms", 1, "r"),
    )
    slip.left("SPARE PARTS", bold=True)
    slip.table(
        ("Sr", 0, "l"),
        ("Part Number", 0.06, "l"),
        ("Description", 0.26, "l"),
        ("Qty", 0.7, "r"),
        ("Rate", 0.84, "r"),
        ("Amount", 1, "r"),
    )
    for place, item in enumerate(_items(bill), 1):
        slip.table(
            (str(place), 0, "l"),
            (item.number, 0.06, "l"),
            (item.name, 0.26, "l"),
            (f"{item.count:.2f}", 0.7, "r"),
            (f"{item.price}", 0.84, "r"),
            (f"{item.cost}", 1, "r"),
        )
    slip.left("LABOUR CHARGES", bold=True)
    slip.table(("Sr", 0, "l"), ("Job Description", 0.06, "l"), ("SAC", 0.6, "l"), ("Amount", 1, "r"))
    for place, job in enumerate(bill.jobs, 1):
        slip.table((str(place), 0, "l"), (job.words, 0.06, "l"), ("998729", 0.6, "l"), (f"{job.labour}", 1, "r"))
    slip.rule()
    for words, value in (
        ("Total Parts", bill.parts),
        ("Total Labour", bill.labour),
        ("CGST @ 14%", half),
        ("SGST @ 14%", half),
        ("Round Off", total - exact),
    ):
        slip.table((words, 0.6, "l"), (f"{value:,.2f}", 1, "r"))
    slip.table(("Net Payable", 0.6, "l"), (f"Rs. {total:,.2f}", 1, "r"), bold=True)
    slip.left(f"Next service: {bill.odometer_out + 10_000} Kms or {bill.closed + timedelta(days=365):%d/%m/%Y}")
    return _truth(slip, bill, "INR", "km", total, 2 * half, "Deccan Wheels Pvt Ltd")


def fast_fit(rng: random.Random) -> Slip:
    """A British tyre and exhaust shop's slip: everything fitted, VAT within, paid by card."""
    bill = invent_bill(rng, BRITISH, ("30.00", "55.00"))
    total = bill.net
    vat = cents(total / 6)
    slip = Slip("maintenance", "thermal", 46)
    slip.centre("Harrow Fast Fit", bold=True, size=1.2)
    slip.centre("Unit 2, Canal Wharf", "Harrowby ZE7 1QQ", "VAT No 999 9999 99")
    slip.rule()
    slip.pair("Invoice", bill.number)
    slip.pair("Date", f"{bill.closed:%d-%b-%Y}")
    slip.pair("Reg", "ZE19 ABC")
    slip.pair("Mileage", f"{bill.odometer_out:,}")
    slip.rule()
    for job in bill.jobs:
        for item in job.items:
            slip.left(item.name)
            slip.pair(f"{item.number}  {item.count:f} x {item.price}", f"{item.cost}")
        slip.pair(f"Fitting: {job.words}"[:34], f"{job.labour}")
    slip.rule()
    slip.pair("Total to pay", f"£{total:,.2f}", bold=True)
    slip.pair("of which VAT 20%", f"{vat}")
    slip.pair("Visa Debit", f"£{total:,.2f}")
    slip.centre("Check wheel nuts after 30 miles")
    return _truth(slip, bill, "GBP", "", total, vat, "Harrow Fast Fit")


def spanish(rng: random.Random) -> Slip:
    """A Spanish workshop: base imponible, IVA, total a pagar."""
    bill = invent_bill(rng, _SPANISH, ("42.00", "68.00"))
    tax = cents(bill.net * Decimal("0.21"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 80)
    slip.left("Talleres La Encina S.L.", bold=True, size=1.3)
    slip.left("Calle del Molino 12, 99901 Villaseca")
    slip.gap()
    slip.table((f"FACTURA Nº {bill.number}", 0, "l"), (f"Fecha: {bill.closed:%d/%m/%Y}", 1, "r"), bold=True)
    slip.table(
        ("Vehículo: Citroën Berlingo", 0, "l"),
        ("Matrícula: 9999 ZZZ", 0.4, "l"),
        (f"Kilómetros: {bill.odometer_out:,}".replace(",", "."), 1, "r"),
    )
    slip.rule()
    slip.table(
        ("Referencia", 0, "l"),
        ("Concepto", 0.2, "l"),
        ("Cantidad", 0.68, "r"),
        ("Precio", 0.84, "r"),
        ("Importe", 1, "r"),
        bold=True,
    )
    for job in bill.jobs:
        slip.table(
            ("MO", 0, "l"),
            (f"Mano de obra {job.words}", 0.2, "l"),
            (_comma(job.hours, "."), 0.68, "r"),
            (_comma(job.rate, "."), 0.84, "r"),
            (_comma(job.labour, "."), 1, "r"),
        )
        for item in job.items:
            slip.table(
                (item.number, 0, "l"),
                (item.name, 0.2, "l"),
                (_comma(item.count, "."), 0.68, "r"),
                (_comma(item.price, "."), 0.84, "r"),
                (_comma(item.cost, "."), 1, "r"),
            )
    slip.rule()
    for words, value in (
        ("Mano de obra", bill.labour),
        ("Recambios", bill.parts),
        ("Base imponible", bill.net),
        ("IVA 21%", tax),
    ):
        slip.table((words, 0.6, "l"), (_comma(value, "."), 1, "r"))
    slip.table(("TOTAL A PAGAR", 0.6, "l"), (f"{_comma(total, '.')} €", 1, "r"), bold=True)
    return _truth(slip, bill, "EUR", "km", total, tax, "Talleres La Encina S.L.")


STYLES: dict[str, Callable[[random.Random], Slip]] = {
    style.__name__: style
    for style in (
        australian,
        quick_lube,
        fleet_invoice,
        austrian,
        south_african,
        french,
        indian_dealer,
        fast_fit,
        spanish,
    )
}
