-- name: insert_run
-- One attempt of one engine; what it read lies in private_values, erasable, under a digest.
with content as (
  select case when %(content)s::jsonb is null then null
              else capture.keep_private(capture.current_tenant(), %(content)s::jsonb) end as kept
)
insert into capture.extraction_runs
  (id, tenant_id, upload_id, attempt, engine, model_version, settings, span_count, content_id, content_digest,
   event_type, confidence, confidence_parts, duration_ms, input_tokens, output_tokens, cost_micros,
   error_code, error_message)
select %(id)s, capture.current_tenant(), %(upload_id)s, %(attempt)s, %(engine)s, %(model_version)s, %(settings)s,
   %(span_count)s, (kept ->> 'private_id')::uuid, kept ->> 'digest',
   %(event_type)s, %(confidence)s, %(confidence_parts)s, %(duration_ms)s, %(input_tokens)s, %(output_tokens)s,
   %(cost_micros)s, %(error_code)s, %(error_message)s
from content

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
