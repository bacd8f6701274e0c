"""Members of a tenant: let in, given another role, taken out. Who may do it is the database's to say."""

from __future__ import annotations

from uuid import UUID

from capture.errors import NotFoundError
from storage.db import Actor
from storage.queries import people, tenants
from storage.queries.people import MemberRow
from storage.queries.tenants import Role
from worker.services import Services


def add_member(services: Services, tenant_id: UUID, actor: Actor, email: str, name: str, role: Role) -> MemberRow:
    """Let a person in. Whoever belongs to the tenant already stays as they are, and keeps name and role.

    Raises: RefusedError (`role_insufficient`).
    """
    with services.db.ops_tx() as tx:
        user_id = tenants.ensure_user(tx, email, name)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if people.add(tx, user_id, role):
            tenants.log_action(tx, "member.added", "user", user_id, {"role": role})
        return people.members(tx, user_id)[0]


def set_role(services: Services, tenant_id: UUID, actor: Actor, user_id: UUID, role: Role) -> MemberRow:
    """Change what a member may do; it counts with the next request.

    Raises: NotFoundError (`member_unknown`), RefusedError (`role_insufficient`), ConflictError (`last_owner`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        if not people.set_role(tx, user_id, role):
            raise NotFoundError("member_unknown", "There is no such member")
        tenants.log_action(tx, "member.role_set", "user", user_id, {"role": role})
        return people.members(tx, user_id)[0]


def remove_member(services: Services, tenant_id: UUID, actor: Actor, user_id: UUID) -> None:
    """Take a person out of the tenant, with their sessions and tokens here; what they did stays theirs.

    Raises: NotFoundError (`member_unknown`), RefusedError (`role_insufficient`), ConflictError (`last_owner`).
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        tenants.log_action(tx, "member.removed", "user", user_id)
        if not people.remove(tx, user_id):
            raise NotFoundError("member_unknown", "There is no such member")
