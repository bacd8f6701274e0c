-- Looking things up: events by what they say, uploads and events by their words.

-- What lists filter by, beside what is compared: in the narrow row, so that no filter reads payloads.
ALTER TABLE capture.event_facts
  ADD COLUMN review_state TEXT,
  ADD COLUMN engine TEXT,
  ADD COLUMN flags TEXT[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN capture.event_facts.engine IS 'Whose reading the payload rests on; manual: a person gave it.';
COMMENT ON COLUMN capture.event_facts.flags IS 'Codes of the flags that stand in the event.';

CREATE OR REPLACE FUNCTION capture.keep_event_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO capture.event_facts
    (tenant_id, event_id, event_created_at, upload_id, vehicle_id, event_type, occurred_at, stands, sha256, reading,
     number, amount_cents, day, review_state, engine, flags)
  VALUES
    (NEW.tenant_id, NEW.id, NEW.created_at, NEW.source_upload_id, NEW.vehicle_id, NEW.event_type, NEW.occurred_at,
     NEW.review_state NOT IN ('rejected', 'voided'), NEW.payload -> 'provenance' ->> 'sha256',
     capture.compared_reading(NEW.event_type, NEW.payload), capture.compared_number(NEW.payload),
     round(capture.payload_number(NEW.payload, 'total_cost', 'cost') * 100)::bigint,
     COALESCE(NEW.payload ->> 'purchased_on', NEW.payload ->> 'service_date'),
     NEW.review_state, NEW.payload ->> 'source',
     ARRAY(SELECT flag ->> 'code' FROM jsonb_array_elements(NEW.flag_reasons) AS flag))
  ON CONFLICT (tenant_id, event_id) DO UPDATE
    SET upload_id = EXCLUDED.upload_id, vehicle_id = EXCLUDED.vehicle_id, occurred_at = EXCLUDED.occurred_at,
        stands = EXCLUDED.stands, sha256 = EXCLUDED.sha256, reading = EXCLUDED.reading, number = EXCLUDED.number,
        amount_cents = EXCLUDED.amount_cents, day = EXCLUDED.day, review_state = EXCLUDED.review_state,
        engine = EXCLUDED.engine, flags = EXCLUDED.flags;
  RETURN NULL;
END
$$;
DROP TRIGGER facts ON capture.manual_events;
CREATE TRIGGER facts
  AFTER INSERT OR UPDATE OF payload, vehicle_id, occurred_at, review_state, source_upload_id, flag_reasons
  ON capture.manual_events
  FOR EACH ROW EXECUTE FUNCTION capture.keep_event_facts();

-- The words of a text, as they are searched: in small letters, by blanks, and by whatever else is neither letter nor
-- digit; thousands without their separators. The same for what is written and for what is looked for.
CREATE FUNCTION capture.search_word(piece text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN word ~ '^\d{1,3}([.,'']\d{3})+$' THEN regexp_replace(word, '\D', '', 'g') ELSE left(word, 40) END
  FROM btrim(lower(piece), E' \t!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~') AS word
$$;

CREATE FUNCTION capture.search_words(written text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT word FROM (
    SELECT DISTINCT capture.search_word(piece) AS word FROM (
      SELECT regexp_split_to_table(left(written, 50000), '\s+') AS piece
      UNION ALL
      SELECT part FROM regexp_split_to_table(left(written, 50000), E'[\\s!"#$%&''()*+,./:;<=>?@\\[\\\\\\]^_`{|}~-]+') AS part
      WHERE length(part) >= 3
    ) AS pieces
  ) AS words
  WHERE length(word) >= 2
  LIMIT 500
$$;

-- Which uploads hold a word of what engines read. A row goes with the text that it was taken from. Neither a trigram
-- nor a text search index serves here: their operators are not leakproof, so row level security keeps them from being
-- asked; comparisons of texts in the order of bytes are.
CREATE TABLE capture.upload_words (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  word TEXT COLLATE "C" NOT NULL,
  upload_id UUID NOT NULL,
  content_id UUID NOT NULL,
  PRIMARY KEY (tenant_id, word, upload_id, content_id),
  FOREIGN KEY (tenant_id, content_id) REFERENCES capture.private_values (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_upload_words_content ON capture.upload_words (tenant_id, content_id);

CREATE FUNCTION capture.read_words(content jsonb) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT capture.search_words(string_agg(said #>> '{}', ' '))
  FROM (
    SELECT jsonb_path_query(content, '$.reading.spans[*].text') AS said
    UNION ALL
    SELECT jsonb_path_query(content, '$.fields.*.value')
    UNION ALL
    SELECT jsonb_path_query(content, '$.reading.table.rows[*].purpose')
  ) AS texts
$$;

CREATE FUNCTION capture.keep_upload_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO capture.upload_words (tenant_id, word, upload_id, content_id)
  SELECT NEW.tenant_id, word, NEW.upload_id, NEW.content_id
  FROM capture.private_values AS p, capture.read_words(p.value) AS word
  WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.content_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER words AFTER INSERT ON capture.extraction_runs
  FOR EACH ROW WHEN (NEW.content_id IS NOT NULL) EXECUTE FUNCTION capture.keep_upload_words();

-- Which events hold a word of what they say now, also after a person corrected or entered them.
CREATE TABLE capture.event_words (
  tenant_id UUID NOT NULL REFERENCES capture.tenants (id) ON DELETE CASCADE,
  word TEXT COLLATE "C" NOT NULL,
  event_id UUID NOT NULL,
  PRIMARY KEY (tenant_id, word, event_id)
);
CREATE INDEX idx_event_words_event ON capture.event_words (tenant_id, event_id);

CREATE FUNCTION capture.payload_words(payload jsonb) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT capture.search_words(string_agg(said #>> '{}', ' '))
  FROM jsonb_path_query(
    payload - ARRAY['provenance', 'image_metadata', 'device_info', 'location', 'payload_version', 'ocr_confidence',
                    'source', 'currency'],
    '$.** ? (@.type() == "string" || @.type() == "number")') AS said
$$;

CREATE FUNCTION capture.keep_event_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM capture.event_words WHERE tenant_id = OLD.tenant_id AND event_id = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO capture.event_words (tenant_id, word, event_id)
    SELECT NEW.tenant_id, word, NEW.id FROM capture.payload_words(NEW.payload) AS word
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER words AFTER INSERT OR DELETE ON capture.manual_events
  FOR EACH ROW EXECUTE FUNCTION capture.keep_event_words();
CREATE TRIGGER other_words AFTER UPDATE OF payload ON capture.manual_events
  FOR EACH ROW WHEN (OLD.payload IS DISTINCT FROM NEW.payload) EXECUTE FUNCTION capture.keep_event_words();

-- What is there already. The owner sees no tenant's rows while row level security is forced on it, so for the rest of
-- this transaction it is not; nobody else reads meanwhile.
ALTER TABLE capture.manual_events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.event_facts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.extraction_runs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.private_values NO FORCE ROW LEVEL SECURITY;
UPDATE capture.event_facts AS f
SET review_state = e.review_state, engine = e.payload ->> 'source',
    flags = ARRAY(SELECT flag ->> 'code' FROM jsonb_array_elements(e.flag_reasons) AS flag)
FROM capture.manual_events AS e
WHERE e.tenant_id = f.tenant_id AND e.id = f.event_id AND e.created_at = f.event_created_at;
INSERT INTO capture.event_words (tenant_id, word, event_id)
SELECT e.tenant_id, word, e.id FROM capture.manual_events AS e, capture.payload_words(e.payload) AS word
ON CONFLICT DO NOTHING;
INSERT INTO capture.upload_words (tenant_id, word, upload_id, content_id)
SELECT r.tenant_id, word, r.upload_id, r.content_id
FROM capture.extraction_runs AS r
JOIN capture.private_values AS p ON p.tenant_id = r.tenant_id AND p.id = r.content_id,
LATERAL capture.read_words(p.value) AS word
ON CONFLICT DO NOTHING;
ALTER TABLE capture.manual_events FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.event_facts FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.extraction_runs FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.private_values FORCE ROW LEVEL SECURITY;

ALTER TABLE capture.event_facts ALTER COLUMN review_state SET NOT NULL;
CREATE INDEX idx_event_facts_time ON capture.event_facts (tenant_id, occurred_at DESC, event_id DESC);
CREATE INDEX idx_event_facts_state ON capture.event_facts (tenant_id, review_state, occurred_at DESC, event_id DESC);
CREATE INDEX idx_event_facts_engine ON capture.event_facts (tenant_id, engine);
CREATE INDEX idx_uploads_state ON capture.uploads (tenant_id, state, created_at DESC, id DESC);

SELECT capture.protect_tenant_table('capture.upload_words');
SELECT capture.protect_tenant_table('capture.event_words');
-- Derived: the runs are immutable and the events are audited.
GRANT SELECT, INSERT ON capture.upload_words TO capture_app;
GRANT SELECT, INSERT, DELETE ON capture.event_words TO capture_app;
