"""People: roles that the database keeps, members, tokens with scopes, sessions, and who looked at what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient

from capture.errors import CaptureError, ConflictError, RefusedError
from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM, Actor
from storage.queries import audit, people, sessions, tenants
from storage.queries.tenants import Role, Scope
from tests.integration.conftest import Fleet, photo
from web.app import create_app
from web.auth import scopes_for
from web.routers import routers
from web.sessions import COOKIE
from worker import tokens, welcome
from worker.people import add_member, remove_member, set_role
from worker.pipeline import read_upload
from worker.services import Services
from worker.sessions import make_link, open_session, session_of


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as made:
        yield made


def member(fleet: Fleet, role: Role) -> UUID:
    with fleet.services.db.ops_tx() as tx:
        return tenants.ensure_member(tx, fleet.tenant_id, f"{uuid4().hex[:8]}@example.com", role.title(), role)


def bearer(fleet: Fleet, user_id: UUID | None = None, scopes: tuple[Scope, ...] = tokens.USUAL) -> dict[str, str]:
    token = tokens.create(fleet.services, fleet.tenant_id, user_id or fleet.user_id, "test", scopes=scopes)
    return {"Authorization": f"Bearer {token}"}


def told(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


EVERYTHING: tuple[Scope, ...] = ("read", "upload", "write", "people")

# --- the database's own rules


def test_a_viewer_and_a_stranger_write_nothing_whatever_the_program_does(fleet: Fleet) -> None:
    viewer = member(fleet, "viewer")
    with fleet.services.db.ops_tx() as tx:
        stranger = tenants.ensure_user(tx, "stranger@example.com", "Stranger")
    for person in (Actor("person", viewer), Actor("person", stranger), Actor("person")):
        for statement in (
            "insert into capture.vehicles (tenant_id, label) values (capture.current_tenant(), 'x')",
            "update capture.vehicles set label = 'x'",
            "insert into capture.tenant_policies (tenant_id) values (capture.current_tenant())",
            "update capture.memberships set role = 'owner'",
            "delete from capture.memberships",
            "update capture.manual_events set payload = '{}'",
            "delete from capture.promises",
        ):
            with pytest.raises(RefusedError) as refused, fleet.services.db.tenant_tx(fleet.tenant_id, person) as tx:
                tx.execute(statement)
            assert refused.value.code == "role_insufficient"
    with fleet.services.db.tenant_tx(fleet.tenant_id, Actor("person", member(fleet, "manager"))) as tx:
        assert tx.execute("update capture.vehicles set label = 'mine'").rowcount == 2


def test_nobody_makes_a_session_link_or_token_for_another(fleet: Fleet) -> None:
    manager = Actor("person", member(fleet, "manager"))
    owner = fleet.person
    for person in (manager, owner):
        other = fleet.user_id if person is manager else manager.user_id
        assert other is not None
        with pytest.raises(RefusedError), fleet.services.db.tenant_tx(fleet.tenant_id, person) as tx:
            sessions.add(tx, other, b"x", "link", 60)
        with pytest.raises(RefusedError), fleet.services.db.tenant_tx(fleet.tenant_id, person) as tx:
            sessions.add_link(tx, other, b"x", 60)
        with pytest.raises(RefusedError), fleet.services.db.tenant_tx(fleet.tenant_id, person) as tx:
            tenants.add_token(tx, other, "x", b"x", ["read"], None)
    bearer(fleet)
    with pytest.raises(RefusedError), fleet.services.db.tenant_tx(fleet.tenant_id, manager) as tx:
        tx.execute("update capture.api_tokens set revoked_at = now()")


def test_a_tenant_keeps_an_owner_even_where_two_go_at_once(fleet: Fleet) -> None:
    with pytest.raises(ConflictError, match="at least one owner"):
        remove_member(fleet.services, fleet.tenant_id, fleet.person, fleet.user_id)
    with pytest.raises(ConflictError, match="at least one owner"):
        set_role(fleet.services, fleet.tenant_id, fleet.person, fleet.user_id, "viewer")
    second = member(fleet, "owner")

    def leave(user_id: UUID) -> str:
        try:
            remove_member(fleet.services, fleet.tenant_id, Actor("person", user_id), user_id)
        except CaptureError as error:
            return error.code
        return "gone"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(leave, (fleet.user_id, second)))
    assert answers == ["gone", "last_owner"]
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert [row.role for row in people.members(tx)] == ["owner"]


def test_who_is_removed_loses_sessions_and_tokens_at_once(fleet: Fleet, client: TestClient) -> None:
    person = member(fleet, "manager")
    headers = bearer(fleet, person)
    token = open_session(fleet.services, fleet.tenant_id, person, "link", SYSTEM)
    assert client.get("/v1/me", headers=headers).json()["role"] == "manager"
    remove_member(fleet.services, fleet.tenant_id, fleet.person, person)
    assert told(client.get("/v1/me", headers=headers)) == (401, "token_invalid")
    with pytest.raises(RefusedError):
        session_of(fleet.services, token)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        trail = tx.execute("select table_name from capture.audit_trail where operation = 'DELETE'").fetchall()
    assert {row[0] for row in trail} == {"memberships", "sessions", "api_tokens"}


# --- members by the API


def test_an_owner_says_who_belongs_to_the_tenant(client: TestClient, fleet: Fleet, other_fleet: Fleet) -> None:
    headers = bearer(fleet, scopes=EVERYTHING)
    said = {"email": " Anna@Example.com ", "name": "Anna", "role": "viewer"}
    made = client.post("/v1/members", json=said, headers=headers)
    assert (made.status_code, made.json()["email"], made.json()["role"]) == (201, "anna@example.com", "viewer")
    path = f"/v1/members/{made.json()['id']}"
    assert client.post("/v1/members", json=said | {"role": "owner"}, headers=headers).json()["role"] == "viewer"
    assert client.patch(path, json={"role": "manager"}, headers=headers).json()["role"] == "manager"
    listed = client.get("/v1/members", headers=headers).json()
    assert ([row["name"] for row in listed["items"]], listed["next"]) == (["Owner", "Anna"], None)
    for wrong in ({"email": "anna"}, {"name": ""}, {"name": "a\x00b"}, {"role": "king"}, {"x": 1}):
        assert told(client.post("/v1/members", json=said | wrong, headers=headers)) == (422, "request_invalid")
    theirs = f"/v1/members/{other_fleet.user_id}"
    assert told(client.patch(theirs, json={"role": "viewer"}, headers=headers)) == (404, "member_unknown")
    assert told(client.delete(theirs, headers=headers)) == (404, "member_unknown")
    mine = f"/v1/members/{fleet.user_id}"
    assert told(client.patch(mine, json={"role": "viewer"}, headers=headers)) == (409, "last_owner")
    assert client.delete(path, headers=headers).status_code == 204
    assert told(client.delete(path, headers=headers)) == (404, "member_unknown")
    manager = bearer(fleet, member(fleet, "manager"), EVERYTHING)
    assert told(client.post("/v1/members", json=said, headers=manager)) == (403, "role_insufficient")


def test_who_is_in_several_tenants_sees_them_but_a_token_sees_its_own(
    client: TestClient, fleet: Fleet, other_fleet: Fleet
) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (me,) = people.members(tx)
    add_member(fleet.services, other_fleet.tenant_id, other_fleet.person, me.email, "Another name", "viewer")
    client.cookies.set(COOKIE, open_session(fleet.services, fleet.tenant_id, fleet.user_id, "link", SYSTEM))
    said = client.get("/v1/tenants").json()["items"]
    assert [(row["name"], row["current"]) for row in said] == [("Fleet A", True), ("Fleet B", False)]
    client.cookies.clear()
    assert [row["name"] for row in client.get("/v1/tenants", headers=bearer(fleet)).json()["items"]] == ["Fleet A"]
    with other_fleet.services.db.tenant_tx(other_fleet.tenant_id, SYSTEM) as tx:
        assert people.members(tx, fleet.user_id)[0].name == "Owner"


# --- tokens and their scopes


@pytest.mark.parametrize(
    ("scopes", "reads", "announces", "changes", "manages"),
    [
        (("read",), True, False, False, False),
        (("upload",), False, True, False, False),
        (("write",), False, True, True, False),
        (("people",), False, False, False, True),
        (("read", "write"), True, True, True, False),
    ],
)
def test_a_token_does_what_its_scopes_name(
    client: TestClient,
    fleet: Fleet,
    scopes: tuple[Scope, ...],
    reads: bool,
    announces: bool,
    changes: bool,
    manages: bool,
) -> None:
    headers = bearer(fleet, scopes=scopes)
    photograph = {"vehicle_id": str(fleet.vehicle_id), "size_bytes": 3, "content_type": "image/jpeg"}
    assert (client.get("/v1/events", headers=headers).status_code == 200) == reads
    assert (client.get("/v1/members", headers=headers).status_code == 200) == reads
    assert (client.post("/v1/uploads", json=photograph, headers=headers).status_code == 201) == announces
    assert (client.get("/v1/vehicles", headers=headers).status_code == 200) == (reads or "upload" in scopes)
    assert (client.patch("/v1/policy", json={"blind_share": 0.1}, headers=headers).status_code == 200) == changes
    answer = client.post("/v1/tokens", json={"name": "x", "scopes": list(scopes)}, headers=headers)
    assert (answer.status_code == 201) == manages
    if not manages:
        assert told(answer) == (403, "scope_insufficient")


def test_a_token_without_read_completes_what_its_person_sent_and_nothing_else(client: TestClient, fleet: Fleet) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    path = f"/v1/uploads/{upload_id}/complete"
    manager = member(fleet, "manager")
    assert told(client.post(path, headers=bearer(fleet, manager, ("upload",)))) == (404, "upload_unknown")
    assert client.post(path, headers=bearer(fleet, manager)).status_code == 202
    assert client.post(path, headers=bearer(fleet, scopes=("upload",))).status_code == 202


def test_tokens_are_made_shown_once_and_revoked(client: TestClient, fleet: Fleet) -> None:
    headers = bearer(fleet, member(fleet, "manager"), ("read", "people"))
    made = client.post("/v1/tokens", json={"name": "Gate", "scopes": ["read"], "days": 1}, headers=headers)
    assert made.status_code == 201
    gate = {"Authorization": f"Bearer {made.json()['token']}"}
    assert client.get("/v1/me", headers=gate).json()["scopes"] == ["read"]
    more = client.post("/v1/tokens", json={"name": "x", "scopes": ["write"]}, headers=headers)
    assert told(more) == (403, "scope_insufficient")
    (_, row) = client.get("/v1/tokens", headers=headers).json()["items"]
    assert (row["name"], row["scopes"], "token" in row, row["last_used_at"] is None) == ("Gate", ["read"], False, False)
    owners = bearer(fleet, scopes=EVERYTHING)
    assert len(client.get("/v1/tokens", headers=owners).json()["items"]) == 3
    stranger = bearer(fleet, member(fleet, "viewer"), EVERYTHING)
    path = f"/v1/tokens/{row['id']}"
    assert told(client.delete(path, headers=stranger)) == (404, "token_unknown")
    assert client.delete(path, headers=owners).status_code == 204
    assert told(client.get("/v1/me", headers=gate)) == (401, "token_invalid")
    assert told(client.delete(path, headers=owners)) == (404, "token_unknown")
    wrongs: list[dict[str, object]] = [{"scopes": []}, {"scopes": ["all"]}, {"days": 0}, {"name": " "}]
    for wrong in wrongs:
        said = {"name": "x", "scopes": ["read"]} | wrong
        assert told(client.post("/v1/tokens", json=said, headers=headers)) == (422, "request_invalid")


# --- sessions


def test_sessions_are_listed_and_ended_by_whose_they_are(client: TestClient, fleet: Fleet, other_fleet: Fleet) -> None:
    phone = Actor("person", fleet.user_id, "192.0.2.7", "Mozilla/5.0 (Linux; Android 15) Chrome/140.0")
    here, there, third = (open_session(fleet.services, fleet.tenant_id, fleet.user_id, "link", phone) for _ in range(3))
    theirs = session_of(
        fleet.services, open_session(fleet.services, other_fleet.tenant_id, other_fleet.user_id, "link", SYSTEM)
    )
    client.cookies.set(COOKIE, here)
    word = {"x-csrf-token": session_of(fleet.services, here).csrf}
    rows = client.get("/v1/sessions").json()["items"]
    assert sorted(row["current"] for row in rows) == [False, False, True]
    assert {row["address"] for row in rows} == {"192.0.2.7"}
    assert all("Android" in row["user_agent"] for row in rows)
    path = f"/v1/sessions/{session_of(fleet.services, there).id}"
    assert told(client.delete(path)) == (403, "csrf_invalid")
    assert client.delete(path, headers=word).status_code == 204
    with pytest.raises(RefusedError):
        session_of(fleet.services, there)
    assert told(client.delete(path, headers=word)) == (404, "session_unknown")
    assert told(client.delete(f"/v1/sessions/{theirs.id}", headers=word)) == (404, "session_unknown")
    assert client.delete("/v1/sessions", headers=word).json() == {"ended": 1}
    with pytest.raises(RefusedError):
        session_of(fleet.services, third)
    assert session_of(fleet.services, here)


def test_a_session_tells_its_word_to_its_own_page(client: TestClient, fleet: Fleet) -> None:
    assert told(client.get("/session")) == (401, "session_expired")
    token = open_session(fleet.services, fleet.tenant_id, fleet.user_id, "link", SYSTEM)
    client.cookies.set(COOKIE, token)
    said = client.get("/session")
    assert said.json()["csrf"] == session_of(fleet.services, token).csrf
    assert said.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in said.headers


# --- who looked at what


def test_views_are_noted_once_an_hour_and_exports_each_time(client: TestClient, fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("dash_012.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    headers = bearer(fleet)
    (event,) = client.get(f"/v1/uploads/{upload_id}", headers=headers).json()["events"]
    for _ in range(2):
        client.get(f"/v1/uploads/{upload_id}", headers=headers)
        client.get(f"/v1/events/{event['id']}", headers=headers)
        client.get(f"/v1/vehicles/{fleet.vehicle_id}/history", headers=headers)
        client.get("/v1/review", headers=headers)
    client.get(f"/v1/events/{event['id']}", headers=bearer(fleet, member(fleet, "viewer")))
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        audit.log_export(tx, "events", 3, vehicle=fleet.vehicle_id, text=None)
        audit.log_export(tx, "events", 3)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        audit.log_views(tx, "vehicle", [fleet.vehicle_id])
        rows = tx.execute(
            "select action, count(*), count(distinct actor_id) from capture.audit_logs "
            "where action like '%.viewed' or action = 'export.made' group by 1 order by 1"
        ).fetchall()
    assert rows == [
        ("event.viewed", 2, 2),
        ("export.made", 2, 1),
        ("photo.viewed", 1, 1),
        ("upload.viewed", 1, 1),
        ("vehicle.viewed", 1, 1),
    ]


# --- how a new user begins


def test_an_empty_database_gets_a_tenant_and_its_owner_a_way_in(services: Services, client: TestClient) -> None:
    assert welcome.ensure_tenant(services)
    assert not welcome.ensure_tenant(services)
    with services.db.ops_tx() as tx:
        (tenant,) = tenants.find_tenants(tx)
    with services.db.tenant_tx(tenant.id, SYSTEM) as tx:
        (owner,) = people.members(tx)
        assert len(tenants.vehicles(tx)) == 1
    address, _, link = welcome.signin_address(services, tenant.id, owner.id).partition("#")
    assert address == f"http://{services.settings.host}:{services.settings.port}/signin"
    assert client.post("/signin", data={"link": link}, follow_redirects=False).status_code == 303
    assert client.get("/v1/me").json()["tenant"]["name"] == welcome.TENANT
    named = services.settings.model_copy(update={"public_url": "https://capture.example/"})
    assert welcome.web_address(named) == "https://capture.example"


OPEN = {
    "/signin", "/signin/oidc", "/signin/oidc/callback", "/sw.js", "/manifest.webmanifest", "/certificate.crt",
    "/healthz", "/readyz", "/v1/health/live", "/v1/health/ready", "/v1/openapi.json",
    "/v1/triggers/s3", "/v1/triggers/s3/{path_secret}",
}  # fmt: skip
"""What somebody reaches who has not signed in; a trigger has its own secret."""

VIEWERS_OWN = {
    ("POST", "/v1/tokens"), ("DELETE", "/v1/tokens/{token_id}"), ("DELETE", "/v1/sessions"),
    ("DELETE", "/v1/sessions/{session_id}"), ("PUT", "/v1/review/preferences"),
    ("POST", "/v1/review/{event_id}/follow"),
}  # fmt: skip
"""What a viewer may send: about the viewer's own credentials and desk, and one that writes nothing."""


def routes() -> list[tuple[str, str, str]]:
    """Return method, declared path and an address for every endpoint that there is."""
    found = [
        (method, route.path, re.sub(r"{\w+}", str(uuid4()), route.path))  # type: ignore[attr-defined]
        for router in routers()
        for route in router.routes
        for method in sorted(route.methods)  # type: ignore[attr-defined]
    ]
    assert len(found) > 80
    return found


def test_nothing_is_reached_without_signing_in_and_nothing_written_by_another_site(
    client: TestClient, fleet: Fleet
) -> None:
    cookie = open_session(fleet.services, fleet.tenant_id, fleet.user_id, "link", SYSTEM)
    for method, path, address in routes():
        if path in OPEN:
            continue
        client.cookies.clear()
        refused = client.request(method, address, follow_redirects=False)
        assert refused.status_code == 401, (method, path, refused.text)
        if method == "GET":
            continue
        client.cookies.set(COOKIE, cookie)
        for word in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}):
            assert told(client.request(method, address, headers=word)) == (403, "csrf_invalid"), (method, path)


def test_a_viewer_and_a_token_without_the_scope_are_refused_everywhere(client: TestClient, fleet: Fleet) -> None:
    viewer = bearer(fleet, member(fleet, "viewer"), EVERYTHING)
    for method, path, address in routes():
        if not path.startswith("/v1/") or path in OPEN:
            continue
        if method != "GET" and (method, path) not in VIEWERS_OWN:
            refused = client.request(method, address, headers=viewer)
            assert told(refused) == (403, "role_insufficient"), (method, path)
        needed = scopes_for(method, path)
        others = tuple(scope for scope in EVERYTHING if scope not in needed)
        lacking = bearer(fleet, scopes=others)
        assert told(client.request(method, address, headers=lacking)) == (403, "scope_insufficient"), (method, path)


@pytest.mark.parametrize(("address", "tls"), [("https://capture.example", True), ("", False)])
def test_behind_a_proxy_that_speaks_tls_the_cookie_goes_over_tls_alone(
    fleet: Fleet, settings: Settings, address: str, tls: bool
) -> None:
    link = make_link(fleet.services, fleet.tenant_id, fleet.user_id)
    with TestClient(create_app(settings.model_copy(update={"public_url": address}))) as client:
        done = client.post("/signin", data={"link": link}, follow_redirects=False)
        kept = client.get("/v1/me", headers=bearer(fleet)).headers["cache-control"]
    cookies = done.headers.get_list("set-cookie")
    assert [(COOKIE in one, "HttpOnly" in one, "SameSite=lax" in one, "Secure" in one) for one in cookies] == [
        (True, True, True, tls),
        (False, True, True, tls),
    ]
    assert ("strict-transport-security" in done.headers) == tls
    assert kept == "no-store"
