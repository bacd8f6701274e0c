"""JSON Web Tokens of an issuer of the installation's choice, as bearer tokens: Supabase's, or any other's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import jwt

from capture.errors import NotFoundError, RefusedError
from storage.db import SYSTEM
from storage.queries import sessions
from worker.identities import account_of, person_of
from worker.keys import decoded, refused
from worker.services import Services
from worker.tokens import Principal

SHARED = "HS256"
"""The one algorithm of a shared secret. Each key has its own algorithm, so none is taken for another's."""


def is_jwt(token: str) -> bool:
    """Tell a JSON Web Token, by its form, from a token of ours."""
    return token.count(".") == 2


def authenticate(services: Services, token: str, tenant: str | None) -> Principal:
    """Return who a token stands for, in the tenant that it, or the request, names.

    Raises: RefusedError (`token_invalid`, `person_unknown`, `email_unverified`, `identity_differs`,
    `tenant_ambiguous`), NotFoundError (`tenant_unknown`), UnavailableError (`provider_unavailable`).
    """
    settings = services.settings
    claims = _claims(services, token)
    user_id = person_of(services, account_of(claims, trust_email=settings.jwt_trust_email))
    claimed = _at(claims, settings.jwt_tenant_claim)
    tenant_id = _tenant(services, user_id, claimed, tenant)
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        role = sessions.role_of(tx, user_id)
    if role is None:
        raise NotFoundError("tenant_unknown", "You belong to no such tenant")
    return Principal(tenant_id, user_id, role, bound=claimed is not None)


def _claims(services: Services, token: str) -> dict[str, Any]:
    settings = services.settings
    secret = settings.jwt_secret.get_secret_value()
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        if algorithm == SHARED and secret and settings.jwt_issuer:
            return decoded(token, secret, SHARED, settings.jwt_issuer, settings.jwt_audience)
    except jwt.PyJWTError as error:
        raise refused() from error
    if algorithm == SHARED or not settings.jwt_issuer or not settings.jwt_jwks_url:
        raise refused()
    return services.issuer_keys.claims(token, issuer=settings.jwt_issuer, audience=settings.jwt_audience)


def _at(claims: dict[str, Any], path: str) -> str | None:
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _tenant(services: Services, user_id: UUID, claimed: str | None, asked: str | None) -> UUID:
    """Return the tenant that is meant; a claim is signed, so a header leads to no other."""
    if claimed is not None or asked is not None:
        try:
            named = {UUID(name) for name in (claimed, asked) if name is not None}
        except ValueError:
            named = set()
        if len(named) != 1:
            raise NotFoundError("tenant_unknown", "You belong to no such tenant")
        return named.pop()
    with services.db.ops_tx() as tx:
        found = sessions.tenants_of(tx, user_id)
    if not found:
        raise RefusedError("person_unknown", "No organisation here has let this person in")
    if len(found) > 1:
        raise RefusedError("tenant_ambiguous", "The person belongs to several tenants")
    return found[0].id
