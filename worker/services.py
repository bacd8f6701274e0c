"""What the flow needs, made once for each process from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from capture.errors import ConfigError
from capture.settings import Settings
from storage.db import Database
from storage.objects import Objects

if TYPE_CHECKING:
    from worker.broker import Queue


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

    def close(self) -> None:
        """Close the database's connections."""
        if "db" in self.__dict__:
            self.db.close()
