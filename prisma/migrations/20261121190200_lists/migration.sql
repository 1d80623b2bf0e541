-- The rows of one page of a list, by their ids. A list shows rows that lie far from each other: an index leads to them one after the other, and each is
-- waited for where it is not in memory; a bitmap of all of them is read ahead, as far as effective_io_concurrency says. For so few rows the planner takes an index whenever it may.
CREATE FUNCTION dead_letters_together(ids bigint[]) RETURNS SETOF dead_letter LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
  SET enable_indexscan = off SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY SELECT d.* FROM dead_letter d WHERE d.id = ANY (ids);
END $$;

-- The list of all by time is cut from its index alone, ties too.
DROP INDEX "dead_letter_present_enqueued";
CREATE INDEX "dead_letter_present_enqueued" ON "dead_letter"("enqueued_at", "id") INCLUDE ("cause_id") WHERE "left_at" IS NULL;
