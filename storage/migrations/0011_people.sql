-- Who may do what: accounts at an identity provider, scopes of tokens, and roles that the database itself keeps.

-- A person has no tenant, so neither has the account by which a provider knows them; the application looks
-- it up as capture_ops, before a tenant is chosen.
CREATE TABLE capture.identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id UUID NOT NULL REFERENCES capture.users (id) ON DELETE CASCADE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject),
  UNIQUE (user_id, issuer)
);
ALTER TABLE capture.identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture.identities FORCE ROW LEVEL SECURITY;
CREATE POLICY ops_read ON capture.identities FOR SELECT TO capture_ops USING (true);
CREATE POLICY ops_create ON capture.identities FOR INSERT TO capture_ops WITH CHECK (true);
GRANT SELECT, INSERT ON capture.identities TO capture_ops;
GRANT SELECT, INSERT, UPDATE, DELETE ON capture.identities TO capture_admin;
COMMENT ON TABLE capture.identities IS
  'The account (issuer, subject) by which a person signs in. An e-mail address is matched once, then this counts.';

-- Tokens that are there may do what they could.
ALTER TABLE capture.api_tokens
  ADD COLUMN scopes TEXT[] NOT NULL DEFAULT ARRAY['read', 'write']
    CHECK (scopes <@ ARRAY['read', 'upload', 'write', 'people'] AND cardinality(scopes) > 0),
  ADD COLUMN last_used_at TIMESTAMPTZ;
DROP TRIGGER audit ON capture.api_tokens;
SELECT capture.audit_table('capture.api_tokens', 'api_tokens', 'tenant_id', 'id', 'token_hash', 'last_used_at');

-- Who looked at what, and with what a session was opened.
CREATE INDEX idx_audit_logs_subject ON capture.audit_logs (tenant_id, subject_id, created_at DESC);

-- What the acting person may do in the transaction's tenant; NULL for who does not belong to it.
CREATE FUNCTION capture.acting_role() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT role FROM capture.memberships
  WHERE tenant_id = capture.current_tenant() AND user_id = capture.current_actor()
$$;

-- The rules bind persons; the worker and set-up act for nobody. A refused person gets an error (CAP11),
-- where a policy would only change no row.
CREATE FUNCTION capture.guard_writers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() > 1 THEN RETURN NULL; END IF;  -- what follows from another change was allowed there
  IF capture.current_actor_kind() = 'person' AND COALESCE(capture.acting_role(), 'viewer') = 'viewer' THEN
    RAISE EXCEPTION 'a viewer may look, not change' USING ERRCODE = 'CAP11';
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION capture.writers_alone(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER role_guard BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT
       EXECUTE FUNCTION capture.guard_writers()', target);
END
$$;

-- From now on every new tenant table is written by managers and owners alone; one that viewers write too
-- says so: DROP TRIGGER role_guard.
CREATE OR REPLACE FUNCTION capture.protect_tenant_table(target regclass, tenant_column text DEFAULT 'tenant_id')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s AS RESTRICTIVE FOR ALL TO capture_app
       USING (%I = capture.current_tenant()) WITH CHECK (%I = capture.current_tenant())',
    target, tenant_column, tenant_column);
  EXECUTE format('CREATE POLICY tenant_grant ON %s FOR ALL TO capture_app USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO capture_admin', target);
  PERFORM capture.writers_alone(target);
END
$$;

-- The tables that are there, but those that note what viewers do as well, and those with rules of their own.
DO $$
DECLARE
  table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'tenant_policies', 'promises', 'calibrations', 'blind_samples', 'vehicles', 'uploads', 'extraction_runs',
    'manual_events', 'upload_events', 'event_proposals', 'vehicle_readings', 'meter_cuts', 'explanations',
    'event_facts', 'duplicate_candidates', 'bundles', 'bundle_members', 'event_stream', 'event_stream_heads'
  ] LOOP
    PERFORM capture.writers_alone(format('capture.%I', table_name)::regclass);
  END LOOP;
END
$$;

-- Sessions, sign-in links and tokens: a person makes them for nobody else; an owner may end anybody's.
CREATE FUNCTION capture.guard_own() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  mine boolean;
BEGIN
  IF capture.current_actor_kind() = 'person' THEN
    IF TG_OP = 'INSERT' THEN
      mine := NEW.user_id = capture.current_actor();
    ELSE
      mine := OLD.user_id = capture.current_actor() OR capture.acting_role() = 'owner';
      IF TG_OP = 'UPDATE' THEN mine := mine AND NEW.user_id = OLD.user_id; END IF;
    END IF;
    IF mine IS NOT TRUE THEN
      RAISE EXCEPTION 'this belongs to somebody else' USING ERRCODE = 'CAP11';
    END IF;
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER role_guard BEFORE INSERT OR UPDATE OR DELETE ON capture.sessions
  FOR EACH ROW EXECUTE FUNCTION capture.guard_own();
CREATE TRIGGER role_guard BEFORE INSERT OR UPDATE OR DELETE ON capture.signin_links
  FOR EACH ROW EXECUTE FUNCTION capture.guard_own();
CREATE TRIGGER role_guard BEFORE INSERT OR UPDATE OR DELETE ON capture.api_tokens
  FOR EACH ROW EXECUTE FUNCTION capture.guard_own();

-- Owners alone say who belongs to the tenant.
CREATE FUNCTION capture.guard_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF capture.current_actor_kind() = 'person' AND capture.acting_role() IS DISTINCT FROM 'owner' THEN
    RAISE EXCEPTION 'an owner alone changes who belongs to a tenant' USING ERRCODE = 'CAP11';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER role_guard BEFORE INSERT OR UPDATE OR DELETE ON capture.memberships
  FOR EACH STATEMENT EXECUTE FUNCTION capture.guard_members();

-- A tenant keeps an owner. Two owners who remove each other at once wait for one another here; a tenant that
-- is removed itself takes all its people along.
CREATE FUNCTION capture.keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.role = 'owner' AND (TG_OP = 'DELETE' OR NEW.role <> 'owner') THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('capture.owners.' || OLD.tenant_id, 0));
    IF EXISTS (SELECT 1 FROM capture.tenants WHERE id = OLD.tenant_id)
       AND NOT EXISTS (SELECT 1 FROM capture.memberships WHERE tenant_id = OLD.tenant_id AND role = 'owner') THEN
      RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'CAP12';
    END IF;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_an_owner AFTER UPDATE OR DELETE ON capture.memberships
  FOR EACH ROW EXECUTE FUNCTION capture.keep_an_owner();
