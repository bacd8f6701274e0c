"""Signing in at an OpenID Connect provider: the authorisation code flow with PKCE, state and nonce.

Source: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE); RFC 9700 (current practice).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx2

from capture.errors import NotFoundError, RefusedError, UnavailableError
from capture.settings import Settings
from worker.identities import Account, account_of
from worker.keys import KEPT_S, TIMEOUT_S, KeySet, fetch


@dataclass(frozen=True)
class Ticket:
    """What the browser keeps while it is at the provider: `state` ties the answer to it, `nonce` the token.

    `verifier`: what PKCE asks for, so that a stolen code is worth nothing.
    """

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class _Described:
    """What the provider says of itself."""

    issuer: str
    authorization: str
    token: str
    userinfo: str | None
    basic: bool
    keys: KeySet


class Provider:
    """The installation's provider. Asks nobody before somebody signs in."""

    def __init__(self, settings: Settings, client: httpx2.Client) -> None:
        self._settings = settings
        self._client = client
        self._lock = threading.Lock()
        self._described: _Described | None = None
        self._fetched_at = float("-inf")

    @property
    def on(self) -> bool:
        """Whether there is one."""
        return bool(self._settings.oidc_issuer and self._settings.oidc_client_id)

    def start(self, redirect_uri: str) -> tuple[str, Ticket]:
        """Return where the browser goes, and what it keeps meanwhile.

        Raises: NotFoundError (`provider_off`), UnavailableError (`provider_unavailable`).
        """
        ticket = Ticket(*(secrets.token_urlsafe(32) for _ in range(3)))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(ticket.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": ticket.state,
            "nonce": ticket.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = self._describe().authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", ticket

    def finish(self, code: str, state: str, ticket: Ticket, redirect_uri: str) -> Account:
        """Return who has signed in at the provider.

        Raises: RefusedError (`signin_failed`), UnavailableError (`provider_unavailable`).
        """
        if not hmac.compare_digest(state.encode(), ticket.state.encode()):
            raise failed("The provider's answer belongs to another attempt")
        provider = self._describe()
        answer = self._redeem(provider, code, ticket, redirect_uri)
        token, client_id = answer.get("id_token"), self._settings.oidc_client_id
        if not isinstance(token, str):
            raise failed("The provider gave no identity")
        try:
            claims = provider.keys.claims(token, issuer=provider.issuer, audience=client_id)
        except RefusedError as error:
            raise failed("The provider's token does not hold") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), ticket.nonce.encode()) or (
            (several or "azp" in claims) and claims.get("azp") != client_id
        ):
            raise failed("The provider's token was made for another attempt")
        return account_of({**self._asked_for(provider, claims, answer), **claims})

    def _redeem(self, provider: _Described, code: str, ticket: Ticket, redirect_uri: str) -> dict[str, Any]:
        """Change the code for tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": ticket.verifier,
        }
        client_id, secret = self._settings.oidc_client_id, self._settings.oidc_client_secret.get_secret_value()
        headers = {"Accept": "application/json"}
        if secret and provider.basic:
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
        try:
            answer = self._client.post(provider.token, data=form, headers=headers, timeout=TIMEOUT_S)
            said = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise UnavailableError("provider_unavailable", "The identity provider does not answer") from error
        if answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise UnavailableError("provider_unavailable", "The identity provider is in trouble")
        if answer.status_code != httpx2.codes.OK or not isinstance(said, dict):
            raise failed("The provider does not redeem the code")
        return said

    def _asked_for(self, provider: _Described, claims: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """Return what the provider tells where its token names no e-mail address: of the same person alone."""
        access = answer.get("access_token")
        if "email" in claims or provider.userinfo is None or not isinstance(access, str):
            return {}
        said = fetch(self._client, provider.userinfo, {"Authorization": f"Bearer {access}"})
        return said if said.get("sub") == claims["sub"] else {}

    def _describe(self) -> _Described:
        if not self.on:
            raise NotFoundError("provider_off", "No identity provider is set")
        with self._lock:
            if self._described is None or time.monotonic() - self._fetched_at > KEPT_S:
                self._described = self._discover()
                self._fetched_at = time.monotonic()
            return self._described

    def _discover(self) -> _Described:
        """Ask the provider for its addresses. It must call itself what we call it."""
        issuer = self._settings.oidc_issuer
        said = fetch(self._client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        named = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if str(said.get("issuer", "")).rstrip("/") != issuer.rstrip("/") or not all(
            isinstance(address, str) and _guarded(address, issuer) for address in named
        ):
            raise UnavailableError("provider_unavailable", "The identity provider describes itself as another")
        userinfo, ways = said.get("userinfo_endpoint"), said.get("token_endpoint_auth_methods_supported")
        return _Described(
            issuer=str(said["issuer"]),
            authorization=str(named[0]),
            token=str(named[1]),
            userinfo=userinfo if isinstance(userinfo, str) and _guarded(userinfo, issuer) else None,
            basic=not isinstance(ways, list) or "client_secret_basic" in ways,
            keys=KeySet(self._client, str(named[2])),
        )


def failed(fact: str) -> RefusedError:
    """Return the refusal of an answer that does not hold."""
    return RefusedError("signin_failed", fact)


def _guarded(address: str, issuer: str) -> bool:
    """Tell whether an address is as well protected as the issuer's."""
    return address.startswith("https://") or (issuer.startswith("http://") and address.startswith("http://"))
