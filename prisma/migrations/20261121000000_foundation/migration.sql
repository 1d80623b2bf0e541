-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "namespace" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "broker" TEXT NOT NULL,
    "configured" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "list_error" TEXT,
    "listed_at" TIMESTAMPTZ(3),

    CONSTRAINT "namespace_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "queue" (
    "id" SERIAL NOT NULL,
    "namespace_id" INTEGER NOT NULL,
    "entity_path" TEXT NOT NULL,
    "entity_kind" TEXT NOT NULL,
    "sub_queue" TEXT NOT NULL,
    "origin_path" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "vanished_at" TIMESTAMPTZ(3),
    "settings" JSONB,
    "settings_read_at" TIMESTAMPTZ(3),
    "rules" JSONB,
    "count" BIGINT,
    "count_read_at" TIMESTAMPTZ(3),
    "oldest_enqueued_at" TIMESTAMPTZ(3),
    "oldest_read_at" TIMESTAMPTZ(3),
    "high_water" BIGINT NOT NULL DEFAULT 0,
    "walk_number" INTEGER NOT NULL DEFAULT 0,
    "walk_position" BIGINT NOT NULL DEFAULT 0,
    "walk_started_at" TIMESTAMPTZ(3),
    "walked_at" TIMESTAMPTZ(3),
    "walk_seconds" DOUBLE PRECISION,
    "scan_error" TEXT,
    "scan_error_at" TIMESTAMPTZ(3),
    "scanned_at" TIMESTAMPTZ(3),
    "scan_lease_worker" UUID,
    "scan_lease_until" TIMESTAMPTZ(3),
    "next_scan_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "session_worker" UUID,

    CONSTRAINT "queue_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cause" (
    "id" BIGSERIAL NOT NULL,
    "queue_id" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "signature_version" INTEGER NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "example" TEXT,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cause_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dead_letter" (
    "id" BIGSERIAL NOT NULL,
    "queue_id" INTEGER NOT NULL,
    "cause_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "message_id" TEXT,
    "enqueued_at" TIMESTAMPTZ(3) NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_in_walk" INTEGER NOT NULL,
    "left_at" TIMESTAMPTZ(3),
    "left_how" TEXT,
    "reason" TEXT NOT NULL,
    "description" TEXT,
    "delivery_count" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "body_size" INTEGER NOT NULL,
    "content_type" TEXT,
    "subject" TEXT,
    "correlation_id" TEXT,
    "session_id" TEXT,
    "partition_key" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "dead_letter_source" TEXT,
    "properties" JSONB NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "returned_from" UUID,
    "root_enqueued_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dead_letter_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dead_letter_content" (
    "dead_letter_id" BIGINT NOT NULL,
    "encoded" BYTEA NOT NULL,

    CONSTRAINT "dead_letter_content_pkey" PRIMARY KEY ("dead_letter_id")
);

-- CreateTable
CREATE TABLE "edit" (
    "id" UUID NOT NULL,
    "dead_letter_id" BIGINT NOT NULL,
    "version" INTEGER NOT NULL,
    "body" BYTEA,
    "properties" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "edit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replay" (
    "id" UUID NOT NULL,
    "namespace_id" INTEGER NOT NULL,
    "queue_id" INTEGER NOT NULL,
    "target_path" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "selection" JSONB NOT NULL,
    "plan_hash" TEXT NOT NULL,
    "preflight" JSONB NOT NULL,
    "rate" DOUBLE PRECISION NOT NULL,
    "burst" INTEGER NOT NULL,
    "message_id_policy" TEXT NOT NULL,
    "doubt_policy" TEXT NOT NULL,
    "reason" TEXT,
    "ticket" TEXT,
    "pause_reason" TEXT,
    "notice" TEXT,
    "ordered" BOOLEAN NOT NULL DEFAULT false,
    "total" INTEGER NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_by" UUID,
    "started_at" TIMESTAMPTZ(3),
    "resumed_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "replay_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replay_item" (
    "id" UUID NOT NULL,
    "replay_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "dead_letter_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "enqueued_at" TIMESTAMPTZ(3) NOT NULL,
    "message_id" TEXT,
    "content_hash" BYTEA NOT NULL,
    "edit_id" UUID,
    "session_id" TEXT,
    "state" TEXT NOT NULL,
    "worker_id" UUID,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "doubt" BOOLEAN NOT NULL DEFAULT false,
    "judged" BOOLEAN NOT NULL DEFAULT false,
    "judge_after" TIMESTAMPTZ(3),
    "sent_message_id" TEXT,
    "sent_hash" BYTEA,
    "first_intent_at" TIMESTAMPTZ(3),
    "intent_at" TIMESTAMPTZ(3),
    "sent_at" TIMESTAMPTZ(3),
    "settled_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "outcome" TEXT,
    "returned_at" TIMESTAMPTZ(3),
    "returned_as" BIGINT,

    CONSTRAINT "replay_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replay_second" (
    "replay_id" UUID NOT NULL,
    "second" TIMESTAMPTZ(0) NOT NULL,
    "sent" INTEGER NOT NULL,

    CONSTRAINT "replay_second_pkey" PRIMARY KEY ("replay_id","second")
);

-- CreateTable
CREATE TABLE "throttle_scope" (
    "scope" TEXT NOT NULL,
    "rate" DOUBLE PRECISION NOT NULL,
    "burst" INTEGER NOT NULL,
    "tat" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "throttle_scope_pkey" PRIMARY KEY ("scope")
);

-- CreateTable
CREATE TABLE "worker" (
    "id" UUID NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "worker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person" (
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "password_hash" TEXT,
    "roles" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_throttle" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "blocked_until" TIMESTAMPTZ(3) NOT NULL,
    "attempted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_throttle_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "queue_id" INTEGER,
    "replay_id" UUID,
    "reason" TEXT,
    "detail" JSONB NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "namespace_name_key" ON "namespace"("name");

-- CreateIndex
CREATE INDEX "queue_next_scan_at_idx" ON "queue"("next_scan_at");

-- CreateIndex
CREATE UNIQUE INDEX "queue_namespace_id_entity_path_sub_queue_key" ON "queue"("namespace_id", "entity_path", "sub_queue");

-- CreateIndex
CREATE UNIQUE INDEX "cause_queue_id_fingerprint_key" ON "cause"("queue_id", "fingerprint");

-- CreateIndex
CREATE INDEX "dead_letter_queue_id_position_idx" ON "dead_letter"("queue_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "edit_dead_letter_id_version_key" ON "edit"("dead_letter_id", "version");

-- CreateIndex
CREATE INDEX "replay_state_idx" ON "replay"("state");

-- CreateIndex
CREATE INDEX "replay_created_at_idx" ON "replay"("created_at");

-- CreateIndex
CREATE INDEX "replay_item_replay_id_state_idx" ON "replay_item"("replay_id", "state");

-- CreateIndex
CREATE INDEX "replay_item_dead_letter_id_idx" ON "replay_item"("dead_letter_id");

-- CreateIndex
CREATE INDEX "replay_item_worker_id_idx" ON "replay_item"("worker_id");

-- CreateIndex
CREATE UNIQUE INDEX "replay_item_replay_id_ordinal_key" ON "replay_item"("replay_id", "ordinal");

-- CreateIndex
CREATE UNIQUE INDEX "person_provider_subject_key" ON "person"("provider", "subject");

-- CreateIndex
CREATE INDEX "session_started_at_idx" ON "session"("started_at");

-- CreateIndex
CREATE INDEX "sign_in_throttle_attempted_at_idx" ON "sign_in_throttle"("attempted_at");

-- CreateIndex
CREATE INDEX "audit_event_at_idx" ON "audit_event"("at");

-- CreateIndex
CREATE INDEX "audit_event_action_at_idx" ON "audit_event"("action", "at");

-- CreateIndex
CREATE INDEX "audit_event_actor_id_at_idx" ON "audit_event"("actor_id", "at");

-- CreateIndex
CREATE INDEX "audit_event_replay_id_idx" ON "audit_event"("replay_id");

-- CreateIndex
CREATE INDEX "audit_event_subject_kind_subject_id_idx" ON "audit_event"("subject_kind", "subject_id");

-- AddForeignKey
ALTER TABLE "queue" ADD CONSTRAINT "queue_namespace_id_fkey" FOREIGN KEY ("namespace_id") REFERENCES "namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cause" ADD CONSTRAINT "cause_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dead_letter" ADD CONSTRAINT "dead_letter_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dead_letter" ADD CONSTRAINT "dead_letter_cause_id_fkey" FOREIGN KEY ("cause_id") REFERENCES "cause"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dead_letter_content" ADD CONSTRAINT "dead_letter_content_dead_letter_id_fkey" FOREIGN KEY ("dead_letter_id") REFERENCES "dead_letter"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "edit" ADD CONSTRAINT "edit_dead_letter_id_fkey" FOREIGN KEY ("dead_letter_id") REFERENCES "dead_letter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "edit" ADD CONSTRAINT "edit_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_namespace_id_fkey" FOREIGN KEY ("namespace_id") REFERENCES "namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_started_by_fkey" FOREIGN KEY ("started_by") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_item" ADD CONSTRAINT "replay_item_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_item" ADD CONSTRAINT "replay_item_dead_letter_id_fkey" FOREIGN KEY ("dead_letter_id") REFERENCES "dead_letter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_item" ADD CONSTRAINT "replay_item_edit_id_fkey" FOREIGN KEY ("edit_id") REFERENCES "edit"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_second" ADD CONSTRAINT "replay_second_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- What Prisma cannot say.

-- One present dead letter per queue and key; rows that left keep their history.
CREATE UNIQUE INDEX "dead_letter_present_key" ON "dead_letter"("queue_id", "key") WHERE "left_at" IS NULL;

-- What the pages count and list is there: present dead letters only, in the order of the lists, with what is counted in the index.
CREATE INDEX "dead_letter_present_cause" ON "dead_letter"("cause_id", "enqueued_at", "id")
  INCLUDE ("root_enqueued_at", "returned_from") WHERE "left_at" IS NULL;
CREATE INDEX "dead_letter_present_queue" ON "dead_letter"("queue_id", "enqueued_at", "id")
  INCLUDE ("cause_id", "root_enqueued_at", "returned_from") WHERE "left_at" IS NULL;
-- Arrivals of the last hours, whether still there or not.
CREATE INDEX "dead_letter_first_seen" ON "dead_letter"("first_seen_at") INCLUDE ("queue_id");

-- One current edit per dead letter.
CREATE UNIQUE INDEX "edit_current" ON "edit"("dead_letter_id") WHERE "ended_at" IS NULL;

-- R4: one live claim per message, whatever becomes of the replay.
CREATE UNIQUE INDEX "replay_item_live_claim" ON "replay_item"("dead_letter_id")
  WHERE "state" IN ('planned', 'claimed', 'sending', 'sent', 'uncertain');

-- Recovery and windows read the work that is left, not the history.
CREATE INDEX "replay_item_open" ON "replay_item"("replay_id", "position")
  WHERE "state" IN ('planned', 'claimed', 'sending', 'sent', 'uncertain');

-- A locked message finds its item by its key.
CREATE INDEX "replay_item_open_key" ON "replay_item"("key")
  WHERE "state" IN ('planned', 'claimed', 'sending', 'sent', 'uncertain');
-- What workers hold, and what is left to complete or to judge: few rows, looked at every second.
CREATE INDEX "replay_item_in_flight" ON "replay_item"("state", "worker_id")
  WHERE "state" IN ('claimed', 'sending', 'sent', 'uncertain');
-- R13: an earlier message of the session that has not gone yet.
CREATE INDEX "replay_item_open_session" ON "replay_item"("replay_id", "session_id", "ordinal")
  WHERE "session_id" IS NOT NULL AND "state" IN ('planned', 'claimed', 'sending', 'uncertain');
-- The ids sent lately: duplicate detection would drop them (R10).
CREATE INDEX "replay_item_sent_id" ON "replay_item"("sent_message_id") WHERE "sent_message_id" IS NOT NULL;
CREATE INDEX "replay_item_returned" ON "replay_item"("replay_id") WHERE "outcome" = 'returned';

ALTER TABLE "replay" ADD CONSTRAINT "replay_state_known"
  CHECK ("state" IN ('planned', 'running', 'paused', 'completed', 'cancelled', 'expired'));
ALTER TABLE "replay" ADD CONSTRAINT "replay_reason_given"
  CHECK ("state" IN ('planned', 'expired', 'cancelled') OR length(btrim("reason")) > 0);
ALTER TABLE "replay_item" ADD CONSTRAINT "replay_item_state_known"
  CHECK ("state" IN ('planned', 'claimed', 'sending', 'sent', 'uncertain', 'settled', 'refused', 'gone', 'changed', 'cancelled', 'failed'));
-- R2: from sending on, the ledger says what is sent.
ALTER TABLE "replay_item" ADD CONSTRAINT "replay_item_intent_before_send"
  CHECK ("state" NOT IN ('sending', 'sent', 'uncertain', 'settled') OR ("intent_at" IS NOT NULL AND "sent_hash" IS NOT NULL));

-- R6: the throttle. Takes up to p_want permits of every scope or of none; the arithmetic of lib/domain/throttle.ts.
-- The rows are locked in one order, and the clock is read once all of them are held: who waited is not given the past.
CREATE FUNCTION "take_permits"(p_scopes text[], p_want int, p_collect_ms double precision,
                               OUT granted int, OUT retry_ms double precision) LANGUAGE plpgsql AS $$
DECLARE
  held int;
  at timestamptz;
BEGIN
  granted := 0;
  retry_ms := 0;
  IF p_want <= 0 THEN RETURN; END IF;
  PERFORM 1 FROM "throttle_scope" WHERE "scope" = ANY(p_scopes) ORDER BY "scope" FOR UPDATE;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held <> cardinality(p_scopes) THEN
    RAISE EXCEPTION 'throttle scopes missing: % of % found', held, cardinality(p_scopes) USING ERRCODE = 'P0002';
  END IF;
  at := clock_timestamp();
  SELECT greatest(0, least(p_want, min(floor(extract(epoch FROM at - s.base)::double precision * s."rate" + s."burst"))))::int,
         greatest(0, max(extract(epoch FROM s.base - at)::double precision * 1000 + (1 - s."burst"::double precision) * 1000 / s."rate"))
    INTO granted, retry_ms
    FROM (SELECT t."rate", t."burst", greatest(t."tat", at - make_interval(secs => p_collect_ms / 1000)) AS base
            FROM "throttle_scope" t WHERE t."scope" = ANY(p_scopes)) s;
  IF granted > 0 THEN
    retry_ms := 0;
    UPDATE "throttle_scope" t
       SET "tat" = greatest(t."tat", at - make_interval(secs => p_collect_ms / 1000)) + make_interval(secs => granted / t."rate"),
           "updated_at" = at
     WHERE t."scope" = ANY(p_scopes);
  END IF;
END;
$$;

-- The audit is append-only, for whoever holds the application's role.
CREATE FUNCTION "audit_event_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only: % refused', TG_OP USING ERRCODE = '55000';
END;
$$;
CREATE TRIGGER "audit_event_no_change" BEFORE UPDATE OR DELETE ON "audit_event"
  FOR EACH ROW EXECUTE FUNCTION "audit_event_append_only"();
CREATE TRIGGER "audit_event_no_truncate" BEFORE TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_event_append_only"();
