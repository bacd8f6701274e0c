-- name: insert_event
-- A new event.
insert into capture.manual_events
  (id, tenant_id, vehicle_id, source_upload_id, event_type, source, payload, confidence, probability,
   field_confidence, occurred_at, occurred_at_source, review_state, verified_by_user, flag_reasons, reviewed_by, reviewed_at, created_by)
values
  (%(id)s, capture.current_tenant(), %(vehicle_id)s, %(upload_id)s, %(event_type)s, %(source)s, %(payload)s,
   %(confidence)s, %(probability)s, %(field_confidence)s, %(occurred_at)s, %(occurred_at_source)s, %(review_state)s,
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

-- name: reconsider
-- What the vehicle's other readings say now of an event on which nobody has decided.
update capture.manual_events
set review_state = %(review_state)s, payload = %(payload)s, flag_reasons = %(flag_reasons)s,
    confidence = %(confidence)s, probability = %(probability)s, field_confidence = %(field_confidence)s
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
-- Events by the time that they tell of, latest first. What is searched is what people read, not where it came from.
select e.id, e.created_at, e.vehicle_id, v.label as vehicle, e.source_upload_id, e.event_type, e.source, e.payload,
  e.confidence, e.occurred_at, e.occurred_at_source, e.review_state, e.flag_reasons, e.reviewed_by, e.reviewed_at,
  e.version
from capture.manual_events as e join capture.vehicles as v on v.tenant_id = e.tenant_id and v.id = e.vehicle_id
where e.tenant_id = capture.current_tenant()
  and (%(upload_ids)s::uuid[] is null or e.source_upload_id = any(%(upload_ids)s))
  and (%(vehicle_id)s::uuid is null or e.vehicle_id = %(vehicle_id)s)
  and (%(event_type)s::text is null or e.event_type = %(event_type)s)
  and (%(review_states)s::text[] is null or e.review_state = any(%(review_states)s))
  and (%(since)s::timestamptz is null or e.occurred_at >= %(since)s)
  and (%(until)s::timestamptz is null or e.occurred_at < %(until)s)
  and (%(text)s::text is null
       or position(lower(%(text)s) in lower(v.label || ' ' || (e.payload - 'provenance' - 'image_metadata')::text)) > 0)
  and (%(after_at)s::timestamptz is null
       or e.occurred_at <= %(after_at)s and (e.occurred_at, e.id) < (%(after_at)s, %(after_id)s::uuid))
order by e.occurred_at desc, e.id desc
limit %(limit)s
