"""Migration 0008 on a database in use, by an owner who is no superuser: old events get their place in history."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from capture.events import entered_payload
from capture.history.entry import Told, entry_of
from storage import migrate as migrating
from storage.db import SYSTEM, Database, owner_connection
from storage.queries import history, tenants
from tests.services import Server

TOOK = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def owner_url(server: Server) -> Iterator[str]:
    """Return the URL of an empty database for its owner."""
    name = f"old_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login createrole").format(sql.Identifier(name)))
        for role in ("capture_app", "capture_ops", "capture_admin"):
            connection.execute(
                sql.SQL("grant {} to {} with admin option").format(sql.Identifier(role), sql.Identifier(name))
            )
        connection.execute(sql.SQL("create database {0} owner {0}").format(sql.Identifier(name)))
    yield server.url(name, name)
    server.drop(name)


def insert(tx: Any, tenant_id: UUID, vehicle_id: UUID, event_type: str, payload: dict[str, Any], **more: Any) -> UUID:
    event_id = uuid.uuid4()
    columns = {"review_state": "flagged", "confidence": None, "flag_reasons": "[]", "source": "photo", **more}
    tx.execute(
        "insert into capture.manual_events (id, tenant_id, vehicle_id, event_type, source, payload, confidence, "
        "occurred_at, occurred_at_source, review_state, verified_by_user, flag_reasons) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, 'exif', %s, %s, %s)",
        (event_id, tenant_id, vehicle_id, event_type, columns["source"], json.dumps(payload), columns["confidence"],
         TOOK, columns["review_state"], columns["review_state"] in ("verified", "corrected"),
         columns["flag_reasons"]),
    )  # fmt: skip
    return event_id


FUEL = {
    "volume": 10.0, "volume_unit": "gal_us", "unit_price": 3.8, "currency": "USD", "fuel_type": "regular",
    "odometer": 31_000, "odometer_unit": "mi",
}  # fmt: skip

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("odometer_reading", {"reading": 50_000, "unit": "km", "parsed_digits": "050000"}, {"confidence": 97}),
    ("odometer_reading", {"reading": 50_000.5, "unit": "mi"}, {}),
    ("odometer_reading", {"reading": 50_000, "unit": "km"}, {"flag_reasons": '[{"code": "unit_from_vehicle"}]'}),
    ("odometer_reading", {"reading": 50_000}, {"review_state": "verified"}),
    ("fuel_purchase", FUEL, {}),
    ("fuel_purchase", {**FUEL, "purchased_on": "2026-02-20", "purchased_at": "17:05"}, {}),
    ("fuel_purchase", {**FUEL, "purchased_on": "2026-02-31"}, {}),
    ("fuel_purchase", {**FUEL, "purchased_on": "2126-02-20"}, {}),
    ("fuel_purchase", {**FUEL, "purchased_on": "2026-03-01"}, {}),
    ("fuel_purchase", FUEL, {"flag_reasons": '[{"code": "arithmetic_disagrees"}]'}),
    ("fuel_purchase", {**FUEL, "fuel_type": "def"}, {}),
    ("maintenance", {"odometer": 252_832, "odometer_unit": "km", "service_date": "2025-10-01"}, {}),
    ("maintenance", {"cost": 12.5}, {}),
]


def test_old_events_are_kept_as_new_ones_would_be(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = migrating.migrations()
    monkeypatch.setattr(migrating, "migrations", lambda: everything[:7])
    with owner_connection(owner_url) as connection:
        assert len(migrating.migrate(connection)) == 7
    database = Database(owner_url, owner_url)
    with database.ops_tx() as tx:
        tenant_id = tenants.create_tenant(tx, "T", "solo")
    with database.tenant_tx(tenant_id, SYSTEM) as tx:
        vehicle_id = uuid.uuid4()
        tx.execute("insert into capture.vehicles (id, tenant_id, label) values (%s, %s, 'V')", (vehicle_id, tenant_id))
        ids = []
        for event_type, values, more in CASES:
            payload = entered_payload(event_type, values) | {"source": "odometer"}
            ids.append((insert(tx, tenant_id, vehicle_id, event_type, payload, **more), event_type, payload, more))
        for state in ("rejected", "voided"):
            insert(tx, tenant_id, vehicle_id, "odometer_reading", {"reading": 5}, review_state=state)
        insert(tx, tenant_id, vehicle_id, "issue_report", {"description": "x"})
    monkeypatch.undo()
    with owner_connection(owner_url) as connection:
        assert migrating.migrate(connection) == [migration.name for migration in everything[7:]]
    with database.tenant_tx(tenant_id, SYSTEM) as tx:
        kept = {row.event_id: row for row in history.readings(tx, vehicle_id)}
    assert set(kept) == {one[0] for one in ids}
    for event_id, event_type, payload, more in ids:
        row = kept[event_id]
        entry = entry_of(
            Told(
                event_type=event_type,
                payload=payload,
                codes=tuple(flag["code"] for flag in json.loads(more.get("flag_reasons", "[]"))),
                occurred_at=TOOK,
                received_at=row.event_created_at,
                verified=more.get("review_state") == "verified",
                probability=None if more.get("confidence") is None else more["confidence"] / 100,
            )
        )
        assert entry is not None
        found = row.observation
        assert (found.at, found.verified, row.unit, row.unit_printed, row.judged) == (
            entry.at, entry.verified, entry.unit, entry.unit_printed,
            {"confidence": more.get("confidence"), "probability": None, "field_confidence": {}},
        )  # fmt: skip
        assert [one.model_dump() for one in found.ways] == [one.model_dump() for one in entry.ways]
        assert row.km == (entry.ways[0].km if entry.ways else None)
        assert (found.fill.model_dump() if found.fill else None) == (entry.fill.model_dump() if entry.fill else None)
    database.close()


def test_the_owner_is_bound_again(owner_url: str) -> None:
    with owner_connection(owner_url) as connection:
        migrating.migrate(connection)
        forced = connection.execute(
            "select relname from pg_class where relnamespace = 'capture'::regnamespace and relkind in ('r', 'p') "
            "and relrowsecurity and not relforcerowsecurity"
        ).fetchall()
    assert forced == []
