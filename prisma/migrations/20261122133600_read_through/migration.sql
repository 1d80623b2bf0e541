-- Up to when a DLQ was read through: whatever was dead then is in the index. Each page counts as a scan, and so does the look at the oldest
-- message, so that what a canary had let die could be unread when its queues had been "scanned".
ALTER TABLE "queue" ADD COLUMN "read_through_at" timestamptz(3);
