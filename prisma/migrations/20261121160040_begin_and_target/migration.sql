-- A replay begins when its consumer is well; and what the policy of a queue says of replays holds for those into it from elsewhere, too.

ALTER TABLE "replay"
  -- Since when it may send as far as its consumer is concerned: found well, or there is nobody to ask, or a person has decided so; null:
  -- not found well since the last start or resume.
  ADD COLUMN "cleared_at" timestamptz(3),
  -- Who decided that it goes on although its consumer is not well; null: nobody had to.
  ADD COLUMN "cleared_by" uuid,
  ADD CONSTRAINT "replay_cleared_by_fkey" FOREIGN KEY ("cleared_by") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- What runs has begun.
UPDATE "replay" SET "cleared_at" = clock_timestamp() WHERE "state" = 'running';

-- The policies of the dead-letter queues whose consumers get the copies of a replay: of its target, and of a topic those of its
-- subscriptions, or of the one that it is routed to. A discard sends nothing.
CREATE FUNCTION "replay_target_policies"(r "replay") RETURNS SETOF "queue_policy" LANGUAGE sql STABLE AS $$
  SELECT p.* FROM "queue_policy" p JOIN "queue" q ON q."id" = p."queue_id"
  WHERE r."kind" <> 'discard' AND q."namespace_id" = r."namespace_id" AND lower(q."origin_path") = lower(r."target_path")
    AND q."vanished_at" IS NULL
    AND (r."route_to" IS NULL OR lower(q."entity_path") = lower(r."target_path" || '/subscriptions/' || r."route_to"))
$$;

-- All policies that hold for a replay: that of the queue that it takes its messages from, and those of its target.
CREATE FUNCTION "replay_policies"(r "replay") RETURNS SETOF "queue_policy" LANGUAGE sql STABLE AS $$
  SELECT p.* FROM "queue_policy" p WHERE p."queue_id" = r."queue_id"
  UNION ALL
  SELECT t.* FROM replay_target_policies(r) t WHERE t."queue_id" <> r."queue_id"
$$;

-- Whether some consumer that gets its copies can be asked whether it is well.
CREATE FUNCTION "replay_asks_consumer"(r "replay") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM replay_target_policies(r) p WHERE p."health_url" IS NOT NULL)
$$;

-- Whether its consumers are still to be asked whether they are well, before anything is sent: since its last start or resume nobody
-- has found them so, and nobody has decided that it goes on regardless.
CREATE FUNCTION "replay_waits_for_consumer"(r "replay") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT r."cleared_at" IS NULL AND replay_asks_consumer(r)
$$;

-- Whether a replay may send now: it runs, nobody has stopped it, its consumer was well when it began, and it is not the hour in which
-- nothing is sent. Every statement that claims or intends asks this, so all of it acts at the next window.
CREATE OR REPLACE FUNCTION "replay_sends"(r "replay") RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT r."state" = 'running'
    AND NOT EXISTS (SELECT 1 FROM "replay_stop" s
                    WHERE s."ended_at" IS NULL AND (s."namespace_id" IS NULL OR s."namespace_id" = r."namespace_id"))
    AND NOT EXISTS (SELECT 1 FROM replay_policies(r) p CROSS JOIN LATERAL quiet_hours_at(p."quiet_hours", clock_timestamp()) h
                    WHERE p."quiet_hours" IS NOT NULL AND h.until IS NOT NULL AND h.rate IS NULL)
    AND NOT replay_waits_for_consumer(r)
$$;

-- Since when the steps of a ramp are counted: after every interruption they begin anew. Null while the canary is out.
CREATE OR REPLACE FUNCTION "replay_ramp_since"(r "replay") RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN r."canary_ordinal" IS NULL OR r."canary_passed_at" IS NOT NULL THEN greatest(
    r."resumed_at", r."cleared_at", r."canary_passed_at",
    (SELECT max(s."ended_at") FROM "replay_stop" s
     WHERE s."ended_at" > r."resumed_at" AND (s."namespace_id" IS NULL OR s."namespace_id" = r."namespace_id")),
    (SELECT max(h.ended) FROM replay_policies(r) p CROSS JOIN LATERAL quiet_hours_at(p."quiet_hours", clock_timestamp()) h
     WHERE p."quiet_hours" IS NOT NULL)) END
$$;

-- Copies a second that a replay may send now: its rate, lowered by the policies that hold for it, by the step of its ramp and by quiet hours.
CREATE OR REPLACE FUNCTION "replay_pace"(r "replay") RETURNS double precision LANGUAGE sql VOLATILE AS $$
  SELECT least(r."rate", (SELECT min(p."max_rate") FROM replay_policies(r) p),
    (SELECT min(h.rate) FROM replay_policies(r) p CROSS JOIN LATERAL quiet_hours_at(p."quiet_hours", clock_timestamp()) h
     WHERE p."quiet_hours" IS NOT NULL AND h.until IS NOT NULL),
    (SELECT s.rate FROM (
       SELECT (x.value ->> 'rate')::double precision AS rate, x.ordinality,
              sum((x.value ->> 'seconds')::double precision) OVER (ORDER BY x.ordinality) AS ends
       FROM jsonb_array_elements(r."ramp" -> 'steps') WITH ORDINALITY x
       WHERE r."ramp" IS NOT NULL) s
     WHERE s.ends > coalesce(extract(epoch FROM clock_timestamp() - replay_ramp_since(r))::double precision, 0)
     ORDER BY s.ordinality LIMIT 1))
$$;
