-- The list of all by size and by deliveries, cut from an index alone: put together from the lists of all causes it took a look into an index for each
-- of these, the longer the more messages there are.
CREATE INDEX "dead_letter_present_by_size" ON "dead_letter"("size", "id") WHERE "left_at" IS NULL;
CREATE INDEX "dead_letter_present_by_deliveries" ON "dead_letter"("delivery_count", "id") WHERE "left_at" IS NULL;
