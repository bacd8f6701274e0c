-- name: terms
-- What somebody looks for, as words are kept; shorter ones are left out.
select distinct word from regexp_split_to_table(left(%(text)s, 200), '\s+') as piece, capture.search_word(piece) as word
where length(word) >= 2
limit 6

-- name: events
-- Events by the time of their photo, newest first. Filters read the narrow row alone; payloads are read of the page.
with terms as (
  select t.low, t.low || chr(1114111) as high, t.n from unnest(%(terms)s::text[]) with ordinality as t (low, n)
), matching as (
  select m.event_id from (
    select t.n, w.event_id from terms as t
    join capture.event_words as w
      on w.tenant_id = capture.current_tenant() and w.word >= t.low and w.word < t.high
    union
    select t.n, l.event_id from terms as t
    join capture.upload_words as w
      on w.tenant_id = capture.current_tenant() and w.word >= t.low and w.word < t.high
    join capture.upload_events as l on l.tenant_id = w.tenant_id and l.upload_id = w.upload_id
  ) as m
  group by m.event_id having count(*) = cardinality(%(terms)s::text[])
), page as (
  select f.tenant_id, f.event_id, f.event_created_at, f.occurred_at from capture.event_facts as f
  where f.tenant_id = capture.current_tenant()
    and (%(terms)s::text[] is null or f.event_id in (select m.event_id from matching as m))
    and (%(event_id)s::uuid is null or f.event_id = %(event_id)s or f.upload_id = %(event_id)s)
    and (%(event_type)s::text is null or f.event_type = %(event_type)s)
    and (%(states)s::text[] is null or f.review_state = any(%(states)s))
    and (%(vehicle_id)s::uuid is null or f.vehicle_id = %(vehicle_id)s)
    and (%(engine)s::text is null or f.engine = %(engine)s)
    and (%(flag)s::text is null or %(flag)s = any(f.flags))
    and (%(since)s::timestamptz is null or f.occurred_at >= %(since)s)
    and (%(until)s::timestamptz is null or f.occurred_at < %(until)s)
    and (%(after_at)s::timestamptz is null
         or f.occurred_at <= %(after_at)s and (f.occurred_at, f.event_id) < (%(after_at)s, %(after_id)s::uuid))
  order by f.occurred_at desc, f.event_id desc
  limit %(limit)s
)
select e.id, e.vehicle_id, v.label as vehicle, e.source_upload_id as upload_id, e.event_type, e.source, e.payload,
  e.confidence, e.review_state, e.flag_reasons, e.occurred_at, e.created_at, e.version,
  e.review_state = 'accepted' and exists (
    select 1 from capture.blind_samples as b
    where b.tenant_id = e.tenant_id and b.event_id = e.id and b.answered_at is null) as unseen
from page as p
join capture.manual_events as e on e.tenant_id = p.tenant_id and e.id = p.event_id and e.created_at = p.event_created_at
join capture.vehicles as v on v.tenant_id = e.tenant_id and v.id = e.vehicle_id
order by p.occurred_at desc, p.event_id desc

-- name: uploads
-- Uploads by the time when they came, newest first.
with terms as (
  select t.low, t.low || chr(1114111) as high, t.n from unnest(%(terms)s::text[]) with ordinality as t (low, n)
), matching as (
  select m.upload_id from (
    select t.n, w.upload_id from terms as t
    join capture.upload_words as w
      on w.tenant_id = capture.current_tenant() and w.word >= t.low and w.word < t.high
    union
    select t.n, f.upload_id from terms as t
    join capture.event_words as w
      on w.tenant_id = capture.current_tenant() and w.word >= t.low and w.word < t.high
    join capture.event_facts as f on f.tenant_id = w.tenant_id and f.event_id = w.event_id
    where f.upload_id is not null
  ) as m
  group by m.upload_id having count(*) = cardinality(%(terms)s::text[])
), page as (
  select u.id from capture.uploads as u
  where u.tenant_id = capture.current_tenant()
    and (%(terms)s::text[] is null or u.id in (select m.upload_id from matching as m))
    and (%(upload_id)s::uuid is null or u.id = %(upload_id)s)
    and (%(states)s::text[] is null or u.state = any(%(states)s))
    and (%(vehicle_id)s::uuid is null or u.vehicle_id = %(vehicle_id)s)
    and (%(event_type)s::text is null or exists (
      select 1 from capture.upload_events as l
      where l.tenant_id = u.tenant_id and l.upload_id = u.id and l.event_type = %(event_type)s))
    and (%(engine)s::text is null or exists (
      select 1 from capture.extraction_runs as r
      where r.tenant_id = u.tenant_id and r.upload_id = u.id and r.engine = %(engine)s))
    and (%(since)s::timestamptz is null or u.created_at >= %(since)s)
    and (%(until)s::timestamptz is null or u.created_at < %(until)s)
    and (%(after_at)s::timestamptz is null
         or u.created_at <= %(after_at)s and (u.created_at, u.id) < (%(after_at)s, %(after_id)s::uuid))
  order by u.created_at desc, u.id desc
  limit %(limit)s
)
select u.id, u.vehicle_id, v.label as vehicle, u.state, u.hint_kind, u.source, u.content_type, u.size_bytes,
  u.error_code, u.error_message, u.created_at, u.captured_at, w.name as sender,
  coalesce((
    select jsonb_agg(jsonb_build_object('id', f.event_id, 'event_type', f.event_type, 'review_state', f.review_state)
                     order by f.event_type, f.event_id)
    from capture.upload_events as l
    join capture.event_facts as f on f.tenant_id = l.tenant_id and f.event_id = l.event_id
    where l.tenant_id = u.tenant_id and l.upload_id = u.id), '[]') as events,
  coalesce((
    select jsonb_agg(distinct r.engine) from capture.extraction_runs as r
    where r.tenant_id = u.tenant_id and r.upload_id = u.id), '[]') as engines
from page as p
join capture.uploads as u on u.tenant_id = capture.current_tenant() and u.id = p.id
join capture.vehicles as v on v.tenant_id = u.tenant_id and v.id = u.vehicle_id
left join capture.users as w on w.id = u.created_by
order by u.created_at desc, u.id desc

-- name: vehicles
-- Vehicles by label, each with where its odometer stands and what waits for a person.
with waiting as (
  select f.vehicle_id, count(*) as flagged from capture.event_facts as f
  where f.tenant_id = capture.current_tenant() and f.review_state = 'flagged'
  group by f.vehicle_id
)
select v.id, v.label, v.make, v.model, v.vin, v.odometer_unit, last.km::float8, last.occurred_at as read_at,
  active.at as last_event_at, coalesce(w.flagged, 0) as flagged
from capture.vehicles as v
left join waiting as w on w.vehicle_id = v.id
left join lateral (
  select r.km, r.occurred_at from capture.vehicle_readings as r
  where r.tenant_id = v.tenant_id and r.vehicle_id = v.id and r.fits and r.km is not null
    and not exists (  -- what waits for a blind answer is not told in a list
      select 1 from capture.review_queue as q where q.tenant_id = r.tenant_id and q.event_id = r.event_id and q.blind)
  order by r.occurred_at desc limit 1
) as last on true
left join lateral (
  select max(f.occurred_at) as at from capture.event_facts as f
  where f.tenant_id = v.tenant_id and f.vehicle_id = v.id
) as active on true
where v.tenant_id = capture.current_tenant()
  and (%(text)s::text is null
       or position(lower(%(text)s) in lower(concat_ws(' ', v.label, v.make, v.model, v.vin))) > 0)
  and (%(after)s::text is null or (v.label, v.id) > (%(after)s, %(after_id)s::uuid))
order by v.label, v.id
limit %(limit)s

-- name: engines
-- Whose readings there are, to choose from. A step for each engine along the index, however many events there are.
with recursive step as (
  (select engine from capture.event_facts where tenant_id = capture.current_tenant() order by engine limit 1)
  union all
  select (select f.engine from capture.event_facts as f
          where f.tenant_id = capture.current_tenant() and f.engine > s.engine order by f.engine limit 1)
  from step as s where s.engine is not null
)
select engine from step where engine is not null order by engine
