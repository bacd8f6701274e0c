"""From an object in the bucket to an event: once, whatever the notifications do."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from capture.errors import ConfigError
from capture.events.base import Kind
from capture.job import FOLLOWS
from capture.settings import Settings
from capture.trigger import Upload
from extractors.reader import Reader
from fixtures import bad
from storage.db import SYSTEM, WORKER
from storage.objects import ObjectHead
from storage.queries import events, uploads
from tests.integration.conftest import FIXTURES, Fleet, photo, put_object
from worker.intake import take_in
from worker.pipeline import read_upload
from worker.services import Services
from worker.triggers import s3


def notification(fleet: Fleet, key: str) -> bytes:
    record = {
        "eventSource": "ceph:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": fleet.services.objects.bucket}, "object": {"key": key, "versionId": ""}},
    }
    return json.dumps({"Records": [record]}).encode()


def test_a_photo_becomes_one_event_with_provenance(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    assert fleet.upload(upload_id).state == "queued"
    assert fleet.services.queue.depth() == 1
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)

    row = fleet.upload(upload_id)
    assert (row.state, row.content_type, row.error_code) == ("recorded", "image/jpeg", None)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (event,) = events.find(tx, upload_ids=[upload_id])
        run = tx.execute("select id, engine, span_count, content_digest, error_code from capture.extraction_runs")
        (run_id, engine, span_count, digest, error_code) = run.fetchall()[0]
        salted = tx.execute(
            "select encode(sha256(salt || convert_to(value::text, 'UTF8')), 'hex') from capture.private_values p "
            "join capture.extraction_runs r on r.tenant_id = p.tenant_id and r.content_id = p.id"
        ).fetchall()
        documents = tx.execute(
            "select p.value -> 'document' ->> 'kind' from capture.private_values p "
            "join capture.extraction_runs r on r.tenant_id = p.tenant_id and r.content_id = p.id"
        ).fetchall()
        reasons = tx.execute("select code, kind from capture.explanations where event_id = %s", (event.id,)).fetchall()
    assert event.event_type == "fuel_purchase"
    assert event.vehicle_id == fleet.vehicle_id
    provenance = event.payload["provenance"]
    assert provenance["sha256"] == row.sha256
    assert provenance["object_key"] == row.object_key
    assert provenance["run_id"] == str(run_id)
    assert provenance["engine"] == engine == "recorded"
    assert provenance["boxes"]["total"]["polygon"]
    assert event.review_state == "flagged"
    assert event.confidence is None
    assert ("confidence_unknown", "flagged") in reasons
    assert span_count > 10
    assert error_code is None
    assert salted == [(digest,)]
    assert documents == [("fuel_purchase",)]


@pytest.mark.parametrize(
    ("name", "content_type", "event_type", "fact"),
    [
        ("trips_spreadsheet_de.csv", "text/csv", "trip_batch", ("file_format", "csv")),
        ("trips.json", "application/json", "trip_batch", ("file_format", "json")),
        ("track.gpx", "application/gpx+xml", "trip_batch", ("file_format", "gpx")),
        ("note.txt", "text/plain", "issue_report", ("codes", ["P0420"])),
    ],
)
def test_a_file_goes_the_same_way_and_no_engine_is_asked(
    fleet: Fleet, reader: Reader, name: str, content_type: str, event_type: str, fact: tuple[str, object]
) -> None:
    upload_id = fleet.send((FIXTURES / "files" / name).read_bytes(), content_type)
    assert fleet.upload(upload_id).object_key.endswith(name[name.index(".") :])
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    row = fleet.upload(upload_id)
    assert (row.state, row.content_type, row.error_code) == ("recorded", content_type, None)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (event,) = events.find(tx, upload_ids=[upload_id])
        runs = tx.execute("select engine, model_version, event_type from capture.extraction_runs").fetchall()
    assert (event.event_type, event.source, event.review_state, event.confidence) == (
        event_type,
        "file",
        "flagged",
        None,
    )
    assert event.payload[fact[0]] == fact[1]
    assert "image_metadata" not in event.payload
    provenance = event.payload["provenance"]
    assert (provenance["sha256"], provenance["object_key"]) == (row.sha256, row.object_key)
    assert runs == [("file", provenance["model_version"], event_type)]
    assert fleet.count("event_stream") == 1


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("trip_batch", b"start,end,km\nx,y,z\n", "trips_invalid"),
        ("trip_batch", b"a,b\n1,2\n", "trip_columns_missing"),
        (None, b'<!DOCTYPE gpx [<!ENTITY a "b">]><gpx/>', "xml_unsafe"),
    ],
)
def test_a_bad_file_is_rejected_with_its_code_and_kept(
    fleet: Fleet, reader: Reader, kind: Kind | None, data: bytes, code: str
) -> None:
    upload_id = fleet.send(data, "text/csv", kind)
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    row = fleet.upload(upload_id)
    assert (row.state, row.error_code) == ("rejected", code)
    assert fleet.services.objects.get(ObjectHead(row.object_key, len(data), ""), 10**9) == data
    assert fleet.count("manual_events") == 0


def test_a_file_that_nobody_announced_is_known_by_its_content(fleet: Fleet, reader: Reader) -> None:
    key = fleet.put("2026/03/export", (FIXTURES / "files" / "trips_spreadsheet_de.csv").read_bytes())
    (found,) = s3.parse(notification(fleet, key))
    taken = take_in(fleet.services, found)
    assert taken.upload_id is not None
    read_upload(fleet.services, reader, fleet.tenant_id, taken.upload_id)
    row = fleet.upload(taken.upload_id)
    assert (row.state, row.source, row.content_type) == ("recorded", "drop", "text/csv")


def test_reading_a_file_again_says_the_same(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send((FIXTURES / "files" / "trips.json").read_bytes(), "application/json")
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        uploads.requeue_final(tx, [upload_id])
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert tx.execute("select verdict from capture.event_proposals").fetchall() == [("unchanged",)]


def test_five_parallel_deliveries_make_one_event_and_one_stream_entry(fleet: Fleet, reader: Reader) -> None:
    key = fleet.put("2026/11/a b+c%41 é.jpg", photo("fuel_001.jpg"))
    body = notification(fleet, key)
    start = threading.Barrier(5)

    def deliver() -> str:
        (found,) = s3.parse(body)
        start.wait()
        return take_in(fleet.services, found).outcome

    with ThreadPoolExecutor(5) as pool:
        outcomes = sorted(future.result() for future in [pool.submit(deliver) for _ in range(5)])
    assert outcomes == ["known"] * 4 + ["queued"]
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (row,) = uploads.find(tx)

    jobs = threading.Barrier(3)

    def work() -> None:
        jobs.wait()
        read_upload(fleet.services, reader, fleet.tenant_id, row.id)

    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(work) for _ in range(3)]:
            future.result()
    assert fleet.upload(row.id).state == "recorded"
    assert fleet.count("manual_events") == 1
    assert fleet.count("event_stream") == 1
    assert fleet.count("extraction_runs") == 1


def test_an_unencoded_key_is_found_in_the_form_that_exists(fleet: Fleet) -> None:
    put_object(fleet.services, fleet.key("a b.jpg"), b"x")
    found = Upload(bucket=fleet.services.objects.bucket, keys=(fleet.key("a+b.jpg"), fleet.key("a b.jpg")))
    assert take_in(fleet.services, found).outcome == "queued"
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (row,) = uploads.find(tx)
    assert row.object_key == fleet.key("a b.jpg")


@pytest.mark.parametrize(
    ("bucket", "key", "reason"),
    [
        ("elsewhere", "{mine}", "bucket_wrong"),
        ("", "holiday/photo.jpg", "key_invalid"),
        ("", "tenants/{tenant}/vehicles/{vehicle}/../x.jpg", "key_invalid"),
        ("", "tenants/00000000-0000-4000-8000-0000000000ff/vehicles/{vehicle}/x.jpg", "tenant_unknown"),
        ("", "tenants/{tenant}/vehicles/00000000-0000-4000-8000-0000000000ff/x.jpg", "vehicle_unknown"),
        ("", "tenants/{tenant}/vehicles/{foreign}/x.jpg", "vehicle_unknown"),
    ],
)
def test_what_belongs_to_nobody_is_reported_not_guessed(
    fleet: Fleet, other_fleet: Fleet, bucket: str, key: str, reason: str
) -> None:
    key = key.format(
        mine=fleet.key("x.jpg"),
        tenant=fleet.tenant_id,
        vehicle=fleet.vehicle_id,
        foreign=other_fleet.vehicle_id,
    )
    if ".." not in key:
        put_object(fleet.services, key, b"x")
    found = Upload(bucket=bucket or fleet.services.objects.bucket, keys=(key,))
    taken = take_in(fleet.services, found)
    assert (taken.outcome, taken.reason) == ("stray", reason)
    assert fleet.count("uploads") == 0
    with fleet.services.db.ops_tx() as tx:
        assert tx.execute("select reason_code from capture.stray_objects").fetchall() == [(reason,)]


def test_a_notification_of_what_is_not_there_does_nothing(fleet: Fleet) -> None:
    found = Upload(bucket=fleet.services.objects.bucket, keys=(fleet.key("never.jpg"),))
    assert take_in(fleet.services, found).outcome == "absent"
    assert fleet.count("uploads") == 0


def test_an_overwritten_object_leaves_the_old_event_alone(fleet: Fleet, reader: Reader) -> None:
    key = fleet.put("one.jpg", photo("fuel_000.jpg"))
    found = Upload(bucket=fleet.services.objects.bucket, keys=(key,))
    taken = take_in(fleet.services, found)
    assert taken.upload_id is not None
    read_upload(fleet.services, reader, fleet.tenant_id, taken.upload_id)
    fleet.put("one.jpg", photo("fuel_001.jpg"))
    assert take_in(fleet.services, found).outcome == "overwritten"
    assert fleet.upload(taken.upload_id).overwritten_at is not None
    assert fleet.upload(taken.upload_id).state == "recorded"
    assert fleet.count("manual_events") == 1


@pytest.mark.parametrize(
    ("case", "state", "code"),
    [
        ("empty", "rejected", "image_empty"),
        ("text_named_jpg", "rejected", "image_unsupported"),
        ("jpeg_truncated_beyond_use", "rejected", None),
        ("bomb_png", "rejected", "image_too_many_pixels"),
        ("pdf_200_pages", "rejected", "pdf_too_long"),
        ("pdf_encrypted", "rejected", "pdf_encrypted"),
    ],
)
def test_bad_input_is_rejected_with_its_code_and_the_photo_kept(
    fleet: Fleet, reader: Reader, case: str, state: str, code: str | None
) -> None:
    data = bad.CASES[case]()
    key = fleet.put(f"{case}.jpg", data)
    taken = take_in(fleet.services, Upload(bucket=fleet.services.objects.bucket, keys=(key,)))
    assert taken.upload_id is not None
    read_upload(fleet.services, reader, fleet.tenant_id, taken.upload_id)
    row = fleet.upload(taken.upload_id)
    assert row.state == state
    assert row.error_code is not None
    assert code is None or row.error_code == code
    assert row.error_message is not None
    assert fleet.services.objects.get(ObjectHead(key, len(data), ""), 10**9) == data
    assert fleet.count("manual_events") == 0

    next_id = fleet.send(photo("fuel_002.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, next_id)
    assert fleet.upload(next_id).state == "recorded"


def test_a_photo_deleted_before_it_was_read_is_rejected(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    row = fleet.upload(upload_id)
    fleet.services.objects._client().delete_object(Bucket=fleet.services.objects.bucket, Key=row.object_key)
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert (fleet.upload(upload_id).state, fleet.upload(upload_id).error_code) == ("rejected", "object_gone")


def test_other_bytes_than_announced_are_rejected(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    put_object(fleet.services, fleet.upload(upload_id).object_key, photo("fuel_001.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert (fleet.upload(upload_id).state, fleet.upload(upload_id).error_code) == ("rejected", "object_mismatch")


def test_a_photo_overwritten_before_it_was_read_is_not_read_under_its_name(fleet: Fleet, reader: Reader) -> None:
    key = fleet.put("one.jpg", photo("fuel_000.jpg"))
    taken = take_in(fleet.services, Upload(bucket=fleet.services.objects.bucket, keys=(key,)))
    assert taken.upload_id is not None
    fleet.put("one.jpg", photo("fuel_001.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, taken.upload_id)
    row = fleet.upload(taken.upload_id)
    assert (row.state, row.error_code, row.sha256) == ("rejected", "object_mismatch", None)


def test_an_outage_costs_a_photo_no_try(fleet: Fleet, reader: Reader, settings: Settings) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    away = Services(settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9", "s3_timeout_s": 1.0}))
    for _ in range(settings.max_attempts + 2):
        with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
            tx.execute("update capture.uploads set not_before = null")
        read_upload(away, reader, fleet.tenant_id, upload_id)
    row = fleet.upload(upload_id)
    assert (row.state, row.error_code, row.tries) == ("queued", "storage_unavailable", 0)
    away.close()


def test_a_bucket_that_is_not_there_is_our_fault_not_the_photos(
    fleet: Fleet, reader: Reader, settings: Settings
) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute("update capture.uploads set bucket = 'no-such-bucket'")
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert (fleet.upload(upload_id).state, fleet.upload(upload_id).error_code) == ("queued", "bucket_missing")
    elsewhere = Services(settings.model_copy(update={"s3_bucket": "no-such-bucket"}))
    with pytest.raises(ConfigError) as refused:
        elsewhere.check()
    assert refused.value.code == "bucket_missing"
    elsewhere.close()


def test_an_interrupted_reading_leaves_no_answer_for_the_next_photo(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    reader.read(photo("fuel_000.jpg"))
    with monkeypatch.context() as patch:
        patch.setattr(reader, "_wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            reader.read(photo("fuel_000.jpg"))
    data = photo("fuel_001.jpg")
    assert reader.read(data).facts.sha256 == hashlib.sha256(data).hexdigest()


def test_a_phones_clock_that_is_years_off_is_flagged(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_001.jpg"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute("update capture.uploads set phone_captured_at = '2001-01-01T00:00:00Z'")
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (event,) = events.find(tx)
    assert event.occurred_at_source == "phone"
    assert "time_gap" in [flag["code"] for flag in event.flag_reasons]


def test_an_engine_that_fails_is_tried_again_and_the_runs_are_kept(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(bad.CASES["all_black"](), "image/png")  # nobody recorded an answer for it
    for tries in range(1, fleet.services.settings.max_attempts + 1):
        with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
            tx.execute("update capture.uploads set not_before = null")
        read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
        row = fleet.upload(upload_id)
        assert row.tries == tries
        assert row.error_code == "recording_missing"
        assert fleet.count("extraction_runs") == tries
    assert row.state == "failed"
    assert fleet.count("manual_events") == 0


def test_a_photo_of_nothing_we_know_waits_for_a_person(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("receipt_000.jpg"))
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    assert fleet.upload(upload_id).state == "unrecognised"
    assert fleet.count("manual_events") == 0
    assert fleet.count("extraction_runs") == 1


def test_a_job_that_was_taken_over_writes_nothing(fleet: Fleet, reader: Reader) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        stale = uploads.claim(tx, upload_id, 0.0)
    assert stale is not None
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)  # the lease is over, so this takes it over
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        assert not uploads.lock_attempt(tx, stale)
        assert not uploads.renew_lease(tx, stale, 10.0)
    assert fleet.count("manual_events") == 1


def test_a_living_job_is_not_taken_over(fleet: Fleet) -> None:
    upload_id = fleet.send(photo("fuel_000.jpg"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        assert uploads.claim(tx, upload_id, 30.0) is not None
    with fleet.services.db.tenant_tx(fleet.tenant_id, WORKER) as tx:
        assert uploads.claim(tx, upload_id, 30.0) is None


def test_every_change_of_state_is_one_that_may_follow(fleet: Fleet, reader: Reader) -> None:
    for name in ("fuel_000.jpg", "receipt_000.jpg", "dash_012.jpg"):
        read_upload(fleet.services, reader, fleet.tenant_id, fleet.send(photo(name)))
    read_upload(fleet.services, reader, fleet.tenant_id, fleet.send(b"no photo"))
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        changes = tx.execute(
            "select old_values ->> 'state', new_values ->> 'state' from capture.audit_trail "
            "where table_name = 'uploads' and operation = 'UPDATE' and new_values ? 'state'"
        ).fetchall()
    assert len(changes) == 12
    for before, after in changes:
        assert after in FOLLOWS[before]
