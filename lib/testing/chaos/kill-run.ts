import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import type { Step } from "@/lib/usecases/replays/engine/context";
import { type ReplayBench, SHORT } from "../replay-bench";
import type { WorkerProcess } from "../worker-process";
import type { Query } from "./item-history";
import { judgeHeld, untilCompleted } from "./judge-held";
import { fillLane, judgeLane, type Lane, type LaneReplay, planLane, SHAPES } from "./lanes";
import { WorkerPool } from "./worker-pool";

const ROUND_KILLS = 34;
/** Lanes of one round: each costs each worker links of its own. */
const ROUND_LANES = 5;
/** Enough to outlast the kills of a round: each round costs its index, its plans and the wait for its last locks. */
const LANE_MESSAGES = 240;
/** Between a committed intent and the record of its send: whoever dies there leaves doubt. */
const DOUBTFUL_STEPS: readonly Step[] = ["intended", "on-the-wire", "answered"];
/** Share of the kills that are made to strike there; the others strike at whatever moment it is. */
const AIMED_SHARE = 1 / 3;
/** A worker that has not come to such a step by then, because everything waits for locks, is killed where it is. */
const AIM_MS = 5_000;
/** What was stopped lives on for so long, if it lives. */
const AWAKE_MS = 3_000;
/** At the end of a round locks and leases run out several times over; for so long no item may come to its end, and no longer. */
const END_MS = 90_000;

/** Every shape × {detection, none with doubt held, none with doubt sent again}, and one with a window that runs out meanwhile. */
export const KILL_LANES: readonly Lane[] = [
  ...SHAPES.flatMap((shape): Lane[] => [
    { name: `${shape}-detecting`, shape, detectionSeconds: 600, doubtPolicy: "hold" },
    { name: `${shape}-held`, shape, detectionSeconds: null, doubtPolicy: "hold" },
    { name: `${shape}-again`, shape, detectionSeconds: null, doubtPolicy: "send-again" },
  ]),
  { name: "queue-window", shape: "queue", detectionSeconds: 20, doubtPolicy: "hold" },
];

export interface KillRun {
  readonly seed: number;
  readonly kills: number;
  /** Of these, those that struck between an intent and its record because they were aimed there. */
  readonly aimed: number;
  readonly freezes: number;
  readonly rounds: number;
  readonly messages: number;
  /** Times that an item became uncertain, was judged by a person, and arrived more than once after having been shown. */
  readonly doubts: number;
  readonly judged: number;
  readonly secondCopies: number;
  readonly droppedDuplicates: number;
  readonly seconds: number;
  /** Every rule that was broken, and what ended the run before its time; empty when all held. */
  readonly found: readonly string[];
}

export interface KillRunOptions {
  readonly kills: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
  /** Ends the run after the round under way, which is judged like the others. */
  readonly signal?: AbortSignal;
}

/**
 * Kills workers at random moments while they replay all lanes, one and three side by side in turn, and stops one now and then
 * beyond its lease. A share of the kills is aimed at the time between an intent and its record. At the end of each round everything is judged by the broker's record. The seed fixes what is killed when;
 * what it strikes also depends on the machine.
 */
export async function runKills(
  stack: { bench: ReplayBench; query: Query },
  { kills: wanted, seed, say = () => {}, signal }: KillRunOptions,
): Promise<KillRun> {
  const began = performance.now();
  const random = randomFrom(seed);
  const total = {
    kills: 0,
    aimed: 0,
    freezes: 0,
    rounds: 0,
    messages: 0,
    doubts: 0,
    judged: 0,
    secondCopies: 0,
    droppedDuplicates: 0,
  };
  const found: string[] = [];
  const pool = new WorkerPool({ config: stack.bench.config, timing: SHORT, scans: false }, 2);
  try {
    while (total.kills < wanted && signal?.aborted !== true) {
      const workers = total.rounds % 2 === 0 ? 3 : 1;
      const replays = await startRound(stack.bench, `${seed}-${total.rounds}`, random);
      pool.keep(workers);
      await strikeRound(pool, total, Math.min(total.kills + ROUND_KILLS, wanted), random, async () => {
        const { judged, open } = await judgeHeld(stack, replays);
        total.judged += judged;
        return open.length === 0;
      });
      total.rounds += 1;
      await untilCompleted(stack, replays, END_MS);
      for (const replay of replays) {
        const judged = await judgeLane(stack, replay, SHORT.sendTimeoutMs);
        found.push(...judged.found);
        add(total, judged.case);
      }
      await stack.bench.resetRecord();
      say(`${total.kills} of ${wanted} kills, ${total.doubts} doubts, ${found.length} rules broken`);
    }
    pool.keep(0);
  } catch (error) {
    found.push(`broke off after ${total.kills} kills: ${inspect(error)}`);
  } finally {
    pool.killAll();
    found.push(...pool.fallen);
  }
  return { seed, ...total, seconds: Math.round((performance.now() - began) / 1000), found };
}

async function startRound(bench: ReplayBench, round: string, random: () => number): Promise<LaneReplay[]> {
  const lanes = KILL_LANES.map((lane) => ({ lane, order: random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, ROUND_LANES)
    .map(({ lane }) => lane);
  await Promise.all(lanes.map((lane) => fillLane(bench, lane, LANE_MESSAGES, round)));
  await bench.index();
  const replays: LaneReplay[] = [];
  for (const lane of lanes) {
    const rate = 10 * 2 ** Math.floor(random() * 4);
    const planned = await planLane(bench, lane, { rate, burst: 1 + Math.floor(random() * 10) });
    await planned.start();
    replays.push(planned);
  }
  return replays;
}

/** Kills until so many have fallen in all, or everything is replayed. */
async function strikeRound(
  pool: WorkerPool,
  total: { kills: number; aimed: number; freezes: number },
  until: number,
  random: () => number,
  look: () => Promise<boolean>,
): Promise<void> {
  for (let lookAt = 0; total.kills < until; ) {
    const victim = pool.alive[Math.floor(random() * pool.alive.length)] as WorkerProcess;
    await victim.ready.catch(() => {});
    const isAimed = total.aimed < total.kills * AIMED_SHARE;
    // Soon after its start, in the midst of its work, or after some windows.
    if (!isAimed) await delay(random() * random() * 2_500);
    if (!victim.isAlive) continue;
    if (!isAimed && random() < 0.09) {
      total.freezes += 1;
      void freeze(pool, victim, 500 + random() * 7_000);
    } else {
      if (isAimed && (await strikeInDoubt(victim, random))) total.aimed += 1;
      total.kills += 1;
      victim.kill();
      await victim.ended;
    }
    if (performance.now() < lookAt) continue;
    if (await look()) break;
    lookAt = performance.now() + 1_000;
  }
}

/** False: it is alive still, or has ended of itself. */
async function strikeInDoubt(victim: WorkerProcess, random: () => number): Promise<boolean> {
  const step = DOUBTFUL_STEPS[Math.floor(random() * DOUBTFUL_STEPS.length)] as Step;
  victim.strike({ step, ids: null, signal: "SIGKILL", token: null });
  const waiting = new AbortController();
  const tooLong = delay(AIM_MS, false, { signal: waiting.signal }).catch(() => false);
  const isStruck = await Promise.race([victim.ended.then(({ signal }) => signal === "SIGKILL"), tooLong]);
  waiting.abort();
  return isStruck;
}

/** Another takes its place; when it goes on, it finds whether its lease is over. */
async function freeze(pool: WorkerPool, victim: WorkerProcess, ms: number): Promise<void> {
  victim.kill("SIGSTOP");
  pool.forget(victim);
  await delay(ms, undefined, { ref: false });
  victim.kill("SIGCONT");
  await delay(AWAKE_MS, undefined, { ref: false });
  victim.kill();
}

function add(
  total: { messages: number; doubts: number; secondCopies: number; droppedDuplicates: number },
  { items, transitions, target }: Awaited<ReturnType<typeof judgeLane>>["case"],
): void {
  const arrived = target.filter(({ event }) => event === "accepted").length;
  total.messages += items.length;
  total.doubts += transitions.filter(({ to }) => to === "uncertain").length;
  total.secondCopies += Math.max(0, arrived - items.length);
  total.droppedDuplicates += target.filter(({ event }) => event === "dropped-duplicate").length;
}

/** Mulberry32: numbers from 0 to 1 that the seed alone decides. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
