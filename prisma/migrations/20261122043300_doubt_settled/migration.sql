-- R5: each doubt is settled once. What is to be sent again and is refused instead is uncertain as before: a person judges then. Were it
-- settled again, it would go round for ever.
ALTER TABLE "replay_item" ADD COLUMN "doubt_settled" BOOLEAN NOT NULL DEFAULT false;

-- Behind a message of its session that was not sent nothing goes any more: that is for a person to judge.
UPDATE "replay_item" i SET "doubt_settled" = true
WHERE i."open" AND i."state" = 'uncertain' AND i."session_id" IS NOT NULL AND EXISTS (
  SELECT FROM "replay_item" f JOIN "replay" r ON r."id" = f."replay_id"
  WHERE r."ordered" AND f."replay_id" = i."replay_id" AND f."session_id" = i."session_id" AND f."ordinal" < i."ordinal"
    AND f."state" IN ('gone', 'changed', 'refused', 'failed'));

-- What waits to be sent again was settled.
UPDATE "replay_item" SET "doubt_settled" = true WHERE "open" AND "doubt" AND "state" IN ('planned', 'claimed');
