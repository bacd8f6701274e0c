-- name: add
-- A new endpoint, and nothing is told that was before it.
insert into capture.webhook_endpoints (id, tenant_id, url, description, types, include_payload, created_by)
values (%(id)s, capture.current_tenant(), %(url)s, %(description)s, %(types)s, %(include_payload)s, capture.current_actor())

-- name: find
-- With how many messages wait and how many were given up, for people to see what is wrong.
select e.id, e.url, e.description, e.types, e.include_payload, e.disabled_at, e.disabled_reason, e.created_at, e.updated_at,
  (select count(*) from capture.webhook_deliveries as d
   where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and d.state = 'pending') as waiting,
  (select count(*) from capture.webhook_deliveries as d
   where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and d.state = 'dead') as dead,
  (select max(d.delivered_at) from capture.webhook_deliveries as d
   where d.tenant_id = e.tenant_id and d.endpoint_id = e.id) as last_delivered_at
from capture.webhook_endpoints as e
where e.tenant_id = capture.current_tenant()
  and (%(id)s::uuid is null or e.id = %(id)s::uuid)
  and (%(after_id)s::uuid is null or (e.created_at, e.id) < (%(after_at)s::timestamptz, %(after_id)s::uuid))
order by e.created_at desc, e.id desc
limit %(limit)s

-- name: change
-- What is null stays. Switched on again, it is told from now on; what it missed can be replayed.
update capture.webhook_endpoints
set url = coalesce(%(url)s, url), description = coalesce(%(description)s, description),
    types = coalesce(%(types)s, types), include_payload = coalesce(%(include_payload)s, include_payload),
    disabled_at = case when %(enabled)s::boolean is null then disabled_at
                       when %(enabled)s::boolean then null else coalesce(disabled_at, now()) end,
    disabled_reason = case when %(enabled)s::boolean is null then disabled_reason
                           when %(enabled)s::boolean then null else coalesce(disabled_reason, 'person') end
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: disable_gone
-- The receiver said that it is gone for good.
update capture.webhook_endpoints set disabled_at = now(), disabled_reason = 'gone'
where tenant_id = capture.current_tenant() and id = %(id)s and disabled_at is null

-- name: give_up_waiting
-- An endpoint that is switched off gets nothing; what waited can be replayed.
update capture.webhook_deliveries set state = 'dead', lease_until = null, last_error = %(reason)s
where tenant_id = capture.current_tenant() and endpoint_id = %(endpoint_id)s and state = 'pending'

-- name: remove
-- Its secrets and deliveries go along.
delete from capture.webhook_endpoints where tenant_id = capture.current_tenant() and id = %(id)s

-- name: add_secret
-- The secret in force.
insert into capture.webhook_secrets (tenant_id, endpoint_id, secret)
values (capture.current_tenant(), %(endpoint_id)s, %(secret)s)

-- name: forget_secrets
-- Never more than two are valid: those that were on their way out go now.
delete from capture.webhook_secrets
where tenant_id = capture.current_tenant() and endpoint_id = %(endpoint_id)s and expires_at is not null

-- name: retire_secret
-- It signs beside its successor for a while.
update capture.webhook_secrets set expires_at = now() + make_interval(secs => %(overlap_s)s)
where tenant_id = capture.current_tenant() and endpoint_id = %(endpoint_id)s and expires_at is null

-- name: secrets
-- Those that are valid, the one in force first.
select secret from capture.webhook_secrets
where tenant_id = capture.current_tenant() and endpoint_id = %(endpoint_id)s
  and (expires_at is null or expires_at > now())
order by expires_at desc nulls first

-- name: add_message
-- One that no event gave rise to.
insert into capture.webhook_messages (id, tenant_id, type, data)
values (%(id)s, capture.current_tenant(), %(type)s, %(data)s)
returning sequence

-- name: add_delivery
-- For one endpoint alone.
insert into capture.webhook_deliveries (id, tenant_id, endpoint_id, message_id, sequence)
values (%(id)s, capture.current_tenant(), %(endpoint_id)s, %(message_id)s, %(sequence)s)

-- name: due
-- Which endpoints have something to be told now, some of them by chance: messages that wait for their event's earlier
-- ones keep an endpoint in the list, and those that come first in any order would keep the others out of it; as
-- capture_ops.
select tenant_id, endpoint_id from capture.webhook_deliveries
where state = 'pending' and next_attempt_at <= now() and (lease_until is null or lease_until < now())
group by tenant_id, endpoint_id
order by random()
limit %(limit)s

-- name: claim
-- The next that is due, and no event's message before the one that came earlier. The lease outlives the try.
update capture.webhook_deliveries as d
set lease_until = now() + make_interval(secs => %(lease_s)s), attempts = attempts + 1, last_attempt_at = now()
from capture.webhook_messages as m, capture.webhook_endpoints as e
where d.tenant_id = capture.current_tenant() and m.tenant_id = d.tenant_id and m.id = d.message_id
  and e.tenant_id = d.tenant_id and e.id = d.endpoint_id
  and d.id = (
    select o.id from capture.webhook_deliveries as o
    where o.tenant_id = capture.current_tenant() and o.endpoint_id = %(endpoint_id)s and o.state = 'pending'
      and (%(id)s::uuid is null or o.id = %(id)s::uuid)
      and o.next_attempt_at <= now() and (o.lease_until is null or o.lease_until < now())
      and not exists (
        select 1 from capture.webhook_deliveries as earlier
        where earlier.tenant_id = o.tenant_id and earlier.endpoint_id = o.endpoint_id
          and earlier.event_id = o.event_id and earlier.state = 'pending' and earlier.sequence < o.sequence)
    order by o.sequence limit 1 for update skip locked)
returning d.id, d.endpoint_id, d.attempts, e.url, e.include_payload, m.id as message_id, m.type, m.data,
  m.event_id, m.event_created_at, m.created_at

-- name: event_payload
-- As it stands when it is sent, for endpoints that ask for it.
select payload, version from capture.manual_events
where tenant_id = capture.current_tenant() and id = %(event_id)s and created_at = %(created_at)s

-- name: settle
-- How a try went. Who lost the lease meanwhile changes nothing.
update capture.webhook_deliveries
set state = %(state)s, lease_until = null, last_status = %(status)s, last_error = %(error)s,
    next_attempt_at = now() + make_interval(secs => %(pause_s)s),
    delivered_at = case when %(state)s = 'delivered' then now() else delivered_at end
where tenant_id = capture.current_tenant() and id = %(id)s and attempts = %(attempts)s and state = 'pending'

-- name: deliveries
-- Newest first, with what was told.
select d.id, d.endpoint_id, d.message_id, m.type, d.event_id, d.state, d.attempts, d.last_status, d.last_error,
  d.last_attempt_at, d.delivered_at, case when d.state = 'pending' then d.next_attempt_at end as next_attempt_at, d.created_at
from capture.webhook_deliveries as d
join capture.webhook_messages as m on m.tenant_id = d.tenant_id and m.id = d.message_id
where d.tenant_id = capture.current_tenant() and d.endpoint_id = %(endpoint_id)s
  and (%(id)s::uuid is null or d.id = %(id)s::uuid)
  and (%(state)s::text is null or d.state = %(state)s::text)
  and (%(after_id)s::uuid is null or (d.created_at, d.id) < (%(after_at)s::timestamptz, %(after_id)s::uuid))
order by d.created_at desc, d.id desc
limit %(limit)s

-- name: replay_one
-- Sent again as if it were new; the message keeps its id.
update capture.webhook_deliveries
set state = 'pending', attempts = 0, next_attempt_at = now(), lease_until = null
where tenant_id = capture.current_tenant() and endpoint_id = %(endpoint_id)s and id = %(id)s

-- name: replay_range
-- All messages of a time that the endpoint asks for or was sent, also those that it missed while it was switched off.
insert into capture.webhook_deliveries (tenant_id, endpoint_id, message_id, event_id, sequence)
select m.tenant_id, e.id, m.id, m.event_id, m.sequence
from capture.webhook_messages as m
join capture.webhook_endpoints as e on e.tenant_id = m.tenant_id and e.id = %(endpoint_id)s
where (m.type = any (e.types) or exists (
    select 1 from capture.webhook_deliveries as d
    where d.tenant_id = m.tenant_id and d.endpoint_id = e.id and d.message_id = m.id))
  and m.tenant_id = capture.current_tenant() and m.created_at >= %(since)s and m.created_at < %(until)s
on conflict (tenant_id, endpoint_id, message_id) do update
set state = 'pending', attempts = 0, next_attempt_at = now(), lease_until = null
where %(all)s or webhook_deliveries.state = 'dead'

-- name: forget
-- Messages are kept for replays, and go with their deliveries when nobody replays them any more; as capture_ops.
delete from capture.webhook_messages where created_at < now() - make_interval(secs => %(kept_s)s)
