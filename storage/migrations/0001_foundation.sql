-- Schema, roles, the context of a transaction, and the tools that every later table uses.

CREATE SCHEMA IF NOT EXISTS capture;

-- Roles belong to the whole server, so another database of it may have made them, even at this moment.
-- capture_app: the application; reads and writes one tenant at a time. Owns nothing, bypasses nothing.
-- capture_ops: the sweep, the scheduler and set-up; sees the few columns granted below, of all tenants.
-- capture_admin: backup, back-fills and generators; bypasses row level security where the platform grants it.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['capture_app', 'capture_ops', 'capture_admin'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    -- From PostgreSQL 16 on, whoever made a role may give it away but not become it: so always say so.
    BEGIN
      EXECUTE format('GRANT %I TO %I', role_name, current_user);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE NOTICE 'the owner cannot become %; see docs/how-to/database.md', role_name;
    END;
  END LOOP;
  BEGIN
    ALTER ROLE capture_admin BYPASSRLS;
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'capture_admin does not bypass row level security here; see docs/how-to/database.md';
  END;
END
$$;

GRANT USAGE ON SCHEMA capture TO capture_app, capture_ops, capture_admin;

-- The transaction's context. Unset means NULL, which equals no tenant: no rows, and no error.
CREATE FUNCTION capture.current_tenant() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid $$;

CREATE FUNCTION capture.current_actor() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT NULLIF(current_setting('app.user_id', true), '')::uuid $$;

CREATE FUNCTION capture.current_actor_kind() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT NULLIF(current_setting('app.actor_kind', true), '') $$;

-- Keeps updated_at true on every table that has it.
CREATE FUNCTION capture.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

-- Makes a table a tenant table: forced row level security, the restrictive tenant policy, the grant policy.
CREATE FUNCTION capture.protect_tenant_table(target regclass, tenant_column text DEFAULT 'tenant_id') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s AS RESTRICTIVE FOR ALL TO capture_app
       USING (%I = capture.current_tenant()) WITH CHECK (%I = capture.current_tenant())',
    target, tenant_column, tenant_column);
  EXECUTE format('CREATE POLICY tenant_grant ON %s FOR ALL TO capture_app USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO capture_admin', target);
END
$$;

CREATE TABLE capture.users (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  email TEXT UNIQUE NOT NULL,
  name TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TRIGGER touch BEFORE UPDATE ON capture.users FOR EACH ROW EXECUTE FUNCTION capture.touch_updated_at();

-- Personal values (OCR text, names, card digits) that immutable rows speak of. The immutable row holds the
-- salted digest; erasing the value here leaves every immutable row, and every chain over them, as it was.
CREATE TABLE capture.private_values (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  salt BYTEA NOT NULL,
  value JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
SELECT capture.protect_tenant_table('capture.private_values');
GRANT SELECT, INSERT ON capture.private_values TO capture_app;

-- Stores a value aside and returns what an immutable row may keep of it: {"private_id": ..., "digest": ...}.
CREATE FUNCTION capture.keep_private(tenant uuid, private_value jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  value_id uuid := gen_random_uuid();
  value_salt bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
BEGIN
  INSERT INTO capture.private_values (tenant_id, id, salt, value) VALUES (tenant, value_id, value_salt, private_value);
  RETURN jsonb_build_object(
    'private_id', value_id,
    'digest', encode(sha256(value_salt || convert_to(private_value::text, 'UTF8')), 'hex'));
END
$$;

-- Row changes, written by trigger. What people and commands did is in audit_logs.
CREATE TABLE capture.audit_trail (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL,
  table_name TEXT NOT NULL,
  record_key JSONB NOT NULL,
  record_id UUID,
  operation TEXT NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
  old_values JSONB,
  new_values JSONB,
  changed_by UUID REFERENCES capture.users (id),
  actor_kind TEXT,
  changed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  client_ip INET,
  user_agent TEXT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX idx_audit_trail_record ON capture.audit_trail (tenant_id, table_name, record_id, changed_at);
SELECT capture.protect_tenant_table('capture.audit_trail');
GRANT SELECT, INSERT ON capture.audit_trail TO capture_app;

-- Arguments: logical table name, tenant column, key columns, personal columns, columns not worth a record
-- (the last three comma-separated). An update records changed columns alone, and nothing where none changed.
CREATE FUNCTION capture.audit_trigger_function() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  key_columns text[] := string_to_array(TG_ARGV[2], ',');
  personal text[] := string_to_array(TG_ARGV[3], ',');
  ignored text[] := string_to_array(TG_ARGV[4], ',');
  old_row jsonb;
  new_row jsonb;
  whole jsonb;
  tenant uuid;
  record jsonb;
BEGIN
  IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW); END IF;
  whole := COALESCE(new_row, old_row);
  tenant := (whole ->> TG_ARGV[1])::uuid;
  SELECT jsonb_object_agg(k, whole -> k) INTO record FROM unnest(key_columns) AS k;
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_object_agg(n.key, n.value), jsonb_object_agg(n.key, old_row -> n.key)
      INTO new_row, old_row
      FROM jsonb_each(new_row) AS n
      WHERE n.value IS DISTINCT FROM old_row -> n.key AND n.key <> ALL (ignored);
    IF new_row IS NULL THEN RETURN NULL; END IF;
  END IF;
  INSERT INTO capture.audit_trail
    (tenant_id, table_name, record_key, record_id, operation, old_values, new_values,
     changed_by, actor_kind, client_ip, user_agent)
  VALUES
    (tenant, TG_ARGV[0], record,
     CASE WHEN array_length(key_columns, 1) = 1 THEN (whole ->> key_columns[1])::uuid
          WHEN whole ? 'id' THEN (whole ->> 'id')::uuid END,
     TG_OP, capture.hide_personal(tenant, old_row, personal), capture.hide_personal(tenant, new_row, personal),
     capture.current_actor(), capture.current_actor_kind(),
     NULLIF(current_setting('app.client_ip', true), '')::inet,
     NULLIF(current_setting('app.user_agent', true), ''));
  RETURN NULL;
END
$$;

-- Replaces personal columns of a row by their digests.
CREATE FUNCTION capture.hide_personal(tenant uuid, whole jsonb, personal text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  column_name text;
BEGIN
  IF whole IS NULL THEN RETURN NULL; END IF;
  FOREACH column_name IN ARRAY personal LOOP
    IF whole ? column_name AND whole -> column_name <> 'null'::jsonb THEN
      whole := jsonb_set(whole, ARRAY[column_name], capture.keep_private(tenant, whole -> column_name));
    END IF;
  END LOOP;
  RETURN whole;
END
$$;

-- Puts the audit trigger on a table.
CREATE FUNCTION capture.audit_table(
  target regclass, logical_name text, tenant_column text, key_columns text,
  personal text DEFAULT '', ignored text DEFAULT 'updated_at'
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW
       EXECUTE FUNCTION capture.audit_trigger_function(%L, %L, %L, %L, %L)',
    target, logical_name, tenant_column, key_columns, personal, ignored);
END
$$;

-- What the application did: signed in, viewed, exported, re-ran, was refused. Row changes are in audit_trail.
CREATE TABLE capture.audit_logs (
  id UUID NOT NULL DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL,
  action TEXT NOT NULL,
  subject_type TEXT,
  subject_id UUID,
  details JSONB NOT NULL DEFAULT '{}',
  actor_id UUID REFERENCES capture.users (id),
  actor_kind TEXT,
  client_ip INET,
  user_agent TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX idx_audit_logs_time ON capture.audit_logs (tenant_id, created_at DESC);
SELECT capture.protect_tenant_table('capture.audit_logs');
GRANT SELECT, INSERT ON capture.audit_logs TO capture_app;

-- A partition has no policy and no grants, so it is read through its parent alone; backups bypass that.
CREATE FUNCTION capture.protect_partition(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO capture_admin', target);
END
$$;

-- Creates the partition of one month, protected and without grants, if it is not there.
-- The sweep calls it; it runs as the owner because only the owner can add a partition. It needs the default
-- partition's lock for a moment, and gives up rather than make every query wait behind it.
CREATE FUNCTION capture.create_monthly_partition(table_name text, start_date date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  first_day date := date_trunc('month', start_date)::date;
  partition_name text := format('%s_y%sm%s', table_name, to_char(first_day, 'YYYY'), to_char(first_day, 'MM'));
BEGIN
  IF table_name NOT IN ('manual_events', 'event_stream') THEN
    RAISE EXCEPTION 'table % is not partitioned by month', table_name USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('capture.partition.' || partition_name));
  IF to_regclass(format('capture.%I', partition_name)) IS NULL THEN
    EXECUTE format('CREATE TABLE capture.%I PARTITION OF capture.%I FOR VALUES FROM (%L) TO (%L)',
      partition_name, table_name,
      first_day::timestamp AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC');
    PERFORM capture.protect_partition(format('capture.%I', partition_name)::regclass);
  END IF;
EXCEPTION WHEN check_violation THEN
  -- rows of this month lie in the default partition already: they stay readable there until they are moved
  RAISE WARNING 'the default partition of % holds rows of %', table_name, first_day;
END
$$;
REVOKE ALL ON FUNCTION capture.create_monthly_partition(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION capture.create_monthly_partition(text, date) TO capture_ops, capture_admin;
