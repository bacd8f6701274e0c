-- How far each vehicle drives a day, kept in the transaction that reconsiders its readings: what a fleet drives is asked
-- with every decision, and would take look-ups of all its vehicles.
CREATE TABLE capture.vehicle_rates (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  vehicle_id UUID NOT NULL,
  -- from the first to the last reading that fits since the meter was last cut; null where those are too few or too near
  km_a_day NUMERIC CHECK (km_a_day > 0),
  PRIMARY KEY (tenant_id, vehicle_id),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id)
);

CREATE FUNCTION capture.driven_a_day(of_tenant uuid, of_vehicle uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
  WITH fitting AS (
    SELECT r.km, r.occurred_at FROM capture.vehicle_readings AS r
    WHERE r.tenant_id = of_tenant AND r.vehicle_id = of_vehicle AND r.fits AND r.km IS NOT NULL
      AND r.occurred_at >= (
        SELECT COALESCE(max(c.at), '-infinity') FROM capture.meter_cuts AS c
        WHERE c.tenant_id = of_tenant AND c.vehicle_id = of_vehicle AND c.voided_at IS NULL)
  ), oldest AS (
    SELECT km, occurred_at FROM fitting ORDER BY occurred_at LIMIT 1
  ), newest AS (
    SELECT km, occurred_at FROM fitting ORDER BY occurred_at DESC LIMIT 1
  )
  SELECT (newest.km - oldest.km) / extract(epoch FROM newest.occurred_at - oldest.occurred_at) * 86400
  FROM oldest CROSS JOIN newest
  WHERE newest.occurred_at >= oldest.occurred_at + interval '14 days' AND newest.km > oldest.km
$$;
COMMENT ON FUNCTION capture.driven_a_day(uuid, uuid) IS
  'Kilometres a day of a vehicle; null where it was watched for less than 14 days, of which one trip is most.';

-- Readings that are there already. The owner sees no tenant's rows while row level security is forced on it, so for the
-- rest of this transaction it is not; nobody else reads meanwhile.
ALTER TABLE capture.vehicles NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.vehicle_readings NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.meter_cuts NO FORCE ROW LEVEL SECURITY;
INSERT INTO capture.vehicle_rates (tenant_id, vehicle_id, km_a_day)
SELECT tenant_id, id, capture.driven_a_day(tenant_id, id) FROM capture.vehicles;
ALTER TABLE capture.vehicles FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.vehicle_readings FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.meter_cuts FORCE ROW LEVEL SECURITY;

SELECT capture.protect_tenant_table('capture.vehicle_rates');
-- Derived: the events are audited.
GRANT SELECT, INSERT, UPDATE ON capture.vehicle_rates TO capture_app;
