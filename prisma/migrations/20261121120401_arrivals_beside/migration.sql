-- What arrived after a plan is counted beside it at every look. Dead letters that were known by then have no greater id, so that what the
-- count reads are the arrivals since, not all that is there.
ALTER TABLE "replay" ADD COLUMN "known_through" BIGINT;
UPDATE "replay" r SET "known_through" = (SELECT max(i."dead_letter_id") FROM "replay_item" i WHERE i."replay_id" = r."id");
