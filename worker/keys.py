"""Keys by which an issuer's tokens are checked: fetched, kept for an hour, and fetched again for a new one."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx2
import jwt

from capture.errors import RefusedError, UnavailableError

TIMEOUT_S = 5.0
KEPT_S = 3_600.0
"""How long keys and descriptions are used before they are asked for again."""

PAUSE_S = 30.0
"""Least time between two questions for a key that is not there, so that invented tokens ask nobody."""

LARGEST_BYTES = 512 * 1024

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures by a private key. A public key never checks a shared secret's, and `none` signs nothing."""


def fetch(client: httpx2.Client, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON object at an address.

    Raises: UnavailableError (`provider_unavailable`); the message names no address.
    """
    try:
        answer = client.get(url, headers={"Accept": "application/json", **(headers or {})}, timeout=TIMEOUT_S)
        said = answer.raise_for_status().json() if len(answer.content) <= LARGEST_BYTES else None
    except (httpx2.HTTPError, ValueError) as error:
        raise UnavailableError("provider_unavailable", "The identity provider does not answer") from error
    if not isinstance(said, dict):
        raise UnavailableError("provider_unavailable", "The identity provider answers something else")
    return said


class KeySet:
    """The public keys that an issuer publishes, one algorithm each."""

    def __init__(self, client: httpx2.Client, url: str) -> None:
        self._client = client
        self._url = url
        self._lock = threading.Lock()
        self._keys: list[jwt.PyJWK] = []
        self._fetched_at = float("-inf")

    def claims(self, token: str, *, issuer: str, audience: str) -> dict[str, Any]:
        """Return what a token says, once its signature, issuer, audience and times are checked.

        Raises: RefusedError (`token_invalid`), the same for every reason; UnavailableError.
        """
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            return decoded(token, key, key.algorithm_name, issuer, audience)
        except jwt.PyJWTError as error:
            raise refused() from error

    def _key(self, header: dict[str, Any]) -> jwt.PyJWK:
        """Return the key that a token names, of the algorithm that it names."""
        with self._lock:
            found = self._find(header)
            age = time.monotonic() - self._fetched_at
            if age > KEPT_S or (found is None and age > PAUSE_S):
                try:
                    self._keys = _usable(fetch(self._client, self._url))
                except UnavailableError:
                    if found is None:
                        raise
                    self._fetched_at = time.monotonic() - KEPT_S + PAUSE_S  # known keys count while nobody answers
                else:
                    self._fetched_at = time.monotonic()
                    found = self._find(header)
        if found is None:
            raise refused()
        return found

    def _find(self, header: dict[str, Any]) -> jwt.PyJWK | None:
        name, algorithm = header.get("kid"), header.get("alg")
        fitting = [key for key in self._keys if key.algorithm_name == algorithm and name in (None, key.key_id)]
        return fitting[0] if len(fitting) == 1 or (fitting and name is not None) else None


def decoded(token: str, key: Any, algorithm: str, issuer: str, audience: str) -> dict[str, Any]:
    """Return what a token says, if this key signed it by this algorithm. Raises: jwt.PyJWTError."""
    said: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        issuer=issuer,
        audience=audience,
        leeway=60,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )
    return said


def refused() -> RefusedError:
    """Return the one refusal of a token."""
    return RefusedError("token_invalid", "The token is not one that is believed here")


def _usable(said: dict[str, Any]) -> list[jwt.PyJWK]:
    """Return the keys that check signatures; what is not understood is left out."""
    found = []
    entries = said.get("keys")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK.from_dict(entry)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if key.algorithm_name in ALGORITHMS:
            found.append(key)
    return found
