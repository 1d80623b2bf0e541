-- Search in what messages say, with what PostgreSQL brings itself: no extension.

-- CreateTable
CREATE TABLE "message_search" (
    "dead_letter_id" BIGINT NOT NULL,
    "queue_id" INTEGER NOT NULL,
    "words" tsvector NOT NULL,
    "facts" BIGINT[],
    "fields" JSONB,
    "body" TEXT NOT NULL,
    "gap" TEXT,
    "traced" BOOLEAN NOT NULL,
    "indexed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "message_search_pkey" PRIMARY KEY ("dead_letter_id")
);

-- CreateTable
CREATE TABLE "search_pending" (
    "seq" BIGSERIAL NOT NULL,
    "dead_letter_id" BIGINT NOT NULL,
    "queue_id" INTEGER NOT NULL,

    CONSTRAINT "search_pending_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "saved_filter" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "shared" BOOLEAN NOT NULL DEFAULT false,
    "filter" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "saved_filter_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "message_search_words_idx" ON "message_search" USING GIN ("words");

-- CreateIndex
CREATE INDEX "message_search_facts_idx" ON "message_search" USING GIN ("facts");

-- CreateIndex
CREATE INDEX "search_pending_queue_id_idx" ON "search_pending"("queue_id");

-- AddForeignKey
ALTER TABLE "message_search" ADD CONSTRAINT "message_search_dead_letter_id_fkey" FOREIGN KEY ("dead_letter_id") REFERENCES "dead_letter"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "saved_filter" ADD CONSTRAINT "saved_filter_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say.

-- One name once for its owner, and once among those that are shared.
CREATE UNIQUE INDEX "saved_filter_own_name" ON "saved_filter"("owner_id", lower("name"));
CREATE UNIQUE INDEX "saved_filter_shared_name" ON "saved_filter"(lower("name")) WHERE "shared";

-- Messages of which a part cannot be searched: shown as coverage.
CREATE INDEX "message_search_gap" ON "message_search"("queue_id") WHERE "gap" IS NOT NULL;

-- The planner judges by these samples whether a word is rare.
ALTER TABLE "message_search" ALTER COLUMN "words" SET STATISTICS 300;
ALTER TABLE "message_search" ALTER COLUMN "facts" SET STATISTICS 300;

-- Whoever takes a message into the index, or finds that it left or came back, leaves its number for the search.
CREATE FUNCTION "search_pending_added"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "search_pending" ("dead_letter_id", "queue_id") SELECT a."id", a."queue_id" FROM added a;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_search_added" AFTER INSERT ON "dead_letter"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "search_pending_added"();

CREATE FUNCTION "search_pending_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "search_pending" ("dead_letter_id", "queue_id") VALUES (NEW."id", NEW."queue_id");
  RETURN NULL;
END;
$$;
CREATE TRIGGER "dead_letter_search_moved" AFTER UPDATE OF "left_at" ON "dead_letter" FOR EACH ROW
  WHEN ((OLD."left_at" IS NULL) IS DISTINCT FROM (NEW."left_at" IS NULL))
  EXECUTE FUNCTION "search_pending_moved"();

-- What is there already.
INSERT INTO "search_pending" ("dead_letter_id", "queue_id") SELECT "id", "queue_id" FROM "dead_letter" WHERE "left_at" IS NULL;
