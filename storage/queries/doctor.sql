-- name: default_rows
-- Rows that fell into a default partition: its month's partition cannot be made until they are moved. As the owner's
-- statistics say, since nobody but a backup role may count them.
select c.relname, c.reltuples > 0 or coalesce(s.n_live_tup, 0) > 0 as filled
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_all_tables as s on s.relid = c.oid
where n.nspname = 'capture' and c.relname in ('manual_events_default', 'event_stream_default')
order by c.relname desc

-- name: dangling
-- Links whose event is not there: pointers at events are no foreign keys, because partitions come and go.
select count(*)
from (
  select tenant_id, event_id, event_created_at from capture.upload_events
  union all
  select tenant_id, event_id, event_created_at from capture.vehicle_readings
) as l
where l.tenant_id = capture.current_tenant() and not exists (
  select 1 from capture.manual_events as e
  where e.tenant_id = l.tenant_id and e.id = l.event_id and e.created_at = l.event_created_at)

-- name: failed
-- Photos that failed with one of these errors, by error.
select error_code, count(*) from capture.uploads
where tenant_id = capture.current_tenant() and state = 'failed' and error_code = any(%(codes)s)
group by error_code
