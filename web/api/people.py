"""People: who is calling, the tenants of the person, and who belongs to the tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from capture.errors import NotFoundError
from storage.queries import people
from storage.queries.tenants import Role, Scope
from web.auth import CallerDep, OwnerDep, ServicesDep, actor_of
from web.openapi import answers
from web.paging import Page
from worker import people as places
from worker.services import Services
from worker.sessions import tenants_of
from worker.tokens import Principal

router = APIRouter(prefix="/v1", tags=["people"])

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f]*$")
]
Email = Annotated[
    str, StringConstraints(max_length=254, strip_whitespace=True, to_lower=True, pattern=r"^[^\s@\x00]+@[^\s@\x00]+$")
]

ANNA: dict[str, Any] = {
    "id": "019a0b3c-5f7e-7cc1-9c55-0a4de81d6d21",
    "email": "anna@example.com",
    "name": "Anna Larsen",
    "role": "manager",
    "created_at": "2026-11-02T08:00:00Z",
    "last_seen_at": "2026-11-20T09:30:00Z",
}
NORTH: dict[str, Any] = {
    "id": "019a0b3c-5f7e-7f2a-8a10-3be0c5f1a901",
    "name": "North depot",
    "kind": "org",
    "current": True,
}


class TenantOut(BaseModel):
    """An organisation or a single driver. `current`: the one in which the caller works now."""

    model_config = ConfigDict(json_schema_extra={"examples": [NORTH]})

    id: UUID
    name: str
    kind: str
    current: bool


class MeOut(BaseModel):
    """Who is calling, in which tenant, and how far. `scopes`: what the credential may be used for, within the role."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {**{key: ANNA[key] for key in ("id", "email", "name", "role")}, "scopes": ["read"], "tenant": NORTH}
            ]
        }
    )

    id: UUID
    email: str
    name: str
    role: Role
    scopes: list[Scope]
    tenant: TenantOut


class MemberOut(BaseModel):
    """A person in the tenant. `last_seen_at`: with a browser, null for never."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANNA]})

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None


class NewMember(BaseModel):
    """Whom to let in. `name`: for who is not known yet."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{key: ANNA[key] for key in ("email", "name", "role")}]}
    )

    email: Email
    name: Name
    role: Role = "manager"


class NewRole(BaseModel):
    """What a member may do from now on. Viewers look, managers write, owners say who belongs to the tenant."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "viewer"}]})

    role: Role = Field(description="owner, manager or viewer")


@router.get("/me", responses=answers("member_unknown"))
def show_me(request: Request, services: ServicesDep, caller: CallerDep) -> MeOut:
    """Show who is calling."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        members = people.members(tx, caller.user_id)
    here = [one for one in _tenants(services, caller) if one.current]
    if not members or not here:
        raise NotFoundError("member_unknown", "The person was taken out of the tenant just now")
    shown = {key: getattr(members[0], key) for key in ("id", "email", "name", "role")}
    return MeOut.model_validate({**shown, "scopes": sorted(caller.scopes), "tenant": here[0]})


@router.get("/tenants")
def list_tenants(services: ServicesDep, caller: CallerDep) -> Page[TenantOut]:
    """List the tenants of the person, all on one page. A token made in one tenant is told of no other."""
    return Page[TenantOut](items=_tenants(services, caller))


@router.get("/members")
def list_members(request: Request, services: ServicesDep, caller: CallerDep) -> Page[MemberOut]:
    """List who belongs to the tenant, owners first, all on one page."""
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        return Page[MemberOut](items=[_member(row) for row in people.members(tx)])


@router.post("/members", status_code=201)
def add_member(request: Request, services: ServicesDep, caller: OwnerDep, said: NewMember) -> MemberOut:
    """Let a person in; owners alone. Who belongs to the tenant already keeps name and role."""
    actor = actor_of(request, caller)
    return _member(places.add_member(services, caller.tenant_id, actor, said.email, said.name, said.role))


@router.patch("/members/{user_id}", responses=answers("member_unknown", "last_owner"))
def set_role(request: Request, services: ServicesDep, caller: OwnerDep, user_id: UUID, said: NewRole) -> MemberOut:
    """Change what a member may do; owners alone. The last owner stays one."""
    return _member(places.set_role(services, caller.tenant_id, actor_of(request, caller), user_id, said.role))


@router.delete("/members/{user_id}", status_code=204, responses=answers("member_unknown", "last_owner"))
def remove_member(request: Request, services: ServicesDep, caller: OwnerDep, user_id: UUID) -> None:
    """Take a person out, with sessions and tokens; owners alone. The last owner stays."""
    places.remove_member(services, caller.tenant_id, actor_of(request, caller), user_id)


def _tenants(services: Services, caller: Principal) -> list[TenantOut]:
    return [
        TenantOut(id=one.id, name=one.name, kind=one.kind, current=one.id == caller.tenant_id)
        for one in tenants_of(services, caller.user_id)
        if not caller.bound or one.id == caller.tenant_id
    ]


def _member(row: Any) -> MemberOut:
    return MemberOut.model_validate(vars(row))
