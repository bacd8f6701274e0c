-- name: by_identity
-- Whose account at a provider it is; as capture_ops.
select user_id from capture.identities where issuer = %(issuer)s and subject = %(subject)s

-- name: remember_identity
-- An account is matched by e-mail once; a person has one account at each provider. As capture_ops.
insert into capture.identities (issuer, subject, user_id) values (%(issuer)s, %(subject)s, %(user_id)s)
on conflict do nothing

-- name: person
-- Name and address of somebody who shares the tenant.
select u.name, u.email, t.name as tenant
from capture.users as u, capture.tenants as t
where u.id = %(user_id)s and t.id = capture.current_tenant()

-- name: members
-- Who belongs to the tenant, owners first, with when they were seen here last.
select u.id, u.email, u.name, m.role, m.created_at,
  (select max(s.last_seen_at) from capture.sessions as s where s.tenant_id = m.tenant_id and s.user_id = m.user_id)
    as last_seen_at
from capture.memberships as m join capture.users as u on u.id = m.user_id
where m.tenant_id = capture.current_tenant() and (%(user_id)s::uuid is null or m.user_id = %(user_id)s)
order by array_position(array['owner', 'manager', 'viewer'], m.role), m.created_at, u.id

-- name: add
-- The database lets owners alone do it. Whoever belongs to the tenant keeps the role.
insert into capture.memberships (tenant_id, user_id, role) values (capture.current_tenant(), %(user_id)s, %(role)s)
on conflict (tenant_id, user_id) do nothing

-- name: set_role
-- The database lets owners alone do it, and keeps the last of them.
update capture.memberships set role = %(role)s
where tenant_id = capture.current_tenant() and user_id = %(user_id)s

-- name: remove
-- Sessions, links and tokens of the person in this tenant go along.
delete from capture.memberships where tenant_id = capture.current_tenant() and user_id = %(user_id)s

-- name: sessions
-- A person's sessions in this tenant that are valid, with what opened them, the latest seen first.
select s.id, s.method, s.created_at, s.last_seen_at, s.expires_at, l.user_agent, host(l.client_ip) as address
from capture.sessions as s
left join lateral (
  select user_agent, client_ip from capture.audit_logs
  where tenant_id = s.tenant_id and subject_id = s.id and action = 'session.opened'
  order by created_at limit 1
) as l on true
where s.tenant_id = capture.current_tenant() and s.user_id = %(user_id)s
  and s.ended_at is null and s.expires_at > now()
order by s.last_seen_at desc, s.id
limit 200

-- name: end_session
-- One session of the person.
update capture.sessions set ended_at = now()
where tenant_id = capture.current_tenant() and user_id = %(user_id)s and id = %(id)s
  and ended_at is null and expires_at > now()
returning id

-- name: end_others
-- All sessions of the person in this tenant but one.
update capture.sessions set ended_at = now()
where tenant_id = capture.current_tenant() and user_id = %(user_id)s and id is distinct from %(keep)s
  and ended_at is null and expires_at > now()
returning id
