-- name: create_tenant
-- Set-up, as capture_ops.
insert into capture.tenants (id, name, kind) values (%(id)s, %(name)s, %(kind)s)

-- name: find_tenants
-- Tenants by id or name, or all; as capture_ops.
select id, name, kind from capture.tenants
where %(needle)s = '' or id::text = %(needle)s or name = %(needle)s
order by created_at, id

-- name: ensure_user
-- A person is known by the e-mail address, whatever tenants they belong to; as capture_ops.
insert into capture.users (id, email, name) values (%(id)s, %(email)s, %(name)s) on conflict (email) do nothing

-- name: user_by_email
-- As capture_ops.
select id from capture.users where email = %(email)s

-- name: add_member
-- As capture_ops, when a tenant is set up.
insert into capture.memberships (tenant_id, user_id, role) values (%(tenant_id)s, %(user_id)s, %(role)s)
on conflict (tenant_id, user_id) do nothing

-- name: members
-- Who belongs to the tenant, owners first.
select u.id, u.email, u.name, m.role
from capture.memberships as m join capture.users as u on u.id = m.user_id
where m.tenant_id = capture.current_tenant()
order by array_position(array['owner', 'manager', 'viewer'], m.role), m.created_at, u.id

-- name: tenant_known
-- Row level security shows the tenant to itself alone.
select exists (select 1 from capture.tenants where id = capture.current_tenant())

-- name: policy
-- Asked for every photo: what is not allowed is forbidden.
select allow_vision, blind_share::float8 as blind_share, forbidden_engines, event_budget_micros, daily_budget_micros
from capture.tenant_policies where tenant_id = capture.current_tenant()

-- name: ensure_policy
-- Locked, so that two who change different parts of it lose neither.
insert into capture.tenant_policies (tenant_id) values (capture.current_tenant()) on conflict (tenant_id) do nothing

-- name: lock_policy
-- The row that is about to be changed.
select 1 from capture.tenant_policies where tenant_id = capture.current_tenant() for update

-- name: set_policy
-- The tenant's word on who sees its photos, at what cost, and how many accepted events are looked at.
update capture.tenant_policies
set allow_vision = %(allow_vision)s, blind_share = %(blind_share)s, forbidden_engines = %(forbidden_engines)s,
  event_budget_micros = %(event_budget_micros)s, daily_budget_micros = %(daily_budget_micros)s
where tenant_id = capture.current_tenant()

-- name: spent_today
-- What engines with a price have cost since midnight (UTC).
select coalesce(sum(cost_micros), 0)::bigint from capture.extraction_runs
where tenant_id = capture.current_tenant() and cost_micros > 0
  and created_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'

-- name: vehicle
-- One vehicle.
select id, label, odometer_unit from capture.vehicles
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: vehicles
-- All vehicles, in the order in which they were added.
select id, label, odometer_unit from capture.vehicles
where tenant_id = capture.current_tenant() order by created_at, id

-- name: add_vehicle
-- A vehicle of the tenant.
insert into capture.vehicles (id, tenant_id, label, make, model, odometer_unit)
values (%(id)s, capture.current_tenant(), %(label)s, %(make)s, %(model)s, %(odometer_unit)s)

-- name: add_token
-- A bearer token, of which the hash alone is kept.
insert into capture.api_tokens (id, tenant_id, user_id, name, token_hash, scopes, expires_at)
values (%(id)s, capture.current_tenant(), %(user_id)s, %(name)s, %(token_hash)s, %(scopes)s, %(expires_at)s)

-- name: token_owner
-- Who a token stands for, while it is valid, and what it may do.
select t.id, t.user_id, m.role, t.scopes
from capture.api_tokens as t
join capture.memberships as m on m.tenant_id = t.tenant_id and m.user_id = t.user_id
where t.tenant_id = capture.current_tenant() and t.token_hash = %(token_hash)s
  and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())

-- name: tokens
-- The tenant's tokens, or one person's, without their hashes.
select t.id, t.user_id, t.name, u.email, t.scopes, t.created_at, t.expires_at, t.revoked_at, t.last_used_at
from capture.api_tokens as t join capture.users as u on u.id = t.user_id
where t.tenant_id = capture.current_tenant() and (%(user_id)s::uuid is null or t.user_id = %(user_id)s)
order by t.created_at, t.id

-- name: touch_token
-- At most once in five minutes: a program makes many requests.
update capture.api_tokens set last_used_at = now()
where tenant_id = capture.current_tenant() and id = %(id)s
  and (last_used_at is null or last_used_at < now() - interval '5 minutes')

-- name: revoke_token
-- From now on the token is refused.
update capture.api_tokens set revoked_at = now()
where tenant_id = capture.current_tenant() and id = %(id)s and revoked_at is null
  and (%(user_id)s::uuid is null or user_id = %(user_id)s)

-- name: log_action
-- What a person or command did.
insert into capture.audit_logs
  (tenant_id, action, subject_type, subject_id, details, actor_id, actor_kind, client_ip, user_agent)
values
  (capture.current_tenant(), %(action)s, %(subject_type)s, %(subject_id)s, %(details)s,
   capture.current_actor(), capture.current_actor_kind(),
   nullif(current_setting('app.client_ip', true), '')::inet, nullif(current_setting('app.user_agent', true), ''))
