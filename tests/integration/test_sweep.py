"""What is stuck or was never announced is found from the database and the bucket alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from psycopg import sql

from capture.errors import ConflictError, UnavailableError
from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM, WORKER, owner_connection
from storage.queries import doctor, uploads
from storage.queries import sweep as queries
from tests.integration.conftest import Fleet, photo, put_object
from worker.intake import complete
from worker.pipeline import read_upload
from worker.services import Services
from worker.sweep import run_forever, sweep


def wipe(fleet: Fleet) -> None:
    redis.Redis.from_url(fleet.services.settings.redis_url.get_secret_value()).flushall()


def age(fleet: Fleet) -> None:
    """Let an hour pass for every upload."""
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute(
            "update capture.uploads set state_changed_at = state_changed_at - interval '1 hour', "
            "lease_until = lease_until - interval '1 hour', not_before = not_before - interval '1 hour'"
        )


def test_an_object_that_nobody_announced_is_taken_in_once(fleet: Fleet) -> None:
    fleet.put("dropped/one.jpg", photo("fuel_000.jpg"))
    assert sweep(fleet.services).announced == 1
    assert sweep(fleet.services).announced == 0
    assert fleet.count("uploads") == 1
    assert fleet.services.queue.depth() == 1


def test_messages_that_redis_lost_are_sent_again(fleet: Fleet) -> None:
    for name in ("fuel_000.jpg", "fuel_001.jpg", "fuel_002.jpg"):
        fleet.send(photo(name))
    wipe(fleet)
    assert fleet.services.queue.depth() == 0
    age(fleet)
    assert sweep(fleet.services, listing=False).requeued == 3
    assert fleet.services.queue.depth() == 3
    age(fleet)
    assert sweep(fleet.services, listing=False).requeued == 0, (
        "waiting is not lost: the queue is as long as it should be"
    )


def test_two_sweeps_at_once_send_one_message(fleet: Fleet) -> None:
    fleet.send(photo("fuel_000.jpg"))
    wipe(fleet)
    age(fleet)
    with ThreadPoolExecutor(4) as pool:
        found = [future.result() for future in [pool.submit(sweep, fleet.services, listing=False) for _ in range(4)]]
    assert sum(swept.requeued for swept in found) == 1
    assert fleet.services.queue.depth() == 1


def test_a_job_whose_worker_died_is_queued_again(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    wipe(fleet)
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        assert uploads.claim(tx, upload_id, 30.0) is not None
    assert sweep(fleet.services, listing=False).requeued == 0, "it may still be alive"
    age(fleet)
    assert sweep(fleet.services, listing=False).requeued == 1
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert fleet.upload(upload_id).state == "recorded"
    assert fleet.count("manual_events") == 1


def test_a_job_that_kills_every_worker_fails_at_last(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    for _ in range(fleet.services.settings.max_attempts):
        with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
            assert uploads.claim(tx, upload_id, 0.0) is not None
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert (fleet.upload(upload_id).state, fleet.upload(upload_id).error_code) == ("failed", "attempts_exhausted")


def test_while_redis_is_away_nothing_is_lost(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise UnavailableError("redis_unavailable", "The queue does not take the job")

    with monkeypatch.context() as patch:
        patch.setattr(fleet.services.queue, "send", away)
        upload_id = fleet.send(photo("fuel_000.jpg"))
    assert fleet.upload(upload_id).state == "received"
    assert sweep(fleet.services, listing=False).requeued == 1
    assert fleet.upload(upload_id).state == "queued"
    assert fleet.services.queue.depth() == 1


def test_an_upload_that_never_landed_is_closed_and_revived_if_it_lands_after_all(
    settings: Settings, fleet: Fleet
) -> None:
    impatient = Services(settings.model_copy(update={"expected_ttl_s": 60}))
    said = uploads.Announcement(fleet.vehicle_id, 3, "image/jpeg")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        uploads.insert_expected(tx, fleet.user_id, settings.s3_bucket, fleet.key("late.jpg"), said)
    assert sweep(impatient, listing=False).closed == 0
    age(fleet)
    assert sweep(impatient, listing=False).closed == 1
    (row,) = [fleet.upload(fleet.user_id)]
    assert (row.state, row.error_code) == ("failed", "object_not_landed")
    with pytest.raises(ConflictError) as refused:
        complete(fleet.services, fleet.tenant_id, fleet.person, fleet.user_id)
    assert refused.value.code == "object_not_landed"
    put_object(fleet.services, fleet.key("late.jpg"), b"abc")
    assert sweep(impatient).announced == 1
    assert fleet.upload(fleet.user_id).state == "queued"
    impatient.close()


def test_a_lost_announcement_of_an_expected_upload_is_found_in_the_bucket(fleet: Fleet) -> None:
    said = uploads.Announcement(fleet.vehicle_id, 3, "image/jpeg")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        uploads.insert_expected(tx, fleet.user_id, fleet.services.settings.s3_bucket, fleet.key("e.jpg"), said)
    put_object(fleet.services, fleet.key("e.jpg"), b"abc")
    assert sweep(fleet.services).announced == 1
    assert fleet.upload(fleet.user_id).state == "queued"
    assert fleet.count("uploads") == 1


def test_strays_are_counted_and_do_not_stop_the_sweep(fleet: Fleet) -> None:
    put_object(fleet.services, "holiday.jpg", b"x")
    fleet.put("a.jpg", photo("fuel_000.jpg"))
    found = sweep(fleet.services)
    assert (found.announced, found.strays) == (1, 1)


def test_partitions_are_made_ahead(fleet: Fleet) -> None:
    sweep(fleet.services, listing=False)
    with fleet.services.db.ops_tx() as tx:
        rows = tx.execute(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
            "where i.inhparent = 'capture.manual_events'::regclass order by 1"
        ).fetchall()
        months = tx.execute(
            "select to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => m), "
            '\'"manual_events_y"YYYY"m"MM\') from generate_series(0, 3) as m'
        ).fetchall()
    assert {name for (name,) in months} <= {name for (name,) in rows}


def test_rows_in_a_default_partition_stop_nothing_and_are_told(
    fleet: Fleet, settings: Settings, reader: Reader
) -> None:
    with owner_connection(settings.database_url.get_secret_value()) as owner:
        (month,) = owner.execute("select to_char(now() at time zone 'UTC', '\"y\"YYYY\"m\"MM')").fetchone() or ("",)
        for table in ("manual_events", "event_stream"):
            owner.execute(sql.SQL("drop table capture.{}").format(sql.Identifier(f"{table}_{month}")))
    upload_id = fleet.send(photo("fuel_000.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert fleet.count("manual_events") == 1
    sweep(fleet.services, listing=False)
    with owner_connection(settings.database_url.get_secret_value()) as owner:
        owner.execute("analyze capture.manual_events_default, capture.event_stream_default")
    with fleet.services.db.ops_tx() as tx:
        assert doctor.filled_defaults(tx) == ["manual_events_default", "event_stream_default"]


def test_a_sweep_outlives_everything(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    looks = []

    def broken(*_: object, **__: object) -> None:
        looks.append(1)
        if len(looks) >= 4:
            stopped.set()
        raise RuntimeError("anything")

    monkeypatch.setattr("worker.sweep.sweep", broken)
    monkeypatch.setattr("worker.sweep.announce_unknown", broken)
    quick = Services(
        fleet.services.settings.model_copy(update={"sweep_interval_s": 0.01, "bucket_listing_interval_s": 0.01})
    )
    run_forever(quick, stopped)
    assert len(looks) >= 4


def test_a_stray_that_was_taken_in_after_all_is_forgotten(fleet: Fleet) -> None:
    key = fleet.put("early.jpg", photo("fuel_000.jpg"))
    with fleet.services.db.ops_tx() as tx:
        queries.report_stray(tx, fleet.services.objects.bucket, key, "vehicle_unknown")
    assert sweep(fleet.services).announced == 1
    with fleet.services.db.ops_tx() as tx:
        assert queries.strays(tx) == []
