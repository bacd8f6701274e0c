"""Workshops' bills in styles that no rule was written against: drawn after the rules, measured, and never tuned on.

Whoever changes a rule because of a failure here moves that style to `fixtures`, and draws new ones. Rules and styles
are by the same hands, so real bills may fare worse. All names are invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from fixtures.service_bills import AMERICAN, BRITISH, GERMAN, Bill, Item, invent_bill
from fixtures.service_jobs import DUTCH, FRENCH, ITALIAN, TURKISH
from fixtures.service_styles import comma, with_truth
from fixtures.slips import Side, Slip, cents

Columns = tuple[tuple[float, Side], ...]


def put(slip: Slip, columns: Columns, *texts: str, bold: bool = False) -> None:
    """Add one line of a table whose cells stand at `columns`; an empty text leaves its cell empty."""
    cells = ((text, *place) for text, place in zip(texts, columns, strict=False) if text)
    slip.table(*cells, bold=bold)


def items_of(bill: Bill) -> list[Item]:
    """All parts of a bill."""
    return [item for job in bill.jobs for item in job.items]


def spaced(value: Decimal) -> str:
    """French and Polish thousands and decimals: 1 234,50."""
    return f"{value:,.2f}".replace(",", " ").replace(".", ",")


def quebec_garage(rng: random.Random) -> Slip:
    """In French, two taxes with their numbers, ISO dates, decimal commas, parts and work in one table."""
    bill = invent_bill(rng, FRENCH, ("95.00", "135.00"))
    gst, qst = cents(bill.net * Decimal("0.05")), cents(bill.net * Decimal("0.09975"))
    total = bill.net + gst + qst
    slip = Slip("maintenance", "sheet", 86)
    slip.left("Mécanique Rivière-aux-Pins inc.", bold=True, size=1.3)
    slip.left("2210, chemin du Lac, Sainte-Orée (Québec) J9Z 9Z9", "Tél. : 819 555-0122")
    slip.table(("FACTURE", 0, "l"), (f"No {bill.number}", 0.5, "l"), (f"{bill.closed:%Y-%m-%d}", 1, "r"), bold=True)
    slip.rule()
    put(
        slip,
        ((0, "l"), (0.4, "l"), (1, "r")),
        "Honda Odyssey 2019",
        "Plaque : Z99 ZZZ",
        f"Odomètre : {bill.odometer_out} km",
    )
    slip.rule()
    columns: Columns = ((0.06, "r"), (0.1, "l"), (0.27, "l"), (0.82, "r"), (1, "r"))
    put(slip, columns, "Qté", "Pièce", "Description", "Prix", "Montant", bold=True)
    for job in bill.jobs:
        put(slip, columns, comma(job.hours), "M-O", f"{job.words}", comma(job.rate), comma(job.labour))
        for item in job.items:
            put(slip, columns, f"{comma(item.count)}", item.number, item.name, comma(item.price), comma(item.cost))
    slip.rule()
    for name, value in (
        ("Pièces", bill.parts),
        ("Main-d'œuvre", bill.labour),
        ("Sous-total", bill.net),
        ("TPS 99999 9999 RT0001 5 %", gst),
        ("TVQ 9999999999 TQ0001 9,975 %", qst),
    ):
        put(slip, ((0.5, "l"), (1, "r")), name, f"{spaced(value)} $")
    put(slip, ((0.5, "l"), (1, "r")), "TOTAL", f"{spaced(total)} $", bold=True)
    slip.left("Garantie 3 mois ou 5 000 km sur la main-d'œuvre. Merci de votre confiance!")
    return with_truth(slip, bill, "km", "CAD", total, gst + qst, merchant="Mécanique Rivière-aux-Pins inc.")


def uk_fast_fit(rng: random.Random) -> Slip:
    """A fast fit chain: prices with VAT, a VAT summary below, booking and invoice dates above one another."""
    bill = invent_bill(rng, BRITISH, ("40.00", "70.00"))
    total = bill.net
    tax = cents(total / 6)
    slip = Slip("maintenance", "sheet", 84)
    slip.table(("TORQUE & TREAD AUTOCENTRES", 0, "l"), ("VAT INVOICE", 1, "r"), bold=True)
    slip.table(("Centre 218, 4-6 Mill Lane, Haverbridge ZH9 9ZZ", 0, "l"), ("Tel: 01999 555 218", 1, "r"))
    slip.rule()
    head: Columns = ((0, "l"), (0.22, "l"), (0.44, "l"), (0.64, "l"), (0.82, "l"))
    put(slip, head, "Invoice", "Booked", "Invoiced", "Registration", "Mileage", bold=True)
    put(
        slip,
        head,
        f"218/{bill.number}",
        f"{bill.opened:%d/%m/%y}",
        f"{bill.closed:%d/%m/%y}",
        "ZZ19 ZZZ",
        f"{bill.odometer_out}",
    )
    slip.left("Customer: M Okafor   Vehicle: FORD TRANSIT CUSTOM 2.0 TDCI")
    slip.rule()
    columns: Columns = ((0, "l"), (0.2, "l"), (0.7, "r"), (0.84, "r"), (1, "r"))
    put(slip, columns, "Stock code", "Description", "Qty", "Each", "Price inc VAT", bold=True)
    for job in bill.jobs:
        for item in job.items:
            put(slip, columns, item.number, item.name, f"{item.count:f}", f"{item.price}", f"{item.cost}")
        put(slip, columns, "LABOUR", job.words, "1", f"{job.labour}", f"{job.labour}")
    slip.rule()
    put(slip, ((0.6, "l"), (1, "r")), "TOTAL TO PAY", f"£{total:,.2f}", bold=True)
    put(slip, ((0.6, "l"), (1, "r")), "Paid by card", f"£{total:,.2f}")
    slip.gap()
    put(slip, ((0, "l"), (0.2, "l"), (0.4, "l")), "VAT rate", "Net", "VAT")
    put(slip, ((0, "l"), (0.2, "l"), (0.4, "l")), "20.0%", f"{total - tax:.2f}", f"{tax:.2f}")
    slip.left("Please have wheel nuts re-torqued after 30 miles. MOT expires 14/11/2027.")
    slip = with_truth(slip, bill, "", "GBP", total, tax, merchant="TORQUE & TREAD AUTOCENTRES")
    return _numbered(slip, f"218/{bill.number}")


def _numbered(slip: Slip, number: str) -> Slip:
    slip.truth["invoice_number"] = number
    return slip


def german_test_station(rng: random.Random) -> Slip:
    """An inspection station: a fee with VAT in it, the report's number, when the plaque ends."""
    bill = invent_bill(rng, {"inspection": GERMAN["inspection"]}, ("290.00", "360.00"))
    total = bill.net
    tax = cents(total - total / Decimal("1.19"))
    number = f"R-{bill.closed:%y}-{bill.number}"
    slip = Slip("maintenance", "sheet", 80)
    slip.left("Prüfstelle Nordheide GmbH", bold=True, size=1.3)
    slip.left("Industriestraße 3, 09991 Nordheide", "USt-IdNr. DE999999999")
    slip.gap()
    slip.left("Rechnung / Untersuchungsbericht", bold=True, size=1.2)
    grid: Columns = ((0, "l"), (0.25, "l"), (0.55, "l"), (0.8, "l"))
    put(slip, grid, "Rechnung Nr.", number, "Prüfdatum", f"{bill.closed:%d.%m.%Y}")
    put(slip, grid, "Kennzeichen", "NH-ZZ 99", "Erstzul.", "11.04.2016")
    put(slip, grid, "Fahrzeugart", "Lkw geschl. Kasten", "Kilometerstand", str(bill.odometer_out))
    put(slip, grid, "Ergebnis", "ohne Mängel", "nächste HU", "06/2028")
    slip.rule()
    put(slip, ((0, "l"), (1, "r")), "Leistung", "Betrag EUR", bold=True)
    for job in bill.jobs:
        put(slip, ((0, "l"), (1, "r")), f"{job.words} StVZO", comma(job.labour))
    slip.rule()
    put(slip, ((0.5, "l"), (1, "r")), "Gesamtbetrag", f"{comma(total)} €", bold=True)
    put(slip, ((0.5, "l"), (1, "r")), "darin enthalten 19 % USt.", f"{comma(tax)} €")
    slip.left("Betrag per EC-Karte bezahlt.")
    slip = _numbered(with_truth(slip, bill, "km", "EUR", total, tax, merchant="Prüfstelle Nordheide GmbH"), number)
    slip.truth |= {"labour_cost": "", "parts_cost": ""}
    return slip


def austrian_workshop(rng: random.Random) -> Slip:
    """Work in units of six minutes, delivery and payment dates beside the invoice's, 20 % VAT, two pages."""
    bill = invent_bill(rng, GERMAN, ("112.00", "149.00"))
    tax = cents(bill.net * Decimal("0.2"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 88)
    slip.left("KFZ-Technik Almtal e.U.", bold=True, size=1.3)
    slip.left("Inh. Franz Beispiel, Talstraße 9, A-9999 Almtal", "UID: ATU99999999  Tel. +43 9999 55512")
    slip.gap()
    slip.left(f"RECHNUNG Nr. {bill.number}", bold=True, size=1.2)
    grid: Columns = ((0, "l"), (0.5, "l"))
    put(slip, grid, f"Datum: {bill.closed:%d.%m.%Y}", f"Zahlungsziel: {bill.closed + timedelta(days=14):%d.%m.%Y}")
    put(slip, grid, f"Lieferdatum: {bill.opened:%d.%m.%Y}", "Kundennr.: 40117")
    put(slip, grid, "Fahrzeug: Kia Ceed SW", f"km: {bill.odometer_out:,}".replace(",", "."))
    slip.rule()
    columns: Columns = ((0, "l"), (0.17, "l"), (0.64, "r"), (0.72, "r"), (0.86, "r"), (1, "r"))
    put(slip, columns, "Nummer", "Text", "Menge", "ME", "Preis", "Summe", bold=True)
    for job in bill.jobs:
        units = job.hours * 10
        put(
            slip,
            columns,
            f"AW{rng.randint(1000, 9999)}",
            job.words,
            f"{units:.0f}",
            "AW",
            comma(job.rate / 10),
            comma(job.labour),
        )
        for item in job.items:
            put(
                slip, columns, item.number, item.name, comma(item.count), item.unit, comma(item.price), comma(item.cost)
            )
    slip.turn()
    slip.left(f"KFZ-Technik Almtal e.U.   Rechnung {bill.number}   Seite 2")
    slip.rule()
    for name, value in (
        ("Arbeit", bill.labour),
        ("Material", bill.parts),
        ("Nettosumme", bill.net),
        ("20 % MwSt.", tax),
    ):
        put(slip, ((0.6, "l"), (1, "r")), name, comma(value))
    put(slip, ((0.6, "l"), (1, "r")), "Bruttobetrag EUR", comma(total), bold=True)
    return with_truth(slip, bill, "km", "EUR", total, tax, merchant="KFZ-Technik Almtal e.U.")


def french_centre(rng: random.Random) -> Slip:
    """A chain of service centres: numbers with letters, order and invoice dates, net prices and VAT by rate."""
    bill = invent_bill(rng, FRENCH, ("62.00", "89.00"))
    tax = cents(bill.net * Decimal("0.2"))
    total = bill.net + tax
    number = f"FA{bill.closed:%y}{bill.number}"
    slip = Slip("maintenance", "sheet", 88)
    slip.table(("AUTOFLASH CENTRE AUTO", 0, "l"), ("FACTURE", 1, "r"), bold=True)
    slip.table(("ZAC des Ormes, 12 rue de l'Industrie", 0, "l"), (f"N° facture : {number}", 1, "r"))
    slip.table(("99140 VILLEBOIS", 0, "l"), (f"Date : {bill.closed:%d/%m/%Y}", 1, "r"))
    slip.table(("SIRET 999 999 999 00014", 0, "l"), (f"OR du {bill.opened:%d/%m/%Y}", 1, "r"))
    slip.rule()
    put(
        slip,
        ((0, "l"), (0.4, "l"), (1, "r")),
        "Client : Mme Durand",
        "Immat. : ZZ-999-ZZ",
        f"Km : {bill.odometer_out:,}".replace(",", " "),
    )
    slip.left("Véhicule : RENAULT KANGOO II 1.5 DCI   Mise en circulation : 03/05/2018")
    slip.rule()
    columns: Columns = ((0, "l"), (0.17, "l"), (0.66, "r"), (0.8, "r"), (0.88, "r"), (1, "r"))
    put(slip, columns, "Référence", "Désignation", "Qté", "P.U. HT", "TVA", "Montant HT", bold=True)
    for job in bill.jobs:
        put(slip, columns, "FORF", job.words, "1", comma(job.labour), "20", comma(job.labour))
        for item in job.items:
            put(
                slip,
                columns,
                item.number,
                item.name,
                f"{item.count:f}".replace(".", ","),
                comma(item.price),
                "20",
                comma(item.cost),
            )
    slip.rule()
    put(slip, ((0.5, "l"), (1, "r")), "Total pièces HT", f"{spaced(bill.parts)} €")
    put(slip, ((0.5, "l"), (1, "r")), "Total main d'œuvre HT", f"{spaced(bill.labour)} €")
    put(slip, ((0.5, "l"), (1, "r")), "TOTAL HT", f"{spaced(bill.net)} €")
    put(slip, ((0.5, "l"), (1, "r")), "TVA 20,00 %", f"{spaced(tax)} €")
    put(slip, ((0.5, "l"), (1, "r")), "NET À PAYER TTC", f"{spaced(total)} €", bold=True)
    slip.left("Prochaine révision : 12 mois ou 15 000 km. Merci de votre visite.")
    return _numbered(with_truth(slip, bill, "km", "EUR", total, tax, merchant="AUTOFLASH CENTRE AUTO"), number)


def italian_garage(rng: random.Random) -> Slip:
    """A small garage's invoice: number and date in one line, plate and kilometres, IVA 22 %."""
    bill = invent_bill(rng, ITALIAN, ("42.00", "65.00"))
    tax = cents(bill.net * Decimal("0.22"))
    total = bill.net + tax
    number = f"{bill.number}/{bill.closed:%y}"
    slip = Slip("maintenance", "sheet", 84)
    slip.left("AUTOFFICINA BELLAVISTA S.n.c.", bold=True, size=1.3)
    slip.left("Via delle Rose, 18 - 99010 Montevago (ZZ)", "P.IVA 09999999999   Tel. 0999 555012")
    slip.rule()
    slip.left(f"FATTURA n. {number} del {bill.closed:%d/%m/%Y}", bold=True)
    put(
        slip,
        ((0, "l"), (0.35, "l"), (1, "r")),
        "Targa: ZZ999ZZ",
        "Fiat Doblò 1.6 MJT",
        f"Km {bill.odometer_out:,}".replace(",", "."),
    )
    slip.left(f"Rif. preventivo del {bill.opened - timedelta(days=6):%d/%m/%Y}")
    slip.rule()
    columns: Columns = ((0, "l"), (0.16, "l"), (0.62, "l"), (0.74, "r"), (0.87, "r"), (1, "r"))
    put(slip, columns, "Codice", "Descrizione", "U.M.", "Q.tà", "Prezzo", "Importo", bold=True)
    for job in bill.jobs:
        put(slip, columns, "MO", job.words, "ORE", comma(job.hours), comma(job.rate), comma(job.labour))
        for item in job.items:
            put(
                slip, columns, item.number, item.name, item.unit, comma(item.count), comma(item.price), comma(item.cost)
            )
    slip.rule()
    for name, value in (
        ("Totale manodopera", bill.labour),
        ("Totale ricambi", bill.parts),
        ("Imponibile", bill.net),
        ("IVA 22%", tax),
    ):
        put(slip, ((0.55, "l"), (1, "r")), name, comma(value))
    put(slip, ((0.55, "l"), (1, "r")), "TOTALE FATTURA", f"€ {comma(total)}", bold=True)
    slip.left("Pagamento: bonifico bancario 30 gg d.f.f.m. Scadenza 30/06/2027")
    return _numbered(with_truth(slip, bill, "km", "EUR", total, tax, merchant="AUTOFFICINA BELLAVISTA S.n.c."), number)


def dutch_garage(rng: random.Random) -> Slip:
    """Labels with values in two columns, an inspection by law, BTW, IBAN below."""
    bill = invent_bill(rng, DUTCH, ("72.00", "98.00"))
    tax = cents(bill.net * Decimal("0.21"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 84)
    slip.table(("Autobedrijf Van der Plas B.V.", 0, "l"), ("Factuur", 1, "r"), bold=True)
    slip.left("Dorpsstraat 41", "9999 ZZ Oosterveen", "BTW-nr. NL999999999B01")
    slip.gap()
    grid: Columns = ((0, "l"), (0.24, "l"), (0.55, "l"), (0.78, "l"))
    put(slip, grid, "Factuurnummer", str(bill.number), "Kenteken", "ZZ-999-Z")
    put(slip, grid, "Factuurdatum", f"{bill.closed:%d-%m-%Y}", "Merk/type", "Volkswagen Caddy")
    put(
        slip,
        grid,
        "Vervaldatum",
        f"{bill.closed + timedelta(days=14):%d-%m-%Y}",
        "Km-stand",
        f"{bill.odometer_out:,}".replace(",", "."),
    )
    put(slip, grid, "Werkorder", str(rng.randint(10000, 99999)), "APK vervaldatum", "09-11-2027")
    slip.rule()
    columns: Columns = ((0.06, "r"), (0.1, "l"), (0.27, "l"), (0.84, "r"), (1, "r"))
    put(slip, columns, "Aantal", "Artikel", "Omschrijving", "Prijs", "Bedrag", bold=True)
    for job in bill.jobs:
        put(slip, columns, comma(job.hours), "Arbeid", job.words, comma(job.rate), comma(job.labour))
        for item in job.items:
            put(slip, columns, comma(item.count), item.number, item.name, comma(item.price), comma(item.cost))
    slip.rule()
    for name, value in (
        ("Arbeidsloon", bill.labour),
        ("Onderdelen", bill.parts),
        ("Totaal excl. BTW", bill.net),
        ("BTW 21%", tax),
    ):
        put(slip, ((0.55, "l"), (1, "r")), name, f"€ {comma(value)}")
    put(slip, ((0.55, "l"), (1, "r")), "Totaal te voldoen", f"€ {comma(total)}", bold=True)
    slip.left("Gelieve te betalen op NL99 ZZZZ 0999 9999 99 onder vermelding van het factuurnummer.")
    return with_truth(slip, bill, "km", "EUR", total, tax, merchant="Autobedrijf Van der Plas B.V.")


def turkish_service(rng: random.Random) -> Slip:
    """An authorised service's invoice: work and parts in tables of their own, KDV, sum in lira."""
    bill = invent_bill(rng, TURKISH, ("900.00", "1600.00"))
    tax = cents(bill.net * Decimal("0.2"))
    total = bill.net + tax
    number = f"ZZZ{bill.closed:%Y}{int(bill.number):09d}"
    slip = Slip("maintenance", "sheet", 88)
    slip.left("KARDELEN OTOMOTİV SAN. VE TİC. LTD. ŞTİ.", bold=True, size=1.2)
    slip.left("Organize Sanayi Bölgesi 4. Cad. No: 18 Derince / KOCAELİ", "VD: Derince  VKN: 9999999999")
    grid: Columns = ((0, "l"), (0.2, "l"), (0.55, "l"), (0.75, "l"))
    slip.rule()
    put(slip, grid, "Fatura No", f": {number}", "Plaka", ": 41 ZZ 999")
    put(slip, grid, "Fatura Tarihi", f": {bill.closed:%d.%m.%Y}", "KM", f": {bill.odometer_out:,}".replace(",", "."))
    put(slip, grid, "İş Emri Tarihi", f": {bill.opened:%d.%m.%Y}", "Model", ": Fiat Egea 1.3")
    slip.rule()
    columns: Columns = ((0, "l"), (0.2, "l"), (0.64, "r"), (0.73, "r"), (0.87, "r"), (1, "r"))
    slip.left("İŞÇİLİKLER", bold=True)
    put(slip, columns, "Kod", "Açıklama", "Saat", "", "Birim Fiyat", "Tutar")
    for job in bill.jobs:
        put(
            slip,
            columns,
            f"I{rng.randint(100, 999)}",
            job.words,
            comma(job.hours),
            "",
            comma(job.rate),
            comma(job.labour),
        )
    slip.left("YEDEK PARÇALAR", bold=True)
    put(slip, columns, "Parça No", "Açıklama", "Miktar", "Birim", "Birim Fiyat", "Tutar")
    for item in items_of(bill):
        put(slip, columns, item.number, item.name, f"{item.count:f}", item.unit, comma(item.price), comma(item.cost))
    slip.rule()
    for name, value in (
        ("İşçilik Toplamı", bill.labour),
        ("Parça Toplamı", bill.parts),
        ("Ara Toplam", bill.net),
        ("KDV %20", tax),
    ):
        put(slip, ((0.6, "l"), (1, "r")), name, f"{comma(value)} TL")
    put(slip, ((0.6, "l"), (1, "r")), "Genel Toplam", f"{comma(total)} TL", bold=True)
    slip.left("Sonraki bakım: 15.000 km veya 12 ay")
    return _numbered(
        with_truth(slip, bill, "km", "TRY", total, tax, merchant="KARDELEN OTOMOTİV SAN. VE TİC. LTD. ŞTİ."), number
    )


def us_franchise_dealer(rng: random.Random) -> Slip:
    """A dealer's invoice in small boxes: delivery and in-service dates, invoice date last, warranty work beside."""
    bill = invent_bill(rng, AMERICAN, ("139.00", "199.00"), "19.90")
    tax = cents((bill.parts + bill.extra) * Decimal("0.07"))
    total = bill.net + tax
    slip = Slip("maintenance", "sheet", 96)
    slip.centre("COPPER RIDGE CHEVROLET", bold=True, size=1.4)
    slip.centre("9001 E. Saguaro Loop  Copper Ridge, AZ 85999  (520) 555-0190")
    slip.centre("*INVOICE*", bold=True)
    head: Columns = ((0, "l"), (0.2, "l"), (0.44, "l"), (0.62, "l"), (0.8, "l"))
    put(slip, head, "COLOR", "YEAR MAKE/MODEL", "LICENSE", "MILEAGE IN/OUT", "TAG")
    put(slip, head, "WHITE", "21 CHEVROLET EXPRESS", "CZZ9999", f"{bill.odometer_in}/{bill.odometer_out}", "T4417")
    put(slip, head, "DEL. DATE", "PROD. DATE", "PROMISED", "PO NO.", "INV. DATE")
    put(slip, head, "14JUN21", "02APR21", f"{bill.opened:%d%b%y}".upper(), "88231", f"{bill.closed:%d%b%y}".upper())
    put(slip, head, "R.O. OPENED", "READY", "ADVISOR", "", "INVOICE #")
    put(slip, head, f"{bill.opened:%d%b%y}".upper(), f"{bill.closed:%d%b%y}".upper(), "118 REYES", "", bill.number)
    slip.rule()
    columns: Columns = ((0, "l"), (0.12, "l"), (0.3, "l"), (0.76, "r"), (0.88, "r"), (1, "r"))
    put(slip, columns, "LINE QTY", "", "DESCRIPTION", "HOURS", "PRICE", "AMOUNT")
    for letter, job in zip("ABC", bill.jobs, strict=False):
        put(slip, columns, letter, "", job.words.upper())
        put(slip, columns, "", "4471", "CUSTOMER PAY LABOR", f"{job.hours}", "", f"{job.labour}")
        for item in job.items:
            put(
                slip, columns, f"   {item.count:f}", item.number, item.name.upper(), "", f"{item.price}", f"{item.cost}"
            )
    slip.rule()
    for name, value in (
        ("LABOR", bill.labour),
        ("PARTS", bill.parts),
        ("SHOP SUPPLIES", bill.extra),
        ("SALES TAX", tax),
    ):
        put(slip, ((0.62, "l"), (1, "r")), name, f"{value:,.2f}")
    put(slip, ((0.62, "l"), (1, "r")), "TOTAL DUE", f"${total:,.2f}", bold=True)
    slip.left("CUSTOMER SIGNATURE X____________   ALL PARTS ARE NEW UNLESS SPECIFIED OTHERWISE")
    return with_truth(slip, bill, "", "USD", total, tax, merchant="COPPER RIDGE CHEVROLET")


def irish_tyres(rng: random.Random) -> Slip:
    """A tyre shop's till slip: no currency sign, dates of two digits, an account number, VAT analysis."""
    bill = invent_bill(rng, {"tire_replacement": BRITISH["tire_replacement"]}, ("30.00", "48.00"))
    tax = cents(bill.net * Decimal("0.23"))
    total = bill.net + tax
    slip = Slip("maintenance", "thermal", 46)
    slip.centre("BOYNE VALLEY TYRES", bold=True)
    slip.centre("Unit 2 Slane Road", "Kilbarron, Co. Louth A99 ZZ99", "Tel +353 41 555 0123")
    slip.rule()
    slip.pair(f"Date {bill.closed:%d/%m/%y}", f"Inv {bill.number}")
    slip.pair("Reg 182-LH-9999", f"Odo {bill.odometer_out} km")
    slip.rule()
    for item in items_of(bill):
        slip.pair(f"{item.count:f} x {item.name}", f"{item.cost}")
        slip.left(f"  {item.number} @ {item.price}")
    slip.pair("Fit two tyres, balance", f"{bill.labour}")
    slip.rule()
    slip.pair("Goods", f"{bill.net:.2f}")
    slip.pair("VAT 23%", f"{tax:.2f}")
    slip.pair("Total EUR", f"{total:.2f}", bold=True)
    slip.pair("VISA DEBIT", f"{total:.2f}")
    return with_truth(slip, bill, "km", "EUR", total, tax, merchant="BOYNE VALLEY TYRES")


STYLES: dict[str, Callable[[random.Random], Slip]] = {
    style.__name__: style
    for style in (
        quebec_garage,
        uk_fast_fit,
        german_test_station,
        austrian_workshop,
        french_centre,
        italian_garage,
        dutch_garage,
        turkish_service,
        us_franchise_dealer,
        irish_tyres,
    )
}
