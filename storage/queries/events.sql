-- name: insert_run
-- One attempt of one engine; what it read lies in private_values, erasable, under a digest.
with content as (
  select case when %(content)s::jsonb is null then null
              else capture.keep_private(capture.current_tenant(), %(content)s::jsonb) end as kept
)
insert into capture.extraction_runs
  (id, tenant_id, upload_id, attempt, engine, model_version, settings, span_count, content_id, content_digest,
   event_type, confidence, confidence_parts, duration_ms, error_code, error_message)
select %(id)s, capture.current_tenant(), %(upload_id)s, %(attempt)s, %(engine)s, %(model_version)s, %(settings)s,
   %(span_count)s, (kept ->> 'private_id')::uuid, kept ->> 'digest',
   %(event_type)s, %(confidence)s, %(confidence_parts)s, %(duration_ms)s, %(error_code)s, %(error_message)s
from content

-- name: insert_event
-- A new event.
insert into capture.manual_events
  (id, tenant_id, vehicle_id, source_upload_id, event_type, source, payload, confidence, occurred_at,
   occurred_at_source, review_state, verified_by_user, flag_reasons, reviewed_by, reviewed_at, created_by)
values
  (%(id)s, capture.current_tenant(), %(vehicle_id)s, %(upload_id)s, %(event_type)s, %(source)s, %(payload)s,
   %(confidence)s, %(occurred_at)s, %(occurred_at_source)s, %(review_state)s,
   %(review_state)s in ('verified', 'corrected'), %(flag_reasons)s,
   case when %(review_state)s in ('verified', 'corrected') then capture.current_actor() end,
   case when %(review_state)s in ('verified', 'corrected') then now() end,
   %(created_by)s)
returning created_at

-- name: link_event
-- The promise of "once": a second event for the same place of the same upload is refused by the key.
insert into capture.upload_events (tenant_id, upload_id, event_type, ordinal, event_id, event_created_at)
values (capture.current_tenant(), %(upload_id)s, %(event_type)s, %(ordinal)s, %(event_id)s, %(event_created_at)s)

-- name: events_of_upload
-- What an upload has yielded so far.
select l.event_type, l.ordinal, e.id, e.created_at, e.payload, e.confidence, e.review_state
from capture.upload_events as l
join capture.manual_events as e
  on e.tenant_id = l.tenant_id and e.id = l.event_id and e.created_at = l.event_created_at
where l.tenant_id = capture.current_tenant() and l.upload_id = %(upload_id)s
order by l.event_type, l.ordinal

-- name: insert_proposal
-- What a later run would say, beside the event.
insert into capture.event_proposals
  (id, tenant_id, upload_id, run_id, event_type, ordinal, event_id, event_created_at, verdict, payload, confidence,
   flag_reasons)
values
  (%(id)s, capture.current_tenant(), %(upload_id)s, %(run_id)s, %(event_type)s, %(ordinal)s, %(event_id)s,
   %(event_created_at)s, %(verdict)s, %(payload)s, %(confidence)s, %(flag_reasons)s)

-- name: proposals
-- The last run's proposals for some uploads.
select distinct on (p.upload_id, p.event_type, p.ordinal)
  p.id, p.upload_id, p.event_type, p.ordinal, p.event_id, p.verdict, p.payload, p.confidence, p.created_at,
  e.payload as present_payload, e.review_state
from capture.event_proposals as p
left join capture.manual_events as e
  on e.tenant_id = p.tenant_id and e.id = p.event_id and e.created_at = p.event_created_at
where p.tenant_id = capture.current_tenant() and p.upload_id = any(%(upload_ids)s)
order by p.upload_id, p.event_type, p.ordinal, p.created_at desc

-- name: insert_explanation
-- One reason, with its facts.
insert into capture.explanations (tenant_id, event_id, event_created_at, run_id, kind, code, sentence, facts)
values (capture.current_tenant(), %(event_id)s, %(event_created_at)s, %(run_id)s, %(kind)s, %(code)s, %(sentence)s,
   %(facts)s)

-- name: append_stream
-- One entry of an aggregate's stream, at the version that the writer has seen.
select capture.append_stream(%(aggregate)s, %(aggregate_id)s, %(expected)s, %(what)s, %(data)s, %(personal)s, %(meta)s)

-- name: lock_event
-- A decision is taken under the event's lock. The id alone does not name a partition; the link or the caller does.
select id, created_at, vehicle_id, source_upload_id, event_type, source, payload, confidence, occurred_at,
  occurred_at_source, review_state, flag_reasons, version
from capture.manual_events
where tenant_id = capture.current_tenant() and id = %(id)s
for update

-- name: decide
-- A person's decision.
update capture.manual_events
set review_state = %(review_state)s, verified_by_user = %(review_state)s in ('verified', 'corrected'),
    payload = %(payload)s, reviewed_by = capture.current_actor(), reviewed_at = now()
where tenant_id = capture.current_tenant() and id = %(id)s and created_at = %(created_at)s
returning version

-- name: get
-- One event, as people see it.
select e.id, e.created_at, e.vehicle_id, v.label as vehicle, e.source_upload_id, e.event_type, e.source, e.payload,
  e.confidence, e.occurred_at, e.occurred_at_source, e.review_state, e.flag_reasons, e.reviewed_by, e.reviewed_at,
  e.version
from capture.manual_events as e join capture.vehicles as v on v.tenant_id = e.tenant_id and v.id = e.vehicle_id
where e.tenant_id = capture.current_tenant() and e.id = %(id)s

-- name: find
-- Events, newest first, by upload, vehicle, type or review state.
select e.id, e.created_at, e.vehicle_id, v.label as vehicle, e.source_upload_id, e.event_type, e.source, e.payload,
  e.confidence, e.occurred_at, e.occurred_at_source, e.review_state, e.flag_reasons, e.reviewed_by, e.reviewed_at,
  e.version
from capture.manual_events as e join capture.vehicles as v on v.tenant_id = e.tenant_id and v.id = e.vehicle_id
where e.tenant_id = capture.current_tenant()
  and (%(upload_ids)s::uuid[] is null or e.source_upload_id = any(%(upload_ids)s))
  and (%(vehicle_id)s::uuid is null or e.vehicle_id = %(vehicle_id)s)
  and (%(event_type)s::text is null or e.event_type = %(event_type)s)
  and (%(review_state)s::text is null or e.review_state = %(review_state)s)
order by e.created_at desc, e.id desc
limit %(limit)s
