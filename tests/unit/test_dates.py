"""Dates as they are printed: which order, in which language, and what is never guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capture.documents.calendar_words import month_of, weekday_of
from capture.documents.dates import (
    Clues,
    PrintedDate,
    find_dates,
    find_run_dates,
    find_times,
    find_zone,
    language_of,
    settle_date,
)

CALENDAR = st.dates(date(1990, 1, 1), date(2099, 12, 31))

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "en short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "de short": "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "tr short": "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
    "ms": "Januari Februari Mac April Mei Jun Julai Ogos September Oktober November Disember",
    "ms short": "Jan Feb Mac Apr Mei Jun Jul Ogo Sep Okt Nov Dis",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "es short": "ene feb mar abr may jun jul ago sep oct nov dic",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "fr short": "janv févr mars avr mai juin juil août sept oct nov déc",
}


def one(text: str) -> PrintedDate:
    [found] = find_dates(text)
    return found


@pytest.mark.parametrize("language", MONTHS)
def test_every_language_names_its_months(language: str) -> None:
    names = MONTHS[language].split()
    assert len(names) == 12
    for number, name in enumerate(names, 1):
        for said in (name, name.lower(), name.upper()):
            assert month_of(said) == number, said
            for text in (f"25 {said} 2024", f"25-{said}-24", f"25 {said}. 2024", f"25 de {said} de 2024"):
                assert one(text).day_first == date(2024, number, 25), text


@pytest.mark.parametrize(
    ("text", "clues", "iso"),
    [
        ("2024-03-05", Clues(), "2024-03-05"),
        ("2024/03/05", Clues(), "2024-03-05"),
        ("18/03/18", Clues(), "2018-03-18"),
        ("03/18/2018", Clues(), "2018-03-18"),
        ("05-05-2024", Clues(), "2024-05-05"),
        ("25 MAR 2024", Clues(), "2024-03-25"),
        ("25-Mar-24", Clues(), "2024-03-25"),
        ("25 MARCH 2024", Clues(), "2024-03-25"),
        ("25MAR2024", Clues(), "2024-03-25"),
        ("25. März 2024", Clues(), "2024-03-25"),
        ("1er mars 2024", Clues(), "2024-03-01"),
        ("March 25, 2024", Clues(), "2024-03-25"),
        ("March 1st, 2024", Clues(), "2024-03-01"),
        ("30-06-201809:09:49", Clues(), "2018-06-30"),
        ("06/04/1711:43am", Clues(currency="MYR"), "2017-04-06"),
        ("REG 19-18/01/2018 10:27", Clues(), "2018-01-18"),
        # nothing decides
        ("05/03/2024", Clues(), None),
        ("05/03/2024", Clues(currency="CAD"), None),
        ("05/03/2024", Clues(language="en"), None),
        # currency and language
        ("05/03/2024", Clues(currency="MYR"), "2024-03-05"),
        ("05/03/2024", Clues(currency="USD"), "2024-05-03"),
        ("05/03/2024", Clues(language="de"), "2024-03-05"),
        ("05/03/2024", Clues(currency="CAD", language="fr"), "2024-03-05"),
        ("05/03/2024", Clues(currency="USD", language="es"), None),
        ("05.03.2024", Clues(), "2024-03-05"),
        ("05.03.2024", Clues(currency="USD"), "2024-03-05"),
        # the day of the week beside it: 5 March 2024 was a Tuesday, 3 May 2024 a Friday
        ("Tue 05/03/2024", Clues(currency="USD"), "2024-03-05"),
        ("Fri, 05/03/2024", Clues(currency="MYR"), "2024-05-03"),
        ("05/03/2024 (FRIDAY)", Clues(), "2024-05-03"),
        ("Salı 05/03/2024", Clues(), "2024-03-05"),
        ("vendredi 05/03/2024", Clues(), "2024-05-03"),
        ("Sun 05/03/2024", Clues(), None),
        # what lies after the day on which it came
        ("05/03/2024", Clues(not_after=date(2024, 3, 6)), "2024-03-05"),
        ("05/12/2024", Clues(currency="GBP", not_after=date(2024, 5, 13)), "2024-05-12"),
        ("05/03/2024", Clues(not_after=date(2024, 12, 31)), None),
        ("05/03/2024", Clues(not_after=date(2020, 1, 1)), None),
    ],
)
def test_what_decides_the_order(text: str, clues: Clues, iso: str | None) -> None:
    settled = settle_date(one(text), clues)
    assert settled.day == (None if iso is None else date.fromisoformat(iso))
    assert bool(settled.because) == (iso is not None)


def test_another_date_of_the_document_settles_the_order() -> None:
    unclear, clear = one("05/03/2024"), one("04/28/2024")
    assert unclear.ambiguous
    assert settle_date(unclear, Clues(currency="MYR"), [unclear, clear]).day == date(2024, 5, 3)
    dotted = one("28.04.2024")
    assert settle_date(unclear, Clues(), [unclear, dotted]).day is None, "it is printed in another form"


@pytest.mark.parametrize(
    "text",
    [
        "32/13/2024",
        "00/00/00",
        "1234567890",
        "1.2.3",
        "30 FEB 2024",
        "12/2024",
        "12 Market 2024",
        "25 Marble 24",
        "BIG MAC 2 13.50",
        "",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert find_dates(text) == []


def test_a_month_whose_letters_were_read_as_digits() -> None:
    [printed] = find_dates("27-Ju1-2025")
    assert printed.day_first == date(2025, 7, 27)
    [printed] = find_dates("20 0ct 2024")
    assert printed.day_first == date(2024, 10, 20)


def test_two_digits_of_the_year_stand_in_front_where_that_is_the_custom() -> None:
    [printed] = find_dates("25-08-04")
    assert settle_date(printed, Clues(currency="SEK")).day == date(2025, 8, 4)
    assert settle_date(printed, Clues(currency="EUR")).day == date(2004, 8, 25)


def test_dates_without_separators_are_weak() -> None:
    assert find_dates("25032018") == []
    assert find_run_dates("25032018")[0].day_first == date(2018, 3, 25)
    assert find_run_dates("99992018") == []


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("15:17", "15:17"),
        ("9:05", "09:05"),
        ("08:41 AM", "08:41"),
        ("05:38PM", "17:38"),
        ("12:10 am", "00:10"),
        ("12:10 p.m.", "12:10"),
        ("10:51:00", "10:51"),
        ("14h05", "14:05"),
        ("14.05 Uhr", "14:05"),
        ("HORA:10:24", "10:24"),
    ],
)
def test_times(text: str, clock: str) -> None:
    assert [found[2] for found in find_times(text)] == [clock]


@pytest.mark.parametrize("text", ["25:00", "12:61", "1:2", "123:45", "14.05", "3h"])
def test_what_is_no_time(text: str) -> None:
    assert find_times(text) == []


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("14:05 CET", "CET"),
        ("14:05Z", "Z"),
        ("14:05:30+02:00", "+02:00"),
        ("14:05 UTC+2", "UTC+2"),
        ("02:05 PM EST", "EST"),
        ("14:05 (GMT)", "GMT"),
        ("14:05 Zone", None),
        ("14:05 TOTAL", None),
        ("14:05", None),
        ("14:05 -12.50", None),
    ],
)
def test_the_zone_behind_a_time(text: str, zone: str | None) -> None:
    _, end, _ = find_times(text)[0]
    found = find_zone(text, end)
    assert (None if found is None else found[2]) == zone
    assert found is None or text[found[0] : found[1]] == found[2]


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["RECHNUNG", "Summe EUR 12,00", "MwSt 19%"], "de"),
        (["TARİH 05/03/2024", "TOPLAM *120,00"], "tr"),
        (["NO 5, JALAN MAWAR", "TUNAI 5.00"], "ms"),
        (["Fecha: 05/03/2024", "IVA 21%"], "es"),
        (["TVA 20%", "MONTANT 12,00"], "fr"),
        (["INVOICE", "TOTAL 12.00"], None),
        (["TOTAL", "DATUM"], None),
        ([], None),
    ],
)
def test_the_language_of_a_document(texts: list[str], language: str | None) -> None:
    assert language_of(texts) == language


def test_a_day_of_the_week_counts_beside_the_date_alone() -> None:
    text = "Fri 05/03/2024"
    assert weekday_of(text, 4, len(text)) == 4
    assert weekday_of("Friday offer until 05/03/2024", 19, 29) is None


@given(CALENDAR, st.sampled_from(["/", "-", "."]), st.booleans())
def test_what_was_printed_in_figures_is_among_what_is_found(day: date, mark: str, day_first: bool) -> None:
    text = f"{day:%d}{mark}{day:%m}{mark}{day:%Y}" if day_first else f"{day:%m}{mark}{day:%d}{mark}{day:%Y}"
    printed = one(text)
    assert (printed.day_first if day_first else printed.month_first) == day
    settled = settle_date(printed, Clues()).day
    assert settled in (None, printed.day_first, printed.month_first)
    if mark != ".":
        assert (settled is None) == (day.day <= 12 and day.day != day.month)
        assert settle_date(printed, Clues(currency="GBP" if day_first else "USD")).day == day


@given(CALENDAR, st.sampled_from(sorted(MONTHS)), st.booleans())
def test_what_was_printed_in_words_comes_back(day: date, language: str, day_first: bool) -> None:
    name = MONTHS[language].split()[day.month - 1]
    text = f"{day.day} {name} {day.year}" if day_first else f"{name} {day.day}, {day.year}"
    assert settle_date(one(text), Clues()).day == day
    assert settle_date(one(day.isoformat()), Clues()).day == day


@given(CALENDAR)
def test_the_day_of_the_week_never_contradicts(day: date) -> None:
    printed = one(f"{day:%a} {day:%d/%m/%Y}")
    assert printed.weekday == day.weekday()
    assert settle_date(printed, Clues()).day in (day, None)
    other = printed.month_first
    if other is None or other == day or (other - day) % timedelta(days=7):
        assert settle_date(printed, Clues()).day == day


@given(st.text(max_size=200) | st.text(alphabet="0123456789/-.: AaPpMmarztÜüİı,'h+Z()", max_size=80))
@example("1/1/20" * 30)
@example("١٢/٠٣/٢٠٢٤")
def test_any_text_is_taken_and_what_is_found_is_there(text: str) -> None:
    for printed in [*find_dates(text), *find_run_dates(text)]:
        assert text[printed.start : printed.end] == printed.raw
        assert printed.day_first is not None or printed.month_first is not None
        for clues in (Clues(), Clues("USD", "fr", date(2024, 1, 1))):
            assert settle_date(printed, clues, [printed]).day in (None, printed.day_first, printed.month_first)
    for start, end, clock in find_times(text):
        assert ":" in clock
        assert 0 <= start < end <= len(text)
        assert [found[2] for found in find_times(clock)] == [clock]
        zone = find_zone(text, end)
        assert zone is None or text[zone[0] : zone[1]] == zone[2]
    language_of([text])
