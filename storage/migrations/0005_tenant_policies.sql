-- What a tenant allows. Without a row, nothing that needs to be allowed is.

CREATE TABLE capture.tenant_policies (
  tenant_id UUID PRIMARY KEY REFERENCES capture.tenants (id) ON DELETE CASCADE,
  -- photos may be shown to the vision model that the installation has set
  allow_vision BOOLEAN NOT NULL DEFAULT false,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
SELECT capture.protect_tenant_table('capture.tenant_policies');
SELECT capture.audit_table('capture.tenant_policies', 'tenant_policies', 'tenant_id', 'tenant_id');
CREATE TRIGGER touch BEFORE UPDATE ON capture.tenant_policies
  FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
GRANT SELECT, INSERT, UPDATE ON capture.tenant_policies TO capture_app;
