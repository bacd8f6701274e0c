"""Signing in at a provider, and bearer tokens of an issuer: what is believed, and all that is not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient
from pydantic import SecretStr

from capture.settings import Settings
from storage.db import SYSTEM
from storage.queries import people, tenants
from tests.integration.conftest import Fleet
from tests.oidc_server import CLIENT_ID, CLIENT_SECRET, Algorithm, OidcServer, oidc_server
from web.app import create_app
from web.sessions import COOKIE
from worker.people import add_member, remove_member

SECRET = "a-secret-that-only-the-issuer-knows-0123"
AUDIENCE = "authenticated"


@pytest.fixture(scope="module")
def running() -> Iterator[OidcServer]:
    with oidc_server() as made:
        yield made


@pytest.fixture
def provider(running: OidcServer) -> OidcServer:
    running.clear()
    return running


@pytest.fixture
def believing(settings: Settings, provider: OidcServer) -> Settings:
    """Return settings with the provider for people, and as issuer of bearer tokens."""
    return settings.model_copy(
        update={
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "jwt_issuer": provider.url,
            "jwt_jwks_url": f"{provider.url}/jwks",
            "jwt_secret": SecretStr(SECRET),
        }
    )


@pytest.fixture
def client(believing: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(believing), follow_redirects=False) as made:
        yield made


@pytest.fixture
def anna(fleet: Fleet, provider: OidcServer) -> UUID:
    """Return a manager of the fleet, who is about to sign in at the provider."""
    provider.person = {"sub": f"anna-{uuid4()}", "email": "Anna@Example.com", "email_verified": True, "name": "Anna"}
    return add_member(fleet.services, fleet.tenant_id, fleet.person, "anna@example.com", "Anna", "manager").id


def at_provider(client: TestClient, path: str = "/signin/oidc") -> str:
    """Go to the provider; return where it sends the browser back to."""
    there = client.get(path)
    assert there.status_code == 303
    back = httpx2.get(there.headers["location"]).headers["location"]
    assert back.startswith("http://testserver/signin/oidc/callback?")
    return str(back)


def sign_in(client: TestClient, path: str = "/signin/oidc") -> httpx2.Response:
    return client.get(at_provider(client, path))


def code(answer: httpx2.Response) -> str:
    return str(answer.json()["code"])


# --- the round trip


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_person_signs_in_by_verified_address_and_then_by_account(
    client: TestClient, provider: OidcServer, anna: UUID, algorithm: Algorithm
) -> None:
    provider.algorithm = algorithm
    answer = sign_in(client, "/signin/oidc?next=/vehicles%3Fa%3D1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/vehicles?a=1")
    assert client.get("/v1/me").json()["id"] == str(anna)
    assert client.get("/v1/sessions").json()["items"][0]["method"] == "oidc"
    client.cookies.clear()
    provider.person |= {"email": "renamed@example.com", "email_verified": False}
    assert sign_in(client).status_code == 303
    assert client.get("/v1/me").json()["id"] == str(anna)
    assert provider.key_fetches == 1


def test_the_address_may_come_from_the_userinfo_endpoint(client: TestClient, provider: OidcServer, anna: UUID) -> None:
    provider.bare = True
    assert sign_in(client).status_code == 303
    assert client.get("/v1/me").json()["id"] == str(anna)


def test_what_goes_to_the_provider_is_tied_to_the_browser(client: TestClient, anna: UUID) -> None:
    asked = parse_qs(urlsplit(client.get("/signin/oidc").headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid email profile"]
    ticket = client.cookies["capture_ticket"].strip('"').split(":")
    assert asked["state"] == [ticket[0]]
    assert asked["nonce"] == [ticket[1]]
    assert ticket[2] not in json.dumps(asked)


# --- what is refused


@pytest.mark.parametrize(
    "spoiled",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another"]},
        {"azp": "another client"},
        {"nonce": "of another attempt"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": None},
        {"iat": int(time.time()) + 86_400},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_opens_nothing(
    client: TestClient, provider: OidcServer, anna: UUID, spoiled: dict[str, Any]
) -> None:
    provider.spoil = spoiled
    answer = sign_in(client)
    assert answer.status_code == 401
    assert "Start signing in again" in answer.text
    assert COOKIE not in client.cookies


def test_an_answer_of_another_attempt_opens_nothing(client: TestClient, provider: OidcServer, anna: UUID) -> None:
    back = at_provider(client)
    assert client.get(back.replace("state=", "state=x")).status_code == 401
    back = at_provider(client)
    client.cookies.clear()
    assert client.get(back).status_code == 401
    back = at_provider(client)
    assert client.get(back).status_code == 303
    client.cookies.delete(COOKIE)
    assert client.get(back).status_code == 401, "a code and its ticket are good once"
    provider.drop = True
    assert client.get(at_provider(client)).status_code == 401
    assert client.get("/signin/oidc/callback").status_code == 401


def test_strangers_are_told_whom_to_ask(client: TestClient, provider: OidcServer, fleet: Fleet, anna: UUID) -> None:
    provider.person = {"sub": "s", "email": "stranger@example.com", "email_verified": True}
    answer = sign_in(client)
    assert answer.status_code == 403
    assert "Ask an owner to add your e-mail address" in answer.text
    provider.person = {"sub": "t", "email": "anna@example.com", "email_verified": False}
    answer = sign_in(client)
    assert answer.status_code == 403
    assert "Confirm your e-mail address" in answer.text
    provider.person = {"sub": "u", "email": "anna@example.com", "email_verified": True}
    assert sign_in(client).status_code == 303
    client.cookies.clear()
    provider.person |= {"sub": "who has the address now"}
    assert "the account that you used before" in sign_in(client).text
    provider.person |= {"sub": "u"}
    remove_member(fleet.services, fleet.tenant_id, fleet.person, anna)
    assert "Ask an owner" in sign_in(client).text
    assert COOKIE not in client.cookies


def test_who_is_in_several_tenants_comes_to_where_they_worked_last(
    client: TestClient, provider: OidcServer, anna: UUID, other_fleet: Fleet
) -> None:
    add_member(other_fleet.services, other_fleet.tenant_id, other_fleet.person, "anna@example.com", "Anna", "viewer")
    sign_in(client)
    me = client.get("/v1/me").json()
    assert (me["tenant"]["name"], me["role"]) == ("Fleet A", "manager")
    word = {"x-csrf-token": client.get("/session").json()["csrf"]}
    assert client.post(f"/switch/{other_fleet.tenant_id}", headers=word).status_code == 200
    client.cookies.delete(COOKIE)
    sign_in(client)
    me = client.get("/v1/me").json()
    assert (me["tenant"]["name"], me["role"]) == ("Fleet B", "viewer")


def test_without_a_provider_nobody_is_sent_anywhere(settings: Settings, believing: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        assert client.get("/signin/oidc").status_code == 404
        assert "/signin/oidc" not in client.get("/signin").text
    away = believing.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})
    with TestClient(create_app(away)) as client:
        answer = client.get("/signin/oidc")
        assert answer.status_code == 503
        assert "does not answer" in answer.text


def test_a_provider_that_calls_itself_another_is_not_used(
    client: TestClient, provider: OidcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = provider.description()
    for wrong in (
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": None},
    ):
        monkeypatch.setattr(provider, "description", lambda wrong=wrong: described | wrong)
        assert client.get("/signin/oidc").status_code == 503


# --- bearer tokens of an issuer


def asking(token: str, tenant: str | None = None) -> dict[str, str]:
    named = {} if tenant is None else {"X-Capture-Tenant": tenant}
    return {"Authorization": f"Bearer {token}", **named}


def said(provider: OidcServer, **more: Any) -> dict[str, Any]:
    return {**provider.claims(aud=AUDIENCE), **provider.person, **more}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "HS256"])
def test_an_issuers_token_acts_for_its_person(
    client: TestClient, provider: OidcServer, anna: UUID, algorithm: str
) -> None:
    if algorithm == "HS256":
        token = jwt.encode(said(provider), SECRET, algorithm="HS256")
    else:
        token = provider.sign(said(provider), "RS256" if algorithm == "RS256" else "ES256")
    me = client.get("/v1/me", headers=asking(token)).json()
    assert (me["id"], me["role"], me["tenant"]["name"]) == (str(anna), "manager", "Fleet A")
    assert client.get("/v1/me", headers=asking(token)).status_code == 200
    assert provider.key_fetches == (0 if algorithm == "HS256" else 1)


def test_tokens_that_are_not_the_issuers_are_refused_alike(
    client: TestClient, provider: OidcServer, anna: UUID
) -> None:
    now = int(time.time())
    public = provider._rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(said(provider)).encode()).rstrip(b"=")
    confused_header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"RS256"}').rstrip(b"=")
    signing = confused_header + b"." + body
    confused = (
        signing
        + b"."
        + base64.urlsafe_b64encode(
            jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing, public)
        ).rstrip(b"=")
    )
    wrong = [
        f"{header.decode()}.{body.decode()}.",
        confused.decode(),
        jwt.encode(said(provider), SECRET + "x", algorithm="HS256"),
        jwt.encode(said(provider), SECRET + SECRET, algorithm="HS512"),
        jwt.encode(said(provider), "x" * 32, algorithm="HS256", headers={"kid": "HS256"}),
        provider.sign(said(provider, iss="https://elsewhere.example")),
        provider.sign(said(provider, aud="anon")),
        provider.sign(said(provider, exp=now - 3_600)),
        provider.sign({key: value for key, value in said(provider).items() if key != "exp"}),
        provider.sign({key: value for key, value in said(provider).items() if key != "sub"}),
        provider.sign(said(provider))[:-4] + "AAAA",
        "a.b.c",
        "..",
    ]
    for token in wrong:
        answer = client.get("/v1/me", headers=asking(token))
        assert (answer.status_code, code(answer)) == (401, "token_invalid"), token
    assert provider.key_fetches <= 1, "invented tokens ask the issuer for nothing"


def test_the_tenant_is_claimed_asked_for_or_the_only_one(
    client: TestClient, provider: OidcServer, anna: UUID, fleet: Fleet, other_fleet: Fleet
) -> None:
    add_member(other_fleet.services, other_fleet.tenant_id, other_fleet.person, "anna@example.com", "Anna", "viewer")
    here, there, nowhere = str(fleet.tenant_id), str(other_fleet.tenant_id), str(uuid4())
    plain = provider.sign(said(provider))
    claiming = provider.sign(said(provider, app_metadata={"tenant_id": there}))
    assert code(client.get("/v1/me", headers=asking(plain))) == "tenant_ambiguous"
    for tenant in (here, there):
        answer = client.get("/v1/me", headers=asking(plain, tenant))
        assert answer.json()["tenant"]["id"] == tenant
    assert client.get("/v1/me", headers=asking(claiming)).json()["tenant"]["id"] == there
    tenants_told = client.get("/v1/tenants", headers=asking(claiming)).json()["items"]
    assert [row["id"] for row in tenants_told] == [there]
    for token, asked in ((claiming, here), (plain, nowhere), (plain, "x"), (claiming, "x")):
        answer = client.get("/v1/me", headers=asking(token, asked))
        assert (answer.status_code, code(answer)) == (404, "tenant_unknown")


def test_an_address_counts_only_where_the_issuer_vouches_for_it(
    believing: Settings, provider: OidcServer, anna: UUID, fleet: Fleet
) -> None:
    provider.person.pop("email_verified")
    # what people say of themselves is no word of the issuer
    token = provider.sign(said(provider, user_metadata={"email_verified": True}))
    with TestClient(create_app(believing)) as client:
        assert code(client.get("/v1/me", headers=asking(token))) == "email_unverified"
    with TestClient(create_app(believing.model_copy(update={"jwt_trust_email": True}))) as client:
        assert client.get("/v1/me", headers=asking(token)).json()["id"] == str(anna)
        stranger = provider.sign(said(provider, sub="x", email="stranger@example.com"))
        assert code(client.get("/v1/me", headers=asking(stranger))) == "person_unknown"
        remove_member(fleet.services, fleet.tenant_id, fleet.person, anna)
        assert code(client.get("/v1/me", headers=asking(token))) == "person_unknown"
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert len(people.members(tx)) == len(tenants.members(tx)) == 1


def test_without_an_issuer_no_token_of_one_is_believed(settings: Settings, provider: OidcServer, anna: UUID) -> None:
    updates: list[dict[str, Any]] = [{}, {"jwt_issuer": provider.url}, {"jwt_secret": SecretStr(SECRET)}]
    for update in updates:
        with TestClient(create_app(settings.model_copy(update=update))) as client:
            for token in (provider.sign(said(provider)), jwt.encode(said(provider), SECRET, algorithm="HS256")):
                assert code(client.get("/v1/me", headers=asking(token))) == "token_invalid"
