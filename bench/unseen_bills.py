"""Workshops' bills in styles that no rule was written against: drawn after the rules, measured, and never tuned on.

Whoever changes a rule because of a failure here moves that style to `fixtures`, and draws new ones. Rules and styles
are by the same hands, so real bills may fare worse. All names are invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from fixtures.service_bills import AMERICAN, BRITISH, GERMAN, invent_bill
from fixtures.service_jobs import ITALIAN, TRUCKS
from fixtures.service_styles import comma, with_truth
from fixtures.service_styles_countries import Columns, items_of, put
from fixtures.slips import Slip, cents


def us_lube_and_tire(rng: random.Random) -> Slip:
    """A chain's till slip: store and invoice in one line, parts above labor, tires' fees, next visit."""
    bill = invent_bill(rng, AMERICAN, ("79.00", "110.00"), "6.49")
    tax = cents((bill.parts + bill.extra) * Decimal("0.055"))
    total = bill.net + tax
    slip = Slip("maintenance", "thermal", 48)
    slip.centre("MAPLE LEAF LUBE & TIRE", bold=True)
    slip.centre("904 E Main St", "Pine Bluff Falls, WI 53999", "(608) 555-0161")
    slip.rule()
    slip.left(f"INVOICE#: {bill.number}  STORE: 0088")
    slip.pair(f"IN: {bill.opened:%m/%d/%y} 08:05 AM", f"OUT: {bill.closed:%m/%d/%y} 11:40 AM")
    slip.left("VEH: 2015 DODGE GRAND CARAVAN", f"ODOMETER: {bill.odometer_out}", "TECH: 17 MARCO")
    slip.rule()
    for item in items_of(bill):
        slip.left(item.name.upper())
        slip.pair(f"  {item.number}  {item.count:f} @ {item.price}", f"{item.cost}")
    for job in bill.jobs:
        slip.pair(f"LABOR {job.words.upper()[:26]}", f"{job.labour}")
    slip.pair("SHOP SUPPLIES", f"{bill.extra}")
    slip.rule()
    slip.pair("SUBTOTAL", f"{bill.net:.2f}")
    slip.pair("WI TAX 5.5%", f"{tax:.2f}")
    slip.pair("AMOUNT DUE", f"${total:.2f}", bold=True)
    slip.pair("AMEX XXXX1009", f"{total:.2f}")
    slip.centre(f"NEXT SERVICE {bill.odometer_out + 5_000} MI")
    return with_truth(slip, bill, "mi", "USD", total, tax, merchant="MAPLE LEAF LUBE & TIRE")


def scottish_coachworks(rng: random.Random) -> Slip:
    """Estimate, work and invoice dates; labour and materials as sums, work listed without prices; two pages."""
    bill = invent_bill(rng, BRITISH, ("44.00", "62.00"))
    tax = cents(bill.net * Decimal("0.2"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 86)
    slip.left("Glenmore Vehicle Repairs Ltd", bold=True, size=1.3)
    slip.left("Harbour Works, Inverglen ZV9 9ZZ", "VAT No. GB 999 9999 99    Tel. +44 1999 555 071")
    slip.rule()
    grid: Columns = ((0, "l"), (0.2, "l"), (0.5, "l"), (0.72, "l"))
    put(slip, grid, "Invoice ref", bill.number, "Registration", "ZZ68 ZZZ")
    put(slip, grid, "Estimate date", f"{bill.opened - timedelta(days=9):%d/%m/%Y}", "Make & model", "Renault Master")
    put(slip, grid, "Date of invoice", f"{bill.closed:%d/%m/%Y}", "Recorded mileage", f"{bill.odometer_out:,}")
    put(slip, grid, "Payment due", f"{bill.closed + timedelta(days=14):%d/%m/%Y}", "MOT due", "21/08/2027")
    slip.rule()
    slip.left("Work carried out", bold=True)
    for job in bill.jobs:
        slip.left(f"- {job.words}")
    columns: Columns = ((0, "l"), (0.2, "l"), (0.7, "r"), (0.85, "r"), (1, "r"))
    put(slip, columns, "Part", "Description", "Qty", "Price", "Total", bold=True)
    for item in items_of(bill):
        put(slip, columns, item.number, item.name, f"{item.count:f}", f"{item.price}", f"{item.cost}")
    slip.turn()
    slip.left(f"Glenmore Vehicle Repairs Ltd   Invoice {bill.number}   page 2 of 2")
    slip.rule()
    for name, value in (
        ("Labour charge", bill.labour),
        ("Parts & materials", bill.parts),
        ("Total before VAT", bill.net),
        ("VAT at 20%", tax),
    ):
        put(slip, ((0.55, "l"), (1, "r")), name, f"£{value:,.2f}")
    put(slip, ((0.55, "l"), (1, "r")), "Invoice total", f"£{total:,.2f}", bold=True)
    return with_truth(slip, bill, "", "GBP", total, tax, merchant="Glenmore Vehicle Repairs Ltd")


def italian_dealer(rng: random.Random) -> Slip:
    """Labels above values, acceptance and delivery dates, VAT in a summary."""
    bill = invent_bill(rng, ITALIAN, ("58.00", "79.00"))
    tax = cents(bill.net * Decimal("0.22"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 90)
    slip.left("CONCESSIONARIA LAGO BLU S.p.A.", bold=True, size=1.3)
    slip.left("Viale Europa 200 - 99020 Riva Alta (ZZ)   P.IVA IT09999999999")
    slip.rule()
    head: Columns = ((0, "l"), (0.2, "l"), (0.4, "l"), (0.6, "l"), (0.8, "l"))
    put(slip, head, "Fattura N.", "Data fattura", "Data accettazione", "Targa", "Chilometri", bold=True)
    put(
        slip, head, bill.number, f"{bill.closed:%d/%m/%Y}", f"{bill.opened:%d/%m/%Y}", "ZZ 999 ZZ",
        f"{bill.odometer_out:,}".replace(",", "."),
    )  # fmt: skip
    slip.rule()
    columns: Columns = ((0, "l"), (0.2, "l"), (0.66, "r"), (0.83, "r"), (1, "r"))
    put(slip, columns, "Cod. articolo", "Descrizione", "Quantità", "Prezzo unit.", "Importo netto", bold=True)
    for job in bill.jobs:
        put(slip, columns, "MANODOPERA", job.words, comma(job.hours), comma(job.rate), comma(job.labour))
        for item in job.items:
            put(slip, columns, item.number, item.name, comma(item.count), comma(item.price), comma(item.cost))
    slip.rule()
    for name, value in (
        ("Ricambi", bill.parts),
        ("Manodopera", bill.labour),
        ("Totale imponibile", bill.net),
        ("Totale IVA 22%", tax),
    ):
        put(slip, ((0.55, "l"), (1, "r")), name, comma(value))
    put(slip, ((0.55, "l"), (1, "r")), "Totale documento EUR", comma(total), bold=True)
    slip.left("Prossimo tagliando: 20.000 km o 12 mesi. Scadenza pagamento: a vista.")
    return with_truth(slip, bill, "km", "EUR", total, tax, merchant="CONCESSIONARIA LAGO BLU S.p.A.")


def bavarian_tyres(rng: random.Random) -> Slip:
    """A tyre dealer: order and delivery note in the head, net prices, storage of wheels, cash receipt."""
    bill = invent_bill(rng, {"tire_replacement": GERMAN["tire_replacement"]}, ("60.00", "79.00"))
    tax = cents(bill.net * Decimal("0.19"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 82)
    slip.left("Reifen Obermaier e.K.", bold=True, size=1.3)
    slip.left("Münchner Str. 77, 09995 Isarau   USt-IdNr. DE999999999")
    slip.gap()
    slip.left(f"Barverkauf / Rechnung Nr. {bill.number}", bold=True)
    grid: Columns = ((0, "l"), (0.5, "l"))
    put(slip, grid, f"Datum {bill.closed:%d.%m.%Y}", "Kfz-Kennz. IS-ZZ 99")
    put(slip, grid, f"Bestelldatum {bill.opened:%d.%m.%Y}", f"Kilometer: {bill.odometer_out}")
    slip.rule()
    columns: Columns = ((0.05, "r"), (0.1, "l"), (0.32, "l"), (0.84, "r"), (1, "r"))
    put(slip, columns, "Stk", "Artikelnr.", "Artikel", "Preis", "Gesamt", bold=True)
    for item in items_of(bill):
        put(slip, columns, f"{item.count:f}", item.number, item.name, comma(item.price), comma(item.cost))
    for job in bill.jobs:
        put(slip, columns, "", "", job.words, "", comma(job.labour))
    slip.rule()
    for name, value in (("Warenwert netto", bill.net), ("MwSt. 19 %", tax)):
        put(slip, ((0.55, "l"), (1, "r")), name, comma(value))
    put(slip, ((0.55, "l"), (1, "r")), "Endsumme EUR", comma(total), bold=True)
    slip.left("Betrag in bar erhalten. Bitte Radmuttern nach 50 km nachziehen lassen.")
    return with_truth(slip, bill, "km", "EUR", total, tax, merchant="Reifen Obermaier e.K.")


def trailer_shop(rng: random.Random) -> Slip:
    """A truck shop's invoice in Canada: month in words, hub reading, two taxes."""
    bill = invent_bill(rng, TRUCKS, ("139.00", "165.00"))
    gst, pst = cents(bill.net * Decimal("0.05")), cents(bill.parts * Decimal("0.06"))
    total = bill.net + gst + pst
    slip = Slip("maintenance", "sheet", 88)
    slip.left("Qu'Appelle Truck & Trailer Repair", bold=True, size=1.3)
    slip.left("Box 40, Highway 1 East, Wolseley Junction, Saskatchewan S9Z 9Z9")
    slip.rule()
    slip.table(
        ("INVOICE", 0, "l"),
        (bill.number, 0.15, "l"),
        (f"{bill.closed:%b} {bill.closed.day}, {bill.closed.year}", 1, "r"),
    )
    slip.table(("UNIT 118  Kenworth T680", 0, "l"), (f"Odometer: {bill.odometer_out:,} km", 1, "r"))
    slip.rule()
    for job in bill.jobs:
        slip.left(job.words, bold=True)
        for item in job.items:
            slip.table(
                (f"  {item.count:f} x {item.number}", 0, "l"), (item.name, 0.35, "l"),
                (f"{item.price}", 0.85, "r"), (f"{item.cost:,.2f}", 1, "r"),
            )  # fmt: skip
        slip.table((f"  Labour {job.hours} hrs @ {job.rate:.2f}", 0, "l"), (f"{job.labour:,.2f}", 1, "r"))
    slip.rule()
    for name, value in (("Total parts", bill.parts), ("Total labour", bill.labour), ("GST 5%", gst), ("PST 6%", pst)):
        put(slip, ((0.6, "l"), (1, "r")), name, f"{value:,.2f}")
    put(slip, ((0.6, "l"), (1, "r")), "TOTAL DUE", f"${total:,.2f}", bold=True)
    return with_truth(slip, bill, "km", "CAD", total, gst + pst, merchant="Qu'Appelle Truck & Trailer Repair")


STYLES: dict[str, Callable[[random.Random], Slip]] = {
    style.__name__: style
    for style in (us_lube_and_tire, scottish_coachworks, italian_dealer, bavarian_tyres, trailer_shop)
}
