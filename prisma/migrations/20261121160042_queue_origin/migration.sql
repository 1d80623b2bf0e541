-- Which dead-letter queues belong to an entity is asked by every window of a replay into it: for its policies, its settings and its readers.
CREATE INDEX "queue_namespace_id_origin" ON "queue" ("namespace_id", lower("origin_path"));
