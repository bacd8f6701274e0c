-- name: insert
-- An accepted event that a person will answer unseen; once, however often it is accepted again.
insert into capture.blind_samples (tenant_id, event_id, event_created_at, event_type, engine, chance)
values (capture.current_tenant(), %(event_id)s, %(event_created_at)s, %(event_type)s, %(engine)s, %(chance)s)
on conflict (tenant_id, event_id) do nothing

-- name: sample
-- The sample of an event.
select event_id, sampled_at, chance, outcome from capture.blind_samples
where tenant_id = capture.current_tenant() and event_id = %(event_id)s

-- name: answer
-- What a person said of it; the first answer stands.
update capture.blind_samples
set answered_at = now(), answered_by = capture.current_actor(), outcome = %(outcome)s
where tenant_id = capture.current_tenant() and event_id = %(event_id)s and answered_at is null

-- name: reopen
-- The answer was taken back: it waits for another.
update capture.blind_samples set answered_at = null, answered_by = null, outcome = null
where tenant_id = capture.current_tenant() and event_id = %(event_id)s and answered_at is not null
returning event_id

-- name: note_views
-- Who has seen what was read cannot answer without having seen it; nor may one's own answer be asked for again after one
-- has looked. Once is enough.
insert into capture.audit_logs (tenant_id, action, subject_type, subject_id, actor_id, actor_kind, client_ip, user_agent)
select capture.current_tenant(), 'event.viewed', 'manual_event', s.event_id, capture.current_actor(),
  capture.current_actor_kind(), nullif(current_setting('app.client_ip', true), '')::inet,
  nullif(current_setting('app.user_agent', true), '')
from capture.blind_samples as s
where s.tenant_id = capture.current_tenant() and s.event_id = any(%(event_ids)s)
  and (s.answered_at is null or s.answered_by = capture.current_actor()) and capture.current_actor() is not null
  and not exists (
    select 1 from capture.audit_logs as l
    where l.tenant_id = s.tenant_id and l.action = 'event.viewed' and l.subject_id = s.event_id
      and l.actor_id = capture.current_actor() and l.created_at >= s.sampled_at)

-- name: open_among
-- Which of some events wait for a blind answer.
select event_id from capture.review_queue
where tenant_id = capture.current_tenant() and blind and event_id = any(%(event_ids)s)

-- name: viewed
-- Whether this person opened the event since it was drawn.
select exists (
  select 1 from capture.audit_logs
  where tenant_id = capture.current_tenant() and action = 'event.viewed' and subject_id = %(event_id)s
    and actor_id = capture.current_actor() and created_at >= %(since)s)

-- name: queue
-- What waits for a person, oldest first: flagged events, and among them accepted ones without what was read.
with waiting as (
  select e.id, e.created_at, false as blind from capture.manual_events as e
  where e.tenant_id = capture.current_tenant() and e.review_state = 'flagged'
    and (%(after_at)s::timestamptz is null or (e.created_at, e.id) > (%(after_at)s, %(after_id)s::uuid))
  union all
  select e.id, e.created_at, true from capture.blind_samples as b
  join capture.manual_events as e
    on e.tenant_id = b.tenant_id and e.id = b.event_id and e.created_at = b.event_created_at
  where b.tenant_id = capture.current_tenant() and b.answered_at is null and e.review_state = 'accepted'
    and (%(after_at)s::timestamptz is null or (e.created_at, e.id) > (%(after_at)s, %(after_id)s::uuid))
  order by created_at, id
  limit %(limit)s
)
select e.id, e.event_type, e.vehicle_id, v.label as vehicle, e.source_upload_id as upload_id, w.blind,
  case when w.blind then null else e.payload end as payload,
  case when w.blind then null else e.confidence end as confidence,
  case when w.blind then '[]'::jsonb else e.flag_reasons end as flag_reasons,
  e.occurred_at, e.created_at, u.bucket, u.object_key, u.object_version
from waiting as w
join capture.manual_events as e
  on e.tenant_id = capture.current_tenant() and e.id = w.id and e.created_at = w.created_at
join capture.vehicles as v on v.tenant_id = e.tenant_id and v.id = e.vehicle_id
left join capture.uploads as u on u.tenant_id = e.tenant_id and u.id = e.source_upload_id
order by e.created_at, e.id

-- name: standing
-- How many events of photos there were since a day, and how many of them counted without a person until one looked.
select e.event_type, e.payload #>> '{provenance,engine}' as engine, count(*) as events,
  count(*) filter (where e.review_state = 'accepted' or 'accepted' = (
    select s.event_data ->> 'before' from capture.event_stream as s
    where s.tenant_id = e.tenant_id and s.aggregate_type = 'manual_event' and s.aggregate_id = e.id
      and s.event_type in ('verified', 'corrected', 'rejected', 'voided')
    order by s.version limit 1)) as accepted
from capture.manual_events as e
where e.tenant_id = capture.current_tenant() and e.source = 'photo' and e.created_at >= %(since)s
group by 1, 2
order by 1, 2

-- name: answers
-- What people answered unseen of events that were drawn since the calibration in force, in the order of their answers.
select b.event_type, b.engine, e.probability::float8 as probability, b.outcome = 'same' as right,
  b.chance::float8 as chance, coalesce(r.confidence_parts ->> 'signal', '') as signal
from capture.blind_samples as b
join capture.manual_events as e
  on e.tenant_id = b.tenant_id and e.id = b.event_id and e.created_at = b.event_created_at
left join capture.extraction_runs as r
  on r.tenant_id = e.tenant_id and r.id = (e.payload #>> '{provenance,run_id}')::uuid
left join capture.calibrations as c
  on c.tenant_id = b.tenant_id and c.engine = b.engine and c.event_type = b.event_type and c.retired_at is null
  and c.field = case when r.confidence_parts ->> 'signal' = %(with_history)s then %(with_history)s else '' end
where b.tenant_id = capture.current_tenant() and b.outcome is not null and b.sampled_at >= %(since)s
  and b.sampled_at >= coalesce(c.created_at, '-infinity') and e.probability is not null
order by b.answered_at, b.event_id

-- name: open
-- How many wait for an answer.
select b.event_type, b.engine, count(*) from capture.blind_samples as b
join capture.manual_events as e
  on e.tenant_id = b.tenant_id and e.id = b.event_id and e.created_at = b.event_created_at
where b.tenant_id = capture.current_tenant() and b.outcome is null and e.review_state = 'accepted'
group by 1, 2
