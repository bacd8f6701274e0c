-- Webhooks: where a tenant wants to be told of its events, what there is to tell, and how each telling went.

CREATE TABLE capture.webhook_endpoints (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
  description TEXT NOT NULL DEFAULT '' CHECK (length(description) <= 200),
  types TEXT[] NOT NULL CHECK (cardinality(types) > 0),
  include_payload BOOLEAN NOT NULL DEFAULT false,
  disabled_at TIMESTAMPTZ,
  disabled_reason TEXT CHECK (disabled_reason IN ('person', 'gone')),
  created_by UUID REFERENCES capture.users (id),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT disabled_says_why CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
SELECT capture.protect_tenant_table('capture.webhook_endpoints');
SELECT capture.audit_table('capture.webhook_endpoints', 'webhook_endpoints', 'tenant_id', 'id', 'url');
CREATE TRIGGER touch BEFORE UPDATE ON capture.webhook_endpoints
  FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.webhook_endpoints TO capture_app;
COMMENT ON COLUMN capture.webhook_endpoints.include_payload IS 'Whether what the photo says is sent along, or ids and states alone.';
COMMENT ON COLUMN capture.webhook_endpoints.disabled_reason IS 'person: somebody switched it off. gone: it answered 410.';

-- Secrets sign what is sent, so they cannot be hashes. They are out of the audited table: a trail must not keep them.
CREATE TABLE capture.webhook_secrets (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL,
  endpoint_id UUID NOT NULL,
  secret TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES capture.webhook_endpoints (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_webhook_secrets_current ON capture.webhook_secrets (tenant_id, endpoint_id)
  WHERE expires_at IS NULL;
SELECT capture.protect_tenant_table('capture.webhook_secrets');
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.webhook_secrets TO capture_app;
COMMENT ON COLUMN capture.webhook_secrets.expires_at IS 'Null for the one in force; one that was replaced signs beside it until then.';

-- What there is to tell, written in the transaction in which it came true.
CREATE TABLE capture.webhook_messages (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  sequence BIGINT GENERATED ALWAYS AS IDENTITY,
  type TEXT NOT NULL,
  event_id UUID,
  event_created_at TIMESTAMPTZ,
  event_version INTEGER,
  data JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, event_id, event_version, type)
);
CREATE INDEX idx_webhook_messages_time ON capture.webhook_messages (tenant_id, created_at);
CREATE INDEX idx_webhook_messages_age ON capture.webhook_messages (created_at);
SELECT capture.protect_tenant_table('capture.webhook_messages');
GRANT SELECT, INSERT ON capture.webhook_messages TO capture_app;
-- The sweep forgets them by their age, and sees nothing else of them.
GRANT SELECT (created_at), DELETE ON capture.webhook_messages TO capture_ops;
CREATE POLICY ops_read ON capture.webhook_messages FOR SELECT TO capture_ops USING (true);
CREATE POLICY ops_forget ON capture.webhook_messages FOR DELETE TO capture_ops USING (true);
COMMENT ON COLUMN capture.webhook_messages.data IS 'Ids, states and flags; never what a photo says.';

-- One message to one endpoint.
CREATE TABLE capture.webhook_deliveries (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL,
  endpoint_id UUID NOT NULL,
  message_id UUID NOT NULL,
  event_id UUID,
  sequence BIGINT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  lease_until TIMESTAMPTZ,
  last_attempt_at TIMESTAMPTZ,
  last_status INTEGER,
  last_error TEXT,
  delivered_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, endpoint_id, message_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES capture.webhook_endpoints (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, message_id) REFERENCES capture.webhook_messages (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_webhook_deliveries_message ON capture.webhook_deliveries (tenant_id, message_id);
CREATE INDEX idx_webhook_deliveries_list ON capture.webhook_deliveries (tenant_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX idx_webhook_deliveries_order ON capture.webhook_deliveries (tenant_id, endpoint_id, event_id, sequence)
  WHERE state = 'pending';
CREATE INDEX idx_webhook_deliveries_next ON capture.webhook_deliveries (tenant_id, endpoint_id, sequence)
  WHERE state = 'pending';
CREATE INDEX idx_webhook_deliveries_due ON capture.webhook_deliveries (next_attempt_at) WHERE state = 'pending';
SELECT capture.protect_tenant_table('capture.webhook_deliveries');
GRANT SELECT, INSERT, UPDATE ON capture.webhook_deliveries TO capture_app;
GRANT SELECT (tenant_id, endpoint_id, state, next_attempt_at, lease_until) ON capture.webhook_deliveries TO capture_ops;
CREATE POLICY ops_read ON capture.webhook_deliveries FOR SELECT TO capture_ops USING (true);
COMMENT ON COLUMN capture.webhook_deliveries.sequence IS 'Of the message: what an event''s messages are sent by.';

-- Runs when the transaction ends, so that an event whose state is moved twice in one is told as it stands then.
CREATE FUNCTION capture.tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event record;
  told text;
  what text[] := '{}';
  message record;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM capture.webhook_endpoints WHERE tenant_id = NEW.tenant_id) THEN RETURN NULL; END IF;
  IF TG_OP = 'UPDATE' AND NEW.created_at = now() THEN RETURN NULL; END IF;  -- its insertion tells it
  SELECT * INTO event FROM capture.manual_events
    WHERE tenant_id = NEW.tenant_id AND id = NEW.id AND created_at = NEW.created_at;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' THEN
    what := ARRAY['event.recorded'];
    IF event.review_state <> 'accepted' THEN what := what || ('event.' || event.review_state); END IF;
  ELSE
    IF OLD.vehicle_id <> NEW.vehicle_id THEN what := what || 'event.moved'::text; END IF;
    IF OLD.review_state <> NEW.review_state OR NEW.review_state = 'corrected' AND OLD.payload <> NEW.payload THEN
      what := what || ('event.' || event.review_state);
    END IF;
  END IF;
  FOREACH told IN ARRAY what LOOP
    CONTINUE WHEN NOT EXISTS (
      SELECT 1 FROM capture.webhook_endpoints WHERE tenant_id = event.tenant_id AND told = ANY (types));
    INSERT INTO capture.webhook_messages (tenant_id, type, event_id, event_created_at, event_version, data)
    VALUES (event.tenant_id, told, event.id, event.created_at, event.version, jsonb_build_object(
      'event_id', event.id, 'event_type', event.event_type, 'vehicle_id', event.vehicle_id,
      'upload_id', event.source_upload_id, 'source', event.source, 'review_state', event.review_state,
      'version', event.version, 'confidence', event.confidence,
      'occurred_at', to_char(event.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'flags', jsonb_path_query_array(event.flag_reasons, '$[*].code')))
    ON CONFLICT DO NOTHING
    RETURNING id, sequence INTO message;
    CONTINUE WHEN message.id IS NULL;
    INSERT INTO capture.webhook_deliveries (tenant_id, endpoint_id, message_id, event_id, sequence)
    SELECT tenant_id, id, message.id, event.id, message.sequence FROM capture.webhook_endpoints
      WHERE tenant_id = event.tenant_id AND disabled_at IS NULL AND told = ANY (types);
  END LOOP;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER tell_new AFTER INSERT ON capture.manual_events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION capture.tell_webhooks();
CREATE CONSTRAINT TRIGGER tell_changed AFTER UPDATE ON capture.manual_events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.review_state <> NEW.review_state OR OLD.vehicle_id <> NEW.vehicle_id
    OR NEW.review_state = 'corrected' AND OLD.payload <> NEW.payload)
  EXECUTE FUNCTION capture.tell_webhooks();
