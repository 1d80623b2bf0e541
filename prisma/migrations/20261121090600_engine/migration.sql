-- The ledger's steps in fewer index entries, and permits that say how long they live.

-- What an index may be asked about an item without being written at every step of it. "open": it has a live claim (R4).
-- "loose": it waits for whoever comes by, not for a worker that has it in hand.
ALTER TABLE "replay_item"
  ADD COLUMN "open" BOOLEAN GENERATED ALWAYS AS ("state" IN ('planned', 'claimed', 'sending', 'sent', 'uncertain')) STORED,
  ADD COLUMN "loose" BOOLEAN GENERATED ALWAYS AS ("state" = 'uncertain' OR ("state" = 'sent' AND "worker_id" IS NULL)) STORED;
-- Room for the next version of a row beside it: an update that changes no indexed column then writes no index (HOT).
ALTER TABLE "replay_item" SET (fillfactor = 45);

-- No index names a column that the steps from claim to record write. What a worker that ended had in hand is therefore looked for
-- among all open items, a few times only: swept_at says when last.
ALTER TABLE "worker" ADD COLUMN "swept_at" TIMESTAMPTZ(3);
DROP INDEX "replay_item_replay_id_state_idx";
DROP INDEX "replay_item_worker_id_idx";
DROP INDEX "replay_item_live_claim";
DROP INDEX "replay_item_open";
DROP INDEX "replay_item_open_key";
DROP INDEX "replay_item_in_flight";
DROP INDEX "replay_item_open_session";
DROP INDEX "replay_item_sent_id";
DROP INDEX "replay_item_returned";

-- R4: one live claim per message, whatever becomes of the replay.
CREATE UNIQUE INDEX "replay_item_live_claim" ON "replay_item"("dead_letter_id") WHERE "open";
-- Windows, recovery and the end of a replay read the work that is left, not the history; a locked message finds its item.
CREATE INDEX "replay_item_open" ON "replay_item"("replay_id", "position") WHERE "open";
CREATE INDEX "replay_item_loose" ON "replay_item"("replay_id") WHERE "loose";
-- R13: an earlier message of the session that has not gone yet.
CREATE INDEX "replay_item_open_session" ON "replay_item"("replay_id", "session_id", "ordinal") WHERE "session_id" IS NOT NULL AND "open";
-- The ids sent lately, which duplicate detection would drop (R10). A copy has its original's id, or one made of its item's id.
CREATE INDEX "replay_item_message_id" ON "replay_item"("message_id") WHERE "message_id" IS NOT NULL;
CREATE INDEX "replay_item_returned" ON "replay_item"("replay_id") WHERE "returned_at" IS NOT NULL;

-- The item that a new id was made for ("replay-<item id>"); null: it is no such id.
CREATE FUNCTION "item_of_sent_id"(p_message_id text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_message_id ~ '^replay-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(p_message_id, 8)::uuid END
$$;

-- The last message of a replay that the ramp lets go, by ordinal: replay_reaches for all of its messages at once.
CREATE FUNCTION "replay_last_ordinal"(r "replay") RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN replay_reaches(r, 2147483647) THEN 2147483647 ELSE r."canary_ordinal" END
$$;

-- Sent items of workers that have ended wait for whoever comes by.
UPDATE "replay_item" i SET "worker_id" = NULL
  FROM "worker" w WHERE i."state" = 'sent' AND w."id" = i."worker_id" AND w."ended_at" IS NOT NULL;

-- R6: the throttle. Takes up to p_want permits of every scope or of none; the arithmetic of lib/domain/throttle.ts.
-- The rows are locked in one order, and the clock is read once all of them are held: who waited is not given the past.
-- A permit lives p_j_ms from when it became due; p_least_ms of that are left to whoever takes it, so none is collected for longer
-- than the rest; a scope that nobody asked for a second begins with its burst alone, which lives in full. life_ms is what is left of the oldest, counted from the begin of the statement.
DROP FUNCTION "take_permits"(text[], int, double precision);
CREATE FUNCTION "take_permits"(p_scopes text[], p_want int, p_j_ms double precision, p_least_ms double precision,
                               OUT granted int, OUT retry_ms double precision, OUT life_ms double precision) LANGUAGE plpgsql AS $$
DECLARE
  held int;
  at timestamptz;
  since timestamptz;
BEGIN
  granted := 0;
  retry_ms := 0;
  life_ms := 0;
  IF p_want <= 0 THEN RETURN; END IF;
  PERFORM 1 FROM "throttle_scope" WHERE "scope" = ANY(p_scopes) ORDER BY "scope" FOR UPDATE;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held <> cardinality(p_scopes) THEN
    RAISE EXCEPTION 'throttle scopes missing: % of % found', held, cardinality(p_scopes) USING ERRCODE = 'P0002';
  END IF;
  at := clock_timestamp();
  since := at - make_interval(secs => (p_j_ms - p_least_ms) / 1000);
  SELECT greatest(0, least(p_want, min(floor(extract(epoch FROM at - s.base)::double precision * s."rate" + s."burst"))))::int,
         greatest(0, max(extract(epoch FROM s.base - at)::double precision * 1000 + (1 - s."burst"::double precision) * 1000 / s."rate")),
         p_j_ms - greatest(0, extract(epoch FROM at - min(s.base))::double precision * 1000)
    INTO granted, retry_ms, life_ms
    FROM (SELECT t."rate", t."burst", CASE WHEN t."tat" < at - interval '1 s' THEN at ELSE greatest(t."tat", since) END AS base
            FROM "throttle_scope" t WHERE t."scope" = ANY(p_scopes)) s;
  IF granted > 0 THEN
    retry_ms := 0;
    life_ms := life_ms + extract(epoch FROM at - statement_timestamp())::double precision * 1000;
    UPDATE "throttle_scope" t
       SET "tat" = CASE WHEN t."tat" < at - interval '1 s' THEN at ELSE greatest(t."tat", since) END + make_interval(secs => granted / t."rate"), "updated_at" = at
     WHERE t."scope" = ANY(p_scopes);
  ELSE
    life_ms := 0;
  END IF;
END;
$$;
