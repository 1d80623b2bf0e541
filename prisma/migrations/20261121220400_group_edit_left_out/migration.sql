-- A message at which a change of many fails is left out of it, and the others go on.

ALTER TABLE "group_edit_item"
  DROP CONSTRAINT "group_edit_item_outcome_known",
  ADD CONSTRAINT "group_edit_item_outcome_known" CHECK ("outcome" IN ('change', 'same', 'refused', 'saved', 'passed-over', 'failed'));

-- Until when the notice is true; null: until it is taken back. What was said before this goes: it said no time that can be read.
ALTER TABLE "replay" ADD COLUMN "notice_until" timestamptz(3);
UPDATE "replay" SET "notice" = NULL WHERE "notice" LIKE 'waiting for locks%';
