-- name: facts
-- What the vehicle's record says.
select odometer_unit, tank_litres::float8, fuel_type, litres_per_100_km::float8, first_registered_on
from capture.vehicles where tenant_id = capture.current_tenant() and id = %(vehicle_id)s

-- name: consumption
-- What the vehicle's record says that it consumes, in the one way or the other.
select litres_per_100_km::float8, baseline_fuel_mpg::float8
from capture.vehicles where tenant_id = capture.current_tenant() and id = %(vehicle_id)s

-- name: set_facts
-- What a person says of the vehicle; null takes a fact out.
update capture.vehicles
set odometer_unit = %(odometer_unit)s, tank_litres = %(tank_litres)s, fuel_type = %(fuel_type)s,
    litres_per_100_km = %(litres_per_100_km)s, first_registered_on = %(first_registered_on)s
where tenant_id = capture.current_tenant() and id = %(vehicle_id)s

-- name: set_names
-- What people call it.
update capture.vehicles set label = %(label)s, make = %(make)s, model = %(model)s
where tenant_id = capture.current_tenant() and id = %(vehicle_id)s

-- name: get
-- One vehicle, as people see it.
select v.id, v.label, v.make, v.model, v.odometer_unit, v.tank_litres::float8, v.fuel_type,
  v.litres_per_100_km::float8, v.first_registered_on, v.created_at,
  (select max(u.created_at) from capture.uploads as u
   where u.tenant_id = v.tenant_id and u.vehicle_id = v.id and u.created_by = capture.current_actor()) as last_used_at
from capture.vehicles as v
where v.tenant_id = capture.current_tenant() and v.id = %(vehicle_id)s

-- name: find
-- Vehicles in the order in which they were added.
select v.id, v.label, v.make, v.model, v.odometer_unit, v.tank_litres::float8, v.fuel_type,
  v.litres_per_100_km::float8, v.first_registered_on, v.created_at, used.last_used_at
from capture.vehicles as v
cross join lateral (
  select max(u.created_at) as last_used_at from capture.uploads as u
  where u.tenant_id = v.tenant_id and u.vehicle_id = v.id and u.created_by = capture.current_actor()) as used
where v.tenant_id = capture.current_tenant()
  and (%(text)s::text is null
       or position(lower(%(text)s) in lower(concat_ws(' ', v.label, v.make, v.model, v.vin))) > 0)
  and (%(after_at)s::timestamptz is null or (v.created_at, v.id) > (%(after_at)s, %(after_id)s::uuid))
order by v.created_at, v.id
limit %(limit)s

-- name: find_last_used
-- Vehicles by when the caller last sent a photo of them, latest first; those of which it sent none come last.
select v.id, v.label, v.make, v.model, v.odometer_unit, v.tank_litres::float8, v.fuel_type,
  v.litres_per_100_km::float8, v.first_registered_on, v.created_at, used.last_used_at
from capture.vehicles as v
cross join lateral (
  select max(u.created_at) as last_used_at from capture.uploads as u
  where u.tenant_id = v.tenant_id and u.vehicle_id = v.id and u.created_by = capture.current_actor()) as used
where v.tenant_id = capture.current_tenant()
  and (%(text)s::text is null
       or position(lower(%(text)s) in lower(concat_ws(' ', v.label, v.make, v.model, v.vin))) > 0)
  and (%(after_at)s::timestamptz is null
       or (coalesce(used.last_used_at, %(never)s::timestamptz), v.id) < (%(after_at)s, %(after_id)s::uuid))
order by coalesce(used.last_used_at, %(never)s::timestamptz) desc, v.id desc
limit %(limit)s

-- name: add_cut
-- A person says where the meter stopped counting on.
insert into capture.meter_cuts (tenant_id, id, vehicle_id, at, kind, before_km, after_km, unit, created_by)
values (capture.current_tenant(), %(id)s, %(vehicle_id)s, %(at)s, %(kind)s, %(before_km)s, %(after_km)s, %(unit)s,
  capture.current_actor())

-- name: void_cut
-- A person takes it back; the row stays.
update capture.meter_cuts set voided_at = now(), voided_by = capture.current_actor()
where tenant_id = capture.current_tenant() and id = %(id)s and voided_at is null

-- name: cuts
-- A vehicle's cuts in order, voided ones too.
select id, vehicle_id, at, kind, before_km::float8, after_km::float8, unit, created_by, created_at, voided_by, voided_at
from capture.meter_cuts
where tenant_id = capture.current_tenant() and vehicle_id = %(vehicle_id)s
order by at, id

-- name: vehicle_of_cut
-- Whose history it cuts.
select vehicle_id from capture.meter_cuts where tenant_id = capture.current_tenant() and id = %(id)s

-- name: rule_levels
-- What a failed rule does, where the tenant has said it.
select coalesce((select rule_levels from capture.tenant_policies where tenant_id = capture.current_tenant()), '{}')

-- name: set_rule_level
-- The tenant's word on one rule; null goes back to the rule's own level.
insert into capture.tenant_policies (tenant_id, rule_levels)
values (capture.current_tenant(), jsonb_strip_nulls(jsonb_build_object(%(code)s::text, %(level)s::text)))
on conflict (tenant_id) do update
set rule_levels = case when %(level)s::text is null then tenant_policies.rule_levels - %(code)s::text
                       else tenant_policies.rule_levels || excluded.rule_levels end
