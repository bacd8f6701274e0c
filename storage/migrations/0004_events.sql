-- What the photos say: typed events with their provenance, the reasons, and the stream of what happened.

-- Numbers of a payload as typed columns; anything that is no number in range gives NULL, never an error.
CREATE FUNCTION capture.payload_number(payload jsonb, VARIADIC names text[]) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN jsonb_typeof(payload -> name) = 'number' AND abs((payload ->> name)::numeric) < 1000000000
              THEN (payload ->> name)::numeric END
  FROM unnest(names) WITH ORDINALITY AS n (name, place)
  WHERE payload -> name IS NOT NULL
  ORDER BY place LIMIT 1
$$;

CREATE TABLE capture.manual_events (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  vehicle_id UUID NOT NULL,
  source_upload_id UUID,
  event_type TEXT NOT NULL CHECK (event_type IN
    ('odometer_reading', 'fuel_purchase', 'maintenance', 'issue_report', 'trip_batch')),
  source TEXT NOT NULL CHECK (source IN ('photo', 'manual')),
  payload JSONB NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
  miles INTEGER GENERATED ALWAYS AS (capture.payload_number(payload, 'miles', 'odometer_miles')::integer) STORED,
  gallons NUMERIC(12,3) GENERATED ALWAYS AS (capture.payload_number(payload, 'gallons')) STORED,
  total_cost NUMERIC(12,2) GENERATED ALWAYS AS (capture.payload_number(payload, 'total_cost', 'cost')) STORED,
  confidence INTEGER CHECK (confidence BETWEEN 0 AND 100),
  occurred_at TIMESTAMPTZ NOT NULL CHECK (occurred_at BETWEEN '1990-01-01Z' AND '2100-01-01Z'),
  occurred_at_source TEXT NOT NULL CHECK (occurred_at_source IN ('exif', 'phone', 'upload', 'person')),
  review_state TEXT NOT NULL CHECK (review_state IN
    ('accepted', 'flagged', 'verified', 'corrected', 'rejected', 'voided')),
  verified_by_user BOOLEAN NOT NULL DEFAULT false,
  flag_reasons JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(flag_reasons) = 'array'),
  reviewed_by UUID REFERENCES capture.users (id),
  reviewed_at TIMESTAMPTZ,
  version INTEGER NOT NULL DEFAULT 1,
  created_by UUID REFERENCES capture.users (id),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id, created_at),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id),
  FOREIGN KEY (tenant_id, source_upload_id) REFERENCES capture.uploads (tenant_id, id)
    ON DELETE SET NULL (source_upload_id),
  CONSTRAINT verified_agrees_with_review CHECK (verified_by_user = (review_state IN ('verified', 'corrected'))),
  CONSTRAINT unknown_confidence_is_not_accepted
    CHECK (source <> 'photo' OR confidence IS NOT NULL OR review_state <> 'accepted')
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_manual_events_tenant_vehicle_date ON capture.manual_events (tenant_id, vehicle_id, created_at DESC);
CREATE INDEX idx_manual_events_tenant_occurred ON capture.manual_events (tenant_id, occurred_at DESC);
CREATE INDEX idx_manual_events_review ON capture.manual_events (tenant_id, created_at) WHERE review_state = 'flagged';
CREATE INDEX idx_manual_events_miles ON capture.manual_events (tenant_id, vehicle_id, miles) WHERE miles IS NOT NULL;
CREATE TABLE capture.manual_events_default PARTITION OF capture.manual_events DEFAULT;
SELECT capture.protect_partition('capture.manual_events_default');
SELECT capture.protect_tenant_table('capture.manual_events');
CREATE TRIGGER touch BEFORE UPDATE ON capture.manual_events
  FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
SELECT capture.audit_table('capture.manual_events', 'manual_events', 'tenant_id', 'id,created_at',
  'payload,miles,gallons,total_cost,flag_reasons', 'updated_at');
GRANT SELECT, INSERT, UPDATE ON capture.manual_events TO capture_app;

-- What a person decided is changed by persons alone; and every change counts the version up.
CREATE FUNCTION capture.guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  beside CONSTANT text[] := ARRAY['source_upload_id', 'miles', 'gallons', 'total_cost'];  -- the last three follow later
BEGIN
  IF NEW.source_upload_id IS NULL AND to_jsonb(NEW) - beside = to_jsonb(OLD) - beside THEN
    RETURN NEW;  -- its upload was deleted, which says nothing about the event
  END IF;
  IF OLD.review_state NOT IN ('accepted', 'flagged')
     AND capture.current_actor_kind() IS DISTINCT FROM 'person' THEN
    RAISE EXCEPTION 'what a person decided is changed by a person alone' USING ERRCODE = 'CAP02';
  END IF;
  IF (NEW.tenant_id, NEW.id, NEW.created_at, NEW.source, NEW.source_upload_id) IS DISTINCT FROM
     (OLD.tenant_id, OLD.id, OLD.created_at, OLD.source, OLD.source_upload_id) THEN
    RAISE EXCEPTION 'the origin of an event does not change' USING ERRCODE = 'CAP03';
  END IF;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;
CREATE TRIGGER guard BEFORE UPDATE ON capture.manual_events FOR EACH ROW EXECUTE FUNCTION capture.guard_event();

-- Which events an upload yielded: unpartitioned, so that its key can promise "once".
CREATE TABLE capture.upload_events (
  tenant_id UUID NOT NULL,
  upload_id UUID NOT NULL,
  event_type TEXT NOT NULL,
  ordinal SMALLINT NOT NULL,
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant_id, upload_id, event_type, ordinal),
  UNIQUE (tenant_id, event_id),
  FOREIGN KEY (tenant_id, upload_id) REFERENCES capture.uploads (tenant_id, id) ON DELETE CASCADE
);
SELECT capture.protect_tenant_table('capture.upload_events');
SELECT capture.audit_table('capture.upload_events', 'upload_events', 'tenant_id',
  'upload_id,event_type,ordinal');
GRANT SELECT, INSERT ON capture.upload_events TO capture_app;

-- What a later run would say: kept beside the event, never written into it.
CREATE TABLE capture.event_proposals (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL,
  upload_id UUID NOT NULL,
  run_id UUID NOT NULL,
  event_type TEXT NOT NULL,
  ordinal SMALLINT NOT NULL,
  event_id UUID,
  event_created_at TIMESTAMPTZ,
  verdict TEXT NOT NULL CHECK (verdict IN ('unchanged', 'changed', 'new', 'gone')),
  payload JSONB,
  confidence INTEGER CHECK (confidence BETWEEN 0 AND 100),
  flag_reasons JSONB NOT NULL DEFAULT '[]',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, upload_id) REFERENCES capture.uploads (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, run_id) REFERENCES capture.extraction_runs (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_event_proposals_upload ON capture.event_proposals (tenant_id, upload_id, created_at DESC);
SELECT capture.protect_tenant_table('capture.event_proposals');
SELECT capture.audit_table('capture.event_proposals', 'event_proposals', 'tenant_id', 'id',
  'payload,flag_reasons');
GRANT SELECT, INSERT ON capture.event_proposals TO capture_app;

-- Why an event was flagged or accepted, each reason with the facts it rests on.
CREATE TABLE capture.explanations (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  run_id UUID,
  kind TEXT NOT NULL CHECK (kind IN ('flagged', 'accepted', 'note', 'insight')),
  code TEXT NOT NULL,
  sentence TEXT NOT NULL,
  facts JSONB NOT NULL DEFAULT '{}',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX idx_explanations_event ON capture.explanations (tenant_id, event_id, created_at);
SELECT capture.protect_tenant_table('capture.explanations');
SELECT capture.audit_table('capture.explanations', 'explanations', 'tenant_id', 'id', 'sentence,facts');
GRANT SELECT, INSERT ON capture.explanations TO capture_app;

-- The stream of what happened. A unique version cannot span partitions, so the head table carries it.
CREATE TABLE capture.event_stream (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id),
  aggregate_type TEXT NOT NULL,
  aggregate_id UUID NOT NULL,
  event_type TEXT NOT NULL,
  event_data JSONB NOT NULL,
  metadata JSONB NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  created_by UUID REFERENCES capture.users (id),
  PRIMARY KEY (tenant_id, id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_event_stream_aggregate
  ON capture.event_stream (tenant_id, aggregate_type, aggregate_id, version);
CREATE TABLE capture.event_stream_default PARTITION OF capture.event_stream DEFAULT;
SELECT capture.protect_partition('capture.event_stream_default');
SELECT capture.protect_tenant_table('capture.event_stream');
GRANT SELECT, INSERT ON capture.event_stream TO capture_app;

CREATE TABLE capture.event_stream_heads (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id),
  aggregate_type TEXT NOT NULL,
  aggregate_id UUID NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  PRIMARY KEY (tenant_id, aggregate_type, aggregate_id)
);
SELECT capture.protect_tenant_table('capture.event_stream_heads');
GRANT SELECT, INSERT, UPDATE ON capture.event_stream_heads TO capture_app;

-- Appends to an aggregate's stream if it still stands at the expected version (0: it is new); returns the new one.
CREATE FUNCTION capture.append_stream(
  aggregate text, aggregate_uuid uuid, expected integer, what text, data jsonb, personal jsonb, meta jsonb
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  tenant uuid := capture.current_tenant();
BEGIN
  IF expected = 0 THEN
    INSERT INTO capture.event_stream_heads (tenant_id, aggregate_type, aggregate_id, version)
      VALUES (tenant, aggregate, aggregate_uuid, 1) ON CONFLICT DO NOTHING;
  ELSE
    UPDATE capture.event_stream_heads SET version = version + 1
      WHERE tenant_id = tenant AND aggregate_type = aggregate AND aggregate_id = aggregate_uuid AND version = expected;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'stream % % is not at version %', aggregate, aggregate_uuid, expected USING ERRCODE = 'CAP01';
  END IF;
  INSERT INTO capture.event_stream
    (tenant_id, aggregate_type, aggregate_id, event_type, event_data, metadata, version, created_by)
  VALUES
    (tenant, aggregate, aggregate_uuid, what,
     data || CASE WHEN personal IS NULL THEN '{}'::jsonb
                  ELSE jsonb_build_object('personal', capture.keep_private(tenant, personal)) END,
     meta, expected + 1, capture.current_actor());
  RETURN expected + 1;
END
$$;

-- This month and three more; the scheduler keeps them three months ahead.
SELECT capture.create_monthly_partition(t, ((now() AT TIME ZONE 'UTC')::date + make_interval(months => m))::date)
  FROM unnest(ARRAY['manual_events', 'event_stream']) AS t, generate_series(0, 3) AS m;
