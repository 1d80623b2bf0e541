-- What people know of a cause: its kind, its state, who looks after it, what to do about it; rules that make causes; merging.

ALTER TABLE "cause"
  -- One level deep: what is merged into a cause never has causes merged into itself.
  ADD COLUMN "merged_into" BIGINT,
  ADD COLUMN "rule_id" INTEGER,
  ADD COLUMN "title" TEXT,
  ADD COLUMN "kind" TEXT,
  ADD COLUMN "state" TEXT NOT NULL DEFAULT 'new',
  ADD COLUMN "state_at" TIMESTAMPTZ(3),
  ADD COLUMN "snoozed_until" TIMESTAMPTZ(3),
  ADD COLUMN "snoozed_count" INTEGER,
  ADD COLUMN "owner_id" UUID,
  ADD COLUMN "runbook" TEXT,
  ADD COLUMN "version" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "cause"
  ADD CONSTRAINT "cause_merged_into_other" CHECK ("merged_into" <> "id"),
  ADD CONSTRAINT "cause_kind_known" CHECK ("kind" IN ('transient', 'data', 'code', 'unknown')),
  ADD CONSTRAINT "cause_state_known" CHECK ("state" IN ('new', 'acknowledged', 'in-progress', 'snoozed', 'resolved'));

CREATE INDEX "cause_merged_into_idx" ON "cause"("merged_into");

CREATE TABLE "cause_rule" (
    "id" SERIAL NOT NULL,
    "queue_id" INTEGER,
    "within" TEXT[] NOT NULL DEFAULT '{}',
    "field" TEXT NOT NULL,
    "property" TEXT,
    "operator" TEXT NOT NULL,
    "pattern" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "cause_rule_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "cause_rule_field_known" CHECK ("field" IN ('reason', 'description', 'subject', 'property')),
    CONSTRAINT "cause_rule_operator_known" CHECK ("operator" IN ('equals', 'contains', 'matches')),
    CONSTRAINT "cause_rule_property_named" CHECK (("field" = 'property') = ("property" IS NOT NULL)),
    -- Fingerprints are those of one queue's causes.
    CONSTRAINT "cause_rule_within_queue" CHECK ("within" = '{}' OR "queue_id" IS NOT NULL)
);

CREATE TABLE "cause_comment" (
    "id" BIGSERIAL NOT NULL,
    "cause_id" BIGINT NOT NULL,
    "author_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "text" TEXT NOT NULL,

    CONSTRAINT "cause_comment_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "cause_comment_cause_id_at_idx" ON "cause_comment"("cause_id", "at");

CREATE TABLE "reason_runbook" (
    "reason" TEXT NOT NULL,
    "runbook" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID NOT NULL,

    CONSTRAINT "reason_runbook_pkey" PRIMARY KEY ("reason")
);

CREATE TABLE "regrouping" (
    "id" SERIAL NOT NULL,
    "queue_id" INTEGER,
    "why" TEXT NOT NULL,
    "after_id" BIGINT NOT NULL DEFAULT 0,
    "through_id" BIGINT NOT NULL,
    "pass" INTEGER NOT NULL DEFAULT 1,
    "looked_at" INTEGER NOT NULL DEFAULT 0,
    "moved" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "regrouping_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "regrouping_finished_at_idx" ON "regrouping"("finished_at");

ALTER TABLE "cause" ADD CONSTRAINT "cause_merged_into_fkey" FOREIGN KEY ("merged_into") REFERENCES "cause"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "cause" ADD CONSTRAINT "cause_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "cause_rule"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "cause" ADD CONSTRAINT "cause_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "cause_rule" ADD CONSTRAINT "cause_rule_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "cause_rule" ADD CONSTRAINT "cause_rule_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "cause_comment" ADD CONSTRAINT "cause_comment_cause_id_fkey" FOREIGN KEY ("cause_id") REFERENCES "cause"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "cause_comment" ADD CONSTRAINT "cause_comment_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "reason_runbook" ADD CONSTRAINT "reason_runbook_updated_by_fkey" FOREIGN KEY ("updated_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "regrouping" ADD CONSTRAINT "regrouping_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE SET NULL ON UPDATE CASCADE;
