-- name: told
-- What an event's explanation rests on; why it was accepted is what was written last.
select e.probability::float8 as probability, e.field_confidence,
  coalesce((
    select x.sentence from capture.explanations as x
    where x.tenant_id = e.tenant_id and x.event_id = e.id and x.code = %(accepted)s
    order by x.created_at desc, x.id desc limit 1), '') as because
from capture.manual_events as e
where e.tenant_id = capture.current_tenant() and e.id = %(event_id)s

-- name: reasons
-- All that was ever said for and against an event, in the order in which it was said.
select kind, code, sentence, created_at from capture.explanations
where tenant_id = capture.current_tenant() and event_id = %(event_id)s
order by created_at, kind, code, id

-- name: prose
-- What a model wrote of the paragraph that is given.
select sentence from capture.explanations
where tenant_id = capture.current_tenant() and event_id = %(event_id)s and code = %(code)s and facts ->> 'of' = %(of)s
order by created_at desc, id desc limit 1
