-- A vehicle's history: what plausibility compares, where a meter stops counting on, and what the tenant says of it.

ALTER TABLE capture.vehicles
  ADD COLUMN tank_litres NUMERIC(8,1) CHECK (tank_litres > 0),
  ADD COLUMN fuel_type TEXT,
  ADD COLUMN litres_per_100_km NUMERIC(6,2) CHECK (litres_per_100_km > 0),
  ADD COLUMN first_registered_on DATE;

-- What a failed rule does, by its code, where the tenant has said it: {"code": "block" | "flag" | "note"}.
ALTER TABLE capture.tenant_policies
  ADD COLUMN rule_levels JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(rule_levels) = 'object');

-- One narrow row for each event that is part of a vehicle's history, kept in the transaction that changes the event.
-- Unpartitioned, because questions are asked by the time of the photo and events lie by the time of the row.
CREATE TABLE capture.vehicle_readings (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  vehicle_id UUID NOT NULL,
  event_type TEXT NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  verified BOOLEAN NOT NULL,
  -- the odometer
  unit TEXT CHECK (unit IN ('km', 'mi')),
  unit_printed BOOLEAN NOT NULL,
  ways JSONB NOT NULL CHECK (jsonb_typeof(ways) = 'array'),
  way_read SMALLINT NOT NULL DEFAULT 0,
  way SMALLINT NOT NULL DEFAULT 0,
  km NUMERIC(12,3),
  judged JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(judged) = 'object'),
  -- what was filled in
  litres NUMERIC(12,3),
  price_per_litre NUMERIC(12,4),
  currency TEXT,
  fuel_type TEXT,
  -- what the vehicle's other readings say
  fits BOOLEAN NOT NULL DEFAULT false,
  by_history BOOLEAN NOT NULL DEFAULT false,
  posterior DOUBLE PRECISION[] NOT NULL DEFAULT '{}',
  expected_low_km NUMERIC(12,3),
  expected_high_km NUMERIC(12,3),
  findings JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(findings) = 'array'),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, event_id),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id)
);
COMMENT ON COLUMN capture.vehicle_readings.occurred_at IS
  'When the photo was taken; the printed moment of a slip or bill that lies more than a day from it.';
COMMENT ON COLUMN capture.vehicle_readings.ways IS
  'Ways to read the odometer, [digits, last one counts tenths, tenths are told, probability], likeliest first.';
COMMENT ON COLUMN capture.vehicle_readings.way_read IS 'Which of the ways the event said as it was read, from 0.';
COMMENT ON COLUMN capture.vehicle_readings.way IS 'Which of the ways the event says, from 0; km is what it says.';
COMMENT ON COLUMN capture.vehicle_readings.judged IS
  'Confidence, probability and field_confidence of the event as it was read; they speak of way_read.';
COMMENT ON COLUMN capture.vehicle_readings.findings IS 'Rules that the event fails, as they were last written into it.';
CREATE INDEX idx_vehicle_readings_time ON capture.vehicle_readings (tenant_id, vehicle_id, occurred_at);
CREATE INDEX idx_vehicle_readings_fitting ON capture.vehicle_readings (tenant_id, vehicle_id, occurred_at)
  WHERE fits AND km IS NOT NULL;

-- Which vehicles a person sends photos of: a reading that does not fit one of them may be of another.
CREATE INDEX idx_uploads_sender ON capture.uploads (tenant_id, created_by, vehicle_id);

-- Where a meter stops counting on: it was replaced, passed its last digit, counts another unit, or was set.
CREATE TABLE capture.meter_cuts (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  vehicle_id UUID NOT NULL,
  at TIMESTAMPTZ NOT NULL CHECK (at BETWEEN '1990-01-01Z' AND '2100-01-01Z'),
  kind TEXT NOT NULL CHECK (kind IN ('replacement', 'rollover', 'unit_change', 'offset')),
  before_km NUMERIC(12,3) NOT NULL CHECK (before_km >= 0),
  after_km NUMERIC(12,3) NOT NULL CHECK (after_km >= 0),
  unit TEXT CHECK (unit IN ('km', 'mi')),
  created_by UUID REFERENCES capture.users (id),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  voided_by UUID REFERENCES capture.users (id),
  voided_at TIMESTAMPTZ,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id)
);
CREATE UNIQUE INDEX idx_meter_cuts_once ON capture.meter_cuts (tenant_id, vehicle_id, at) WHERE voided_at IS NULL;
SELECT capture.protect_tenant_table('capture.meter_cuts');
SELECT capture.audit_table('capture.meter_cuts', 'meter_cuts', 'tenant_id', 'id', 'before_km,after_km');
CREATE TRIGGER touch BEFORE UPDATE ON capture.meter_cuts FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
GRANT SELECT, INSERT, UPDATE ON capture.meter_cuts TO capture_app;

-- Events that are there already. The owner sees no tenant's rows while row level security is forced on it, so for the
-- rest of this transaction it is not; nobody else reads meanwhile. What history says of them is worked out with the
-- vehicle's next event.
CREATE FUNCTION capture.printed_moment(day text, clock text) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
  RETURN (day || ' ' || COALESCE(clock, '12:00') || 'Z')::timestamptz;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RETURN NULL;  -- the pattern of a day lets 31 February pass
END
$$;
ALTER TABLE capture.manual_events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.uploads NO FORCE ROW LEVEL SECURITY;
INSERT INTO capture.vehicle_readings
  (tenant_id, event_id, event_created_at, vehicle_id, event_type, occurred_at, received_at, verified, unit,
   unit_printed, ways, km, judged, litres, price_per_litre, currency, fuel_type)
SELECT e.tenant_id, e.id, e.created_at, e.vehicle_id, e.event_type,
  CASE WHEN abs(extract(epoch FROM printed.at - e.occurred_at)) > 86400 AND printed.at <= came.at + interval '14 hours'
       THEN printed.at ELSE e.occurred_at END,
  came.at, e.verified_by_user, odometer.unit,
  odometer.unit IS NOT NULL AND e.event_type <> 'fuel_purchase' AND NOT e.flag_reasons @> '[{"code": "unit_from_vehicle"}]',
  CASE WHEN odometer.shown IS NULL THEN '[]'::jsonb
       ELSE jsonb_build_array(jsonb_build_array(
         CASE WHEN displayed.same OR displayed.longer THEN displayed.digits ELSE number.digits END,
         number.tenths OR displayed.longer,
         number.tenths,
         CASE WHEN e.verified_by_user THEN 1.0
              WHEN e.source = 'manual' THEN 0.95
              WHEN e.event_type <> 'odometer_reading' THEN 0.8
              ELSE COALESCE(e.probability, e.confidence / 100.0, 0.5) END)) END,
  round(odometer.shown * CASE odometer.unit WHEN 'mi' THEN 1.609344 WHEN 'km' THEN 1 END, 3),
  jsonb_build_object(
    'confidence', e.confidence, 'probability', e.probability, 'field_confidence', e.field_confidence),
  fuel.litres, fuel.price, CASE WHEN fuel.price IS NOT NULL THEN e.payload ->> 'currency' END, fuel.kind
FROM capture.manual_events AS e
LEFT JOIN capture.uploads AS u ON u.tenant_id = e.tenant_id AND u.id = e.source_upload_id
CROSS JOIN LATERAL (SELECT COALESCE(u.created_at, e.created_at) AS at) AS came
CROSS JOIN LATERAL (
  SELECT capture.printed_moment(
    COALESCE(e.payload ->> 'purchased_on', e.payload ->> 'service_date'), e.payload ->> 'purchased_at') AS at
) AS printed
CROSS JOIN LATERAL (
  SELECT capture.payload_number(e.payload, CASE e.event_type WHEN 'odometer_reading' THEN 'reading' ELSE 'odometer' END)
           AS shown,
         CASE e.event_type WHEN 'odometer_reading' THEN e.payload ->> 'unit' ELSE e.payload ->> 'odometer_unit' END
           AS unit
) AS odometer
CROSS JOIN LATERAL (
  SELECT odometer.shown <> trunc(odometer.shown) AS tenths,
         CASE WHEN odometer.shown <> trunc(odometer.shown) THEN round(odometer.shown * 10)::bigint::text
              ELSE trunc(odometer.shown)::bigint::text END AS digits
) AS number
CROSS JOIN LATERAL (
  SELECT d.digits, COALESCE(d.digits::numeric = number.digits::numeric, false) AS same,
         COALESCE(NOT number.tenths AND d.digits::numeric <> number.digits::numeric
                  AND trunc(d.digits::numeric / 10) = number.digits::numeric, false) AS longer
  FROM (SELECT CASE WHEN e.payload ->> 'parsed_digits' ~ '^[0-9]+$' THEN e.payload ->> 'parsed_digits' END AS digits)
    AS d
) AS displayed
CROSS JOIN LATERAL (
  SELECT CASE e.payload ->> 'volume_unit' WHEN 'L' THEN 1 WHEN 'gal_us' THEN 3.785411784 WHEN 'gal_imp' THEN 4.54609 END
           AS litres,
         e.event_type = 'fuel_purchase' AND COALESCE(e.payload ->> 'fuel_type', '') NOT IN ('def', 'electric') AS fuel,
         e.verified_by_user OR NOT e.flag_reasons @> '[{"code": "arithmetic_disagrees"}]' AS sound
) AS one
CROSS JOIN LATERAL (
  SELECT CASE WHEN one.fuel AND one.sound
              THEN NULLIF(round(capture.payload_number(e.payload, 'volume') * one.litres, 3), 0) END AS litres,
         CASE WHEN one.fuel AND one.sound
              THEN NULLIF(round(capture.payload_number(e.payload, 'unit_price') / one.litres, 4), 0) END AS price,
         CASE WHEN one.fuel THEN e.payload ->> 'fuel_type' END AS kind
) AS fuel
WHERE e.event_type IN ('odometer_reading', 'fuel_purchase', 'maintenance')
  AND e.review_state NOT IN ('rejected', 'voided');
ALTER TABLE capture.manual_events FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.uploads FORCE ROW LEVEL SECURITY;
DROP FUNCTION capture.printed_moment(text, text);

SELECT capture.protect_tenant_table('capture.vehicle_readings');
CREATE TRIGGER touch BEFORE UPDATE ON capture.vehicle_readings
  FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
-- Rejected and voided events are no longer part of a history, so their rows go. Derived: the events are audited.
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.vehicle_readings TO capture_app;
