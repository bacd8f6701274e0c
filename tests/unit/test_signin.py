"""The pure parts of signing in: what settings take, whom an account is, how far a token goes, where a path leads."""

from __future__ import annotations

import pytest

from capture.errors import ConfigError
from capture.settings import load, variables_of
from web.auth import PEOPLE, UPLOADING, scopes_for
from web.pages.account import device
from web.pages.signin import inside
from web.routers import routers
from worker.identities import account_of


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "PUBLIC_URL", "JWT_JWKS_URL"])
def test_addresses_that_open_sessions_are_protected_but_on_this_machine(name: str) -> None:
    for good in ("https://id.example/realms/a", "http://127.0.0.1:9000", "http://localhost:9000/x", ""):
        assert good in variables_of(load({f"CAPTURE_{name}": good})).values()
    for wrong in (
        "http://id.example",
        "id.example",
        "https://",
        "https://u:p@id.example",
        "https://id.example?x=1",
        "x",
    ):
        with pytest.raises(ConfigError, match="CAPTURE_"):
            load({f"CAPTURE_{name}": wrong})


def test_a_short_secret_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        load({"CAPTURE_JWT_SECRET": "short-secret"})
    assert "short-secret" not in refused.value.message


@pytest.mark.parametrize(
    ("said", "trust", "email", "verified"),
    [
        ({"email": "A@B.example", "email_verified": True}, False, "a@b.example", True),
        ({"email": "a@b.example", "email_verified": "true"}, False, "a@b.example", True),
        ({"email": "a@b.example", "email_verified": "false"}, False, "a@b.example", False),
        ({"email": "a@b.example", "email_verified": 1}, False, "a@b.example", False),
        ({"email": "a@b.example"}, False, "a@b.example", False),
        ({"email": "a@b.example"}, True, "a@b.example", True),
        ({"email": "nobody"}, True, None, False),
        ({"email": ["a@b.example"], "email_verified": True}, False, None, False),
        ({}, True, None, False),
    ],
)
def test_an_address_is_what_the_provider_vouches_for(
    said: dict[str, object], trust: bool, email: str | None, verified: bool
) -> None:
    account = account_of({"iss": "https://id.example", "sub": "1", **said}, trust_email=trust)
    assert (account.email, account.verified) == (email, verified)


def test_scopes_follow_from_method_and_path() -> None:
    assert scopes_for("GET", "/v1/events") == {"read"}
    assert scopes_for("POST", "/v1/uploads") == {"write", "upload"}
    assert scopes_for("GET", "/v1/uploads/{upload_id}") == {"read"}
    assert scopes_for("PATCH", "/v1/policy") == {"write"}
    assert scopes_for("DELETE", "/v1/members/{user_id}") == {"people"}
    assert scopes_for("GET", "/v1/tokens") == {"read"}


def test_the_named_paths_are_there() -> None:
    declared = {(method, route.path) for router in routers() for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
    assert UPLOADING - declared <= {("POST", "/v1/uploads/batch")}
    assert all(any(path == prefix for _, path in declared) for prefix in PEOPLE)


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/vehicles?a=1", "/vehicles?a=1"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/\t/elsewhere.example", "/"),
        ("", "/"),
    ],
)
def test_a_path_after_signing_in_stays_inside(path: str, leads: str) -> None:
    assert inside(path) == leads


def test_browsers_are_told_in_words() -> None:
    assert device("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36") == (
        "Chrome on Android"
    )
    assert device("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0") == (
        "Edge on Windows"
    )
    assert device("curl/8.5") == "Some browser"
    assert device(None) == "Unknown browser"
