"""What the flow needs, made once for each process from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from capture.errors import ConfigError
from capture.settings import Settings
from storage.db import Database
from storage.objects import Objects
from storage.queries import tenants

if TYPE_CHECKING:
    import httpx2

    from worker.broker import Queue
    from worker.keys import KeySet
    from worker.oidc import Provider


@dataclass(frozen=True)
class Services:
    """Database, object storage and queue. Nothing connects before it is used."""

    settings: Settings

    @cached_property
    def db(self) -> Database:
        """PostgreSQL, through `tenant_tx()` and `ops_tx()`.

        Raises: ConfigError (`service_missing`).
        """
        owner = self.settings.database_url.get_secret_value()
        app = self.settings.database_app_url.get_secret_value() or owner
        ops = self.settings.database_ops_url.get_secret_value() or owner
        if not app or not ops:
            raise ConfigError("service_missing", "No database is set and no embedded one runs")
        return Database(app, ops)

    @cached_property
    def objects(self) -> Objects:
        """The bucket."""
        return Objects(self.settings)

    @cached_property
    def queue(self) -> Queue:
        """The queue of jobs.

        Raises: ConfigError (`service_missing`).
        """
        from worker.broker import Queue, make_broker  # noqa: PLC0415 (`capture read` needs no broker)

        url = self.settings.redis_url.get_secret_value()
        if not url:
            raise ConfigError("service_missing", "No Redis is set and no embedded one runs")
        return Queue(make_broker(url))

    @cached_property
    def provider(self) -> Provider:
        """The identity provider at which people sign in; `on` tells whether there is one."""
        from worker.oidc import Provider  # noqa: PLC0415 (a worker signs nobody in)

        return Provider(self.settings, self.http)

    @cached_property
    def issuer_keys(self) -> KeySet:
        """The keys of the issuer whose tokens the API takes."""
        from worker.keys import KeySet  # noqa: PLC0415 (a worker signs nobody in)

        return KeySet(self.http, self.settings.jwt_jwks_url)

    @cached_property
    def http(self) -> httpx2.Client:
        """For questions to the identity provider; it follows nobody elsewhere."""
        import httpx2  # noqa: PLC0415 (a worker signs nobody in)

        return httpx2.Client(follow_redirects=False)

    def check(self) -> None:
        """Ask database, queue and bucket, in this order, if they answer.

        Raises: the error of the first that does not (UnavailableError, ConfigError).
        """
        with self.db.ops_tx() as tx:
            tenants.find_tenants(tx, "no tenant has this name")
        self.queue.depth()
        self.objects.check()

    def close(self) -> None:
        """Close the connections."""
        if "db" in self.__dict__:
            self.db.close()
        if "http" in self.__dict__:
            self.http.close()
