"""What a new user needs to go on at once: a first tenant with a vehicle, and an address that signs in."""

from __future__ import annotations

from uuid import UUID

from capture.settings import Settings
from storage.db import SYSTEM
from storage.queries import tenants
from worker.services import Services
from worker.sessions import make_link

TENANT = "My vehicles"
VEHICLE = "Vehicle 1"
OWNER = "owner@localhost"
"""The first owner's e-mail address where CAPTURE_USER names none."""


def ensure_tenant(services: Services) -> bool:
    """Make a first tenant with an owner and a vehicle where there is no tenant at all; tell whether it was made."""
    with services.db.ops_tx() as tx:
        if tenants.find_tenants(tx):
            return False
        tenant_id = tenants.create_tenant(tx, services.settings.tenant or TENANT, "solo")
        tenants.ensure_member(tx, tenant_id, services.settings.user or OWNER, "Owner", "owner")
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        tenants.add_vehicle(tx, VEHICLE)
    return True


def signin_address(services: Services, tenant_id: UUID, user_id: UUID) -> str:
    """Return an address that signs a member in once; behind `#`, so that no server, proxy or log sees the token."""
    return f"{web_address(services.settings)}/signin#{make_link(services, tenant_id, user_id)}"


def web_address(settings: Settings) -> str:
    """Return where people reach the pages: as set, or as `capture up` has noted it, or where it would serve."""
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
