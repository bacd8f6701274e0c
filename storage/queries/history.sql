-- name: lock_vehicles
-- Whoever writes what a vehicle's history is made of holds its row first, before any event, lowest id first: so writers
-- wait for one another, never in a circle. Not FOR UPDATE, which an event's own foreign key would wait for.
select id from capture.vehicles
where tenant_id = capture.current_tenant() and id = any(%(ids)s)
order by id
for no key update

-- name: lock_vehicles_of
-- The vehicles of events, and others; asked before an event is locked, as lock_vehicles is. An event that is moved
-- meanwhile is another vehicle's, which whoever locks it then sees.
select id from capture.vehicles
where tenant_id = capture.current_tenant() and (id = any(%(vehicle_ids)s) or id in (
  select vehicle_id from capture.manual_events
  where tenant_id = capture.current_tenant() and id = any(%(event_ids)s)))
order by id
for no key update

-- name: received_at
-- When the document of an event came.
select received_at from capture.vehicle_readings where tenant_id = capture.current_tenant() and event_id = %(event_id)s

-- name: keep
-- The row of an event, new or after a decision; what others say of it is worked out next.
insert into capture.vehicle_readings
  (tenant_id, event_id, event_created_at, vehicle_id, event_type, occurred_at, received_at, verified, unit,
   unit_printed, ways, way_read, way, km, judged, litres, price_per_litre, currency, fuel_type)
values
  (capture.current_tenant(), %(event_id)s, %(event_created_at)s, %(vehicle_id)s, %(event_type)s, %(occurred_at)s,
   %(received_at)s, %(verified)s, %(unit)s, %(unit_printed)s, %(ways)s, %(said)s, %(said)s, %(km)s, %(judged)s, %(litres)s,
   %(price_per_litre)s, %(currency)s, %(fuel_type)s)
on conflict (tenant_id, event_id) do update
set occurred_at = excluded.occurred_at, verified = excluded.verified, unit = excluded.unit,
    unit_printed = excluded.unit_printed, ways = excluded.ways,
    way_read = excluded.way_read, way = excluded.way, km = excluded.km,
    judged = excluded.judged, litres = excluded.litres, price_per_litre = excluded.price_per_litre,
    currency = excluded.currency, fuel_type = excluded.fuel_type, findings = excluded.findings

-- name: standing
-- What is thought of an event by itself, and whether it says what was read, or what the vehicle's history chose since.
select judged, way = way_read from capture.vehicle_readings
where tenant_id = capture.current_tenant() and event_id = %(event_id)s

-- name: judge_again
-- The event as it was read is judged by other calibrations now.
update capture.vehicle_readings set judged = %(judged)s
where tenant_id = capture.current_tenant() and event_id = %(event_id)s

-- name: drop
-- A rejected or voided event is no part of a history.
delete from capture.vehicle_readings where tenant_id = capture.current_tenant() and event_id = %(event_id)s

-- name: readings
-- A vehicle's history in order.
select event_id, event_created_at, event_type, occurred_at, received_at, verified, unit, unit_printed, ways,
  way_read, way,  km::float8, judged, litres::float8, price_per_litre::float8, currency, fuel_type, fits, by_history, posterior,
  expected_low_km::float8, expected_high_km::float8, findings
from capture.vehicle_readings
where tenant_id = capture.current_tenant() and vehicle_id = %(vehicle_id)s
order by occurred_at, event_id

-- name: readings_around
-- A vehicle's history near a moment.
select event_id, event_created_at, event_type, occurred_at, received_at, verified, unit, unit_printed, ways,
  way_read, way,  km::float8, judged, litres::float8, price_per_litre::float8, currency, fuel_type, fits, by_history, posterior,
  expected_low_km::float8, expected_high_km::float8, findings
from (
  (select * from capture.vehicle_readings
   where tenant_id = capture.current_tenant() and vehicle_id = %(vehicle_id)s and occurred_at <= %(at)s
   order by occurred_at desc limit %(limit)s)
  union all
  (select * from capture.vehicle_readings
   where tenant_id = capture.current_tenant() and vehicle_id = %(vehicle_id)s and occurred_at > %(at)s
   order by occurred_at limit %(limit)s)
) as r
order by occurred_at, event_id

-- name: note_opinions
-- What the others say of each reading, for all that changed at once.
update capture.vehicle_readings as r
set way = n.way, km = n.km, fits = n.fits, by_history = n.by_history, posterior = n.posterior,
    expected_low_km = n.expected_low_km, expected_high_km = n.expected_high_km, findings = n.findings
from jsonb_to_recordset(%(rows)s) as n (
  event_id uuid, way smallint, km numeric, fits boolean, by_history boolean, posterior double precision[],
  expected_low_km numeric, expected_high_km numeric, findings jsonb)
where r.tenant_id = capture.current_tenant() and r.event_id = n.event_id

-- name: keep_rate
-- How far a vehicle drives a day, as its readings and cuts say now.
insert into capture.vehicle_rates as r (tenant_id, vehicle_id, km_a_day)
values (capture.current_tenant(), %(vehicle_id)s, capture.driven_a_day(capture.current_tenant(), %(vehicle_id)s))
on conflict (tenant_id, vehicle_id) do update set km_a_day = excluded.km_a_day
where r.km_a_day is distinct from excluded.km_a_day

-- name: fleet_rate
-- How far the tenant's other vehicles drive a day.
select avg(km_a_day)::float8, stddev_samp(km_a_day)::float8, count(km_a_day)
from capture.vehicle_rates
where tenant_id = capture.current_tenant() and vehicle_id <> %(vehicle_id)s

-- name: vehicles_of_driver
-- Other vehicles of which the person who sent this event has sent photos too.
select distinct u.vehicle_id
from capture.manual_events as e
join capture.uploads as u on u.tenant_id = e.tenant_id and u.created_by = e.created_by and u.vehicle_id <> e.vehicle_id
where e.tenant_id = capture.current_tenant() and e.id = %(event_id)s and e.created_at = %(event_created_at)s
order by u.vehicle_id
limit %(limit)s
