-- What Prisma cannot say.

-- What has grown from one age to the next by the first sight, over all queues. New rows come to its end. It also keeps writers away
-- until the figures below are counted.
CREATE INDEX "dead_letter_present_first_seen" ON "dead_letter"("first_seen_at") INCLUDE ("cause_id", "queue_id") WHERE "left_at" IS NULL;

-- From here on whoever reads the figures waits.
ALTER TABLE "cause_rollup" ADD COLUMN "seen_older_1h" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "seen_older_6h" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "seen_older_24h" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "seen_older_3d" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "seen_older_7d" INTEGER NOT NULL DEFAULT 0;

-- What is there already: the rows less what is not folded yet.
UPDATE "cause_rollup" r SET
  "seen_older_1h" = coalesce(d."1h", 0) - coalesce(p."1h", 0),
  "seen_older_6h" = coalesce(d."6h", 0) - coalesce(p."6h", 0),
  "seen_older_24h" = coalesce(d."24h", 0) - coalesce(p."24h", 0),
  "seen_older_3d" = coalesce(d."3d", 0) - coalesce(p."3d", 0),
  "seen_older_7d" = coalesce(d."7d", 0) - coalesce(p."7d", 0)
FROM "cause_rollup" x
LEFT JOIN (
  SELECT d."cause_id",
    (count(*) FILTER (WHERE d."first_seen_at" < date_bin('1 hour', k."before_1h", 'epoch')))::int AS "1h",
    (count(*) FILTER (WHERE d."first_seen_at" < date_bin('1 hour', k."before_6h", 'epoch')))::int AS "6h",
    (count(*) FILTER (WHERE d."first_seen_at" < date_bin('1 hour', k."before_24h", 'epoch')))::int AS "24h",
    (count(*) FILTER (WHERE d."first_seen_at" < date_bin('1 hour', k."before_3d", 'epoch')))::int AS "3d",
    (count(*) FILTER (WHERE d."first_seen_at" < date_bin('1 hour', k."before_7d", 'epoch')))::int AS "7d"
  FROM "dead_letter" d CROSS JOIN "rollup_clock" k WHERE d."left_at" IS NULL GROUP BY 1
) d ON d."cause_id" = x."cause_id"
LEFT JOIN (
  SELECT p."cause_id",
    (sum(p."present") FILTER (WHERE p."seen_hour" < date_bin('1 hour', k."before_1h", 'epoch')))::int AS "1h",
    (sum(p."present") FILTER (WHERE p."seen_hour" < date_bin('1 hour', k."before_6h", 'epoch')))::int AS "6h",
    (sum(p."present") FILTER (WHERE p."seen_hour" < date_bin('1 hour', k."before_24h", 'epoch')))::int AS "24h",
    (sum(p."present") FILTER (WHERE p."seen_hour" < date_bin('1 hour', k."before_3d", 'epoch')))::int AS "3d",
    (sum(p."present") FILTER (WHERE p."seen_hour" < date_bin('1 hour', k."before_7d", 'epoch')))::int AS "7d"
  FROM "cause_delta" p CROSS JOIN "rollup_clock" k GROUP BY 1
) p ON p."cause_id" = x."cause_id"
WHERE x."cause_id" = r."cause_id";

ALTER TABLE "cause_rollup" ALTER COLUMN "seen_older_1h" DROP DEFAULT,
ALTER COLUMN "seen_older_6h" DROP DEFAULT,
ALTER COLUMN "seen_older_24h" DROP DEFAULT,
ALTER COLUMN "seen_older_3d" DROP DEFAULT,
ALTER COLUMN "seen_older_7d" DROP DEFAULT;
