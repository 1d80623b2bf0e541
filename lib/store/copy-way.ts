import { Prisma } from "./generated/client";

/**
 * The paths that the copies of the replay in row `r` go to, in lower case, a query of one column: its target, and whatever that and its
 * subscriptions pass their messages on to. Copies die there, and not where they were sent.
 */
export const copyWay = (r: Prisma.Sql) => Prisma.sql`
  WITH RECURSIVE way AS (
    SELECT lower(${r}.target_path) AS path
    UNION
    SELECT lower(onward.path) FROM way
    JOIN target t ON t.namespace_id = ${r}.namespace_id AND lower(t.path) = way.path AND t.vanished_at IS NULL
    CROSS JOIN LATERAL (
      SELECT t.settings ->> 'forwardTo' AS path
      UNION ALL SELECT s ->> 'forwardTo' FROM jsonb_array_elements(t.subscriptions) s
    ) onward
    WHERE onward.path IS NOT NULL
  )
  SELECT path FROM way`;
