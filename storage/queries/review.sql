-- name: pick
-- What to look at next, in one of the orders: of what nobody else has on the screen. Rows that a transaction holds right
-- now are passed over, or waited for: a decision holds those of its whole vehicle for a moment. Who has seen what was read is not asked blindly.
select q.event_id from capture.review_queue as q
where q.tenant_id = capture.current_tenant() and not q.event_id = any(%(held)s)
  and (q.leased_until is null or q.leased_until < now()
       or (q.leased_by = capture.current_actor() and q.desk = %(desk)s))
  and not coalesce(q.put_off_by = capture.current_actor() and q.put_off_until > now(), false)
  and (%(vehicle_id)s::uuid is null or q.vehicle_id = %(vehicle_id)s)
  and not (q.blind and exists (
    select 1 from capture.audit_logs as a
    where a.tenant_id = q.tenant_id and a.action = 'event.viewed' and a.subject_id = q.event_id
      and a.actor_id = capture.current_actor()))
order by {order}
limit %(limit)s
for no key update {held}

-- name: lease
-- Events are on a desk for a while; one that somebody else holds is not taken from there.
update capture.review_queue
set leased_by = capture.current_actor(), desk = %(desk)s, leased_until = now() + make_interval(secs => %(ttl_s)s)
where tenant_id = capture.current_tenant() and event_id = any(%(ids)s)
  and (leased_until is null or leased_until < now() or (leased_by = capture.current_actor() and desk = %(desk)s))
returning event_id

-- name: release
-- A desk gives events back. put_off_s: for so long they do not come to this person again.
update capture.review_queue
set leased_by = null, desk = null, leased_until = null,
  put_off_by = case when %(put_off_s)s::float8 > 0 then capture.current_actor() else put_off_by end,
  put_off_until = case when %(put_off_s)s::float8 > 0 then now() + make_interval(secs => %(put_off_s)s)
                       else put_off_until end
where tenant_id = capture.current_tenant() and event_id = any(%(ids)s) and leased_by = capture.current_actor()
  and desk = %(desk)s

-- name: waits
-- How many wait, counted no further than a bound.
select count(*) from (
  select 1 from capture.review_queue where tenant_id = capture.current_tenant() limit %(bound)s) as counted

-- name: items
-- What the desk shows of some events that wait, in whatever order.
select e.id, e.created_at, e.event_type, e.vehicle_id, v.label as vehicle, v.odometer_unit, e.source,
  e.source_upload_id as upload_id, coalesce(q.blind, false) as blind, e.payload, e.confidence,
  e.probability::float8 as probability, e.field_confidence, e.flag_reasons, e.occurred_at, e.occurred_at_source,
  e.review_state, e.version, e.reviewed_at, q.leased_by, q.leased_until,
  p.value -> 'fields' as fields, r.engine, u.bucket, u.object_key, u.object_version, u.content_type
from capture.manual_events as e
join capture.vehicles as v on v.tenant_id = e.tenant_id and v.id = e.vehicle_id
left join capture.review_queue as q on q.tenant_id = e.tenant_id and q.event_id = e.id
left join capture.uploads as u on u.tenant_id = e.tenant_id and u.id = e.source_upload_id
left join capture.extraction_runs as r
  on r.tenant_id = e.tenant_id and r.id = (e.payload #>> '{provenance,run_id}')::uuid
left join capture.private_values as p on p.tenant_id = r.tenant_id and p.id = r.content_id
where e.tenant_id = capture.current_tenant() and e.id = any(%(ids)s)

-- name: other_flags
-- What else flags of an event rest on: the vehicle that a reading fits better.
select x.facts ->> 'vehicle_id' as vehicle_id, v.label
from capture.explanations as x
join capture.vehicles as v on v.tenant_id = x.tenant_id and v.id = (x.facts ->> 'vehicle_id')::uuid
where x.tenant_id = capture.current_tenant() and x.event_id = %(event_id)s and x.code = 'other_vehicle_fits'
order by x.created_at desc, x.id desc limit 1

-- name: beside
-- Other events as they stand beside one: of the same stop, or those that may be the same.
select e.id, e.event_type, v.label as vehicle, e.payload, e.occurred_at, e.review_state, e.source,
  u.bucket, u.object_key, u.object_version, u.content_type
from capture.manual_events as e
join capture.vehicles as v on v.tenant_id = e.tenant_id and v.id = e.vehicle_id
left join capture.uploads as u on u.tenant_id = e.tenant_id and u.id = e.source_upload_id
where e.tenant_id = capture.current_tenant() and e.id = any(%(ids)s)

-- name: remember
-- What stands before a decision is made on a locked event.
with kept as (
  select capture.keep_private(e.tenant_id, jsonb_build_object(
    'review_state', e.review_state, 'payload', e.payload, 'flag_reasons', e.flag_reasons, 'confidence', e.confidence,
    'probability', e.probability, 'field_confidence', e.field_confidence, 'reviewed_by', e.reviewed_by,
    'reviewed_at', e.reviewed_at, 'vehicle_id', e.vehicle_id, 'reading', to_jsonb(r))) as reference
  from capture.manual_events as e
  left join capture.vehicle_readings as r on r.tenant_id = e.tenant_id and r.event_id = e.id
  where e.tenant_id = capture.current_tenant() and e.id = %(event_id)s and e.created_at = %(created_at)s
)
insert into capture.review_decisions
  (tenant_id, event_id, event_created_at, decision, unseen, pair_id, before_id, decided_by)
select capture.current_tenant(), %(event_id)s, %(created_at)s, %(decision)s, %(unseen)s, %(pair_id)s,
  (reference ->> 'private_id')::uuid, capture.current_actor()
from kept

-- name: last
-- The last decision on an event that nobody undid, with what stood before it.
select d.id, d.event_id, d.decision, d.unseen, d.pair_id, d.decided_by, p.value as before
from capture.review_decisions as d
join capture.private_values as p on p.tenant_id = d.tenant_id and p.id = d.before_id
where d.tenant_id = capture.current_tenant() and d.event_id = %(event_id)s and d.undone_at is null
order by d.decided_at desc, d.id desc limit 1

-- name: undone
-- A decision that was taken back.
update capture.review_decisions set undone_at = now() where tenant_id = capture.current_tenant() and id = %(id)s

-- name: restore
-- An event as it was before a decision.
update capture.manual_events
set review_state = b.review_state, verified_by_user = b.review_state in ('verified', 'corrected'), payload = b.payload,
    flag_reasons = b.flag_reasons, confidence = b.confidence, probability = b.probability,
    field_confidence = b.field_confidence, reviewed_by = b.reviewed_by, reviewed_at = b.reviewed_at,
    vehicle_id = b.vehicle_id
from jsonb_to_record(%(before)s) as b (
  review_state text, payload jsonb, flag_reasons jsonb, confidence integer, probability real, field_confidence jsonb,
  reviewed_by uuid, reviewed_at timestamptz, vehicle_id uuid)
where tenant_id = capture.current_tenant() and id = %(id)s and created_at = %(created_at)s
returning version

-- name: restore_reading
-- Its row in the vehicle's history as it was.
insert into capture.vehicle_readings
select r.* from jsonb_populate_record(null::capture.vehicle_readings, %(reading)s) as r

-- name: move
-- An event is another vehicle's; its payload says so.
update capture.manual_events set vehicle_id = %(vehicle_id)s, payload = %(payload)s
where tenant_id = capture.current_tenant() and id = %(id)s and created_at = %(created_at)s
returning version

-- name: move_reading
-- Its row goes to the other vehicle's history, as it was read; that history says its own of it next.
update capture.vehicle_readings
set vehicle_id = %(vehicle_id)s, fits = false, by_history = false, posterior = '{}', expected_low_km = null,
  expected_high_km = null
where tenant_id = capture.current_tenant() and event_id = %(event_id)s

-- name: preferences
-- How the transaction's person likes the desk.
select ordering, keys_on, keys from capture.review_preferences
where tenant_id = capture.current_tenant() and user_id = capture.current_actor()

-- name: set_preferences
-- The person's word on it.
insert into capture.review_preferences (tenant_id, user_id, ordering, keys_on, keys)
values (capture.current_tenant(), capture.current_actor(), %(ordering)s, %(keys_on)s, %(keys)s)
on conflict (tenant_id, user_id) do update
set ordering = excluded.ordering, keys_on = excluded.keys_on, keys = excluded.keys
