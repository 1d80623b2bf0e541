-- What two replays, and the checks of one, ask about a target.

-- Duplicate detection of an entity, as it was read last: { enabled, windowSeconds }; null: it could not be read. What the
-- namespace lists knows entities that are not watched as well.
CREATE FUNCTION "target_detection"(p_namespace_id int, p_path text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT nullif(t."settings" -> 'duplicateDetection', 'null'::jsonb) FROM "target" t
     WHERE t."namespace_id" = p_namespace_id AND lower(t."path") = lower(p_path) AND t."vanished_at" IS NULL LIMIT 1),
    (SELECT nullif(q."settings" -> 'duplicateDetection', 'null'::jsonb) FROM "queue" q
     WHERE q."namespace_id" = p_namespace_id AND lower(q."origin_path") = lower(p_path)
       AND q."vanished_at" IS NULL AND q."settings" IS NOT NULL
     ORDER BY q."settings_read_at" DESC NULLS LAST LIMIT 1))
$$;

-- Of these items, those whose kept MessageId another item's copy has carried into the target within the window (R10). Volatile, so that
-- it looks anew: asked while the namespace's throttle is held, it sees what the worker before had committed, although
-- the statement that asks had begun before that.
CREATE FUNCTION "items_lately_sent"(p_items uuid[], p_namespace_id int, p_target_path text, p_window double precision)
RETURNS uuid[] LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(array_agg(i."id"), '{}') FROM "replay_item" i
  WHERE i."id" = ANY(p_items) AND i."message_id" IS NOT NULL AND EXISTS (
    SELECT 1 FROM "replay_item" s JOIN "replay" sr ON sr."id" = s."replay_id"
    WHERE (s."message_id" = i."message_id" OR s."id" = item_of_sent_id(i."message_id")) AND s."sent_message_id" = i."message_id"
      AND s."id" <> i."id" AND sr."namespace_id" = p_namespace_id AND lower(sr."target_path") = lower(p_target_path)
      AND s."intent_at" > clock_timestamp() - make_interval(secs => p_window))
$$;
