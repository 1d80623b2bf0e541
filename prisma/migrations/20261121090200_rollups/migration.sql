-- AlterTable
ALTER TABLE "queue" ADD COLUMN "count_source" TEXT,
ADD COLUMN "walk_seen" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "cause_delta" (
    "cause_id" BIGINT NOT NULL,
    "minute" TIMESTAMPTZ(0) NOT NULL,
    "seen_hour" TIMESTAMPTZ(0) NOT NULL,
    "present" INTEGER NOT NULL,
    "returned" INTEGER NOT NULL,
    "seen" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "cause_rollup" (
    "cause_id" BIGINT NOT NULL,
    "present" INTEGER NOT NULL,
    "returned" INTEGER NOT NULL,
    "older_1h" INTEGER NOT NULL,
    "older_6h" INTEGER NOT NULL,
    "older_24h" INTEGER NOT NULL,
    "older_3d" INTEGER NOT NULL,
    "older_7d" INTEGER NOT NULL,

    CONSTRAINT "cause_rollup_pkey" PRIMARY KEY ("cause_id")
);

-- CreateTable
CREATE TABLE "cause_hour" (
    "cause_id" BIGINT NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "enqueued" INTEGER NOT NULL,
    "seen" INTEGER NOT NULL,

    CONSTRAINT "cause_hour_pkey" PRIMARY KEY ("cause_id","hour")
);

-- CreateTable
CREATE TABLE "queue_hour" (
    "queue_id" INTEGER NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "enqueued" INTEGER NOT NULL,
    "seen" INTEGER NOT NULL,

    CONSTRAINT "queue_hour_pkey" PRIMARY KEY ("queue_id","hour")
);

-- CreateTable
CREATE TABLE "queue_arrivals" (
    "queue_id" INTEGER NOT NULL,
    "hours" INTEGER[],

    CONSTRAINT "queue_arrivals_pkey" PRIMARY KEY ("queue_id")
);

-- CreateTable
CREATE TABLE "rollup_clock" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "before_1h" TIMESTAMPTZ(0) NOT NULL,
    "before_6h" TIMESTAMPTZ(0) NOT NULL,
    "before_24h" TIMESTAMPTZ(0) NOT NULL,
    "before_3d" TIMESTAMPTZ(0) NOT NULL,
    "before_7d" TIMESTAMPTZ(0) NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "folded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rollup_clock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "content_fetch" (
    "dead_letter_id" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "worker_id" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "error" TEXT,
    "encoded" BYTEA,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "content_fetch_pkey" PRIMARY KEY ("dead_letter_id")
);

-- CreateIndex
CREATE INDEX "content_fetch_state_idx" ON "content_fetch"("state");

-- AddForeignKey
ALTER TABLE "cause_rollup" ADD CONSTRAINT "cause_rollup_cause_id_fkey" FOREIGN KEY ("cause_id") REFERENCES "cause"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cause_hour" ADD CONSTRAINT "cause_hour_cause_id_fkey" FOREIGN KEY ("cause_id") REFERENCES "cause"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "queue_hour" ADD CONSTRAINT "queue_hour_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "queue_arrivals" ADD CONSTRAINT "queue_arrivals_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "content_fetch" ADD CONSTRAINT "content_fetch_dead_letter_id_fkey" FOREIGN KEY ("dead_letter_id") REFERENCES "dead_letter"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- What Prisma cannot say.

ALTER TABLE "rollup_clock" ADD CONSTRAINT "rollup_clock_one_row" CHECK ("id" = 1);
ALTER TABLE "content_fetch" ADD CONSTRAINT "content_fetch_state_known" CHECK ("state" IN ('wanted', 'fetching', 'fetched', 'failed'));

-- Rows come and go here all the time: what is dead must not be read for long.
ALTER TABLE "cause_delta" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 2000);

-- The rollups' rows are written again and again: room on their pages keeps the new versions beside the old ones, and the tables small.
ALTER TABLE "cause_rollup" SET (fillfactor = 50);
ALTER TABLE "queue_arrivals" SET (fillfactor = 50);
ALTER TABLE "cause_hour" SET (fillfactor = 80);
ALTER TABLE "queue_hour" SET (fillfactor = 80);

-- The lists' orders by size and by deliveries, in a queue of any length.
CREATE INDEX "dead_letter_present_size" ON "dead_letter"("queue_id", "size", "id") WHERE "left_at" IS NULL;
CREATE INDEX "dead_letter_present_deliveries" ON "dead_letter"("queue_id", "delivery_count", "id") WHERE "left_at" IS NULL;

-- The rollups' own: what has grown from one age to the next since they were folded, over all queues.
CREATE INDEX "dead_letter_present_enqueued" ON "dead_letter"("enqueued_at") INCLUDE ("cause_id") WHERE "left_at" IS NULL;
-- Returned copies alone are older than they look: the oldest root of a queue is the oldest of these or its oldest message.
CREATE INDEX "dead_letter_present_returned" ON "dead_letter"("queue_id", "root_enqueued_at") INCLUDE ("cause_id")
  WHERE "left_at" IS NULL AND "returned_from" IS NOT NULL;
-- What has left, for retention.
CREATE INDEX "dead_letter_left" ON "dead_letter"("left_at") WHERE "left_at" IS NOT NULL;
-- Arrivals are read from the rollups.
DROP INDEX "dead_letter_first_seen";

-- The rollups follow the rows in the same transaction, whoever writes and however: one insert into cause_delta a statement.
CREATE FUNCTION "dead_letter_rolls_up"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "cause_delta" ("cause_id", "minute", "seen_hour", "present", "returned", "seen")
    SELECT f."cause_id", date_bin('1 minute', f."enqueued_at", 'epoch'), date_bin('1 hour', f."first_seen_at", 'epoch'),
           count(*) FILTER (WHERE f."left_at" IS NULL), count(f."returned_from") FILTER (WHERE f."left_at" IS NULL), count(*)
    FROM fresh f GROUP BY 1, 2, 3;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO "cause_delta" ("cause_id", "minute", "seen_hour", "present", "returned", "seen")
    SELECT s."cause_id", date_bin('1 minute', s."enqueued_at", 'epoch'), date_bin('1 hour', s."first_seen_at", 'epoch'),
           -count(*) FILTER (WHERE s."left_at" IS NULL), -count(s."returned_from") FILTER (WHERE s."left_at" IS NULL), -count(*)
    FROM stale s GROUP BY 1, 2, 3;
  ELSE
    INSERT INTO "cause_delta" ("cause_id", "minute", "seen_hour", "present", "returned", "seen")
    SELECT c."cause_id", c."minute", c."seen_hour", sum(c."present"), sum(c."returned"), sum(c."seen")
    FROM (
      SELECT f."cause_id", date_bin('1 minute', f."enqueued_at", 'epoch') AS "minute", date_bin('1 hour', f."first_seen_at", 'epoch') AS "seen_hour",
             (f."left_at" IS NULL)::int AS "present", (f."left_at" IS NULL AND f."returned_from" IS NOT NULL)::int AS "returned", 1 AS "seen"
      FROM fresh f
      UNION ALL
      SELECT s."cause_id", date_bin('1 minute', s."enqueued_at", 'epoch'), date_bin('1 hour', s."first_seen_at", 'epoch'),
             -(s."left_at" IS NULL)::int, -(s."left_at" IS NULL AND s."returned_from" IS NOT NULL)::int, -1
      FROM stale s
    ) c
    GROUP BY 1, 2, 3 HAVING sum(c."present") <> 0 OR sum(c."returned") <> 0 OR sum(c."seen") <> 0;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_rolls_up_insert" AFTER INSERT ON "dead_letter"
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_rolls_up"();
CREATE TRIGGER "dead_letter_rolls_up_update" AFTER UPDATE ON "dead_letter"
  REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_rolls_up"();
CREATE TRIGGER "dead_letter_rolls_up_delete" AFTER DELETE ON "dead_letter"
  REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_rolls_up"();

CREATE FUNCTION "dead_letter_clears_rollups"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "cause_delta";
  DELETE FROM "cause_rollup";
  DELETE FROM "cause_hour";
  DELETE FROM "queue_hour";
  DELETE FROM "queue_arrivals";
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_clears_rollups" AFTER TRUNCATE ON "dead_letter"
  FOR EACH STATEMENT EXECUTE FUNCTION "dead_letter_clears_rollups"();

-- What is there already.
INSERT INTO "rollup_clock" ("before_1h", "before_6h", "before_24h", "before_3d", "before_7d", "hour", "folded_at")
SELECT t - interval '1 hour', t - interval '6 hours', t - interval '24 hours', t - interval '72 hours', t - interval '168 hours',
       date_bin('1 hour', t, 'epoch'), clock_timestamp()
FROM (SELECT date_bin('1 minute', clock_timestamp(), 'epoch') - interval '1 minute' AS t) clock;

INSERT INTO "cause_rollup" ("cause_id", "present", "returned", "older_1h", "older_6h", "older_24h", "older_3d", "older_7d")
SELECT d."cause_id", count(*), count(d."returned_from"),
       count(*) FILTER (WHERE d."enqueued_at" < k."before_1h"), count(*) FILTER (WHERE d."enqueued_at" < k."before_6h"),
       count(*) FILTER (WHERE d."enqueued_at" < k."before_24h"), count(*) FILTER (WHERE d."enqueued_at" < k."before_3d"),
       count(*) FILTER (WHERE d."enqueued_at" < k."before_7d")
FROM "dead_letter" d CROSS JOIN "rollup_clock" k WHERE d."left_at" IS NULL GROUP BY d."cause_id";

INSERT INTO "cause_hour" ("cause_id", "hour", "enqueued", "seen")
SELECT x."cause_id", x."hour", sum(x."enqueued"), sum(x."seen")
FROM (
  SELECT "cause_id", date_bin('1 hour', "enqueued_at", 'epoch') AS "hour", 1 AS "enqueued", 0 AS "seen" FROM "dead_letter" WHERE "left_at" IS NULL
  UNION ALL
  SELECT "cause_id", date_bin('1 hour', "first_seen_at", 'epoch'), 0, 1 FROM "dead_letter"
) x GROUP BY 1, 2;

INSERT INTO "queue_hour" ("queue_id", "hour", "enqueued", "seen")
SELECT c."queue_id", h."hour", sum(h."enqueued"), sum(h."seen") FROM "cause_hour" h JOIN "cause" c ON c."id" = h."cause_id" GROUP BY 1, 2;

INSERT INTO "queue_arrivals" ("queue_id", "hours")
SELECT q."id", ARRAY(
  SELECT coalesce(h."seen", 0)
  FROM generate_series(k."hour" - interval '23 hours', k."hour", interval '1 hour') AS t("hour")
  LEFT JOIN "queue_hour" h ON h."queue_id" = q."id" AND h."hour" = t."hour"
  ORDER BY t."hour")
FROM "queue" q CROSS JOIN "rollup_clock" k WHERE EXISTS (SELECT 1 FROM "cause" c WHERE c."queue_id" = q."id");
