-- name: insert_expected
-- A presigned URL is about to be given out.
insert into capture.uploads
  (id, tenant_id, vehicle_id, bucket, object_key, source, hint_kind, declared_size_bytes, declared_sha256,
   content_type, device, phone_captured_at, phone_location, created_by)
values
  (%(id)s, capture.current_tenant(), %(vehicle_id)s, %(bucket)s, %(object_key)s, 'presign', %(hint_kind)s,
   %(declared_size_bytes)s, %(declared_sha256)s, %(content_type)s, %(device)s, %(phone_captured_at)s,
   %(phone_location)s, capture.current_actor())

-- name: lock_announcement
-- Two tries of one phone at the same moment: the second waits, and finds the first.
select pg_advisory_xact_lock(hashtextextended(
  'announced ' || capture.current_tenant()::text || %(vehicle_id)s::text || %(sha256)s::text, 0))

-- name: announced_before
-- The upload of the same bytes, unless it was lost, refused or overwritten: then the phone sends anew.
select id, object_key from capture.uploads
where tenant_id = capture.current_tenant() and vehicle_id = %(vehicle_id)s and declared_sha256 = %(sha256)s
  and declared_size_bytes = %(size_bytes)s and hint_kind is not distinct from %(hint_kind)s::text
  and created_by is not distinct from capture.current_actor() and overwritten_at is null
  and state in ('expected', 'received', 'queued', 'processing', 'recorded', 'unrecognised')
order by created_at, id
limit 1

-- name: insert_dropped
-- An object that nobody announced; a second announcement at the same moment finds the row of the first.
insert into capture.uploads (id, tenant_id, vehicle_id, bucket, object_key, source, state)
values (%(id)s, capture.current_tenant(), %(vehicle_id)s, %(bucket)s, %(object_key)s, 'drop', 'expected')
on conflict (tenant_id, bucket, object_key) do nothing

-- name: lock_by_key
-- Intake decides under the row's lock, so parallel deliveries of one notification wait for each other.
select id, state, etag from capture.uploads
where tenant_id = capture.current_tenant() and bucket = %(bucket)s and object_key = %(object_key)s
for update

-- name: land
-- The object is there: its job may be queued.
update capture.uploads
set state = 'queued', state_changed_at = now(), not_before = null, object_version = %(version)s, etag = %(etag)s,
    size_bytes = %(size_bytes)s, error_code = null, error_message = null
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: mark_overwritten
-- Keys are never reused; somebody did. The old event stays as it is.
update capture.uploads set overwritten_at = now()
where tenant_id = capture.current_tenant() and id = %(id)s and overwritten_at is null

-- name: mark_unqueued
-- The broker did not take the message; the sweep queues it later.
update capture.uploads set state = 'received', state_changed_at = now()
where tenant_id = capture.current_tenant() and id = any(%(ids)s) and state = 'queued'

-- name: claim
-- A worker takes the job: the attempt number fences off whoever held it before.
update capture.uploads
set state = 'processing', state_changed_at = now(), attempt = attempt + 1, tries = tries + 1,
    not_before = null, lease_until = now() + make_interval(secs => %(lease_s)s)
where tenant_id = capture.current_tenant() and id = %(id)s
  and (state in ('received', 'queued') and (not_before is null or not_before <= now())
       or state = 'processing' and lease_until < now())
returning tenant_id, id, vehicle_id, bucket, object_key, object_version, etag, size_bytes, attempt, tries, hint_kind,
  declared_size_bytes, declared_sha256, device, phone_captured_at, phone_location, created_at, created_by

-- name: renew_lease
-- A sign of life; no row means that somebody else has taken over.
update capture.uploads set lease_until = now() + make_interval(secs => %(lease_s)s)
where tenant_id = capture.current_tenant() and id = %(id)s and attempt = %(attempt)s and state = 'processing'

-- name: lock_attempt
-- The last step holds the row while it checks that the attempt still stands.
select id from capture.uploads
where tenant_id = capture.current_tenant() and id = %(id)s and attempt = %(attempt)s and state = 'processing'
for update

-- name: finish
-- The upload reaches a final state, with what is known of its bytes.
update capture.uploads
set state = %(state)s, state_changed_at = now(), lease_until = null, error_code = %(error_code)s,
    error_message = %(error_message)s,
    content_type = coalesce(%(content_type)s, content_type), sha256 = coalesce(%(sha256)s, sha256),
    perceptual_hash = coalesce(%(perceptual_hash)s, perceptual_hash),
    captured_at = coalesce(%(captured_at)s, captured_at), location = coalesce(%(location)s, location)
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: release
-- The attempt failed in a way that may pass: it is tried again after a pause; an outage costs it no try.
update capture.uploads
set state = 'queued', state_changed_at = now(), lease_until = null, tries = tries - %(tries_back)s,
    not_before = now() + make_interval(secs => %(delay_s)s), error_code = %(error_code)s,
    error_message = %(error_message)s
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: requeue_lost
-- The sweep takes back what is stuck, if it still is.
update capture.uploads set state = 'queued', state_changed_at = now(), not_before = null, lease_until = null
where tenant_id = capture.current_tenant() and id = any(%(ids)s)
  and (state = 'received'
       or state = 'processing' and lease_until < now()
       or state = 'queued' and not_before <= now()
       or state = 'queued' and not_before is null
          and state_changed_at < now() - make_interval(secs => %(requeue_after_s)s))
returning id

-- name: requeue_final
-- An operator runs final uploads again, on purpose, with all their tries.
update capture.uploads
set state = 'queued', state_changed_at = now(), tries = 0, not_before = null, error_code = null, error_message = null
where tenant_id = capture.current_tenant() and id = any(%(ids)s)
  and state in ('recorded', 'unrecognised', 'rejected', 'failed')
returning id

-- name: close_expected
-- The photo never landed within its time; if it comes after all, the bucket's listing finds it.
update capture.uploads
set state = 'failed', state_changed_at = now(), error_code = 'object_not_landed', error_message = %(message)s
where tenant_id = capture.current_tenant() and id = any(%(ids)s) and state = 'expected'

-- name: known
-- Which of a listing's objects have been taken in; no ETag for those that are known to be overwritten.
select object_key, case when overwritten_at is null then etag end from capture.uploads
where tenant_id = capture.current_tenant() and bucket = %(bucket)s and object_key = any(%(keys)s)
  and etag is not null

-- name: get
-- One upload, as people see it.
select u.id, u.vehicle_id, v.label as vehicle, u.object_key, u.source, u.hint_kind, u.state, u.size_bytes,
  u.content_type, u.sha256, u.captured_at, u.tries, u.error_code, u.error_message, u.overwritten_at,
  u.created_at, u.state_changed_at,
  (select r.duration_ms from capture.extraction_runs as r
   where r.tenant_id = u.tenant_id and r.upload_id = u.id and r.attempt > 0 order by r.created_at desc, r.id desc limit 1) as read_ms
from capture.uploads as u join capture.vehicles as v on v.tenant_id = u.tenant_id and v.id = u.vehicle_id
where u.tenant_id = capture.current_tenant() and u.id = %(id)s

-- name: announced
-- What a presigned URL is signed for. The type may be another one once the bytes were looked at.
select object_key, declared_size_bytes, content_type
from capture.uploads
where tenant_id = capture.current_tenant() and id = %(id)s and source = 'presign'

-- name: photo
-- Where the photo of an upload lies, and who announced it.
select bucket, object_key, object_version, content_type, etag is not null as landed, created_by
from capture.uploads where tenant_id = capture.current_tenant() and id = %(id)s

-- name: find
-- Uploads, newest first, by state, vehicle, kind, time or id.
select u.id, u.vehicle_id, v.label as vehicle, u.object_key, u.source, u.hint_kind, u.state, u.size_bytes,
  u.content_type, u.sha256, u.captured_at, u.tries, u.error_code, u.error_message, u.overwritten_at,
  u.created_at, u.state_changed_at,
  (select r.duration_ms from capture.extraction_runs as r
   where r.tenant_id = u.tenant_id and r.upload_id = u.id and r.attempt > 0 order by r.created_at desc, r.id desc limit 1) as read_ms
from capture.uploads as u join capture.vehicles as v on v.tenant_id = u.tenant_id and v.id = u.vehicle_id
where u.tenant_id = capture.current_tenant()
  and (%(states)s::text[] is null or u.state = any(%(states)s))
  and (%(vehicle_id)s::uuid is null or u.vehicle_id = %(vehicle_id)s)
  and (%(ids)s::uuid[] is null or u.id = any(%(ids)s))
  and (%(kind)s::text is null or u.hint_kind = %(kind)s)
  and (%(sha256)s::text is null or u.sha256 = %(sha256)s)
  and (%(since)s::timestamptz is null or u.created_at >= %(since)s)
  and (%(until)s::timestamptz is null or u.created_at < %(until)s)
  and (%(after_at)s::timestamptz is null
       or u.created_at <= %(after_at)s and (u.created_at, u.id) < (%(after_at)s, %(after_id)s::uuid))
order by u.created_at desc, u.id desc
limit %(limit)s
