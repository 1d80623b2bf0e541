-- One change of many messages: a frozen set, tried on each before anything is saved, then saved as corrections.

CREATE TABLE "group_edit" (
    "id" UUID NOT NULL,
    "queue_id" INTEGER NOT NULL,
    "change" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'trying',
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID NOT NULL,
    "saved_by" UUID,
    "worker_id" UUID,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "group_edit_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "group_edit_state_known" CHECK ("state" IN ('trying', 'tried', 'saving', 'saved', 'cancelled')),
    CONSTRAINT "group_edit_saved_by_somebody" CHECK ("state" NOT IN ('saving', 'saved') OR ("saved_by" IS NOT NULL AND "reason" IS NOT NULL))
);

CREATE TABLE "group_edit_item" (
    "group_edit_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "dead_letter_id" BIGINT NOT NULL,
    "base_version" INTEGER,
    "outcome" TEXT,
    "why" TEXT,

    CONSTRAINT "group_edit_item_pkey" PRIMARY KEY ("group_edit_id", "ordinal"),
    CONSTRAINT "group_edit_item_outcome_known" CHECK ("outcome" IN ('change', 'same', 'refused', 'saved', 'passed-over')),
    CONSTRAINT "group_edit_item_change_has_base" CHECK ("outcome" IS DISTINCT FROM 'change' OR "base_version" IS NOT NULL)
);

CREATE INDEX "group_edit_item_dead_letter_id_idx" ON "group_edit_item"("dead_letter_id");
-- What is still to be tried or saved, in order.
CREATE INDEX "group_edit_item_open_idx" ON "group_edit_item"("group_edit_id", "ordinal") WHERE "outcome" IS NULL OR "outcome" = 'change';
CREATE INDEX "group_edit_open_idx" ON "group_edit"("created_at") WHERE "state" IN ('trying', 'saving');

ALTER TABLE "group_edit" ADD CONSTRAINT "group_edit_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "group_edit" ADD CONSTRAINT "group_edit_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "group_edit" ADD CONSTRAINT "group_edit_saved_by_fkey" FOREIGN KEY ("saved_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "group_edit_item" ADD CONSTRAINT "group_edit_item_group_edit_id_fkey" FOREIGN KEY ("group_edit_id") REFERENCES "group_edit"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- What retention forgets needs no line here.
ALTER TABLE "group_edit_item" ADD CONSTRAINT "group_edit_item_dead_letter_id_fkey" FOREIGN KEY ("dead_letter_id") REFERENCES "dead_letter"("id") ON DELETE CASCADE ON UPDATE CASCADE;
