"""One clone of a migrated database for each test, on each PostgreSQL; one Redis, one S3 server, one reader."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
import redis
from psycopg import sql
from pydantic import SecretStr

from capture.events.base import Kind
from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM, Actor
from storage.queries import tenants, uploads
from tests import services as servers
from tests.conftest import needs
from worker.intake import complete, expect
from worker.services import Services

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SECRET = "a-trigger-secret-of-the-tests"


@pytest.fixture(scope="session")
def embedded() -> Iterator[Settings]:
    servers.need_embedded_stack()
    with servers.embedded_stack() as settings:
        yield settings


@pytest.fixture(scope="session", params=["embedded", "system"])
def server(request: pytest.FixtureRequest, embedded: Settings) -> Iterator[servers.Server]:
    if request.param == "embedded":
        found = servers.Server("embedded", embedded.database_url.get_secret_value())
        found.make_template()
        yield found
        return
    programs = servers.system_postgres_programs()
    if programs is None:
        needs(found=False, what="a PostgreSQL of the system", hint="apt-get install postgresql")
        return
    with servers.system_postgres(programs) as found:
        found.make_template()
        yield found


@pytest.fixture(scope="session")
def databases(server: servers.Server) -> Iterator[Iterator[str]]:
    """Return fresh databases without end; while a test uses one, the next is made."""

    def made() -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        server.clone(name)
        return name

    def without_end(maker: ThreadPoolExecutor) -> Iterator[str]:
        coming = maker.submit(made)
        while True:
            name = coming.result()
            coming = maker.submit(made)
            yield name

    with ThreadPoolExecutor(1) as maker:
        yield without_end(maker)


@pytest.fixture
def database(server: servers.Server, databases: Iterator[str]) -> Iterator[str]:
    """Return the name of a fresh database."""
    name = next(databases)
    yield name
    server.drop(name)


@pytest.fixture
def settings(embedded: Settings, server: servers.Server, database: str) -> Settings:
    """Return settings whose application logs in as `capture_app`, as in production."""
    redis.Redis.from_url(embedded.redis_url.get_secret_value()).flushall()
    return embedded.model_copy(
        update={
            "database_url": SecretStr(server.url(database)),
            "database_app_url": SecretStr(server.url(database, "capture_app")),
            "database_ops_url": SecretStr(server.url(database, "capture_ops")),
            "s3_bucket": database.replace("_", "-"),
            "engines": ("recorded",),
            "recorded_dir": str(FIXTURES / "recorded"),
            "trigger_secret": SecretStr(SECRET),
            "requeue_after_s": 0.2,
            "lease_s": 2.0,
        }
    )


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    made = Services(settings)
    made.objects.ensure_bucket()
    yield made
    made.close()


@pytest.fixture(scope="session")
def reader(embedded: Settings) -> Iterator[Reader]:
    update = {"engines": ("recorded",), "recorded_dir": str(FIXTURES / "recorded")}
    with Reader(embedded.model_copy(update=update)) as made:
        yield made


@dataclass(frozen=True)
class Fleet:
    """A tenant with an owner and two vehicles."""

    services: Services
    tenant_id: UUID
    user_id: UUID
    vehicle_id: UUID
    other_vehicle_id: UUID

    @property
    def person(self) -> Actor:
        return Actor("person", self.user_id)

    def key(self, name: str) -> str:
        return f"tenants/{self.tenant_id}/vehicles/{self.vehicle_id}/{name}"

    def put(self, name: str, data: bytes) -> str:
        """Put an object as somebody with the bucket's credentials does; return its key."""
        key = self.key(name)
        put_object(self.services, key, data)
        return key

    def send(self, data: bytes, content_type: str = "image/jpeg", kind: Kind | None = None) -> UUID:
        """Send a photo as a phone does; return its upload."""
        said = uploads.Announcement(self.vehicle_id, len(data), content_type, kind)
        expected = expect(self.services, self.tenant_id, self.person, said)
        httpx2.put(expected.url, content=data, headers=expected.headers).raise_for_status()
        complete(self.services, self.tenant_id, self.person, expected.upload_id)
        return expected.upload_id

    def upload(self, upload_id: UUID) -> uploads.UploadRow:
        with self.services.db.tenant_tx(self.tenant_id, SYSTEM) as tx:
            row = uploads.get(tx, upload_id)
        assert row is not None
        return row

    def count(self, table: str) -> int:
        with self.services.db.tenant_tx(self.tenant_id, SYSTEM) as tx:
            row = tx.execute(sql.SQL("select count(*) from capture.{}").format(sql.Identifier(table))).fetchone()
        assert row is not None
        return int(row[0])


def put_object(services: Services, key: str, data: bytes) -> None:
    services.objects._client().put_object(Bucket=services.objects.bucket, Key=key, Body=data)


def photo(name: str) -> bytes:
    """Return a fixture's bytes; its engine answer is recorded."""
    return (FIXTURES / "images" / name).read_bytes()


def make_fleet(services: Services, name: str) -> Fleet:
    with services.db.ops_tx() as tx:
        tenant_id = tenants.create_tenant(tx, name, "org")
        user_id = tenants.ensure_member(tx, tenant_id, f"{uuid.uuid4().hex[:8]}@example.com", "Owner", "owner")
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        first = tenants.add_vehicle(tx, "Van 1", odometer_unit="km")
        second = tenants.add_vehicle(tx, "Van 2", odometer_unit="mi")
    return Fleet(services, tenant_id, user_id, first, second)


@pytest.fixture
def fleet(services: Services) -> Fleet:
    return make_fleet(services, "Fleet A")


@pytest.fixture
def undrawn(fleet: Fleet) -> None:
    """No accepted event is drawn for a blind answer, by whose ids one in fifty would be: it could not be confirmed."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tenants.set_policy(tx, blind_share=0.0)


@pytest.fixture
def other_fleet(services: Services) -> Fleet:
    return make_fleet(services, "Fleet B")
