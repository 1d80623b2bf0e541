-- Messages that leave or come back are told to the search a statement at a time: a trigger for each row was a fifth of what closing a window costs.

DROP TRIGGER "dead_letter_search_moved" ON "dead_letter";

-- Counted, not joined: the plan is kept for statements of one row and of thousands.
CREATE OR REPLACE FUNCTION "search_pending_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "search_pending" ("dead_letter_id", "queue_id")
  SELECT m."id", m."queue_id"
  FROM (
    SELECT f."id", f."queue_id", 1 AS "here" FROM fresh f WHERE f."left_at" IS NULL
    UNION ALL
    SELECT s."id", s."queue_id", -1 FROM stale s WHERE s."left_at" IS NULL
  ) m
  GROUP BY m."id", m."queue_id" HAVING sum(m."here") <> 0;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_search_moved" AFTER UPDATE ON "dead_letter"
  REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION "search_pending_moved"();
