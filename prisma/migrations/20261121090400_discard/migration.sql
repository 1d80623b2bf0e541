-- Discards and restores: rows of replay with the same plan, ledger and throttle. What is discarded is archived before it is removed.

ALTER TABLE "replay" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'replay';
ALTER TABLE "replay" ADD CONSTRAINT "replay_kind_known" CHECK ("kind" IN ('replay', 'discard', 'restore'));

CREATE TABLE "archive" (
    "dead_letter_id" BIGINT NOT NULL,
    "item_id" UUID NOT NULL,
    "replay_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "archived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "restored_at" TIMESTAMPTZ(3),
    "restored_item" UUID,

    CONSTRAINT "archive_pkey" PRIMARY KEY ("dead_letter_id")
);

CREATE INDEX "archive_replay_id_idx" ON "archive"("replay_id");

ALTER TABLE "archive" ADD CONSTRAINT "archive_dead_letter_id_fkey" FOREIGN KEY ("dead_letter_id") REFERENCES "dead_letter"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "archive" ADD CONSTRAINT "archive_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
