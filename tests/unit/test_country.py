"""In which country a document was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.documents.country import CURRENCIES, find_country


@pytest.mark.parametrize(
    ("texts", "country"),
    [
        (["Dublin Road, Ballyfern, Co. Meath", "VAT Reg. IE 9999999X"], "IE"),
        (["1500 Lakeshore Road, Otter Lake ON K9Z 9Z9"], "CA"),
        (["118 Tannery Lane", "Hollow Creek, OR 97999"], "US"),
        (["Unit 3, Thornbury Lane, Westerby ZE4 7PL"], "GB"),
        (["Talstraße 9, A-9999 Almtal", "UID: ATU99999999"], "AT"),
        (["9999 ZZ Oosterveen", "BTW-nr. NL999999999B01"], "NL"),
        (["+41 99 555 01 40"], "CH"),
        (["NIP: 999-99-99-999"], "PL"),
        (["P.IVA 09999999999"], "IT"),
        (["ABN 99 999 999 999"], "AU"),
        (["Main Street 5", "TOTAL 12.00"], None),
        (["1,328.00 332.00"], None),
        ([], None),
    ],
)
def test_what_tells_the_country(texts: list[str], country: str | None) -> None:
    found = find_country(texts)
    assert (found.code if found else None) == country
    assert found is None or texts[found.index][found.start : found.end]


def test_countries_that_contradict_each_other_leave_it_open() -> None:
    assert find_country(["ATU99999999", "DE999999999"]) is None


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_is_taken(texts: list[str]) -> None:
    found = find_country(texts)
    assert found is None or found.code in CURRENCIES
