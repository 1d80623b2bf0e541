import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Step } from "@/lib/usecases/replays/engine/context";
import { eventually } from "../eventually";
import { type ReplayBench, SHORT } from "../replay-bench";
import type { Strike } from "../worker-process";
import type { Query } from "./item-history";
import { judgeHeld, type Stack, untilCompleted, whereTheyStand } from "./judge-held";
import { fillLane, judgeLane, type Lane, type PlannedLane, planLane, SHAPES, sourceOf } from "./lanes";
import { WorkerPool } from "./worker-pool";

/** The points of docs/replay-safety.md where a process can die. */
export const STEPS: readonly Step[] = [
  "locked",
  "claimed",
  "intended",
  "on-the-wire",
  "answered",
  "recorded",
  "completed",
];
/** After a death at one of these nobody can tell whether the copies have arrived. */
const IN_DOUBT: readonly Step[] = ["intended", "on-the-wire", "answered"];

export interface StepLane extends Lane {
  readonly step: Step;
}

/** Every step × shape × {detection, none}. */
export const STEP_LANES: readonly StepLane[] = STEPS.flatMap((step) =>
  SHAPES.flatMap((shape) =>
    [600, null].map(
      (detectionSeconds): StepLane => ({
        name: `${step}-${shape}-${detectionSeconds === null ? "plain" : "detecting"}`,
        shape,
        step,
        detectionSeconds,
        doubtPolicy: "hold",
      }),
    ),
  ),
);

export interface LaneOutcome {
  readonly lane: string;
  readonly doubts: number;
  readonly found: readonly string[];
}

/** A worker holds about nine of these at a time. */
const MESSAGES = 14;
const PACE = { rate: 10, burst: 3 };
const STRIKE_MS = 120_000;
const LOOK_MS = 100;
const END_MS = 120_000;

/** The lanes filled and planned, with a strike at each one's step. Whoever is struck leaves its process id in the lane's token. */
export async function planStrikes<L extends StepLane>(
  { bench, query }: { bench: ReplayBench; query: Query },
  lanes: readonly L[],
  signal: Strike["signal"],
): Promise<{ replays: (PlannedLane & { readonly lane: L })[]; strikes: Strike[]; tokens: string }> {
  const tokens = await mkdtemp(join(tmpdir(), "dlq-console-steps-"));
  await Promise.all(lanes.map((lane) => fillLane(bench, lane, MESSAGES, "1")));
  await bench.index();
  const replays: (PlannedLane & { readonly lane: L })[] = [];
  const strikes: Strike[] = [];
  for (const lane of lanes) {
    const planned = await planLane(bench, lane, PACE);
    replays.push({ ...planned, lane });
    const rows = await query<{ id: string }>("SELECT id::text FROM replay_item WHERE replay_id = $1", [planned.id]);
    const ids = lane.step === "locked" ? [String(await bench.queueId(sourceOf(lane)))] : rows.map(({ id }) => id);
    strikes.push({ step: lane.step, ids, signal, token: join(tokens, lane.name) });
  }
  return { replays, strikes, tokens };
}

/**
 * One death by SIGKILL for each lane at its step, with so many workers side by side; then the end of all replays and the
 * judgement. A person judges doubt by the broker's record.
 */
export async function killAtSteps(
  stack: { bench: ReplayBench; query: Query },
  workers: number,
  lanes: readonly StepLane[] = STEP_LANES,
): Promise<LaneOutcome[]> {
  const { bench } = stack;
  const { replays, strikes, tokens } = await planStrikes(stack, lanes, "SIGKILL");
  const pool = new WorkerPool({ config: bench.config, timing: SHORT, scans: false, strikes }, 2);
  try {
    pool.keep(workers);
    await strikeInTurn(stack, replays, tokens, {
      atATime: workers + 1,
      // One lane's death may leave another's copies in doubt. Ordered messages are all held up by that: without a person's word none of
      // them would come to its step.
      meanwhile: async (inPlay) => {
        await judgeHeld(stack, inPlay);
      },
    });
    await untilCompleted(stack, replays, END_MS);
    const unclean = await pool.end();
    const outcomes = await Promise.all(replays.map((replay) => judgeStruck(stack, replay)));
    return [...outcomes, { lane: "workers", doubts: 0, found: [...pool.fallen, ...unclean] }];
  } finally {
    pool.killAll();
    await rm(tokens, { recursive: true, force: true });
  }
}

/** How strikes are waited for. */
export interface StrikePlan<R> {
  /** Replays in play, waiting for their strikes: so few that the living have free messages, not locks of the dead. */
  readonly atATime: number;
  readonly onStruck?: (replay: R) => void;
  /** Done again and again for those in play. */
  readonly meanwhile?: (inPlay: readonly R[]) => Promise<void>;
}

/** Starts a replay whenever another has had its strike. */
export async function strikeInTurn<R extends PlannedLane>(
  stack: Stack,
  replays: readonly R[],
  tokens: string,
  { atATime, onStruck, meanwhile }: StrikePlan<R>,
): Promise<void> {
  const waiting = [...replays];
  let inPlay: R[] = [];
  while (waiting.length > 0 || inPlay.length > 0) {
    const next = waiting.splice(0, atATime - inPlay.length);
    await Promise.all(next.map(({ start }) => start()));
    inPlay.push(...next);
    await eventually(
      `a strike in one of ${inPlay.map(({ lane }) => lane.name).join(", ")}`,
      async () => {
        const struck = inPlay.filter(({ lane }) => existsSync(join(tokens, lane.name)));
        inPlay = inPlay.filter((replay) => !struck.includes(replay));
        for (const replay of struck) onStruck?.(replay);
        if (struck.length > 0) return true;
        await meanwhile?.(inPlay);
        throw new Error(await whereTheyStand(stack, inPlay));
      },
      STRIKE_MS,
      LOOK_MS,
    );
  }
}

export async function judgeStruck(
  stack: { bench: ReplayBench; query: Query },
  replay: PlannedLane & { readonly lane: StepLane },
): Promise<LaneOutcome> {
  const { case: given, found } = await judgeLane(stack, replay, SHORT.sendTimeoutMs);
  const doubts = given.transitions.filter(({ to }) => to === "uncertain").length;
  // A strike without its doubt has not struck what it should have.
  const missed = IN_DOUBT.includes(replay.lane.step) && doubts === 0 ? ["R5: no item was shown as uncertain"] : [];
  return { lane: replay.lane.name, doubts, found: [...found, ...missed] };
}
