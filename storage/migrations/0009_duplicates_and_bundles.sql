-- What of an event is compared with others, pairs that may be one thing told twice, and what was photographed at one stop.

-- One narrow row for each event, unpartitioned, with what is searched in typed columns. A trigger keeps it.
CREATE TABLE capture.event_facts (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  upload_id UUID,
  vehicle_id UUID NOT NULL,
  event_type TEXT NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  -- neither rejected nor voided
  stands BOOLEAN NOT NULL,
  sha256 TEXT,
  -- the digits of an odometer as displayed, tenths included, without leading zeros
  reading TEXT,
  -- the first number of a receipt or bill, letters and digits alone
  number TEXT,
  amount_cents BIGINT,
  -- as printed, YYYY-MM-DD
  day TEXT,
  PRIMARY KEY (tenant_id, event_id),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id)
);
CREATE INDEX idx_event_facts_sha256 ON capture.event_facts (tenant_id, sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX idx_event_facts_reading ON capture.event_facts (tenant_id, reading, event_created_at)
  WHERE reading IS NOT NULL;
CREATE INDEX idx_event_facts_number ON capture.event_facts (tenant_id, number, event_created_at)
  WHERE number IS NOT NULL;
CREATE INDEX idx_event_facts_amount ON capture.event_facts (tenant_id, amount_cents, event_created_at)
  WHERE amount_cents IS NOT NULL;
CREATE INDEX idx_event_facts_day ON capture.event_facts (tenant_id, day, amount_cents) WHERE day IS NOT NULL;
CREATE INDEX idx_event_facts_vehicle ON capture.event_facts (tenant_id, vehicle_id, occurred_at);
CREATE FUNCTION capture.compared_number(payload jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT NULLIF(upper(regexp_replace(COALESCE(
    payload -> 'receipt_data' ->> 'receipt_number', payload -> 'receipt_data' ->> 'invoice_number',
    payload -> 'receipt_data' ->> 'transaction_number', payload ->> 'invoice_number',
    payload ->> 'work_order_number'), '[^A-Za-z0-9]', '', 'g')), '')
$$;

CREATE FUNCTION capture.compared_reading(event_type text, payload jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN event_type = 'odometer_reading' THEN NULLIF(ltrim(
    COALESCE(payload ->> 'parsed_digits', regexp_replace(payload ->> 'reading', '\D', '', 'g')), '0'), '') END
$$;

CREATE FUNCTION capture.keep_event_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO capture.event_facts
    (tenant_id, event_id, event_created_at, upload_id, vehicle_id, event_type, occurred_at, stands, sha256, reading,
     number, amount_cents, day)
  VALUES
    (NEW.tenant_id, NEW.id, NEW.created_at, NEW.source_upload_id, NEW.vehicle_id, NEW.event_type, NEW.occurred_at,
     NEW.review_state NOT IN ('rejected', 'voided'), NEW.payload -> 'provenance' ->> 'sha256',
     capture.compared_reading(NEW.event_type, NEW.payload), capture.compared_number(NEW.payload),
     round(capture.payload_number(NEW.payload, 'total_cost', 'cost') * 100)::bigint,
     COALESCE(NEW.payload ->> 'purchased_on', NEW.payload ->> 'service_date'))
  ON CONFLICT (tenant_id, event_id) DO UPDATE
    SET upload_id = EXCLUDED.upload_id, vehicle_id = EXCLUDED.vehicle_id, occurred_at = EXCLUDED.occurred_at,
        stands = EXCLUDED.stands, sha256 = EXCLUDED.sha256, reading = EXCLUDED.reading, number = EXCLUDED.number,
        amount_cents = EXCLUDED.amount_cents, day = EXCLUDED.day;
  RETURN NULL;
END
$$;

-- Events that are there already. The owner sees no tenant's rows while row level security is forced on it, so for the
-- rest of this transaction it is not; nobody else reads meanwhile.
ALTER TABLE capture.manual_events NO FORCE ROW LEVEL SECURITY;
INSERT INTO capture.event_facts
  (tenant_id, event_id, event_created_at, upload_id, vehicle_id, event_type, occurred_at, stands, sha256, reading,
   number, amount_cents, day)
SELECT tenant_id, id, created_at, source_upload_id, vehicle_id, event_type, occurred_at,
   review_state NOT IN ('rejected', 'voided'), payload -> 'provenance' ->> 'sha256',
   capture.compared_reading(event_type, payload), capture.compared_number(payload),
   round(capture.payload_number(payload, 'total_cost', 'cost') * 100)::bigint,
   COALESCE(payload ->> 'purchased_on', payload ->> 'service_date')
FROM capture.manual_events;
ALTER TABLE capture.manual_events FORCE ROW LEVEL SECURITY;

SELECT capture.protect_tenant_table('capture.event_facts');
-- Derived: the events are audited.
GRANT SELECT, INSERT, UPDATE ON capture.event_facts TO capture_app;

CREATE TRIGGER facts AFTER INSERT OR UPDATE OF payload, vehicle_id, occurred_at, review_state, source_upload_id
  ON capture.manual_events
  FOR EACH ROW EXECUTE FUNCTION capture.keep_event_facts();

-- Two events that may be one: proposed by a program, decided by a person.
CREATE TABLE capture.duplicate_candidates (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  -- the one that goes where a person confirms
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  -- the one that stays
  other_event_id UUID NOT NULL,
  other_event_created_at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('same_bytes', 'same_picture', 'same_facts', 'same_fill')),
  score NUMERIC(4,3) NOT NULL CHECK (score BETWEEN 0 AND 1),
  facts JSONB NOT NULL DEFAULT '{}',
  sentence TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'confirmed', 'dismissed', 'withdrawn')),
  decided_by UUID REFERENCES capture.users (id),
  decided_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CHECK (event_id <> other_event_id),
  CHECK ((state IN ('confirmed', 'dismissed')) = (decided_at IS NOT NULL))
);
COMMENT ON COLUMN capture.duplicate_candidates.score IS 'How alike, 0 to 1, on the scale of its kind; no probability.';
CREATE UNIQUE INDEX idx_duplicate_candidates_pair ON capture.duplicate_candidates
  (tenant_id, least(event_id, other_event_id), greatest(event_id, other_event_id));
CREATE INDEX idx_duplicate_candidates_event ON capture.duplicate_candidates (tenant_id, event_id);
CREATE INDEX idx_duplicate_candidates_other ON capture.duplicate_candidates (tenant_id, other_event_id);
CREATE INDEX idx_duplicate_candidates_state ON capture.duplicate_candidates (tenant_id, state, created_at DESC);
SELECT capture.protect_tenant_table('capture.duplicate_candidates');
SELECT capture.audit_table('capture.duplicate_candidates', 'duplicate_candidates', 'tenant_id', 'id', 'facts,sentence');
CREATE TRIGGER touch BEFORE UPDATE ON capture.duplicate_candidates
  FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
GRANT SELECT, INSERT, UPDATE ON capture.duplicate_candidates TO capture_app;

-- What was photographed of one vehicle at one stop: displays and purchases.
CREATE TABLE capture.bundles (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  vehicle_id UUID NOT NULL,
  -- how far the members speak for the reading, and for volume and amount: log-likelihood ratios; null: nothing compared
  odometer_log_ratio NUMERIC(8,4),
  sale_log_ratio NUMERIC(8,4),
  facts JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(facts) = 'array'),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id)
);
CREATE INDEX idx_bundles_vehicle ON capture.bundles (tenant_id, vehicle_id);
SELECT capture.protect_tenant_table('capture.bundles');
SELECT capture.audit_table('capture.bundles', 'bundles', 'tenant_id', 'id', 'facts');
CREATE TRIGGER touch BEFORE UPDATE ON capture.bundles FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.bundles TO capture_app;

CREATE TABLE capture.bundle_members (
  tenant_id UUID NOT NULL,
  bundle_id UUID NOT NULL,
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (tenant_id, event_id),
  FOREIGN KEY (tenant_id, bundle_id) REFERENCES capture.bundles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_bundle_members_bundle ON capture.bundle_members (tenant_id, bundle_id);
SELECT capture.protect_tenant_table('capture.bundle_members');
SELECT capture.audit_table('capture.bundle_members', 'bundle_members', 'tenant_id', 'event_id,bundle_id');
GRANT SELECT, INSERT, DELETE ON capture.bundle_members TO capture_app;

-- A phone that tries again finds what it announced before.
CREATE INDEX idx_uploads_declared ON capture.uploads (tenant_id, vehicle_id, declared_sha256)
  WHERE declared_sha256 IS NOT NULL;
