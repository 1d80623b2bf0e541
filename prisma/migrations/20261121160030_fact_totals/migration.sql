-- What the messages of a long queue say, counted behind the index of search: a comparison of a cause with the rest of its queue reads it.

-- CreateTable
CREATE TABLE "queue_facts" (
    "queue_id" INTEGER NOT NULL,
    "counted_at" TIMESTAMPTZ(3),
    "present" INTEGER NOT NULL DEFAULT 0,
    "seen" BIGINT NOT NULL DEFAULT 0,
    "merges" TEXT NOT NULL DEFAULT '',
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "began_at" TIMESTAMPTZ(3),
    "began_seen" BIGINT NOT NULL DEFAULT 0,
    "began_merges" TEXT NOT NULL DEFAULT '',
    "position" BIGINT NOT NULL DEFAULT -1,

    CONSTRAINT "queue_facts_pkey" PRIMARY KEY ("queue_id")
);

-- CreateTable
CREATE TABLE "fact_part" (
    "id" BIGSERIAL NOT NULL,
    "queue_id" INTEGER NOT NULL,
    "cause_id" BIGINT NOT NULL,
    "present" INTEGER NOT NULL,
    "correlated" INTEGER NOT NULL,
    "traced" INTEGER NOT NULL,
    "messages" INTEGER NOT NULL,
    "json" INTEGER NOT NULL,
    "facts" BIGINT[],
    "counts" INTEGER[],
    "examples" BIGINT[],

    CONSTRAINT "fact_part_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fact_total" (
    "queue_id" INTEGER NOT NULL,
    "cause_id" BIGINT NOT NULL,
    "present" INTEGER NOT NULL,
    "correlated" INTEGER NOT NULL,
    "traced" INTEGER NOT NULL,
    "messages" INTEGER NOT NULL,
    "json" INTEGER NOT NULL,
    "facts" BIGINT[],
    "counts" INTEGER[],
    "examples" BIGINT[],

    CONSTRAINT "fact_total_pkey" PRIMARY KEY ("queue_id", "cause_id")
);

-- CreateIndex
CREATE INDEX "fact_part_queue_id_idx" ON "fact_part"("queue_id");

-- AddForeignKey
ALTER TABLE "queue_facts" ADD CONSTRAINT "queue_facts_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_part" ADD CONSTRAINT "fact_part_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue_facts"("queue_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_total" ADD CONSTRAINT "fact_total_queue_id_fkey" FOREIGN KEY ("queue_id") REFERENCES "queue_facts"("queue_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma cannot say.

-- Orders by size and deliveries are kept by cause in place of queue: a list of a queue, of a reason or of all puts those of its causes together.
DROP INDEX "dead_letter_present_size";
DROP INDEX "dead_letter_present_deliveries";
CREATE INDEX "dead_letter_present_size" ON "dead_letter"("cause_id", "size", "id") WHERE "left_at" IS NULL;
CREATE INDEX "dead_letter_present_deliveries" ON "dead_letter"("cause_id", "delivery_count", "id") WHERE "left_at" IS NULL;
