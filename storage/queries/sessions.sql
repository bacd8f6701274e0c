-- name: add_link
-- A link is kept as a hash; it opens one session.
insert into capture.signin_links (id, tenant_id, user_id, token_hash, expires_at)
values (%(id)s, capture.current_tenant(), %(user_id)s, %(token_hash)s, now() + make_interval(secs => %(ttl_s)s))

-- name: use_link
-- Whoever updates the row is the one who opens the session.
update capture.signin_links set used_at = now()
where token_hash = %(token_hash)s and used_at is null and expires_at > now()
returning user_id

-- name: add
-- A session is kept as a hash.
insert into capture.sessions (id, tenant_id, user_id, token_hash, method, expires_at)
values (%(id)s, capture.current_tenant(), %(user_id)s, %(token_hash)s, %(method)s,
        now() + make_interval(secs => %(ttl_s)s))

-- name: find
-- Role, name and tenant as they are now, so that a change counts with the next request.
select s.id, s.user_id, m.role, u.name, u.email, t.name as tenant, s.expires_at, s.last_seen_at
from capture.sessions as s
join capture.memberships as m on m.tenant_id = s.tenant_id and m.user_id = s.user_id
join capture.users as u on u.id = s.user_id
join capture.tenants as t on t.id = s.tenant_id
where s.token_hash = %(token_hash)s and s.ended_at is null and s.expires_at > now()

-- name: touch
-- At most once in five minutes: a page makes many requests.
update capture.sessions set last_seen_at = now()
where id = %(id)s and last_seen_at < now() - interval '5 minutes'

-- name: end
-- Ended sessions stay on record.
update capture.sessions set ended_at = now() where id = %(id)s and ended_at is null

-- name: member
-- What a person may do in the transaction's tenant.
select role from capture.memberships where user_id = %(user_id)s

-- name: tenants_of
-- Where a person belongs; as capture_ops.
select t.id, t.name, t.kind
from capture.memberships as m join capture.tenants as t on t.id = m.tenant_id
where m.user_id = %(user_id)s
order by t.name, t.id
