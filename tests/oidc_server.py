"""An OpenID Connect provider on loopback, with real keys: it asks nobody for a password, and lets `person` in."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT_ID, CLIENT_SECRET = "capture-of-the-tests", "a secret: of the tests/ä"

Algorithm = Literal["RS256", "ES256"]


class OidcServer:
    """What it says and was asked. `person`: claims of who signs in; `spoil`: what is changed in the next token.

    `drop`: whether the person says no. `bare`: the token names no e-mail address, which is told when it is asked for.
    `algorithm`: of its signatures. `key_fetches`: how often its keys were asked for.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._rsa = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self._ec = ec.generate_private_key(ec.SECP256R1())
        self.clear()

    def clear(self) -> None:
        """Forget who signed in and what was to be spoiled."""
        self.person: dict[str, Any] = {"sub": "1", "email": "nobody@example.com", "email_verified": True}
        self.spoil: dict[str, Any] = {}
        self.bare = False
        self.drop = False
        self.algorithm: Algorithm = "RS256"
        self.key_fetches = 0
        self.asked: dict[str, dict[str, str]] = {}

    def description(self) -> dict[str, Any]:
        """Return the discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
        }

    def jwks(self) -> dict[str, Any]:
        """Return the public keys; among them one that signs nothing, and one that nobody understands."""
        self.key_fetches += 1
        keys = [
            json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._rsa.public_key())) | {"kid": "RS256", "use": "sig"},
            json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._ec.public_key())) | {"kid": "ES256", "alg": "ES256"},
            {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "HS256", "alg": "HS256"},
            {"kty": "none of ours", "kid": "odd"},
        ]
        return {"keys": keys}

    def sign(self, claims: dict[str, Any], algorithm: Algorithm | None = None) -> str:
        """Return a token."""
        chosen = algorithm or self.algorithm
        key = self._rsa if chosen == "RS256" else self._ec
        return jwt.encode(claims, key, algorithm=chosen, headers={"kid": chosen})

    def claims(self, **more: Any) -> dict[str, Any]:
        """Return what a token of now says."""
        now = int(time.time())
        return {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, **more}

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser goes back to."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        if self.drop:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.asked[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def redeem(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Return tokens for a code, once, to our client, with the verifier; None for anybody else."""
        asked = self.asked.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        pair = urlencode({"": CLIENT_SECRET})[1:].replace("+", "%20")
        basic = "Basic " + base64.b64encode(f"{CLIENT_ID}:{pair}".encode()).decode()
        if (
            asked is None
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
            or authorization != basic
        ):
            return None
        said = {"sub": self.person["sub"]} if self.bare else self.person
        token = self.sign({**self.claims(nonce=asked["nonce"]), **said, **self.spoil})
        return {"access_token": "access-of-the-tests", "token_type": "Bearer", "id_token": token}


class _Handler(BaseHTTPRequestHandler):
    provider: OidcServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(asked))
            self.end_headers()
        elif parts.path == "/.well-known/openid-configuration":
            self._say(200, self.provider.description())
        elif parts.path == "/jwks":
            self._say(200, self.provider.jwks())
        elif parts.path == "/userinfo" and self.headers["Authorization"] == "Bearer access-of-the-tests":
            self._say(200, self.provider.person)
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        tokens = self.provider.redeem(form, self.headers.get("Authorization", ""))
        self._say(200 if tokens else 400, tokens or {"error": "invalid_grant"})

    def _say(self, status: int, said: dict[str, Any]) -> None:
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def oidc_server() -> Iterator[OidcServer]:
    """Run a provider until the block ends."""

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Handler.provider = OidcServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
