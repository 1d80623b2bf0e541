-- R5: each doubt is settled once. What is to be sent again and is refused instead is uncertain as before: a person judges then. Were it
-- settled again, it would go round for ever.
ALTER TABLE "replay_item" ADD COLUMN "doubt_settled" BOOLEAN NOT NULL DEFAULT false;

-- What waits to be sent again was settled.
UPDATE "replay_item" SET "doubt_settled" = true WHERE "open" AND "doubt" AND "state" IN ('planned', 'claimed');
