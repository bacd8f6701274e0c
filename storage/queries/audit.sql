-- name: log_views
-- Who looks again within the hour is not noted again: the trail answers who saw what, not how often.
insert into capture.audit_logs (tenant_id, action, subject_type, subject_id, actor_id, actor_kind, client_ip, user_agent)
select capture.current_tenant(), %(action)s, %(subject_type)s, seen.id, capture.current_actor(), 'person',
  nullif(current_setting('app.client_ip', true), '')::inet, nullif(current_setting('app.user_agent', true), '')
from unnest(%(ids)s::uuid[]) as seen (id)
where capture.current_actor_kind() = 'person' and capture.current_actor() is not null and not exists (
  select 1 from capture.audit_logs as l
  where l.tenant_id = capture.current_tenant() and l.subject_id = seen.id and l.action = %(action)s
    and l.actor_id = capture.current_actor() and l.created_at > now() - interval '1 hour')
