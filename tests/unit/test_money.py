from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.documents.currencies import CURRENCY_WORDS, find_currency
from capture.documents.money import (
    DecimalMark,
    decimal_mark,
    decimals,
    find_numbers,
    parse_number,
    plain,
    plain_quantity,
    quantize,
)


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("86.00", "86.00"),
        ("Rs.5,121.18", "5121.18"),
        ("3.49⁹", "3.499"),
        ("3.499⁹", "3.4999"),
        ("$3.49 9/10", "3.499"),
        ("35.1", "35.1"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("RM 1,234.56", "1234.56"),
        ("$4.19", "4.19"),
        ("12,50 €", "12.50"),
        ("£6.00", "6.00"),
        ("1.448,70", "1448.70"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,234", "1234"),
        ("2.450", "2.450"),
        ("-3.20", "-3.20"),
        ("(3.20)", "-3.20"),
        ("3.20-", "-3.20"),
        (".40", "0.40"),
        ("007", "7"),
    ],
)
def test_printed_numbers(printed: str, canonical: str) -> None:
    value = parse_number(printed)
    assert value is not None
    assert plain(value) == canonical


@pytest.mark.parametrize("text", ["", "abc", "12 apples", "1.00 2.00", "18/03/2018", "12:30", "6%", "--"])
def test_what_is_no_single_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("printed", "mark", "canonical"),
    [("35,120", ",", "35.120"), ("35,120", ".", "35120"), ("1.250", ",", "1250"), ("1.250", ".", "1.250")],
)
def test_documents_mark_decides_three_digits(printed: str, mark: DecimalMark, canonical: str) -> None:
    value = parse_number(printed, mark)
    assert value is not None
    assert plain(value) == canonical


def test_mark_of_a_document_is_the_more_frequent_one() -> None:
    assert decimal_mark(["1,20", "3,45", "6.00"]) == ","
    assert decimal_mark(["1.20", "1,000.00"]) == "."
    assert decimal_mark(["1.20", "3,45"]) is None
    assert decimal_mark([]) is None


def test_numbers_in_a_text_keep_their_places() -> None:
    text = "2 x 11.50 = 23.00 on 18/03/18 at 15:17, 6% tax"
    numbers = find_numbers(text)
    assert [plain(n.value) for n in numbers] == ["2", "11.50", "23.00"]
    assert all(text[n.start : n.end] == n.raw for n in numbers)


def test_quantities_drop_closing_zeros_and_amounts_keep_them() -> None:
    assert plain_quantity(Decimal("35.10")) == "35.1"
    assert plain_quantity(Decimal("40.00")) == "40"
    assert plain_quantity(Decimal(100)) == "100"
    assert plain(Decimal("86.00")) == "86.00"
    assert decimals(Decimal("2.450")) == 3
    assert plain(quantize(Decimal("9.2725"), 3)) == "9.273"


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from([",.", ".,", "\u00a0,", "'."]))
def test_grouped_amounts_come_back(value: Decimal, marks: str) -> None:
    whole, part = f"{value:,.2f}".split(".")
    printed = whole.replace(",", marks[0]) + marks[1] + part
    assert parse_number(printed) == value


@given(st.decimals(min_value=0, max_value=99_999, places=3), st.sampled_from("⁰¹²³⁴⁵⁶⁷⁸⁹"))
def test_a_raised_digit_is_the_next_decimal(value: Decimal, raised: str) -> None:
    digit = "⁰¹²³⁴⁵⁶⁷⁸⁹".index(raised)
    assert parse_number(f"{value}{raised}") == Decimal(f"{value}{digit}")
    assert parse_number(f"{value:.2f}{raised}".replace(".", ",")) == Decimal(f"{value:.2f}{digit}")


@given(st.sampled_from(sorted(set(CURRENCY_WORDS.values()) - {"RON", "CZK"})), st.decimals(0, 9_999, places=2))
def test_currencies_come_back(code: str, value: Decimal) -> None:
    found = find_currency([f"{code} {value}"])
    assert found is not None
    assert found[0] == code


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    parse_number(text)
    for number in find_numbers(text):
        assert text[number.start : number.end] == number.raw
        assert number.value.is_finite()
    find_currency([text])


@given(st.text(alphabet="0123456789.,-/: 'RM$€", max_size=120))
def test_digits_and_marks_are_taken(text: str) -> None:
    parse_number(text)
    find_numbers(text, ",")


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["TOTAL RM 12.00"], "MYR"),
        (["AMOUNT (RM)"], "MYR"),
        (["TOTAL $12.00"], "USD"),
        (["TOTAL $12.00", "HST 13%"], "CAD"),
        (["TOTAL $12.00", "ABN 12 345 678 901"], "AUD"),
        (["ELM HARBOUR ON K0K 9Z9", "TOTAL $12.00"], "CAD"),
        (["BADLANDS AB", "TOTAL $12.00"], "CAD"),
        (["TOTAL $12.00", "GST 5% Incl. $0.57"], "CAD"),
        (["TOTAL $12.00", "GST # 100000000 RT0001"], "CAD"),
        (["BANKSIA CREEK NSW 2999", "TOTAL $12.00", "Includes GST $1.09"], "AUD"),
        (["TOTAL $12.00", "GST 15% incl"], "NZD"),
        (["RFC: CCA010101AA1", "TOTAL $ 298.53"], "MXN"),
        (["NIT: 900.000.001-1", "CANTIDAD GAL 7,628", "PRECIO GAL $ 15.690", "TOTAL $ 119.683"], "COP"),
        (["Price (EGP) 13.75"], "EGP"),
        (["Rate: Rs.269.25", "STRN 00-00-0000-000-00"], "PKR"),
        (["Net Total (LKR) 5,063.79", "Rs. 382.00"], "LKR"),
        (["Rate: Rs.104.50"], "INR"),
        (["R.U.T.: 70.000.000-0", "TOTAL $ 24.865"], "CLP"),
        (["CEDAR BLUFF, OH 43999", "5.000 GAL", "TOTAL $12.00", "GST"], "USD"),
        (["TOTAL DUE R649.30"], "ZAR"),
        (["FIZETENDO 21 277 Ft"], "HUF"),
        (["TOTAL BAHT 900.00"], "THB"),
        (["EURO DIESEL", "TOPLAM *822,30"], "TRY"),
        (["VATable Sales 1,748.78"], "PHP"),
        (["ACADIE FUELS NB E1A 9Z9", "TOTAL 12.00"], "CAD"),
        (["Summe 12,00 EUR"], "EUR"),
        (["TOPLAM ₺120,00"], "TRY"),
        (["TOPLAM 120,00 TL"], "TRY"),
        (["Total £6.00"], "GBP"),
        (["GREENLEAF SDN BHD", "TOTAL 6.00"], "MYR"),
    ],
)
def test_currency(texts: list[str], code: str) -> None:
    found = find_currency(texts)
    assert found is not None
    assert found[0] == code
    assert texts[found[1]][found[2] : found[3]]


@pytest.mark.parametrize(
    "text", ["TRY AGAIN", "CAD. NO:5", "FORM 12", "PREMIUM 95", "", "total 12.00", "EURO DIESEL", "CABLE 10 FT", "R12"]
)
def test_words_are_no_currency(text: str) -> None:
    assert find_currency([text]) is None
