-- Signing in with a browser: links that open a session once, and the sessions. Both are kept as hashes.

CREATE TABLE capture.signin_links (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  user_id UUID NOT NULL,
  token_hash BYTEA NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES capture.memberships (tenant_id, user_id) ON DELETE CASCADE
);
SELECT capture.protect_tenant_table('capture.signin_links');
SELECT capture.audit_table('capture.signin_links', 'signin_links', 'tenant_id', 'id', 'token_hash');
GRANT SELECT, INSERT, UPDATE ON capture.signin_links TO capture_app;

CREATE TABLE capture.sessions (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  user_id UUID NOT NULL,
  token_hash BYTEA NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('link', 'oidc', 'switch')),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  last_seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES capture.memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX idx_sessions_user ON capture.sessions (tenant_id, user_id, created_at DESC);
SELECT capture.protect_tenant_table('capture.sessions');
SELECT capture.audit_table('capture.sessions', 'sessions', 'tenant_id', 'id', 'token_hash', 'last_seen_at');
GRANT SELECT, INSERT, UPDATE ON capture.sessions TO capture_app;
COMMENT ON COLUMN capture.sessions.method IS 'How it was opened; switch: from a session of the same person in another tenant.';
