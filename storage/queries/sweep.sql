-- name: unfinished
-- How many uploads wait for a message of theirs: compared with the queue's length, it tells what was lost.
select count(*) from capture.uploads where state = 'queued' and not_before is null

-- name: stuck
-- Uploads whose job is due but may have no message: never queued, given up by a dead worker, or lost.
select tenant_id, id from capture.uploads
where state = 'received'
   or state = 'processing' and lease_until < now()
   or state = 'queued' and not_before <= now()
   or state = 'queued' and not_before is null and %(messages_lost)s
      and state_changed_at < now() - make_interval(secs => %(requeue_after_s)s)
order by state_changed_at
limit %(limit)s

-- name: never_landed
-- Presigned uploads whose photo did not come.
select tenant_id, id from capture.uploads
where state = 'expected' and state_changed_at < now() - make_interval(secs => %(ttl_s)s)
order by state_changed_at
limit %(limit)s

-- name: report_stray
-- An object of nobody we know: remembered with the reason, shown by `capture doctor`.
insert into capture.stray_objects (bucket, object_key, reason_code) values (%(bucket)s, %(object_key)s, %(reason)s)
on conflict (bucket, object_key) do update set last_seen_at = now(), reason_code = excluded.reason_code

-- name: forget_stray
-- The object has been taken in after all.
delete from capture.stray_objects where bucket = %(bucket)s and object_key = %(object_key)s

-- name: strays
-- Objects of nobody we know, with the reason for each.
select bucket, object_key, reason_code, first_seen_at, last_seen_at from capture.stray_objects
order by last_seen_at desc limit %(limit)s

-- name: create_partitions
-- This month and the next three.
select capture.create_monthly_partition(t, (date_trunc('month', now() at time zone 'UTC') + make_interval(months => m))::date)
from unnest(array['manual_events', 'event_stream']) as t, generate_series(0, 3) as m
