-- Room for both later versions of an item beside the planned one. What intent and record write makes a row half as long again: with less room a fifth
-- of these updates went to another page, and so wrote every index. Rows that are there stay where they are.
ALTER TABLE "replay_item" SET (fillfactor = 30);
