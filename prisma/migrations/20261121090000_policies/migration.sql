-- What is allowed of replays: the policy of a queue, approval by a second person, stops, ramp, schedule and quiet hours.

-- AlterTable
ALTER TABLE "replay" ADD COLUMN     "approval_needed" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "approval_reason" TEXT,
ADD COLUMN     "approved_at" TIMESTAMPTZ(3),
ADD COLUMN     "approved_by" UUID,
ADD COLUMN     "canary_ordinal" INTEGER,
ADD COLUMN     "canary_judged_at" TIMESTAMPTZ(3),
ADD COLUMN     "canary_passed_at" TIMESTAMPTZ(3),
ADD COLUMN     "decline_reason" TEXT,
ADD COLUMN     "declined_at" TIMESTAMPTZ(3),
ADD COLUMN     "declined_by" UUID,
ADD COLUMN     "ramp" JSONB,
ADD COLUMN     "rate_ceiling" DOUBLE PRECISION NOT NULL DEFAULT 1000,
ADD COLUMN     "starts_at" TIMESTAMPTZ(3),
ADD COLUMN     "submitted_at" TIMESTAMPTZ(3),
ADD COLUMN     "submitted_by" UUID;

-- CreateTable
CREATE TABLE "queue_policy" (
    "queue_id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "max_rate" DOUBLE PRECISION,
    "approval" TEXT NOT NULL DEFAULT 'never',
    "approval_over" INTEGER,
    "protected" BOOLEAN NOT NULL DEFAULT false,
    "deduplicates_by" TEXT,
    "business_key" TEXT,
    "doubt_policy" TEXT NOT NULL DEFAULT 'hold',
    "health_url" TEXT,
    "backlog_bound" INTEGER,
    "stamps" BOOLEAN NOT NULL DEFAULT true,
    "quiet_hours" JSONB,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID NOT NULL,

    CONSTRAINT "queue_policy_pkey" PRIMARY KEY ("queue_id")
);

-- CreateTable
CREATE TABLE "replay_stop" (
    "id" SERIAL NOT NULL,
    "namespace_id" INTEGER,
    "reason" TEXT NOT NULL,
    "stopped_by" UUID NOT NULL,
    "stopped_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_by" UUID,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,

    CONSTRAINT "replay_stop_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_submitted_by_fkey" FOREIGN KEY ("submitted_by") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_approved_by_fkey" FOREIGN KEY ("approved_by") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_declined_by_fkey" FOREIGN KEY ("declined_by") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "queue_policy" ADD CONSTRAINT "queue_policy_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "queue_policy" ADD CONSTRAINT "queue_policy_updated_by_fkey" FOREIGN KEY ("updated_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_stop" ADD CONSTRAINT "replay_stop_namespace_id_fkey" FOREIGN KEY ("namespace_id") REFERENCES "namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_stop" ADD CONSTRAINT "replay_stop_stopped_by_fkey" FOREIGN KEY ("stopped_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_stop" ADD CONSTRAINT "replay_stop_ended_by_fkey" FOREIGN KEY ("ended_by") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;



-- What Prisma cannot say.

ALTER TABLE "replay" ALTER COLUMN "approval_needed" SET NOT NULL;

ALTER TABLE "replay" DROP CONSTRAINT "replay_state_known";
ALTER TABLE "replay" ADD CONSTRAINT "replay_state_known"
  CHECK ("state" IN ('planned', 'awaiting-approval', 'approved', 'scheduled', 'running', 'paused', 'completed', 'cancelled', 'declined', 'expired'));
-- What is sent was approved first where a plan needs it; whoever approves is not its author.
ALTER TABLE "replay" ADD CONSTRAINT "replay_approved_before_running"
  CHECK ("state" NOT IN ('approved', 'scheduled', 'running', 'paused', 'completed') OR "approval_needed" = '{}' OR "approved_at" IS NOT NULL);
ALTER TABLE "replay" ADD CONSTRAINT "replay_second_person"
  CHECK ("approved_by" IS DISTINCT FROM "created_by" OR "approved_by" IS NULL);

ALTER TABLE "queue_policy" ADD CONSTRAINT "queue_policy_words_known" CHECK (
  "approval" IN ('never', 'edits', 'over', 'always') AND ("approval" = 'over') = ("approval_over" IS NOT NULL)
  AND "deduplicates_by" IN ('message-id', 'business-key', 'nothing') AND "doubt_policy" IN ('hold', 'send-again'));

-- One standing stop of each scope.
CREATE UNIQUE INDEX "replay_stop_in_force" ON "replay_stop"(coalesce("namespace_id", 0)) WHERE "ended_at" IS NULL;
CREATE INDEX "replay_stop_ended" ON "replay_stop"("ended_at") WHERE "ended_at" IS NOT NULL;
-- What waits for a second person: counted on every page of whoever may approve.
CREATE INDEX "replay_awaiting_approval" ON "replay"("submitted_at") WHERE "state" = 'awaiting-approval';

-- Quiet hours at a moment, by the wall clock of their zone: until when the windows in force last (null: none is in force), the
-- rate allowed in them (null: nothing is sent), and when the last one ended. A window is a pair of moments, so the days on
-- which the clock is changed need no rule of their own.
CREATE FUNCTION "quiet_hours_at"(p_quiet jsonb, p_at timestamptz, OUT until timestamptz, OUT rate double precision, OUT ended timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT max(s.ends) FILTER (WHERE s.begins <= p_at AND p_at < s.ends), (p_quiet ->> 'rate')::double precision,
         max(s.ends) FILTER (WHERE s.ends <= p_at)
  FROM (
    SELECT (d.day + (w.value ->> 'from')::time) AT TIME ZONE (p_quiet ->> 'timeZone') AS begins,
           (d.day + (w.value ->> 'to')::time
            + CASE WHEN (w.value ->> 'to')::time <= (w.value ->> 'from')::time THEN interval '1 day' ELSE interval '0' END)
             AT TIME ZONE (p_quiet ->> 'timeZone') AS ends
    FROM jsonb_array_elements(p_quiet -> 'windows') w
    CROSS JOIN LATERAL (SELECT ((p_at AT TIME ZONE (p_quiet ->> 'timeZone'))::date - back)::timestamp AS day
                        FROM generate_series(0, 8) back) d
    WHERE w.value -> 'days' @> to_jsonb(extract(isodow FROM d.day)::int)
  ) s
$$;

-- Whether a replay may send now: it runs, nobody has stopped it, and it is not the hour in which nothing is sent. Every statement that
-- claims or intends asks this, so all of it acts at the next window.
CREATE FUNCTION "replay_sends"(r "replay") RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT r."state" = 'running'
    AND NOT EXISTS (SELECT 1 FROM "replay_stop" s
                    WHERE s."ended_at" IS NULL AND (s."namespace_id" IS NULL OR s."namespace_id" = r."namespace_id"))
    AND NOT EXISTS (SELECT 1 FROM "queue_policy" p CROSS JOIN LATERAL quiet_hours_at(p."quiet_hours", clock_timestamp()) h
                    WHERE p."queue_id" = r."queue_id" AND p."quiet_hours" IS NOT NULL AND h.until IS NOT NULL AND h.rate IS NULL)
$$;

-- Whether the ramp lets this message of a replay go: until the canary has passed, only the canary.
CREATE FUNCTION "replay_reaches"(r "replay", p_ordinal int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT r."canary_ordinal" IS NULL OR r."canary_passed_at" IS NOT NULL OR p_ordinal <= r."canary_ordinal"
$$;

-- Since when the steps of a ramp are counted: after every interruption they begin anew. Null while the canary is out.
CREATE FUNCTION "replay_ramp_since"(r "replay") RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN r."canary_ordinal" IS NULL OR r."canary_passed_at" IS NOT NULL THEN greatest(
    r."resumed_at", r."canary_passed_at",
    (SELECT max(s."ended_at") FROM "replay_stop" s
     WHERE s."ended_at" > r."resumed_at" AND (s."namespace_id" IS NULL OR s."namespace_id" = r."namespace_id")),
    (SELECT h.ended FROM "queue_policy" p CROSS JOIN LATERAL quiet_hours_at(p."quiet_hours", clock_timestamp()) h
     WHERE p."queue_id" = r."queue_id" AND p."quiet_hours" IS NOT NULL)) END
$$;

-- Copies a second that a replay may send now: its rate, lowered by the policy of its queue, by the step of its ramp and by quiet hours.
CREATE FUNCTION "replay_pace"(r "replay") RETURNS double precision LANGUAGE sql VOLATILE AS $$
  SELECT least(r."rate", (SELECT p."max_rate" FROM "queue_policy" p WHERE p."queue_id" = r."queue_id"),
    (SELECT h.rate FROM "queue_policy" p CROSS JOIN LATERAL quiet_hours_at(p."quiet_hours", clock_timestamp()) h
     WHERE p."queue_id" = r."queue_id" AND p."quiet_hours" IS NOT NULL AND h.until IS NOT NULL),
    (SELECT s.rate FROM (
       SELECT (x.value ->> 'rate')::double precision AS rate, x.ordinality,
              sum((x.value ->> 'seconds')::double precision) OVER (ORDER BY x.ordinality) AS ends
       FROM jsonb_array_elements(r."ramp" -> 'steps') WITH ORDINALITY x
       WHERE r."ramp" IS NOT NULL) s
     WHERE s.ends > coalesce(extract(epoch FROM clock_timestamp() - replay_ramp_since(r))::double precision, 0)
     ORDER BY s.ordinality LIMIT 1))
$$;

-- Copies a second into an entity, whoever sends them: the lowest of the policies of its dead-letter queues; null: none says.
CREATE FUNCTION "entity_max_rate"(p_namespace_id int, p_path text) RETURNS double precision LANGUAGE sql STABLE AS $$
  SELECT min(p."max_rate") FROM "queue" q JOIN "queue_policy" p ON p."queue_id" = q."id"
  WHERE q."namespace_id" = p_namespace_id AND lower(q."origin_path") = lower(p_path) AND q."vanished_at" IS NULL
$$;
