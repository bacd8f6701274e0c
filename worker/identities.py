"""Accounts at an identity provider -> people whom somebody has let in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from capture.errors import RefusedError
from storage.queries import people, tenants
from worker.services import Services


@dataclass(frozen=True)
class Account:
    """What a provider says of a person. `email` is None where it gives none; `verified`: it vouches for it."""

    issuer: str
    subject: str
    email: str | None
    verified: bool


def account_of(claims: Mapping[str, Any], *, trust_email: bool = False) -> Account:
    """Return whose a checked token is."""
    email = claims.get("email")
    address = email.strip().lower() if isinstance(email, str) and "@" in email else None
    said = claims.get("email_verified")
    vouched = trust_email or said is True or said == "true"  # Apple says it in words
    return Account(str(claims["iss"]), str(claims["sub"]), address, address is not None and vouched)


def person_of(services: Services, account: Account) -> UUID:
    """Return the person of an account: by the account itself, the first time by a verified e-mail address.

    Raises: RefusedError (`person_unknown`, `email_unverified`, `identity_differs`).
    """
    with services.db.ops_tx() as tx:
        known = people.by_identity(tx, account.issuer, account.subject)
        if known is not None:
            return known
        if account.email is None or not account.verified:
            raise RefusedError("email_unverified", "The provider does not vouch for the account's e-mail address")
        found = tenants.user_by_email(tx, account.email)
        if found is None:
            raise RefusedError("person_unknown", "No organisation here has let you in")
        if not people.remember_identity(tx, account.issuer, account.subject, found):
            raise RefusedError("identity_differs", "The e-mail address belongs to another account of the provider")
    return found
