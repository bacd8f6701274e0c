-- name: claim
-- The first request with a key has it; one whose answer never came is begun anew after a while.
insert into capture.idempotency_keys (tenant_id, user_id, key_hash, request_digest)
values (capture.current_tenant(), capture.current_actor(), %(key_hash)s, %(request_digest)s)
on conflict (tenant_id, user_id, key_hash) do update set claimed_at = now()
where idempotency_keys.request_digest = excluded.request_digest and idempotency_keys.answer is null
  and idempotency_keys.claimed_at < now() - make_interval(secs => %(lease_s)s)
returning 1

-- name: find
-- What the first request with a key was, and was answered.
select request_digest, answer from capture.idempotency_keys
where tenant_id = capture.current_tenant() and user_id = capture.current_actor() and key_hash = %(key_hash)s

-- name: keep
-- What a request has made, for those that repeat it.
update capture.idempotency_keys set answer = %(answer)s
where tenant_id = capture.current_tenant() and user_id = capture.current_actor() and key_hash = %(key_hash)s

-- name: give_back
-- The request was refused and has made nothing: it may be repeated, also mended.
delete from capture.idempotency_keys
where tenant_id = capture.current_tenant() and user_id = capture.current_actor() and key_hash = %(key_hash)s
  and answer is null

-- name: forget
-- The sweep, as capture_ops.
delete from capture.idempotency_keys where created_at < now() - make_interval(secs => %(kept_s)s)
