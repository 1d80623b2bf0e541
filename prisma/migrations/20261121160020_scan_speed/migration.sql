-- What a page of dead letters refers to is looked up once for the page, not once for each of its rows: the same rules as the foreign keys that
-- they replace, with the same locks. A scan writes hundreds of rows of one queue and a few causes in one statement.

ALTER TABLE "dead_letter" DROP CONSTRAINT "dead_letter_queue_id_fkey", DROP CONSTRAINT "dead_letter_cause_id_fkey";
ALTER TABLE "dead_letter_content" DROP CONSTRAINT "dead_letter_content_dead_letter_id_fkey";

-- Plans are made while the tables are small and are kept: no table may be read as a whole by them once they are large.
CREATE FUNCTION "dead_letter_refers"() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  queues int[] := ARRAY(SELECT DISTINCT f."queue_id" FROM fresh f);
  causes bigint[] := ARRAY(SELECT DISTINCT f."cause_id" FROM fresh f);
  held int;
BEGIN
  -- Neither goes before this transaction has ended.
  PERFORM 1 FROM "queue" q WHERE q."id" = ANY (queues) FOR KEY SHARE;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held <> cardinality(queues) THEN
    RAISE EXCEPTION 'a dead letter refers to a queue that is not there' USING ERRCODE = 'foreign_key_violation';
  END IF;
  PERFORM 1 FROM "cause" c WHERE c."id" = ANY (causes) FOR KEY SHARE;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held <> cardinality(causes) THEN
    RAISE EXCEPTION 'a dead letter refers to a cause that is not there' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_refers" AFTER INSERT ON "dead_letter"
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_refers"();

CREATE FUNCTION "dead_letter_refers_anew"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM "queue" q WHERE q."id" = NEW."queue_id" FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a dead letter refers to a queue that is not there' USING ERRCODE = 'foreign_key_violation';
  END IF;
  PERFORM 1 FROM "cause" c WHERE c."id" = NEW."cause_id" FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a dead letter refers to a cause that is not there' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_refers_anew" AFTER UPDATE OF "queue_id", "cause_id" ON "dead_letter" FOR EACH ROW
  WHEN (OLD."queue_id" IS DISTINCT FROM NEW."queue_id" OR OLD."cause_id" IS DISTINCT FROM NEW."cause_id")
  EXECUTE FUNCTION "dead_letter_refers_anew"();

-- The other side. After the delete: it has waited for whoever refers to the row by then, and sees what they wrote.
CREATE FUNCTION "referred_to_by_dead_letters"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_referred_to boolean;
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'queue' THEN SELECT EXISTS (SELECT FROM "dead_letter" d WHERE d."queue_id" = OLD."id") INTO is_referred_to;
    WHEN 'cause' THEN SELECT EXISTS (SELECT FROM "dead_letter" d WHERE d."cause_id" = OLD."id") INTO is_referred_to;
  END CASE;
  IF is_referred_to THEN
    RAISE EXCEPTION 'dead letters refer to the % %', TG_TABLE_NAME, OLD."id" USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "queue_referred_to" AFTER DELETE OR UPDATE OF "id" ON "queue" FOR EACH ROW EXECUTE FUNCTION "referred_to_by_dead_letters"();
CREATE TRIGGER "cause_referred_to" AFTER DELETE OR UPDATE OF "id" ON "cause" FOR EACH ROW EXECUTE FUNCTION "referred_to_by_dead_letters"();

-- Contents belong to their dead letters and go with them.
CREATE FUNCTION "dead_letter_content_refers"() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  letters bigint[] := ARRAY(SELECT f."dead_letter_id" FROM fresh f);
  held int;
BEGIN
  -- What this transaction wrote itself nobody else can delete.
  PERFORM 1 FROM "dead_letter" d WHERE d."id" = ANY (letters) AND d.xmin = pg_current_xact_id()::xid;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held = cardinality(letters) THEN RETURN NULL; END IF;
  PERFORM 1 FROM "dead_letter" d WHERE d."id" = ANY (letters) FOR KEY SHARE;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held <> cardinality(letters) THEN
    RAISE EXCEPTION 'a content refers to a dead letter that is not there' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_content_refers" AFTER INSERT ON "dead_letter_content"
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_content_refers"();

CREATE FUNCTION "dead_letter_takes_content"() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  DELETE FROM "dead_letter_content" c WHERE c."dead_letter_id" = ANY (ARRAY(SELECT s."id" FROM stale s));
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_takes_content" AFTER DELETE ON "dead_letter"
  REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_takes_content"();

CREATE FUNCTION "dead_letter_content_stays"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a content stays with its dead letter' USING ERRCODE = 'foreign_key_violation';
END;
$$;
CREATE TRIGGER "dead_letter_content_stays" AFTER UPDATE OF "dead_letter_id" ON "dead_letter_content" FOR EACH ROW
  WHEN (OLD."dead_letter_id" IS DISTINCT FROM NEW."dead_letter_id") EXECUTE FUNCTION "dead_letter_content_stays"();

-- A table that is emptied as a whole.
CREATE FUNCTION "referred_to_by_dead_letters_as_a_whole"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "dead_letter") THEN
    RAISE EXCEPTION 'dead letters refer to the table %', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "queue_referred_to_as_a_whole" AFTER TRUNCATE ON "queue"
  FOR EACH STATEMENT EXECUTE FUNCTION "referred_to_by_dead_letters_as_a_whole"();
CREATE TRIGGER "cause_referred_to_as_a_whole" AFTER TRUNCATE ON "cause"
  FOR EACH STATEMENT EXECUTE FUNCTION "referred_to_by_dead_letters_as_a_whole"();

CREATE FUNCTION "dead_letter_takes_all_content"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE "dead_letter_content";
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_takes_all_content" AFTER TRUNCATE ON "dead_letter"
  FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_takes_all_content"();
