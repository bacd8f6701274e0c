-- name: place
-- Where the bytes of an upload lie, who sent them, and what the phone said.
select u.bucket, u.object_key, u.object_version, u.device, u.phone_captured_at, u.overwritten_at, w.name as sender
from capture.uploads as u left join capture.users as w on w.id = u.created_by
where u.tenant_id = capture.current_tenant() and u.id = %(upload_id)s

-- name: runs_of
-- Every attempt of every engine, in order; what it read is null once it was erased.
select r.id, r.attempt, r.engine, r.model_version, r.span_count, r.event_type, r.confidence, r.confidence_parts,
  r.duration_ms, r.input_tokens, r.output_tokens, r.cost_micros, r.error_code, r.error_message, r.created_at,
  r.content_id is not null as kept, p.value as content
from capture.extraction_runs as r
left join capture.private_values as p on p.tenant_id = r.tenant_id and p.id = r.content_id
where r.tenant_id = capture.current_tenant() and r.upload_id = %(upload_id)s
order by r.created_at, r.attempt, r.id

-- name: trail_of
-- The states through which an upload went.
select t.changed_at as at, coalesce(t.new_values ->> 'state', '') as state, t.new_values ->> 'error_code' as error_code,
  t.actor_kind, w.name as who
from capture.audit_trail as t left join capture.users as w on w.id = t.changed_by
where t.tenant_id = capture.current_tenant() and t.table_name = 'uploads' and t.record_id = %(upload_id)s
  and (t.operation = 'INSERT' or t.new_values ? 'state')
order by t.changed_at, t.id

-- name: streams_of
-- What happened to some events, with the values that are kept aside.
select s.aggregate_id as event_id, s.version, s.event_type as what, s.event_data - 'personal' as data, s.metadata,
  s.created_at as at, w.name as who, p.value as personal
from capture.event_stream as s
left join capture.users as w on w.id = s.created_by
left join capture.private_values as p
  on p.tenant_id = s.tenant_id and p.id = (s.event_data #>> '{personal,private_id}')::uuid
where s.tenant_id = capture.current_tenant() and s.aggregate_type = 'manual_event'
  and s.aggregate_id = any(%(event_ids)s)
order by s.created_at, s.version

-- name: actions_on
-- What people and commands did to some things, with what followed for others.
select l.subject_id, l.action, l.details, l.created_at as at, l.actor_kind, w.name as who
from capture.audit_logs as l left join capture.users as w on w.id = l.actor_id
where l.tenant_id = capture.current_tenant() and l.subject_id = any(%(ids)s)
order by l.created_at, l.id

-- name: briefly
-- Some events in few words, for pages that speak of them.
select f.event_id as id, f.event_type, f.occurred_at, f.review_state, e.payload, v.label as vehicle, f.upload_id
from capture.event_facts as f
join capture.manual_events as e
  on e.tenant_id = f.tenant_id and e.id = f.event_id and e.created_at = f.event_created_at
join capture.vehicles as v on v.tenant_id = f.tenant_id and v.id = f.vehicle_id
where f.tenant_id = capture.current_tenant() and f.event_id = any(%(event_ids)s)
order by f.occurred_at, f.event_id

-- name: record_of
-- All that a vehicle's record says.
select id, label, make, model, vin, odometer_unit, baseline_fuel_mpg::float8, baseline_service_interval_miles,
  notes, tank_litres::float8, fuel_type, litres_per_100_km::float8, first_registered_on, created_at
from capture.vehicles where tenant_id = capture.current_tenant() and id = %(vehicle_id)s

-- name: costs_of
-- What a vehicle cost by month (UTC), currency and type; events that were rejected or voided cost nothing.
select date_trunc('month', f.occurred_at at time zone 'UTC')::date as month, e.payload ->> 'currency' as currency,
  f.event_type, sum(f.amount_cents)::bigint as cents, count(*) as events
from capture.event_facts as f
join capture.manual_events as e
  on e.tenant_id = f.tenant_id and e.id = f.event_id and e.created_at = f.event_created_at
where f.tenant_id = capture.current_tenant() and f.vehicle_id = %(vehicle_id)s and f.stands
  and f.event_type in ('fuel_purchase', 'maintenance') and f.amount_cents is not null and f.occurred_at >= %(since)s
group by 1, 2, 3
order by 1, 2, 3

-- name: services_of
-- A vehicle's last maintenance, newest first, with where the odometer stood where a reading that fits tells it.
select f.event_id as id, f.occurred_at, f.review_state, e.payload, case when r.fits then r.km::float8 end as km
from capture.event_facts as f
join capture.manual_events as e
  on e.tenant_id = f.tenant_id and e.id = f.event_id and e.created_at = f.event_created_at
left join capture.vehicle_readings as r on r.tenant_id = f.tenant_id and r.event_id = f.event_id
where f.tenant_id = capture.current_tenant() and f.vehicle_id = %(vehicle_id)s and f.stands
  and f.event_type = 'maintenance'
order by f.occurred_at desc, f.event_id desc
limit %(limit)s
