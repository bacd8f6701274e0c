-- Who there is: tenants, their people, their vehicles, and the tokens by which programs act for people.

CREATE TABLE capture.tenants (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('solo', 'org')),
  plan_name TEXT DEFAULT 'free',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
SELECT capture.protect_tenant_table('capture.tenants', 'id');
CREATE TRIGGER touch BEFORE UPDATE ON capture.tenants FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
SELECT capture.audit_table('capture.tenants', 'tenants', 'id', 'id', 'name');
GRANT SELECT ON capture.tenants TO capture_app;
GRANT SELECT, INSERT ON capture.tenants TO capture_ops;
CREATE POLICY ops_read ON capture.tenants FOR SELECT TO capture_ops USING (true);
CREATE POLICY ops_create ON capture.tenants FOR INSERT TO capture_ops WITH CHECK (true);

CREATE TABLE capture.memberships (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  user_id UUID NOT NULL REFERENCES capture.users (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'viewer')),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX idx_memberships_user ON capture.memberships (user_id, tenant_id);
SELECT capture.protect_tenant_table('capture.memberships');
SELECT capture.audit_table('capture.memberships', 'memberships', 'tenant_id', 'tenant_id,user_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.memberships TO capture_app;
GRANT SELECT, INSERT ON capture.memberships TO capture_ops;
CREATE POLICY ops_read ON capture.memberships FOR SELECT TO capture_ops USING (true);
CREATE POLICY ops_create ON capture.memberships FOR INSERT TO capture_ops WITH CHECK (true);

-- Set-up runs as capture_ops; its row changes are audited like everybody's.
GRANT INSERT ON capture.audit_trail, capture.private_values TO capture_ops;
CREATE POLICY ops_create ON capture.audit_trail FOR INSERT TO capture_ops WITH CHECK (true);
CREATE POLICY ops_create ON capture.private_values FOR INSERT TO capture_ops WITH CHECK (true);

-- A user has no tenant: those who share one see each other. The policy reads memberships, whose own policy
-- reads nothing else, so nothing recurses.
ALTER TABLE capture.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture.users FORCE ROW LEVEL SECURITY;
CREATE POLICY shared_tenant ON capture.users FOR SELECT TO capture_app
  USING (EXISTS (
    SELECT 1 FROM capture.memberships AS m
    WHERE m.tenant_id = capture.current_tenant() AND m.user_id = users.id));
CREATE POLICY ops_read ON capture.users FOR SELECT TO capture_ops USING (true);
CREATE POLICY ops_create ON capture.users FOR INSERT TO capture_ops WITH CHECK (true);
GRANT SELECT ON capture.users TO capture_app;
GRANT SELECT, INSERT ON capture.users TO capture_ops;
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.users TO capture_admin;

CREATE TABLE capture.vehicles (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  make TEXT,
  model TEXT,
  vin TEXT,
  odometer_unit TEXT CHECK (odometer_unit IN ('km', 'mi')),
  baseline_fuel_mpg DECIMAL(4,1),
  baseline_service_interval_miles INTEGER DEFAULT 5000,
  notes TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX idx_vehicles_tenant_created ON capture.vehicles (tenant_id, created_at DESC);
SELECT capture.protect_tenant_table('capture.vehicles');
CREATE TRIGGER touch BEFORE UPDATE ON capture.vehicles FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
SELECT capture.audit_table('capture.vehicles', 'vehicles', 'tenant_id', 'id', 'label,vin,notes');
GRANT SELECT, INSERT, UPDATE ON capture.vehicles TO capture_app;

CREATE TABLE capture.api_tokens (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  user_id UUID NOT NULL,
  name TEXT NOT NULL,
  token_hash BYTEA NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES capture.memberships (tenant_id, user_id) ON DELETE CASCADE
);
SELECT capture.protect_tenant_table('capture.api_tokens');
SELECT capture.audit_table('capture.api_tokens', 'api_tokens', 'tenant_id', 'id', 'token_hash');
GRANT SELECT, INSERT, UPDATE ON capture.api_tokens TO capture_app;
