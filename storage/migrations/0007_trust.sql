-- How far events are trusted: measured confidence, the error a tenant accepts, and what is looked at unannounced.

ALTER TABLE capture.manual_events
  ADD COLUMN probability REAL CHECK (probability BETWEEN 0 AND 1),
  ADD COLUMN field_confidence JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(field_confidence) = 'object');
COMMENT ON COLUMN capture.manual_events.probability IS
  'Of being right, by the calibration that judged it; confidence is the same in whole per cent, for people.';

-- A tenant's own calibrations, fitted on what its people decided; those before stay, retired.
CREATE TABLE capture.calibrations (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  engine TEXT NOT NULL,
  event_type TEXT NOT NULL,
  field TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL,
  decisions INTEGER NOT NULL CHECK (decisions > 0),
  data JSONB NOT NULL CHECK (jsonb_typeof(data) = 'object'),
  created_by UUID REFERENCES capture.users (id),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  retired_at TIMESTAMPTZ,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX idx_calibrations_in_use ON capture.calibrations (tenant_id, engine, event_type, field)
  WHERE retired_at IS NULL;
SELECT capture.protect_tenant_table('capture.calibrations');
SELECT capture.audit_table('capture.calibrations', 'calibrations', 'tenant_id', 'id', '', 'data');
GRANT SELECT, INSERT, UPDATE ON capture.calibrations TO capture_app;

-- The share of wrong events among those accepted without a person that a tenant puts up with. event_type '': all others.
CREATE TABLE capture.promises (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  event_type TEXT NOT NULL DEFAULT '' CHECK (event_type IN
    ('', 'odometer_reading', 'fuel_purchase', 'maintenance', 'issue_report', 'trip_batch')),
  error NUMERIC(6,5) NOT NULL CHECK (error > 0 AND error < 0.5),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, event_type)
);
SELECT capture.protect_tenant_table('capture.promises');
SELECT capture.audit_table('capture.promises', 'promises', 'tenant_id', 'tenant_id,event_type');
CREATE TRIGGER touch BEFORE UPDATE ON capture.promises FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.promises TO capture_app;

-- Accepted events that a person answers without seeing what the machine said.
CREATE TABLE capture.blind_samples (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  event_type TEXT NOT NULL,
  engine TEXT NOT NULL,
  chance REAL NOT NULL CHECK (chance > 0 AND chance <= 1),
  sampled_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  answered_at TIMESTAMPTZ,
  answered_by UUID REFERENCES capture.users (id),
  outcome TEXT CHECK (outcome IN ('same', 'different', 'no_event')),
  PRIMARY KEY (tenant_id, event_id),
  CONSTRAINT answered_agrees_with_outcome CHECK ((answered_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX idx_blind_samples_open ON capture.blind_samples (tenant_id, sampled_at) WHERE answered_at IS NULL;
CREATE INDEX idx_blind_samples_answered ON capture.blind_samples (tenant_id, event_type, answered_at);
SELECT capture.protect_tenant_table('capture.blind_samples');
SELECT capture.audit_table('capture.blind_samples', 'blind_samples', 'tenant_id', 'event_id');
GRANT SELECT, INSERT, UPDATE ON capture.blind_samples TO capture_app;

-- What a tenant's photos may be shown to and may cost; NULL: no bound of its own.
ALTER TABLE capture.tenant_policies
  ADD COLUMN blind_share REAL NOT NULL DEFAULT 0.02 CHECK (blind_share >= 0 AND blind_share <= 1),
  ADD COLUMN forbidden_engines TEXT[] NOT NULL DEFAULT '{}',
  ADD COLUMN event_budget_micros BIGINT CHECK (event_budget_micros >= 0),
  ADD COLUMN daily_budget_micros BIGINT CHECK (daily_budget_micros >= 0);
COMMENT ON COLUMN capture.tenant_policies.daily_budget_micros IS
  'Millionths of a US dollar that engines with a price may cost on one day (UTC).';
CREATE INDEX idx_extraction_runs_cost ON capture.extraction_runs (tenant_id, created_at) WHERE cost_micros > 0;
