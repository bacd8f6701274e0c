-- Photos: one row for each object in the bucket, one for each attempt of an engine to read it.

CREATE TABLE capture.uploads (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  vehicle_id UUID NOT NULL,
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  object_version TEXT,
  etag TEXT,
  source TEXT NOT NULL CHECK (source IN ('presign', 'drop')),
  -- what the phone said before sending
  hint_kind TEXT CHECK (hint_kind IN ('odometer', 'fuel_purchase', 'maintenance')),
  declared_size_bytes BIGINT,
  declared_sha256 TEXT,
  device JSONB NOT NULL DEFAULT '{}',
  phone_captured_at TIMESTAMPTZ CHECK (phone_captured_at BETWEEN '1990-01-01Z' AND '2100-01-01Z'),
  phone_location JSONB,
  -- what the bytes are
  size_bytes BIGINT,
  content_type TEXT,
  sha256 TEXT,
  perceptual_hash TEXT,
  captured_at TIMESTAMPTZ CHECK (captured_at BETWEEN '1990-01-01Z' AND '2100-01-01Z'),
  location JSONB,
  -- where it stands
  state TEXT NOT NULL DEFAULT 'expected' CHECK (state IN
    ('expected', 'received', 'queued', 'processing', 'recorded', 'unrecognised', 'rejected', 'failed')),
  state_changed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  attempt INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  not_before TIMESTAMPTZ,
  lease_until TIMESTAMPTZ,
  error_code TEXT,
  error_message TEXT,
  overwritten_at TIMESTAMPTZ,
  created_by UUID REFERENCES capture.users (id),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, bucket, object_key),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id)
);
COMMENT ON COLUMN capture.uploads.captured_at IS 'EXIF time, if the camera wrote its offset too.';
COMMENT ON COLUMN capture.uploads.attempt IS 'Fencing number: a job commits only while it still stands.';
COMMENT ON COLUMN capture.uploads.tries IS 'Attempts since it was last queued on purpose; bounded by CAPTURE_MAX_ATTEMPTS.';
CREATE INDEX idx_uploads_tenant_created ON capture.uploads (tenant_id, created_at DESC);
CREATE INDEX idx_uploads_tenant_vehicle ON capture.uploads (tenant_id, vehicle_id, created_at DESC);
CREATE INDEX idx_uploads_unfinished ON capture.uploads (state, state_changed_at)
  WHERE state IN ('expected', 'received', 'queued', 'processing');
SELECT capture.protect_tenant_table('capture.uploads');
CREATE TRIGGER touch BEFORE UPDATE ON capture.uploads FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
SELECT capture.audit_table('capture.uploads', 'uploads', 'tenant_id', 'id',
  'object_key,device,phone_location,location', 'updated_at,lease_until,state_changed_at');
GRANT SELECT, INSERT, UPDATE ON capture.uploads TO capture_app;
-- The sweep sees where uploads stand, never what they are.
GRANT SELECT (tenant_id, id, state, state_changed_at, not_before, lease_until) ON capture.uploads TO capture_ops;
CREATE POLICY ops_read ON capture.uploads FOR SELECT TO capture_ops USING (true);

-- Objects that belong to nobody we know: reported, not guessed.
CREATE TABLE capture.stray_objects (
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  reason_code TEXT NOT NULL,
  first_seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  last_seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (bucket, object_key)
);
ALTER TABLE capture.stray_objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture.stray_objects FORCE ROW LEVEL SECURITY;
CREATE POLICY ops_all ON capture.stray_objects FOR ALL TO capture_ops USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.stray_objects TO capture_ops, capture_admin;

CREATE TABLE capture.extraction_runs (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  upload_id UUID NOT NULL,
  attempt INTEGER NOT NULL,
  engine TEXT NOT NULL,
  model_version TEXT NOT NULL,
  settings JSONB NOT NULL DEFAULT '{}',
  span_count INTEGER NOT NULL DEFAULT 0,
  -- spans, fields and candidate payloads: personal, so they lie in private_values
  content_id UUID,
  content_digest TEXT,
  event_type TEXT,
  confidence INTEGER CHECK (confidence BETWEEN 0 AND 100),
  confidence_parts JSONB NOT NULL DEFAULT '{}',
  duration_ms INTEGER NOT NULL,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cost_micros BIGINT,
  error_code TEXT,
  error_message TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, upload_id) REFERENCES capture.uploads (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_extraction_runs_upload ON capture.extraction_runs (tenant_id, upload_id, created_at);
SELECT capture.protect_tenant_table('capture.extraction_runs');
GRANT SELECT, INSERT ON capture.extraction_runs TO capture_app;
