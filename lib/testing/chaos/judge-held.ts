import { AppError } from "@/lib/domain/app-error";
import { OPEN_ITEM_STATES } from "@/lib/domain/replay-states";
import { judgeItems } from "@/lib/usecases/replays/judge-items";
import { listItems } from "@/lib/usecases/replays/list-items";
import { resumeReplay } from "@/lib/usecases/replays/resume-replay";
import { eventually } from "../eventually";
import type { ReplayBench } from "../replay-bench";
import type { Query } from "./item-history";
import type { LaneReplay } from "./lanes";

interface Standing extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
}

export interface Stack {
  readonly bench: ReplayBench;
  readonly query: Query;
}

/**
 * What a person does about replays that have paused in doubt: looks whether the broker took the copies, says so, resumes.
 * Answers the replays that are not completed, and how many items were judged. Rejects when one has paused for another reason.
 */
export async function judgeHeld<R extends LaneReplay>(
  { bench, query }: Stack,
  replays: readonly R[],
): Promise<{ open: R[]; judged: number }> {
  const rows = await query<Standing>(
    "SELECT id::text, state, pause_reason AS reason FROM replay WHERE id = ANY($1::uuid[])",
    [replays.map(({ id }) => id)],
  );
  let judged = 0;
  for (const { id, state, reason } of rows) {
    if (state !== "paused") continue;
    const replay = replays.find((other) => other.id === id) as R;
    if (reason === null || !reason.includes("uncertain")) throw new Error(`${replay.lane.name} has paused: ${reason}`);
    try {
      judged += await judgeOne(bench, replay);
      await resumeReplay(bench, { id });
    } catch (error) {
      // A sender may still be at work, or an item was settled meanwhile: at the next look.
      if (!(error instanceof AppError)) throw error;
    }
  }
  const completed = new Set(rows.filter(({ state }) => state === "completed").map(({ id }) => id));
  return { open: replays.filter(({ id }) => !completed.has(id)), judged };
}

async function judgeOne(bench: ReplayBench, { id, lane }: LaneReplay): Promise<number> {
  const { items } = await listItems(bench, { id, state: "uncertain", limit: 200 });
  const taken = new Set(
    (await bench.record(lane.name)).filter(({ event }) => event === "accepted").map(({ messageId }) => messageId),
  );
  let count = 0;
  for (const judgement of ["arrived", "send-again"] as const) {
    const such = items.filter(({ sentMessageId }) => taken.has(sentMessageId) === (judgement === "arrived"));
    if (such.length === 0) continue;
    const { judged } = await judgeItems(bench, {
      id,
      items: such.map(({ id, attempt }) => ({ id, attempt })),
      judgement,
      reason: "seen in the broker's record",
    });
    count += judged;
  }
  return count;
}

/**
 * Waits until all are completed, judging on the way. Rejects with where they stand when for so long not one more item has come to its end:
 * a machine may be slow, a replay may not stand still.
 */
export async function untilCompleted(stack: Stack, replays: readonly LaneReplay[], patienceMs: number): Promise<void> {
  let { open } = await judgeHeld(stack, replays);
  for (let ended = -1; open.length > 0; ) {
    const before = ended;
    [open, ended] = await eventually(
      `${open.length} replays to complete`,
      async () => {
        const now = (await judgeHeld(stack, open)).open;
        const count = await countEnded(stack, replays);
        if (now.length === 0 || count > before) return [now, count] as const;
        throw new Error(await whereTheyStand(stack, now));
      },
      patienceMs,
      300,
    );
  }
}

async function countEnded({ query }: Stack, replays: readonly LaneReplay[]): Promise<number> {
  const rows = await query<{ n: number }>(
    "SELECT count(*)::int AS n FROM replay_item WHERE replay_id = ANY($1::uuid[]) AND state <> ALL($2)",
    [replays.map(({ id }) => id), OPEN_ITEM_STATES],
  );
  return rows[0]?.n ?? 0;
}

/** Where replays stand, for whoever reads why a wait for them was in vain: state, what they say, and items by state. */
export async function whereTheyStand({ query }: Stack, replays: readonly LaneReplay[]): Promise<string> {
  const rows = await query<{ id: string; state: string; why: string | null; notice: string | null; items: unknown }>(
    `SELECT r.id::text, r.state, r.pause_reason AS why, r.notice, (SELECT jsonb_object_agg(c.state, c.n) FROM (
       SELECT i.state, count(*) AS n FROM replay_item i WHERE i.replay_id = r.id GROUP BY 1) c) AS items
     FROM replay r WHERE r.id = ANY($1::uuid[])`,
    [replays.map(({ id }) => id)],
  );
  return rows
    .map(({ id, ...rest }) => `${replays.find((replay) => replay.id === id)?.lane.name} ${JSON.stringify(rest)}`)
    .join("\n");
}
