"""A key says whose photo it is, or is refused; it is never repeated, since names may be personal."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import TriggerError
from capture.trigger import MAX_KEY_BYTES, Place, photo_key, place_of

TENANT = UUID("00000000-0000-4000-8000-00000000000a")
VEHICLE = UUID("00000000-0000-4000-8000-0000000000b1")
FOLDER = f"tenants/{TENANT}/vehicles/{VEHICLE}/"


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg", "a b+c%41.jpg", "+", " ", "2026/11/a.jpg", "photo \N{CAMERA}\N{VARIATION SELECTOR-16}.jpg",
        "Zähler.jpg", "里程.heic", "...", ".hidden", "..a", "a..", "tenants", "%2e%2e", "%00", "a\\b", "~",
        "'; drop table uploads; --",
        "\N{FAMILY}", "e\N{COMBINING ACUTE ACCENT}", "\N{NO-BREAK SPACE}",
    ],
)  # fmt: skip
def test_any_sensible_name_is_allowed(name: str) -> None:
    assert place_of(FOLDER + name) == Place(TENANT, VEHICLE)


def test_capital_letters_of_an_id_are_the_same_id() -> None:
    assert place_of(f"tenants/{str(TENANT).upper()}/vehicles/{str(VEHICLE).upper()}/a") == Place(TENANT, VEHICLE)


BAD = {
    "empty": "",
    "nothing but a name": "a.jpg",
    "leading slash": "/" + FOLDER + "a.jpg",
    "no name": FOLDER,
    "no name, no slash": FOLDER[:-1],
    "empty part": FOLDER + "a//b.jpg",
    "empty part at once": FOLDER + "/b.jpg",
    "trailing slash": FOLDER + "a/",
    "dot part": FOLDER + "./a.jpg",
    "dot dot part": FOLDER + "../a.jpg",
    "dot dot at the end": FOLDER + "a/..",
    "another tenant by dot dot": FOLDER + f"../../../{TENANT}/vehicles/{VEHICLE}/a.jpg",
    "NUL": FOLDER + "a\0.jpg",
    "new line": FOLDER + "a\n.jpg",
    "new line at the end": FOLDER + "a.jpg\n",
    "tab": FOLDER + "a\t.jpg",
    "escape": FOLDER + "\x1b[2J.jpg",
    "delete": FOLDER + "a\x7f.jpg",
    "high surrogate": FOLDER + "a\ud83d.jpg",
    "low surrogate": FOLDER + "a\udcff.jpg",
    "tenant is no UUID": f"tenants/acme/vehicles/{VEHICLE}/a.jpg",
    "tenant is dashes": f"tenants/{'-' * 36}/vehicles/{VEHICLE}/a.jpg",
    "vehicle is no UUID": f"tenants/{TENANT}/vehicles/{'g' * 36}/a.jpg",
    "vehicle is too short": f"tenants/{TENANT}/vehicles/{str(VEHICLE)[:-1]}/a.jpg",
    "UUID without dashes": f"tenants/{TENANT.hex}/vehicles/{VEHICLE}/a.jpg",
    "UUID in braces": f"tenants/{{{TENANT}}}/vehicles/{VEHICLE}/a.jpg",
    "other words": f"tenant/{TENANT}/vehicle/{VEHICLE}/a.jpg",
    "words in capitals": f"TENANTS/{TENANT}/vehicles/{VEHICLE}/a.jpg",
    "too long": FOLDER + "a" * MAX_KEY_BYTES,
    "one byte too long": FOLDER + "a" * (MAX_KEY_BYTES - len(FOLDER) + 1),
    "too long in bytes alone": FOLDER + "ü" * ((MAX_KEY_BYTES - len(FOLDER)) // 2 + 1),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_bad_key_is_refused_without_repeating_it(case: str) -> None:
    with pytest.raises(TriggerError) as caught:
        place_of(BAD[case])
    assert caught.value.code == "key_invalid"
    assert len(BAD[case]) < 2 or BAD[case] not in caught.value.message


def test_the_longest_key_is_allowed() -> None:
    key = FOLDER + "a" * (MAX_KEY_BYTES - len(FOLDER))
    assert len(key.encode()) == MAX_KEY_BYTES
    assert place_of(key).tenant_id == TENANT


@given(st.one_of(st.text(), st.text().map(FOLDER.__add__), st.binary().map(lambda b: FOLDER + b.decode("latin-1"))))
def test_any_text_is_a_place_or_a_refusal(key: str) -> None:
    try:
        place = place_of(key)
    except TriggerError as error:
        assert error.code == "key_invalid"  # noqa: PT017 (either outcome is right)
    else:
        assert place == Place(TENANT, VEHICLE)
        name = key.removeprefix(FOLDER)
        assert name
        assert name.encode()  # UTF-8, so that every storage and PostgreSQL take it
        assert not {"", ".", ".."} & set(name.split("/"))
        assert "\0" not in name


@given(st.uuids(), st.uuids(), st.uuids(), st.datetimes(timezones=st.just(UTC)), st.sampled_from([".jpg", ".heic", ""]))
def test_the_keys_that_we_hand_out_are_read_back(
    tenant: UUID, vehicle: UUID, upload: UUID, taken: datetime, suffix: str
) -> None:
    key = photo_key(tenant, vehicle, upload, taken, suffix)
    assert place_of(key) == Place(tenant, vehicle)
    assert str(upload) in key
