"""Which of a document's dates is its own."""

from __future__ import annotations

import pytest

from capture.documents.date_labels import date_rank
from capture.documents.dates import find_dates
from capture.documents.layout import text_lines
from capture.documents.receipt import read_receipt
from tests.unit.paper import Row, paper


def own_date(*rows: Row) -> str:
    lines = text_lines(paper(rows))
    dates = [(index, printed) for index, line in enumerate(lines) for printed in find_dates(line.text)]
    return min(dates, key=lambda item: date_rank(lines, *item))[1].raw


@pytest.mark.parametrize(
    "rows",
    [
        (("DEL. DATE", "PROD. DATE", "INV. DATE"), ("14JUN21", "02APR21", "15JUN24")),
        (("Invoice", "Booked", "Invoiced"), ("218/10", "13JUN24", "15JUN24")),
        (("R.O. OPENED", "READY"), ("13JUN24", "15JUN24")),
        ("WARR. EXP. DATE 14JUN27", "DATE 15JUN24"),
        ("MEMBERSHIP DATE 14JUN21", "DATE 15JUN24"),
        ("Auftrag vom: 13JUN24", "Belegdatum: 15JUN24"),
        ("Rechnungsdatum: 15JUN24", "Lieferdatum: 13JUN24", "Zahlungsziel: 29JUN24"),
        ("Data wystawienia: 15JUN24", "Data sprzedaży: 13JUN24", "Termin płatności: 29JUN24"),
        ("FATTURA n. 813/25 del 15JUN24", "Rif. preventivo del 10JUN24", "Scadenza 30JUN24"),
        ("Mise en circulation : 14JUN21", "OR du 13JUN24", "Date : 15JUN24"),
        ("Factuurdatum 15JUN24", "Vervaldatum 29JUN24", "APK vervaldatum 09NOV27"),
        ("İş Emri Tarihi : 13JUN24", "Fatura Tarihi : 15JUN24"),
        ("Invoice 218 15JUN24", "MOT expires 14NOV27"),
    ],
)
def test_the_invoices_own_date_comes_first(rows: tuple[Row, ...]) -> None:
    assert own_date(*rows) == "15JUN24"


@pytest.mark.parametrize(
    ("rows", "day"),
    [
        (("Invoice Date 03/04/2025", "Due Date 02/05/2025"), "2025-04-03"),
        (("Invoice Date 04/03/2025", "Due Date 05/02/2025"), "2025-04-03"),
        (("Date opened 05/02/2025", "Invoice Date 03/04/2025"), "2025-04-03"),
        (("Invoice Date 03/04/2025", "Due Date 03/05/2025"), None),
        (("Ballyfern, Co. Meath", "Invoice Date 03/04/2025"), "2025-04-03"),
        (("Otter Lake ON K9Z 9Z9", "Invoice Date 03/04/2025"), None),
    ],
)
def test_other_dates_and_the_country_tell_day_from_month(rows: tuple[Row, ...], day: str | None) -> None:
    receipt = read_receipt(paper(["MILLER AUTO REPAIR", *rows, "TOTAL 12.00"]))
    field = receipt.fields.get("date")
    assert (field.value if field else None) == day
    assert ("date_ambiguous" in {flag.code for flag in receipt.flags}) == (day is None)


def test_where_no_sign_is_printed_the_country_tells_the_currency() -> None:
    assert read_receipt(paper(["Otter Lake ON K9Z 9Z9", "TOTAL 12.00"])).currency == "CAD"
    assert read_receipt(paper(["Wattle Creek NSW 2999", "TOTAL $12.00"])).currency == "AUD"
    assert read_receipt(paper(["Ballyfern, Co. Meath", "TOTAL £12.00"])).currency == "GBP"
    assert read_receipt(paper(["Ballyfern, Co. Meath", "TOTAL 12.00"])).currency == "EUR"
