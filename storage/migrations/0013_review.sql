-- The review desk: what waits in the order in which it is looked at, who holds it, and what stood before each decision.

-- One narrow row for each event that waits for a person; triggers keep it. Unpartitioned, so that the next one is the
-- first row of an index, however many wait.
CREATE TABLE capture.review_queue (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  vehicle_id UUID NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  -- an accepted event that is answered without seeing what was read
  blind BOOLEAN NOT NULL,
  risk REAL NOT NULL CHECK (risk BETWEEN 0 AND 2),
  -- who has it on the screen: a person, and which of the person's desks
  leased_by UUID REFERENCES capture.users (id),
  desk UUID,
  leased_until TIMESTAMPTZ,
  put_off_by UUID REFERENCES capture.users (id),
  put_off_until TIMESTAMPTZ,
  PRIMARY KEY (tenant_id, event_id),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES capture.vehicles (tenant_id, id)
);
COMMENT ON COLUMN capture.review_queue.risk IS
  'How likely the event is wrong, half where nobody knows; 1 more where other readings wait for it.';
CREATE INDEX idx_review_queue_risk ON capture.review_queue (tenant_id, risk DESC, occurred_at, event_id);
CREATE INDEX idx_review_queue_age ON capture.review_queue (tenant_id, occurred_at, event_id);
CREATE INDEX idx_review_queue_vehicle ON capture.review_queue (tenant_id, vehicle_id, occurred_at, event_id);

CREATE FUNCTION capture.review_risk(probability real, flags jsonb, blind boolean) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN blind THEN 0.5  -- its place must not tell how sure the machine is
              ELSE 1 - COALESCE(probability, 0.5) + (flags @> '[{"level": "block"}]')::int END::real
$$;

CREATE FUNCTION capture.queue_for_review(event capture.manual_events, is_blind boolean) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO capture.review_queue (tenant_id, event_id, event_created_at, vehicle_id, occurred_at, blind, risk)
  VALUES (event.tenant_id, event.id, event.created_at, event.vehicle_id, event.occurred_at, is_blind,
    capture.review_risk(event.probability, event.flag_reasons, is_blind))
  ON CONFLICT (tenant_id, event_id) DO UPDATE
    SET vehicle_id = EXCLUDED.vehicle_id, occurred_at = EXCLUDED.occurred_at, blind = EXCLUDED.blind,
        risk = EXCLUDED.risk
$$;

CREATE FUNCTION capture.keep_review_queue() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sampled boolean := NEW.review_state = 'accepted' AND EXISTS (
    SELECT 1 FROM capture.blind_samples AS b
    WHERE b.tenant_id = NEW.tenant_id AND b.event_id = NEW.id AND b.answered_at IS NULL);
BEGIN
  IF NEW.review_state = 'flagged' OR sampled THEN
    PERFORM capture.queue_for_review(NEW, sampled);
  ELSE
    DELETE FROM capture.review_queue WHERE tenant_id = NEW.tenant_id AND event_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION capture.keep_blind_in_queue() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event capture.manual_events;
BEGIN
  SELECT * INTO event FROM capture.manual_events AS e
  WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.event_id AND e.created_at = NEW.event_created_at
    AND e.review_state = 'accepted';
  IF event.id IS NOT NULL AND NEW.answered_at IS NULL THEN
    PERFORM capture.queue_for_review(event, true);
  ELSIF NEW.answered_at IS NOT NULL THEN
    DELETE FROM capture.review_queue WHERE tenant_id = NEW.tenant_id AND event_id = NEW.event_id AND blind;
  END IF;
  RETURN NULL;
END
$$;

-- Events that wait already. The owner sees no tenant's rows while row level security is forced on it, so for the rest of
-- this transaction it is not; nobody else reads meanwhile.
ALTER TABLE capture.manual_events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.blind_samples NO FORCE ROW LEVEL SECURITY;
INSERT INTO capture.review_queue (tenant_id, event_id, event_created_at, vehicle_id, occurred_at, blind, risk)
SELECT e.tenant_id, e.id, e.created_at, e.vehicle_id, e.occurred_at, e.review_state = 'accepted',
  capture.review_risk(e.probability, e.flag_reasons, e.review_state = 'accepted')
FROM capture.manual_events AS e
WHERE e.review_state = 'flagged' OR (e.review_state = 'accepted' AND EXISTS (
  SELECT 1 FROM capture.blind_samples AS b
  WHERE b.tenant_id = e.tenant_id AND b.event_id = e.id AND b.answered_at IS NULL));
ALTER TABLE capture.manual_events FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.blind_samples FORCE ROW LEVEL SECURITY;

SELECT capture.protect_tenant_table('capture.review_queue');
-- Derived: the events are audited. Who held what for a minute or two is not worth a record.
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.review_queue TO capture_app;

CREATE TRIGGER queue AFTER INSERT OR UPDATE OF review_state, vehicle_id, occurred_at, probability, flag_reasons
  ON capture.manual_events
  FOR EACH ROW EXECUTE FUNCTION capture.keep_review_queue();
CREATE TRIGGER queue AFTER INSERT OR UPDATE OF answered_at ON capture.blind_samples
  FOR EACH ROW EXECUTE FUNCTION capture.keep_blind_in_queue();

-- Each decision of a person, and what stood before it, so that it can be undone.
CREATE TABLE capture.review_decisions (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  event_id UUID NOT NULL,
  event_created_at TIMESTAMPTZ NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('confirm', 'correct', 'reject', 'void', 'move')),
  unseen BOOLEAN NOT NULL,
  -- the pair that was the reason to void it
  pair_id UUID,
  -- the event and its row in the history as they were: personal, so they lie in private_values
  before_id UUID NOT NULL,
  decided_by UUID REFERENCES capture.users (id),
  decided_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  undone_at TIMESTAMPTZ,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX idx_review_decisions_event ON capture.review_decisions (tenant_id, event_id, decided_at DESC);
SELECT capture.protect_tenant_table('capture.review_decisions');
-- A record itself, besides the events' own audit.
GRANT SELECT, INSERT, UPDATE (undone_at) ON capture.review_decisions TO capture_app;

-- How a person likes the desk: the order, and the keys.
CREATE TABLE capture.review_preferences (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  user_id UUID NOT NULL,
  ordering TEXT NOT NULL DEFAULT 'risk' CHECK (ordering IN ('risk', 'age', 'vehicle')),
  keys_on BOOLEAN NOT NULL DEFAULT true,
  keys JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(keys) = 'object'),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES capture.memberships (tenant_id, user_id) ON DELETE CASCADE
);
SELECT capture.protect_tenant_table('capture.review_preferences');
SELECT capture.audit_table('capture.review_preferences', 'review_preferences', 'tenant_id', 'tenant_id,user_id');
CREATE TRIGGER touch BEFORE UPDATE ON capture.review_preferences
  FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();
GRANT SELECT, INSERT, UPDATE ON capture.review_preferences TO capture_app;

-- Who opened an event that waits for a blind answer is asked for each such event that comes up.
CREATE INDEX idx_audit_logs_views ON capture.audit_logs (tenant_id, subject_id, actor_id)
  WHERE action = 'event.viewed';
