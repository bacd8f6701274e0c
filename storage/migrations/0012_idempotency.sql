-- Requests that create something and may come twice: the answer that the first one got, for a day.

CREATE TABLE capture.idempotency_keys (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  user_id UUID NOT NULL,
  key_hash BYTEA NOT NULL,
  request_digest BYTEA NOT NULL,
  answer JSONB,
  claimed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id, key_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES capture.memberships (tenant_id, user_id) ON DELETE CASCADE
);
COMMENT ON COLUMN capture.idempotency_keys.key_hash IS 'SHA-256 of the key that the caller chose.';
COMMENT ON COLUMN capture.idempotency_keys.request_digest IS 'SHA-256 of method, path and body: the same key stands for the same request.';
COMMENT ON COLUMN capture.idempotency_keys.answer IS 'What the first request made; null while it is at work.';
CREATE INDEX idx_idempotency_keys_age ON capture.idempotency_keys (created_at);
SELECT capture.protect_tenant_table('capture.idempotency_keys');
-- Kept for a day and derived from what is audited itself, so no audit of its own.
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.idempotency_keys TO capture_app;
-- The sweep forgets them by their age, and sees nothing else of them.
GRANT SELECT (created_at), DELETE ON capture.idempotency_keys TO capture_ops;
CREATE POLICY ops_read ON capture.idempotency_keys FOR SELECT TO capture_ops USING (true);
CREATE POLICY ops_forget ON capture.idempotency_keys FOR DELETE TO capture_ops USING (true);
