"""Migrations: each once, in order, unchanged, by an owner who is no superuser."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from capture.errors import ConfigError
from capture.settings import Settings
from storage.db import SYSTEM, Database, owner_connection
from storage.migrate import migrate, migrations, pending
from storage.queries import tenants
from tests.services import Server


def test_a_second_run_does_nothing(settings: Settings) -> None:
    with owner_connection(settings.database_url.get_secret_value()) as connection:
        assert migrate(connection) == []
        assert pending(connection) == []


def test_a_changed_file_stops_everything(settings: Settings) -> None:
    with owner_connection(settings.database_url.get_secret_value()) as connection:
        connection.execute("update capture.schema_migrations set checksum = 'x' where name like '0002%'")
        with pytest.raises(ConfigError) as stopped:
            migrate(connection)
    assert stopped.value.code == "migration_changed"


def test_an_empty_database_says_what_to_do(server: Server) -> None:
    name = f"empty_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        with owner_connection(server.url(name)) as connection:
            assert pending(connection) == [m.name for m in migrations()]
        database = Database(server.url(name), server.url(name))
        with pytest.raises(ConfigError) as stopped, database.ops_tx() as tx:
            tenants.find_tenants(tx)
        assert stopped.value.code == "schema_outdated"
        database.close()
    finally:
        server.drop(name)


def test_four_at_once_by_an_owner_who_is_no_superuser(server: Server) -> None:
    name = f"plain_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login createrole").format(sql.Identifier(name)))
        # as if this owner had made the roles: from PostgreSQL 16 on it may then give them away, not become them
        what_a_creator_gets = "admin option" if connection.info.server_version < 160_000 else "admin true, set false"
        for role in ("capture_app", "capture_ops", "capture_admin"):
            connection.execute(
                sql.SQL("grant {} to {} with " + what_a_creator_gets).format(sql.Identifier(role), sql.Identifier(name))
            )
        connection.execute(sql.SQL("create database {0} owner {0}").format(sql.Identifier(name)))
    url = server.url(name, name)

    def run() -> list[str]:
        with owner_connection(url) as connection:
            return migrate(connection)

    try:
        with ThreadPoolExecutor(4) as pool:
            applied = [future.result() for future in [pool.submit(run) for _ in range(4)]]
        assert sorted(applied, key=len) == [[], [], [], [m.name for m in migrations()]]
        database = Database(url, url)
        with database.ops_tx() as tx:
            tenant_id = tenants.create_tenant(tx, "T", "solo")
            assert tx.execute("select current_user").fetchone() == ("capture_ops",)
        with database.tenant_tx(tenant_id, SYSTEM) as tx:
            assert tx.execute("select current_user").fetchone() == ("capture_app",)
            tenants.add_vehicle(tx, "V")
            assert len(tenants.vehicles(tx)) == 1
        with database.tenant_tx(uuid.uuid4(), SYSTEM) as tx:
            assert tenants.vehicles(tx) == []
        database.close()
    finally:
        server.drop(name)


def test_events_that_are_there_get_their_facts_from_an_owner_who_is_no_superuser(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"filled_{uuid.uuid4().hex[:8]}"
    before = [one for one in migrations() if one.name < "0009"]
    tenant, vehicle, event = (uuid.uuid4() for _ in range(3))
    payload = {"total_cost": 86.0, "purchased_on": "2026-02-31", "receipt_data": {"receipt_number": "48-213"}}
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login createrole").format(sql.Identifier(name)))
        connection.execute(sql.SQL("create database {0} owner {0}").format(sql.Identifier(name)))
    try:
        with owner_connection(server.url(name, name)) as connection, monkeypatch.context() as patched:
            patched.setattr("storage.migrate.migrations", lambda: before)
            migrate(connection)
        with psycopg.connect(server.url(name), autocommit=True) as superuser:
            superuser.execute("insert into capture.tenants (id, name, kind) values (%s, 'T', 'org')", (tenant,))
            superuser.execute(
                "insert into capture.vehicles (tenant_id, id, label) values (%s, %s, 'Van')", (tenant, vehicle)
            )
            superuser.execute(
                "insert into capture.manual_events (tenant_id, id, vehicle_id, event_type, source, payload, "
                "occurred_at, occurred_at_source, review_state) "
                "values (%s, %s, %s, 'fuel_purchase', 'manual', %s, now(), 'person', 'accepted')",
                (tenant, event, vehicle, Jsonb(payload)),
            )
        with owner_connection(server.url(name, name)) as connection:
            assert migrate(connection) == [one.name for one in migrations() if one.name >= "0009"]
        with psycopg.connect(server.url(name)) as superuser:
            rows = superuser.execute("select event_id, number, amount_cents, day, stands from capture.event_facts")
            assert rows.fetchall() == [(event, "48213", 8_600, "2026-02-31", True)]
            forced = superuser.execute(
                "select relforcerowsecurity from pg_class where oid = 'capture.manual_events'::regclass"
            )
            assert forced.fetchone() == (True,)
    finally:
        server.drop(name)
