-- R13: a message of a session that will not be sent stops those behind it, in the transaction that says so. Were it a statement of its own,
-- they could be claimed, intended and sent before it came. One that waits for its turn has had no intent, or all before it were sent by then:
-- what is behind is therefore planned or claimed, and a claim or a release of it that is under way is waited for.
CREATE FUNCTION "replay_item_stops_session"() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS (SELECT FROM "replay" r WHERE r."id" = NEW."replay_id" AND r."ordered" AND r."state" IN ('running', 'paused')) THEN
    -- Planned anew each time: a plan that was kept from a smaller table might read the whole replay for each message.
    EXECUTE $update$
      UPDATE "replay_item" i
      SET "state" = CASE WHEN i."doubt" THEN 'uncertain' ELSE 'cancelled' END, "worker_id" = NULL,
          "error" = 'an earlier message of its session was not sent: the order of the session would be lost'
      WHERE i."replay_id" = $1 AND i."session_id" = $2 AND i."ordinal" > $3 AND i."open" AND i."state" IN ('planned', 'claimed')
    $update$ USING NEW."replay_id", NEW."session_id", NEW."ordinal";
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "replay_item_stops_session" AFTER UPDATE OF "state" ON "replay_item" FOR EACH ROW
  WHEN (NEW."session_id" IS NOT NULL AND NEW."state" IN ('gone', 'changed', 'refused', 'failed') AND OLD."state" IS DISTINCT FROM NEW."state")
  EXECUTE FUNCTION "replay_item_stops_session"();

-- What was left to be looked for until now.
UPDATE "replay_item" i
SET "state" = CASE WHEN i."doubt" THEN 'uncertain' ELSE 'cancelled' END, "worker_id" = NULL,
    "error" = 'an earlier message of its session was not sent: the order of the session would be lost'
FROM (
  SELECT f."replay_id", f."session_id", min(f."ordinal") AS "ordinal"
  FROM "replay_item" f JOIN "replay" r ON r."id" = f."replay_id"
  WHERE r."ordered" AND r."state" IN ('running', 'paused') AND f."session_id" IS NOT NULL
    AND f."state" IN ('gone', 'changed', 'refused', 'failed')
  GROUP BY f."replay_id", f."session_id"
) s
WHERE i."replay_id" = s."replay_id" AND i."session_id" = s."session_id" AND i."ordinal" > s."ordinal" AND i."state" IN ('planned', 'claimed');
