-- name: promises
-- What the tenant has promised, by event type; '' is for all others.
select event_type, error from capture.promises where tenant_id = capture.current_tenant()

-- name: set_promise
-- The tenant's word on the error that it accepts.
insert into capture.promises (tenant_id, event_type, error)
values (capture.current_tenant(), %(event_type)s, %(error)s)
on conflict (tenant_id, event_type) do update set error = excluded.error

-- name: drop_promise
-- Back to the general promise.
delete from capture.promises where tenant_id = capture.current_tenant() and event_type = %(event_type)s

-- name: calibrations
-- The tenant's calibrations in use.
select data from capture.calibrations where tenant_id = capture.current_tenant() and retired_at is null

-- name: kept
-- The tenant's calibrations with those that they took the place of, newest first.
select engine, event_type, field, version, decisions, created_at, retired_at from capture.calibrations
where tenant_id = capture.current_tenant() order by created_at desc, id limit 100

-- name: retire_calibration
-- A newer one takes its place; it stays for the record.
update capture.calibrations set retired_at = now()
where tenant_id = capture.current_tenant() and retired_at is null
  and engine = %(engine)s and event_type = %(event_type)s and field = %(field)s

-- name: insert_calibration
-- Fitted on what people decided.
insert into capture.calibrations (tenant_id, engine, event_type, field, version, decisions, data, created_by)
values (capture.current_tenant(), %(engine)s, %(event_type)s, %(field)s, %(version)s, %(decisions)s, %(data)s,
   capture.current_actor())

-- name: decisions
-- Events of photos that a person decided, with what the machine had said of them. An event that was accepted when the
-- first person decided, and that nobody was asked about blindly, is left out: people look at those that are wrong. So is
-- one that was voided because another tells the same, and one whose odometer the vehicle's history read another way,
-- which left it without a probability: neither says if what the engine read was right.
select e.id, e.event_type, r.engine, e.vehicle_id, e.review_state, r.confidence_parts as parts, b.chance, b.outcome
from capture.manual_events as e
join capture.upload_events as l
  on l.tenant_id = e.tenant_id and l.event_id = e.id and l.event_created_at = e.created_at and l.ordinal = 0
join capture.extraction_runs as r
  on r.tenant_id = e.tenant_id and r.id = (e.payload #>> '{provenance,run_id}')::uuid and r.event_type = e.event_type
left join capture.blind_samples as b on b.tenant_id = e.tenant_id and b.event_id = e.id
where e.tenant_id = capture.current_tenant() and e.source <> 'manual'
  and e.review_state in ('verified', 'corrected', 'rejected', 'voided')
  and not (e.probability is null and r.confidence_parts ? 'probability')
  and not exists (
    select 1 from capture.duplicate_candidates as d
    where d.tenant_id = e.tenant_id and d.event_id = e.id and d.state = 'confirmed')
  and (b.outcome is not null or 'flagged' = (
    select s.event_data ->> 'before' from capture.event_stream as s
    where s.tenant_id = e.tenant_id and s.aggregate_type = 'manual_event' and s.aggregate_id = e.id
      and s.event_type in ('verified', 'corrected', 'rejected', 'voided')
    order by s.version limit 1))
order by e.created_at, e.id

-- name: undecided
-- Events of photos that no person decided, with what was read, for judging again; after an id, so many at a time.
select e.id, e.created_at, e.event_type, e.review_state, e.flag_reasons, e.version, e.confidence, e.probability,
  l.ordinal, r.engine, r.id as run_id, p.value as content
from capture.manual_events as e
join capture.upload_events as l
  on l.tenant_id = e.tenant_id and l.event_id = e.id and l.event_created_at = e.created_at
join capture.extraction_runs as r
  on r.tenant_id = e.tenant_id and r.id = (e.payload #>> '{provenance,run_id}')::uuid
join capture.private_values as p on p.tenant_id = r.tenant_id and p.id = r.content_id
where e.tenant_id = capture.current_tenant() and e.review_state in ('accepted', 'flagged') and e.source <> 'manual'
  and e.id > %(after)s
order by e.id
limit %(limit)s

-- name: rescore
-- The machine's second thought on an event that no person decided, if it still stands as it was read.
update capture.manual_events
set review_state = %(review_state)s, flag_reasons = %(flag_reasons)s, confidence = %(confidence)s,
    probability = %(probability)s, field_confidence = %(field_confidence)s
where tenant_id = capture.current_tenant() and id = %(id)s and created_at = %(created_at)s
  and version = %(version)s and review_state in ('accepted', 'flagged')
returning version
