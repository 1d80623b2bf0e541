-- A change of many messages that a worker fails at says so, and is tried again later: it holds up no other one.

ALTER TABLE "group_edit"
  -- Failures in a row, and what the last one was, in words; null: it gets on.
  ADD COLUMN "failures" integer NOT NULL DEFAULT 0,
  ADD COLUMN "notice" text,
  -- No worker takes it up before; null: it may be taken up at once.
  ADD COLUMN "retry_at" timestamptz(3);
