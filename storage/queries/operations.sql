-- name: by_state
-- The tenant's uploads of a while, and all that are not final, by state. The oldest: since when it stands so.
select state, count(*) as uploads, min(state_changed_at) as oldest,
  count(*) filter (where state = 'processing' and lease_until < now()
    or state = 'received'
    or state = 'queued' and coalesce(not_before, state_changed_at) < now() - make_interval(secs => %(stuck_after_s)s)
  ) as stuck,
  count(*) filter (where state = 'queued' and not_before > now()) as paused
from capture.uploads
where tenant_id = capture.current_tenant()
  and (state in ('expected', 'received', 'queued', 'processing') or state_changed_at >= %(since)s)
group by state

-- name: by_hour
-- What came and what ended in each hour of the last day, oldest first.
select h.hour,
  (select count(*) from capture.uploads as u
   where u.tenant_id = capture.current_tenant() and u.created_at >= h.hour and u.created_at < h.hour + interval '1 hour')
   as came,
  count(u.id) filter (where u.state = 'recorded') as recorded,
  count(u.id) filter (where u.state = 'unrecognised') as unrecognised,
  count(u.id) filter (where u.state in ('rejected', 'failed')) as failed
from generate_series(date_trunc('hour', now()) - interval '23 hours', date_trunc('hour', now()), interval '1 hour') as h(hour)
left join capture.uploads as u
  on u.tenant_id = capture.current_tenant() and u.state in ('recorded', 'unrecognised', 'rejected', 'failed')
  and u.state_changed_at >= h.hour and u.state_changed_at < h.hour + interval '1 hour'
group by h.hour
order by h.hour

-- name: troubles
-- Uploads that yielded nothing, by what was wrong, most recent first; with the last few of each.
select t.state, t.code, t.uploads, t.last, t.message, t.ids, t.vehicles
from (
  select u.state, coalesce(u.error_code, '') as code, count(*) as uploads, max(u.state_changed_at) as last,
    (array_agg(u.error_message order by u.state_changed_at desc))[1] as message,
    (array_agg(u.id order by u.state_changed_at desc))[1:5] as ids,
    (array_agg(v.label order by u.state_changed_at desc))[1:5] as vehicles
  from capture.uploads as u join capture.vehicles as v on v.tenant_id = u.tenant_id and v.id = u.vehicle_id
  where u.tenant_id = capture.current_tenant() and u.state in ('unrecognised', 'rejected', 'failed')
    and u.state_changed_at >= %(since)s
  group by u.state, coalesce(u.error_code, '')
) as t
order by t.last desc
limit 50

-- name: stuck
-- Uploads that should have moved on by now, longest first.
select u.id, v.label as vehicle, u.state, u.state_changed_at, u.tries, u.error_code, u.error_message
from capture.uploads as u join capture.vehicles as v on v.tenant_id = u.tenant_id and v.id = u.vehicle_id
where u.tenant_id = capture.current_tenant() and (
    u.state = 'processing' and u.lease_until < now()
    or u.state = 'received'
    or u.state = 'queued' and coalesce(u.not_before, u.state_changed_at) < now() - make_interval(secs => %(stuck_after_s)s))
order by u.state_changed_at
limit 20

-- name: to_retry
-- The uploads that yielded nothing for one reason, oldest first, so many at a time.
select id from capture.uploads
where tenant_id = capture.current_tenant() and state in ('unrecognised', 'rejected', 'failed')
  and coalesce(error_code, '') = %(code)s
order by state_changed_at, id
limit %(limit)s

-- name: engines
-- What each engine did on each day (UTC), newest day first. Costs in millionths of a US dollar, null where it has no price.
select (created_at at time zone 'UTC')::date as day, engine, count(*) as runs, count(error_code) as errors,
  round(percentile_cont(0.5) within group (order by duration_ms))::int as median_ms,
  round(percentile_cont(0.95) within group (order by duration_ms))::int as slow_ms,
  sum(cost_micros)::bigint as cost_micros
from capture.extraction_runs
where tenant_id = capture.current_tenant() and created_at >= %(since)s and attempt > 0
group by 1, 2
order by 1 desc, 2

-- name: proposals
-- What the last re-run of each upload would say differently, by how it differs.
select verdict, count(*) from (
  select distinct on (p.upload_id, p.event_type, p.ordinal) p.verdict, p.payload - 'provenance' as proposed,
    e.payload - 'provenance' as stands
  from capture.event_proposals as p
  left join capture.manual_events as e
    on e.tenant_id = p.tenant_id and e.id = p.event_id and e.created_at = p.event_created_at
  where p.tenant_id = capture.current_tenant()
  order by p.upload_id, p.event_type, p.ordinal, p.created_at desc
) as last
where verdict <> 'unchanged' and proposed is distinct from stands
group by verdict
