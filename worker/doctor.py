"""What there is, in which version, what is missing and how to mend it."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Literal

from capture.errors import ADVICE, LASTING, CaptureError
from capture.reading import Frozen
from capture.settings import Settings
from extractors import engine_names, engines_in_use, make_engine, options_of
from storage.db import SYSTEM
from storage.migrate import pending
from storage.queries import doctor, tenants
from storage.queries import sweep as queries
from worker import bucket
from worker.local import data_dir, missing, stack
from worker.measuring import standings
from worker.services import Services

OLDEST_REDIS = (6, 2)

PACKAGES = ("dramatiq", "psycopg", "boto3", "fastapi", "pillow", "pillow-heif", "pypdfium2", "rapidocr", "onnxruntime")
OLDEST_POSTGRES = 15
"""`ON DELETE SET NULL (column)` and `UNIQUE NULLS NOT DISTINCT` came with 15."""


class Finding(Frozen):
    """One thing that was looked at. `broken`: the path from photo to event does not work."""

    level: Literal["ok", "note", "broken"]
    name: str
    found: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; starts the embedded services for the moment if none run."""
    findings = [Finding(level="ok", name="Python", found=platform.python_version())]
    findings += [_package(name) for name in PACKAGES]
    findings += list(_engines(settings))
    try:
        with stack(settings) as running:
            embedded = missing(settings)
            where = f"embedded, data in {data_dir(settings)}" if embedded else "all configured"
            findings.append(Finding(level="ok", name="services", found=where))
            services = Services(running.settings)
            findings += [
                _check("PostgreSQL", lambda: _postgres(services)),
                _check("schema", lambda: _schema(services)),
                _check("Redis", lambda: _redis(services)),
                _check("bucket", lambda: _bucket(services)),
            ]
            if findings[-3].level == "ok":
                findings += [_check("partitions", lambda: _partitions(services))]
                findings += [_check("event links", lambda: _links(services))]
                findings += _strays(services)
                findings += failed_photos(services)
                findings += broken_promises(services)
            if "s3" not in embedded:
                findings += _bucket_settings(services)
            services.close()
    except CaptureError as error:
        findings.append(Finding(level="broken", name="services", found=error.fact, mend=ADVICE[error.code]))
    if not settings.trigger_secret.get_secret_value():
        findings.append(
            Finding(
                level="note",
                name="trigger secret",
                found="not set: notifications are refused, the sweep finds what lands",
                mend="Set CAPTURE_TRIGGER_SECRET where the storage sends notifications.",
            )
        )
    return findings


def _package(name: str) -> Finding:
    try:
        return Finding(level="ok", name=name, found=metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(level="broken", name=name, found="missing", mend=f"pip install {name}, or `make install`")


def _engines(settings: Settings) -> Iterator[Finding]:
    usable = 0
    for name in engine_names():
        engine = make_engine(name, options_of(settings))
        hint = engine.missing()
        chosen = name in engines_in_use(settings)
        usable += chosen and hint is None
        if hint is None:
            yield Finding(level="ok", name=f"engine {name}", found=engine.model() + ("" if chosen else " (not in use)"))
        elif chosen:
            yield Finding(level="note", name=f"engine {name}", found="missing; the others are used", mend=hint)
    if not usable:
        yield Finding(level="broken", name="engines", found="none can run", mend=ADVICE["engine_missing"])


def _check(name: str, look: Callable[[], tuple[str, str]]) -> Finding:
    """Return what `look` found; with a mend it is a finding to act on."""
    try:
        found, mend = look()
    except CaptureError as error:
        return Finding(level="broken", name=name, found=error.fact, mend=ADVICE[error.code])
    return Finding(level="broken" if mend else "ok", name=name, found=found, mend=mend)


def _postgres(services: Services) -> tuple[str, str]:
    with services.db.ops_tx() as connection:
        number = connection.info.server_version // 10_000
        mend = "" if number >= OLDEST_POSTGRES else f"Use PostgreSQL {OLDEST_POSTGRES} or newer."
        return str(connection.info.parameter_status("server_version")), mend


def _schema(services: Services) -> tuple[str, str]:
    with services.db.ops_tx() as connection:
        names = pending(connection)
    return ("up to date", "") if not names else (f"{len(names)} migrations to apply", "Run `capture migrate`.")


def _redis(services: Services) -> tuple[str, str]:
    version = services.queue.server_version()
    old = version < OLDEST_REDIS
    found = f"{'.'.join(str(part) for part in version)}; {services.queue.depth()} jobs wait"
    return found, "Use Redis 6.2 or newer, or Valkey." if old else ""


def _partitions(services: Services) -> tuple[str, str]:
    with services.db.ops_tx() as tx:
        filled = doctor.filled_defaults(tx)
    mend = "Move their rows as docs/how-to/database.md shows; until then they are only slower."
    return (f"rows in {', '.join(filled)}", mend) if filled else ("default partitions are empty", "")


def _links(services: Services) -> tuple[str, str]:
    with services.db.ops_tx() as tx:
        known = tenants.find_tenants(tx)
    count = 0
    for tenant in known:
        with services.db.tenant_tx(tenant.id, SYSTEM) as tx:
            count += doctor.dangling_links(tx)
    mend = "Restore the events from a backup; the uploads that should have them can be run again."
    return (f"{count} point at no event", mend) if count else ("all point at their events", "")


def broken_promises(services: Services) -> list[Finding]:
    """Report whose accepted events are wrong more often than promised; nothing where all is well."""
    try:
        with services.db.ops_tx() as tx:
            known = tenants.find_tenants(tx)
        found = [(tenant, row) for tenant in known for row in standings(services, tenant.id, SYSTEM)]
    except CaptureError:
        return []
    mend = "`capture trust` shows the numbers; docs/how-to/trust.md says what to do."
    return [
        Finding(level="note", name="trust", found=f"tenant {tenant.id}: {alarm}", mend=mend)
        for tenant, row in found
        for alarm in row.alarms
    ]


def _bucket(services: Services) -> tuple[str, str]:
    services.objects.check()
    return services.objects.bucket, ""


def _bucket_settings(services: Services) -> list[Finding]:
    """Report what a bucket of one's own was not told; the embedded one is told when it starts."""
    try:
        found = bucket.weaknesses(services)
    except CaptureError:
        return []  # the bucket itself is reported
    return [Finding(level="note", name=name, found=fact, mend=mend) for name, fact, mend in found]


def _strays(services: Services) -> list[Finding]:
    """Report objects of nobody we know; keys are not repeated, since names may be personal."""
    try:
        with services.db.ops_tx() as tx:
            found = queries.strays(tx)
    except CaptureError:
        return []
    reasons: dict[str, int] = {}
    for stray in found:
        reasons[stray.reason_code] = reasons.get(stray.reason_code, 0) + 1
    return [
        Finding(level="note", name="stray objects", found=f"{count} x {reason}", mend=ADVICE[reason])
        for reason, count in sorted(reasons.items())
    ]


def failed_photos(services: Services) -> list[Finding]:
    """Report photos of any tenant that failed for a reason that lasts until somebody mends the installation."""
    counts: Counter[str] = Counter()
    try:
        with services.db.ops_tx() as tx:
            known = tenants.find_tenants(tx)
        for tenant in known:
            with services.db.tenant_tx(tenant.id, SYSTEM) as tx:
                counts.update(doctor.failed_uploads(tx, LASTING))
    except CaptureError:
        return []
    again = "Then `capture rerun --state failed`, for each tenant."
    return [
        Finding(level="note", name="failed photos", found=f"{count} x {code}", mend=f"{ADVICE[code]} {again}")
        for code, count in sorted(counts.items())
    ]
