"""The settings of signing in: where people come from, and whose tokens are believed."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

SECRET_LENGTH = 32
"""Characters of a shared secret. Source: RFC 7518, 3.2: a key of HS256 has 256 bits or more."""


class SignInSettings(BaseModel):
    """The part of the settings that is about people."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    public_url: str = Field(
        "",
        description="Address under which people reach the pages, such as `https://capture.example.com`; sign-in links "
        "and the identity provider lead there. Empty: the address of the request, or of `capture up`.",
    )
    session_ttl_s: int = Field(
        30 * 86_400, ge=300, le=365 * 86_400, description="How long a browser stays signed in, seconds."
    )
    oidc_issuer: str = Field(
        "",
        description="OpenID Connect provider with which people sign in: its issuer, an https address. "
        "Empty: sign-in links alone.",
    )
    oidc_client_id: str = Field("", description="Our client id at the provider.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="Our secret at the provider. Empty: a public client, which PKCE protects."
    )
    oidc_name: str = Field(
        "your organisation", min_length=1, max_length=60, description="How the sign-in page calls the provider."
    )
    jwt_issuer: str = Field(
        "",
        description="Issuer of JSON Web Tokens that the API takes as bearer tokens; for Supabase "
        "`https://<project>.supabase.co/auth/v1`. Empty: none.",
    )
    jwt_audience: str = Field("authenticated", min_length=1, description="Audience that such a token must name.")
    jwt_jwks_url: str = Field(
        "",
        description="Where the issuer publishes its public keys; a token is believed if one of them, and the algorithm "
        "that belongs to it, signed it.",
    )
    jwt_secret: SecretStr = Field(
        SecretStr(""), description="Secret shared with the issuer, 32 characters or more; tokens signed with HS256."
    )
    jwt_tenant_claim: str = Field(
        "app_metadata.tenant_id",
        min_length=1,
        description="Claim that names the tenant, by its id; a dot leads into an object. Without it, and without the "
        "header `X-Capture-Tenant`, the only tenant of the person.",
    )
    jwt_trust_email: bool = Field(
        default=False,
        description="Whether every e-mail address in the issuer's tokens was confirmed, as with Supabase's setting "
        "`Confirm email`; otherwise a token must say `email_verified`.",
    )

    @field_validator("public_url", "oidc_issuer", "jwt_jwks_url")
    @classmethod
    def _guarded_address(cls, value: str) -> str:
        """What passes here opens sessions, so it is protected on its way, but on this machine."""
        if not value:
            return value
        parts = urlsplit(value)
        near = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if not parts.hostname or parts.scheme not in ({"http", "https"} if near else {"https"}):
            raise ValueError("needs https:// and a host")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError("needs an address without query, fragment and credentials")
        return value

    @field_validator("jwt_secret")
    @classmethod
    def _long_secret(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SECRET_LENGTH:
            raise ValueError(f"needs {SECRET_LENGTH} characters or more")
        return value
