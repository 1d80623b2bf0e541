import type { SubscriptionFacts } from "@/lib/domain/subscriptions";
import type { Database } from "./database";
import { pathEquals } from "./path-equals";
import type { CopyEnd, PlanFacts } from "./ports/replays";

/** So often the broker passes a message on from entity to entity, see docs/service-bus.md. */
const MOST_HOPS = 4;

type Sent = Pick<PlanFacts["target"], "path" | "kind" | "forwardTo" | "subscriptions">;

/**
 * The entities that copies sent to the target end up in, through whatever passes them on, and whether a scan reads what dies there:
 * of that alone returns are known (R11).
 */
export async function readCopyEnds(db: Database, namespaceId: number, target: Sent): Promise<CopyEnd[]> {
  const ends = await follow(db, namespaceId, target, MOST_HOPS);
  const paths = [...new Set(ends.map(({ path }) => path.toLowerCase()))];
  const rows = await db.$queryRaw<{ path: string }[]>`
    SELECT DISTINCT lower(q.entity_path) AS path FROM queue q
    WHERE q.namespace_id = ${namespaceId} AND q.sub_queue = 'dead-letter' AND q.vanished_at IS NULL
      AND lower(q.entity_path) = ANY(${paths}::text[])
      -- Dead letters that are forwarded are to be read where they go.
      AND (q.settings ->> 'forwardDeadLettersTo' IS NULL OR EXISTS (
        SELECT 1 FROM queue f WHERE f.namespace_id = q.namespace_id AND f.sub_queue = 'forwarded' AND f.vanished_at IS NULL
          AND lower(f.entity_path) = lower(q.settings ->> 'forwardDeadLettersTo')))`;
  const read = new Set(rows.map(({ path }) => path));
  return ends.map((end) => ({ ...end, read: read.has(end.path.toLowerCase()) }));
}

async function follow(
  db: Database,
  namespaceId: number,
  { path, kind, forwardTo, subscriptions }: Sent,
  hops: number,
): Promise<Omit<CopyEnd, "read">[]> {
  if (kind === "queue") {
    if (forwardTo === null || hops === 0) return [{ through: null, origin: path, path }];
    return follow(db, namespaceId, await readSent(db, namespaceId, forwardTo), hops - 1);
  }
  const ends: Omit<CopyEnd, "read">[] = [];
  for (const { name, forwardTo: onward } of subscriptions ?? []) {
    const passed =
      onward == null || hops === 0
        ? [{ origin: path, path: `${path}/subscriptions/${name}` }]
        : await follow(db, namespaceId, await readSent(db, namespaceId, onward), hops - 1);
    ends.push(...passed.map((end) => ({ ...end, through: name })));
  }
  return ends;
}

/** What is not listed is taken for a queue: its messages end there. */
async function readSent(db: Database, namespaceId: number, path: string): Promise<Sent> {
  const target = await db.target.findFirst({
    where: { namespaceId, path: pathEquals(path), vanishedAt: null },
  });
  return {
    path: target?.path ?? path,
    kind: target?.kind === "topic" ? "topic" : "queue",
    forwardTo: (target?.settings as { forwardTo?: string | null } | null | undefined)?.forwardTo ?? null,
    subscriptions: (target?.subscriptions ?? null) as SubscriptionFacts[] | null,
  };
}
