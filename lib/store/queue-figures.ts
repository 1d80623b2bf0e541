import type { QueueSummary } from "@/lib/contracts/queues";
import { AGE_BUCKET_IDS } from "@/lib/domain/age";
import type { AgeCounts, CauseFigures } from "./cause-figures";
import type { Database } from "./database";
import { Prisma } from "./generated/client";

/** Which queues the figures are for. */
export type QueueScope = { readonly kind: "configured" } | { readonly kind: "queue"; readonly queueId: number };

/** Dead letters of one queue and reason, by age. */
export interface ReasonFigures {
  readonly queueId: number;
  readonly reason: string;
  readonly ages: AgeCounts;
  readonly count: number;
  readonly causes: number;
}

/** Causes added up by queue and reason; of each queue most messages first. */
export function byReason(causes: readonly CauseFigures[]): ReasonFigures[] {
  type Sum = Omit<ReasonFigures, "causes" | "count"> & { count: number; readonly causes: string[] };
  const sums = new Map<number, Map<string, Sum>>();
  for (const cause of causes) {
    const ofQueue = sums.get(cause.queueId) ?? new Map<string, Sum>();
    if (ofQueue.size === 0) sums.set(cause.queueId, ofQueue);
    const sum = ofQueue.get(cause.reason);
    if (sum === undefined) {
      const { queueId, reason, ages, count } = cause;
      ofQueue.set(reason, { queueId, reason, ages: { ...ages }, count, causes: [cause.causeId] });
      continue;
    }
    sum.count += cause.count;
    if (!sum.causes.includes(cause.causeId)) sum.causes.push(cause.causeId);
    for (const id of AGE_BUCKET_IDS) sum.ages[id] += cause.ages[id];
  }
  return [...sums.values()]
    .flatMap((ofQueue) => [...ofQueue.values()])
    .map((sum) => ({ ...sum, causes: sum.causes.length }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

/** Replays that run or are paused, by queue. */
export async function readRunningReplays(
  db: Database,
  scope: QueueScope,
): Promise<Map<number, QueueSummary["runningReplays"]>> {
  const rows = await db.$queryRaw<{ id: string; queue_id: number; state: string; total: number; open: number }[]>`
    SELECT r.id::text AS id, r.queue_id, r.state, r.total, (
      SELECT count(*)::int FROM replay_item i
      WHERE i.replay_id = r.id AND i.state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain')
    ) AS open
    FROM replay r
    WHERE r.state IN ('running', 'paused') ${scope.kind === "queue" ? Prisma.sql`AND r.queue_id = ${scope.queueId}` : Prisma.empty}
    ORDER BY r.started_at, r.id`;
  const replays = new Map<number, QueueSummary["runningReplays"]>();
  for (const row of rows) {
    const entry = { id: row.id, state: row.state, done: row.total - row.open, total: row.total };
    replays.set(row.queue_id, [...(replays.get(row.queue_id) ?? []), entry]);
  }
  return replays;
}
