"""Row level security: seen from the connection that the application really uses."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql

from capture.history.model import Cut
from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM, owner_connection
from storage.queries import blind, events, review, tenants, vehicles, webhooks
from tests.integration import judged
from tests.integration.conftest import Fleet, photo
from worker.once import Once
from worker.pipeline import read_upload
from worker.sessions import make_link, open_with_link

TENANT_TABLES = {
    "tenant_policies",
    "promises",
    "calibrations",
    "blind_samples",
    "review_queue",
    "review_decisions",
    "review_preferences",
    "tenants",
    "memberships",
    "sessions",
    "signin_links",
    "vehicles",
    "api_tokens",
    "uploads",
    "extraction_runs",
    "manual_events",
    "upload_events",
    "event_proposals",
    "vehicle_readings",
    "meter_cuts",
    "vehicle_rates",
    "explanations",
    "event_facts",
    "event_words",
    "upload_words",
    "duplicate_candidates",
    "bundles",
    "bundle_members",
    "event_stream",
    "event_stream_heads",
    "audit_trail",
    "audit_logs",
    "private_values",
    "idempotency_keys",
    "webhook_endpoints",
    "webhook_secrets",
    "webhook_messages",
    "webhook_deliveries",
}
"""Every tenant table, once; the catalogue test fails for a table that is not here."""

NOT_AUDITED = {
    "audit_trail",
    "audit_logs",
    "event_stream",
    "event_stream_heads",
    "extraction_runs",
    "private_values",
    "event_words",
    "upload_words",
    "vehicle_readings",
    "vehicle_rates",
    "event_facts",
    "idempotency_keys",
    "webhook_secrets",
    "webhook_messages",
    "webhook_deliveries",
    "review_queue",
    "review_decisions",
}
"""Immutable or derived tables: an audit of them would say what they say themselves."""

UNGUARDED = {"audit_trail", "audit_logs", "private_values", "tenants"}
"""Tables into which a viewer's doings are noted, and one that the application never writes."""

PAIRS_AND_BUNDLES = {"duplicate_candidates", "bundles", "bundle_members"}
"""Rows that take two events; tests/integration/test_related.py looks at them from another tenant."""

WITHOUT_TENANT = {"users", "identities", "stray_objects", "schema_migrations"}


CUT = Cut(at=datetime(2020, 1, 1, tzinfo=UTC), kind="replacement", before_km=100_000, after_km=0)


@pytest.fixture
def filled(fleet: Fleet, other_fleet: Fleet, reader: Reader) -> Fleet:
    """Both tenants have an upload with an event, have said what they allow, and have had a meter replaced."""
    for tenant in (fleet, other_fleet):
        with tenant.services.db.tenant_tx(tenant.tenant_id, tenant.person) as tx:
            tenants.set_policy(tx, allow_vision=False)
            vehicles.add_cut(tx, tenant.vehicle_id, CUT)
            webhooks.add(tx, "https://example.com/", "", ["event.recorded"], "whsec_", include_payload=False)
        upload_id = tenant.send(photo("fuel_000.jpg"))
        read_upload(tenant.services, reader, tenant.tenant_id, upload_id)
        assert tenant.count("manual_events") == 1
        judged.trusted(tenant, 0.02)
        open_with_link(tenant.services, make_link(tenant.services, tenant.tenant_id, tenant.user_id), SYSTEM)
        with tenant.services.db.tenant_tx(tenant.tenant_id, SYSTEM) as tx:
            (event,) = events.find(tx)
            blind.insert(tx, event.id, event.created_at, event.event_type, "recorded", 1.0)
        Once(tenant.services, tenant.tenant_id, tenant.person, "a key", b"a request").do(lambda: {"id": 1})
        with tenant.services.db.tenant_tx(tenant.tenant_id, tenant.person) as tx:
            review.set_preferences(tx, review.Preferences())
            locked = events.lock_event(tx, event.id)
            assert locked is not None
            review.remember(tx, locked, "confirm")
    return fleet


def test_without_a_tenant_no_table_shows_a_row(filled: Fleet, settings: Settings) -> None:
    with psycopg.connect(settings.database_app_url.get_secret_value(), autocommit=True) as connection:
        assert connection.execute("select current_user").fetchone() == ("capture_app",)
        for table in sorted(TENANT_TABLES | {"users"}):
            rows = connection.execute(sql.SQL("select * from capture.{}").format(sql.Identifier(table))).fetchall()
            assert rows == [], table


def test_an_unset_tenant_is_no_error_even_after_one_was_set(filled: Fleet, settings: Settings) -> None:
    with psycopg.connect(settings.database_app_url.get_secret_value(), autocommit=True) as connection:
        with connection.transaction():
            connection.execute("select set_config('app.tenant_id', %s, true)", (str(filled.tenant_id),))
            assert connection.execute("select count(*) from capture.vehicles").fetchone() == (2,)
        assert connection.execute("select current_setting('app.tenant_id', true)").fetchone() == ("",)
        assert connection.execute("select count(*) from capture.vehicles").fetchone() == (0,)


def test_a_tenant_sees_its_own_rows_alone(filled: Fleet, other_fleet: Fleet) -> None:
    for mine, theirs in ((filled, other_fleet), (other_fleet, filled)):
        with mine.services.db.tenant_tx(mine.tenant_id, SYSTEM) as tx:
            for table in sorted(TENANT_TABLES):
                column = "id" if table == "tenants" else "tenant_id"
                statement = sql.SQL("select distinct {} from capture.{}").format(
                    sql.Identifier(column), sql.Identifier(table)
                )
                seen = {row[0] for row in tx.execute(statement).fetchall()}
                assert theirs.tenant_id not in seen
                assert seen <= {mine.tenant_id}, table
                if table not in {"api_tokens", "event_proposals", "audit_logs", *PAIRS_AND_BUNDLES}:
                    assert seen, f"{table} is empty, so this proves nothing about it"
            assert [member.id for member in tenants.members(tx)] == [mine.user_id]


def test_partitions_cannot_be_read_directly(filled: Fleet, settings: Settings) -> None:
    with owner_connection(settings.database_url.get_secret_value()) as owner:
        partitions = owner.execute(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
            "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'capture' and c.relkind = 'r'"
        ).fetchall()
    assert len(partitions) >= 10
    with psycopg.connect(settings.database_app_url.get_secret_value(), autocommit=True) as connection:
        for (name,) in partitions:
            for statement in ("select * from capture.{}", "delete from capture.{}"):
                with pytest.raises(pg.InsufficientPrivilege):
                    connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def test_a_row_cannot_be_written_into_or_moved_to_another_tenant(fleet: Fleet, other_fleet: Fleet) -> None:
    insert = "insert into capture.vehicles (tenant_id, label) values (%s, 'x')"
    with (
        pytest.raises(pg.InsufficientPrivilege),
        fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx,
    ):
        tx.execute(insert, (other_fleet.tenant_id,))
    with (
        pytest.raises(pg.InsufficientPrivilege),
        fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx,
    ):
        tx.execute("update capture.vehicles set tenant_id = %s", (other_fleet.tenant_id,))


def test_an_event_cannot_name_another_tenants_vehicle(fleet: Fleet, other_fleet: Fleet) -> None:
    with pytest.raises(pg.ForeignKeyViolation), fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute(
            "insert into capture.uploads (tenant_id, vehicle_id, bucket, object_key, source) "
            "values (%s, %s, 'b', 'k', 'drop')",
            (fleet.tenant_id, other_fleet.vehicle_id),
        )


def test_history_is_insert_only_for_the_application(filled: Fleet) -> None:
    for table in ("audit_trail", "audit_logs", "event_stream", "extraction_runs", "private_values"):
        for statement in ("update capture.{} set tenant_id = tenant_id", "delete from capture.{}"):
            with (
                pytest.raises(pg.InsufficientPrivilege),
                filled.services.db.tenant_tx(filled.tenant_id, SYSTEM) as tx,
            ):
                tx.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_ops_sees_states_but_no_payload_key_or_person(filled: Fleet) -> None:
    with filled.services.db.ops_tx() as tx:
        assert len(tx.execute("select tenant_id, id, state from capture.uploads").fetchall()) == 2
    for statement in (
        "select object_key from capture.uploads",
        "select payload from capture.manual_events",
        "select value from capture.private_values",
        "select * from capture.audit_trail",
        "select data from capture.webhook_messages",
        "select secret from capture.webhook_secrets",
        "select url from capture.webhook_endpoints",
    ):
        with pytest.raises(pg.InsufficientPrivilege), filled.services.db.ops_tx() as tx:
            tx.execute(statement)


def test_the_catalogue_keeps_the_rules(settings: Settings) -> None:
    with owner_connection(settings.database_url.get_secret_value()) as owner:
        rows = owner.execute(
            """
            select c.relname, c.relkind, c.relispartition, c.relrowsecurity, c.relforcerowsecurity, c.oid,
              exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as tenant,
              exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'updated_at') as touched
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'capture' and c.relkind in ('r', 'p')
            """
        ).fetchall()
        tables = {row[0] for row in rows if not row[2]}
        assert tables == TENANT_TABLES | WITHOUT_TENANT
        for name, _, partition, secured, forced, oid, has_tenant, has_updated in rows:
            if name == "schema_migrations":
                continue
            assert secured, name
            assert forced, name
            grants = owner.execute(
                "select count(*) from information_schema.role_table_grants where table_schema = 'capture' "
                "and table_name = %s and grantee in ('capture_app', 'capture_ops')",
                (name,),
            ).fetchone()
            if partition:
                assert grants == (0,), f"partition {name} has grants"
                continue
            triggers = {r[0] for r in owner.execute("select tgname from pg_trigger where tgrelid = %s", (oid,))}
            if has_updated:
                assert "touch" in triggers, name
            if name not in TENANT_TABLES:
                continue
            assert has_tenant or name == "tenants"
            policies = owner.execute(
                "select polpermissive, polqual is not null, polwithcheck is not null from pg_policy "
                "where polrelid = %s and 'capture_app'::regrole = any(polroles)",
                (oid,),
            ).fetchall()
            assert sorted(policies) == [(False, True, True), (True, True, True)], name
            assert ("audit" in triggers) == (name not in NOT_AUDITED), name
            assert ("role_guard" in triggers) == (name not in UNGUARDED), name
            leading = owner.execute(
                "select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid "
                "and a.attnum = i.indkey[0] where i.indrelid = %s and a.attname = %s",
                (oid, "id" if name == "tenants" else "tenant_id"),
            ).fetchone()
            assert leading is not None
            assert leading[0] >= 1, f"{name} has no index that starts with the tenant"


def test_foreign_keys_between_tenant_tables_carry_the_tenant(settings: Settings) -> None:
    with owner_connection(settings.database_url.get_secret_value()) as owner:
        keys = owner.execute(
            """
            select f.conname, s.relname, t.relname,
              (select array_agg(a.attname) from pg_attribute a where a.attrelid = s.oid and a.attnum = any(f.conkey))
            from pg_constraint f join pg_class s on s.oid = f.conrelid join pg_class t on t.oid = f.confrelid
            join pg_namespace n on n.oid = s.relnamespace
            where n.nspname = 'capture' and f.contype = 'f'
            """
        ).fetchall()
    between = [key for key in keys if key[1] in TENANT_TABLES and key[2] in TENANT_TABLES]
    assert len(between) >= 10
    for name, _, _, columns in between:
        assert "tenant_id" in columns, name


def test_no_role_of_the_application_bypasses_security(settings: Settings) -> None:
    with owner_connection(settings.database_url.get_secret_value()) as owner:
        rows = owner.execute(
            "select rolname, rolsuper, rolbypassrls from pg_roles where rolname in ('capture_app', 'capture_ops')"
        ).fetchall()
        owned = owner.execute("select count(*) from pg_class where relowner = 'capture_app'::regrole").fetchone()
    assert sorted(rows) == [("capture_app", False, False), ("capture_ops", False, False)]
    assert owned == (0,)


def test_an_unknown_tenant_sees_nothing(filled: Fleet) -> None:
    with filled.services.db.tenant_tx(uuid4(), SYSTEM) as tx:
        assert not tenants.tenant_known(tx)
        assert tx.execute("select count(*) from capture.manual_events").fetchone() == (0,)
