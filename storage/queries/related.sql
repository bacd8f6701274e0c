-- name: lock
-- Whoever looks for relatives of an event waits for whoever is writing one that could be; in one order, so that no two
-- wait for each other. The first letters say what a word is: a vehicle, bytes, a reading, a number, an amount.
select pg_advisory_xact_lock(key)
from (select distinct hashtextextended('related ' || capture.current_tenant()::text || word, 0) as key
      from unnest(%(words)s::text[]) as word
      order by key) as keys

-- name: search_words
-- What the event with this id may be found by.
select vehicle_id, sha256, reading, number, amount_cents
from capture.event_facts
where tenant_id = capture.current_tenant() and event_id = %(event_id)s

-- name: suspects
-- Events that stand and share with this one its bytes, its reading, its amount, its number, or amount and day; the
-- latest of each. Each line of the union is one index look-up.
with mine as materialized (
  select sha256, reading, number, amount_cents, day, event_id, upload_id
  from capture.event_facts
  where tenant_id = capture.current_tenant() and event_id = %(event_id)s
)
select distinct found.event_id
from mine cross join lateral (
  (select f.event_id, f.upload_id from capture.event_facts as f
   where f.tenant_id = capture.current_tenant() and f.sha256 = mine.sha256 and f.stands
   limit %(most)s)
  union all
  (select f.event_id, f.upload_id from capture.event_facts as f
   where f.tenant_id = capture.current_tenant() and f.reading = mine.reading and f.stands
   order by f.event_created_at desc limit %(most)s)
  union all
  (select f.event_id, f.upload_id from capture.event_facts as f
   where f.tenant_id = capture.current_tenant() and f.number = mine.number and f.stands
   order by f.event_created_at desc limit %(most)s)
  union all
  (select f.event_id, f.upload_id from capture.event_facts as f
   where f.tenant_id = capture.current_tenant() and f.amount_cents = mine.amount_cents and f.stands
   order by f.event_created_at desc limit %(most)s)
  union all
  (select f.event_id, f.upload_id from capture.event_facts as f
   where f.tenant_id = capture.current_tenant() and f.day = mine.day and f.amount_cents = mine.amount_cents and f.stands
   limit %(most)s)
) as found
where found.event_id <> mine.event_id and (found.upload_id is null or found.upload_id is distinct from mine.upload_id)

-- name: told
-- What of events is compared.
select f.event_id, f.event_created_at, f.upload_id, f.vehicle_id, v.label as vehicle, f.event_type, f.occurred_at,
  f.stands, f.sha256, f.reading, f.amount_cents, f.day, e.payload, e.review_state, u.perceptual_hash
from capture.event_facts as f
join capture.vehicles as v on v.tenant_id = f.tenant_id and v.id = f.vehicle_id
join capture.manual_events as e
  on e.tenant_id = f.tenant_id and e.id = f.event_id and e.created_at = f.event_created_at
left join capture.uploads as u on u.tenant_id = f.tenant_id and u.id = f.upload_id
where f.tenant_id = capture.current_tenant() and f.event_id = any(%(event_ids)s)

-- name: photos
-- Where the photos of uploads lie.
select id, bucket, object_key, object_version, etag, size_bytes
from capture.uploads
where tenant_id = capture.current_tenant() and id = any(%(upload_ids)s)

-- name: propose
-- A pair that may be one; one that a person has decided on stays as it is.
insert into capture.duplicate_candidates
  (tenant_id, id, event_id, event_created_at, other_event_id, other_event_created_at, kind, score, facts, sentence)
values
  (capture.current_tenant(), %(id)s, %(event_id)s, %(event_created_at)s, %(other_event_id)s,
   %(other_event_created_at)s, %(kind)s, %(score)s, %(facts)s, %(sentence)s)
on conflict (tenant_id, least(event_id, other_event_id), greatest(event_id, other_event_id)) do update
  set event_id = excluded.event_id, event_created_at = excluded.event_created_at,
      other_event_id = excluded.other_event_id, other_event_created_at = excluded.other_event_created_at,
      kind = excluded.kind, score = excluded.score, facts = excluded.facts, sentence = excluded.sentence,
      state = 'proposed'
  where duplicate_candidates.state in ('proposed', 'withdrawn')

-- name: withdraw
-- Pairs that do not hold any more, because an event was corrected or does not count.
update capture.duplicate_candidates set state = 'withdrawn'
where tenant_id = capture.current_tenant() and id = any(%(ids)s) and state = 'proposed'

-- name: pairs_of
-- All pairs of some events, whatever became of them.
select d.id, d.event_id, d.other_event_id, d.kind, d.score, d.facts, d.sentence, d.state, d.decided_by, d.decided_at,
  d.created_at
from capture.duplicate_candidates as d
where d.tenant_id = capture.current_tenant()
  and (d.event_id = any(%(event_ids)s) or d.other_event_id = any(%(event_ids)s))
order by d.created_at, d.id

-- name: find_pairs
-- Pairs in one state, newest first.
select d.id, d.event_id, d.other_event_id, d.kind, d.score, d.facts, d.sentence, d.state, d.decided_by, d.decided_at,
  d.created_at
from capture.duplicate_candidates as d
where d.tenant_id = capture.current_tenant() and (%(state)s::text is null or d.state = %(state)s)
  and (%(after_at)s::timestamptz is null or (d.created_at, d.id) < (%(after_at)s, %(after_id)s::uuid))
order by d.created_at desc, d.id desc
limit %(limit)s

-- name: ends_of_pair
-- The two events of a pair, which stay the same; asked before anything is locked.
select event_id, other_event_id from capture.duplicate_candidates
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: lock_pair
-- A pair is decided under its lock.
select d.id, d.event_id, d.other_event_id, d.kind, d.score, d.facts, d.sentence, d.state, d.decided_by, d.decided_at,
  d.created_at
from capture.duplicate_candidates as d
where d.tenant_id = capture.current_tenant() and d.id = %(id)s
for update

-- name: settle_pair
-- A person's decision on a pair.
update capture.duplicate_candidates
set state = %(state)s, decided_by = capture.current_actor(), decided_at = now()
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: open_pair
-- The decision on a pair was taken back.
update capture.duplicate_candidates set state = 'proposed', decided_by = null, decided_at = null
where tenant_id = capture.current_tenant() and id = %(id)s

-- name: around
-- Events of a vehicle that may belong to one stop, by the time of their photos.
select f.event_id, f.event_created_at, f.event_type, f.occurred_at, f.stands, e.payload
from capture.event_facts as f
join capture.manual_events as e
  on e.tenant_id = f.tenant_id and e.id = f.event_id and e.created_at = f.event_created_at
where f.tenant_id = capture.current_tenant() and f.vehicle_id = %(vehicle_id)s
  and f.event_type = any(%(types)s) and f.occurred_at between %(since)s and %(until)s
order by f.occurred_at, f.event_id

-- name: fill_before
-- The vehicle's last purchase before a moment, with whatever was photographed with it.
with last as (
  select f.event_id from capture.event_facts as f
  where f.tenant_id = capture.current_tenant() and f.vehicle_id = %(vehicle_id)s and f.stands
    and f.event_type = 'fuel_purchase' and f.occurred_at < %(before)s
  order by f.occurred_at desc, f.event_id desc
  limit 1
)
select f.event_id, f.event_created_at, f.event_type, f.occurred_at, f.stands, e.payload
from last
join capture.event_facts as f on f.tenant_id = capture.current_tenant() and (
  f.event_id = last.event_id or f.event_id in (
    select other.event_id
    from capture.bundle_members as one
    join capture.bundle_members as other on other.tenant_id = one.tenant_id and other.bundle_id = one.bundle_id
    where one.tenant_id = capture.current_tenant() and one.event_id = last.event_id))
join capture.manual_events as e
  on e.tenant_id = f.tenant_id and e.id = f.event_id and e.created_at = f.event_created_at
where f.stands
order by f.occurred_at, f.event_id

-- name: next_stop
-- When the next bundle after a moment begins: its distance is counted from what lies before.
select min(f.occurred_at)
from capture.bundle_members as m
join capture.event_facts as f on f.tenant_id = m.tenant_id and f.event_id = m.event_id
where m.tenant_id = capture.current_tenant() and f.vehicle_id = %(vehicle_id)s and f.occurred_at > %(after)s

-- name: bundles_of
-- The bundles of some events, with all their members.
select b.id, b.vehicle_id, b.odometer_log_ratio, b.sale_log_ratio, b.facts, m.event_id
from capture.bundles as b
join capture.bundle_members as m on m.tenant_id = b.tenant_id and m.bundle_id = b.id
where b.tenant_id = capture.current_tenant() and b.id in (
  select mine.bundle_id from capture.bundle_members as mine
  where mine.tenant_id = capture.current_tenant() and mine.event_id = any(%(event_ids)s))
order by b.id, m.event_id

-- name: partners_of
-- What was photographed at the same stop as some events.
select mine.event_id, other.event_id as partner_id, f.event_type, f.occurred_at, mine.bundle_id
from capture.bundle_members as mine
join capture.bundle_members as other
  on other.tenant_id = mine.tenant_id and other.bundle_id = mine.bundle_id and other.event_id <> mine.event_id
join capture.event_facts as f on f.tenant_id = other.tenant_id and f.event_id = other.event_id
where mine.tenant_id = capture.current_tenant() and mine.event_id = any(%(event_ids)s)
order by f.occurred_at, other.event_id

-- name: drop_bundles
-- Bundles whose members have come apart.
delete from capture.bundles where tenant_id = capture.current_tenant() and id = any(%(ids)s)

-- name: leave_bundles
-- Members that belong elsewhere now.
delete from capture.bundle_members where tenant_id = capture.current_tenant() and event_id = any(%(event_ids)s)

-- name: write_bundle
-- A bundle, or what its members say of one another now.
insert into capture.bundles (tenant_id, id, vehicle_id, odometer_log_ratio, sale_log_ratio, facts)
values (capture.current_tenant(), %(id)s, %(vehicle_id)s, %(odometer_log_ratio)s, %(sale_log_ratio)s, %(facts)s)
on conflict (tenant_id, id) do update
  set odometer_log_ratio = excluded.odometer_log_ratio, sale_log_ratio = excluded.sale_log_ratio,
      facts = excluded.facts

-- name: join_bundle
-- An event becomes a member.
insert into capture.bundle_members (tenant_id, bundle_id, event_id, event_created_at)
values (capture.current_tenant(), %(bundle_id)s, %(event_id)s, %(event_created_at)s)

-- name: reflag
-- What other events say now of one on which nobody has decided.
update capture.manual_events
set review_state = %(review_state)s, flag_reasons = %(flag_reasons)s
where tenant_id = capture.current_tenant() and id = %(id)s and created_at = %(created_at)s
returning version
