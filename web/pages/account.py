"""The account: who one is, where one works, who else does, and what acts for one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from storage.queries import people, tenants
from storage.queries.sessions import Method
from storage.queries.tenants import Role, Scope
from web.auth import ServicesDep, actor_of
from web.pages.rendering import page
from web.sessions import VisitorDep
from worker.sessions import tenants_of

router = APIRouter(include_in_schema=False)

ROLES: dict[Role, str] = {
    "owner": "does everything, and says who belongs here",
    "manager": "sends, reviews and changes",
    "viewer": "looks, and changes nothing",
}
SCOPES: dict[Scope, tuple[str, str]] = {
    "read": ("Look", "everything that you can see"),
    "upload": ("Send photos", "and nothing else: for a scanner or a shared phone"),
    "write": ("Change", "send, review and correct, as far as your role goes"),
    "people": ("Manage people", "members, tokens and sessions"),
}
METHODS: dict[Method, str] = {
    "link": "with a link",
    "oidc": "with the identity provider",
    "switch": "from another organisation",
}

_BROWSERS = (
    (r"Edg/", "Edge"), (r"OPR/", "Opera"), (r"SamsungBrowser/", "Samsung Internet"), (r"Firefox/", "Firefox"),
    (r"Chrom(e|ium)/", "Chrome"), (r"Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    (r"iPhone", "iPhone"), (r"iPad", "iPad"), (r"Android", "Android"), (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "Mac"), (r"Linux|X11", "Linux"),
)  # fmt: skip


@router.get("/account")
def show(request: Request, services: ServicesDep, visitor: VisitorDep) -> HTMLResponse:
    """Show the account."""
    caller = visitor.principal
    owner = caller.role == "owner"
    with services.db.tenant_tx(caller.tenant_id, actor_of(request, caller)) as tx:
        members = people.members(tx)
        browsers = people.sessions(tx, caller.user_id)
        made = tenants.tokens(tx, None if owner else caller.user_id)
    now = datetime.now(UTC)
    valid = [one for one in made if one.revoked_at is None and (one.expires_at is None or one.expires_at > now)]
    return page(
        request,
        visitor,
        "account.html",
        owner=owner,
        organisations=tenants_of(services, caller.user_id),
        members=members,
        owners=sum(one.role == "owner" for one in members),
        browsers=[(one, device(one.user_agent)) for one in browsers],
        tokens=valid,
        gone=len(made) - len(valid),
        roles=ROLES,
        scopes=SCOPES,
        methods=METHODS,
    )


def device(user_agent: str | None) -> str:
    """Return in words what a browser says of itself: `Chrome on Android`."""
    if not user_agent:
        return "Unknown browser"
    browser = next((name for pattern, name in _BROWSERS if re.search(pattern, user_agent)), "Some browser")
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, user_agent)), None)
    return browser if system is None else f"{browser} on {system}"
